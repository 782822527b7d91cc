"""What a query is compiled against, and what it is run with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from orgwright.apex.host import User
from orgwright.localorg.formula.moments import zone
from orgwright.localorg.formula.values import Source
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.soql.shape import Form


class Rights(Protocol):
    """What a user may read."""

    def reads(self, sobject: SObjectType) -> bool:
        """Whether he may read records of the type."""

    def reads_field(self, sobject: SObjectType, field: str) -> bool:
        """Whether he may read the field of that API name."""


Level = Literal["read", "edit", "full"]
"""What a user wants to do with a record; ``full`` is delete and transfer."""


class SharingSql(Protocol):
    """What the conditions of sharing are made with, inside of one query."""

    def has_table(self, lower: str) -> bool:
        """Whether any row of the type was ever written."""

    def take_alias(self) -> str:
        """A new table alias."""

    def criteria(self, soql: str) -> str:
        """The SQL of a SOQL text that selects Ids, whatever the user may see."""


class Sharing(Protocol):
    """Which records a user may reach."""

    def condition(self, sobject: SObjectType, alias: str, level: Level, sql: SharingSql) -> str | None:
        """The SQL condition on the record of ``alias``; ``None`` when all of the type are open to the user."""


@dataclass(frozen=True)
class VirtualTable:
    """Rows that exist only for one query (``EntityDefinition``): a type, and stored-form rows by field name."""

    sobject: SObjectType
    rows: Iterable[Mapping[str, Any]]


@dataclass
class Against:
    """The schema as a query sees it."""

    schema: Schema
    rights: Rights | None = None
    has_table: Callable[[str], bool] = lambda lower: True
    binds: Mapping[str, Any] | None = None
    """Lower-case names; ``None`` while a text is only checked: then every bind fits."""
    virtual: Mapping[str, VirtualTable] = field(default_factory=dict)
    all_rows: bool = False
    form: Form = "typed"
    url: str = ""
    """Prefix of record URLs in JSON rows: ``/services/data/v67.0``."""
    with_ids: bool = False
    """Whether typed rows have their Id, asked for or not."""
    sharing: Sharing | None = None
    """``None`` when the caller sees all records."""
    level: Level = "read"
    """What the user must be able to do with the records of the main object."""

    def sobject(self, name: str) -> SObjectType | None:
        """The type of that name, if it is there and the user may read it."""
        made = self.virtual.get(name.lower())
        if made is not None:
            return made.sobject
        found = self.schema.sobject(name)
        if found is None or (self.rights is not None and not self.rights.reads(found)):
            return None
        return found

    def lookup(self, name: str) -> SObjectType | None:
        """The type of that name, whatever the user may read."""
        made = self.virtual.get(name.lower())
        return made.sobject if made is not None else self.schema.sobject(name)

    def reads_field(self, sobject: SObjectType, name: str) -> bool:
        """Whether the user may read the field."""
        return self.rights is None or self.rights.reads_field(sobject, name)


def _no_globals(source: Source) -> Any:
    raise LookupError(f"nobody knows {'.'.join(source.path) or source.origin}")


def _no_user() -> User:
    raise LookupError("nobody runs this query")


@dataclass(frozen=True)
class Running:
    """What parameters are worked out from when a plan runs."""

    now: dt.datetime
    binds: Mapping[str, Any]
    globals: Callable[[Source], Any] = _no_globals
    """Stored forms of what formulas read besides fields: ``$User.Email``, the time."""
    user: Callable[[], User] = _no_user
    currency: str = "USD"

    def zone(self) -> dt.tzinfo:
        """The running user's time zone."""
        return zone(self.user().time_zone)
