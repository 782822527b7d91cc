"""jsforce, unmodified, against an embedded org."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from orgwright.localorg import control
from orgwright.localorg.control import OrgAccess

pytestmark = pytest.mark.xdist_group("sf")
covers = pytest.mark.covers
SCRIPT = Path(__file__).parent / "node" / "jsforce.cjs"


@pytest.fixture(scope="module")
def org(state: Path) -> OrgAccess:
    """An org of its own: what jsforce makes in it is no change that the sf CLI's tests have to track."""
    return control.create_org("jsforce", home=state)


@pytest.fixture(scope="module")
def found(node_modules: Path, org: OrgAccess) -> dict[str, Any]:
    """What the script printed."""
    done = subprocess.run(
        ["node", str(SCRIPT), org.instance_url, org.access_token],
        env={**os.environ, "NODE_PATH": str(node_modules)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    answer: dict[str, Any] = json.loads(done.stdout.partition("FOUND")[2])
    return answer


@covers("jsforce", "identity", "query", "sobject.create", "sobject.destroy")
def test_records(found: dict[str, Any], org: OrgAccess) -> None:
    assert found["identity"] == org.username
    assert (found["created"], found["queried"]) == ([True, True], ["js 1", "js 2"])
    assert (found["streamed"] >= 2, found["error"]) == (True, "INVALID_FIELD")


@covers("jsforce", "describe", "describeGlobal", "request")
def test_describes(found: dict[str, Any]) -> None:
    assert (found["fields"], found["global"], found["limit"]) == (True, True, 15_000)


@covers("jsforce", "bulk.load", "bulk2.loadAndWaitForResults", "bulk2.query")
def test_bulk_jobs_of_both_kinds(found: dict[str, Any]) -> None:
    assert (found["bulk2"], found["bulk2query"], found["bulk1"]) == (1, ["bulk 2"], [True])


@covers("jsforce", "metadata.list", "metadata.upsert", "metadata.read", "tooling.executeAnonymous")
def test_metadata(found: dict[str, Any]) -> None:
    assert (found["metadata"], found["upserted"], found["read"]) == (True, [True], "Js")
    assert found["anonymous"]
