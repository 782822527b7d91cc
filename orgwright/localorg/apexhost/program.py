"""The org's Apex as one compiled program, kept with the org and made anew only when something it saw changed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from orgwright.apex.sources import Source
from orgwright.localorg.apexhost import cache
from orgwright.localorg.metadata.components import Components, Stored

if TYPE_CHECKING:
    from orgwright.apex.engine import Program
    from orgwright.localorg.org import Org, Transaction
    from orgwright.localorg.schema.schema import Schema

KINDS = {"ApexClass": "class", "ApexTrigger": "trigger"}


@dataclass(frozen=True)
class Unit:
    """A class or trigger of the org: its source and the Id of its row."""

    id: str
    source: Source


@dataclass(frozen=True)
class Built:
    """A compiled program and what it was compiled from. ``units`` is by kind and lower-case name."""

    fingerprint: str
    program: Program
    units: Mapping[tuple[str, str], Unit] = field(default_factory=dict)

    def id_of(self, kind: str, name: str) -> str:
        """The Id of a class or trigger."""
        return self.units[(kind, name.lower())].id


def units(tx: Transaction) -> dict[tuple[str, str], Unit]:
    """All classes and triggers that the org has within a transaction."""
    found: dict[tuple[str, str], Unit] = {}
    for type_name in KINDS:
        for stored in Components(tx).all(type_name):
            unit = _unit(stored)
            found[(unit.source.kind, unit.source.name.lower())] = unit
    return found


def _unit(stored: Stored) -> Unit:
    node = stored.node
    kind = "class" if stored.type == "ApexClass" else "trigger"
    source = Source(
        kind=kind,  # type: ignore[arg-type]
        name=stored.name,
        body=stored.body.decode("utf-8", "replace"),
        api_version=float(node.value("apiVersion") or 0),
        active=(node.value("status") or "Active") == "Active",
    )
    return Unit(stored.id, source)


def build(
    found: Mapping[tuple[str, str], Unit], schema: Schema, previous: Built | None, *, processes: int = 1
) -> Built:
    """Compile in so many processes; what did not change since ``previous`` is taken from there."""
    from orgwright.apex.engine import compile_program  # the compiler is loaded when an org has Apex

    mark = _fingerprint(found, schema)
    if previous is not None and previous.fingerprint == mark:
        return previous
    program = compile_program(
        [unit.source for unit in found.values()],
        schema,
        previous=previous.program if previous else None,
        store=cache.default(),
        processes=processes,
    )
    return Built(mark, program, dict(found))


def _fingerprint(found: Mapping[tuple[str, str], Unit], schema: Schema) -> str:
    mark = hashlib.sha256(schema.fingerprint.encode())
    for key in sorted(found):
        source = found[key].source
        mark.update(repr((key, found[key].id, source.api_version, source.active)).encode())
        mark.update(source.body.encode())
    return mark.hexdigest()


class Programs:
    """The program of each open org, compiled when it is first needed."""

    def __init__(self) -> None:
        self._built: WeakKeyDictionary[Org, tuple[Any, Built]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def current(self, org: Org, tx: Transaction) -> Built:
        """The program of the org as the transaction sees it."""
        with self._lock:
            stamp, kept = self._built.get(org, (None, None))
        now = self._stamp(tx)
        if kept is not None and stamp == now:
            return kept
        built = build(units(tx), tx.schema, kept, processes=org.compilers)
        with self._lock:
            self._built[org] = (now, built)
        return built

    def kept(self, org: Org) -> Built | None:
        """The program that was compiled last, whether or not it is still current."""
        with self._lock:
            return self._built.get(org, (None, None))[1]

    def put(self, org: Org, tx: Transaction, built: Built) -> None:
        """Keep a program that was compiled elsewhere (a deploy)."""
        with self._lock:
            self._built[org] = (self._stamp(tx), built)

    def _stamp(self, tx: Transaction) -> tuple[str, int, str | None]:
        """Cheap to read, different whenever Apex or schema differ."""
        row = tx.sql(
            "SELECT count(*), max(modified), sum(length(body)) FROM _component WHERE type IN ('ApexClass', 'ApexTrigger')"
        )[0]
        return (tx.schema.fingerprint, int(row[0]), f"{row[1]}/{row[2]}")


PROGRAMS = Programs()
