"""PushTopics: notifications about records that match a query (Streaming API Developer Guide, "PushTopic Queries", "Event Notification Rules").

A change is held against the active topics of its object as it is written; what matches goes on the bus with the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import QueryProblem
from orgwright.localorg.events.publish import tell
from orgwright.localorg.soql.parse import parse
from orgwright.localorg.soql.tokens import tokens
from orgwright.localorg.soql.tree import Call, Condition, Item, Operand, Path, Query, comparisons

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

CHANNEL = "/topic/"
LOGGING, TEST_RESULT = "/systemTopic/Logging", "/systemTopic/TestResult"
"""Channels on which the org itself tells of new debug logs and of test runs that ended."""
TOPIC = "PushTopic"
_OPERATIONS = ("Create", "Update", "Delete", "Undelete")
_PAST = {"Create": "created", "Update": "updated", "Delete": "deleted", "Undelete": "undeleted"}
_SYSTEM = frozenset(("lastmodifieddate", "lastmodifiedbyid", "systemmodstamp"))
_STANDARD = frozenset(
    ("account", "campaign", "case", "contact", "contractlineitem", "entitlement", "lead", "livechattranscript", "opportunity",
     "quote", "quotelineitem", "serviceappointment", "serviceresource", "servicecontract", "timesheet", "timesheetentry", "task",
     "workorder", "workorderlineitem")
)  # fmt: skip
"""Standard objects that a topic may watch."""


class Refused(Exception):
    """A query that no topic can have."""


@dataclass(frozen=True)
class Watch:
    """What a topic's query says: its object, lower-case names of the fields it selects and filters by, its two halves."""

    sobject: str
    selected: frozenset[str]
    filtered: frozenset[str]
    head: str
    condition: str

    @property
    def of_changed(self) -> str:
        """The query narrowed to the records that changed."""
        return f"{self.head} WHERE {f'({self.condition}) AND ' if self.condition else ''}Id IN :changed"


@dataclass(frozen=True)
class Topic:
    """An active PushTopic."""

    name: str
    watch: Watch
    fields: str
    operations: frozenset[str]

    def concerns(self, operation: str, changed: frozenset[str]) -> bool:
        """Whether a change of these fields (lower case) must be held against the query."""
        if operation not in self.operations:
            return False
        if operation != "Update":
            return True
        own, watch = changed - _SYSTEM, self.watch
        asked = {"Select": watch.selected, "Where": watch.filtered, "Referenced": watch.selected | watch.filtered}
        return bool(own & asked[self.fields] if self.fields in asked else own)

    def fault(self, tx: Transaction) -> QueryProblem | None:
        """What is wrong with the query, which was right when the topic was saved: an object or field of it is gone."""
        try:
            tx.query(self.watch.of_changed, binds={"changed": []}, access="system")
        except QueryProblem as problem:
            return problem
        return None


@lru_cache(maxsize=256)
def watch(text: str) -> Watch:
    """What a topic's query says.

    Raises:
        QueryProblem: the text is no query.
        Refused: it is one that topics cannot have.
    """
    query = parse(text)
    _check(query)
    selected = {
        item.what.text.lower() for item in query.select if isinstance(item, Item) and isinstance(item.what, Path)
    }
    filtered = {path.text.lower() for path in _paths(query.where)}
    at = next((token.at for token in tokens(text) if token.kind == "name" and token.text.upper() == "WHERE"), None)
    head, condition = (text, "") if at is None else (text[:at], text[at + len("WHERE") :])
    sobject = query.sources[0].path.text.lower()
    return Watch(sobject, frozenset(selected - {"id"}), frozenset(filtered - {"id"}), head.strip(), condition.strip())


def _check(query: Query) -> None:
    paths = [item.what for item in query.select if isinstance(item, Item) and isinstance(item.what, Path)]
    if len(paths) != len(query.select):
        raise Refused("aggregates, functions and sub-queries are not supported in a PushTopic's query")
    if all(path.text.lower() != "id" for path in paths):
        raise Refused("the Id field must be in the SELECT clause of a PushTopic's query")
    if any(len(path.parts) > 1 for path in (*paths, *_paths(query.where))):
        raise Refused("relationships are not supported in a PushTopic's query")
    more = (query.group, query.having, query.order, query.limit, query.offset, query.scope, query.security)
    if any(more) or query.all_rows or query.for_clauses or len(query.sources) > 1:
        raise Refused("a PushTopic's query has SELECT, FROM and WHERE alone")
    if any(isinstance(one.right, Query) for one in comparisons(query.where)):
        raise Refused("semi-joins are not supported in a PushTopic's query")
    sobject = query.sources[0].path.text.lower()
    if not sobject.endswith("__c") and sobject not in _STANDARD:
        raise Refused(f"{query.sources[0].path.text} is not supported in a PushTopic's query")


def _paths(condition: Condition | None) -> Iterator[Path]:
    for one in comparisons(condition):
        yield from _of(one.left)


def _of(operand: Operand) -> Iterator[Path]:
    if isinstance(operand, Path):
        yield operand
    elif isinstance(operand, Call):
        for argument in operand.arguments:
            yield from _of(argument)


def topics_of(tx: Transaction) -> dict[str, list[Topic]]:
    """The active topics of the org by the lower-case name of their object."""
    found: dict[str, list[Topic]] = {}
    if not tx.has_table(TOPIC):
        return found
    columns = ", ".join(f'"NotifyForOperation{name}"' for name in _OPERATIONS)
    sql = f'SELECT "Name", "Query", "NotifyForFields", {columns} FROM "PushTopic" WHERE "IsActive" = 1 AND "IsDeleted" = 0'
    for name, text, fields, *flags in tx.connection.execute(sql):
        operations = frozenset(one for one, flag in zip(_OPERATIONS, flags, strict=True) if flag)
        topic = Topic(name, watch(text), fields, operations)
        found.setdefault(topic.watch.sobject, []).append(topic)
    return found


def notify(
    tx: Transaction,
    topics: Sequence[Topic],
    operation: str,
    ids: Sequence[str],
    changed: Callable[[str], frozenset[str]],
) -> None:
    """Hold changed records against topics; ``changed`` gives the lower-case fields that changed by the record's Id.

    A topic whose query names what is gone since matches nothing: its subscribers are refused with the reason.
    """
    for topic in topics:
        asked = [id for id in ids if topic.concerns(operation, changed(id))]
        if not asked or topic.fault(tx) is not None:
            continue
        found = tx.query(
            topic.watch.of_changed,
            binds={"changed": asked},
            access="system",
            all_rows=operation == "Undelete",
            form="soap",
        )
        rows: list[Any] = found.records
        for row in rows:
            fields = {name: value for name, value in row.items() if name != "attributes"}
            shown = {"Id": fields["Id"]} if operation == "Delete" else fields
            tell(tx, f"{CHANNEL}{topic.name}", _PAST[operation], shown)
