"""Sources compiled against an org's schema: what runs, and what is kept from one compilation or start to the next."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orgwright.apex import host
from orgwright.apex.code import names, stored
from orgwright.apex.code.stored import Contents, Store, Summary
from orgwright.apex.code.units import UnitCode, write_unit
from orgwright.apex.collector import resting
from orgwright.apex.library import registry
from orgwright.apex.runtime.depth import deep
from orgwright.apex.runtime.image import Image
from orgwright.apex.sources import CompileError, Source
from orgwright.apex.syntax import tree
from orgwright.apex.workers import spread

if TYPE_CHECKING:
    from orgwright.apex.check import Compiler, bodies
    from orgwright.apex.check.compile import Found
    from orgwright.apex.check.declare import UnitSymbols
    from orgwright.apex.runtime.execution import Execution as Transaction
    from orgwright.apex.runtime.types import RType
    from orgwright.apex.types.symbols import ClassSymbol, MethodSymbol

_WORTH_A_PROCESS = 50_000
"""Characters of Apex: the work that they make takes much longer than to start a process."""


@dataclass(frozen=True)
class TestClass:
    """A class annotated ``@IsTest``; ``methods`` are its test methods in source order, ``setup`` its ``@TestSetup``.

    ``see_all_data`` is the class's own ``SeeAllData``, ``seeing`` names the methods that have it.
    """

    __test__ = False
    name: str
    methods: tuple[str, ...]
    setup: str | None = None
    see_all_data: bool = False
    seeing: tuple[str, ...] = ()

    def sees_all_data(self, method: str) -> bool:
        """Whether a test method runs with the org's own data."""
        return self.see_all_data or method.lower() in (name.lower() for name in self.seeing)


class _Codes:
    """The code of units by their keys: generated when it is first needed, unless it is there as bytes or in the store."""

    def __init__(
        self, store: Store | None, trees: dict[str, bodies.Unit] | None = None, written: dict[str, bytes] | None = None
    ) -> None:
        self.store = store
        self._trees = trees or {}
        self._written = written or {}
        self._codes: dict[str, UnitCode] = {}

    def has(self, key: str) -> bool:
        """Whether there is code under that key, or a tree to make it from."""
        here = key in self._codes or key in self._written or key in self._trees
        return here or (self.store is not None and self.store.has(key))

    def take(self, key: str, other: _Codes) -> None:
        """Take over what another one has under a key."""
        if key in other._codes:
            self._codes[key] = other._codes[key]
        if key in other._written:
            self._written[key] = other._written[key]
        if key in other._trees:
            self._trees[key] = other._trees[key]

    def find(self, key: str) -> UnitCode | None:
        """The code under a key; ``None`` when the store has lost it."""
        found = self._codes.get(key)
        if found is not None:
            return found
        data = self._written.get(key)
        if data is None and self.store is not None:
            data = self.store.load(key)
        if data is not None:
            try:
                found = stored.load_unit(data)
            except ValueError:
                data = None
        if found is None and key in self._trees:
            with deep(), resting():
                found = write_unit(self._trees[key])
            if self.store is not None:
                self.store.save(key, stored.dump_unit(found))
        if found is not None:
            self._codes[key] = found
        return found


