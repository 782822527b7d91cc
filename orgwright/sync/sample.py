"""Sample data of any size from a connector's recipe: the same size and seed always give the same rows."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from orgwright.errors import Place
from orgwright.spec.model import Recipe, Sample, SampleTable
from orgwright.sync.source import Row, SourceError

Column = Callable[[int], str]
"""Row index from 0 on -> text."""

_FIRST: Final = (
    "Ada",
    "Ben",
    "Chloe",
    "Dev",
    "Emma",
    "Finn",
    "Grace",
    "Hiro",
    "Isla",
    "Jack",
    "Kiri",
    "Liam",
    "Mia",
    "Noor",
    "Oscar",
    "Priya",
    "Quinn",
    "Ruby",
    "Sam",
    "Tane",
    "Uma",
    "Vera",
    "Will",
    "Xena",
    "Yusuf",
    "Zoe",
)
_LAST: Final = (
    "Adams",
    "Brown",
    "Chen",
    "Davies",
    "Evans",
    "Fox",
    "Garcia",
    "Hughes",
    "Ito",
    "Jones",
    "Kaur",
    "Lee",
    "Murphy",
    "Ngata",
    "O'Brien",
    "Patel",
    "Quirk",
    "Rossi",
    "Smith",
    "Taylor",
    "Urquhart",
    "Vella",
    "Walker",
    "Young",
)
_TRADE: Final = (
    "Bakery",
    "Cafe",
    "Dairy",
    "Engineering",
    "Farms",
    "Garage",
    "Holdings",
    "Joinery",
    "Logistics",
    "Motors",
    "Orchards",
    "Press",
    "Timber",
    "Winery",
)
_STREET: Final = (
    "Albert Road",
    "Bridge Street",
    "Church Lane",
    "Dock Street",
    "Elm Avenue",
    "Ferry Road",
    "High Street",
    "King Street",
    "Mill Lane",
    "Queen Street",
    "Station Road",
    "Victoria Street",
)
_CITY: Final = (
    "Auckland",
    "Brisbane",
    "Cardiff",
    "Derby",
    "Exeter",
    "Geelong",
    "Hobart",
    "Leeds",
    "Napier",
    "Oxford",
    "Perth",
    "Sydney",
    "Tauranga",
    "York",
)
_STATE: Final = ("ACT", "NSW", "QLD", "SA", "TAS", "VIC", "WA")
_WORD: Final = (
    "account",
    "billing",
    "energy",
    "meter",
    "network",
    "plan",
    "price",
    "site",
    "supply",
    "switch",
    "tariff",
    "water",
)


@dataclass(frozen=True)
class SampleSource:
    """A source whose tables are made up as they are read."""

    sample: Sample
    size: int

    @property
    def name(self) -> str:
        """What a reader is told of it."""
        return f"sample data of size {self.size:,}"

    def tables(self) -> tuple[str, ...]:
        """The tables of the recipe."""
        return tuple(self.sample.tables)

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns of a table."""
        return tuple(self.sample.tables[table].columns)

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """The rows of a table; none when its parents have none."""
        made = self._columns[table]
        wanted = [made[name] for name in columns]
        for index in range(self.count(table)):
            yield Row(index + 1, [column(index) for column in wanted])

    def place(self, table: str, line: int) -> Place:
        """Table and number of the row."""
        return Place(file=self.name, path=f"{table}, row {line}")

    def count(self, table: str) -> int:
        """How many rows a table has."""
        own = self.sample.tables[table]
        parents = [column.parent for column in own.columns.values() if column.parent]
        return own.rows_for(self.size) if all(self.count(parent) for parent in parents) else 0

    @cached_property
    def _columns(self) -> dict[str, dict[str, Column]]:
        made: dict[str, dict[str, Column]] = {}
        for name, table in self.sample.tables.items():
            made[name] = {}
            for column, recipe in table.columns.items():
                made[name][column] = self._column(name, table, column, recipe, made)
        return made

    def _column(
        self, name: str, table: SampleTable, column: str, recipe: Recipe, made: dict[str, dict[str, Column]]
    ) -> Column:
        if recipe.kind == "parent":
            plain = self._parent(name, column, recipe, made)
        else:
            plain = _plain(recipe, f"{self.sample.random}/{name}/{column}")
        if not recipe.blank:
            return plain
        chance = f"{self.sample.random}/{name}/{column}/blank"
        return lambda index: "" if _rng(chance, index).random() < recipe.blank else plain(index)

    def _parent(self, name: str, column: str, recipe: Recipe, made: dict[str, dict[str, Column]]) -> Column:
        parent = recipe.parent or ""
        if parent not in made:
            raise SourceError(
                f"the parent table {parent} has to come before {name}",
                where=Place(path=f"sample.tables.{name}.{column}"),
            )
        values = made[parent][recipe.column or next(iter(made[parent]))]
        count, rows = self.count(parent), self.sample.tables[name].rows_for(self.size)
        chance = f"{self.sample.random}/{name}/{column}"

        def index_of(index: int) -> int:
            if recipe.spread == "random":
                return _rng(chance, index).randrange(count)
            if recipe.spread == "blocks":
                return index * count // max(rows, 1)
            return index

        return lambda index: values((index_of(index) + recipe.offset) % count)


