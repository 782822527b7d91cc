"""Sharing rules as they were deployed (Metadata API: SharingRules): whom they reach, and which records they open."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgwright.apex.host import QueryProblem
from orgwright.localorg.access.circle import EVERYBODY, Circle, People, branch, role
from orgwright.localorg.metadata.components import Components
from orgwright.localorg.schema.model import Field, SObjectType

if TYPE_CHECKING:
    from orgwright.localorg.metadata.document import Node
    from orgwright.localorg.schema.schema import Schema
    from orgwright.localorg.transaction import Transaction

KINDS = ("SharingOwnerRule", "SharingCriteriaRule")
REFUSED = ("SharingGuestRule", "SharingTerritoryRule")
_CHILDREN = {"Opportunity": "opportunityAccessLevel", "Case": "caseAccessLevel", "Contact": "contactAccessLevel"}
_OPERATORS = {
    "equals": "=", "notEqual": "!=", "lessThan": "<", "greaterThan": ">", "lessOrEqual": "<=", "greaterOrEqual": ">=",
}  # fmt: skip
_NUMBERS = ("int", "double", "currency", "percent")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?\Z")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?Z)?\Z")
_RELATIVE = re.compile(r"[A-Z_]+(:\d+)?\Z")


class UnknownShare(LookupError):
    """The rule names somebody whom the org does not have, or something that is not worked out here."""


@dataclass(frozen=True)
class Rule:
    """One rule that reaches a user. ``criteria`` is a SOQL text of the records' Ids; without, ``owners`` decide."""

    sobject: str
    level: str
    criteria: str | None = None
    owners: frozenset[str] = frozenset()
    children: Mapping[str, str] = field(default_factory=dict)
    """What a rule on accounts opens of their children: Read or Edit by object."""


def rules_for(tx: Transaction, people: People, circle: Circle) -> tuple[Rule, ...]:
    """The rules of the org that reach a user; one whose group, role or field was deleted since it was deployed opens nothing."""
    found: list[Rule] = []
    components = Components(tx)
    if not components.there:
        return ()
    for kind in KINDS:
        for stored in components.all(kind):
            node, sobject = stored.node, stored.name.partition(".")[0]
            given = node.find("sharedTo")
            with contextlib.suppress(UnknownShare, QueryProblem):
                if given is not None and not circle.reached.isdisjoint(principals(tx, given)):
                    found.append(_rule(tx, people, kind, sobject, node))
    return tuple(found)


def _rule(tx: Transaction, people: People, kind: str, sobject: str, node: Node) -> Rule:
    settings = node.find("accountSettings")
    children = {child: settings.value(tag) for child, tag in _CHILDREN.items()} if settings is not None else {}
    if kind == "SharingCriteriaRule":
        criteria = criteria_text(tx.schema, sobject, node)
        tx.schema.check_query(criteria)
        return Rule(sobject, node.value("accessLevel"), criteria, children=children)
    source = node.find("sharedFrom")
    owners = people.members(principals(tx, source)) if source is not None else set()
    return Rule(sobject, node.value("accessLevel"), None, frozenset(owners), children)


def principals(tx: Transaction, given: Node) -> set[str]:
    """What stands for those named in ``sharedTo`` or ``sharedFrom``; raises :class:`UnknownShare`."""
    found: set[str] = set()
    for one in given.children:
        if one.tag in ("allInternalUsers",):
            found.add(EVERYBODY)
        elif one.tag in ("group", "queue"):
            kind = "Queue" if one.tag == "queue" else "Regular"
            found.add(_known(tx, "Group", one, f"\"Type\" = '{kind}' AND"))
        elif one.tag == "role":
            found.add(role(_known(tx, "UserRole", one)))
        elif one.tag in ("roleAndSubordinates", "roleAndSubordinatesInternal"):
            found.add(branch(_known(tx, "UserRole", one)))
        else:
            raise UnknownShare(f"sharing with {one.tag} is not supported by the embedded org")
    return found


def _known(tx: Transaction, sobject: str, one: Node, also: str = "") -> str:
    sql = f'SELECT "Id" FROM "{sobject}" WHERE {also} "DeveloperName" = ? COLLATE NOCASE'
    rows = tx.connection.execute(sql, (one.text.strip(),)).fetchall()
    if not rows:
        word = {"group": "Group", "queue": "Queue"}.get(one.tag, "Role")
        raise UnknownShare(f"In field: {one.tag} - no {word} named {one.text.strip()} found")
    return str(rows[0][0])


