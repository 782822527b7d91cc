"""Filter items of the Metadata API (``FilterItem``): fields that are compared with values and with other fields.

They are worked out as formulas are: from the stored forms of what they read (:mod:`orgwright.localorg.formula.records`).
"""

from __future__ import annotations

import csv
import datetime as dt
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from orgwright.localorg.formula.names import Names
from orgwright.localorg.formula.problem import FormulaProblem, unsupported
from orgwright.localorg.formula.values import Source
from orgwright.localorg.schema.model import Field, FilterItem, LookupFilter, SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.store import ids

_SOURCE = "$source."
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "lessThan": operator.lt, "greaterThan": operator.gt, "lessOrEqual": operator.le, "greaterOrEqual": operator.ge,
}  # fmt: skip
_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "notContain": lambda text, part: part in text,
    "startsWith": str.startswith,
}
_LISTS = ("includes", "excludes")
_TEXT_KINDS = ("text", "picklist", "multipicklist")
_TOKEN = re.compile(r"\s*(\d+|\(|\)|AND\b|OR\b|NOT\b)", re.IGNORECASE)

Values = Sequence[Any]
Test = Callable[[Values], bool]


@dataclass(frozen=True)
class Criteria:
    """Compiled filter items: ``sources`` are what they read."""

    sources: tuple[Source, ...]
    test: Test

    def holds(self, stored: Sequence[Any]) -> bool:
        """Whether stored values of the sources meet the criteria."""
        return self.test([source.decode(value) for source, value in zip(self.sources, stored, strict=True)])


def compile_lookup(schema: Schema, sobject: SObjectType, field: Field, given: LookupFilter) -> Criteria:
    """The criteria of a lookup filter on ``field`` of ``sobject``; raises :class:`FormulaProblem`."""
    compiler = _Compiler(Names(schema, sobject, "rule", zero=False), field)
    tests = [compiler.item(item) for item in given.items]
    return Criteria(tuple(compiler.sources), joined(given.logic, tests))


class _Compiler:
    """Compiles the items of one filter."""

    def __init__(self, names: Names, field: Field) -> None:
        self.names, self.field = names, field
        self.sources: list[Source] = []

    def item(self, item: FilterItem) -> Test:
        if item.value_field:
            return self._fields(item)
        left = self._find(item.field)
        if (
            item.value
            and left.field is not None
            and left.field.reference_to
            and not self._are_ids(item.value, left.field)
        ):
            left = self._named(item.field, left)
        return _against(item.operation, self._read(left), _literals(left, item))

    def _fields(self, item: FilterItem) -> Test:
        left, right = self._find(item.field), self._find(item.value_field)
        kinds = ["text" if source.kind in _TEXT_KINDS else source.kind for source in (left, right)]
        if kinds[0] != kinds[1]:
            raise FormulaProblem(f"{item.value_field} cannot be compared with {item.field}: their types differ")
        return _pair(item.operation, self._read(left), self._read(right), ids=_holds_id(left) or _holds_id(right))

    def _read(self, source: Source) -> int:
        self.sources.append(source)
        return len(self.sources) - 1

    def _find(self, text: str) -> Source:
        """``$Source.Field`` is of the record itself, ``Object.Field`` of the one that it names, ``$User.Field`` global."""
        if text.lower().startswith(_SOURCE):
            return self.names.find(_relations(text[len(_SOURCE) :]))
        if text.startswith("$"):
            return self.names.find(text)
        root, _, rest = text.partition(".")
        if not rest or root.lower() not in (name.lower() for name in self.field.reference_to):
            raise FormulaProblem(f"{text} is no field of {' or '.join(self.field.reference_to)}")
        return self.names.find(f"{self.field.relationship_name}.{_relations(rest)}")

    def _are_ids(self, value: str, reference: Field) -> bool:
        targets = filter(None, map(self.names.schema.sobject, reference.reference_to))
        prefixes = tuple(target.key_prefix for target in targets if target.key_prefix)
        return all(one.startswith(prefixes) and ids.to18(one) is not None for one in _split(value))

    def _named(self, text: str, reference: Source) -> Source:
        """The name of the record that a reference leads to, which stands in filters for its Id."""
        assert reference.field is not None
        owner, _, name = text.rpartition(".")
        relation = reference.field.relationship_name
        if len(reference.field.reference_to) != 1 or relation is None:
            raise unsupported(f"a filter on the name of {name}")
        return self._find(f"{owner}.{relation}.Name")


def _relations(path: str) -> str:
    """A path of fields as a path of relationships: ``Owner__c.Name`` as ``Owner__r.Name``."""
    *steps, last = path.split(".")
    return ".".join([*(re.sub("__c$", "__r", step, flags=re.IGNORECASE) for step in steps), last])


def _holds_id(source: Source) -> bool:
    return source.field is not None and source.field.type in ("id", "reference")


