"""The figures of connectors and plans: a large spec, an org with many fields, all connectors in one org.

The specs are made on the fly; the org is filled by a deploy. Calls are counted where they are sent.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from benchmarks.localorg import seconds
from benchmarks.measure import BIN, Figure, median, run
from orgwright import deliver, generate, spec
from orgwright.cli.orgs import connection_to_embedded
from orgwright.localorg import control, service
from orgwright.org import OrgClient
from orgwright.org.metadata import DeployOptions
from orgwright.workflows.apply import make_plan

CONNECTORS = ("gentrack", "deployteq", "point_of_rental", "cinnox")
ORG = "local-plans"
FULL = 500
"""Custom fields that an object of Enterprise Edition takes, so 5,000 fields need ten objects."""
TYPES = (
    "Text(80)",
    "Number(12, 3)",
    "Checkbox",
    "Date",
    "DateTime",
    "Picklist(small, medium, large)",
    "Currency(16, 2)",
    "Email",
    "Phone",
    "LongTextArea(1000)",
)


def figures(work: Path, project: Path) -> Iterator[Figure]:
    """Measure everything in ``work``, an empty folder; ``project`` is the checkout."""
    home, place = work / "plan-home", work / "plan-project"
    home.mkdir()
    place.mkdir()
    (place / "sfdx-project.json").write_text(
        '{"packageDirectories": [{"path": "force-app", "default": true}], "sourceApiVersion": "67.0"}\n'
    )
    try:
        yield from _generating(home, place)
        yield from _planning(home, place)
        yield from _together(home, project)
    finally:
        service.stop(home)


def large(name: str, objects: int, fields: int, *, triggers: bool) -> str:
    """A spec of so many objects with so many fields each, and a trigger on each that publishes an event."""
    lines = ["orgwright: 1", f"connector: {name}", f"label: Acme {name}", "objects:"]
    for number in range(objects):
        lines += [f"  Bench_{number:02}__c:", f"    label: Bench {number}"]
        lines += [
            f'    Field_{at:03}__c: {{type: "{type}", help: Value {at} of Acme}}'
            for at, type in enumerate(islice(cycle(TYPES), fields))
        ]
    if triggers:
        sources = ", ".join(f"Bench_{number:02}__c" for number in range(objects))
        lines += [
            "events:",
            "  Bench_Change__e:",
            "    fields: {Operation__c: Text(16), After__c: LongTextArea(32768)}",
            "publish:",
            "  Bench_Change__e:",
            f"    from: [{sources}]",
            "    set: {Operation__c: $operation, After__c: $new}",
        ]
    return "\n".join(lines) + "\n"


def small(name: str) -> str:
    """A spec that has a few changes for the objects of ``large`` and for Account."""
    lines = ["orgwright: 1", f"connector: {name}", "label: Small one", "objects:"]
    lines += ["  Account: {Small_Id__c: {type: Text(32), external_id: true, unique: true}}"]
    for number in range(5000 // FULL):
        lines += [f"  Bench_{number:02}__c:", f"    label: Bench {number}", "    Field_000__c: Text(60)"]
    return "\n".join(lines) + "\n"


def _write(place: Path, name: str, text: str) -> Path:
    path = place / "connectors" / name / "connector.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def _generating(home: Path, place: Path) -> Iterator[Figure]:
    _write(place, "many", large("many", 50, 20, triggers=True))
    command = [BIN / "orgwright", "generate", "many"]
    yield Figure("generate 1,000 fields and 50 triggers", median(lambda: run(command, home, place), 3), target=2.0)


def _planning(home: Path, place: Path) -> Iterator[Figure]:
    path = _write(place, "wide", large("wide", 5000 // FULL, FULL, triggers=False))
    few = _write(place, "few", small("few"))
    os.environ["ORGWRIGHT_HOME"] = str(home)
    control.create_org(ORG, home=home)
    with OrgClient(connection_to_embedded(control.show_org(ORG, home=home))) as org:
        stages = [stage.components for stage in generate.stages(spec.load(path))]
        yield Figure("  deploy of 5,000 fields", seconds(lambda: deliver.deploy(org, stages, DeployOptions())))
    for name, file, text in (("few", few, "a few of them"), ("wide", path, "all of them")):
        command = [BIN / "orgwright", "plan", name, "--org", ORG]
        took = median(lambda command=command: run(command, home, place), 3)  # type: ignore[misc]
        yield Figure(f"plan, org of 5,000 fields, {text} in the spec", took, target=3.0)
        yield Figure("  API calls", calls(home, name, file), "calls", 12)


def calls(home: Path, name: str, path: Path) -> int:
    """How many API calls a plan takes."""
    with OrgClient(connection_to_embedded(control.show_org(ORG, home=home))) as org:
        make_plan(org, spec.load(path), name=name, parameters={})
        return org.transport.calls


def _together(home: Path, project: Path) -> Iterator[Figure]:
    def up() -> None:
        for name in CONNECTORS:
            run([BIN / "orgwright", "up", name, "--org", "local-together", "--json"], home, project)

    yield Figure("all four connectors up on one fresh org", seconds(up), target=40.0)
    with OrgClient(connection_to_embedded(control.show_org("local-together", home=home))) as org:
        found = []
        for name in CONNECTORS:
            before = org.transport.calls
            path = project / "connectors" / name / "connector.yml"
            foreseen, _ = make_plan(org, spec.load(path), name=name, parameters={})
            if not foreseen.empty:
                sys.exit(f"{name} has changes right after it was brought up")
            found.append(org.transport.calls - before)
    yield Figure("  API calls of the dearest plan there", max(found), "calls", 12)
