"""Runaway regular expressions: what could backtrack without end is refused, what cannot is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from re import _parser as parser  # type: ignore[attr-defined]

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orgwright.apex.library.regexcost import Machine, Regex, program
from orgwright.apex.runtime.exceptions import LimitException
from tests.apex.library.table import raised, values

RUNAWAYS = [
    ("(a+)+b", "a" * 40),
    ("(a|aa)+b", "a" * 80),
    ("(x+x+)+y", "x" * 50),
    ("(.*a){20}", "a" * 60 + "b"),
    ("(?:a?){30}a{30}b", "a" * 30),
    (r"\s*\s*\s*\s*!", " " * 3000),
    (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 60),
    (r"(?=(a+)+b)c", "a" * 40),
    (r"(?i)(A+)+B", "a" * 40),
    (r"((a*?)+?)+?b", "a" * 40),
]
HARMLESS = [
    (r"(a|b)*", "ab" * 50_000),
    (r"(\w+\s*)+", "word " * 5000),
    (r"(?>a+)+b", "a" * 5000),
    (r"(?:a++)*b", "a" * 5000),
    (r"a*b", "a" * 100_000),
    ('("([^"]|"")*"|[^,]*)(,("([^"]|"")*"|[^,]*))*', '"a ""b""",c,' * 500),
    (r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$", "a.very.long.name@some.host.example.com"),
]


@pytest.mark.parametrize(("pattern", "text"), RUNAWAYS)
def test_a_runaway_pattern_ends_with_salesforces_exception(pattern: str, text: str) -> None:
    regex = Regex(pattern)
    attempts: tuple[Callable[[str], object], ...] = (regex.fullmatch, regex.search, regex.finditer)
    with pytest.raises(LimitException, match="Regex too complicated"):
        attempts[len(pattern) % 3](text)


@pytest.mark.parametrize(("pattern", "text"), HARMLESS)
def test_what_does_not_run_away_is_matched(pattern: str, text: str) -> None:
    found = Regex(pattern).fullmatch(text)
    assert (found is None) == (re.compile(pattern).fullmatch(text) is None)


_atoms = st.sampled_from(
    ["a", "b", ".", "[ab]", "[^a]", r"\w", r"\b", "^", "$", "(?=a)", "(?!b)", "(?<=a)", "(?:ab|a)"]
)
_quantifiers = st.sampled_from(["", "*", "+", "?", "{2}", "{1,3}", "*?", "+?", "*+", "{2,}"])


@st.composite
def patterns(draw: st.DrawFn) -> str:
    """Nested groups and alternatives of small pieces."""

    def part(depth: int) -> str:
        if depth == 0 or draw(st.booleans()):
            atom = draw(_atoms)
            return (
                atom
                if atom in ("^", "$", r"\b") or atom.startswith(("(?=", "(?!", "(?<"))
                else atom + draw(_quantifiers)
            )
        inner = "".join(part(depth - 1) for _ in range(draw(st.integers(1, 3))))
        other = draw(st.sampled_from(["", "|b", "|ab", "|"]))
        return f"({inner}{other}){draw(_quantifiers)}"

    return "".join(part(2) for _ in range(draw(st.integers(1, 3))))


@given(patterns(), st.text("ab ", max_size=8))
@settings(max_examples=300, deadline=None)
def test_the_counting_machine_finds_the_ends_that_python_finds(pattern: str, text: str) -> None:
    code = program(parser.parse(pattern, re.ASCII))
    start, whole = re.compile(pattern, re.ASCII).match(text), re.compile(pattern, re.ASCII).fullmatch(text)
    assert Machine(text, len(text), False).run(code, 0) == (start.end() if start else None)
    assert (Machine(text, len(text), True).run(code, 0) is None) == (whole is None)


def test_in_apex() -> None:
    assert raised("Pattern.matches('(a+)+b', 'a'.repeat(40));") == ("System.LimitException", "Regex too complicated")
    assert raised("'a'.repeat(40).replaceAll('(a+)+b', '');") == ("System.LimitException", "Regex too complicated")
    assert values("'a'.repeat(40).replaceAll('(a+)+', 'x')") == "x"
