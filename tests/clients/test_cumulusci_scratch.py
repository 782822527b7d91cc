"""CumulusCI's own command line, unmodified: flows of a sample project on scratch orgs of the embedded Dev Hub."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orgwright.localorg.control import OrgAccess
from tests.clients.conftest import Sf

covers = pytest.mark.covers
SAMPLE = Path(__file__).parent / "sample"
Cci = Callable[..., str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cci") / "project"
    shutil.copytree(SAMPLE, folder)
    for line in ("init -q -b main", "add -A", "-c user.name=n -c user.email=n@example.com commit -q -m sample"):
        subprocess.run(["git", *line.split()], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def cci(signed_in: Sf, hub: OrgAccess, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Cci:
    """``cci LINE`` in the sample project; the sf CLI that it calls is signed in to the Dev Hub over https."""
    home = tmp_path_factory.mktemp("home")
    (home / ".cumulusci").mkdir()
    (home / ".cumulusci" / "cumulus_timestamp").write_text("99999999999")
    path = f"{signed_in.program.parent}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "HOME": str(home), "PATH": path, "CUMULUSCI_KEY": "0123456789abcdef",
           "REQUESTS_CA_BUNDLE": str(hub.ca_bundle), "NODE_EXTRA_CA_CERTS": str(hub.ca_bundle),
           "SF_DISABLE_TELEMETRY": "true", "SF_SKIP_NEW_VERSION_CHECK": "true"}  # fmt: skip

    def run(program: str, line: str, code: int = 0, **more: str) -> str:
        done = subprocess.run(
            [program, *line.split()], cwd=project, env={**env, **more}, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == code, f"{line}: {done.stdout[-5000:]}{done.stderr[-2000:]}"
        return done.stdout + done.stderr

    login = f"org login access-token --instance-url {hub.https_url} --alias hub --no-prompt --set-default-dev-hub"
    run("sf", login, SF_ACCESS_TOKEN=hub.access_token)

    def call(line: str, code: int = 0) -> str:
        return run("cci", line, code)

    return call


def only(folder: Path, name: str) -> str:
    return (folder / name).read_text()


@covers("CumulusCI", "flow run dev_org", "update_dependencies", "deploy_pre", "deploy", "deploy_post",
        "update_admin_profile", "snapshot_changes", "robot")  # fmt: skip
def test_dev_org_makes_a_scratch_org_and_brings_the_project_up_in_it(cci: Cci) -> None:
    said = cci("flow run dev_org --org dev")
    assert "Completed flow 'dev_org' on org dev successfully!" in said
    assert "2 tests, 2 passed, 0 failed" in said


@covers("CumulusCI", "flow run ci_feature", "run_tests", "org scratch_delete")
def test_ci_feature_runs_the_tests_with_coverage(cci: Cci, project: Path) -> None:
    said = cci("flow run ci_feature --org feature")
    assert "Completed flow 'ci_feature' on org feature successfully!" in said
    assert 'name="whatIsDueIsCompleted"' in only(project, "tests.xml")
    cci("org scratch_delete feature")


@covers("CumulusCI", "flow run qa_org", "org scratch_delete")
def test_qa_org_brings_the_project_up_for_testers(cci: Cci) -> None:
    said = cci("flow run qa_org --org qa")
    assert "Completed flow 'qa_org' on org qa successfully!" in said
    cci("org scratch_delete qa")