def _rng(seed: str, index: int) -> random.Random:
    """Choices depend on nothing but the recipe and the row, so that any part of a table can be made alone."""
    return random.Random(f"{seed}/{index}")  # noqa: S311  sample data, not a secret


def _plain(recipe: Recipe, seed: str) -> Column:
    match recipe.kind:
        case "text":
            text = recipe.text or ""
            return (lambda index: text.format(n=index + 1)) if "{" in text else (lambda index: text)
        case "choice":
            options = [
                str(option).lower() if isinstance(option, bool) else str(option) for option in recipe.choice or ()
            ]
            return lambda index: options[_mixed(index) % len(options)]
        case "number":
            low, high = recipe.number or (0, 0)
            return lambda index: f"{_rng(seed, index).uniform(low, high):.{recipe.decimals}f}"
        case "date":
            first, last = (dt.date.fromisoformat(day) for day in recipe.date or ("1970-01-01",) * 2)
            days = (last - first).days + 1
            return lambda index: (first + dt.timedelta(days=_mixed(index) % days)).isoformat()
        case _:
            return _fake(recipe.fake or "word")


def _mixed(index: int) -> int:
    """Spread consecutive indices evenly over the whole range (Knuth's multiplicative hash)."""
    return (index * 2_654_435_761 & 0xFFFFFFFF) >> 8


def _pick(words: Sequence[str], index: int) -> str:
    return words[_mixed(index) % len(words)]


def _fake(kind: str) -> Column:
    makers: dict[str, Column] = {
        "first_name": lambda i: _pick(_FIRST, i),
        "last_name": lambda i: _pick(_LAST, i + 7),
        "company": lambda i: f"{_pick(_LAST, i)} {_pick(_TRADE, i + 3)} {i + 1}",
        "street": lambda i: f"{_mixed(i) % 300 + 1} {_pick(_STREET, i)}",
        "city": lambda i: _pick(_CITY, i),
        "state": lambda i: _pick(_STATE, i),
        "postal_code": lambda i: f"{_mixed(i) % 9000 + 1000}",
        "phone": lambda i: f"+64 9 {_mixed(i) % 900 + 100} {i % 10_000:04d}",
        "email": lambda i: f"{_pick(_FIRST, i).lower()}.{i + 1}@example.com",
        "word": lambda i: _pick(_WORD, i),
        "sentence": lambda i: " ".join(_pick(_WORD, i * 5 + n) for n in range(6)).capitalize() + ".",
    }
    return makers[kind]
