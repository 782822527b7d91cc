"""``Formula`` and ``FormulaEval`` (Apex Reference Guide, FormulaEval Namespace, Formula Class)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orgwright.apex.host import Formula, FormulaFailure, FormulaRefusal
from orgwright.apex.library.registry import contextual, native, platform
from orgwright.apex.library.typetoken import Type
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import ApexException, NotSupported, null_pointer
from orgwright.apex.runtime.keyed import Set
from orgwright.apex.runtime.sobject import SObject, to_record
from orgwright.apex.runtime.tokens import SObjectType
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import EnumValue, Id, Long, PlatformObject, all_fields

_KINDS = {
    "boolean": "boolean", "date": "date", "datetime": "datetime", "time": "time", "integer": "number", "long": "number",
    "double": "number", "decimal": "number", "string": "text", "id": "text",
}  # fmt: skip
_FIELD_KINDS = {
    "boolean": "boolean", "date": "date", "datetime": "datetime", "time": "time", "picklist": "picklist",
    "multipicklist": "multipicklist", "int": "number", "long": "number", "double": "number", "currency": "number",
    "percent": "number", "address": "", "location": "", "base64": "", "encryptedstring": "", "anyType": "",
}  # fmt: skip
_RETURNS = {
    "BOOLEAN": "boolean", "DATE": "date", "DATETIME": "datetime", "TIME": "time", "STRING": "text", "ID": "text",
    "DECIMAL": "number", "DOUBLE": "number", "INTEGER": "number", "LONG": "number",
}  # fmt: skip
#: a formula within a template; a brace within its texts does not end it
_MERGED = re.compile(r"""\{!((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^}"'])*)\}""")
_SHOWN = {
    "number": "Number",
    "text": "Text",
    "boolean": "Boolean",
    "date": "Date",
    "datetime": "DateTime",
    "time": "Time",
}


@platform("System.FormulaValidationException")
class FormulaValidationException(ApexException):
    """``System.FormulaValidationException``: a formula that cannot be built."""

    apex_type = "System.FormulaValidationException"


@platform("System.FormulaEvaluationException")
class FormulaEvaluationException(ApexException):
    """``System.FormulaEvaluationException``: a formula that has no value for its context."""

    apex_type = "System.FormulaEvaluationException"


@platform("FormulaEval.FormulaInstance")
class FormulaInstance(PlatformObject):
    """``FormulaEval.FormulaInstance``: a formula that was built."""

    __slots__ = ("formula", "returns")

    def __init__(self, formula: Formula, returns: str) -> None:
        self.formula, self.returns = formula, returns

    def evaluate(self, context: Any) -> Any:
        """The formula's value for an object or record."""
        if context is None:
            raise null_pointer()
        try:
            value = self.formula.value(lambda path: _read(context, path))
        except FormulaFailure as failure:
            raise FormulaEvaluationException(str(failure)) from None
        return _returned(value, self.returns)

    def getReferencedFields(self) -> Set:
        """The merge fields, as the formula names them."""
        names = {".".join(path) for path in self.formula.paths}
        return Set.of(types.set_of(types.STRING), sorted(names))


@platform("FormulaEval.FormulaBuilder")
class FormulaBuilder(PlatformObject):
    """``FormulaEval.FormulaBuilder``."""

    __slots__ = ("context", "formula", "globals", "returns", "template", "zero")

    def __init__(self) -> None:
        self.context: Any = None
        self.formula: str | None = None
        self.returns: EnumValue | None = None
        self.template, self.zero = False, False
        self.globals: frozenset[str] = frozenset()

    @staticmethod
    def builder() -> FormulaBuilder:
        """A new builder."""
        return FormulaBuilder()

    def withType(self, context: Any) -> FormulaBuilder:
        """The class or object whose fields the formula names."""
        self.context = context
        return self

    def withFormula(self, formula: str | None) -> FormulaBuilder:
        """The text."""
        self.formula = formula
        return self

    def withReturnType(self, returns: EnumValue | None) -> FormulaBuilder:
        """What the formula gives."""
        self.returns = returns
        return self

    def withGlobalVariables(self, variables: List | None) -> FormulaBuilder:
        """The global variables that the formula may name (``FormulaEval.FormulaGlobal``); without them it may name none."""
        named = () if variables is None else variables.items
        self.globals = frozenset(f"${variable.name.lower()}" for variable in named if variable is not None)
        return self

    def parseAsTemplate(self, template: bool | None) -> FormulaBuilder:
        """Whether the text is a template."""
        self.template = bool(template)
        return self

    def treatNumericNullAsZero(self, zero: bool | None) -> FormulaBuilder:
        """How numbers without a value count."""
        self.zero = bool(zero)
        return self

    @contextual
    def build(self, execution: Any) -> FormulaInstance:
        """The formula. Raises ``FormulaValidationException``."""
        if not self.formula or self.returns is None or self.context is None:
            raise FormulaValidationException("A formula, its type and its return type are required")
        context = _context(self.context)
        formula = (
            self._template(execution, context) if self.template else self._compiled(execution, context, self.formula)
        )
        wanted, found = _RETURNS[self.returns.name], formula.kind
        if found not in (wanted, "null"):
            shown = (_shown(found), _shown(wanted))
            raise FormulaValidationException(
                "Formula result is data type ({}), incompatible with expected data type ({}).".format(*shown)
            )
        return FormulaInstance(formula, self.returns.name)

    def _compiled(self, execution: Any, context: RType, text: str) -> Formula:
        tokens = execution.types
        try:
            formula: Formula = execution.host.formula(
                text, lambda path: _kind(tokens, context, path), zero=self.zero, variables=self.globals
            )
        except FormulaRefusal as refusal:
            if refusal.unsupported is not None:
                raise NotSupported(refusal.unsupported) from None
            raise FormulaValidationException(str(refusal)) from None
        return formula

    def _template(self, execution: Any, context: RType) -> Template:
        pieces = _MERGED.split(self.formula or "")
        if any("{!" in text for text in pieces[::2]):
            raise FormulaValidationException("Syntax error.  Missing '}'")
        parts = [self._compiled(execution, context, p) if n % 2 else p for n, p in enumerate(pieces)]
        kinds = {part.kind for part in parts if not isinstance(part, str)} - {"text", "null"}
        if kinds:
            raise NotSupported(f"A merge field of type {_shown(kinds.pop())} in the template of a formula")
        return Template(tuple(parts))


@dataclass(frozen=True)
class Template:
    """A text with formulas in it (``{!Name} ({!Website})``), which is their values joined: a formula as well."""

    parts: tuple[str | Formula, ...]
    kind: str = "text"

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """The merge fields of all formulas."""
        return tuple(path for part in self.parts if not isinstance(part, str) for path in part.paths)

    def value(self, read: Callable[[tuple[str, ...]], Any]) -> str:
        """The text; what is null is left out."""
        return "".join(part if isinstance(part, str) else part.value(read) or "" for part in self.parts)


def _shown(kind: str) -> str:
    """A kind as messages name it."""
    return _SHOWN.get(kind, kind.title())


def _context(given: Any) -> RType:
    """The type whose fields a formula names; a class must be global."""
    rtype: RType = given.rtype_of_rows if isinstance(given, SObjectType) else given.rtype
    if isinstance(given, Type) and rtype.kind == "class":
        code = getattr(rtype.python, "apex_code", None)
        if code is not None and code.visibility != "global":
            raise FormulaValidationException(f"The Apex class {rtype.name} must be global")
    return rtype


def _kind(tokens: Any, context: RType, path: tuple[str, ...]) -> str | None:
    """The kind of a merge field's value, ``None`` when the context has no such field."""
    first, *rest = path
    if context.kind == "sobject":
        token: SObjectType = tokens.get(context.name)
        if not rest:
            field = token.field(first)
            return None if field is None else _FIELD_KINDS.get(field.type, "text") or None
        parent = token.parents.get(first.lower())
        if parent is None or len(parent.reference_to) != 1:
            return None
        return _kind(tokens, tokens.get(parent.reference_to[0]).rtype_of_rows, tuple(rest))
    declared = all_fields(context.python).get(first.lower()) if context.python else None
    if declared is None:
        return None
    rtype: RType = declared[2]
    return _kind(tokens, rtype, tuple(rest)) if rest else _KINDS.get(rtype.kind)


def _read(holder: Any, path: tuple[str, ...]) -> Any:
    """The value of a merge field; null wherever something on the way is null."""
    for name in path:
        if holder is None:
            return None
        holder = _field(holder, name)
    return holder


def _field(holder: Any, name: str) -> Any:
    if isinstance(holder, SObject):
        token = holder.sobject_type
        parent = token.parents.get(name.lower())
        if parent is not None:
            return holder.fields.get(parent.relationship_name or "")
        field = token.field(name)
        value = None if field is None else holder.read(field.name)
        # a formula sees 50 % as 0.5
        return value / 100 if field is not None and field.type == "percent" and value is not None else value
    getter = getattr(holder, f"get:{name.lower()}", None)
    if getter is not None:
        return getter()
    declared = all_fields(type(holder)).get(name.lower())
    return None if declared is None else getattr(holder, declared[1])


def _returned(value: Any, returns: str) -> Any:
    """A formula's value in the type that was asked for."""
    if value is None:
        return None
    if returns == "ID":
        return Id(str(value))
    if returns in ("INTEGER", "LONG"):
        return int(value) if returns == "INTEGER" else Long(int(value))
    if returns == "DOUBLE":
        return float(value)
    if isinstance(value, Decimal):
        return value
    return value if isinstance(value, (bool, dt.date, dt.time)) else str(value)


@native("Formula.builder")
def builder() -> FormulaBuilder:
    return FormulaBuilder()


@platform("System.FormulaRecalcFieldError")
class FormulaRecalcFieldError(PlatformObject):
    """``System.FormulaRecalcFieldError``: a formula field that could not be worked out."""

    __slots__ = ("error", "name")

    def __init__(self, name: str | None = None, error: str | None = None) -> None:
        self.name, self.error = name, error

    def getFieldName(self) -> str | None:
        """The field."""
        return self.name

    def getFieldError(self) -> str | None:
        """What was wrong."""
        return self.error


@platform("System.FormulaRecalcResult")
class FormulaRecalcResult(PlatformObject):
    """``System.FormulaRecalcResult``: a record whose formula fields were worked out."""

    __slots__ = ("failures", "row")

    def __init__(self, row: SObject, failures: Mapping[str, str]) -> None:
        self.row, self.failures = row, failures

    def getSObject(self) -> SObject:
        """The record."""
        return self.row

    def isSuccess(self) -> bool:
        """Whether they have values now."""
        return not self.failures

    def getErrors(self) -> List:
        """The fields that could not be worked out; they are empty, as when a query reads them."""
        rtype = RType("platform", FormulaRecalcFieldError.apex_type, (), FormulaRecalcFieldError)
        return List(types.list_of(rtype), [FormulaRecalcFieldError(*failure) for failure in self.failures.items()])


@native("Formula.recalculateFormulas", context=True)
def recalculate_formulas(execution: Any, rows: List | None) -> List:
    """Work out the formula fields of records in memory."""
    if rows is None or None in rows.items:
        raise null_pointer()
    results = [FormulaRecalcResult(row, _recalculated(execution, row)) for row in rows.items]
    return List(types.list_of(RType("platform", FormulaRecalcResult.apex_type, (), FormulaRecalcResult)), results)


@native("SObject.recalculateFormulas", context=True)
def recalculate(execution: Any, row: SObject) -> None:
    """Work out the formula fields of one record in memory."""
    _recalculated(execution, row)


def _recalculated(execution: Any, row: SObject) -> Mapping[str, str]:
    """Give a record its formula fields; what could not be worked out."""
    found = execution.host.formula_fields(to_record(row))
    row.fields.update(found.values)
    failures: Mapping[str, str] = found.failures
    return failures
