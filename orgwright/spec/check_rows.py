"""Rows of the vendor's documents: that none is missing, and that entries name only those that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orgwright.spec.errors import SpecError, did_you_mean
from orgwright.spec.model import Connector
from orgwright.spec.node import nodes

_RANGE = re.compile(r"([A-Za-z]+)(\d+)(?:-\1(\d+))?")
_MOST = 999


def check_rows(connector: Connector) -> Iterator[SpecError]:
    """All errors of ``asked``, ``asks`` and ``rows``. A spec without ``asks`` may name any rows."""
    wanted: dict[str, None] = {}
    for text in connector.asked:
        match = _RANGE.fullmatch(text)
        first, last = (int(match[2]), int(match[3] or match[2])) if match else (1, 0)
        if match is None or not first <= last <= _MOST:
            yield SpecError(f"{text} is no range of rows", where=connector.place_of("asked"), help="such as G1-G23")
            return
        wanted |= dict.fromkeys(f"{match[1]}{number}" for number in range(first, last + 1))
    for row in wanted:
        if row not in connector.asks:
            yield SpecError(f"row {row} is missing in asks", where=connector.place_of("asked"))
    for row, ask in connector.asks.items():
        if wanted and row not in wanted:
            yield SpecError(f"{row} is not in {', '.join(connector.asked)}", where=ask.place_of_key)
        for name in ask.documents:
            if name not in connector.documents:
                hint = did_you_mean(name, list(connector.documents))
                yield SpecError(f"no document is called {name}", where=ask.place_of("documents"), help=hint)
    if connector.asks:
        yield from _unknown(connector)


def _unknown(connector: Connector) -> Iterator[SpecError]:
    for _, node in nodes(connector):
        for row in node.rows:
            if row not in connector.asks:
                hint = did_you_mean(row, list(connector.asks))
                yield SpecError(f"asks has no row {row}", where=node.place_of("rows"), help=hint)
