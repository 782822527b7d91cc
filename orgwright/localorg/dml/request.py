"""What a caller asks of the save path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

from orgwright.apex.host import AccessMode, Record

SaveOperation = Literal["insert", "update", "upsert", "delete", "hardDelete", "undelete"]
RawForm = Literal["json", "csv", "typed"]


@dataclass(frozen=True)
class Table(Sequence[Record]):
    """Records of one type as the rows of a CSV, all with the same columns; each becomes a :class:`Record` when it is asked for."""

    type: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Record]:
        return (self._record(row) for row in self.rows)

    @overload
    def __getitem__(self, at: int) -> Record: ...

    @overload
    def __getitem__(self, at: slice) -> Table: ...

    def __getitem__(self, at: int | slice) -> Record | Table:
        return Table(self.type, self.columns, self.rows[at]) if isinstance(at, slice) else self._record(self.rows[at])

    def _record(self, row: Sequence[str]) -> Record:
        return Record(self.type, dict(zip(self.columns, row, strict=True)))


@dataclass(frozen=True)
class SaveRequest:
    """One DML statement.

    ``raw`` says what the values of ``records`` are:

    * ``json``: values as a JSON parser gives them; a parent by external id is a nested dict
      (``{"Parent__r": {"Ext__c": "v"}}``) or :class:`Record` under the relationship's name;
    * ``csv``: text; ``""`` leaves a field alone, ``#N/A`` empties it, a parent by external id is a column
      ``Parent__r.Ext__c`` (``Type:Parent__r.Ext__c`` for a polymorphic field);
    * ``typed``: the Python values of :mod:`orgwright.apex.host`; a parent by external id is a :class:`Record`.

    ``external_id`` is the field that upsert matches by (``None``: ``Id``). ``access="user"`` applies the running
    user's object and field rights. ``truncate`` cuts texts that are too long. ``chunk`` is the number of records that triggers see at once.
    ``order`` and allOrNone follow the caller; a failing row of an all-or-none request rolls all of it back.
    """

    operation: SaveOperation
    records: Sequence[Record]
    external_id: str | None = None
    all_or_none: bool = False
    access: AccessMode = "user"
    raw: RawForm = "json"
    allow_duplicates: bool = False
    truncate: bool = False
    chunk: int = 200
    rolled_up: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By Id the stored roll-ups, and formulas over them, that were others before an update."""


@dataclass(frozen=True)
class MergeRequest:
    """Merge up to two ``losers`` into ``master`` (Account, Contact, Lead, Case)."""

    master: Record
    losers: Sequence[str]
    access: AccessMode = "user"
    raw: RawForm = "typed"
