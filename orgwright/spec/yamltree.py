"""YAML text -> a tree that remembers where every key and value stands, built defensively from parser events.

Refused: files over 4 MiB, nesting deeper than 40, more than 200,000 values once aliases are expanded, duplicate keys,
aliases that contain themselves, tags, several documents. Scalars follow the core schema of YAML 1.2 (``on``, ``yes`` and
``no`` are words, not booleans).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from orgwright.errors import Place
from orgwright.spec.errors import SpecError

LONGEST_FILE = 4 * 1024 * 1024
DEEPEST = 40
MOST_VALUES = 200_000

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?\Z")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Spot:
    """Where a key and its value stand, and the parameters that the value was written with.

    The way to them joins the places when somebody asks: few of the places of a large spec are ever told.
    """

    key_at: Place
    value_at: Place
    path: tuple[str, ...]
    uses: frozenset[str] = frozenset()

    @property
    def key(self) -> Place:
        """Where the key stands."""
        return self.key_at.within(self.path)

    @property
    def value(self) -> Place:
        """Where the value stands."""
        return self.value_at.within(self.path)


class Located(dict[str, object]):
    """A mapping of a spec with the places of its keys and values and the parameters used inside it."""

    def __init__(
        self, values: Mapping[str, object], place: Place, spots: Mapping[str, Spot], uses: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(values)
        self.place = place
        self.spots = dict(spots)
        self.uses = uses
        self.entry: Spot | None = None
        """Where the entry stands whose value this mapping is."""

    def with_entry(self, key: str, value: object) -> Located:
        """The same mapping with one more entry, which has the place of the whole."""
        return self.with_values({**self, key: value})

    def with_values(self, values: Mapping[str, object]) -> Located:
        """Other values at the same places."""
        same = Located(values, self.place, self.spots, self.uses)
        same.entry = self.entry
        return same


class Items(list[object]):
    """A list of a spec with the places of its items."""

    def __init__(self, values: list[object], places: list[Place]) -> None:
        super().__init__(values)
        self.places = places


@dataclass(frozen=True)
class Value:
    """A scalar as it stands in the file; ``plain`` when it has no quotes and so may be a number or a truth value."""

    text: str
    plain: bool
    place: Place

    @property
    def typed(self) -> Scalar:
        """The value by the core schema."""
        return typed_scalar(self.text) if self.plain else self.text


@dataclass
class Sequence:
    """A list."""

    place: Place
    items: list[Tree] = field(default_factory=list)


@dataclass
class Table:
    """A mapping: pairs in the order of the file."""

    place: Place
    pairs: dict[str, tuple[Value, Tree]] = field(default_factory=dict)


Tree = Value | Sequence | Table


def typed_scalar(text: str) -> Scalar:
    """The core schema's reading of a plain scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text


def parse(data: bytes, name: str) -> Table:
    """Read the one document of a file, whose top is a mapping.

    Args:
        data: the file's bytes, UTF-8.
        name: how errors call the file.

    Raises:
        SpecError: the text is not YAML, or one of the limits above is passed.
    """
    if len(data) > LONGEST_FILE:
        raise SpecError(f"the file is {len(data):,} bytes long, the longest is {LONGEST_FILE:,}", where=Place(name))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SpecError("the file is not UTF-8", where=Place(name, line, 1), help="save it as UTF-8") from None
    reader = _Reader(text, name)
    try:
        top = reader.document()
    except yaml.YAMLError as error:
        raise reader.broken(error) from None
    if not isinstance(top, Table):
        raise SpecError("a connector is a mapping, this is not", where=top.place)
    return top


