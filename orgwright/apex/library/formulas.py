"""``FormulaEval`` (Apex Reference Guide, FormulaEval Namespace): formulas are built here, but not worked out.

``build`` refuses what it can judge without reading the formula: a missing formula or type, a class that is not
global. ``evaluate`` is not supported and says so.
"""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.registry import native, platform
from orgwright.apex.library.typetoken import Type
from orgwright.apex.runtime.exceptions import ApexException, NotSupported
from orgwright.apex.runtime.values import PlatformObject


@platform("System.FormulaValidationException")
class FormulaValidationException(ApexException):
    """``System.FormulaValidationException``."""

    apex_type = "System.FormulaValidationException"


@platform("FormulaEval.FormulaInstance")
class FormulaInstance(PlatformObject):
    """``FormulaEval.FormulaInstance``."""

    __slots__ = ("formula",)

    def __init__(self, formula: str = "") -> None:
        self.formula = formula

    def evaluate(self, context: Any) -> Any:
        """Not supported."""
        raise NotSupported("FormulaEval.FormulaInstance.evaluate")

    def getReferencedFields(self) -> Any:
        """Not supported."""
        raise NotSupported("FormulaEval.FormulaInstance.getReferencedFields")


@platform("FormulaEval.FormulaBuilder")
class FormulaBuilder(PlatformObject):
    """``FormulaEval.FormulaBuilder``."""

    __slots__ = ("context", "formula", "returns")

    def __init__(self) -> None:
        self.context: Any = None
        self.formula: str | None = None
        self.returns: Any = None

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

    def withReturnType(self, returns: Any) -> FormulaBuilder:
        """What the formula gives."""
        self.returns = returns
        return self

    def withGlobalVariables(self, names: Any) -> FormulaBuilder:
        """Global variables that the formula may name."""
        return self

    def parseAsTemplate(self, template: bool | None) -> FormulaBuilder:
        """Whether the text is a template."""
        return self

    def treatNumericNullAsZero(self, zero: bool | None) -> FormulaBuilder:
        """How numbers without a value count."""
        return self

    def build(self) -> FormulaInstance:
        """The formula. Raises ``FormulaValidationException``."""
        if not self.formula or self.returns is None:
            raise FormulaValidationException("A formula and its return type are required")
        if isinstance(self.context, Type) and self.context.rtype.kind == "class":
            code = getattr(self.context.rtype.python, "apex_code", None)
            if code is not None and code.visibility != "global":
                raise FormulaValidationException(f"The Apex class {self.context.rtype.name} must be global")
        return FormulaInstance(self.formula)


@native("Formula.builder")
def builder() -> FormulaBuilder:
    return FormulaBuilder()
