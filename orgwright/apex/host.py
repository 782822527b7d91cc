"""What an org must offer so that Apex can run in it, and what it gets back.

The Apex engine knows no HTTP and no SQL: it meets the org only through the protocols of this module.
The values that cross the border are plain Python:

====================  =====================================================
Salesforce            Python
====================  =====================================================
text, Id, picklists   ``str`` (an Id always has 18 characters)
checkbox              ``bool``
Integer, Long         ``int``
other numbers         ``decimal.Decimal``
Date, Datetime, Time  ``datetime.date``, aware UTC ``datetime.datetime``, ``datetime.time``
base64                ``bytes``
parent record         :class:`Record` under the relationship's name
child records         ``list[Record]`` under the relationship's name
no value              ``None``
====================  =====================================================
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, Protocol

Value = None | bool | int | Decimal | float | str | dt.date | dt.datetime | dt.time | bytes

AccessMode = Literal["system", "sharing", "user"]
Operation = Literal["insert", "update", "upsert", "delete", "undelete", "merge"]


class Record:
    """One record as it crosses the border: its SObject type and the fields that are set.

    ``type`` is the API name in the schema's spelling, ``fields`` maps API names in the schema's
    spelling to a :data:`Value`, a parent :class:`Record` or a list of child records.
    """

    __slots__ = ("fields", "type")

    def __init__(self, type: str, fields: dict[str, Any] | None = None) -> None:
        self.type = type
        self.fields: dict[str, Any] = {} if fields is None else fields

    def __repr__(self) -> str:
        return f"Record({self.type!r}, {self.fields!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and (self.type, self.fields) == (other.type, other.fields)

    __hash__ = None  # type: ignore[assignment]


class LateRecord(Record):
    """A stored record whose ``fields`` are worked out when somebody first asks for them; its ``id`` is there at once.

    Triggers are given many records of which they read few. ``make`` must give equal fields whenever it is called.
    """

    __slots__ = ("id", "made", "make")

    def __init__(self, type: str, id: str | None, make: Callable[[], dict[str, Any]]) -> None:
        self.type, self.id, self.make, self.made = type, id, make, False

    def __getattr__(self, name: str) -> Any:
        if name != "fields":  # only a slot that is not filled yet comes here
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self.fields = self.make()
        self.made = True
        return self.fields


class PicklistValue(Protocol):
    """One value of a picklist, as describe gives it."""

    @property
    def value(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def active(self) -> bool: ...
    @property
    def default(self) -> bool: ...


JUNCTION = "junctionidlist"
"""The type of a junction id list (``EmailMessage.ToIds``): its value is a list of texts, its field in no describe."""


class FieldInfo(Protocol):
    """One field, with the attributes of a field describe in snake case.

    ``type`` is the describe type: ``id reference string textarea picklist multipicklist combobox boolean
    int long double currency percent date datetime time email phone url encryptedstring base64 address
    location anyType``; or :data:`JUNCTION`.
    """

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def length(self) -> int: ...
    @property
    def precision(self) -> int: ...
    @property
    def scale(self) -> int: ...
    @property
    def nillable(self) -> bool: ...
    @property
    def createable(self) -> bool: ...
    @property
    def updateable(self) -> bool: ...
    @property
    def custom(self) -> bool: ...
    @property
    def calculated(self) -> bool: ...
    @property
    def unique(self) -> bool: ...
    @property
    def external_id(self) -> bool: ...
    @property
    def id_lookup(self) -> bool: ...
    @property
    def name_field(self) -> bool: ...
    @property
    def html_formatted(self) -> bool: ...
    @property
    def defaulted_on_create(self) -> bool: ...
    @property
    def default_value(self) -> Value: ...
    @property
    def reference_to(self) -> tuple[str, ...]: ...
    @property
    def relationship_name(self) -> str | None: ...
    @property
    def picklist(self) -> Sequence[PicklistValue]: ...
    @property
    def inline_help_text(self) -> str | None: ...


class ChildInfo(Protocol):
    """One child relationship: ``child.field`` points at the parent."""

    @property
    def child(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def relationship_name(self) -> str | None: ...
    @property
    def cascade_delete(self) -> bool: ...
    @property
    def junction_names(self) -> tuple[str, ...]:
        """The junction id lists of the parent that these children are behind."""

    @property
    def junction_targets(self) -> tuple[str, ...]:
        """The types whose Ids those lists hold."""


class SObjectInfo(Protocol):
    """One SObject type as the org has it now."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def label_plural(self) -> str: ...
    @property
    def key_prefix(self) -> str | None: ...
    @property
    def custom(self) -> bool: ...
    @property
    def createable(self) -> bool: ...
    @property
    def updateable(self) -> bool: ...
    @property
    def deletable(self) -> bool: ...
    @property
    def queryable(self) -> bool: ...
    @property
    def publish_behavior(self) -> str | None:
        """``PublishImmediately`` or ``PublishAfterCommit`` of a platform event."""

    @property
    def associate_kind(self) -> str | None:
        """What it is to the type that it comes with: ``History``, ``Feed``, ``Share`` or ``ChangeEvent``."""

    @property
    def associate_parent(self) -> str | None:
        """The name of the type that it comes with."""

    @property
    def fields(self) -> Mapping[str, FieldInfo]:
        """Fields by lower-case API name, in describe order."""

    @property
    def children(self) -> Sequence[ChildInfo]: ...
    @property
    def junctions(self) -> Mapping[str, FieldInfo]:
        """Junction id lists by lower-case API name."""


