"""CumulusCI's own command line, unmodified: flows of a sample project on scratch orgs of the embedded Dev Hub."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orgwright.localorg.control import OrgAccess
from tests.clients.conftest import QUIET, Sf
from tests.clients.github.server import HOST, TOKEN, GitHub, served

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
def github(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    """The project's origin: a GitHub Enterprise server with what the project's folder has."""
    bare = tmp_path_factory.mktemp("github") / "Deliveries.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(project), str(bare)], check=True)
    with served(bare, "acme", "Deliveries") as found:
        subprocess.run(["git", "remote", "add", "origin", found.url], cwd=project, check=True)
        yield found


@pytest.fixture(scope="module")
def cci(signed_in: Sf, hub: OrgAccess, project: Path, github: GitHub, tmp_path_factory: pytest.TempPathFactory) -> Cci:
    """``cci LINE`` in the sample project; the sf CLI that it calls is signed in to the Dev Hub over https."""
    home = tmp_path_factory.mktemp("home")
    (home / ".cumulusci").mkdir()
    (home / ".cumulusci" / "cumulus_timestamp").write_text("99999999999")
    path = f"{signed_in.program.parent}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    trusted = home / "ca.pem"
    trusted.write_bytes(hub.ca_bundle.read_bytes() + github.ca)
    account = {"username": "acme", "email": "acme@example.com", "token": TOKEN}
    own = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    env = {**own, **QUIET, "HOME": str(home), "PATH": path, "CUMULUSCI_KEY": "0123456789abcdef",
           "REQUESTS_CA_BUNDLE": str(trusted), "NODE_EXTRA_CA_CERTS": str(hub.ca_bundle),
           "COLUMNS": "200", "ALL_PROXY": github.proxy, "NO_PROXY": "127.0.0.1,localhost",
           "CUMULUSCI_SERVICE_github": json.dumps(account),
           "CUMULUSCI_SERVICE_github_enterprise": json.dumps({**account, "server_domain": HOST})}  # fmt: skip

    def run(program: str, line: str, *words: str, code: int = 0, **more: str) -> str:
        done = subprocess.run(
            [program, *line.split(), *words],
            cwd=project,
            env={**env, **more},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == code, f"{line}: {done.stdout[-5000:]}{done.stderr[-2000:]}"
        return done.stdout + done.stderr

    login = f"org login access-token --instance-url {hub.https_url} --alias hub --no-prompt --set-default-dev-hub"
    run("sf", login, SF_ACCESS_TOKEN=hub.access_token)

    def call(line: str, *words: str, code: int = 0) -> str:
        return run("cci", line, *words, code=code)

    return call


def matched(pattern: str, text: str) -> str:
    """What the group of a pattern matched."""
    match = re.search(pattern, text)
    assert match is not None, f"no {pattern} in {text}"
    return match[1]


def only(folder: Path, name: str) -> str:
    return (folder / name).read_text()


@covers("CumulusCI", "flow run dev_org", "update_dependencies", "deploy_pre", "deploy", "deploy_post",
        "update_admin_profile", "snapshot_changes", "robot")  # fmt: skip
def test_dev_org_makes_a_scratch_org_and_brings_the_project_up_in_it(cci: Cci) -> None:
    said = cci("flow run dev_org --org dev")
    assert "Completed flow 'dev_org' on org dev successfully!" in said
    assert "2 tests, 2 passed, 0 failed" in said


@covers("CumulusCI", "flow run ci_feature", "run_tests")
def test_ci_feature_runs_the_tests_with_coverage(cci: Cci, project: Path) -> None:
    said = cci("flow run ci_feature --org dev")
    assert "Completed flow 'ci_feature' on org dev successfully!" in said
    assert 'name="whatIsDueIsCompleted"' in only(project, "tests.xml")


@covers("CumulusCI", "flow run qa_org", "org scratch_delete")
def test_qa_org_brings_the_project_up_for_testers(cci: Cci) -> None:
    said = cci("flow run qa_org --org dev")
    assert "Completed flow 'qa_org' on org dev successfully!" in said
    cci("org scratch_delete dev")


UNLOCKED = "-o create_package_version__package_type Unlocked"
"""A managed package needs a namespace, which the embedded Dev Hub refuses."""


@covers("CumulusCI", "flow run build_feature_test_package", "flow run ci_feature_2gp", "create_package_version",
        "github_package_data", "install_managed")  # fmt: skip
def test_a_commit_is_tested_as_a_package(cci: Cci, github: GitHub) -> None:
    made = cci(f"flow run build_feature_test_package --org packaged {UNLOCKED}")
    id = matched(r"SubscriberPackageVersion Id: (04t\w{15})", made)
    # whoever builds for each commit tells GitHub of the version
    status = {"state": "success", "context": "Build Feature Test Package", "description": f"version_id: {id}"}
    github.ask("POST", f"/statuses/{github.ask('GET', '/branches/main')['commit']['sha']}", **status)
    said = cci("flow run ci_feature_2gp --org packaged")
    assert "Completed flow 'ci_feature_2gp' on org packaged successfully!" in said
    assert f"Installing Package {id}" in said
    assert "Pass: 1  Retried: 0  Fail: 0" in said


@covers("CumulusCI", "flow run release_2gp_beta", "flow run ci_beta", "flow run release_2gp_production",
        "create_package_version", "github_release", "github_release_notes", "github_automerge_main",
        "install_managed_beta", "promote_package_version")  # fmt: skip
def test_a_release_from_beta_to_production(cci: Cci, github: GitHub, project: Path) -> None:
    merge_a_pull_request(github, project, "Suppliers are told.")
    line = f"flow run release_2gp_beta --org beta {UNLOCKED} -o create_package_version__ancestor_id"
    assert "Completed flow 'release_2gp_beta' on org beta successfully!" in cci(line, "")
    (beta,) = github.ask("GET", "/releases")
    assert (beta["tag_name"], beta["prerelease"]) == ("beta/0.1.0.1", True)
    assert "Suppliers are told." in beta["body"]
    assert github.ask("GET", "/contents/NOTES.md", ref="feature/later")["size"] > 0
    installed = cci("flow run ci_beta --org beta")
    assert "Completed flow 'ci_beta' on org beta successfully!" in installed
    assert "Pass: 1  Retried: 0  Fail: 0" in installed
    assert "Package promoted!" in cci("flow run release_2gp_production --org beta")
    released = github.ask("GET", "/releases/latest")
    assert (released["tag_name"], released["prerelease"]) == ("release/0.1.0.1", False)


def merge_a_pull_request(github: GitHub, project: Path, change: str) -> None:
    """Merge work into main and fetch it; the branch ``feature/later`` lags behind."""
    origin = str(github.api.git.folder)

    def git(*words: str) -> None:
        done = ["git", "-c", "user.name=n", "-c", "user.email=n@example.com", *words]
        subprocess.run(done, cwd=project, check=True)

    git("push", "-q", origin, "main:feature/later")
    git("checkout", "-q", "-b", "feature/notes")
    (project / "NOTES.md").write_text(change)
    git("add", "NOTES.md")
    git("commit", "-q", "-m", "notes")
    git("push", "-q", origin, "feature/notes")
    git("checkout", "-q", "main")
    made = github.ask("POST", "/pulls", title="Notes", base="main", head="feature/notes", body=f"# Changes\n\n{change}")
    github.ask("PUT", f"/pulls/{made['number']}/merge")
    git("pull", "-q", "--ff-only", origin, "main")
