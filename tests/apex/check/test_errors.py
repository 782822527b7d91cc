"""Compile errors: text, line and column, from the fixtures in ``errors.txt``."""

from __future__ import annotations

from pathlib import Path

import pytest

from orgwright.apex.check import compile_units
from orgwright.apex.sources import Source
from orgwright.localorg.schema.schema import Schema

HEAD = (
    "public class T {\nvoid f(Integer p, Account acc, List<Account> accs, Object o, Decimal d, Long l, Double db, Id i, "
    "String s, Date dt, Datetime dtm) {\n"
)
SCHEMA = Schema()


def cases() -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in (Path(__file__).parent / "errors.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("=> "):
            found[-1][1].append(line[3:])
        elif line.strip() and not line.startswith("#"):
            found.append((line, []))
    return found


@pytest.mark.parametrize(("source", "expected"), cases(), ids=lambda v: v.strip()[:60] if isinstance(v, str) else "")
def test_errors_are_those_of_the_fixture(source: str, expected: list[str]) -> None:
    body, shift = (source, 0) if not source.startswith("  ") else (f"{HEAD}{source[2:]}\n}} }}", 2)
    checked = compile_units([Source("class", "T", body)], SCHEMA)
    assert [f"{e.line - shift}:{e.column} {e.message}" for e in checked.errors] == expected
    assert bool(checked.units) == (not expected)
