"""``orgwright apex``: a source tree's Apex checked and tested without any org; a block of Apex run in an org."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orgwright.cli.options import COLLECT_AFTER, failures_as_json, json_option, junit_option, org_option, print_json
from orgwright.errors import OrgwrightError, Place, show

if TYPE_CHECKING:
    from orgwright.localorg.jobs.runner import MethodOutcome, Run
    from orgwright.localorg.project.sources import Skipped
    from orgwright.localorg.project.trial import Trial

_FRAMES = 20
"""Lines of a stack trace that are shown; the whole of it is in the JSON and JUnit output."""


def _path(command: Any) -> Any:
    """PATH and ``--with``."""
    command = click.option(
        "--with",
        "needs",
        multiple=True,
        metavar="PATH",
        type=click.Path(path_type=Path),
        help="A project that this one needs; deployed first, its tests are not run.",
    )(command)
    return click.argument("path", type=click.Path(path_type=Path))(command)


@click.group(name="apex")
def command() -> None:
    """Check, test and run Apex.

    'check' and 'test' take a project in source format (or a plain folder of it) and need no org: its metadata is
    deployed into a throw-away embedded org in memory. What the embedded org cannot deploy is told and left out.
    """


@command.command()
@_path
@json_option
def check(path: Path, needs: tuple[Path, ...], as_json: bool) -> None:
    """Compile a source tree's Apex against its own metadata. Ends with 1 when there are errors."""
    with failures_as_json(as_json):
        trial = _deployed(path, needs)
    if as_json:
        print_json({"status": _status(not trial.faults), "lines": trial.project.lines, **_faults(trial)})
    else:
        _show_skipped(trial)
        for fault in trial.faults:
            click.echo(str(fault))
        units = len(trial.project.files)
        errors = f"{len(trial.faults)} error{'' if len(trial.faults) == 1 else 's'}"
        click.echo(f"{units} classes and triggers, {trial.project.lines} lines: {errors}")
    sys.exit(1 if trial.faults else 0)


@command.command()
@_path
@click.option("--tests", multiple=True, metavar="CLASS[.METHOD],...", help="Only these classes or methods.")
@click.option("--changed-since", metavar="REF", help="Only tests that changes since a git revision can affect.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes to run classes in.")
@junit_option
@click.option(
    "--coverage",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write coverage: .xml is Cobertura, .json the sf CLI's coverage JSON.",
)
@click.option("--watch", is_flag=True, help="Stay, and run what a change can affect whenever a file changes.")
@json_option
def test(
    path: Path,
    needs: tuple[Path, ...],
    tests: tuple[str, ...],
    changed_since: str | None,
    jobs: int,
    junit: Path | None,
    coverage: Path | None,
    watch: bool,
    as_json: bool,
) -> None:
    """Run a source tree's Apex tests in a throw-away org in memory. Ends with 1 when a test fails or does not compile."""
    words = [word for given in tests for word in given.split(",") if word]
    with failures_as_json(as_json):
        changed = _changed(path, changed_since) if changed_since is not None else None
        failed = _test(path, needs, words, changed, jobs, junit, coverage, as_json)
    if watch:
        _watch(path, needs, words, jobs, as_json)
    sys.exit(1 if failed else 0)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@org_option
@json_option
def run(file: Path, org_name: str, as_json: bool) -> None:
    """Run a file as anonymous Apex in an org, and show the debug log. Ends with 1 when it fails."""
    from orgwright.cli.orgs import connect
    from orgwright.org.anonymous import run_anonymous

    with failures_as_json(as_json, org=org_name):
        try:
            source = file.read_text("utf-8")
        except OSError as fault:
            raise OrgwrightError(f"the file cannot be read: {fault.strerror}", where=Place(file=str(file))) from fault
        except UnicodeDecodeError as fault:
            raise OrgwrightError(
                "the file is not UTF-8", where=Place(file=str(file)), help="save it as UTF-8"
            ) from fault
        with connect(org_name) as org:
            outcome = run_anonymous(org, source)
    if as_json:
        print_json({"status": _status(outcome.success), "org": org_name, **outcome.summary()})
    else:
        if outcome.log:
            click.echo(outcome.log)
        if not outcome.success:
            click.echo(f"{file}:{outcome.line}:{outcome.column}: {outcome.problem}", err=True)
            if outcome.stack:
                click.echo(outcome.stack, err=True)
    sys.exit(0 if outcome.success else 1)


def _status(fine: bool) -> str:
    return "ok" if fine else "failed"


def _deployed(path: Path, needs: tuple[Path, ...], *, processes: int = 1) -> Trial:
    from orgwright.localorg.project import sources, trial

    # A program is many objects that all stay: the collector would walk them again and again and free nothing.
    gc.set_threshold(COLLECT_AFTER, 50, 100)
    return trial.deploy(sources.read(path, needs), processes=processes)


def _changed(path: Path, ref: str) -> frozenset[str]:
    """Files of the project that differ from a git revision, and those that git does not know yet."""
    found: set[str] = set()
    for arguments in (["diff", "--name-only", "--relative", ref, "--"], ["ls-files", "--others", "--exclude-standard"]):
        try:
            done = subprocess.run(["git", *arguments], cwd=path, capture_output=True, text=True, check=True)  # noqa: S603, S607
        except (OSError, subprocess.CalledProcessError) as fault:
            text = (getattr(fault, "stderr", "") or str(fault)).strip().partition("\n")[0]
            raise OrgwrightError(
                f"git cannot tell what changed: {text}", where=Place(path="--changed-since")
            ) from fault
        found.update(done.stdout.splitlines())
    return frozenset(found)


