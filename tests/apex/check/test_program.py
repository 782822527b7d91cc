"""Programs of several units, triggers, anonymous blocks, and what the typed tree says."""

from __future__ import annotations

import pytest

from orgwright.apex.check import Compiler, bodies, compile_units, typed
from orgwright.apex.sources import Source
from orgwright.localorg.schema.schema import Schema

SCHEMA = Schema()


def check(*texts: str, kind: str = "class") -> bodies.Checked:
    sources = [Source(kind, _name(body), body) for body in texts]  # type: ignore[arg-type]
    return compile_units(sources, SCHEMA)


def _name(body: str) -> str:
    words = body.replace("{", " ").split()
    for keyword in ("class", "interface", "enum", "trigger"):
        if keyword in words:
            return words[words.index(keyword) + 1]
    return "anon"


def messages(checked: bodies.Checked) -> list[str]:
    return [str(e) for e in checked.errors]


def body_of(checked: bodies.Checked, method: str = "f") -> tuple[bodies.Stmt, ...]:
    assert not checked.errors, messages(checked)
    unit = checked.units[0]
    assert isinstance(unit, bodies.Class)
    found = next(m for m in unit.methods if m.symbol.name == method)
    assert found.body is not None
    return found.body.statements


def value(statement: str, setup: str = "") -> typed.Expr:
    stmt = body_of(
        check(f"public class T {{ {setup} void f(Account a, String s, Integer i, Long l) {{ {statement} }} }}")
    )[-1]
    assert isinstance(stmt, bodies.Declare) and stmt.value is not None
    return stmt.value


def test_a_class_sees_the_other_units_in_any_order() -> None:
    checked = check(
        "public class A extends B implements I { public override Integer f(String s) { return super.f(s) + C.X; } }",
        "public virtual class B { public virtual Integer f(String s) { return s.length(); } }",
        "public interface I { Integer f(String s); }",
        "public class C { public static final Integer X = 5; }",
    )
    assert messages(checked) == []
    a = checked.units[0]
    assert isinstance(a, bodies.Class)
    body = a.methods[0].body
    assert body is not None
    returned = body.statements[0]
    assert isinstance(returned, bodies.Return) and isinstance(returned.value, typed.Arithmetic)
    call = returned.value.left
    assert isinstance(call, typed.Call) and not call.virtual and call.method.owner.name == "B"


def test_an_error_leaves_the_other_units_whole() -> None:
    checked = check("public class A { Integer x = 'a'; }", "public class B { }")
    assert messages(checked) == ["A:1:26: Illegal assignment from String to Integer"]
    assert [u.symbol.name for u in checked.units] == ["B"]


def test_cyclic_inheritance_is_refused() -> None:
    checked = check("public virtual class A extends B { }", "public virtual class B extends A { }")
    assert messages(checked)[0] == "A:1:22: Circular definition: A"


def test_classes_that_differ_in_case_only_clash() -> None:
    assert messages(check("public class A { }", "public class a { }")) == ["a:1:14: Type name already in use: a"]


def test_private_members_are_not_visible_but_test_visible_ones_are_to_tests() -> None:
    a = "public class A { private static void f() { } @TestVisible private static void g() { } private class I { } }"
    assert messages(check(a, "public class B { void h() { A.f(); } }")) == ["B:1:31: Method is not visible: void A.f()"]
    assert messages(check(a, "@IsTest private class B { void h() { A.g(); } }")) == []


def test_trigger_variables_have_the_type_of_the_trigger() -> None:
    checked = check(
        "trigger T on Account (before insert, after update) { for (Account a : Trigger.new) { a.Name = 'x';"
        " if (Trigger.isUpdate) { Account old = Trigger.oldMap.get(a.Id); } } }",
        kind="trigger",
    )
    assert messages(checked) == []
    unit = checked.units[0]
    assert isinstance(unit, bodies.Trigger)
    assert unit.events == ("before insert", "after update")
    assert unit.sobject.name == "Account"


