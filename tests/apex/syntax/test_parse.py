"""The syntax tree: shapes, positions, syntax errors, and behaviour on junk."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orgwright.apex.sources import Source
from orgwright.apex.syntax import tree
from orgwright.apex.syntax.parse import ApexSyntaxError, parse


def class_of(body: str) -> tree.ClassDecl:
    unit = parse(Source("class", "T", body))
    assert isinstance(unit, tree.ClassDecl)
    return unit


def statements(text: str) -> tuple[tree.Stmt, ...]:
    method = class_of(f"public class T {{ void f() {{\n{text}\n}} }}").members[0]
    assert isinstance(method, tree.MethodDecl) and method.body is not None
    return method.body.statements


def expression(text: str) -> tree.Expr:
    (found,) = statements(f"x = {text};")
    assert isinstance(found, tree.ExprStmt) and isinstance(found.expr, tree.Assign)
    return found.expr.value


def show(node: tree.Expr) -> str:
    """An expression with all its grouping made visible."""
    if isinstance(node, tree.Binary):
        return f"({show(node.left)} {node.op} {show(node.right)})"
    if isinstance(node, tree.Paren):
        return show(node.inner)
    if isinstance(node, tree.Name):
        return node.name
    if isinstance(node, tree.Literal):
        return repr(node.value) if node.kind != "null" else "null"
    if isinstance(node, tree.Unary):
        return f"({node.op}{show(node.operand)})"
    if isinstance(node, tree.Cast):
        return f"[{node.type}]{show(node.operand)}"
    if isinstance(node, tree.Ternary):
        return f"({show(node.condition)} ? {show(node.yes)} : {show(node.no)})"
    if isinstance(node, tree.Member):
        return f"{show(node.target)}{'?' if node.safe else ''}.{node.name}"
    if isinstance(node, tree.Call):
        target = f"{show(node.target)}." if node.target else ""
        return f"{target}{node.name}({', '.join(map(show, node.args))})"
    if isinstance(node, tree.Index):
        return f"{show(node.target)}[{show(node.index)}]"
    if isinstance(node, tree.ClassLiteral):
        return f"{node.type}.class"
    if isinstance(node, tree.InstanceOf):
        return f"({show(node.operand)} instanceof {node.type})"
    return type(node).__name__


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a + b * c - d", "((a + (b * c)) - d)"),
        ("a == b < c", "((a == b) < c)"),
        ("a | b ^ c & d", "(a | (b ^ (c & d)))"),
        ("a || b && c ?? d", "((a || (b && c)) ?? d)"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a >> 1 >>> 2 << 3", "(((a >> 1) >>> 2) << 3)"),
        ("a > b", "(a > b)"),
        ("a <> b", "(a != b)"),
        ("(Integer) -b", "[Integer](-b)"),
        ("(a) - b", "(a - b)"),
        ("(List<Account>) b.c()", "[List<Account>]b.c()"),
        ("(a.b[]) c", "[List<a.b>]c"),
        ("(a < b) ? c : d", "((a < b) ? c : d)"),
        ("a?.b.c(1)[0]", "a?.b.c(1)[0]"),
        ("List<Map<Id, String>>.class", "List<Map<Id,String>>.class"),
        ("Account[].class", "List<Account>.class"),
        ("a.b.class", "a.b.class"),
        ("!a instanceof B", "((!a) instanceof B)"),
        ("1L", "1"),
        ("'\\u0041\\n'", "'A\\n'"),
        ("a < b && c > d", "((a < b) && (c > d))"),
    ],
)
def test_expressions_group_as_apex_does(text: str, shown: str) -> None:
    assert show(expression(text)) == shown


def test_number_literals_have_their_kinds() -> None:
    kinds = [expression(text) for text in ("1", "1l", "1.0", "1.5d", "07")]
    assert [(k.kind, str(k.value)) for k in kinds if isinstance(k, tree.Literal)] == [
        ("Integer", "1"),
        ("Long", "1"),
        ("Decimal", "1.0"),
        ("Double", "1.5"),
        ("Integer", "7"),
    ]


def test_positions_are_those_of_the_source() -> None:
    unit = class_of("/* a\n b */ public class T {\r\n  Integer x = foo.bar(\n    'é', y);\n}")
    field = unit.members[0]
    assert isinstance(field, tree.FieldDecl)
    call = field.declarators[0].value
    assert isinstance(call, tree.Call)
    at = [(tree.line_of(n.pos), tree.column_of(n.pos)) for n in (unit, field, call, *call.args)]
    assert at == [(2, 20), (3, 11), (3, 19), (4, 5), (4, 10)]


def test_text_blocks_lose_their_indentation() -> None:
    found = expression("'''\n    one\n      two 'quoted'\n    '''")
    assert isinstance(found, tree.Literal)
    assert found.value == "one\n  two 'quoted'\n"


def test_statements_of_every_kind_parse() -> None:
    text = """
    final Integer a = 1, b;
    Map<Id, List<Account>> m = new Map<Id, List<Account>>{ 'x' => new List<Account>() };
    if (a == 1) b = 2; else if (a == 2) { } else b++;
    while (a < 1); do { a--; } while (a > 0);
    for (Integer i = 0, j = 1; i < j; i++) { continue; } for (;;) { break; }
    for (Account r : [SELECT Id FROM Account]) { } for (List<Account> r : q) update r;
    switch on a { when 1, 2 { } when Account r { } when else { } }
    try { throw e; } catch (DmlException e) { } catch (Exception e) { } finally { }
    insert a; update as user a; upsert a Ext__c; delete a; undelete a; merge a b; upsert as system a Account.Ext__c;
    System.runAs(u) { a = 1; }
    Integer[] n = new Integer[5]; Integer[] k = new Integer[]{ 1, 2 };
    a >>= 1; a >>>= 2; a <<= 3; a ^= 4; a |= 5; a &= 6;
    Account r = new Account(Name = 'x', Parent = new Account(Ext__c = 'y'));
    List<List<SObject>> s = [FIND :term IN ALL FIELDS RETURNING Account(Id)];
    return;
    """
    kinds = [type(s).__name__ for s in statements(text)]
    assert kinds.count("Dml") == 7
    assert {"LocalDecl", "If", "While", "DoWhile", "For", "ForEach", "Switch", "Try", "RunAs", "Return"} <= set(kinds)


def test_members_of_every_kind_parse() -> None:
    unit = class_of(
        "@IsTest(SeeAllData=true isParallel=false) global abstract with sharing class T extends a.B implements C, D<E> {"
        " static { } { } public static final Integer X = 1, y; public String p { get; private set { p = value; } }"
        " T(Integer a) { this(); } abstract void f(final Integer a, List<String> b); @TestVisible override webservice void g() { }"
        " enum E { A, B } interface I extends J { void x(); } class K { } }"
    )
    assert [type(m).__name__ for m in unit.members] == [
        "InitBlock",
        "InitBlock",
        "FieldDecl",
        "PropertyDecl",
        "ConstructorDecl",
        "MethodDecl",
        "MethodDecl",
        "EnumDecl",
        "InterfaceDecl",
        "ClassDecl",
    ]
    assert unit.modifiers.words == ("global", "abstract", "with sharing")
    assert unit.modifiers.annotations[0].values == {"seealldata": "true", "isparallel": "false"}


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("public class T { ", (1, 18), "Unexpected <EOF>"),
        ("public class T { void f() { return } }", (1, 36), "Unexpected token '}'."),
        ("public class T { void f() { f() } }", (1, 33), "Missing ';' at '}'"),
        ("public class T { void f() { for (i = 0; i < 1; i++, j++) { } } }", (1, 51), "Expecting ')' but was: ','"),
        ("public class T { void f() { Integer a_; } }", (1, 37), "Invalid character in identifier: a_"),
        ("public class T { void f() { Integer _a; } }", (1, 37), "Invalid character in identifier: _a"),
        ("public class T { void f() { Long l = 9223372036854775808L; } }", (1, 38), "Illegal long"),
        (
            "public class T { void f() { try { } } }",
            (1, 29),
            "Try block must have at least one catch block or a finally block",
        ),
        ("public class T { String s = 'a\nb'; }", (1, 29), "Line breaks are not allowed in string literals"),
        ("public class T<X> { }", (1, 15), "Type parameters are not supported"),
        ("public class T { foo() { } }", (1, 18), "Invalid constructor name: foo"),
        ("public public class T { }", (1, 8), "Duplicate modifier"),
        ("", (1, 1), "Unexpected <EOF>"),
        ("public class T { } class U { }", (1, 20), "Unexpected token 'class'."),
    ],
)
def test_syntax_errors(text: str, at: tuple[int, int], message: str) -> None:
    with pytest.raises(ApexSyntaxError) as caught:
        parse(Source("class", "T", text))
    pos = caught.value.pos
    assert ((tree.line_of(pos), tree.column_of(pos)), caught.value.message) == (at, message)


@pytest.mark.parametrize(
    "opening", ["(", "{", "!", "[", "-", "f(", "new List<", "if(a)", "a?", "(String)", "x=", "while(a){"]
)
def test_deep_nesting_is_an_error_not_a_crash(opening: str) -> None:
    with pytest.raises(ApexSyntaxError):
        statements("x = " * (opening != "{") + opening * 50_000)


def test_a_chain_of_many_terms_is_no_nesting() -> None:
    assert isinstance(expression(" + ".join(["'a'"] * 5000)), tree.Binary)


def test_five_megabytes_are_read_in_bounded_time() -> None:
    line = "        Integer value = compute(1, 'text', other.field) + 5;\n"
    text = "public class T { void f() {\n" + line * (5_000_000 // len(line)) + "} }"
    begin = time.process_time()
    class_of(text)
    assert time.process_time() - begin < 20


WORDS = st.sampled_from(
    [
        "public",
        "class",
        "T",
        "{",
        "}",
        "(",
        ")",
        ";",
        ",",
        ".",
        "?.",
        "<",
        ">",
        "=",
        "=>",
        "==",
        "+",
        "-",
        "[",
        "]",
        ":",
        "?",
        "??",
        "'a'",
        "1",
        "1.5",
        "a",
        "b",
        "Account",
        "List",
        "SELECT",
        "FROM",
        "WHERE",
        "if",
        "else",
        "for",
        "while",
        "do",
        "switch",
        "on",
        "when",
        "try",
        "catch",
        "finally",
        "return",
        "throw",
        "new",
        "this",
        "super",
        "static",
        "void",
        "get",
        "set",
        "insert",
        "as",
        "user",
        "@IsTest",
        "/*",
        "//",
        "'''",
        "instanceof",
        "null",
        "true",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=40), st.sampled_from(["class", "trigger", "anonymous"]))
def test_any_sequence_of_words_parses_or_is_refused(words: list[str], kind: str) -> None:
    try:
        parse(Source(kind, "T", " ".join(words)))  # type: ignore[arg-type]
    except ApexSyntaxError as error:
        assert error.message and error.pos > 0


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_any_text_parses_or_is_refused(text: str) -> None:
    for source in (text, f"public class T {{ void f() {{ {text} }} }}"):
        try:
            parse(Source("class", "T", source))
        except ApexSyntaxError as error:
            assert error.message