@dataclass(frozen=True)
class QueryShape:
    """What a SOQL text gives back, known before it runs."""

    sobject: str
    kind: Literal["records", "count", "aggregate"]
    fields: tuple[str, ...] = ()
    """Selected field paths in the schema's spelling (``Id``, ``Account.Name``); sub-queries are left out."""


Kinds = Callable[[tuple[str, ...]], str | None]
"""The kind of a merge field's value by its path (``boolean number text date datetime time picklist multipicklist``);
``None`` for what is no field, and for a field that formulas cannot read."""


class FormulaRefusal(Exception):
    """A formula that cannot be compiled. ``unsupported`` names what a real org would take, the embedded one cannot."""

    def __init__(self, text: str, *, unsupported: str | None = None) -> None:
        super().__init__(text)
        self.unsupported = unsupported


class FormulaFailure(Exception):
    """A formula that has no value here: a division by zero, a number that is too big."""


class Formula(Protocol):
    """A compiled formula over values that Apex holds."""

    @property
    def kind(self) -> str:
        """The kind of its value; ``null`` for a bare null."""

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """The merge fields that it reads."""

    def value(self, read: Callable[[tuple[str, ...]], Any]) -> Any:
        """The value, where ``read`` gives that of a merge field. Raises :class:`FormulaFailure`."""


@dataclass(frozen=True)
class FormulaFields:
    """What the formula fields of a record come to, by field."""

    values: Mapping[str, Any]
    failures: Mapping[str, str]
    """Why those have no value that could not be worked out; they are empty."""


class QueryProblem(Exception):
    """A SOQL or SOSL text that the org refuses.

    ``code`` is Salesforce's error code (``INVALID_FIELD``), ``offset`` the 0-based position in the text; ``inaccessible``
    names by object the fields of the text that are closed to the user, where the query minds them.
    """

    inaccessible: Mapping[str, Sequence[str]] | None = None

    def __init__(self, message: str, code: str = "MALFORMED_QUERY", offset: int = 0) -> None:
        super().__init__(message)
        self.message, self.code, self.offset = message, code, offset


class Schema(Protocol):
    """The org's SObject types and what else a compiler must know of the org."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever anything that a compilation could see changes."""

    @property
    def namespace(self) -> str | None:
        """The namespace that may stand before the names of the code's own types."""

    def sobject(self, name: str) -> SObjectInfo | None:
        """The type of that API name, case ignored; ``None`` when the org has none."""

    def sobject_names(self) -> Iterable[str]: ...

    def sobject_of_id(self, id: str) -> SObjectInfo | None:
        """The type that an Id's key prefix belongs to."""

    def check_query(self, soql: str) -> QueryShape:
        """Check a SOQL text in which each bind stands as ``:name``; raise :class:`QueryProblem`."""

    def has_label(self, name: str) -> bool: ...
    def label(self, name: str) -> str | None:
        """The text of a custom label."""

    def component(self, kind: str, name: str) -> str | None:
        """The API name of a ``Flow``, ``ApexPage`` or ``DataWeaveResource`` of that name, case ignored."""