class Program:
    """Compiled sources. Code is generated unit by unit when it first runs; loaded images are kept and used again.

    ``errors`` holds the compile errors; a unit that has one cannot run.
    """

    def __init__(
        self, sources: Sequence[Source], schema: host.Schema, key: str, contents: Contents, codes: _Codes
    ) -> None:
        self.sources = tuple(sources)
        self.schema = schema
        self.key = key
        self.contents = contents
        self.errors = contents.errors
        self.compiler: Compiler | None = None
        self.codes = codes
        self._summaries = {unit.q: unit for unit in contents.units}
        self._lines: dict[str, frozenset[int]] | None = None
        self._free: list[Image] = []
        self._lock = threading.Lock()
        self._compiling = threading.Lock()
        self._threads = threading.local()
        self._triggers: dict[tuple[str, host.TriggerEvent], tuple[str, ...]] = {}
        self._index_triggers()

    def _index_triggers(self) -> None:
        inactive = {s.name.lower() for s in self.sources if s.kind == "trigger" and not s.active}
        found: dict[tuple[str, host.TriggerEvent], list[str]] = {}
        for q, unit in sorted(self._summaries.items()):
            if unit.kind == "trigger" and unit.name.lower() not in inactive:
                for event in unit.events:
                    found.setdefault((unit.sobject, host.TriggerEvent(event)), []).append(q)
        self._triggers = {key: tuple(units) for key, units in found.items()}

    # ------------------------------------------------------------------ what is in it

    def triggers(self, sobject: str, event: host.TriggerEvent) -> tuple[str, ...]:
        """The active triggers on that event of an SObject type, in the order in which they run."""
        return self._triggers.get((sobject, event), ())

    def test_classes(self) -> tuple[TestClass, ...]:
        """The classes annotated ``@IsTest``, helper classes without test methods too."""
        return tuple(
            TestClass(unit.name, unit.tests, unit.setup, unit.see_all_data, unit.seeing_tests)
            for unit in self._summaries.values()
            if unit.is_test
        )

    def classes(self) -> list[ClassSymbol]:
        """What the classes without errors declare. After a start from the store this reads all sources once."""
        with self._compiling:
            users = self._declared().world.users
        return [users[unit.q] for unit in self._summaries.values() if unit.kind != "trigger"]

    def _declared(self) -> Compiler:
        """A compiler that knows what the program declares."""
        from orgwright.apex.check import Compiler

        if self.compiler is None:
            with resting():
                compiler = Compiler(self.schema)
                compiler.declare(self.sources)
            self.compiler = compiler
        return self.compiler

    def unit(self, q: str) -> UnitCode | None:
        """The code of a unit."""
        summary = self._summaries.get(q)
        if summary is None:
            return None
        found = self.codes.find(summary.key)
        if found is None:
            self._compile_again()
            found = self.codes.find(summary.key)
        return found

    def _compile_again(self) -> None:
        """The store does not have code that this program needs, or has lost it: compile everything again and keep it."""
        with self._compiling:
            fresh = _compile(self.sources, self.schema, self.key, None, self.codes.store, trusting=False)
            self.codes, self.compiler = fresh.codes, fresh.compiler

    def find_type(self, name: str, image: Image) -> RType | None:
        """The type that ``Type.forName`` finds: user classes, SObjects, primitives, collections of them, platform types."""
        from orgwright.apex.runtime.lookup import find_type

        return find_type(self, name, image)

    def has_class(self, q: str) -> bool:
        """Whether there is a user class of that lower-case qualified name."""
        unit = self._summaries.get(q.split(".", 1)[0])
        if unit is None:
            return False
        return "." not in q or q.split(".", 1)[1] in unit.inner

    def coverable(self, q: str) -> frozenset[int]:
        """The lines of a unit that count for coverage."""
        if self._lines is None:
            self._lines = self._load_lines()
        return self._lines.get(q, frozenset())

    def _load_lines(self) -> dict[str, frozenset[int]]:
        from orgwright.apex.coverage import lines_of
        from orgwright.apex.syntax.parse import ApexSyntaxError, parse

        key, store = f"{self.key}-lines", self.codes.store
        data = store.load(key) if store is not None else None
        if data is not None:
            try:
                return stored.load_lines(data)
            except ValueError:
                data = None
        parsed = self.compiler.parsed if self.compiler is not None else {}
        found: dict[str, frozenset[int]] = {}
        for source in self.sources:
            q = f"trigger {source.name.lower()}" if source.kind == "trigger" else source.name.lower()
            try:
                found[q] = frozenset(lines_of(parsed[source].unit if source in parsed else parse(source)))
            except ApexSyntaxError:
                found[q] = frozenset()
        if store is not None:
            store.save(key, stored.dump_lines(found))
        return found

    # ------------------------------------------------------------------ images

    def take(self, preferred: Image | None) -> Image:
        """An image for one transaction, the preferred one if it is free."""
        with self._lock:
            if preferred is not None and preferred in self._free:
                self._free.remove(preferred)
                return preferred
            if self._free:
                return self._free.pop()
        return Image(self.unit, self.schema)

    def running(self) -> Transaction | None:
        """The transaction of this program that runs on this thread and waits for another one."""
        stack = getattr(self._threads, "stack", None)
        return stack[-1] if stack else None

    def begin(self, transaction: Transaction) -> None:
        """Note that a transaction runs on this thread."""
        stack = getattr(self._threads, "stack", None)
        if stack is None:
            stack = self._threads.stack = []
        stack.append(transaction)

    def end(self, transaction: Transaction) -> None:
        """Note that it does not any more."""
        self._threads.stack.pop()

    def give(self, image: Image) -> None:
        """Give an image back."""
        with self._lock:
            self._free.append(image)

    # ------------------------------------------------------------------ anonymous blocks

    def anonymous(self, source: str, api_version: float) -> tuple[UnitCode | None, tuple[CompileError, ...]]:
        """Compile an anonymous block against this program, whose own code is not compiled again."""
        from orgwright.apex.check import bodies

        block = Source("anonymous", "AnonymousBlock", source, api_version)
        with self._compiling, resting():
            checked = self._declared().anonymous(block)
            unit = next((u for u in checked.units if isinstance(u, bodies.AnonymousBlock)), None)
            if unit is None or checked.errors:
                return None, checked.errors
            with deep():
                return write_unit(unit), ()


