"""Runs Apex tests in a throw-away copy of an org and adds up their coverage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgwright.apex.host import ApexFailure
from orgwright.localorg.apexhost.host import OrgHost, Runner
from orgwright.localorg.metadata.model import CodeCoverage, TestFailure, TestResult, TestSuccess

if TYPE_CHECKING:
    from orgwright.apex.engine import Coverage, TestClass
    from orgwright.localorg.apexhost.program import Built
    from orgwright.localorg.jobs.debuglog import DebugLog
    from orgwright.localorg.org import Org, Transaction

    NewLog = Callable[[], DebugLog | None]


@dataclass(frozen=True)
class Selection:
    """What to run: ``classes`` ``None`` is every test of the org; ``methods`` narrows a class (lower-case name).

    Classes that are no test classes are passed over.
    """

    classes: tuple[str, ...] | None = None
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class MethodOutcome:
    """How one test method ended. ``message`` is ``None`` when it passed."""

    class_name: str
    class_id: str
    method: str
    milliseconds: int
    message: str | None = None
    stack: str = ""
    compile_failure: bool = False
    see_all_data: bool = False
    lines: Mapping[tuple[str, str], frozenset[int]] = field(default_factory=dict)
    """Lines that this method ran, by kind and lower-case name of the unit."""
    log: DebugLog | None = None


@dataclass(frozen=True)
class Run:
    """A finished test run."""

    methods: tuple[MethodOutcome, ...]
    coverage: tuple[CodeCoverage, ...]
    milliseconds: int

    def result(self) -> TestResult:
        """The run as deploys and the synchronous call tell it."""
        return TestResult(
            successes=tuple(
                TestSuccess(m.class_id, m.class_name, m.method, m.milliseconds, m.see_all_data)
                for m in self.methods
                if m.message is None
            ),
            failures=tuple(
                TestFailure(m.class_id, m.class_name, m.method, m.message, m.stack, m.milliseconds, m.see_all_data)
                for m in self.methods
                if m.message is not None
            ),
            coverage=self.coverage,
            milliseconds=self.milliseconds,
        )


def run_tests(copy: Org, user_id: str, built: Built, selection: Selection) -> TestResult:
    """Run the selected tests in ``copy`` (an org that may be spoilt)."""
    return run(copy, user_id, built, selection).result()


def run(
    copy: Org,
    user_id: str,
    built: Built,
    selection: Selection,
    *,
    by_method: bool = False,
    report: Callable[[MethodOutcome], None] = lambda _: None,
    new_log: NewLog = lambda: None,
) -> Run:
    """Run tests one after the other; with ``by_method`` each outcome tells the lines that it ran.

    ``new_log`` makes the debug log of each method, if it has one.
    """
    started = time.perf_counter()
    total = _coverage(built)
    outcomes: list[MethodOutcome] = []
    for found in _classes(built, selection):
        if isinstance(found, MethodOutcome):
            outcomes.append(found)
            report(found)
            continue
        test, methods = found
        for outcome in _run_class(copy, user_id, built, test, methods, total, by_method, new_log):
            outcomes.append(outcome)
            report(outcome)
    return Run(tuple(outcomes), tuple(_coverages(built, total)), _since(started))


def run_many(
    copy: Org,
    user_id: str,
    built: Built,
    names: Iterable[str],
    methods: Mapping[str, tuple[str, ...]],
    report: Callable[[MethodOutcome], None],
) -> tuple[CodeCoverage, ...]:
    """Run the classes that ``names`` gives one by one (a queue, say), report each outcome, return the coverage of all."""
    total = _coverage(built)
    for name in names:
        for found in _classes(built, Selection((name,), methods)):
            if isinstance(found, MethodOutcome):
                report(found)
            else:
                for outcome in _run_class(copy, user_id, built, *found, total, False):
                    report(outcome)
    return tuple(_coverages(built, total))


def _coverage(built: Built) -> Coverage:
    from orgwright.apex.engine import Coverage

    return Coverage(built.program)


def _since(started: float) -> int:
    return max(1, round((time.perf_counter() - started) * 1000))


def _classes(built: Built, selection: Selection) -> Iterator[tuple[TestClass, Sequence[str]] | MethodOutcome]:
    """The test classes with the methods to run; what cannot run as the failure that it is."""
    tests = {test.name.lower(): test for test in built.program.test_classes()}
    if selection.classes is None:
        for test in tests.values():
            yield test, test.methods
        return
    broken = {e.unit.lower(): e for e in built.program.errors if e.kind == "class"}
    for name in selection.classes:
        lower = name.lower()
        known = tests.get(lower)
        unit = built.units.get(("class", lower))
        if known is not None:
            wanted = {m.lower() for m in selection.methods.get(lower, ())}
            methods = [m for m in known.methods if not wanted or m.lower() in wanted]
            yield known, methods
            for missing in sorted(wanted - {m.lower() for m in known.methods}):
                text = f"Could not run tests on class {name} because: Method {missing} does not exist on class {name}"
                yield MethodOutcome(name, unit.id if unit else "", missing, 0, text)
        elif lower in broken and unit is not None:
            text = f"Could not run tests on class {name} because: {broken[lower].message}"
            yield MethodOutcome(unit.source.name, unit.id, "", 0, text, compile_failure=True)
        elif unit is None:
            text = f"Could not run tests on class {name} because: Class does not exist: {name}"
            yield MethodOutcome(name, "", "", 0, text)


def _run_class(
    copy: Org,
    user_id: str,
    built: Built,
    test: TestClass,
    methods: Sequence[str],
    total: Coverage,
    by_method: bool,
    new_log: NewLog = lambda: None,
) -> Iterator[MethodOutcome]:
    """The methods of one class: @TestSetup once, then each method on its rows."""
    class_id = built.id_of("class", test.name)
    with copy.transaction(user_id, commit=False) as tx:
        failure = _run_setup(tx, built, test, total)
        for method in methods:
            own = _coverage(built) if by_method else total
            log = new_log()
            started = time.perf_counter()
            error = failure or _run_method(tx, built, test.name, method, own, log)
            took = _since(started)
            lines = _touched(built, own) if by_method else {}
            if by_method:
                total.add(own)
            yield MethodOutcome(
                test.name,
                class_id,
                method,
                took,
                None if error is None else f"{error.type_name}: {error.message}",
                "" if error is None else error.stack,
                see_all_data=test.sees_all_data(method),
                lines=lines,
                log=log,
            )


def _run_setup(tx: Transaction, built: Built, test: TestClass, coverage: Coverage) -> ApexFailure | None:
    """The class's @TestSetup; its failure is that of every method."""
    if test.setup is None:
        return None
    host = OrgHost(tx, built, coverage=coverage, in_test=True)
    tx.triggers = Runner(host)
    try:
        host.execution.run_setup(test.name)
        host.run_jobs()
    except ApexFailure as error:
        return error
    finally:
        host.fail_events()
    return None