# --- criteria ---


def criteria_text(schema: Schema, sobject: str, node: Node) -> str:
    """The SOQL text of the records that a criteria rule opens; raises :class:`QueryProblem`."""
    target = schema.sobject(sobject)
    if target is None:
        raise QueryProblem(f"no CustomObject named {sobject} found", "INVALID_TYPE", 0)
    parts = [_part(target, item) for item in node.all("criteriaItems")]
    logic = node.value("booleanFilter")
    text = _logic(logic, parts) if logic else " AND ".join(parts)
    return f"SELECT Id FROM {target.name} WHERE {text}"


def _logic(logic: str, parts: list[str]) -> str:
    def named(match: re.Match[str]) -> str:
        number = int(match[0])
        if not 0 < number <= len(parts):
            raise QueryProblem(f"Invalid filter logic: {logic}", "MALFORMED_QUERY", 0)
        return f"({parts[number - 1]})"

    return re.sub(r"\d+", named, logic)


def _part(target: SObjectType, item: Node) -> str:
    name = item.value("field")
    found = target.field(name.rpartition(".")[2]) or target.field(f"{name.rpartition('.')[2]}Id")
    if found is None:
        raise QueryProblem(f"In field: field - no CustomField named {target.name}.{name} found", "INVALID_FIELD", 0)
    operation, given = item.value("operation"), item.value("value")
    if item.has("valueField"):
        raise QueryProblem("comparing fields in a sharing rule is not supported by the embedded org", "UNSUPPORTED", 0)
    values = [one.strip() for one in given.split(",")] if given else [""]
    return "(" + _joined(found, operation, values) + ")"


def _joined(found: Field, operation: str, values: list[str]) -> str:
    text = {"contains": "%{}%", "notContain": "%{}%", "startsWith": "{}%"}
    if operation in text:
        likes = [f"{found.name} LIKE {_like(text[operation], one)}" for one in values]
        joined = " OR ".join(likes)
        return f"NOT ({joined})" if operation == "notContain" else joined
    if operation in ("includes", "excludes"):
        return f"{found.name} {operation.upper()} ({', '.join(map(_quoted, values))})"
    if operation not in _OPERATORS:
        raise QueryProblem(f"the operation {operation} of a sharing rule is not supported by the embedded org",
                           "UNSUPPORTED", 0)  # fmt: skip
    joint = " AND " if operation == "notEqual" else " OR "
    return joint.join(f"{found.name} {_OPERATORS[operation]} {_literal(found, one)}" for one in values)


def _literal(found: Field, value: str) -> str:
    if value == "":
        return "null"
    if found.type == "boolean":
        return str(value.lower() in ("true", "1"))
    if found.type in _NUMBERS:
        if not _NUMBER.match(value):
            raise QueryProblem(f"In field: value - {value} is no number", "INVALID_FIELD", 0)
        return value
    if found.type in ("date", "datetime"):
        if not _ISO.match(value) and not _RELATIVE.match(value):
            raise QueryProblem(f"the date {value} of a sharing rule is not supported by the embedded org", "UNSUPPORTED",
                               0)  # fmt: skip
        return value
    return _quoted(value)


def _like(pattern: str, value: str) -> str:
    """A literal for LIKE; wildcards that the value itself holds stand for themselves."""
    return "'" + pattern.format(re.sub("[%_]", r"\\\g<0>", _quoted(value)[1:-1])) + "'"


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def problems(tx: Transaction, kind: str, sobject: str, node: Node) -> Iterator[str]:
    """All that keeps a rule from being deployed."""
    if kind in REFUSED:
        yield f"{kind} is not supported by the embedded org"
        return
    target = tx.schema.sobject(sobject)
    if target is None:
        yield f"In field: sharingRules - no CustomObject named {sobject} found"
        return
    for tag in ("sharedTo", *(["sharedFrom"] if kind == "SharingOwnerRule" else [])):
        given = node.find(tag)
        if given is None:
            yield f"Required field is missing: {tag}"
            continue
        try:
            principals(tx, given)
        except UnknownShare as unknown:
            yield str(unknown)
    if node.value("accessLevel") not in ("Read", "Edit", "None"):
        yield f"Invalid access level: {node.value('accessLevel')}"
    if kind == "SharingCriteriaRule":
        try:
            tx.schema.check_query(criteria_text(tx.schema, sobject, node))
        except QueryProblem as problem:
            yield problem.message
