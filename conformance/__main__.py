"""``python -m conformance CHECKOUT [--with CHECKOUT]... [--list]``: one checkout's figures."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from conformance.reasons import reason_of, uncompiled
from orgwright.errors import OrgwrightError, show
from orgwright.localorg.project import sources, trial


def main() -> int:
    """Run one checkout; 0 when it ran, whatever passed."""
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument("checkout", type=Path, help="a source-format project")
    parser.add_argument("--with", dest="needs", type=Path, action="append", default=[], help="a project that it needs")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--list", action="store_true", help="name every method that did not pass")
    given = parser.parse_args()
    try:
        project = sources.read(given.checkout, given.needs)
    except OrgwrightError as error:
        print(show(error), file=sys.stderr)
        return error.exit_code
    made = trial.deploy(project)
    started = time.perf_counter()
    found = trial.test(made, trial.select(made, []), jobs=given.jobs)
    seconds = time.perf_counter() - started
    lost = uncompiled(made)
    failed: list[tuple[str, str, str | None]] = [
        (f"{m.class_name}.{m.method}", reason_of(m.message), m.message) for m in found.methods if m.message
    ]
    failed += [(name, "compile", None) for name in lost]
    total = len(found.methods) + len(lost)
    passed = total - len(failed)
    print(f"{given.checkout.name}: {passed} of {total} methods passed ({100 * passed / max(total, 1):.1f} %)")
    for reason, count in sorted(Counter(reason for _, reason, _ in failed).items()):
        print(f"  {reason}: {count}")
    print(f"  front end and deploy {made.seconds:.1f} s for {project.lines} lines", end="")
    print(f" ({project.lines / made.seconds:,.0f} lines/s), tests {seconds:.1f} s")
    print(f"  compile errors: {len(made.faults)}, components left out: {len(made.skipped)}")
    if given.list:
        for fault in made.faults:
            print(f"  {fault}")
        for name, reason, message in failed:
            print(f"  {name}: {reason}: {(message or '').splitlines()[0] if message else ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