@dataclass(frozen=True)
class RecordError:
    """One error on one record: Salesforce's status code, its text, the fields concerned."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class SaveOutcome:
    """The result of one row of a DML statement."""

    id: str | None
    success: bool
    created: bool = False
    errors: tuple[RecordError, ...] = ()


@dataclass(frozen=True)
class DmlOptions:
    """How a DML statement behaves. ``access`` is checked by the org, not by the engine."""

    all_or_none: bool = True
    access: AccessMode = "system"
    external_id: str | None = None
    allow_duplicates: bool = False
    truncate: bool = False
    """Whether texts that are too long are cut (``Database.DMLOptions.AllowFieldTruncation``)."""


@dataclass(frozen=True)
class User:
    """The running user, as ``UserInfo`` shows him."""

    id: str
    username: str
    name: str
    first_name: str | None
    last_name: str
    email: str
    profile_id: str
    role_id: str | None = None
    time_zone: str = "GMT"
    locale: str = "en_US"
    language: str = "en_US"
    user_type: str = "Standard"


@dataclass(frozen=True)
class OrgInfo:
    """The org, as ``UserInfo`` and ``Organization`` show it."""

    id: str
    name: str
    is_sandbox: bool
    instance_url: str
    currency: str = "USD"
    namespace: str | None = None
    multi_currency: bool = False


@dataclass(frozen=True)
class HttpRequest:
    """A callout that Apex sends."""

    method: str
    endpoint: str
    headers: Mapping[str, str]
    body: bytes
    timeout_ms: int = 10_000


@dataclass(frozen=True)
class HttpResponse:
    """The answer to a callout."""

    status_code: int
    status: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class AsyncJob:
    """Work that Apex hands to the org for after the transaction.

    ``payload`` belongs to the engine: the org keeps it and hands it back to ``Execution.run_job``.
    """

    kind: Literal["future", "queueable", "batch", "scheduled"]
    class_name: str
    method_name: str | None
    payload: Any = None
    delay_minutes: int = 0
    cron: str | None = None
    name: str | None = None
    """Of a job that has a schedule: of every scheduled one, and of a batch that ``System.scheduleBatch`` puts off."""
    scope_size: int = 200
    max_depth: int | None = None
    """How long a chain of queueable jobs may get, where ``AsyncOptions`` says so."""


@dataclass(frozen=True)
class LeadConversion:
    """One lead that is to be converted; without ``account_id`` or ``contact_id`` a new record is made."""

    lead_id: str
    status: str | None
    account_id: str | None = None
    contact_id: str | None = None
    opportunity_id: str | None = None
    opportunity_name: str | None = None
    owner_id: str | None = None
    create_opportunity: bool = True
    overwrite_lead_source: bool = False


@dataclass(frozen=True)
class ConversionOutcome:
    """What a lead became; with ``errors`` nothing."""

    lead_id: str | None
    account_id: str | None = None
    contact_id: str | None = None
    opportunity_id: str | None = None
    errors: tuple[RecordError, ...] = ()


@dataclass(frozen=True)
class FlowVariable:
    """A variable of a flow as the flow left it; ``type`` is its data type (``String``, ``SObject`` ...).

    Besides the values of this module it may hold a list of them, or an Apex object that Apex gave the flow.
    """

    name: str
    value: Any
    type: str
    many: bool
    object: str | None
    output: bool


@dataclass(frozen=True)
class FlowRun:
    """The end of a flow: its variables by lower-case name."""

    variables: Mapping[str, FlowVariable]


class FlowFailure(Exception):
    """A flow failed and no fault path took it."""


class FlowUnsupported(Exception):
    """A part of a flow that the org does not run."""


@dataclass(frozen=True)
class FieldSetInfo:
    """A field set of an object: ``fields`` are paths with whether the set requires them."""

    name: str
    label: str
    description: str
    fields: tuple[tuple[str, bool], ...]


class Host(Protocol):
    """The org, as one Apex transaction sees it.

    The org's own save path calls back ``Execution.run_triggers`` while a ``save`` is under way.
    """

    @property
    def schema(self) -> Schema: ...
    @property
    def user(self) -> User: ...
    @property
    def org(self) -> OrgInfo: ...

    def session_id(self) -> str:
        """An access token of the running user; where no server serves the org, as in tests, it opens nothing."""

    def now(self) -> dt.datetime: ...

    def query(self, soql: str, binds: Mapping[str, Any], *, access: AccessMode, all_rows: bool = False) -> list[Record]:
        """Rows of a SOQL text whose binds stand as ``:name``; aggregates are records of type
        ``AggregateResult``. Raises :class:`QueryProblem`."""

    def count(self, soql: str, binds: Mapping[str, Any], *, access: AccessMode) -> int:
        """The number of a ``SELECT COUNT()`` text."""

    def search(
        self, sosl: str, binds: Mapping[str, Any], *, access: AccessMode, fixed: Sequence[str] | None = None
    ) -> list[list[Record]]:
        """The lists of a SOSL text; ``fixed`` are the Ids that a test takes as found, whatever the words."""

    def save(self, operation: Operation, records: Sequence[Record], options: DmlOptions) -> list[SaveOutcome]:
        """Run one DML statement through the org's order of execution, one outcome for each record.

        With ``all_or_none`` and any failure nothing stays saved; the outcomes say which rows failed.
        """

    def convert_lead(self, lead: LeadConversion, *, access: AccessMode) -> ConversionOutcome:
        """Convert one lead through the org's order of execution."""

    def empty_recycle_bin(self, ids: Sequence[str]) -> list[SaveOutcome]:
        """Remove deleted records for good."""

    def existing(self, ids: Sequence[str]) -> set[str]:
        """Those of the Ids whose records are there and not deleted."""

    def set_locked(self, id: str, locked: bool) -> None:
        """Lock or unlock a record (``Approval.lock``)."""

    def locked(self, ids: Sequence[str]) -> set[str]:
        """Those of the records that are locked."""

    def formula(self, text: str, kinds: Kinds, *, zero: bool, variables: frozenset[str]) -> Formula:
        """Compile a formula; ``zero``: numbers without a value count as 0; ``variables``: the global variables that it
        may name, in lower case. Raises :class:`FormulaRefusal`."""

    def defaults(self, sobject: str, record_type: str | None) -> dict[str, Any]:
        """The values with which a new record begins, of that record type."""

    def formula_fields(self, record: Record) -> FormulaFields:
        """The record's formula fields, worked out of the other fields that it has."""

    def publish(self, events: Sequence[Record]) -> list[SaveOutcome]:
        """Publish platform events by the rules of their publish behaviour."""

    def deliver_events(self) -> None:
        """In a test: deliver what was published so far to the subscribed triggers."""

    def fail_events(self) -> None:
        """In a test: drop what was published so far as failed deliveries."""

    def savepoint(self) -> object: ...
    def rollback(self, savepoint: object) -> None: ...

    def run_as(self, user_id: str) -> AbstractContextManager[None]: ...

    def capture_changes(self) -> None:
        """In a test: make change events for all objects from now on."""

    def enqueue(self, job: AsyncJob) -> str:
        """Keep a job for after the transaction; the Id of its AsyncApexJob or CronTrigger."""

    def abort_job(self, id: str) -> None:
        """End a job or a schedule by the Id of its AsyncApexJob or CronTrigger; ApexFailure when there is none."""

    def run_jobs(self) -> None:
        """In a test: run the jobs that were enqueued so far, one round."""

    def callout(self, request: HttpRequest) -> HttpResponse: ...

    def org_limits(self) -> Mapping[str, int]:
        """The highest values of the org's limits by name (``DailyApiRequests``)."""

    def set_created(self, id: str, moment: dt.datetime) -> None:
        """Give a record of a test another creation date."""

    def has_permission(self, custom_permission: str) -> bool: ...

    def can(self, right: Literal["read", "create", "edit", "delete"], sobject: str, field: str | None) -> bool:
        """Whether the running user has that right on the object or field."""

    def static_resource(self, name: str) -> bytes | None: ...

    def default_record_type(self, sobject: str) -> str | None:
        """The Id of the record type of the running user's new records that name none; ``None`` for the master one."""

    def has_flow(self, name: str) -> bool:
        """Whether the org has a flow of that name."""

    def run_flow(self, name: str, inputs: Sequence[Mapping[str, Any]]) -> list[FlowRun | FlowFailure]:
        """Run a flow for each of some inputs. Raises :class:`FlowUnsupported`."""

    def field_sets(self, sobject: str) -> Sequence[FieldSetInfo]:
        """The field sets of an object."""

    def log(self, level: str, message: str) -> None: ...

    def trigger_unit(self, name: str, event: TriggerEvent) -> AbstractContextManager[None]:
        """While one trigger runs; ``name`` is lower-case."""


class TriggerEvent(Enum):
    """The moments at which triggers run, by the name of ``System.TriggerOperation``."""

    BEFORE_INSERT = "before insert"
    BEFORE_UPDATE = "before update"
    BEFORE_DELETE = "before delete"
    AFTER_INSERT = "after insert"
    AFTER_UPDATE = "after update"
    AFTER_DELETE = "after delete"
    AFTER_UNDELETE = "after undelete"


@dataclass(frozen=True)
class TriggerErrors:
    """What a trigger said of the records it was given: errors of ``addError`` by 0-based row."""

    by_row: Mapping[int, tuple[RecordError, ...]] = field(default_factory=dict)


class Refused(Exception):
    """A call from outside that does not reach Apex: an error ``code`` of the API, its text and HTTP status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class ApexFailure(Exception):
    """Apex code ended with an exception that nobody caught.

    ``type_name`` is the exception's Apex name (``System.NullPointerException``), ``stack`` Salesforce's
    stack trace text.
    """

    def __init__(self, type_name: str, message: str, stack: str = "") -> None:
        super().__init__(f"{type_name}: {message}")
        self.type_name, self.message, self.stack = type_name, message, stack
