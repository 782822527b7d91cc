"""Runaway regular expressions: what could backtrack without end is refused, what cannot is not."""

from __future__ import annotations

import re
from re import _parser as parser  # type: ignore[attr-defined]

import pytest
from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st

from orgwright.apex.library.regex import compiled
from orgwright.apex.library.regexcost import Machine, program
from orgwright.apex.runtime.exceptions import LimitException, NotSupported
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
    with pytest.raises(LimitException, match="Regex too complicated"):
        compiled(pattern).fullmatch(text)


@pytest.mark.parametrize(("pattern", "text"), HARMLESS)
def test_what_does_not_run_away_is_matched(pattern: str, text: str) -> None:
    found = compiled(pattern).fullmatch(text)
    assert (found is None) == (re.compile(pattern).fullmatch(text) is None)


_atoms = st.sampled_from(
    ["a", "b", ".", "(?s:.)", "[ab]", "[^a]", "(?i:[^a])", "(?i:A)", r"\w", r"\b", "^", "$", "(?=a)", "(?!b)", "(?<=a)",
     "(?:ab|a)", "(?>a|ab)", r"\1", r"(?i:\1)", r"\2"]
)  # fmt: skip
_quantifiers = st.sampled_from(["", "*", "+", "?", "{2}", "{1,3}", "*?", "+?", "*+", "{2,}"])
_unquantified = ("^", "$", r"\b", "(?=", "(?!", "(?<")


@st.composite
def patterns(draw: st.DrawFn) -> str:
    """Nested groups and alternatives of small pieces."""

    def part(depth: int) -> str:
        if depth == 0 or draw(st.booleans()):
            atom = draw(_atoms)
            return atom if atom.startswith(_unquantified) else atom + draw(_quantifiers)
        inner = "".join(part(depth - 1) for _ in range(draw(st.integers(1, 3))))
        other = draw(st.sampled_from(["", "|b", "|ab", "|"]))
        return f"({inner}{other}){draw(_quantifiers)}"

    return "".join(part(2) for _ in range(draw(st.integers(1, 3))))


def _plain(pattern: str) -> str | None:
    """The pattern as Python has it; None: Python knows none, a group refers to itself."""
    try:
        return compiled(pattern).text
    except NotSupported:
        return None


@given(patterns(), st.text("abAB \n", max_size=8))
@example("((a|)+a|)*+", "a")  # the groups of a possessive repetition are kept right
@example(r"(?:(a)|b)\1", "ba")  # a reference to a group that took no part
@example(r"(?:(a)b|a)(?:\1)?c", "aac")  # nor one that was tried only
@settings(max_examples=500, deadline=None)
def test_the_counting_machine_finds_the_ends_that_python_finds(pattern: str, text: str) -> None:
    plain = _plain(pattern)
    assume(plain is not None)
    code = program(parser.parse(plain, re.ASCII))
    try:
        ends = [Machine(text, len(text), whole).run(code, 0) for whole in (False, True)]
    except LimitException:
        reject()  # some run away on eight characters
    found = [re.compile(plain, re.ASCII).match(text), re.compile(plain, re.ASCII).fullmatch(text)]
    assert ends == [match.end() if match else None for match in found]


@pytest.mark.parametrize(
    "use",
    [
        "t.split(p)", "t.split(p, 2)", "t.replaceAll(p, '')", "t.replaceFirst(p, '')", "Pattern.matches(p, t)",
        "Pattern.compile(p).split(t)", "Pattern.compile(p).split(t, 2)", "Pattern.compile(p).matcher(t).matches()",
        "Pattern.compile(p).matcher(t).lookingAt()", "Pattern.compile(p).matcher(t).find()",
        "Pattern.compile(p).matcher(t).find(1)", "Pattern.compile(p).matcher(t).replaceAll('')",
        "Pattern.compile(p).matcher(t).replaceFirst('')", "Pattern.compile('x').matcher(t).usePattern(Pattern.compile(p)).find()",
        "Pattern.compile(p).matcher('').reset(t).matches()", "Pattern.compile(p).matcher(t).region(1, 80).matches()",
    ],
)  # fmt: skip
def test_no_way_into_a_pattern_runs_away(use: str) -> None:
    body = f"String p = '(a|aa)+b'; String t = 'a'.repeat(80); Object o = {use};"
    assert raised(body) == ("System.LimitException", "Regex too complicated")


def test_what_ends_soon_is_no_runaway() -> None:
    assert values("'a'.repeat(40).replaceAll('(a+)+', 'x')") == "x"


def test_groups_of_a_possessive_repetition() -> None:
    body = "Matcher m = Pattern.compile('((a|)+a|)*+').matcher('aa'); m.find(); return m.end() + ' ' + m.end(1) + ' ' + m.start(2);"
    assert values(body) == "2 2 1"
