"""Apex that is too deep, too large or endless: a compile error or a LimitException, never a fault of the engine."""

from __future__ import annotations

import pytest

from orgwright.apex import engine
from orgwright.apex.runtime import watchdog
from tests.apex.orgfake import Schema, fails, run

TOO_LONG = "Expression is too long, please split this expression into multiple statements"
TOO_DEEP = "Blocks nested this deeply are not supported by the embedded org"
_LOOP = ("for (Integer i{0} = 0; i{0} < 1; i{0}++) {{", "}}")
_EACH = ("for (Integer i{0} : new List<Integer>{{1}}) {{", "}}")
_BOTH = ("try {{", "}} catch (Exception e{0}) {{ x = 3; }} finally {{ x = x; }}")
_CATCH = ("try {{ Integer z = 1/0; }} catch (Exception e{0}) {{", "}}")
_FINALLY = ("try {{ x = x; }} finally {{", "}}")
_IF = ("if (x < 1) {{", "}}")


def errors(body: str) -> list[str]:
    source = engine.Source("class", "Probe", f"public class Probe {{ {body} }}")
    return [error.message for error in engine.compile_program([source], Schema()).errors]


def nested(shape: tuple[str, str], count: int) -> str:
    opening, closing = shape
    inside = "".join(opening.format(i) for i in range(count)) + " x++; "
    return f"Integer x = 0; {inside}{''.join(closing.format(i) for i in reversed(range(count)))}"


@pytest.mark.parametrize(
    "body",
    [
        f"Integer x = {'(' * 5000}1{')' * 5000};",
        f"void f() {{ {'{' * 5000}{'}' * 5000} }}",
        f"void f(Boolean b) {{ {'if (b) {' * 3000}{'}' * 3000} }}",
        f"Boolean f(Boolean b) {{ return {'!' * 3000}b; }}",
        f"Object f(Object o) {{ return {'(Object) ' * 3000}o; }}",
        f"Integer f(Integer i) {{ return {'f(' * 1000}i{')' * 1000}; }}",
        f"Object o = {'new List<Object>{' * 1000}{'}' * 1000};",
        f"{'List<' * 1000}Integer{'>' * 1000} x;",
    ],
    ids=["parentheses", "blocks", "ifs", "nots", "casts", "calls", "lists", "types"],
)
def test_deep_nesting_is_a_compile_error(body: str) -> None:
    assert errors(body) == [TOO_LONG]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (" + ".join(["'a'"] * 5000), "a" * 5000),
        (" + ".join(["'a'.left(1)"] * 2000), "a" * 2000),
        (" + ".join(["1"] * 1000), 1000),
        (f"new List<Integer>{{{', '.join(str(i) for i in range(10_000))}}}.size()", 10_000),
        (f"new List<Account>{{{', '.join('new Account()' for i in range(3000))}}}.size()", 3000),
        (f"'a'{'.trim()' * 400}", "a"),
    ],
    ids=["constants", "calls", "numbers", "list", "records", "chain"],
)
def test_long_flat_expressions_run(expression: str, value: object) -> None:
    assert run(expression) == value


def test_long_chains_of_branches_run() -> None:
    chain = " else ".join(f"if (x == {i}) {{ return {i}; }}" for i in range(2000))
    assert run(f"Integer x = 1999; {chain} return -1;") == 1999
    cases = " ".join(f"when {i} {{ x = -{i}; }}" for i in range(2000))
    assert run(f"Integer x = 1999; switch on x {{ {cases} }} return x;") == -1999


@pytest.mark.parametrize(
    ("shape", "count", "value"),
    [(_LOOP, 16, 1), (_EACH, 16, 1), (_BOTH, 5, 1), (_CATCH, 8, 1), (_FINALLY, 5, 1), (_IF, 40, 1)],
    ids=["for", "for each", "try", "catch", "finally", "if"],
)
def test_nested_blocks_run_as_far_as_they_can_and_no_further(shape: tuple[str, str], count: int, value: int) -> None:
    if shape is not _IF:
        assert errors(f"static void f() {{ {nested(shape, count + 1)} }}") == [TOO_DEEP]
    assert run(f"{nested(shape, count)} return x;") == value


@pytest.mark.parametrize("size", [5_000, 1_000_000])
def test_numbers_with_very_many_digits(size: int) -> None:
    digits = f"'9'.repeat({size})"
    message = fails(f"Integer i = Integer.valueOf({digits});").message
    assert message == f"Invalid integer: {'9' * size}"
    assert fails(f"JSON.deserialize({digits}, Long.class);").type_name == "System.JSONException"
    assert run(f"Decimal.valueOf({digits}).intValue()") == (10**size - 1 + 2**31) % 2**32 - 2**31
    assert run("Decimal.valueOf('1e999999999').longValue()") == 0
    assert fails("String s = Decimal.valueOf('1e999999999').toPlainString();").type_name == "System.LimitException"