def test_trigger_faults() -> None:
    def only(body: str) -> str:
        return check(body, kind="trigger").errors[0].message

    assert only("trigger T on Account (before undelete) { }") == "Trigger Usage Before Undelete is not supported"
    assert only("trigger T on Account (after insert, after insert) { }") == "Duplicate Trigger Usage: after insert"
    assert only("trigger T on Foo__c (after insert) { }") == "Invalid type: Foo__c"
    assert only("trigger T on Account (after insert) { return 5; }") == "Trigger bodies must not return a value"


def test_anonymous_variables_are_seen_by_methods() -> None:
    checked = check("Integer n = 1;\nvoid add() { n += 1; }\nadd();\nSystem.debug(n);", kind="anonymous")
    assert messages(checked) == []
    assert messages(check("Integer n = 1;\nfoo();", kind="anonymous")) == [
        "anon:2:1: Method does not exist or incorrect signature: void foo() from the type anon"
    ]


def test_safe_navigation_reaches_to_the_end_of_the_chain() -> None:
    found = value("Integer n = a?.Name.trim().length();")
    assert isinstance(found, typed.SafeNavigation)
    assert isinstance(found.receiver, typed.Local)
    assert found.type.name == "Integer"
    outer = found.rest
    assert isinstance(outer, typed.PlatformCall) and outer.method.key == "String.length"


def test_a_parenthesis_ends_the_chain() -> None:
    found = value("Integer n = (a?.Name).length();")
    assert isinstance(found, typed.PlatformCall)
    assert isinstance(found.target, typed.SafeNavigation)


def test_conversions_are_nodes() -> None:
    found = value("Long n = i + 1;")
    assert isinstance(found, typed.Convert) and found.kind == "number" and found.type.name == "Long"
    found = value("Id n = s;")
    assert isinstance(found, typed.Convert) and found.kind == "id"
    found = value("Object n = l;")
    assert isinstance(found, typed.Convert) and found.kind == "box"


def test_concatenation_is_one_node() -> None:
    found = value("String n = 1 + 2 + 'a' + i + s;")
    assert isinstance(found, typed.Concat)
    assert len(found.parts) == 4
    assert isinstance(found.parts[0], typed.Arithmetic)


def test_a_query_is_a_list_a_row_or_a_count() -> None:
    found = value("List<Account> n = [SELECT Id, Name FROM Account WHERE Name = :s AND Id IN :new List<Id>()];")
    assert isinstance(found, typed.Soql)
    assert found.text == "SELECT Id, Name FROM Account WHERE Name = :tmpVar1 AND Id IN :tmpVar2"
    assert [name for name, _ in found.binds] == ["tmpVar1", "tmpVar2"]
    row = value("Account n = [SELECT Id FROM Account LIMIT 1];")
    assert isinstance(row, typed.Convert) and row.kind == "row"
    assert value("Integer n = [SELECT COUNT() FROM Account];").type.name == "Integer"
    assert isinstance(value("String n = [SELECT Name FROM Account LIMIT 1].Name;"), typed.SObjectField)


def test_a_date_literal_is_no_bind() -> None:
    found = value(
        "List<Account> n = [SELECT Id FROM Account WHERE CreatedDate > LAST_N_DAYS:5 AND CreatedDate < 2026-01-31T00:00:00Z];"
    )
    assert isinstance(found, typed.Soql) and not found.binds


def test_an_error_in_a_query_points_into_the_source() -> None:
    checked = check(
        "public class T { void f(String s) {\n List<Account> a = [SELECT Id\n   FROM Account\n   WHERE Nope__c = :s]; } }"
    )
    assert [(e.line, e.column) for e in checked.errors] == [(4, 10)]


def test_tokens_and_describes() -> None:
    assert isinstance(value("Schema.SObjectField n = Account.Name;"), typed.FieldToken)
    assert isinstance(value("Schema.SObjectField n = Account.SObjectType.fields.Name;"), typed.FieldToken)
    assert isinstance(value("Schema.SObjectType n = Account.SObjectType;"), typed.SObjectToken)
    assert isinstance(
        value("Schema.DescribeFieldResult n = Schema.SObjectType.Account.fields.Name;"), typed.FieldDescribe
    )
    assert isinstance(value("String n = Schema.SObjectType.Account.getLabel();"), typed.PlatformCall)