def compile_program(
    sources: Sequence[Source],
    schema: host.Schema,
    *,
    previous: Program | None = None,
    store: Store | None = None,
    processes: int = 1,
) -> Program:
    """Compile sources against an org's schema; compile errors are in the program.

    Units whose text and surroundings are those of ``previous``, or of a compilation that left code in ``store``, are
    not checked again. With more than one of ``processes`` they check the units and write all code at once, if there is
    enough to do and this process has one thread; the program is the same.
    """
    key = _key(sources, schema)
    if previous is not None and previous.key == key:
        return previous
    data = store.load(key) if store is not None else None
    if data is not None:
        try:
            return Program(sources, schema, key, stored.load_contents(data), _Codes(store))
        except ValueError:
            data = None
    made = _compile(sources, schema, key, previous, store, processes=processes)
    if store is not None:
        store.save(key, stored.dump_contents(made.contents))
    return made


def _key(sources: Sequence[Source], schema: host.Schema) -> str:
    """A digest of all that a program depends on, in this orgwright."""
    mark = hashlib.sha256(schema.fingerprint.encode())
    for s in sources:
        mark.update(f"\n{s.kind} {s.name} {s.api_version} {s.namespace} {s.active} {len(s.body)}\n".encode())
        mark.update(s.body.encode("utf-8", "surrogatepass"))
    return mark.hexdigest()


def _compile(
    sources: Sequence[Source],
    schema: host.Schema,
    key: str,
    previous: Program | None,
    store: Store | None,
    *,
    trusting: bool = True,
    processes: int = 1,
) -> Program:
    """Compile; with ``trusting``, units that ``previous`` or ``store`` claims to have are not checked again."""
    from orgwright.apex.check import Compiler

    before = previous.codes if previous is not None else _Codes(store)
    known = before.has if trusting else _nothing_is_known
    with resting():
        compiler = Compiler(schema, previous=previous.compiler if previous is not None else None)
        checked = compiler.program(sources, known=known, each=_Workers(processes, store))
    trees = {checked.keys[_unit_key(unit.symbol)]: unit for unit in checked.units}
    codes = _Codes(store, trees, dict(checked.codes))
    symbols = [unit.symbol for unit in checked.units] + list(checked.known)
    summaries = [_summary(symbol, checked.keys[_unit_key(symbol)], compiler) for symbol in symbols]
    for symbol in checked.known:
        codes.take(checked.keys[_unit_key(symbol)], before)
    made = Program(sources, schema, key, Contents(tuple(sorted(summaries, key=lambda u: u.q)), checked.errors), codes)
    made.compiler = compiler
    return made


class _Workers:
    """Checks units; in several processes, if it is worth while to start them, which write their code as well."""

    def __init__(self, processes: int, store: Store | None) -> None:
        self._processes, self._store = processes, store

    def __call__(self, check: Callable[[UnitSymbols], Found], units: Sequence[UnitSymbols]) -> Iterable[Found]:
        count = min(self._processes, sum(map(_weight, units)) // _WORTH_A_PROCESS)
        if count < 2:
            return map(check, units)
        registry.load()  # once, not in each process
        return spread(lambda unit: self._written(check(unit)), units, _weight, count, here=check)

    def _written(self, found: Found) -> Found:
        if found.unit is None:
            return found
        with deep():
            code = stored.dump_unit(write_unit(found.unit))
        if self._store is not None:
            self._store.save(found.key, code)
        return replace(found, unit=None, code=code)


def _weight(unit: UnitSymbols) -> int:
    return len(unit.source.body)


def _nothing_is_known(key: str) -> bool:
    return False


def _unit_key(symbol: ClassSymbol) -> str:
    return f"{'trigger' if symbol.kind == 'trigger' else 'class'}:{symbol.unit.lower()}"


def _sees_all_data(method: MethodSymbol) -> bool:
    marks = (mark for mark in method.annotations if mark.name.lower() == "istest")
    return any(mark.values.get("seealldata", "").lower() == "true" for mark in marks)


def _summary(symbol: ClassSymbol, key: str, compiler: Compiler) -> Summary:
    methods = [m for overloads in symbol.methods.values() for m in overloads]
    tests = sorted((m for m in methods if m.is_test), key=lambda m: m.pos)
    sobject = ""
    events: tuple[str, ...] = ()
    if isinstance(symbol.decl, tree.TriggerDecl):
        found = compiler.world.sobject(symbol.decl.sobject.name.removeprefix("Schema."))
        sobject = found.name if found is not None else ""
        events = tuple(event for event, _ in symbol.decl.events)
    return Summary(
        names.of_class(symbol),
        symbol.name,
        symbol.kind,
        key,
        tuple(symbol.inner),
        symbol.kind == "class" and symbol.is_test,
        tuple(m.name for m in tests),
        next((m.name for m in methods if m.is_test_setup), None),
        symbol.see_all_data,
        tuple(m.name for m in tests if _sees_all_data(m)),
        sobject,
        events,
    )
