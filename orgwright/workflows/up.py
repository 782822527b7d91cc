"""``up``: generate, deploy, give access, test, validate, seed. Every step can be run again safely."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from orgwright import plan, sync
from orgwright.deliver.access import give_access
from orgwright.org import OrgClient
from orgwright.spec.model import Connector
from orgwright.sync import History, Progress, SeedResult, Source
from orgwright.workflows.apply import InTheWay
from orgwright.workflows.generate import Generated, generate_connector
from orgwright.workflows.results import Step, UpResult
from orgwright.workflows.steps import deploy_stages, test_components


@dataclass(frozen=True)
class Plan:
    """What ``up`` works on: the connector, the project's folder, where data comes from (``None``: no seed).

    ``templates`` overrides Apex templates; ``history`` keeps the loads; ``adopt`` takes over code of the same names;
    ``bypass`` names further permission sets that the loading user holds, such as those of other connectors.
    """

    connector: Connector
    project: Path
    history: History
    source: Source | None = None
    templates: Path | None = None
    adopt: bool = False
    bypass: tuple[str, ...] = ()


@dataclass
class _Run:
    """``up`` under way."""

    org: OrgClient
    plan: Plan
    on_step: Callable[[Step], None]
    clock: Callable[[], float]
    result: UpResult = field(init=False)

    def __post_init__(self) -> None:
        self.result = UpResult(self.plan.connector.connector, self.org.connection.alias)
        self._since = self.clock()

    def done(self, name: str, text: str) -> None:
        now = self.clock()
        self.result = self.result.with_step(name, text, now - self._since)
        self._since = now
        self.on_step(self.result.steps[-1])


def up(
    org: OrgClient,
    work: Plan,
    *,
    on_step: Callable[[Step], None] = lambda _: None,
    on_rows: Callable[[Progress], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> UpResult:
    """Bring an org up for a connector.

    Raises the errors of the step that could not be done. A data model that differs, tests that miss a gate, or rows that
    were refused end in a result with ``status`` ``failed`` and a ``reason``.
    """
    run = _Run(org, work, on_step, clock)
    made = _generate(run)
    foreseen = _plan(run, made)
    _deploy(run, made, foreseen)
    _access(run)
    _test(run, made)
    _validate(run, made)
    if run.result.reason is None and work.source is not None:
        _seed(run, work.source, on_rows)
    return replace(run.result, status="failed" if run.result.reason else "ok")


def _generate(run: _Run) -> Generated:
    made = generate_connector(run.plan.connector, run.plan.project, run.plan.templates)
    run.done("generate", f"{made.components - made.code} components, {made.code} Apex files")
    return made


def _plan(run: _Run, made: Generated) -> plan.Foreseen:
    foreseen = plan.foresee(run.org, run.plan.connector, components=made.all, adopt=run.plan.adopt)
    if foreseen.in_the_way:
        raise InTheWay(run.org.connection.alias, foreseen)
    left = (
        f", {len(foreseen.destroy)} that only 'orgwright apply --allow-destroy' takes away" if foreseen.destroy else ""
    )
    run.done("plan", f"{len(foreseen.create)} to create, {len(foreseen.change)} to change, 0 in the way{left}")
    return foreseen


def _deploy(run: _Run, made: Generated, foreseen: plan.Foreseen) -> None:
    done = deploy_stages(run.org, made.stages, record=foreseen.record.component() if foreseen.record else None)
    run.result = replace(run.result, deployment=done)
    counts = ", ".join(f"{count} {word}" for word, count in done.counts().items() if count)
    run.done("deploy", f"{done.total} of {done.total}: {counts or 'nothing'}")


def _access(run: _Run) -> None:
    given = give_access(run.org, run.plan.connector)
    run.result = replace(run.result, access=given)
    if given.username:
        state = "made" if given.user_created else "changed" if given.changed else "is there"
        sets = f", {' '.join(given.assigned)} assigned" if given.assigned else ""
        run.done("access", f"service user {state}{sets}")


def _test(run: _Run, made: Generated) -> None:
    report = test_components(run.org, made.all)
    lowest = f" (lowest class {report.lowest.percent:.3g} %)" if report.lowest else ""
    reason = f"tests: {'; '.join(report.missed)}" if report.missed else None
    run.result = replace(run.result, tests=report, reason=reason)
    failed = f", {report.failed} failed" if report.failed else ""
    classes = "\n".join(_columns([f"{unit.name} {unit.percent:.3g} %" for unit in report.coverage]))
    run.done("test", f"{report.passed} passed{failed}, coverage {report.percent:.3g} %{lowest}\n{classes}")


def _columns(cells: Sequence[str], width: int = 100) -> Iterator[str]:
    """Lay cells out in lines of equal columns."""
    wide = max((len(cell) for cell in cells), default=0) + 2
    per_line = max(width // wide, 1)
    for start in range(0, len(cells), per_line):
        yield "".join(cell.ljust(wide) for cell in cells[start : start + per_line]).rstrip()


def _validate(run: _Run, made: Generated) -> None:
    validation = plan.validate(run.org, run.plan.connector, components=made.all)
    reason = run.result.reason
    if validation.differences and reason is None:
        reason = f"data model: {validation.differences[0]}"
    run.result = replace(run.result, validation=validation, reason=reason)
    count = len(validation.differences)
    text = "the data model is valid" if not count else f"{count} difference{'s' if count > 1 else ''}"
    notes = "".join(f"\n{note}" for note in validation.notes)
    run.done("validate", f"{validation.checked} checks, {text}{notes}")


def _seed(run: _Run, data: Source, on_rows: Callable[[Progress], None]) -> None:
    done: SeedResult = sync.seed(
        run.org, run.plan.connector, data, run.plan.history, bypass=run.plan.bypass, progress=on_rows
    )
    reason = f"seed: {done.failed} rows were refused, see {done.failed_rows[0]}" if done.failed else None
    run.result = replace(run.result, seed=done, reason=reason)
    events = "" if done.events is None else f", {done.events} events published"
    counts = f"{done.sent:,} rows of {len(done.objects)} objects: {done.created:,} created, {done.updated:,} updated"
    left = _left_out(done)
    run.done("seed", f"{counts}\n{done.state}, {done.failed} failed rows{events}{left}")


def _left_out(done: SeedResult) -> str:
    """A line about rows that the connector's rules leave out."""
    if not done.left_out:
        return ""
    counts = ", ".join(f"{item.sobject} {item.rows:,}" for item in done.left_out)
    return f"\nleft out: {counts}, see {done.left_out[0].path.parent}"
