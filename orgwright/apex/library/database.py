"""``System.Database`` (Apex Reference Guide, Database Class): DML with results, dynamic SOQL, savepoints, batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orgwright.apex.host import AccessMode, AsyncJob, DmlOptions, FieldInfo, Operation, QueryProblem, SaveOutcome
from orgwright.apex.library.access import AccessLevel
from orgwright.apex.library.arguments import null_argument, required
from orgwright.apex.library.dmloptions import DMLOptions
from orgwright.apex.library.dmlresults import (
    DeleteResult,
    MergeResult,
    SaveResult,
    UndeleteResult,
    UpsertResult,
    result_list,
)
from orgwright.apex.library.dynamicbinds import binds_of
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import ApexIterator, List
from orgwright.apex.runtime.exceptions import (
    AsyncException,
    InvalidParameterValueException,
    NotSupported,
    QueryException,
    SObjectException,
    TypeException,
    null_pointer,
)
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.tokens import SObjectField, Types
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import PlatformObject, parse_id

_KINDS: dict[str, Any] = {
    "insert": SaveResult, "update": SaveResult, "upsert": UpsertResult, "delete": DeleteResult,
    "undelete": UndeleteResult,
}  # fmt: skip


# ---------------------------------------------------------------------------------------------- DML


class _Options:
    """What the arguments behind the rows say, whatever their order."""

    def __init__(self, arguments: Sequence[Any]) -> None:
        self.all_or_none = True
        self.access: AccessMode | None = None
        self.external_id: str | None = None
        self.allow_duplicates = False
        self.truncate = False
        for argument in arguments:
            if argument is None:
                raise null_argument()
            if isinstance(argument, bool):
                self.all_or_none = argument
            elif isinstance(argument, AccessLevel):
                self.access = argument.plain_mode()
            elif isinstance(argument, SObjectField):
                self.external_id = _upsert_key(argument.field)
            else:
                self._dml_options(argument)

    def _dml_options(self, options: DMLOptions) -> None:
        if options.OptAllOrNone is not None:
            self.all_or_none = options.OptAllOrNone
        else:
            self.all_or_none = False
        self.allow_duplicates = bool(options.DuplicateRuleHeader.AllowSave)
        rule = options.AssignmentRuleHeader
        if rule.UseDefaultRule or rule.AssignmentRuleId:
            raise NotSupported("Database.DMLOptions.AssignmentRuleHeader")
        self.truncate = bool(options.AllowFieldTruncation)
        if options.LocaleOptions:
            raise NotSupported("Database.DMLOptions.LocaleOptions")


def _upsert_key(field: FieldInfo) -> str:
    if not (field.external_id or field.id_lookup or field.type == "id"):
        text = "Invalid field for upsert, must be an External Id custom or standard indexed field"
        raise SObjectException(f"{text}: {field.name}")
    return field.name


def _save(execution: Any, operation: Operation, rows: list[SObject], options: _Options) -> list[SaveOutcome]:
    chosen = DmlOptions(
        options.all_or_none,
        execution.access_of(options.access),
        options.external_id,
        options.allow_duplicates,
        options.truncate,
    )
    outcomes: list[SaveOutcome] = execution.dml(operation, rows, chosen)
    return outcomes


def _run(execution: Any, operation: Operation, value: Any, arguments: Sequence[Any]) -> Any:
    if value is None:
        raise null_pointer()
    rows = _rows(execution, value)
    outcomes = _save(execution, operation, rows, _Options(arguments))
    results = result_list(_KINDS[operation], outcomes, [row.fields.get("Id") for row in rows])
    return results if isinstance(value, List) else results.items[0]


def _rows(execution: Any, value: Any) -> list[SObject]:
    """Records of a record, an Id or a list of either."""
    items = value.items if isinstance(value, List) else [value]
    rows = []
    for item in items:
        if item is None:
            raise null_pointer()
        rows.append(item if isinstance(item, SObject) else row_of_id(execution, item))
    return rows


def row_of_id(execution: Any, id: str) -> SObject:
    """A record that holds nothing but its Id."""
    owner = execution.host.schema.sobject_of_id(id)
    if owner is None:
        raise SObjectException(f"Cannot locate Apex Type for ID: {id}")
    tokens: Types = execution.types
    return SObject(tokens.get(owner.name), {"Id": parse_id(id)})


@native("Database.insert", context=True)
def insert(execution: Any, rows: Any, *options: Any) -> Any:
    return _run(execution, "insert", rows, options)


@native("Database.update", context=True)
def update(execution: Any, rows: Any, *options: Any) -> Any:
    return _run(execution, "update", rows, options)


@native("Database.upsert", context=True)
def upsert(execution: Any, rows: Any, *options: Any) -> Any:
    return _run(execution, "upsert", rows, options)


@native("Database.delete", context=True)
def delete(execution: Any, rows: Any, *options: Any) -> Any:
    return _run(execution, "delete", rows, options)


@native("Database.undelete", context=True)
def undelete(execution: Any, rows: Any, *options: Any) -> Any:
    return _run(execution, "undelete", rows, options)


@native("Database.merge", context=True)
def merge(execution: Any, master: SObject, losers: Any, *arguments: Any) -> Any:
    """Merge up to two records into a master."""
    if master is None or losers is None:
        raise null_pointer()
    others = [
        item if isinstance(item, SObject) else SObject(master.sobject_type, {"Id": parse_id(item)})
        for item in (losers.items if isinstance(losers, List) else [losers])
    ]
    outcomes = _save(execution, "merge", [master, *others], _Options(arguments))
    outcome = outcomes[0]
    merged = [str(other.fields["Id"]) for other in others]
    result = MergeResult(outcome, master.fields.get("Id"), merged if outcome.success else ())
    return List(types.list_of(MergeResult.rtype()), [result]) if isinstance(losers, List) else result


# --------------------------------------------------------------------------------------------- SOQL


def _access(execution: Any, level: AccessLevel | None) -> AccessMode:
    mode: AccessMode = execution.access_of(level.plain_mode() if level is not None else None)
    return mode


def _binds(execution: Any, soql: str, given: Map | None = None) -> dict[str, Any]:
    if given is None:
        return binds_of(execution, soql)
    return {str(key): value for key, value in given.entries()}


def _rtype(execution: Any, soql: str) -> RType:
    """``List<X>`` for the object of a query that is checked without running it."""
    try:
        shape = execution.host.schema.check_query(soql)
    except QueryProblem as problem:
        raise QueryException(problem.message) from None
    if shape.kind == "count":
        raise QueryException("COUNT() queries must use Database.countQuery")
    return types.list_of(
        execution.types.get("AggregateResult" if shape.kind == "aggregate" else shape.sobject).rtype_of_rows
    )


def _query(execution: Any, soql: str | None, level: AccessLevel | None, binds: Map | None = None) -> List:
    if soql is None:
        raise null_argument(1)
    found: List = execution.query(
        soql, _binds(execution, soql, binds), _access(execution, level), _rtype(execution, soql)
    )
    return found


@native("Database.query", context=True)
def query(execution: Any, soql: str | None, level: AccessLevel | None = None) -> List:
    return _query(execution, soql, level)


@native("Database.queryWithBinds", context=True)
def query_with_binds(execution: Any, soql: str | None, binds: Map | None, level: AccessLevel | None) -> List:
    if binds is None:
        raise null_argument(2)
    return _query(execution, soql, level, binds)


@native("Database.countQuery", context=True)
def count_query(execution: Any, soql: str | None, level: AccessLevel | None = None) -> int:
    if soql is None:
        raise null_argument(1)
    return int(execution.count(soql, _binds(execution, soql), _access(execution, level)))


@native("Database.countQueryWithBinds", context=True)
def count_query_with_binds(execution: Any, soql: str | None, binds: Map | None, level: AccessLevel | None) -> int:
    if soql is None or binds is None:
        raise null_argument(1 if soql is None else 2)
    return int(execution.count(soql, _binds(execution, soql, binds), _access(execution, level)))


@platform("Database.QueryLocator")
class QueryLocator(PlatformObject):
    """``Database.QueryLocator``: a query that is run when its rows are asked for."""

    __slots__ = ("access", "binds", "found", "text")

    def __init__(self, text: str, binds: dict[str, Any], access: AccessMode, found: List | None = None) -> None:
        self.text, self.binds, self.access, self.found = text, binds, access, found

    def getQuery(self) -> str:
        """The SOQL text."""
        return self.text

    def rows(self, execution: Any) -> List:
        """The records."""
        if self.found is None:
            self.found = execution.query(self.text, self.binds, self.access, _rtype(execution, self.text))
        assert self.found is not None
        return self.found


@native("Database.QueryLocator.iterator", context=True)
def locator_iterator(execution: Any, locator: QueryLocator) -> ApexIterator:
    return ApexIterator(iter(locator.rows(execution)))


@native("Database.QueryLocatorIterator.hasNext")
def locator_has_next(iterator: ApexIterator) -> bool:
    return bool(iterator.hasNext())


@native("Database.QueryLocatorIterator.next")
def locator_next(iterator: ApexIterator) -> Any:
    return iterator.next()


@native("Database.getQueryLocator(String)", "Database.getQueryLocator(String, AccessLevel)", context=True)
def query_locator(execution: Any, soql: str | None, level: AccessLevel | None = None) -> QueryLocator:
    if soql is None:
        raise null_argument(1)
    _rtype(execution, soql)
    return QueryLocator(soql, _binds(execution, soql), _access(execution, level))


@native("Database.getQueryLocatorWithBinds", context=True)
def query_locator_with_binds(
    execution: Any, soql: str | None, binds: Map | None, level: AccessLevel | None
) -> QueryLocator:
    if soql is None or binds is None:
        raise null_argument(1 if soql is None else 2)
    return QueryLocator(soql, _binds(execution, soql, binds), _access(execution, level))


@native("Database.getQueryLocator(List<SObject>)", "Database.getQueryLocator(List<SObject>, AccessLevel)")
def query_locator_of_rows(rows: List | None, level: AccessLevel | None = None) -> QueryLocator:
    """A static query as locator: it is already run."""
    if rows is None:
        raise null_argument(1)
    return QueryLocator("", {}, "system", rows)


# --------------------------------------------------------------------------------------- savepoints


@platform("System.Savepoint")
class Savepoint(PlatformObject):
    """``System.Savepoint``."""

    __slots__ = ("execution", "number", "point", "valid")

    def __init__(self, execution: Any, point: object, number: int) -> None:
        self.execution, self.point, self.number, self.valid = execution, point, number, True


def _savepoints(execution: Any) -> list[Savepoint]:
    found: list[Savepoint] = execution.state.setdefault("savepoints", [])
    return found


@native("Database.setSavepoint", context=True)
def set_savepoint(execution: Any) -> Savepoint:
    execution.limits.count("dmlstatements")
    made = Savepoint(execution, execution.host.savepoint(), len(_savepoints(execution)))
    _savepoints(execution).append(made)
    execution.work_pending = True
    return made


def _known(execution: Any, savepoint: Savepoint | None) -> Savepoint:
    if savepoint is None:
        raise null_pointer()
    if not savepoint.valid or savepoint.execution is not execution:
        raise TypeException("Savepoint does not exist in this context")
    execution.limits.count("dmlstatements")
    return savepoint


@native("Database.rollback", context=True)
def rollback(execution: Any, savepoint: Savepoint | None) -> None:
    """Back to a savepoint; later ones are void."""
    found = _known(execution, savepoint)
    execution.host.rollback(found.point)
    _void_after(execution, found)


@native("Database.releaseSavepoint", context=True)
def release_savepoint(execution: Any, savepoint: Savepoint | None) -> None:
    found = _known(execution, savepoint)
    found.valid = False
    _void_after(execution, found)
    if not any(other.valid for other in _savepoints(execution)):
        execution.work_pending = False


def _void_after(execution: Any, savepoint: Savepoint) -> None:
    for other in _savepoints(execution):
        if other.number > savepoint.number:
            other.valid = False


# ------------------------------------------------------------------------------------------ batches


@native("Database.executeBatch", context=True)
def execute_batch(execution: Any, batch: Any, scope: int | None = 200) -> str:
    required(batch, scope)
    assert scope is not None
    if scope < 1:
        raise InvalidParameterValueException("Invalid value for scope size: must be greater than 0")
    return enqueue_batch(execution, batch, min(scope, 2000))


def enqueue_batch(execution: Any, batch: Any, scope: int, delay: int = 0, name: str | None = None) -> str:
    """Hand a batch job to the org; the Id of its AsyncApexJob, of one that is scheduled (``name``) that of its CronTrigger."""
    if "Database.Batchable" not in {name.partition("<")[0] for name in getattr(batch, "apex_supers", ())}:
        raise TypeException(f"{types.name_of(batch)} does not implement Database.Batchable")
    if execution.context == "future" or (execution.context == "batch" and execution.phase != "FINISH"):
        raise AsyncException(
            "Database.executeBatch cannot be called from a batch start, batch execute, or future method."
        )
    job = AsyncJob("batch", types.name_of(batch), None, batch, delay_minutes=delay, name=name, scope_size=scope)
    return str(execution.enqueue(job))
