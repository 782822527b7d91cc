"""YAML from strangers: bombs, loops, odd bytes; places of what is fine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright import spec
from orgwright.spec import yamltree

HEAD = "orgwright: 1\nconnector: acme\nlabel: Acme\n"


def parse(text: str | bytes) -> yamltree.Table:
    return yamltree.parse(text if isinstance(text, bytes) else text.encode(), "a.yml")


def test_an_alias_bomb_is_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(spec.SpecError, match="more than 200,000 values") as caught:
        parse("\n".join(lines))
    assert caught.value.where is not None
    assert caught.value.where.line == 6


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: &a [*a]", "contains itself"),
        ("a: &a {b: *a}", "contains itself"),
        ("a: *b", "no anchor &b|undefined alias"),
        ("a: " + "[" * 50 + "]" * 50, "nested deeper than 40"),
        ("a: " + "{b: " * 100_000, "nested deeper than 40"),
        ("a: [1, 2", "not YAML"),
        ("a: 1\n\tb: 2", "not YAML"),
        ("? [a]\n: 1", "a key is a word"),
        ("a: 1\na: 2", "a is here twice, first on line 1"),
        ("a: !x 1", "tags such as !x"),
        ("a: !!binary aGk=", "tags such as"),
        (b"a: \xff\xfe", "not UTF-8"),
        (b"a: \x00", "not YAML"),
        (b"# " + b"x" * (4 * 1024 * 1024), "bytes long"),
    ],
)
def test_what_is_refused(text: str | bytes, what: str) -> None:
    with pytest.raises(spec.SpecError, match=what):
        parse(text)


def test_a_second_definition_of_an_anchor_counts_from_there() -> None:
    tree = parse("a: &x 1\nb: *x\nc: &x 2\nd: *x")
    assert [value.typed for _, value in tree.pairs.values()] == [1, 1, 2, 2]


def test_merge_keys_fill_what_is_not_given() -> None:
    tree = parse("base: &b {x: 1, y: 2}\na: {<<: *b, x: 3}\nc: {x: 4, <<: *b}")
    found = {name: {k: v.typed for k, (_, v) in table.pairs.items()} for name, (_, table) in tree.pairs.items()}
    assert found["a"] == {"x": 3, "y": 2}
    assert found["c"] == {"x": 4, "y": 2}
    with pytest.raises(spec.SpecError, match="x is here twice"):
        parse("base: &b {x: 1}\na: {<<: *b, x: 3, x: 4}")


def test_scalars_follow_the_core_schema() -> None:
    tree = parse("a: on\nb: yes\nc: true\nd: 12\ne: 1.5\nf: ~\ng: '12'\nh: 2024-01-31\ni: 0o7\nj: 1_000")
    assert [v.typed for _, v in tree.pairs.values()] == [
        "on",
        "yes",
        True,
        12,
        1.5,
        None,
        "12",
        "2024-01-31",
        "0o7",
        "1_000",
    ]


def test_places_are_lines_and_columns_from_one() -> None:
    tree = parse("a:\n  bb: [x, 'yy']\n")
    _, inner = tree.pairs["a"]
    key, items = inner.pairs["bb"]
    assert (key.place.line, key.place.column, key.place.width) == (2, 3, 2)
    assert (items.items[1].place.line, items.items[1].place.column, items.items[1].place.width) == (2, 11, 4)
    assert items.items[1].place.excerpt == "  bb: [x, 'yy']"


@given(st.binary(max_size=60))
def test_any_bytes_give_a_tree_or_a_spec_error(data: bytes) -> None:
    try:
        parse(data)
    except spec.SpecError as error:
        assert error.where is not None


@given(st.text(max_size=80))
def test_any_text_gives_a_connector_or_a_spec_error(text: str) -> None:
    with pytest.raises(spec.SpecError):
        spec.loads(HEAD + "objects:\n  Account:\n    X__c: Nothing\n" + text)