def _test(
    path: Path,
    needs: tuple[Path, ...],
    words: list[str],
    changed: frozenset[str] | None,
    jobs: int,
    junit: Path | None,
    coverage: Path | None,
    as_json: bool,
) -> bool:
    """One run; whether anything failed."""
    from orgwright.apex.workers import processors
    from orgwright.localorg.project import affected, trial

    whole = not words and changed is None
    deployed = _deployed(path, needs, processes=processors() if whole else 1)
    try:
        selection = trial.select(deployed, words)
        if changed is not None:
            selection = affected.narrow(deployed, selection, changed)
        if not as_json:
            _show_skipped(deployed)
            for fault in deployed.faults:
                click.echo(str(fault))
        found = trial.test(deployed, selection, jobs=jobs, report=_silent if as_json else _show)
    finally:
        deployed.close()
    _write(deployed, found, junit, coverage)
    failed = [m for m in found.methods if m.message is not None]
    if as_json:
        print_json(_summary(deployed, found))
    else:
        _show_end(found, len(failed))
    return bool(failed or deployed.faults)


def _silent(outcome: MethodOutcome) -> None:
    """JSON is printed at the end."""


def _show(outcome: MethodOutcome) -> None:
    if outcome.message is not None:
        name = f"{outcome.class_name}.{outcome.method}" if outcome.method else outcome.class_name
        click.echo(f"! {name}: {outcome.message}")
        frames = outcome.stack.splitlines()
        for line in frames[:_FRAMES]:
            click.echo(f"    {line}")
        if len(frames) > _FRAMES:
            click.echo(f"    and {len(frames) - _FRAMES} more")


def _show_skipped(trial: Trial) -> None:
    for skipped in trial.skipped:
        click.echo(
            f"left out: {skipped.type} {skipped.name or skipped.file}: {skipped.reason}".replace("  ", " "), err=True
        )


def _show_end(found: Run, failed: int) -> None:
    counted = sum(len(c.lines) for c in found.coverage)
    covered = sum(len(c.covered) for c in found.coverage)
    percent = 100.0 * covered / counted if counted else 100.0
    click.echo(
        f"{len(found.methods) - failed} of {len(found.methods)} tests passed in {found.milliseconds / 1000:.1f} s, "
        f"coverage {percent:.3g} %"
    )


def _faults(trial: Trial) -> dict[str, Any]:
    return {
        "errors": [
            {"file": f.file, "line": f.line, "column": f.column, "message": f.message, "name": f.name}
            for f in trial.faults
        ],
        "leftOut": [_skipped(s) for s in trial.skipped],
    }


def _skipped(skipped: Skipped) -> dict[str, str]:
    return {"type": skipped.type, "name": skipped.name, "file": skipped.file, "reason": skipped.reason}


def _summary(trial: Trial, found: Run) -> dict[str, Any]:
    failed = [m for m in found.methods if m.message is not None]
    return {
        "status": _status(not failed and not trial.faults),
        "passed": len(found.methods) - len(failed),
        "failed": len(failed),
        "seconds": found.milliseconds / 1000,
        "tests": [
            {
                "class": m.class_name,
                "method": m.method,
                "outcome": _outcome(m),
                "milliseconds": m.milliseconds,
                "message": m.message,
                "stack": m.stack or None,
            }
            for m in found.methods
        ],
        "coverage": [
            {"name": c.name, "kind": c.kind, "lines": len(c.lines), "covered": len(c.covered), "percent": c.percent}
            for c in found.coverage
        ],
        **_faults(trial),
    }


def _outcome(outcome: MethodOutcome) -> str:
    if outcome.message is None:
        return "Pass"
    return "CompileFail" if outcome.compile_failure else "Fail"


def _write(trial: Trial, found: Run, junit: Path | None, coverage: Path | None) -> None:
    if junit is not None:
        from orgwright.org.tests import MethodResult
        from orgwright.report.junit import methods_xml

        methods = [
            MethodResult(m.class_name, m.method or "(class)", _outcome(m), m.message, m.stack, m.milliseconds / 1000)
            for m in found.methods
        ]
        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.write_bytes(methods_xml(methods))
    if coverage is not None:
        from orgwright.report import apexruns

        units = [
            apexruns.UnitLines(
                c.name, c.kind, trial.project.files.get((c.kind.lower(), c.name.lower()), c.name), c.lines
            )
            for c in found.coverage
        ]
        coverage.parent.mkdir(parents=True, exist_ok=True)
        as_xml = coverage.suffix.lower() == ".xml"
        root = str(trial.project.root.resolve())
        text = apexruns.cobertura(units, root=root, timestamp=int(time.time())) if as_xml else apexruns.sf_json(units)
        coverage.write_bytes(text)


def _watch(path: Path, needs: tuple[Path, ...], words: list[str], jobs: int, as_json: bool) -> None:
    """Run again whenever files change, until the user stops it. What cannot be read at the moment is told, and waited for."""
    from orgwright.localorg.project import affected

    seen = affected.stamps(path, needs)
    while True:
        time.sleep(0.5)
        now = affected.stamps(path, needs)
        changed = affected.differing(seen, now)
        if changed:
            seen = now
            click.echo(f"changed: {', '.join(sorted(changed)[:5])}", err=True)
            try:
                _test(path, needs, words, changed, jobs, None, None, as_json)
            except OrgwrightError as fault:
                click.echo(show(fault), err=True)
