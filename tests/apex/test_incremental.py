"""Compiling again: what can have changed is checked, the rest is taken over."""

from __future__ import annotations

import pytest

from orgwright.apex.check import bodies
from orgwright.apex.check.classes import ClassChecker
from orgwright.apex.engine import Execution, Program, Source, compile_program
from orgwright.apex.syntax.parse import parse_with_outline
from tests.apex.orgfake import Org, Schema

BASE = "public virtual class Base { public virtual Integer of() { return 1; } public Other link; }"
OTHER = "public class Other { public static final Integer START = 5; public Integer size() { return 3; } }"
USER = "public class User2 extends Base { public Integer all() { return of() + link.size(); } }"
AWAY = "public class Away { public static Integer f() { return 7; } }"


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the classes that are checked, as they are."""
    seen: list[str] = []
    real = ClassChecker.check

    def check(self: ClassChecker, symbol: object) -> bodies.Class:
        seen.append(symbol.name)  # type: ignore[attr-defined]
        return real(self, symbol)  # type: ignore[arg-type]

    monkeypatch.setattr(ClassChecker, "check", check)
    return seen


def sources(**bodies: str) -> list[Source]:
    every = {"Base": BASE, "Other": OTHER, "User2": USER, "Away": AWAY} | bodies
    return [Source("class", name, body) for name, body in every.items() if body]


def again(previous: Program | None, **bodies: str) -> Program:
    return compile_program(sources(**bodies), Schema(), previous=previous)


def test_nothing_changed_nothing_done(checked: list[str]) -> None:
    first = again(None)
    checked.clear()
    assert again(first) is first
    assert checked == []


def test_a_method_body_concerns_its_class_alone(checked: list[str]) -> None:
    first = again(None)
    checked.clear()
    second = again(first, Other=OTHER.replace("return 3", "return 30"))
    assert checked == ["Other"]
    assert second.errors == ()


def test_what_others_see_concerns_those_who_see_it(checked: list[str]) -> None:
    first = again(None)
    checked.clear()
    second = again(first, Other=OTHER.replace("Integer size", "String size").replace("return 3", "return 'x'"))
    assert sorted(checked) == ["Base", "Other", "User2"]
    assert [e.message for e in second.errors] == ["Illegal conversion from String to Integer"]
    assert again(second).errors == ()


def test_a_class_that_comes_or_goes_is_noticed() -> None:
    first = again(None)
    second = again(first, Other="")
    assert [(e.unit, e.message) for e in second.errors] == [
        ("Base", "Invalid type: Other"),
        ("User2", "Dependent class is invalid and needs recompilation:\n Class Base : Invalid type: Other"),
    ]
    assert second.unit("user2") is None
    assert second.unit("away") is not None
    shadow = again(first, Integer="public class Integer { }")
    assert "User2" in {e.unit for e in shadow.errors}


def test_old_and_new_code_run_together() -> None:
    first = again(None)
    host = Org(first.schema)
    assert Execution(first, host).call_static("Away", "f") == 7
    second = again(first, Other=OTHER + " ", Away=AWAY.replace("return 7", "return Other.START + new Other().size()"))
    assert Execution(second, host).call_static("Away", "f") == 8


def test_an_anonymous_block_checks_no_class_again(checked: list[str]) -> None:
    program = again(None)
    checked.clear()
    code, errors = program.anonymous("Integer i = Away.f(); Undefined u;", 67.0)
    assert code is None
    assert [(e.line, e.message) for e in errors] == [(1, "Invalid type: Undefined")]
    code, errors = program.anonymous("public class Mine { } Integer i = Away.f() + new Other().size(); Mine m;", 67.0)
    assert code is not None
    assert errors == ()
    assert set(checked) <= {"anon", "Mine"}


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("class A { void f() { g(); } }", "class A { void f() { h(1); { } } }", True),
        ("class A { void f() { g(); } }", "class A { // note\n void f()\n{ } }", True),
        ("class A { void f() { } }", "class A { void f(Integer i) { } }", False),
        ("class A { Integer i = 1; }", "class A { Integer i = 2; }", False),
        ("class A { String s { get { return b(); } } }", "class A { String s { get; } }", False),
        ("class A { A() { if (x) { } } Integer i; }", "class A { A() { } Integer j; }", False),
        ("class A { class B { void f() { int(); } } }", "class A { class B { void f() { } } }", True),
    ],
)
def test_outline(before: str, after: str, same: bool) -> None:
    digests = {parse_with_outline(Source("class", "A", f"public {text}"))[1].digest for text in (before, after)}
    assert (len(digests) == 1) is same
