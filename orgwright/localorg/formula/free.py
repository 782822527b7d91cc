"""Formulas over values that are handed in, not stored: ``FormulaEval`` of Apex."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import FormulaFailure, FormulaRefusal, Kinds
from orgwright.localorg.formula import problem
from orgwright.localorg.formula.compile import Program, compile_formula
from orgwright.localorg.formula.globals import Globals
from orgwright.localorg.formula.names import Names
from orgwright.localorg.formula.problem import FormulaError, FormulaProblem
from orgwright.localorg.formula.values import Source, stored_form

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


@dataclass(frozen=True)
class FreeNames(Names):
    """Finds merge fields by the kinds that the caller knows, and those global variables that the caller has switched on."""

    kinds: Kinds = lambda path: None
    variables: frozenset[str] = frozenset()

    def find(self, text: str) -> Source:
        """The source of a merge field; raises :class:`FormulaProblem`."""
        if text.startswith("$"):
            if text.partition(".")[0].lower() not in self.variables:
                raise problem.no_field(text)
            return super().find(text)
        path = tuple(text.split("."))
        kind = self.kinds(path)
        if kind is None:
            raise problem.no_field(text)
        return Source("field", kind, path, zero=self.zero)


class FreeFormula:
    """A compiled formula and the transaction that it is worked out in."""

    def __init__(self, tx: Transaction, program: Program) -> None:
        self._tx, self._program = tx, program

    @property
    def kind(self) -> str:
        """The kind of its value."""
        return self._program.kind

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """The merge fields that it reads."""
        return tuple(source.path for source in self._program.sources if source.origin == "field")

    def value(self, read: Callable[[tuple[str, ...]], Any]) -> Any:
        """The value, where ``read`` gives that of a merge field. Raises :class:`FormulaFailure`."""
        known = Globals(self._tx)
        stored = [stored_form(read(s.path)) if s.origin == "field" else known(s) for s in self._program.sources]
        try:
            return self._program.value(stored)
        except FormulaError as error:
            raise FormulaFailure(str(error)) from None


def compiled(tx: Transaction, text: str, kinds: Kinds, *, zero: bool, variables: frozenset[str]) -> FreeFormula:
    """Compile a formula. Raises :class:`FormulaRefusal`."""
    names = FreeNames(tx.schema, None, "free", zero, kinds=kinds, variables=variables)
    try:
        return FreeFormula(tx, compile_formula(text, names))
    except FormulaProblem as found:
        raise FormulaRefusal(found.text, unsupported=found.unsupported) from None
