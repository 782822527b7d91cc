"""Java's regular expressions: what they match, how they replace, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright.apex.library.regex import RegexError, compiled
from orgwright.apex.runtime.exceptions import NotSupported
from tests.apex.library.table import raised, values


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"[a-z&&[^aeiou]]+", "aeixyz", "xyz"),
        (r"[a-c[x-z]]+", "mxaz", "xaz"),
        (r"[^\p{Alnum}\s]", "a b!", "!"),
        (r"\p{Lu}\p{Ll}+", "der Ärger", "Ärger"),
        (r"\w+", "é", None),
        (r"a(?i)b|c", "aC", "C"),
        (r"(?i:ab)c", "ABc", "ABc"),
        (r"(?<=USD|EUR )\d+", "EUR 12", "12"),
        (r"(?<year>\d{4})-\k<year>", "2024-2024", "2024-2024"),
        (r"(a)(b)\2", "abb", "abb"),
        (r"\Qa.b\E+", "a.bbb", "a.bbb"),
        (r"x*+x", "xxx", None),
        (r"^b$", "a\nb", None),
        (r"(?m)^b$", "a\nb\nc", "b"),
        (r"a.b", "a\nb", None),
        (r"(?s)a.b", "a\nb", "a\nb"),
        (r"(?x) a b # note", "ab", "ab"),
        (r"end$", "end\n", "end"),
        (r"\x41\u0042\0103", "ABC", "ABC"),
        (r"[\w.+-]+@[\w-]+\.[\w.]+", "to: a.b+c@d-e.org!", "a.b+c@d-e.org"),
        (r"a{2,}", "aaa", "aaa"),
        (r"[]a]+", "]a", "]a"),
    ],
)
def test_matches(pattern: str, text: str, found: str | None) -> None:
    match = compiled(pattern).search(text)
    assert (match.group() if match else None) == found


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "Unclosed group near index 1\n("),
        ("*a", "Dangling meta character '*' near index 0\n*a\n^"),
        ("[a", "Unclosed character class near index 1\n[a\n ^"),
        ("a)", "Unmatched closing ')' near index 0\na)\n^"),
        ("a{", "Illegal repetition near index 1\na{\n ^"),
        ("[z-a]", "Illegal character range near index 3\n[z-a]\n   ^"),
        (r"\y", "Illegal/unsupported escape sequence near index 1\n\\y\n ^"),
    ],
)
def test_refusals(pattern: str, message: str) -> None:
    with pytest.raises(RegexError) as error:
        compiled(pattern)
    assert str(error.value) == message


@pytest.mark.parametrize("pattern", [r"\Ga", r"(?<=a+)b", r"(?U)a"])
def test_what_cannot_be_translated_is_said(pattern: str) -> None:
    with pytest.raises(NotSupported):
        compiled(pattern)


@given(st.text(max_size=20))
def test_quoted_text_matches_itself(text: str) -> None:
    quoted = "\\Q" + text.replace("\\E", "\\E\\\\E\\Q") + "\\E"
    assert compiled(quoted).fullmatch(text)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Matcher m = Pattern.compile('(\\\\d)(x)?').matcher('a1b2x'); String s = ''; while (m.find()) { s += m.start() + m.group(1) + m.group(2) + m.end() + ';'; } return s;", "11null2;32x5;"),
        ("return Pattern.matches('[ab]+', 'abba');", True),
        ("return Pattern.compile('a(b)').matcher('xaby').replaceAll('[$1]');", "x[b]y"),
        ("Matcher m = Pattern.compile('b').matcher('abc'); m.region(2, 3); return m.find();", False),
        ("Matcher m = Pattern.compile('^b(x)?$').matcher('abc'); m.region(1, 2); return m.find() + ' ' + m.start() + m.end() + m.start(1);",
         "true 12-1"),
        ("Matcher m = Pattern.compile('(?<=a)b').matcher('abc'); m.region(1, 3); return m.find();", False),
        ("Matcher m = Pattern.compile('b').matcher('abbb'); m.region(1, 3); return '' + m.find() + m.find() + m.start() + m.find();",
         "truetrue2false"),
        ("Matcher m = Pattern.compile('b').matcher('\\uD83D\\uDE00abb'); m.find(); m.find(); return m.start();", 4),
        ("return Pattern.compile('b').matcher('abc').lookingAt();", False),
        ("return Pattern.compile(',').split('a,b,,');", "(a, b)"),
        ("return 'x'.replaceAll('x', Matcher.quoteReplacement('$1'));", "$1"),
        ("return 'a.b'.replaceAll(Pattern.quote('.'), '-');", "a-b"),
        ("Matcher m = Pattern.compile('b').matcher('\\uD83D\\uDE00b'); m.find(); return m.start();", 2),
    ],
)  # fmt: skip
def test_matchers(expression: str, expected: object) -> None:
    assert values(expression) == expected


def test_a_group_before_a_match_is_an_error() -> None:
    assert raised("Pattern.compile('a').matcher('b').group()")[0] == "System.StringException"
