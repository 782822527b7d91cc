"""Put faults into the Apex that a connector generates, and see whether the generated tests notice.

Each mutant is deployed with ``checkOnly`` and the connector's tests, so the org stays as it is. A mutant that does not
compile tells nothing; one that makes a test fail is killed; the others survive and are listed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from orgwright import generate, spec
from orgwright.cli.orgs import connection_to_embedded
from orgwright.localorg import control, service
from orgwright.metadata import mdapi
from orgwright.metadata.component import Component
from orgwright.org import OrgClient
from orgwright.org.metadata import DeployOptions
from orgwright.workflows.steps import deploy_connector, test_classes
from tests.mutation.mutants import Mutant, mutants

TARGET = 90.0
ROOT = Path(__file__).parents[2]


def main(names: list[str]) -> int:
    """Mutate the connectors named, or all that have Apex; 1 when less than the target is killed."""
    with tempfile.TemporaryDirectory() as home:
        try:
            shares = [judge(name, Path(home)) for name in names or spec.names(ROOT)]
        finally:
            service.stop(Path(home))
    return 0 if all(share >= TARGET for share in shares) else 1


def judge(name: str, home: Path) -> float:
    """The share of mutants of one connector that are killed, in per cent."""
    connector = spec.load(spec.find(name, ROOT))
    components = generate.components(connector)
    tests = test_classes(components)
    code = [c for c in components if c.type in {"ApexClass", "ApexTrigger"} and b"@istest" not in c.body.lower()]
    if not tests:
        print(f"{name}: no Apex")
        return 100.0
    start = time.monotonic()
    survivors: list[Mutant] = []
    counted = 0
    with OrgClient(connection_to_embedded(control.create_org(f"local-{name}", home=home))) as org:
        deploy_connector(org, connector)
        for component in code:
            for mutant in mutants(component.name, component.body.decode()):
                verdict = try_out(org, component, mutant, tests)
                counted += verdict is not None
                if verdict is False:
                    survivors.append(mutant)
    share = 100.0 * (counted - len(survivors)) / counted if counted else 100.0
    for mutant in survivors:
        print(f"  survived: {mutant.unit}:{mutant.line}: {mutant.what}")
    print(
        f"{name}: {counted - len(survivors)} of {counted} mutants killed, {share:.1f} % ({time.monotonic() - start:.0f} s)"
    )
    return share


def try_out(org: OrgClient, component: Component, mutant: Mutant, tests: tuple[str, ...]) -> bool | None:
    """Whether a test noticed the mutant; ``None`` when it does not compile."""
    package = mdapi.to_zip([replace(component, body=mutant.source.encode())])
    options = DeployOptions(check_only=True, test_level="RunSpecifiedTests", tests=tests)
    result = org.metadata.deploy(package, options)
    if result.failures:
        return None
    if result.error:
        raise SystemExit(f"{component.name}: the org could not judge {result.id}: {result.error}")
    return bool(result.test_failures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
