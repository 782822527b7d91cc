"""Formulas of flows: resources are merge fields (``{!Name}``, ``{!$Record.Field}``)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from orgwright.localorg.dml.coerce import Refused, coercer
from orgwright.localorg.flows.faults import Fault, Unrunnable
from orgwright.localorg.formula.compile import compile_formula
from orgwright.localorg.formula.globals import Globals
from orgwright.localorg.formula.names import Names
from orgwright.localorg.formula.problem import FormulaError, FormulaProblem
from orgwright.localorg.formula.values import Source, kind_of, stored_form
from orgwright.localorg.schema.model import Field

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

MERGE = re.compile(r"\{!([^{}]+)\}")
_KINDS = {"String": "text", "Number": "number", "Currency": "number", "Boolean": "boolean", "Date": "date", "DateTime": "datetime",
          "Picklist": "picklist", "Multipicklist": "multipicklist"}  # fmt: skip

Known = Callable[[str], "Field | str | None"]
"""What a path names: a field of a record, or the data type of a resource; ``None`` for what is no resource."""


@dataclass(frozen=True)
class _FlowNames(Names):
    """Finds merge fields among the resources of a flow, then among the global variables."""

    known: Known = lambda path: None

    def find(self, text: str) -> Source:
        """The source of a merge field; raises :class:`FormulaProblem`."""
        found = self.known(text)
        if found is None:
            return super().find(text)
        path = tuple(text.split("."))
        if isinstance(found, Field):
            return Source("field", kind_of(found), path, found)
        if found not in _KINDS:
            raise FormulaProblem(f"{text} cannot be used in a formula")
        return Source("field", _KINDS[found], path)


def work_out(
    tx: Transaction,
    expression: str,
    known: Known,
    read: Callable[[str], Any],
    prior: Callable[[str], Any],
    *,
    new: bool,
) -> Any:
    """The value of a formula; ``read`` gives that of a path, ``prior`` that of a field before the save."""
    names = _FlowNames(tx.schema, None, "rule", zero=False, known=known)
    try:
        program = compile_formula(MERGE.sub(lambda match: match.group(1).strip(), expression), names)
    except FormulaProblem as problem:
        if problem.unsupported:
            raise Unrunnable(problem.unsupported) from None
        raise Fault(f"The formula expression is invalid: {problem.text}") from None
    shared = Globals(tx)

    def stored(source: Source) -> Any:
        if source.origin == "field":
            return _stored(source, read(".".join(source.path)))
        if source.origin == "prior" and source.field is not None:
            return _stored(source, prior(source.field.name))
        return new if source.origin == "new" else shared(source)

    try:
        return program.value([stored(source) for source in program.sources])
    except FormulaError as error:
        raise Fault(f"The formula could not be worked out: {error}") from None


def _stored(source: Source, value: Any) -> Any:
    """The form in which sources take a value."""
    if source.field is not None:
        try:
            return coercer(replace(source.field, restricted_picklist=False), "typed")(value)
        except Refused as refused:
            raise Fault(refused.error.message) from None
    return stored_form(value)