def _split(value: str) -> list[str]:
    """The values of a list with commas, where quotes hold a value with a comma together."""
    return [one.strip() for one in next(csv.reader([value], skipinitialspace=True), [])]


# --- values ---


def _literals(source: Source, item: FilterItem) -> list[Any]:
    """What a field is compared with; ``None`` stands for a blank."""
    if item.value == "":
        return [False] if source.kind == "boolean" else [None]
    texts = [item.value] if source.kind in ("number", "date", "datetime", "time") else _split(item.value)
    try:
        return [_literal(source, text) for text in texts]
    except (ValueError, InvalidOperation):
        raise FormulaProblem(f"{item.value} is no value for {item.field}") from None


def _literal(source: Source, text: str) -> Any:
    kind = source.kind
    if kind == "boolean":
        return text.lower() in ("true", "1")
    if kind == "number":
        percent = source.field is not None and source.field.type == "percent"
        return Decimal(text.replace(",", "")).scaleb(-2 if percent else 0)
    if kind == "date":
        return _date(text)
    if kind == "datetime":
        moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00")) if "T" in text else _midnight(_date(text))
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    if kind == "time":
        return dt.time.fromisoformat(text.rstrip("Z"))
    return ids.to18(text) or text if _holds_id(source) else text


def _date(text: str) -> dt.date:
    return dt.date.fromisoformat(text) if "-" in text else dt.datetime.strptime(text, "%m/%d/%Y").date()


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


# --- comparisons ---


def _against(operation: str, at: int, wanted: Sequence[Any]) -> Test:
    """A test of one field against values: any of them will do, and none of them may be where the operation denies."""
    if operation == "equals":
        return lambda values: values[at] in wanted
    if operation == "notEqual":
        return lambda values: values[at] not in wanted
    if operation in _LISTS:
        sets = [frozenset(str(one).split(";")) for one in wanted]
        found = operation == "includes"
        return lambda values: any(one <= frozenset((values[at] or "").split(";")) for one in sets) is found
    compare = _comparison(operation)
    denied = operation == "notContain"
    return lambda values: any(compare(values[at], one) for one in wanted) is not denied


def _pair(operation: str, left: int, right: int, *, ids: bool) -> Test:
    """A test of one field against another; Ids are the same in their short and in their long form."""
    if operation in ("equals", "notEqual"):
        same = operation == "equals"
        size = 15 if ids else None

        def equal(values: Values) -> bool:
            one, other = values[left], values[right]
            return (
                one == other if one is None or other is None or size is None else one[:size] == other[:size]
            ) is same

        return equal
    compare = _comparison(operation)
    denied = operation == "notContain"
    return lambda values: compare(values[left], values[right]) is not denied


def _comparison(operation: str) -> Callable[[Any, Any], bool]:
    """Whether two values are in that relation; a blank one is in none."""
    found = _ORDERS.get(operation) or _TEXTS.get(operation)
    if found is None:
        raise unsupported(f"the operation {operation} of a filter")
    return lambda one, other: one is not None and other is not None and found(one, other)


# --- logic ---


def joined(logic: str, tests: Sequence[Test]) -> Test:
    """Tests joined by their numbers (``1 AND (2 OR 3)``), all of them without a text; raises :class:`FormulaProblem`."""
    return _Logic(logic, tests).test()


class _Logic:
    """``1 AND (2 OR 3)``: numbers of items, joined; without a text all must hold."""

    def __init__(self, text: str, tests: Sequence[Test]) -> None:
        self.text, self.tests = text, tests
        self.tokens = [token.upper() for token in _TOKEN.findall(text)]
        if _TOKEN.sub("", text).strip():
            raise self._problem()

    def _problem(self) -> FormulaProblem:
        return FormulaProblem(f"Invalid filter logic: {self.text}")

    def test(self) -> Test:
        if not self.text:
            tests = self.tests
            return lambda values: all(one(values) for one in tests)
        found = self._joined()
        if self.tokens:
            raise self._problem()
        return found

    def _joined(self) -> Test:
        parts = [self._one()]
        word = ""
        while self.tokens and self.tokens[0] in ("AND", "OR"):
            joint = self.tokens.pop(0)
            if word and joint != word:
                raise self._problem()  # the two words side by side want parentheses
            word = joint
            parts.append(self._one())
        whole = any if word == "OR" else all
        return lambda values: whole(one(values) for one in parts)

    def _one(self) -> Test:
        first = self.tokens.pop(0) if self.tokens else ""
        if first == "NOT":
            inner = self._one()
            return lambda values: not inner(values)
        if first == "(":
            inner = self._joined()
            if not self.tokens or self.tokens.pop(0) != ")":
                raise self._problem()
            return inner
        if not first.isdigit() or not 0 < int(first) <= len(self.tests):
            raise self._problem()
        return self.tests[int(first) - 1]
