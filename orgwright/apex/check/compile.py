"""Compile a program: parse, declare, check; the door to the front end."""

from __future__ import annotations

from collections.abc import Sequence

from orgwright.apex.check import typed
from orgwright.apex.check.classes import ClassChecker, check_unit
from orgwright.apex.check.declare import Declarer
from orgwright.apex.check.report import Report, unit_key
from orgwright.apex.host import Schema
from orgwright.apex.sources import Source
from orgwright.apex.syntax import tree
from orgwright.apex.syntax.parse import ApexSyntaxError, parse
from orgwright.apex.types.conversion import Conversions
from orgwright.apex.types.world import World


class Compiler:
    """Checks a program against an org's schema, and then single anonymous blocks against that program."""

    def __init__(self, schema: Schema) -> None:
        self.world = World(schema)
        self.conversions = Conversions(self.world)

    def program(self, sources: Sequence[Source]) -> typed.Checked:
        """Check every class and trigger of a program: once for a compiler.

        Returns the typed units without errors and all errors, in the order of the sources. Never raises for bad Apex.
        """
        self.world.namespace = next((s.namespace for s in sources if s.namespace), None)
        return self._check(sources)

    def anonymous(self, source: Source) -> typed.Checked:
        """Check one anonymous block that uses the program; only its own errors are given."""
        return self._check([source])

    def _check(self, sources: Sequence[Source]) -> typed.Checked:
        report = Report()
        parsed: list[tuple[Source, tree.Unit]] = []
        for source in sources:
            try:
                parsed.append((source, parse(source)))
            except ApexSyntaxError as error:
                report.add(source, error.pos, error.message)
        declarer = Declarer(self.world, report)
        units: list[typed.Unit] = []
        for unit in declarer.declare(parsed):
            checker = ClassChecker(self.world, self.conversions, declarer, unit.source, unit.symbol)
            found = check_unit(checker, unit)
            if found is not None and unit_key(unit.source) not in report.broken:
                units.append(found)
        order = {unit_key(source): i for i, source in enumerate(sources)}
        errors = sorted(report.errors, key=lambda e: (order[f"{e.kind}:{e.unit.lower()}"], e.line, e.column))
        return typed.Checked(tuple(units), tuple(errors))


def compile_units(sources: Sequence[Source], schema: Schema) -> typed.Checked:
    """Check a whole program against an org's schema: see :meth:`Compiler.program`."""
    return Compiler(schema).program(sources)
