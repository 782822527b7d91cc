"""Compile a program: parse, declare, check; the door to the front end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Found:
    """What the check of a unit found: its typed tree, if it has no error, or the ``code`` that was made of that tree."""

    key: str
    report: Report
    unit: bodies.Unit | None
    code: bytes | None = None


Each = Callable[[Callable[[UnitSymbols], Found], Sequence[UnitSymbols]], Iterable[Found]]
"""Does one thing with each unit, as ``map`` does, but perhaps elsewhere: what comes back may be copies."""


class Compiler:
    """Checks a program against an org's schema, and then single anonymous blocks against that program.

    ``previous`` is a compiler whose syntax trees are used again for sources that did not change.
    """

    def __init__(self, schema: Schema, *, previous: Compiler | None = None) -> None:
        self.world = World(schema)
        self.conversions = Conversions(self.world)
        self.parsed: dict[Source, Parsed] = {}
        self._known: Mapping[Source, Parsed] = previous.parsed if previous is not None else {}

    def program(
        self, sources: Sequence[Source], *, known: Callable[[str], bool] = lambda _: False, each: Each = map
    ) -> bodies.Checked:
        """Check every class and trigger of a program: once for a compiler.

        ``known`` tells of the key of a unit whether it was found to be without errors before: its bodies are not
        checked again. ``each`` applies the check to the others; none needs what the check of another one does.
        Returns the typed units without errors, or their code, the symbols of the known ones, and all errors in the
        order of the sources. Never raises for bad Apex.
        """
        report = Report()
        units = self._declare(sources, report)
        keys = self._keys(units)
        done: list[UnitSymbols] = []
        waiting: list[UnitSymbols] = []
        for unit in units:
            key = unit_key(unit.source)
            (done if key not in report.broken and known(keys[key]) else waiting).append(unit)
        found = list(each(lambda unit: self._check(unit, report, keys), waiting))
        for one in found:
            report.include(one.report)
        self._blame(units, report)
        done += [unit for unit, one in zip(waiting, found, strict=True) if one.code is not None]
        return bodies.Checked(
            tuple([one.unit for one in found if one.unit is not None]),
            _in_order(report, sources),
            keys,
            tuple([unit.symbol for unit in done]),
            {one.key: one.code for one in found if one.code is not None},
        )

    def declare(self, sources: Sequence[Source]) -> None:
        """Learn what a program declares, which was checked before: once for a compiler, instead of :meth:`program`."""
        self._declare(sources, Report())

    def anonymous(self, source: Source) -> bodies.Checked:
        """Check one anonymous block that uses the program; only its own errors are given."""
        report = Report()
        known, self._known, self.parsed = self.parsed, {}, {}
        try:
            units = self._declared(self._parse([source], report), report)
        finally:
            self.parsed = known
        found = [self._check(unit, report, {}) for unit in units]
        for one in found:
            report.include(one.report)
        return bodies.Checked(tuple([one.unit for one in found if one.unit is not None]), _in_order(report, [source]))

    # ------------------------------------------------------------------------------------------ phases
    def _declare(self, sources: Sequence[Source], report: Report) -> list[UnitSymbols]:
        self.world.namespace = next((s.namespace for s in sources if s.namespace), self.world.schema.namespace)
        return self._declared(self._parse(sources, report), report)

    def _declared(self, parsed: Sequence[Parsed], report: Report) -> list[UnitSymbols]:
        return Declarer(self.world, report).declare([(one.source, one.unit) for one in parsed])

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

    def _check(self, unit: UnitSymbols, declared: Report, keys: Mapping[str, str]) -> Found:
        key, report = unit_key(unit.source), Report()
        checker = ClassChecker(self.world, self.conversions, Declarer(self.world, report), unit.source, unit.symbol)
        found = check_unit(checker, unit)
        sound = key not in report.broken and key not in declared.broken
        return Found(keys.get(key, ""), report, found if sound else None)

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