@pytest.mark.parametrize(
    "body",
    [
        "String s = 'a'.leftPad(2147483647);",
        "String s = 'ab'.repeat(2147483647);",
        "List<Integer> l = new Integer[2147483647];",
        "List<Integer> l = new List<Integer>{1}; while (true) { l.addAll(l.clone()); }",
        "Decimal d = Decimal.valueOf('9'.repeat(100000)).pow(32768);",
    ],
)
def test_what_would_not_fit_into_memory_is_a_limit(body: str) -> None:
    assert fails(body).type_name == "System.LimitException"


def test_a_heap_that_grows_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "MOST_GROWTH", 50_000_000)
    failure = fails("List<String> l = new List<String>(); while (true) { l.add('x'.repeat(1000)); }")
    assert failure.type_name == "System.LimitException"
    assert failure.message.startswith("Apex heap size too large: ")


@pytest.mark.parametrize(
    "body",
    [
        "while (true) {}",
        "for (;;) {}",
        "do { try { throw new MathException(); } catch (Exception e) { continue; } } while (true);",
        "try { while (true) {} } catch (Exception e) { return; } finally { while (true) {} }",
    ],
)
def test_an_endless_loop_runs_out_of_time(body: str) -> None:
    failure = fails(body, cpu_ms=300)
    assert (failure.type_name, failure.message) == ("System.LimitException", "Apex CPU time limit exceeded")


@pytest.mark.parametrize(
    ("helper", "call"),
    [
        ("public class R { public static Integer f(Integer i) { return f(i + 1) + 1; } }", "R.f(0);"),
        ("public class R { public override String toString() { return '' + this; } }", "String s = '' + new R();"),
        ("public class R { public Integer a { get { return a2; } } Integer a2 { get { return a; } } }", "Integer i = new R().a;"),
        ("public class R { public Integer hashCode() { return hashCode(); } public Boolean equals(Object o) { return true; } }",
         "Set<R> s = new Set<R>{ new R() };"),
        ("public class R { public R() { new R(); } }", "new R();"),
    ],
)  # fmt: skip
def test_endless_recursion_is_a_limit_and_cannot_be_caught(helper: str, call: str) -> None:
    for body in (call, f"try {{ {call} }} catch (Exception e) {{ return; }}"):
        failure = fails(body, helper)
        assert (failure.type_name, failure.message) == ("System.LimitException", "Maximum stack depth reached: 1001")


@pytest.mark.parametrize(
    ("use", "found"),
    [
        ("String s = JSON.serialize(l);", ("System.JSONException", "Direct self-reference leading to cycle")),
        ("Integer i = l.hashCode();", ("System.LimitException", "Maximum stack depth reached: 1001")),
    ],
)
def test_collections_that_hold_themselves(use: str, found: tuple[str, str]) -> None:
    for body in (
        "List<Object> l = new List<Object>(); l.add(l);",
        "Map<String, Object> l = new Map<String, Object>(); l.put('a', l);",
    ):
        failure = fails(f"{body} {use}")
        assert (failure.type_name, failure.message) == found


def test_lone_surrogates_leave_apex_as_question_marks() -> None:
    assert fails(r"throw new IllegalArgumentException('a\ud800b');").message == "a?b"
    assert (
        run(r"PageReference p = new PageReference('/a'); p.getParameters().put('b', '\ud800'); return p.getUrl();")
        == "/a?b=%3F"
    )


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        ({"A": "public virtual class A extends B {}", "B": "public virtual class B extends A {}"}, "Circular definition: A"),
        ({"A": "public interface A extends B {}", "B": "public interface B extends A {}"}, "Circular definition: A"),
        ({"A": "public virtual class A extends A.B { public virtual class B extends A {} }"}, "Circular definition: A"),
        ({"A": "public class B {}"}, "File name mismatch with class name: B"),
        ({"A": ""}, "Unexpected <EOF>"),
        ({"A": f"public class A {{ Integer i = {'9' * 5000}; }}"}, "Illegal integer"),
        ({"A": f"public class A {{ Long l = {'9' * 5000}L; }}"}, "Illegal long"),
        ({"A": "public class A { String s = 'abc; }"}, "Missing closing quote character ' on string."),
        ({"A": "public class A { } public class B { }"}, "Unexpected token 'public'."),
        ({"A": "\x00\x01"}, "Unrecognized symbol '\\u0000', which is not a valid Apex identifier."),
    ],
)  # fmt: skip
def test_sources_that_are_wrong_as_a_whole(sources: dict[str, str], found: str) -> None:
    program = engine.compile_program([engine.Source("class", *pair) for pair in sources.items()], Schema())
    assert found in [error.message for error in program.errors]


def test_a_block_that_ends_too_early() -> None:
    code, errors = engine.compile_program([], Schema()).anonymous("@", 62.0)
    assert code is None and errors
