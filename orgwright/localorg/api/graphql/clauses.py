"""The ``where`` and ``orderBy`` arguments of a record connection, as SOQL text.

Operators: https://developer.salesforce.com/docs/platform/graphql/guide/filter-fields.html
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from orgwright.localorg.api.graphql.document import MAX_DEPTH, Asked
from orgwright.localorg.api.rest.saving import quoted
from orgwright.localorg.org import Transaction
from orgwright.localorg.schema.model import Field, SObjectType

_OPERATORS = {"eq": "=", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "like": "LIKE"}
_LISTS = {"in": "IN", "nin": "NOT IN", "includes": "INCLUDES", "excludes": "EXCLUDES"}
_SEMI_JOINS = {"inq": "IN", "ninq": "NOT IN"}
_TEXTS = frozenset(
    ("address", "combobox", "email", "encryptedstring", "id", "multipicklist", "phone", "picklist", "reference",
     "string", "textarea", "url")
)  # fmt: skip
_NUMBERS = frozenset(("currency", "double", "int", "long", "percent"))
_WORD = re.compile(r"[A-Za-z_]{1,40}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Clauses:
    """Writes the clauses of one field of a document; errors are told at that field."""

    def __init__(self, tx: Transaction, asked: Asked) -> None:
        self.tx = tx
        self.asked = asked
        self._depth = 0

    def where(self, sobject: SObjectType, condition: Any, prefix: str = "") -> str:
        """The condition; several keys of an object are joined by AND. Empty for none."""
        if condition is None:
            return ""
        self._depth += 1
        if self._depth > MAX_DEPTH:  # a variable may bring any depth
            raise self._wrong("where", f"is nested deeper than {MAX_DEPTH} levels")
        parts = [part for part in self._parts(sobject, self._object(condition, "where"), prefix) if part]
        self._depth -= 1
        return " AND ".join(parts) if len(parts) < 2 else f"({' AND '.join(parts)})"

    def _parts(self, sobject: SObjectType, condition: Mapping[str, Any], prefix: str) -> Iterator[str]:
        for name, wanted in condition.items():
            if name in ("and", "or"):
                given = wanted if isinstance(wanted, list) else [wanted]
                joined = [part for part in (self.where(sobject, one, prefix) for one in given) if part]
                yield f"({f' {name.upper()} '.join(joined)})" if joined else ""
            elif name == "not":
                inner = self.where(sobject, wanted, prefix)
                yield f"(NOT {inner})" if inner else ""
            elif (field := self._field(sobject, name)) is not None:
                for operator, value in self._object(wanted, name).items():
                    yield self._comparison(field, f"{prefix}{field.name}", operator, value)
            else:
                parent = self._parent(sobject, name)
                yield self.where(parent, wanted, f"{prefix}{name}.")

    def order(self, sobject: SObjectType, order: Any, prefix: str = "") -> list[str]:
        """The entries of ORDER BY."""
        found: list[str] = []
        if prefix.count(".") > MAX_DEPTH:
            raise self._wrong("orderBy", f"is nested deeper than {MAX_DEPTH} levels")
        for one in order if isinstance(order, list) else [order or {}]:
            for name, wanted in self._object(one, "orderBy").items():
                given = self._object(wanted, name)
                field = self._field(sobject, name)
                if field is None:
                    found += self.order(self._parent(sobject, name), given, f"{prefix}{name}.")
                    continue
                direction, nulls = str(given.get("order") or "ASC"), str(given.get("nulls") or "")
                if direction not in ("ASC", "DESC") or nulls not in ("", "FIRST", "LAST"):
                    raise self._wrong("orderBy", f"is not a valid 'OrderByClause': {dict(given)}")
                found.append(f"{prefix}{field.name} {direction}{f' NULLS {nulls}' if nulls else ''}")
        return found

    def _field(self, sobject: SObjectType, name: str) -> Field | None:
        """The field of exactly that name: GraphQL does not ignore case."""
        field = sobject.field(name)
        if field is None or field.name != name or not self.tx.rights.reads_field(sobject, field.name):
            return None
        return field

    def _parent(self, sobject: SObjectType, name: str) -> SObjectType:
        field = sobject.parent_field(name)
        readable = field is not None and self._field(sobject, field.name) is not None
        if field is None or field.relationship_name != name or not readable:
            raise self._wrong("where", f"contains a field not in '{sobject.name}_Filter': '{name}'")
        parent = self.tx.schema.sobject("Name" if len(field.reference_to) > 1 else field.reference_to[0])
        if parent is None:
            raise self._wrong("where", f"contains a field not in '{sobject.name}_Filter': '{name}'")
        return parent

    def _comparison(self, field: Field, path: str, operator: str, value: Any) -> str:
        if operator in _OPERATORS:
            return f"{path} {_OPERATORS[operator]} {self._literal(field, value)}"
        if operator in _LISTS:
            items = [self._literal(field, one) for one in (value if isinstance(value, list) else [value])]
            if not items:
                raise self._wrong("where", f"needs at least one value for '{operator}'")
            return f"{path} {_LISTS[operator]} ({', '.join(items)})"
        if operator in _SEMI_JOINS:
            return f"{path} {_SEMI_JOINS[operator]} ({self._semi_join(self._object(value, operator))})"
        raise self._wrong("where", f"contains a field not in '{field.type}_Operators': '{operator}'")

    def _semi_join(self, given: Mapping[str, Any]) -> str:
        column = given.get("ApiName")
        names = [name for name in given if name != "ApiName"]
        sobject = self.tx.schema.sobject(names[0]) if len(names) == 1 else None
        field = self._field(sobject, str(column)) if sobject is not None else None
        if sobject is None or field is None:
            raise self._wrong("where", f"is not a valid 'JoinInput': {dict(given)}")
        inner = self.where(sobject, given[names[0]])
        return f"SELECT {field.name} FROM {sobject.name}{f' WHERE {inner}' if inner else ''}"

    def _literal(self, field: Field, value: Any) -> str:
        if value is None:
            return "null"
        if field.type in ("date", "datetime"):
            return self._moment(field, value)
        if field.type == "boolean" and isinstance(value, bool):
            return str(value).lower()
        if field.type in _NUMBERS and isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            return str(value)
        if field.type in _TEXTS and isinstance(value, str):
            return quoted(value)
        if field.type == "time" and isinstance(value, str) and re.fullmatch(r"\d\d:\d\d:\d\d(\.\d{1,3})?Z?", value):
            return value if value.endswith("Z") else f"{value}Z"
        raise self._wrong("where", f"with value {value!r} is not valid for {field.name} of type {field.type}")

    def _moment(self, field: Field, value: Any) -> str:
        """``{value: "2026-01-31"}``, ``{literal: TODAY}`` or ``{range: {last_n_days: 3}}``."""
        given = self._object(value, field.name)
        if len(given) == 1:
            kind, inner = next(iter(given.items()))
            if inner is None:
                return "null"
            if kind == "literal" and _WORD.fullmatch(str(inner)):
                return str(inner)
            if kind == "range" and isinstance(inner, Mapping) and len(inner) == 1:
                word, number = next(iter(inner.items()))
                if _WORD.fullmatch(word) and isinstance(number, int) and not isinstance(number, bool):
                    return f"{word.upper()}:{number}"
            if kind == "value" and _is_moment(field, str(inner)):
                return str(inner)
        raise self._wrong("where", f"with value {dict(given)} is not valid for {field.name} of type {field.type}")

    def _object(self, value: Any, name: str) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self._wrong("where", f"has a value for '{name}' that is no object: {value!r}")
        return value

    def _wrong(self, argument: str, text: str) -> Exception:
        return self.asked.invalid("WrongType", f"argument '{argument}' {text}")


def _is_moment(field: Field, text: str) -> bool:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    if field.type == "date":
        return _DATE.fullmatch(text) is not None
    return found.tzinfo is not None
