"""Generated Apex proved on an org in memory: deployed, its tests run, every line of every class and trigger covered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from orgwright import generate, spec
from orgwright.generate import Stage
from orgwright.localorg.metadata import deploys
from orgwright.localorg.metadata.model import DeployOptions
from orgwright.metadata import Component, mdapi
from tests.localorg.deploying import make_org


def faults(connector: spec.Connector) -> list[str]:
    """What an org refuses, which tests fail, and which lines no test reaches."""
    org = make_org()
    found: list[str] = []
    for stage in generate.stages(connector):
        units = {c.name for c in stage.components if c.type in ("ApexClass", "ApexTrigger")}
        result = _deploy(org, stage.components, units)
        found += _faults(result["details"], stage, units)
    return found


def refusals(stages: Iterable[Stage]) -> list[str]:
    """What an org refuses of a deploy without tests."""
    org = make_org()
    results = [_deploy(org, stage.components, set()) for stage in stages]
    return [f"{f['fullName']}: {f['problem']}" for r in results for f in r["details"]["componentFailures"]]


def _deploy(org: Any, components: Sequence[Component], units: set[str]) -> dict[str, Any]:
    options = DeployOptions(test_level="RunLocalTests") if units else DeployOptions()
    deploy_id, work = deploys.of(org).start(org.record.admin_id, mdapi.to_zip(components), options)
    work()
    return deploys.of(org).status(deploy_id)


def _faults(details: dict[str, Any], stage: Stage, units: set[str]) -> Iterator[str]:
    for failure in details["componentFailures"]:
        yield f"{failure['componentType']} {failure['fullName']} {failure.get('lineNumber')}: {failure['problem']}"
    run = details.get("runTestResult") or {"failures": [], "codeCoverage": []}
    for failure in run["failures"]:
        yield f"test {failure['name']}.{failure['methodName']}: {failure['message']}"
    for unit in run["codeCoverage"]:
        lines = [line["line"] for line in unit["locationsNotCovered"]]
        if lines:
            yield f"{unit['name']}: lines {lines} are not covered"
    touched = {unit["name"] for unit in run["codeCoverage"]}
    yield from (
        f"{name}: no test touches it" for name in sorted(units - touched - set(_without_lines(stage.components)))
    )


def _without_lines(components: Iterable[Component]) -> Iterator[str]:
    """Test classes, and interfaces."""
    return (c.name for c in components if b"@IsTest" in c.body or b"public interface" in c.body.split(b"{")[0])
