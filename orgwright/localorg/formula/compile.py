"""From a formula's text to a program: kinds checked as Salesforce's formula engine does, then plain Python calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import DecimalException
from typing import Any

from orgwright.localorg.formula import moments, numeric, places, problem, special, text  # noqa: F401  they register functions
from orgwright.localorg.formula.library import FUNCTIONS, Simple
from orgwright.localorg.formula.names import Names
from orgwright.localorg.formula.operators import chain, unary
from orgwright.localorg.formula.parse import parse
from orgwright.localorg.formula.part import Part
from orgwright.localorg.formula.problem import FormulaError
from orgwright.localorg.formula.tree import Call, Chain, Literal, Name, Node, Unary
from orgwright.localorg.formula.values import Source, encode, kind_of
from orgwright.localorg.schema.model import Field

_HIDDEN_KINDS = {"now": "datetime", "today": "date", "zone": "text", "new": "boolean"}
_UNSUPPORTED = frozenset(
    ("VLOOKUP", "CURRENCYRATE", "GETRECORDIDS", "GETSESSIONID", "PREDICT", "ISCLONE",
     "PARENTGROUPVAL", "PREVGROUPVAL", "IMAGEPROXYURL", "INCLUDE", "LINKTO", "REQUIRESCRIPT", "URLFOR", "JSENCODE",
     "JSINHTMLENCODE", "JUNCTIONIDLIST")
)  # fmt: skip
_ONLY_IN_RULES = frozenset(("ISNEW", "ISCHANGED", "PRIORVALUE", "REGEX", "VLOOKUP"))
_NOT_IN_RULES = frozenset(("HYPERLINK", "IMAGE"))


@dataclass(frozen=True)
class Program:
    """A compiled formula: what it reads, and how its value follows from that."""

    text: str
    kind: str
    sources: tuple[Source, ...]
    run: Callable[[Sequence[Any]], Any]

    def value(self, stored: Sequence[Any]) -> Any:
        """The value for the stored forms of :attr:`sources`, in order; raises :class:`FormulaError`."""
        values = [source.decode(value) for source, value in zip(self.sources, stored, strict=True)]
        try:
            return self.run(values)
        except DecimalException:
            raise FormulaError("the number is out of range, or a division by zero") from None

    def stored(self, field: Field, stored: Sequence[Any]) -> Any:
        """The stored form of the value in ``field``; nothing where the formula has an error."""
        try:
            return encode(field, self.value(stored))
        except FormulaError:
            return None

    def holds(self, stored: Sequence[Any]) -> bool:
        """Whether a condition is true; raises :class:`FormulaError`."""
        return self.value(stored) is True


def compile_formula(formula: str, names: Names) -> Program:
    """Compile and check a formula; raises :class:`FormulaProblem`."""
    compiler = Compiler(names)
    part = compiler.part(parse(formula))
    return Program(formula, part.kind, tuple(compiler.sources), part.run)


def compile_condition(formula: str, names: Names) -> Program:
    """As :func:`compile_formula` for a formula that must be true or false."""
    program = compile_formula(formula, names)
    if program.kind not in ("boolean", "null"):
        raise problem.wrong_result("boolean", program.kind)
    return program


def compile_for(formula: str, field: Field, names: Names) -> Program:
    """As :func:`compile_formula` for the value of ``field``."""
    program = compile_formula(formula, names)
    expected = kind_of(field)
    if expected in ("picklist", "multipicklist"):
        expected = "text"
    if program.kind in ("picklist", "multipicklist"):
        raise problem.picklist(formula.strip(), program.kind)
    if program.kind not in (expected, "null"):
        raise problem.wrong_result(expected, program.kind)
    return program


def compile_default(field: Field, names: Names) -> Program:
    """As :func:`compile_for` for a field's default value: a date takes the day of a date and time (``NOW()``)."""
    formula = field.default_formula or ""
    if kind_of(field) == "date" and compile_formula(formula, names).kind == "datetime":
        formula = f"DATEVALUE({formula})"
    return compile_for(formula, field, names)


class Compiler:
    """Compiles one formula; every source is read once, however often it is named."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.sources: list[Source] = []
        self._numbers: dict[object, int] = {}

    def part(self, node: Node) -> Part:
        """The part of any kind, picklists too."""
        if isinstance(node, Literal):
            value = node.value
            return Part(node.kind, lambda env: value, node)
        if isinstance(node, Name):
            return self.read(self.names.find(node.text), node)
        if isinstance(node, Unary):
            return unary(self.plain(node.operand), node)
        if isinstance(node, Chain):
            return chain(self, node)
        return self._call(node)

    def plain(self, node: Node) -> Part:
        """The part where a picklist is not allowed."""
        part = self.part(node)
        if part.kind in ("picklist", "multipicklist"):
            raise problem.picklist(node.text if isinstance(node, Name) else "", part.kind)
        return part

    def read(self, source: Source, node: Node) -> Part:
        """A part that reads ``source``."""
        number = self._numbers.get(source.key)
        if number is None:
            number = self._numbers[source.key] = len(self.sources)
            self.sources.append(source)
        index = number
        return Part(source.kind, lambda env: env[index], node, source)

    def hidden(self, origin: str, node: Node) -> Part:
        """A part that reads what is no merge field: the time, whether the record is new."""
        return self.read(Source(origin, _HIDDEN_KINDS[origin]), node)

    def _call(self, node: Call) -> Part:
        use = self.names.use
        if (node.name in _ONLY_IN_RULES and use != "rule") or (node.name in _NOT_IN_RULES and use == "rule"):
            raise problem.FormulaProblem(f"Function {node.name} may not be used in this type of formula")
        maker = special.SPECIAL.get(node.name)
        if maker is not None:
            return maker(self, node)
        found = FUNCTIONS.get(node.name)
        if found is not None:
            return self._simple(found, node)
        if node.name in _UNSUPPORTED:
            raise problem.unsupported(f"the formula function {node.name}")
        raise problem.no_function(node.name)

    def _simple(self, found: Simple, node: Call) -> Part:
        given, most = len(node.arguments), len(found.parameters)
        if given < found.required or (given > most and not found.many):
            raise problem.wrong_count(node.name, found.required if given < found.required else most, given)
        parts = [self.plain(argument) for argument in node.arguments]
        for n, part in enumerate(parts):
            kinds = found.parameters[min(n, most - 1)]
            if part.kind not in kinds and part.kind != "null":
                raise problem.wrong_type(node.name, kinds, part.kind)
        extra = [self.hidden(origin, node) for origin in found.hidden]
        runs = tuple(part.run for part in parts)
        before = tuple(part.run for part in extra)
        call, blanks = found.call, found.blanks

        def run(env: Sequence[Any]) -> Any:
            values = [one(env) for one in runs]
            if not blanks and any(value is None for value in values):
                return None
            return call(*[one(env) for one in before], *values)

        return Part(found.result, run, node)
