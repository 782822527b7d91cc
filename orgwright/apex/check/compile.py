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


def compile_units(sources: Sequence[Source], schema: Schema) -> typed.Checked:
    """Check a whole program against an org's schema.

    Arguments: every class and trigger of the program (an anonymous block may be among them), the schema.
    Returns the typed units without errors and all errors, in the order of the sources. Never raises for bad Apex.
    """
    report = Report()
    parsed: list[tuple[Source, tree.Unit]] = []
    world = World(schema)
    for source in sources:
        world.namespace = world.namespace or source.namespace
        try:
            parsed.append((source, parse(source)))
        except ApexSyntaxError as error:
            report.add(source, error.pos, error.message)
    declarer = Declarer(world, report)
    conversions = Conversions(world)
    units: list[typed.Unit] = []
    for unit in declarer.declare(parsed):
        checker = ClassChecker(world, conversions, declarer, unit.source, unit.symbol)
        found = check_unit(checker, unit)
        if found is not None and unit_key(unit.source) not in report.broken:
            units.append(found)
    order = {unit_key(source): i for i, source in enumerate(sources)}
    errors = sorted(report.errors, key=lambda e: (order[f"{e.kind}:{e.unit.lower()}"], e.line, e.column))
    return typed.Checked(tuple(units), tuple(errors))
