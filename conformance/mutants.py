"""``python -m conformance.mutants DIR [--with DIR]...``: faults put into a project's Apex one at a time; the checker has to find them.

Each fault stands in a class that compiles. It counts as found when the class gets an error at a line of the fault.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from conformance.mutations import KINDS, Knowledge, Mutation, Mutator
from orgwright.apex.check import Compiler, bodies, typed
from orgwright.apex.engine import Program, Source, compile_program
from orgwright.errors import OrgwrightError, show
from orgwright.localorg.project import sources, trial

TARGET = 95.0


def main() -> int:
    """Mutate a project; 1 when less than the target is found."""
    parser = argparse.ArgumentParser(prog="conformance.mutants", description=__doc__)
    parser.add_argument("project", type=Path, help="a source-format project or a folder of Apex")
    parser.add_argument("--with", dest="needs", type=Path, action="append", default=[], help="a project that it needs")
    parser.add_argument("--each", type=int, default=40, help="faults of each kind (default 40)")
    parser.add_argument("--seed", type=int, default=1, help="which of them")
    parser.add_argument("--list", action="store_true", help="show every fault that is not found")
    given = parser.parse_args()
    try:
        program = compiled(given.project, given.needs)
    except OrgwrightError as error:
        print(show(error), file=sys.stderr)
        return error.exit_code
    found, tried = Counter[str](), Counter[str]()
    for mutation in chosen(program, given.each, given.seed):
        tried[mutation.kind] += 1
        verdict = judge(program, mutation)
        found[mutation.kind] += verdict is None
        if verdict is not None and given.list:
            print(shown(mutation, verdict))
    for kind in KINDS:
        if tried[kind]:
            print(f"{kind:<26}{found[kind]:>5} of {tried[kind]:>4}")
    share = 100.0 * found.total() / max(tried.total(), 1)
    print(f"{given.project.name}: {found.total()} of {tried.total()} faults found at their line ({share:.1f} %)")
    return 0 if share >= TARGET else 1


def compiled(project: Path, needs: list[Path]) -> Program:
    """The program of a project in a throw-away org."""
    with closing(trial.deploy(sources.read(project, needs))) as made:
        assert made.built is not None
        program = made.built.program
    # compiled here, so that what is checked again after a fault is only what can see it
    return compile_program(program.sources, program.schema)


def chosen(program: Program, each: int, seed: int) -> list[Mutation]:
    """So many faults of each kind, spread over the classes that compile."""
    broken = {(e.kind, e.unit.lower()) for e in program.errors}
    known = knowledge(program)
    by_kind: dict[str, list[Mutation]] = {kind: [] for kind in KINDS}
    for source in program.sources:
        if (source.kind, source.name.lower()) not in broken:
            for mutation in Mutator(source, known).mutations():
                by_kind[mutation.kind].append(mutation)
    picker = random.Random(seed)  # noqa: S311  # a sample, not a secret
    return [m for found in by_kind.values() for m in picker.sample(found, min(each, len(found)))]


def knowledge(program: Program) -> Knowledge:
    """What faults need to know of the program around a class."""
    symbols = [one for symbol in program.classes() for one in (symbol, *symbol.inner.values())]
    private = [
        (symbol, f"{symbol.qualified}.{one.name}")
        for symbol in symbols
        for one in symbol.fields.values()
        if one.static and one.visibility == "private" and not one.test_visible and symbol.outer is None
    ]
    others = {
        symbol.name: next((text for owner, text in private if owner is not symbol), None)
        for symbol in program.classes()
    }
    casts, void = _typed_places(program)
    return Knowledge(
        interfaces(program),
        {name: text for name, text in others.items() if text is not None},
        tuple(s.qualified for s in symbols if s.kind == "class" and s.abstract and s.outer is None),
        casts,
        void,
    )


def _typed_places(program: Program) -> tuple[frozenset[tuple[str, int]], frozenset[tuple[str, int]]]:
    """The casts down from Object and SObject, and the calls without value."""
    casts: set[tuple[str, int]] = set()
    void: set[tuple[str, int]] = set()
    for unit in Compiler(program.schema).program(program.sources).units:
        pending: list[object] = [unit]
        seen: set[int] = set()
        while pending:
            node = pending.pop()
            if isinstance(node, tuple | list):
                pending.extend(node)
            elif (
                dataclasses.is_dataclass(node)
                and node.__class__.__module__ in (typed.__name__, bodies.__name__)
                and id(node) not in seen
            ):
                seen.add(id(node))
                if isinstance(node, typed.Cast) and node.operand.type.name in ("Object", "SObject"):
                    casts.add((unit.symbol.unit, node.pos))
                elif isinstance(node, typed.Expr) and node.type.name == "void":
                    void.add((unit.symbol.unit, node.pos))
                pending.extend(getattr(node, one.name) for one in dataclasses.fields(node))
    return frozenset(casts), frozenset(void)


def interfaces(program: Program) -> dict[str, frozenset[str]]:
    """The methods that the interfaces of a program and the commonest of the platform ask for."""
    found = {
        "comparable": frozenset({"compareto"}),
        "queueable": frozenset({"execute"}),
        "schedulable": frozenset({"execute"}),
        "callable": frozenset({"call"}),
        "batchable": frozenset({"start", "execute", "finish"}),
        "httpcalloutmock": frozenset({"respond"}),
        "iterator": frozenset({"next", "hasnext"}),
        "iterable": frozenset({"iterator"}),
        "stubprovider": frozenset({"handlemethodcall"}),
        "finalizer": frozenset({"execute"}),
    }
    for symbol in program.classes():
        for one in (symbol, *symbol.inner.values()):
            if one.kind == "interface":
                found[one.name.lower()] = frozenset(one.methods)
    return found


def judge(program: Program, mutation: Mutation) -> str | None:
    """None when the fault is found, or what was found instead."""
    source = mutation.source
    fault = Source(source.kind, source.name, mutation.body, source.api_version, source.namespace, source.active)
    sources = [fault if s is source else s for s in program.sources]
    errors = [
        e
        for e in compile_program(sources, program.schema, previous=program).errors
        if e.kind == source.kind and e.unit == source.name
    ]
    if any(e.line in mutation.lines for e in errors):
        return None
    return f"{errors[0].line}:{errors[0].column}: {errors[0].message}" if errors else "no error"


def shown(mutation: Mutation, verdict: str) -> str:
    """A fault that was not found, as text."""
    line = min(mutation.lines)
    text = mutation.body.split("\n")[line - 1].strip()
    return f"  {mutation.kind}: {mutation.source.name}:{line}: {text[:110]}\n      {verdict}"


if __name__ == "__main__":
    sys.exit(main())
