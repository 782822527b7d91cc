"""A small org in memory for tests of the Apex engine: a schema of dataclasses, rows in dicts, triggers by the engine."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orgwright.apex.engine import Coverage, Execution, Program, Source, compile_program
from orgwright.apex.host import (
    ApexFailure,
    AsyncJob,
    DmlOptions,
    FieldSetInfo,
    HttpRequest,
    HttpResponse,
    OrgInfo,
    QueryProblem,
    QueryShape,
    Record,
    RecordError,
    SaveOutcome,
    TriggerEvent,
    User,
)


@dataclass(frozen=True)
class Field:
    name: str
    type: str = "string"
    length: int = 255
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    label: str = ""
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    custom: bool = False
    calculated: bool = False
    unique: bool = False
    external_id: bool = False
    id_lookup: bool = False
    name_field: bool = False
    html_formatted: bool = False
    defaulted_on_create: bool = False
    default_value: Any = None
    picklist: tuple[Any, ...] = ()
    inline_help_text: str | None = None


@dataclass(frozen=True)
class Child:
    child: str
    field: str
    relationship_name: str | None
    cascade_delete: bool = False
    junction_names: tuple[str, ...] = ()
    junction_targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class SObjectType:
    name: str
    key_prefix: str
    fields: dict[str, Field]
    children: tuple[Child, ...] = ()
    junctions: dict[str, Field] = field(default_factory=dict)
    label: str = ""
    label_plural: str = ""
    custom: bool = False
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    queryable: bool = True
    associate_kind: str | None = None
    associate_parent: str | None = None


def _type(name: str, prefix: str, *own: Field, children: tuple[Child, ...] = ()) -> SObjectType:
    system = (
        Field("Id", "id", 18, createable=False, updateable=False),
        Field("CreatedDate", "datetime", createable=False, updateable=False),
        Field("OwnerId", "reference", 18, ("User",), "Owner"),
    )
    fields = {f.name.lower(): f for f in (*system, *own)}
    return SObjectType(name, prefix, fields, children, label=name, label_plural=name + "s")


TYPES = (
    _type(
        "Account",
        "001",
        Field("Name", name_field=True, nillable=False),
        Field("Industry"),
        Field("Description", "textarea", 32000),
        Field("AnnualRevenue", "currency", precision=18, scale=2),
        Field("NumberOfEmployees", "int"),
        Field("Active__c", "boolean", custom=True),
        Field("ParentId", "reference", 18, ("Account",), "Parent"),
        children=(Child("Contact", "AccountId", "Contacts"),),
    ),
    _type(
        "Contact",
        "003",
        Field("FirstName"),
        Field("LastName", nillable=False),
        Field("Name", name_field=True, createable=False, updateable=False),
        Field("Email", "email", 80),
        Field("Phone", "phone", 40),
        Field("Birthdate", "date"),
        Field("AccountId", "reference", 18, ("Account",), "Account"),
    ),
    _type("User", "005", Field("Username"), Field("LastName"), Field("Email", "email")),
    _type("Case", "500", Field("Subject"), Field("ContactId", "reference", 18, ("Contact",), "Contact")),
)


class Schema:
    """The four types above."""

    fingerprint = "fake"
    namespace: str | None = None

    def __init__(self) -> None:
        self.types = {t.name.lower(): t for t in TYPES}

    def sobject(self, name: str) -> SObjectType | None:
        return self.types.get(name.lower())

    def sobject_names(self) -> list[str]:
        return [t.name for t in self.types.values()]

    def sobject_of_id(self, id: str) -> SObjectType | None:
        return next((t for t in self.types.values() if id.startswith(t.key_prefix)), None)

    def check_query(self, soql: str) -> QueryShape:
        parsed = parse_query(soql)
        found = self.sobject(parsed["from"])
        if found is None:
            raise QueryProblem(f"sObject type '{parsed['from']}' is not supported.", "INVALID_TYPE")
        if parsed["fields"] == ["COUNT()"]:
            return QueryShape(found.name, "count")
        return QueryShape(found.name, "records", tuple(_proper(self, found, f) for f in parsed["fields"]))

    def has_label(self, name: str) -> bool:
        return name.lower() == "greeting"

    def component(self, kind: str, name: str) -> str | None:
        return name.title() if (kind, name.lower()) in (("ApexPage", "start"), ("Flow", "close")) else None

    def label(self, name: str) -> str | None:
        return "Hello" if self.has_label(name) else None


def _proper(schema: Schema, type_: SObjectType, path: str) -> str:
    first, _, rest = path.partition(".")
    if rest:
        reference = next(
            (f for f in type_.fields.values() if (f.relationship_name or "").lower() == first.lower()), None
        )
        if reference is None:
            raise QueryProblem(f"Didn't understand relationship '{first}' in field path.", "INVALID_FIELD")
        parent = schema.sobject(reference.reference_to[0])
        assert parent is not None and reference.relationship_name is not None
        return f"{reference.relationship_name}.{_proper(schema, parent, rest)}"
    found = type_.fields.get(first.lower())
    if found is None:
        raise QueryProblem(f"No such column '{first}' on entity '{type_.name}'.", "INVALID_FIELD")
    return found.name


_QUERY = re.compile(
    r"\s*SELECT\s+(?P<fields>.+?)\s+FROM\s+(?P<from>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>\w+)(?P<desc>\s+DESC)?(?:\s+ASC)?)?(?:\s+LIMIT\s+(?P<limit>:?\w+))?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_TEST = re.compile(r"([\w.]+)\s*(=|!=|IN|>|<)\s*(.+)$", re.IGNORECASE)


def parse_query(soql: str) -> dict[str, Any]:
    """The parts of the few queries that the tests use."""
    match = _QUERY.match(soql)
    if match is None:
        raise QueryProblem(f"unexpected token: {soql}")
    parts: dict[str, Any] = match.groupdict()
    parts["fields"] = [f.strip() for f in parts["fields"].split(",")]
    return parts


ADMIN = User(
    "005000000000001AAA", "admin@example.com", "Ada Min", "Ada", "Min", "admin@example.com", "00e000000000001AAA"
)


HOME = OrgInfo("00D000000000001AAA", "Fake", True, "https://fake.example.com")


@dataclass
class Org:
    """Rows by Id; implements ``host.Host`` for one Apex transaction."""

    program: Program
    in_test: bool = False
    coverage: Coverage | None = None
    cpu_ms: int = 0
    schema: Any = field(default_factory=Schema)
    rows: dict[str, Record] = field(default_factory=dict)
    jobs: list[AsyncJob] = field(default_factory=list)
    events: list[Record] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    clock: dt.datetime = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
    org: OrgInfo = HOME
    user: User = ADMIN
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.execution = Execution(self.program, self, coverage=self.coverage, in_test=self.in_test, cpu_ms=self.cpu_ms)

    def now(self) -> dt.datetime:
        return self.clock

    # ------------------------------------------------------------------ queries

    def query(self, soql: str, binds: Mapping[str, Any], *, access: str, all_rows: bool = False) -> list[Record]:
        parsed = parse_query(soql)
        self.schema.check_query(soql)
        return [self._shown(row, parsed["fields"]) for row in self._matching(parsed, binds)]

    def count(self, soql: str, binds: Mapping[str, Any], *, access: str) -> int:
        return len(self._matching(parse_query(soql), binds))

    def search(self, sosl: str, binds: Mapping[str, Any], *, access: str, fixed: Any = None) -> list[list[Record]]:
        return []

    def _matching(self, parsed: dict[str, Any], binds: Mapping[str, Any]) -> list[Record]:
        rows = [r for r in self.rows.values() if r.type.lower() == parsed["from"].lower()]
        for test in re.split(r"\s+AND\s+", parsed["where"] or "", flags=re.IGNORECASE):
            if test:
                rows = [r for r in rows if self._test(r, test, binds)]
        if parsed["order"]:
            rows.sort(key=lambda r: str(self._value(r, parsed["order"])), reverse=bool(parsed["desc"]))
        limit = parsed["limit"]
        return rows if limit is None else rows[: int(binds[limit[1:]] if limit.startswith(":") else limit)]

    def _test(self, row: Record, test: str, binds: Mapping[str, Any]) -> bool:
        match = _TEST.match(test.strip())
        assert match is not None, test
        path, operator, text = match.groups()
        text = text.strip()
        other: Any
        if text.startswith(":"):
            other = binds[text[1:].strip()]
        elif text.startswith("("):
            other = [part.strip().strip("'") for part in text[1:-1].split(",")]
        elif text.lower() in ("true", "false", "null"):
            other = {"true": True, "false": False, "null": None}[text.lower()]
        else:
            other = text.strip("'") if text.startswith("'") else int(text)
        value = self._value(row, path)
        if operator == "=":
            return bool(value == other)
        if operator == "!=":
            return bool(value != other)
        if operator == ">":
            return value is not None and value > other
        if operator == "<":
            return value is not None and value < other
        return value in other

    def _value(self, row: Record | None, path: str) -> Any:
        if row is None:
            return None
        first, _, rest = path.partition(".")
        type_ = self.schema.sobject(row.type)
        if rest:
            reference = next(f for f in type_.fields.values() if (f.relationship_name or "").lower() == first.lower())
            return self._value(self.rows.get(row.fields.get(reference.name)), rest)
        return row.fields.get(type_.fields[first.lower()].name)

    def _shown(self, row: Record, paths: list[str]) -> Record:
        made = Record(row.type, {"Id": row.fields["Id"]})
        type_ = self.schema.sobject(row.type)
        for path in paths:
            first, _, rest = path.partition(".")
            if rest:
                reference = next(
                    f for f in type_.fields.values() if (f.relationship_name or "").lower() == first.lower()
                )
                parent = self.rows.get(row.fields.get(reference.name))
                kept = made.fields.get(reference.relationship_name)
                if parent is None:
                    made.fields[reference.relationship_name] = None
                else:
                    shown = self._shown(parent, [rest])
                    made.fields[reference.relationship_name] = (
                        shown if kept is None else Record(kept.type, {**kept.fields, **shown.fields})
                    )
            else:
                name = type_.fields[first.lower()].name
                made.fields[name] = row.fields.get(name)
        return made

    # ------------------------------------------------------------------ saving

    def save(self, operation: str, records: Sequence[Record], options: DmlOptions) -> list[SaveOutcome]:
        kept = {key: Record(r.type, dict(r.fields)) for key, r in self.rows.items()}
        outcomes: list[SaveOutcome] = []
        for start in range(0, len(records), 200):
            outcomes += self._chunk(operation, list(records[start : start + 200]))
        if options.all_or_none and any(not o.success for o in outcomes):
            self.rows = kept
        return outcomes

    def _chunk(self, operation: str, records: list[Record]) -> list[SaveOutcome]:
        if operation == "upsert":
            operation = "update" if all(r.fields.get("Id") in self.rows for r in records) else "insert"
        errors: dict[int, RecordError] = {}
        new: list[Record] | None = None
        old: list[Record] | None = None
        if operation == "insert":
            new = [Record(r.type, self._with_defaults(r)) for r in records]
        else:
            old = [self.rows[r.fields["Id"]] for r in records]
            old = [Record(r.type, dict(r.fields)) for r in old]
            if operation == "update":
                new = [Record(o.type, {**o.fields, **r.fields}) for o, r in zip(old, records, strict=True)]
        self._fire("before", operation, records[0].type, new, old, errors)
        self._store(operation, records, new, errors)
        good = [i for i in range(len(records)) if i not in errors]
        after = None if new is None else [Record(new[i].type, dict(new[i].fields)) for i in good]
        if good:
            self._fire(
                "after", operation, records[0].type, after, None if old is None else [old[i] for i in good], errors
            )
        ids = [(new or records)[i].fields.get("Id") for i in range(len(records))]
        return [
            SaveOutcome(ids[i], i not in errors, operation == "insert", (errors[i],) if i in errors else ())
            for i in range(len(records))
        ]

    def _with_defaults(self, record: Record) -> dict[str, Any]:
        type_ = self.schema.sobject(record.type)
        defaults = {f.name: False for f in type_.fields.values() if f.type == "boolean"}
        return {**defaults, **record.fields}

    def _store(self, operation: str, records: list[Record], new: list[Record] | None, errors: dict[int, Any]) -> None:
        for index, record in enumerate(records):
            if index in errors:
                continue
            if operation == "delete":
                del self.rows[record.fields["Id"]]
                continue
            assert new is not None
            row = new[index]
            type_ = self.schema.sobject(row.type)
            missing = [f.name for f in type_.fields.values() if not f.nillable and not row.fields.get(f.name)]
            if missing:
                text = f"Required fields are missing: [{', '.join(missing)}]"
                errors[index] = RecordError("REQUIRED_FIELD_MISSING", text, tuple(missing))
                continue
            if operation == "insert":
                row.fields["Id"] = f"{type_.key_prefix}0000{next(self.numbers):08d}AAA"
            self.rows[row.fields["Id"]] = Record(row.type, dict(row.fields))

    def _fire(
        self,
        when: str,
        operation: str,
        sobject: str,
        new: list[Record] | None,
        old: list[Record] | None,
        errors: dict[int, RecordError],
    ) -> None:
        try:
            found = self.execution.run_triggers(sobject, TriggerEvent(f"{when} {operation}"), new, old)
        except ApexFailure as failure:
            text = f"execution of {when.title()}{operation.title()}\n\ncaused by: {failure}\n\n{failure.stack}"
            for index in range(len(new if new is not None else old or [])):
                errors[index] = RecordError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)
            return
        for index, row_errors in found.by_row.items():
            errors[index] = row_errors[0]

    # ------------------------------------------------------------------ the rest

    def publish(self, events: Sequence[Record]) -> list[SaveOutcome]:
        self.events += events
        return [SaveOutcome("e00000000000001AAA", True) for _ in events]

    def deliver_events(self) -> None:
        waiting, self.events = self.events, []
        for event in waiting:
            self.other().execution.run_triggers(event.type, TriggerEvent.AFTER_INSERT, [event], None)

    def fail_events(self) -> None:
        self.events.clear()

    def savepoint(self) -> object:
        return {key: Record(r.type, dict(r.fields)) for key, r in self.rows.items()}

    def rollback(self, savepoint: object) -> None:
        self.rows = dict(savepoint)  # type: ignore[call-overload]

    @contextlib.contextmanager
    def run_as(self, user_id: str) -> Iterator[None]:
        kept = self.user
        self.user = User(user_id, "other@example.com", "Other", None, "Other", "o@example.com", kept.profile_id)
        try:
            yield
        finally:
            self.user = kept

    def enqueue(self, job: AsyncJob) -> str:
        self.jobs.append(job)
        return f"7070000000000{len(self.jobs):02d}AAA"

    def run_jobs(self) -> None:
        waiting, self.jobs = self.jobs, []
        for job in waiting:
            self.other().execution.run_job(job.payload, job_id="707000000000001AAA")

    def other(self) -> Org:
        """Another transaction on the same rows."""
        return Org(self.program, self.in_test, self.coverage, self.cpu_ms, self.schema, self.rows, self.jobs,
                   logged=self.logged, numbers=self.numbers)  # fmt: skip

    def callout(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, "OK", {}, b"")

    def has_permission(self, custom_permission: str) -> bool:
        return False

    def defaults(self, sobject: str, record_type: str | None) -> dict[str, Any]:
        return {}

    def can(self, right: str, sobject: str, field: str | None) -> bool:
        return True

    def default_record_type(self, sobject: str) -> str | None:
        return None

    def has_flow(self, name: str) -> bool:
        return False

    def field_sets(self, sobject: str) -> Sequence[FieldSetInfo]:
        return ()

    def static_resource(self, name: str) -> bytes | None:
        return None

    def log(self, level: str, message: str) -> None:
        self.logged.append(message)

    def trigger_unit(self, name: str, event: TriggerEvent) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


def compiled(*bodies: str, version: float = 62.0) -> Program:
    """A program of classes and triggers, their names read from their text; compile errors fail."""
    sources = []
    for body in bodies:
        trigger = re.search(r"^\s*trigger\s+(\w+)", body, re.IGNORECASE)
        if trigger:
            sources.append(Source("trigger", trigger.group(1), body, version))
        else:
            match = re.search(r"\b(?:class|interface|enum)\s+(\w+)", body, re.IGNORECASE)
            assert match is not None
            sources.append(Source("class", match.group(1), body, version))
    program = compile_program(sources, Schema())
    assert not program.errors, "\n".join(map(str, program.errors))
    return program


def run(expression_or_body: str, *others: str, returns: str = "Object", **org: Any) -> Any:
    """The value that a method body returns."""
    body = expression_or_body if "return" in expression_or_body else f"return {expression_or_body};"
    program = compiled(f"public class Probe {{ public static {returns} go() {{ {body} }} }}", *others)
    return Org(program, **org).execution.call_static("Probe", "go")


def fails(body: str, *others: str, **org: Any) -> ApexFailure:
    """The failure that a method body ends with."""
    program = compiled(f"public class Probe {{ public static void go() {{\n{body}\n}} }}", *others)
    try:
        Org(program, **org).execution.call_static("Probe", "go")
    except ApexFailure as failure:
        return failure
    raise AssertionError("did not fail")
