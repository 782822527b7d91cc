"""Exceptions, their texts and traces, and what nobody can catch."""

from __future__ import annotations

import pytest

from tests.apex.orgfake import Org, compiled, fails, run

CUSTOM = """
public virtual class AppException extends Exception {
    public Integer code = 7;
    public class Inner extends AppException {}
}
"""
# `AppException.Inner` is a class of its own unit, so it may extend the outer class
CUSTOM_INNER = """
public class Holder {
    public class BadException extends Exception {}
    public static void fail(String text) { throw new BadException(text); }
    public static void wrap() {
        try { fail('deep'); } catch (BadException e) { throw new BadException('outer', e); }
    }
}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("try { Holder.fail('x'); } catch (Holder.BadException e) { return e.getTypeName() + e.getMessage(); } return '';", "Holder.BadExceptionx"),
        ("try { Holder.wrap(); } catch (Exception e) { return e.getMessage() + e.getCause().getMessage(); } return '';", "outerdeep"),
        ("try { throw new AppException(); } catch (AppException e) { return e.getMessage() + e.code; }", "Script-thrown exception7"),
        ("try { String s; s.length(); } catch (NullPointerException e) { return e.getLineNumber(); } return 0;", 1),
        ("try { Object o = 1; String s = (String) o; } catch (TypeException e) { return e.getMessage(); } return '';",
         "Invalid conversion from runtime type Integer to String"),
        ("try { return new List<Integer>()[0]; } catch (ListException e) { return e.getMessage(); }", "List index out of bounds: 0"),
        ("try { Id i = 'nonsense'; } catch (StringException e) { return e.getMessage(); } return '';", "Invalid id: nonsense"),
        ("Decimal d; try { d = 1.5 + d; } catch (NullPointerException e) { return e.getMessage(); } return '';", "Argument cannot be null."),
        ("Integer i; try { i = i + 1; } catch (NullPointerException e) { return e.getMessage(); } return '';",
         "Attempt to de-reference a null object"),
        ("Boolean b; try { if (b) { return 1; } } catch (NullPointerException e) { return 2; } return 3;", 2),
        ("try { for (Integer i : (List<Integer>) null) { return 1; } } catch (NullPointerException e) { return 2; } return 3;", 2),
        ("try { try { throw new AppException('a'); } finally { throw new AppException('b'); } } catch (AppException e) { return e.getMessage(); }", "b"),
        ("try { throw new AppException('a'); } catch (MathException e) { return 1; } catch (AppException e) { return 2; }", 2),
        ("try { Exception none; throw none; } catch (NullPointerException e) { return 'npe'; }", "npe"),
    ],
)  # fmt: skip
def test_caught(body: str, expected: object) -> None:
    assert run(body, CUSTOM.replace("    public class Inner extends AppException {}\n", ""), CUSTOM_INNER) == expected


def test_trace_names_every_frame_innermost_first() -> None:
    failure = fails("Holder.wrap();", CUSTOM_INNER)
    assert failure.type_name == "Holder.BadException"
    assert failure.stack == "Class.Holder.wrap: line 6, column 1\nClass.Probe.go: line 2, column 1"


def test_trace_of_a_caught_exception_is_where_it_was_thrown() -> None:
    body = "try { Holder.fail('x'); } catch (Exception e) { return e.getStackTraceString(); } return '';"
    assert run(body, CUSTOM_INNER) == "Class.Holder.fail: line 4, column 1\nClass.Probe.go: line 1, column 1"


def test_constructors_are_frames() -> None:
    source = "public class Made {\n public Made() {\n  Integer i = 1 / Made.zero();\n }\n static Integer zero() { return 0; }\n}"
    assert fails("new Made();", source).stack == "Class.Made.<init>: line 3, column 1\nClass.Probe.go: line 2, column 1"


@pytest.mark.parametrize("kind", ["List", "Set"])
def test_iterating_and_changing_is_final_and_passes_catch_and_finally(kind: str) -> None:
    program = compiled(
        "public class P { public static Integer n = 0; public static void go() {"
        f"try {{ {kind}<Integer> l = new {kind}<Integer>{{1, 2}}; for (Integer i : l) {{ l.add(3); }} }}"
        "catch (Exception e) { n += 1; } finally { n += 10; } }"
        "public static Integer seen() { return n; } }"
    )
    org = Org(program)
    with pytest.raises(Exception, match=r"Cannot modify a collection while it is being iterated\.") as info:
        org.execution.call_static("P", "go")
    assert info.value.type_name == "System.FinalException"  # type: ignore[attr-defined]
    assert org.execution.call_static("P", "seen") == 0


def test_changing_a_list_at_its_last_element_is_allowed() -> None:
    body = "List<Integer> l = new List<Integer>{1, 2}; for (Integer i : l) { if (i == 2) l.add(3); } return l.size();"
    assert run(body) == 3


def test_endless_recursion_is_a_limit_exception() -> None:
    source = "public class R { public static Integer f(Integer n) { return f(n + 1) + 1; } public static Integer depth(Integer n) { return n == 0 ? 0 : 1 + depth(n - 1); } }"
    failure = fails("try { R.f(0); } catch (Exception e) { }", source)
    assert (failure.type_name, failure.message) == ("System.LimitException", "Maximum stack depth reached: 1001")
    assert run("R.depth(900)", source, returns="Integer") == 900


@pytest.mark.parametrize(
    "loop", ["while (true) { }", "while (true);", "for (;;) { Integer i = 0; }", "do { } while (true);"]
)
def test_endless_loop_ends_at_the_cpu_limit(loop: str) -> None:
    failure = fails(f"if (Probe.class != null) {{ {loop} }}", cpu_ms=150)
    assert (failure.type_name, failure.message) == ("System.LimitException", "Apex CPU time limit exceeded")


def test_after_a_cpu_limit_the_program_runs_again() -> None:
    program = compiled(
        "public class L { public static void spin() { while (true) { } } public static Integer one() { return 1; } }"
    )
    with pytest.raises(Exception, match="CPU time"):
        Org(program, cpu_ms=100).execution.call_static("L", "spin")
    assert Org(program).execution.call_static("L", "one") == 1


def test_what_the_platform_has_and_we_have_not_is_never_null() -> None:
    failure = fails("try { Auth.AuthToken.getAccessToken('a', 'b'); } catch (Exception e) { }")
    assert failure.type_name == "NotSupportedByEmbeddedOrg"
    assert "Auth.AuthToken.getAccessToken(String,String) is not supported by the embedded org" in failure.message


@pytest.mark.parametrize("start", ["R.sorting()", "R.hashing()", "R.reading()"])
def test_recursion_through_the_platform_ends_too(start: str) -> None:
    source = """
        public class R {
            public class Item implements Comparable {
                public Integer compareTo(Object o) { R.sorting(); return 0; }
                public Boolean equals(Object o) { return this == o; }
                public Integer hashCode() { return new Set<Object>{this}.size(); }
                public Integer x { get { return again(); } }
                Integer again() { return x; }
            }
            public static void sorting() { new List<Item>{new Item(), new Item()}.sort(); }
            public static void hashing() { Set<Object> s = new Set<Object>{new Item()}; }
            public static void reading() { Integer i = new Item().x; }
        }"""
    assert fails(f"{start};", source).message == "Maximum stack depth reached: 1001"


def test_deeply_nested_expressions_compile() -> None:
    assert run("1" + " + 1" * 1500) == 1501
