"""A throw-away org in memory that has a project deployed, and the project's tests in it."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from queue import Empty
from typing import Any

from lxml import etree

from orgwright.apex.host import Record
from orgwright.errors import OrgwrightError, Place
from orgwright.localorg.apexhost import cache
from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.apexhost.program import PROGRAMS, Built
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.jobs.runner import MethodOutcome, Run, Selection, run
from orgwright.localorg.metadata import deploys
from orgwright.localorg.metadata.document import NAMESPACE
from orgwright.localorg.metadata.model import DeployMessage, DeployOptions
from orgwright.localorg.metadata.package import read as read_package
from orgwright.localorg.org import Org
from orgwright.localorg.project.sources import Project, Skipped
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.schema.standard import EVERY_OBJECT
from orgwright.metadata import mdapi
from orgwright.metadata.component import Component

_SCHEMA = Schema(features=frozenset((EVERY_OBJECT,)))
_APEX = {"ApexClass": "class", "ApexTrigger": "trigger"}


@dataclass(frozen=True, order=True)
class Fault:
    """A compile error: 1-based place in a file of the project."""

    file: str
    line: int
    column: int
    message: str
    name: str = ""
    kind: str = "class"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


@dataclass(frozen=True)
class Trial:
    """A project in its throw-away org. ``faults`` are the compile errors, ``skipped`` what was not deployed otherwise."""

    project: Project
    org: Org
    built: Built | None
    faults: tuple[Fault, ...]
    skipped: tuple[Skipped, ...]
    seconds: float

    def close(self) -> None:
        """Throw the org away."""
        self.org.close()


def deploy(project: Project, *, processes: int = 1) -> Trial:
    """Deploy a project into a new org in memory; what the org refuses is skipped, classes with errors stay invalid.

    More than one of ``processes`` compile all Apex at once, which pays where most of it will run.
    """
    started = time.perf_counter()
    org = Org.create(
        None,
        alias="project",
        kind="scratch",
        instance_url="https://project.my.salesforce.com",
        schema=replace(_SCHEMA, namespace=project.namespace),
    )
    org.compilers = processes
    attach(org)
    store = cache.default()
    if store is not None:
        store.prune()
    messages = [
        message
        for components in (project.before, project.components, project.after)
        if components
        for message in _deploy(org, components, project.api_version)
    ]
    if project.opens_fields:
        _open_fields(org, project.api_version)
    _assign_permission_sets(org)
    faults, skipped = _judge(project, messages)
    with org.read() as tx:
        built = PROGRAMS.current(org, tx)
    return Trial(
        project, org, built, tuple(sorted(faults)), (*project.skipped, *skipped), time.perf_counter() - started
    )


def _deploy(org: Org, components: Sequence[Component], api_version: str) -> Sequence[DeployMessage]:
    package = read_package(mdapi.files(components, api_version=api_version))
    options = DeployOptions(rollback_on_error=False, ignore_warnings=True, keep_invalid=True, tolerant=True)
    return deploys.of(org).deploy_now(org.record.admin_id, package, options).messages


def _open_fields(org: Org, api_version: str) -> None:
    """Let the administrator's profile see and edit every custom field, as CumulusCI's ``update_admin_profile`` does."""
    profile = etree.Element("Profile", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    for change in org.schema.changes.values():
        for sobject in ("Task", "Event") if change.name == "Activity" else (change.name,):
            for field in change.fields.values():
                if field.custom and field.permissionable:
                    grant = etree.SubElement(profile, "fieldPermissions")
                    editable = not (field.calculated or field.auto_number)
                    etree.SubElement(grant, "editable").text = str(editable).lower()
                    etree.SubElement(grant, "field").text = f"{sobject}.{field.name}"
                    etree.SubElement(grant, "readable").text = "true"
    _deploy(org, [Component("Profile", "Admin", etree.tostring(profile))], api_version)


def _assign_permission_sets(org: Org) -> None:
    """Give the running user the project's permission sets, as projects' set-up scripts do: new fields are hidden without."""
    with org.transaction() as tx:
        query = "SELECT Id FROM PermissionSet WHERE IsCustom = true AND IsOwnedByProfile = false"
        rows = [
            Record("PermissionSetAssignment", {"AssigneeId": org.record.admin_id, "PermissionSetId": row.fields["Id"]})
            for row in tx.query(query, access="system").records
        ]
        tx.save(SaveRequest("insert", rows, all_or_none=False))


def _judge(project: Project, messages: Sequence[DeployMessage]) -> tuple[list[Fault], list[Skipped]]:
    faults: list[Fault] = []
    skipped: list[Skipped] = []
    for message in messages:
        if message.success:
            if message.problem_type == "Warning" and message.component_type:
                skipped.append(_left_out(message))
            continue
        kind = _APEX.get(message.component_type)
        file = project.files.get((kind or "", message.full_name.lower()), message.file_name)
        if message.in_meta:
            file += "-meta.xml"
        if kind is not None and message.line is not None:
            text = message.problem or ""
            faults.append(Fault(file, message.line, message.column or 1, text, message.full_name, kind))
        else:
            skipped.append(_left_out(message, file))
    return faults, skipped


def _left_out(message: DeployMessage, file: str | None = None) -> Skipped:
    return Skipped(message.component_type, message.full_name, file or message.file_name, message.problem or "")


def select(trial: Trial, tests: Sequence[str]) -> Selection:
    """The selection that ``CLASS`` and ``CLASS.method`` words mean; no words: every test of the project itself.

    Raises:
        OrgwrightError: when a word names a class that is no test class. One that does not exist, or not compile, is a
            failure of the run.
    """
    if not tests:
        assert trial.built is not None
        own = [t.name for t in trial.built.program.test_classes() if ("class", t.name.lower()) in trial.project.own]
        return Selection(tuple(own))
    classes: dict[str, str] = {}
    methods: dict[str, list[str]] = {}
    whole: set[str] = set()
    for word in tests:
        name, _, method = word.partition(".")
        _refuse_other_classes(trial, name)
        classes.setdefault(name.lower(), name)
        if method:
            methods.setdefault(name.lower(), []).append(method)
        else:
            whole.add(name.lower())
    return Selection(tuple(classes.values()), {k: tuple(v) for k, v in methods.items() if k not in whole})


def _refuse_other_classes(trial: Trial, name: str) -> None:
    assert trial.built is not None
    key = name.lower()
    known = trial.built.units.get(("class", key))
    program = trial.built.program
    broken = {error.unit.lower() for error in program.errors if error.kind == "class"}
    if known is not None and key not in broken and key not in {test.name.lower() for test in program.test_classes()}:
        raise OrgwrightError(f"{known.source.name} has no test methods", where=Place(path="--tests"))


def test(
    trial: Trial, selection: Selection, *, jobs: int = 1, report: Callable[[MethodOutcome], None] = lambda _: None
) -> Run:
    """Run tests in the org of a trial; coverage is that of the project itself.

    With ``jobs`` above 1 the classes are divided among that many processes.
    """
    found = _run(trial, selection, jobs, report)
    own = tuple(c for c in found.coverage if (c.kind.lower(), c.name.lower()) in trial.project.own)
    return replace(found, coverage=own)


def _run(trial: Trial, selection: Selection, jobs: int, report: Callable[[MethodOutcome], None]) -> Run:
    assert trial.built is not None
    if jobs <= 1 or selection.classes is None or len(selection.classes) < 2:
        return run(trial.org, trial.org.record.admin_id, trial.built, selection, report=report)
    started = time.perf_counter()
    outcomes: list[MethodOutcome] = []
    total = None
    for outcome, coverage in _parallel(trial, selection, jobs):
        if outcome is not None:
            outcomes.append(outcome)
            report(outcome)
        if coverage is not None:
            total = coverage if total is None else _sum(total, coverage)
    order = {name.lower(): i for i, name in enumerate(selection.classes)}
    outcomes.sort(key=lambda o: order.get(o.class_name.lower(), 0))
    return Run(tuple(outcomes), tuple(total or ()), max(1, round((time.perf_counter() - started) * 1000)))


def _sum(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    """Coverage of two processes: a line ran when either ran it."""
    by_id = {(c.kind, c.name): c for c in other}
    return [replace(c, lines={n: h | by_id[c.kind, c.name].lines.get(n, 0) for n, h in c.lines.items()}) for c in one]


def _parallel(trial: Trial, selection: Selection, jobs: int) -> Iterator[tuple[MethodOutcome | None, Any]]:
    """Outcomes as they come from forked processes, each with its own copy of the org in memory."""
    context = multiprocessing.get_context("fork")
    assert selection.classes is not None
    work: Any = context.Queue()
    found: Any = context.Queue()
    for name in selection.classes:
        work.put(name)
    for _ in range(jobs):
        work.put(None)
    workers = [context.Process(target=_worker, args=(trial, selection, work, found), daemon=True) for _ in range(jobs)]
    for worker in workers:
        worker.start()
    try:
        ended = 0
        while ended < len(workers):
            outcome, coverage = _next(found, workers)
            if isinstance(coverage, str):
                raise RuntimeError(f"a test process failed: {coverage}")
            ended += coverage is not None
            yield outcome, coverage
    except BaseException:
        for worker in workers:
            worker.terminate()
        raise
    finally:
        for worker in workers:
            worker.join()


def _next(found: Any, workers: Sequence[BaseProcess]) -> tuple[MethodOutcome | None, Any]:
    """What comes next from the test processes; :class:`OrgwrightError` when nothing does, as one of them was killed."""
    while True:
        try:
            outcome: tuple[MethodOutcome | None, Any] = found.get(timeout=1.0)
        except Empty:
            if any(worker.exitcode for worker in workers):
                raise OrgwrightError(
                    "a test process was killed", help="did memory run out? Run with fewer --jobs"
                ) from None
        else:
            return outcome


def _worker(trial: Trial, selection: Selection, work: Any, found: Any) -> None:
    from orgwright.localorg.jobs.runner import run_many

    assert trial.built is not None
    # ^C reaches every process of the terminal: the one that started these tells of it, and ends them
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        names = iter(work.get, None)
        done = run_many(
            trial.org, trial.org.record.admin_id, trial.built, names, selection.methods, lambda o: found.put((o, None))
        )
        found.put((None, list(done)))
    except Exception as error:
        found.put((None, f"{type(error).__name__}: {error}"))