class _Reader:
    """Turns the events of one file into a tree."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.lines = text.splitlines() or [""]
        self.events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=_Loader))
        self.anchors: dict[str, Tree] = {}
        self.sizes: dict[int, int] = {}
        self.open: set[int] = set()
        self.from_merge: dict[int, set[str]] = {}
        self.count = 0

    def place(self, mark: Any, width: int = 1) -> Place:
        """A mark as a place with its source line."""
        line = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return Place(self.name, mark.line + 1, mark.column + 1, None, line, max(1, min(width, len(line) - mark.column)))

    def broken(self, error: yaml.YAMLError) -> SpecError:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        where = self.place(mark) if mark is not None else Place(self.name)
        return SpecError(f"not YAML: {problem}", where=where)

    def document(self) -> Tree:
        top: Tree | None = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if top is not None:
                    raise SpecError(
                        "a second document begins here",
                        where=self.place(event.start_mark),
                        help="one file, one connector",
                    )
                top = self.node(next(self.events), 1)
        if top is None:
            raise SpecError("the file is empty", where=Place(self.name, 1, 1))
        return top

    def node(self, event: yaml.Event, depth: int) -> Tree:
        place = self.place(event.start_mark, self.width(event))
        if depth > DEEPEST:
            raise SpecError(f"nested deeper than {DEEPEST} levels", where=place)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, place)
        before = self.count
        self.grow(1, place)
        tree = self.build(event, place, depth)
        self.sizes[id(tree)] = self.count - before
        return tree

    def build(self, event: yaml.Event, place: Place, depth: int) -> Tree:
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            raise SpecError(f"tags such as {tag} are not used in a connector", where=place, help="remove the tag")
        if isinstance(event, yaml.ScalarEvent):
            value = Value(event.value, event.style is None or event.style == "", place)
            self.name_anchor(event, value)
            return value
        tree: Sequence | Table = Sequence(place) if isinstance(event, yaml.SequenceStartEvent) else Table(place)
        self.name_anchor(event, tree)
        self.open.add(id(tree))
        if isinstance(tree, Sequence):
            self.fill_sequence(tree, depth)
        else:
            self.fill_table(tree, depth)
        self.open.discard(id(tree))
        return tree

    def fill_sequence(self, tree: Sequence, depth: int) -> None:
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            tree.items.append(self.node(event, depth + 1))

    def fill_table(self, tree: Table, depth: int) -> None:
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key, Value):
                raise SpecError("a key is a word here, not a list or mapping", where=key.place)
            value = self.node(next(self.events), depth + 1)
            if key.text == "<<" and key.plain:
                self.merge(tree, value)
            elif key.text in tree.pairs and not self.merged(tree, key.text):
                first = tree.pairs[key.text][0].place
                raise SpecError(
                    f"{key.text} is here twice, first on line {first.line}", where=key.place, help="remove one of them"
                )
            else:
                tree.pairs[key.text] = (key, value)

    def merge(self, tree: Table, value: Tree) -> None:
        if not isinstance(value, Table):
            raise SpecError("<< takes an alias of a mapping", where=value.place)
        for name, pair in value.pairs.items():
            tree.pairs.setdefault(name, pair)
            self.from_merge.setdefault(id(tree), set()).add(name)

    def merged(self, tree: Table, name: str) -> bool:
        """Whether a key came from ``<<``: then the mapping's own value replaces it, once."""
        names = self.from_merge.get(id(tree), set())
        if name in names:
            names.discard(name)
            return True
        return False

    def alias(self, event: yaml.AliasEvent, place: Place) -> Tree:
        found = self.anchors.get(str(event.anchor))
        if found is None:
            raise SpecError(f"no anchor &{event.anchor} stands before this alias", where=place)
        if id(found) in self.open:
            raise SpecError(f"*{event.anchor} contains itself", where=place)
        self.grow(self.sizes[id(found)], place)
        return found

    def name_anchor(self, event: yaml.Event, tree: Tree) -> None:
        if anchor := getattr(event, "anchor", None):
            self.anchors[anchor] = tree

    def grow(self, by: int, place: Place) -> None:
        self.count += by
        if self.count > MOST_VALUES:
            raise SpecError(
                f"more than {MOST_VALUES:,} values once its aliases are expanded",
                where=place,
                help="use fewer or smaller aliases",
            )

    @staticmethod
    def width(event: yaml.Event) -> int:
        start: Any = event.start_mark
        end: Any = event.end_mark
        on_one_line = isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent)) and end.line == start.line
        return int(end.column - start.column) if on_one_line else 1
