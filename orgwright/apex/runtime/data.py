"""What Apex does with an org's records: queries, searches, DML, events, each with the rights that the code means."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from orgwright.apex.host import AccessMode, ApexFailure, DmlOptions, Host, Operation, QueryProblem, SaveOutcome
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.compare import value_of_key
from orgwright.apex.runtime.exceptions import (
    ApexException,
    DmlException,
    DmlRow,
    ListException,
    QueryException,
    SObjectException,
    TypeException,
    null_pointer,
)
from orgwright.apex.runtime.image import Image
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.limits import Limits
from orgwright.apex.runtime.sobject import SObject, from_record, to_record
from orgwright.apex.runtime.text import storable
from orgwright.apex.runtime.tokens import Types
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import ApexObject, EnumValue, Id, Long

StatedAccess = AccessMode | Literal["caller"]
"""``caller`` is system mode with or without sharing as the caller runs."""
_ROLLED_BACK = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
"""What an API says of a sound row whose neighbours failed; a DmlException speaks of these alone."""
_VERBS = {
    "insert": "Insert", "update": "Update", "upsert": "Upsert", "delete": "Delete", "undelete": "Undelete",
    "merge": "Merge",
}  # fmt: skip


class DataAccess:
    """The part of a transaction that reads and writes records; :class:`.execution.Execution` is the whole."""

    host: Host
    limits: Limits
    in_test: bool
    state: dict[str, Any]
    work_pending: bool
    _as_others: int

    @property
    def image(self) -> Image:
        """The image that serves this transaction now."""
        raise NotImplementedError

    @property
    def types(self) -> Types:
        """The SObject tokens."""
        return self.image.types

    @property
    def caller_access(self) -> AccessMode:
        """The access mode of database operations that the API version of the running class means."""
        version = self.caller_version
        if version is None:
            return "system"
        return "user" if version >= 67 else self.caller_sharing

    @property
    def caller_version(self) -> float | None:
        """The API version of the running class; ``None`` where no Apex runs."""
        frame = sys._getframe(1)
        space = self.image.globals
        while frame is not None:
            if frame.f_globals is space and frame.f_code.co_name in self.image.display:
                return self.image.version_of(frame.f_code.co_name)
            frame = frame.f_back  # type: ignore[assignment]
        return None

    @property
    def caller_sharing(self) -> AccessMode:
        """System mode with or without sharing: as the innermost running class says that says anything.

        Where none does, an entry point with ``inherited sharing`` and the block of a ``System.runAs`` run with sharing.
        """
        frame = sys._getframe(1)
        space, display, sharing = self.image.globals, self.image.display, self.image.sharing
        outermost = ""
        while frame is not None:
            if frame.f_globals is space and frame.f_code.co_name in display:
                outermost = sharing.get(frame.f_code.co_name, "")
                if outermost in ("with", "without"):
                    return "sharing" if outermost == "with" else "system"
            frame = frame.f_back  # type: ignore[assignment]
        return "sharing" if outermost == "inherited" or self._as_others else "system"

    def access_of(self, named: AccessMode | None) -> AccessMode:
        """The mode of a database operation that names user or system mode, or neither."""
        if named is None:
            return self.caller_access
        return "user" if named == "user" else self.caller_sharing

    def query(
        self,
        soql: str,
        binds: Mapping[str, Any],
        access: StatedAccess = "system",
        rtype: RType | None = None,
        *,
        all_rows: bool = False,
        counts: bool = True,
    ) -> List:
        """Rows of a SOQL text as a list of ``rtype`` (``List<SObject>`` unless given); ``counts``: against the limits."""
        if counts:
            self.limits.count("queries")
        with _refusals():
            mode = self._mode(soql, access)
            records = self.host.query(storable(soql), self._plain(binds), access=mode, all_rows=all_rows)
        tokens = self.types
        rows = [from_record(record, tokens, queried=True) for record in records]
        if counts:
            self.limits.count("queryrows", len(rows) + sum(_children(row) for row in rows))
        return List(rtype or types.list_of(types.SOBJECT), rows)

    def count(self, soql: str, binds: Mapping[str, Any], access: StatedAccess = "system") -> int:
        """The number of a ``SELECT COUNT()`` text."""
        self.limits.count("queries")
        self.limits.count("queryrows")
        with _refusals():
            return self.host.count(storable(soql), self._plain(binds), access=self._mode(soql, access))

    def search(self, sosl: str, binds: Mapping[str, Any], access: StatedAccess = "system") -> List:
        """The lists of a SOSL text."""
        self.limits.count("soslqueries")
        fixed = self.state.get("fixed search results", []) if self.in_test else None
        with _refusals():
            found = self.host.search(storable(sosl), self._plain(binds), access=self._mode(sosl, access), fixed=fixed)
        tokens = self.types
        inner = types.list_of(types.SOBJECT)
        lists = [List(inner, [from_record(r, tokens, queried=True) for r in records]) for records in found]
        return List(types.list_of(inner), lists)

    def _mode(self, query: str, access: StatedAccess) -> AccessMode:
        """The mode of a query: as its own ``WITH USER_MODE`` or ``WITH SYSTEM_MODE`` says, else as the class means it."""
        named = mode_of(query)
        if named is not None:
            return self.access_of(named)
        return self._stated(access)

    def _stated(self, access: StatedAccess) -> AccessMode:
        return self.caller_sharing if access == "caller" else access

    def _plain(self, binds: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.plain(value) for name, value in binds.items()}

    def plain(self, value: Any) -> Any:
        """A bind value as it crosses the border."""
        if isinstance(value, List):
            return [self.plain(item) for item in value.items]
        if hasattr(value, "keys_listed"):
            return [self.plain(value_of_key(item)) for item in value.keys_listed()]
        if isinstance(value, SObject):
            return self.plain(value.fields.get("Id"))
        if value.__class__ is Id:
            return str.__str__(value)
        if value.__class__ is Long:
            return int(value)
        if isinstance(value, EnumValue):
            return value.name
        if isinstance(value, (ApexObject, Map)):
            raise QueryException("Invalid bind expression type of " + types.name_of(value))
        if isinstance(value, str):
            return storable(value)
        shown = getattr(value, "apex_text", None)
        return shown() if shown is not None else value

    # ------------------------------------------------------------------ DML

    def statement(
        self, operation: Operation, value: Any, access: StatedAccess, external_id: str | None = None, other: Any = None
    ) -> None:
        """A DML statement; DmlException if any row fails."""
        if operation == "merge":
            self._merge(value, other, access)
            return
        rows = self.rows_of(value)
        self.dml(operation, rows, DmlOptions(access=self._stated(access), external_id=external_id))

    def _merge(self, master: SObject, losers: Any, access: StatedAccess) -> None:
        if master is None or losers is None:
            raise null_pointer()
        found = losers.items if isinstance(losers, List) else [losers]
        token = master.sobject_type
        rows = [master, *(r if isinstance(r, SObject) else SObject(token, {"Id": r}) for r in found)]
        self.dml("merge", rows, DmlOptions(access=self._stated(access)))

    @staticmethod
    def rows_of(value: Any) -> list[SObject]:
        """The rows that a DML statement is given: a record or a list."""
        if value is None:
            raise null_pointer()
        rows = value.items if isinstance(value, List) else [value]
        if any(row is None for row in rows):
            raise null_pointer()
        return rows

    def dml(self, operation: Operation, rows: Sequence[SObject], options: DmlOptions) -> list[SaveOutcome]:
        """Run one DML statement; Ids are put into the rows.

        With ``all_or_none`` a failure raises DmlException, else the outcomes tell. No rows count nothing.
        """
        if not rows:
            return []
        self._refuse(operation, rows)
        self.limits.count("dmlstatements")
        self.limits.count("dmlrows", len(rows))
        self.work_pending = True
        records = [to_record(row) for row in rows]
        try:
            outcomes = self.host.save(operation, records, options)
        except ApexFailure as failure:
            if failure.type_name != "System.SecurityException":
                raise
            raise self.from_failure(failure) from failure
        if options.all_or_none:
            self.raise_failures(operation, rows, outcomes)
        if operation in ("insert", "upsert"):
            for row, outcome in zip(rows, outcomes, strict=True):
                if outcome.success and outcome.id is not None:
                    row.fields["Id"] = Id(outcome.id)
        return outcomes

    def _refuse(self, operation: Operation, rows: Sequence[SObject]) -> None:
        if any(row.trigger for row in rows):
            raise SObjectException("DML statement cannot operate on trigger.new or trigger.old")
        if operation in ("insert", "upsert") and len({id(row) for row in rows}) < len(rows):
            raise ListException("Before Insert or Upsert list must not have two identically equal elements")
        if operation in ("update", "delete", "upsert"):
            seen: set[str] = set()
            for row in rows:
                key = row.fields.get("Id")
                if key is not None and key in seen:
                    raise ListException(f"Duplicate id in list: {key}")
                if key is not None:
                    seen.add(key)
        names: list[str] = []
        for row in rows:
            if not names or names[-1] != row.sobject_type.name:
                names.append(row.sobject_type.name)
        if len(names) > 10:
            raise TypeException(
                "Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking."
            )

    def raise_failures(self, operation: str, rows: Sequence[SObject], outcomes: Sequence[SaveOutcome]) -> None:
        """The DmlException of failed rows, if there are any."""
        failed = [
            DmlRow(index, outcome.id or row.fields.get("Id"), error, row.sobject_type.name)
            for index, (row, outcome) in enumerate(zip(rows, outcomes, strict=False))
            if not outcome.success
            for error in outcome.errors
            if error.code != _ROLLED_BACK
        ]
        if not failed:
            return
        first = failed[0]
        place = f"row {first.index}"
        if first.id and operation not in ("insert",):
            place += f" with id {first.id}"
        error = first.error
        raise DmlException(
            f"{_VERBS[operation]} failed. First exception on {place}; first error: {error.code}, {error.message}: "
            f"[{', '.join(error.fields)}]",
            rows=failed,
        )

    def publish(self, events: Sequence[SObject]) -> list[SaveOutcome]:
        """Publish platform events."""
        if not events:
            return []
        tokens = {event.sobject_type for event in events}
        for kind in sorted({"publishimmediatedml" if t.publishes_immediately else "dmlstatements" for t in tokens}):
            self.limits.count(kind)
        return self.host.publish([to_record(event) for event in events])

    def from_failure(self, failure: ApexFailure) -> ApexException:
        """An ApexFailure of another transaction as an exception of this one."""
        from orgwright.apex.library import registry

        cls = registry.find_class(failure.type_name)
        made: ApexException
        if cls is not None and issubclass(cls, ApexException):
            made = cls(failure.message)
        else:
            made = type(failure.type_name, (ApexException,), {"apex_type": failure.type_name})(failure.message)
        return made


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """What the org refuses to ask is a QueryException."""
    try:
        yield
    except QueryProblem as problem:
        raise QueryException(problem.message, inaccessible=problem.inaccessible) from problem


_MODE = re.compile(r"'(?:[^'\\]|\\.)*'|\bWITH\s+(SYSTEM|USER)_MODE\b", re.IGNORECASE)


def mode_of(query: str) -> AccessMode | None:
    """The access mode that a query's own ``WITH USER_MODE`` or ``WITH SYSTEM_MODE`` names."""
    if "_mode" not in query.lower():
        return None
    found = next((m.group(1) for m in _MODE.finditer(query) if m.group(1)), None)
    return None if found is None else ("user" if found.lower() == "user" else "system")


def _children(row: SObject) -> int:
    return sum(
        len(value.items)
        for name, value in row.fields.items()
        if value.__class__ is List and not row.sobject_type.lists_ids(name)
    )
