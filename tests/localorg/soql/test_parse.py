from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orgwright.apex.host import QueryProblem
from orgwright.localorg.soql.parse import RESERVED, parse
from orgwright.localorg.soql.problem import located
from orgwright.localorg.soql.tree import Call, Comparison, Logic, Path, Query, Value

# --- texts from trees: every text of this grammar must come back as the same tree -----------------

_KEYWORDS = RESERVED | {
    "ORDER",
    "OFFSET",
    "FOR",
    "ALL",
    "UPDATE",
    "TYPEOF",
    "FIELDS",
    "TRUE",
    "FALSE",
    "AS",
    "BY",
    "TODAY",
    "YESTERDAY",
    "TOMORROW",
}
names = st.from_regex(r"[A-Z][a-z]{1,6}(__c)?", fullmatch=True).filter(lambda n: n.upper() not in _KEYWORDS)
paths = st.lists(names, min_size=1, max_size=3).map(".".join)
strings = st.text(st.characters(codec="utf-8", exclude_characters="\\'\x00"), max_size=8).map(lambda t: f"'{t}'")
numbers = st.integers(-999, 999).map(str) | st.decimals(0, 99, places=2).map(str)
literals = st.one_of(
    strings,
    numbers,
    st.sampled_from(
        ["null", "TRUE", "false", "2026-01-31", "2026-01-31T10:00:00Z", "TODAY", "LAST_N_DAYS:30", ":name"]
    ),
)
comparisons = st.one_of(
    st.builds("{} {} {}".format, paths, st.sampled_from(["=", "!=", "<", ">=", "<>"]), literals),
    st.builds("{} IN ({})".format, paths, st.lists(literals, min_size=1, max_size=3).map(", ".join)),
    st.builds("{} NOT IN (SELECT Id FROM {})".format, paths, names),
    st.builds("{} LIKE {}".format, paths, strings),
    st.builds("{} INCLUDES ({})".format, paths, strings),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=6,
)
orders = st.builds("{} {} {}".format, paths, st.sampled_from(["", "ASC", "DESC"]), st.sampled_from(["", "NULLS LAST"]))


@st.composite
def queries(draw: st.DrawFn) -> str:
    items = draw(st.lists(paths, min_size=1, max_size=4))
    if draw(st.booleans()):
        items.append(f"(SELECT {draw(paths)} FROM {draw(names)} LIMIT {draw(st.integers(0, 9))})")
    text = f"SELECT {', '.join(items)} FROM {draw(names)}"
    if draw(st.booleans()):
        text += f" WHERE {draw(conditions)}"
    if draw(st.booleans()):
        text += f" ORDER BY {', '.join(draw(st.lists(orders, min_size=1, max_size=2)))}"
    if draw(st.booleans()):
        text += f" LIMIT {draw(st.integers(0, 2000))} OFFSET {draw(st.integers(0, 2000))}"
    return text


def bare(node: Any) -> Any:
    """The tree without positions."""
    if isinstance(node, tuple):
        return tuple(bare(one) for one in node)
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        values = {f.name: bare(getattr(node, f.name)) for f in dataclasses.fields(node) if f.name != "at"}
        return (type(node).__name__, tuple(sorted(values.items(), key=lambda kv: kv[0])))
    return node


@settings(max_examples=150)
@given(queries())
def test_blanks_lines_and_keyword_case_do_not_matter(text: str) -> None:
    tree = parse(text)
    assert bare(parse(text.replace(", ", "\n ,\t").replace(" FROM ", "\nfrom  "))) == bare(tree)
    for keyword in ("SELECT", "WHERE", "ORDER BY", "LIMIT"):
        if f"'{keyword}" not in text and f"{keyword} " in text and "'" not in text:
            assert bare(parse(text.replace(f"{keyword} ", f"{keyword.lower()} "))) == bare(tree)


