"""What only the data of an org can tell: whether it stands in the way of a change. Asked in composite calls.

Follows the considerations of Salesforce Help for changing custom fields. Rows in the recycle bin count too, so the queries go
to ``queryAll``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as url_quote

from orgwright.metadata import Component
from orgwright.org import Answer, Request
from orgwright.plan import facts
from orgwright.plan.conversions import only_while_empty
from orgwright.plan.facts import Facts
from orgwright.plan.model import Cause, Reason
from orgwright.plan.snapshot import Org, Snapshot
from orgwright.spec import standard

_LIKE = frozenset({"Text"})
_LENGTHS = frozenset({"Text", "LongTextArea", "Html", "EncryptedText"})
_NUMBERS = frozenset({"Number", "Currency", "Percent"})
_WITHOUT_ROWS = ("__e", "__mdt")
_KEPT_ON = {"activity": "Task"}
MOST = 25
"""More questions than these would cost too many calls: the rest is said to be unknown."""


@dataclass(frozen=True)
class Question:
    """A request about one component, and what its answer means: a reason why the change cannot be made, or None."""

    component: str
    path: str
    judge: Callable[[Any], Reason | None]


@dataclass(frozen=True)
class Answers:
    """Reasons by component, and what could not be found out."""

    reasons: Mapping[str, Reason]
    notes: tuple[str, ...]


def questions(components: Sequence[Component], snapshot: Snapshot) -> Iterator[Question]:
    """What has to be asked before these components can be deployed to the org of the snapshot."""
    for component in components:
        if component.type != "CustomField":
            continue
        owner, _, name = component.name.partition(".")
        if owner.lower() not in snapshot.objects or owner.lower().endswith(_WITHOUT_ROWS):
            continue
        expected, actual = facts.of_component(component), snapshot.facts(component)
        table = _KEPT_ON.get(owner.lower(), owner)
        if actual is None:
            yield from _of_new(component.name, table, expected, snapshot)
        else:
            yield from _of_changed(component.name, table, name, expected, actual)


def ask(org: Org, asked: Sequence[Question]) -> Answers:
    """Put the questions, five a call. A query that the org refuses (a hidden field) is a note, not a guess."""
    put, left = asked[:MOST], asked[MOST:]
    reasons: dict[str, Reason] = {}
    notes = [f"{question.component}: not checked against the data, there are too many changes" for question in left]
    for question, answer in zip(put, org.composite([Request(one.path) for one in put]), strict=True):
        if answer.status >= 400:
            notes.append(f"{question.component}: cannot be checked against the data: {_message(answer)}")
            continue
        reason = question.judge(answer.body)
        if reason is not None:
            reasons.setdefault(question.component, reason)
    return Answers(reasons, tuple(notes))


def _of_new(name: str, table: str, expected: Facts, snapshot: Snapshot) -> Iterator[Question]:
    if expected.get("type") == "MasterDetail":
        text = "{n} rows of the object have no parent: a master-detail field needs an empty object"
        yield _count(name, f"FROM {table}", Cause.ROWS_WITHOUT_PARENT, text)
    parent, relationship = expected.get("referenceTo"), expected.get("relationshipName")
    if parent and relationship and (parent.lower() in snapshot.objects or standard.find(parent) is not None):
        yield Question(name, f"/sobjects/{parent}/describe", _relationship_taken(relationship, parent))


def _of_changed(name: str, table: str, field: str, expected: Facts, actual: Facts) -> Iterator[Question]:
    old, new = actual.get("type", ""), expected.get("type", "")
    if only_while_empty(expected, actual):
        yield _count(name, f"FROM {table}", Cause.ROWS, f"is {old} in the org, {new} in the spec: {{n}} rows exist")
    if (old, new) == ("Lookup", "MasterDetail"):
        text = "{n} rows have no parent: a master-detail field needs one"
        yield _count(name, f"FROM {table} WHERE {field} = null", Cause.ROWS_WITHOUT_PARENT, text)
    if expected.get("formula") or actual.get("formula"):
        return
    yield from _shorter(name, table, field, expected, actual)
    yield from _smaller(name, table, field, expected, actual)
    if expected.get("unique") == "true" and actual.get("unique") != "true":
        soql = (
            f"SELECT {field}, COUNT(Id) FROM {table} WHERE {field} != null GROUP BY {field} "
            "HAVING COUNT(Id) > 1 LIMIT 1"
        )
        twice = Reason(Cause.TWICE, "values are there twice: it cannot be unique")
        yield Question(name, _path(soql), lambda body: twice if body["records"] else None)


def _shorter(name: str, table: str, field: str, expected: Facts, actual: Facts) -> Iterator[Question]:
    before, after = int(actual.get("length") or 0), int(expected.get("length") or 0)
    kind = actual.get("type", "")
    if kind not in _LENGTHS or expected.get("type") not in _LENGTHS or not 0 < after < before:
        return
    text = f"shortened from {before} to {after}, but {{n}} rows hold more"
    if kind in _LIKE:
        yield _count(name, f"FROM {table} WHERE {field} LIKE '{'_' * (after + 1)}%'", Cause.TOO_LONG, text)
        return
    # No query measures long texts, so the first page of them is read.
    yield Question(name, _path(f"SELECT {field} FROM {table}"), _longer(field, after, text))


def _longer(field: str, most: int, text: str) -> Callable[[Any], Reason | None]:
    def judge(body: Any) -> Reason | None:
        count = sum(len(row.get(field) or "") > most for row in body["records"])
        if count:
            return Reason(Cause.TOO_LONG, text.format(n=count))
        if not body.get("done", True):
            unknown = f"shortened to {most}, and the org has too many rows to measure: shorten it in Setup"
            return Reason(Cause.TOO_LONG, unknown)
        return None

    return judge


def _smaller(name: str, table: str, field: str, expected: Facts, actual: Facts) -> Iterator[Question]:
    if expected.get("type") not in _NUMBERS or actual.get("type") not in _NUMBERS:
        return
    before, after = _digits(actual), _digits(expected)
    if after < before:
        limit = "1" + "0" * after + ".0"
        yield _count(
            name,
            f"FROM {table} WHERE {field} >= {limit} OR {field} <= -{limit}",
            Cause.TOO_LARGE,
            f"has {before} digits in the org, {after} in the spec, but {{n}} rows hold more",
        )


def _digits(found: Facts) -> int:
    return int(found.get("precision") or 0) - int(found.get("scale") or 0)


def _count(name: str, rest: str, cause: Cause, text: str) -> Question:
    def judge(body: Any) -> Reason | None:
        count = int(body["totalSize"])
        return Reason(cause, text.format(n=f"{count:,}")) if count else None

    return Question(name, _path(f"SELECT COUNT() {rest}"), judge)


def _relationship_taken(relationship: str, parent: str) -> Callable[[Any], Reason | None]:
    def judge(body: Any) -> Reason | None:
        wanted = f"{relationship}__r".lower()
        for child in body.get("childRelationships") or ():
            if (child.get("relationshipName") or "").lower() == wanted:
                there = f"{child['childSObject']}.{child['field']}"
                text = f"{parent} has a child relationship {relationship} already: {there}"
                return Reason(Cause.RELATIONSHIP_NAME, text)
        return None

    return judge


def _path(soql: str) -> str:
    return f"/queryAll?q={url_quote(soql)}"


def _message(answer: Answer) -> str:
    first = answer.body[0] if isinstance(answer.body, list) and answer.body else {}
    return " ".join(str(first.get("message") or f"status {answer.status}").split())
