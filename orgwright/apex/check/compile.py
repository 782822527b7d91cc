"""Compile a program: parse, declare, check; the door to the front end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from orgwright.apex.check import bodies
from orgwright.apex.check.classes import ClassChecker, check_unit
from orgwright.apex.check.declare import Declarer, UnitSymbols
from orgwright.apex.check.report import Report, unit_key
from orgwright.apex.host import Schema
from orgwright.apex.sources import CompileError, Source
from orgwright.apex.syntax import tree
from orgwright.apex.syntax.outline import Outline
from orgwright.apex.syntax.parse import ApexSyntaxError, parse_with_outline
from orgwright.apex.types.conversion import Conversions
from orgwright.apex.types.world import World


@dataclass(frozen=True, slots=True)
class Parsed:
    """A source, its syntax tree and its outline."""

    source: Source
    unit: tree.Unit
    outline: Outline


class Compiler:
    """Checks a program against an org's schema, and then single anonymous blocks against that program.

    ``previous`` is a compiler whose syntax trees are used again for sources that did not change.
    """

    def __init__(self, schema: Schema, *, previous: Compiler | None = None) -> None:
        self.world = World(schema)
        self.conversions = Conversions(self.world)
        self.parsed: dict[Source, Parsed] = {}
        self._known: Mapping[Source, Parsed] = previous.parsed if previous is not None else {}

    def program(self, sources: Sequence[Source], *, known: Callable[[str], bool] = lambda _: False) -> bodies.Checked:
        """Check every class and trigger of a program: once for a compiler.

        ``known`` tells of the key of a unit whether it was found to be without errors before: its bodies are not
        checked again. Returns the typed units without errors, the symbols of the known ones, and all errors in the
        order of the sources. Never raises for bad Apex.
        """
        report = Report()
        declarer, units = self._declare(sources, report)
        keys = self._keys(units)
        checked: list[bodies.Unit] = []
        skipped: list[UnitSymbols] = []
        for unit in units:
            if unit_key(unit.source) not in report.broken and known(keys[unit_key(unit.source)]):
                skipped.append(unit)
            else:
                self._check(declarer, unit, report, checked)
        self._blame(units, report)
        return bodies.Checked(tuple(checked), _in_order(report, sources), keys, tuple([u.symbol for u in skipped]))

    def declare(self, sources: Sequence[Source]) -> None:
        """Learn what a program declares, which was checked before: once for a compiler, instead of :meth:`program`."""
        self._declare(sources, Report())

    def anonymous(self, source: Source) -> bodies.Checked:
        """Check one anonymous block that uses the program; only its own errors are given."""
        report = Report()
        checked: list[bodies.Unit] = []
        known, self._known, self.parsed = self.parsed, {}, {}
        try:
            declarer = Declarer(self.world, report)
            for unit in declarer.declare([(p.source, p.unit) for p in self._parse([source], report)]):
                self._check(declarer, unit, report, checked)
        finally:
            self.parsed = known
        return bodies.Checked(tuple(checked), _in_order(report, [source]))

    # ------------------------------------------------------------------------------------------ phases
    def _declare(self, sources: Sequence[Source], report: Report) -> tuple[Declarer, list[UnitSymbols]]:
        self.world.namespace = next((s.namespace for s in sources if s.namespace), self.world.schema.namespace)
        declarer = Declarer(self.world, report)
        return declarer, declarer.declare([(p.source, p.unit) for p in self._parse(sources, report)])

    def _parse(self, sources: Sequence[Source], report: Report) -> list[Parsed]:
        found: list[Parsed] = []
        for source in sources:
            parsed = self._known.get(source)
            try:
                parsed = parsed or Parsed(source, *parse_with_outline(source))
            except ApexSyntaxError as error:
                report.add(source, error.pos, error.message)
                continue
            self.parsed[source] = parsed
            found.append(parsed)
        return found

    def _check(self, declarer: Declarer, unit: UnitSymbols, report: Report, checked: list[bodies.Unit]) -> None:
        checker = ClassChecker(self.world, self.conversions, declarer, unit.source, unit.symbol)
        found = check_unit(checker, unit)
        if found is not None and unit_key(unit.source) not in report.broken:
            checked.append(found)

    def _blame(self, units: Sequence[UnitSymbols], report: Report) -> None:
        """Units that are broken only by what they use: Salesforce names the class that has the error."""
        first = {f"{e.kind}:{e.unit.lower()}": e for e in reversed(report.errors)}
        for unit in units:
            key = unit_key(unit.source)
            if key not in report.broken or key in first:
                continue
            words = self.parsed[unit.source].outline.words
            named = [e for k, e in first.items() if e.kind == "class" and e.unit.lower() in words]
            error = min(named or first.values(), default=None)
            if error is not None:
                text = f"Dependent class is invalid and needs recompilation:\n Class {error.unit} : {error.message}"
                report.add(unit.source, unit.unit.pos, text)

    # -------------------------------------------------------------------------------------------- keys
    def _keys(self, units: Sequence[UnitSymbols]) -> dict[str, str]:
        """For each unit, what the check of its bodies and its code depend on.

        That is its text, the schema, and what it can see of other classes: of those that its text names, of
        those that these name outside of their methods, and so on.
        """
        outlines = {unit_key(u.source): self.parsed[u.source].outline for u in units}
        classes = {u.symbol.name.lower(): u for u in units if u.source.kind == "class"}
        reach: dict[str, frozenset[str]] = {}
        world = f"{self.world.schema.fingerprint}\n{self.world.namespace}"
        keys: dict[str, str] = {}
        seen = {name: frozenset(outlines[unit_key(u.source)].visible & classes.keys()) for name, u in classes.items()}
        for unit in units:
            key = unit_key(unit.source)
            names = _closure(outlines[key].words & classes.keys(), seen, reach)
            source = unit.source
            mark = hashlib.sha256(f"{world}\n{key}\n{source.name}\n{source.api_version}\n".encode())
            mark.update(source.body.encode("utf-8", "surrogatepass"))
            for name in sorted(names):
                other = classes[name].source
                mark.update(f"\n{other.name} {other.api_version} {outlines[unit_key(other)].digest}".encode())
            keys[key] = mark.hexdigest()
        return keys


def _closure(first: frozenset[str], seen: Mapping[str, frozenset[str]], reach: dict[str, frozenset[str]]) -> set[str]:
    """All classes that some classes lead to. ``reach`` remembers, for single ones, where they lead."""
    found: set[str] = set(first)
    for name in first:
        known = reach.get(name)
        if known is None:
            here, waiting = {name}, [name]
            while waiting:
                for other in seen[waiting.pop()] - here:
                    here.add(other)
                    if other in reach:
                        here |= reach[other]
                    else:
                        waiting.append(other)
            known = reach[name] = frozenset(here)
        found |= known
    return found


def _in_order(report: Report, sources: Sequence[Source]) -> tuple[CompileError, ...]:
    order = {unit_key(source): i for i, source in enumerate(sources)}
    return tuple(sorted(report.errors, key=lambda e: (order[f"{e.kind}:{e.unit.lower()}"], e.line, e.column)))


def compile_units(sources: Sequence[Source], schema: Schema) -> bodies.Checked:
    """Check a whole program against an org's schema: see :meth:`Compiler.program`."""
    return Compiler(schema).program(sources)