@settings(max_examples=200)
@given(queries(), st.data())
def test_a_broken_text_is_refused_at_a_place_in_it_or_read(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    for broken in (
        text[:cut],
        text[:cut] + data.draw(st.sampled_from(["'", ")", "(", "\\", " SELECT ", "#"])) + text[cut:],
    ):
        try:
            parse(broken)
        except QueryProblem as problem:
            assert 0 <= problem.offset <= len(broken)
            assert problem.message


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except QueryProblem as problem:
        assert problem.code == "MALFORMED_QUERY"


# --- examples ---------------------------------------------------------------------------------------


def where(text: str) -> Any:
    return parse(f"SELECT Id FROM X WHERE {text}").where


def test_not_binds_to_the_next_expression() -> None:
    tree = where("NOT a = 1 AND b = 2")
    assert isinstance(tree, Logic) and tree.operator == "AND"
    assert isinstance(tree.parts[0], Logic) and tree.parts[0].operator == "NOT"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"'a\'b\n\u00e9'", "a'b\né"),
        ("-1", -1),
        ("+2.50", Decimal("2.50")),
        ("1.5e3", Decimal("1500")),
        ("USD5000", ("USD", Decimal(5000))),
        ("null", None),
        ("true", True),
    ],
)
def test_literals(text: str, value: object) -> None:
    tree = where(f"F = {text}")
    assert isinstance(tree, Comparison) and isinstance(tree.right, Value)
    assert tree.right.value == value


def test_functions_aliases_and_subtotals() -> None:
    tree = parse("SELECT CALENDAR_YEAR(convertTimezone(CreatedDate)) y, COUNT(Id) FROM Case GROUP BY CUBE(a, b.c)")
    first = tree.select[0]
    assert first.alias == "y"  # type: ignore[union-attr]
    assert isinstance(first.what, Call) and first.what.name == "CALENDAR_YEAR"  # type: ignore[union-attr]
    assert tree.group is not None and tree.group.kind == "CUBE" and len(tree.group.by) == 2


def test_old_joins_and_tail_clauses() -> None:
    tree = parse("SELECT count() FROM Contact c, c.Account a WHERE a.Name = 'x' FOR UPDATE ALL ROWS")
    assert [s.alias for s in tree.sources] == ["c", "a"]
    assert tree.sources[1].path == Path(("c", "Account"), 31)
    assert tree.all_rows and tree.for_clauses == ("UPDATE",)
    assert isinstance(tree, Query)


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("SELECT Id FROM", "unexpected token: '<EOF>'", 14),
        ("SELECT FROM X", "unexpected token: 'FROM'", 7),
        ("SELECT Id FROM X WHERE A = 1 AND B = 2 OR C = 3", "unexpected token: 'OR'", 39),
        ("SELECT Id FROM X LIMIT y", "unexpected token: 'y'", 23),
        ("SELECT Id FROM X WHERE A = B", "unexpected token: 'B'", 27),
        ("SELECT Id FROM X ORDER Name", "unexpected token: 'Name'", 23),
        ("SELECT Id FROM X WHERE A == 1", "unexpected token: '='", 26),
        ("FIND x", "unexpected token: 'FIND'", 0),
    ],
)
def test_faults_and_their_places(text: str, message: str, offset: int) -> None:
    with pytest.raises(QueryProblem) as caught:
        parse(text)
    assert (caught.value.message, caught.value.offset) == (message, offset)


def test_bad_escape() -> None:
    with pytest.raises(QueryProblem, match="Illegal character sequence"):
        where(r"F = 'a\qb'")


def test_message_with_row_column_and_caret() -> None:
    problem = QueryProblem("sObject type 'XYZZY' is not supported.", "INVALID_TYPE", 20)
    assert located("select count() from XYZZY", problem) == (
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\n"
        "sObject type 'XYZZY' is not supported."
    )
    two = located("SELECT Id\nFROM Foo", QueryProblem("no", offset=15))
    assert two == "\nFROM Foo\n     ^\nERROR at Row:2:Column:6\nno"
