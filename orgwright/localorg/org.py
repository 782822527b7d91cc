"""An embedded org: one SQLite file, its schema, its rows; and the transactions that change it.

Public surface for the API layers, the metadata deploy and the Apex host. Whoever reads or writes a record
does it through a :class:`Transaction`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from orgwright.apex.host import AccessMode, OrgInfo, Record, SaveOutcome, User
from orgwright.localorg.dml.request import MergeRequest, SaveRequest
from orgwright.localorg.dml.triggers import TriggerRunner
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.soql.result import QueryResult

OrgKind = Literal["scratch", "sandbox", "developer", "production"]
Clock = Callable[[], dt.datetime]


@dataclass(frozen=True)
class OrgRecord:
    """What an org is, as kept in its file."""

    alias: str
    kind: OrgKind
    id: str
    name: str
    created: str
    admin_id: str
    admin_username: str
    instance_url: str


class Transaction(Protocol):
    """Work on an org that is committed or rolled back as one. (Thin draft of what follows.)"""

    org: Org
    user_id: str
    schema: Schema
    triggers: TriggerRunner | None
    row_limit: int | None

    def now(self) -> dt.datetime: ...
    def query(
        self,
        soql: str,
        *,
        binds: Mapping[str, Any] = ...,
        access: AccessMode = "user",
        all_rows: bool = False,
        form: Literal["typed", "json"] = "typed",
        tooling: bool = False,
    ) -> QueryResult:
        """``form="json"``: values as REST answers them (float, ISO text) instead of host values."""

    def rows(
        self, soql: str, *, access: AccessMode = "user", all_rows: bool = False
    ) -> tuple[Sequence[str], Iterator[tuple[Any, ...]]]:
        """Header and lean rows (JSON values) of a flat query, streamed: for Bulk query jobs."""

    def save(self, request: SaveRequest) -> list[SaveOutcome]: ...
    def merge(self, request: MergeRequest) -> SaveOutcome: ...
    def publish(
        self, events: Sequence[Record], *, raw: Literal["json", "csv", "typed"] = "typed", api: bool = False
    ) -> list[SaveOutcome]:
        """``api=True``: at once, whatever the event's publish behaviour. On success the one error is OPERATION_ENQUEUED."""

    def savepoint(self) -> object: ...
    def rollback(self, savepoint: object) -> None: ...
    def set_schema(self, schema: Schema) -> None: ...
    def insert_setup(self, sobject: str, fields: Mapping[str, Any]) -> str:
        """Write a setup row as the platform does itself: no rights, no triggers, no rules; the new Id."""

    def update_setup(self, id: str, fields: Mapping[str, Any]) -> None: ...
    def delete_setup(self, id: str) -> None: ...
    def on_commit(self, call: Callable[[], None]) -> None:
        """Call after the commit, in order; dropped on rollback (to a savepoint before it, too)."""

    def sql(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Plain SQL for a package's own tables, whose names start with ``_``."""

    def user(self, user_id: str | None = None) -> User: ...
    def run_as(self, user_id: str) -> AbstractContextManager[None]: ...
    def has_permission(self, custom_permission: str) -> bool: ...
    def can(
        self, right: Literal["read", "create", "edit", "delete"], sobject: str, field: str | None = None
    ) -> bool: ...


class Org:
    """One embedded org."""

    record: OrgRecord
    schema: Schema
    program: Any

    @property
    def info(self) -> OrgInfo:
        raise NotImplementedError

    @classmethod
    def create(
        cls,
        folder: Path | None,
        *,
        alias: str,
        kind: OrgKind = "scratch",
        clock: Clock | None = None,
        seed: int | None = None,
        instance_url: str = "",
        username: str | None = None,
    ) -> Org:
        """Make a new org in ``folder`` (``None``: in memory)."""
        raise NotImplementedError

    @classmethod
    def open(cls, folder: Path, *, clock: Clock | None = None) -> Org:
        raise NotImplementedError

    def transaction(self, user_id: str | None = None, *, commit: bool = True) -> AbstractContextManager[Transaction]:
        """One writer at a time. ``commit=False`` rolls everything back at the end."""
        raise NotImplementedError

    def read(self, user_id: str | None = None) -> AbstractContextManager[Transaction]:
        """A snapshot for reading that no writer blocks."""
        raise NotImplementedError

    def copy_for_tests(self) -> Org:
        """An org in memory with the same schema and setup rows and no data."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