def _run_method(
    tx: Transaction, built: Built, class_name: str, method: str, coverage: Coverage, log: DebugLog | None
) -> ApexFailure | None:
    unit = f"{class_name}.{method}"
    if log is not None:
        log.started(unit, built.id_of("class", class_name))
    failure = _run_logged(tx, built, class_name, method, coverage, log)
    if log is not None:
        if failure is not None:
            log.failed(failure)
        log.finished(unit)
        log.close()
    return failure


def _run_logged(
    tx: Transaction, built: Built, class_name: str, method: str, coverage: Coverage, log: DebugLog | None
) -> ApexFailure | None:
    point = tx.savepoint()
    tx.capture.everything = False
    host = OrgHost(tx, built, coverage=coverage, in_test=True, debug_log=log)
    tx.triggers = Runner(host)
    try:
        host.execution.run_test(class_name, method)
        host.run_jobs()
    except ApexFailure as error:
        return error
    finally:
        host.fail_events()
        tx.rollback(point)
    return None


def _touched(built: Built, coverage: Coverage) -> dict[tuple[str, str], frozenset[int]]:
    found = {}
    for key, unit in built.units.items():
        lines = frozenset(line for line, hits in coverage.lines(unit.source.name, unit.source.kind).items() if hits)
        if lines:
            found[key] = lines
    return found


def _coverages(built: Built, coverage: Coverage) -> Iterator[CodeCoverage]:
    """Coverage of every class and trigger that counts; test classes do not."""
    tests = {test.name.lower() for test in built.program.test_classes()}
    for (kind, name), unit in sorted(built.units.items()):
        if kind == "class" and name in tests:
            continue
        lines = coverage.lines(unit.source.name, unit.source.kind)
        yield CodeCoverage(unit.id, unit.source.name, "Class" if kind == "class" else "Trigger", dict(lines))