def test_overloads_prefer_the_nearest_number() -> None:
    setup = "static String g(Long x) { return 'l'; } static String g(Decimal x) { return 'd'; } static String g(Object x) { return 'o'; }"
    found = value("String n = g(1);", setup)
    assert isinstance(found, typed.StaticCall)
    assert [t.name for t in found.method.types] == ["Long"]
    assert isinstance(found.args[0], typed.Convert)


def test_inner_class_sees_outer_statics_only() -> None:
    source = "public class T {{ static Integer a; Integer b; class I {{ Integer f() {{ return {}; }} }} }}"
    assert messages(check(source.format("a"))) == []
    assert "Non static field" in messages(check(source.format("b")))[0]


def test_accessor_reads_its_own_storage_and_others_call_it() -> None:
    checked = check("public class T { Integer p { get { return p; } set; } Integer f() { return p; } }")
    unit = checked.units[0]
    assert isinstance(unit, bodies.Class)
    inside = unit.accessors[0].body.statements[0]
    outside = body_of(checked)[0]
    assert isinstance(inside, bodies.Return) and isinstance(inside.value, typed.FieldAccess)
    assert isinstance(outside, bodies.Return) and isinstance(outside.value, typed.PropertyAccess)


def test_user_iterables_can_be_looped_over() -> None:
    checked = check(
        "public class T implements Iterable<String> { public Iterator<String> iterator() { return null; } "
        "void f() { for (String s : this) { s.length(); } } }"
    )
    loop = body_of(checked)[0]
    assert isinstance(loop, bodies.ForEach) and loop.over == "iterable" and loop.element.name == "String"


def test_exceptions_have_their_four_constructors() -> None:
    checked = check(
        "public class T { class MyException extends Exception {} void f() { new MyException(); new MyException('a'); "
        "new MyException('a', new MyException()); throw new MyException(new DmlException()); } }"
    )
    assert messages(checked) == []


def test_a_namespace_prefix_reaches_own_classes() -> None:
    sources = [
        Source("class", "A", "public class A { void f() { acme.B.g(); } }", namespace="acme"),
        Source("class", "B", "public class B { public static void g() { } }", namespace="acme"),
    ]
    assert messages(compile_units(sources, SCHEMA)) == []


def test_a_compiler_checks_anonymous_blocks_against_its_program() -> None:
    compiler = Compiler(SCHEMA)
    assert messages(compiler.program([Source("class", "A", "public class A { public static Integer n = 1; }")])) == []
    for _ in range(2):
        assert messages(compiler.anonymous(Source("anonymous", "anon", "Integer x = A.n;"))) == []
    assert messages(compiler.anonymous(Source("anonymous", "anon", "String x = A.n;"))) == [
        "anon:1:8: Illegal assignment from Integer to String"
    ]


@pytest.mark.parametrize(
    "use",
    [
        "Object x = A.broken();",
        "if (A.broken()) { }",
        "switch on s { when 'a' { Object x = A.broken(); } }",
        "for (Object one : A.broken()) { }",
        "s = String.valueOf(A.broken());",
    ],
)
def test_what_uses_a_broken_class_is_broken_too(use: str) -> None:
    checked = check(
        "public class A { public static Nowhere broken() { return null; } }",
        f"public class B {{ public Object f(String s) {{ {use} throw new DmlException(); }} }}",
    )
    assert checked.units == ()
    assert [e.unit for e in checked.errors] == ["A", "B"]
    assert checked.errors[1].message.startswith("Dependent class is invalid and needs recompilation:\n Class A")


@pytest.mark.parametrize("use", ["Integer i = a.hidden;", "a.hidden += 1;", "a.hidden++;", "Integer i = a.without;"])
def test_a_property_is_read_where_its_getter_is_seen(use: str) -> None:
    properties = "public Integer hidden { private get; set; } public Integer without { set; }"
    inside = "void f() { hidden = hidden + 1; this.hidden++; without = 1; }"
    checked = check(
        f"public class A {{ {properties} {inside} }}",
        f"public class B {{ void f(A a) {{ a.hidden = 1; a.without = 2; {use} }} }}",
    )
    name = "without" if "without" in use else "hidden"
    assert [(e.unit, e.message) for e in checked.errors] == [("B", f"Variable is not visible: A.{name}")]
