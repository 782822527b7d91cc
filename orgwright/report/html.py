"""One self-contained HTML page: components, tests, coverage with source lines, data model, rows, timings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from orgwright.org.tests import UnitCoverage
from orgwright.workflows.results import UpResult


@dataclass(frozen=True)
class SourceLine:
    """One line of Apex and whether tests ran it (``covered``, ``missed``, or empty: it does not count)."""

    number: int
    text: str
    state: str


@dataclass(frozen=True)
class Unit:
    """A class or trigger with its lines."""

    name: str
    kind: str
    percent: float
    covered: int
    lines: int
    source: tuple[SourceLine, ...]


def page(result: UpResult, sources: Mapping[str, str], *, label: str, now: dt.datetime) -> str:
    """The page. ``sources`` maps classes and triggers to their Apex, ``label`` is the connector's."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["percent"] = _percent
    environment.filters["count"] = _count
    template = environment.from_string(files(__package__).joinpath("page.html.j2").read_text(encoding="utf-8"))
    return template.render(r=result, units=list(_units(result, sources)), label=label, now=now)


def _units(result: UpResult, sources: Mapping[str, str]) -> Iterator[Unit]:
    for unit in result.tests.coverage if result.tests else ():
        lines = tuple(_lines(unit, sources.get(unit.name, "")))
        yield Unit(unit.name, unit.kind, unit.percent, len(unit.covered), unit.lines, lines)


def _lines(unit: UnitCoverage, source: str) -> Iterator[SourceLine]:
    covered, missed = set(unit.covered), set(unit.uncovered)
    for number, text in enumerate(source.splitlines(), start=1):
        state = "covered" if number in covered else "missed" if number in missed else ""
        yield SourceLine(number, text, state)


def _percent(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") + " %"


def _count(value: int) -> str:
    return f"{value:,}"
