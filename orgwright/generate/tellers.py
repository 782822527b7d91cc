"""What the Apex of publishers and of webhooks asks of their specs: operations, sources, and the field that an update test changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orgwright.generate.changes import CannotChange, Change, possible
from orgwright.generate.records import Need
from orgwright.spec.model import Connector, Operation, Teller


def operations(tellers: Iterable[Teller]) -> dict[str, set[Operation]]:
    """The objects whose changes are told, each with the operations that any teller wants."""
    found: dict[str, set[Operation]] = {}
    for teller in tellers:
        for sobject in teller.sources:
            found.setdefault(sobject, set()).update(teller.operations(sobject))
    return dict(sorted(found.items()))


def sources(teller: Teller) -> list[dict[str, Any]]:
    """The objects of one teller, as templates take them."""
    return [
        {
            "object": name,
            "operations": teller.operations(name),
            "fields": source.fields,
            "when_changed": teller.counting(name),
        }
        for name, source in sorted(teller.sources.items())
    ]


def change(connector: Connector, teller: Teller, sobject: str, known: Mapping[str, Need]) -> Change | None:
    """The field that update tests change: one that counts, best of all one that is told; none if any update counts.

    Raises:
        CannotChange: no test could change any of the fields that count.
    """
    source = teller.sources[sobject]
    counting = teller.counting(sobject)
    found = possible(connector, known, sobject, counting)
    if counting and not found:
        raise CannotChange(
            f"no test could change a field of {sobject} that counts: {', '.join(counting)}",
            where=source.place_of("when_changed"),
            help="name a field that people or systems write",
        )
    told = [change for change in found if change.field in source.fields]
    return next(iter([*told, *found]), None)
