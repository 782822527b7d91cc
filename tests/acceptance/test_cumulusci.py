"""``cci flow run gentrack_up`` does the main job with no sf CLI and nothing started by hand."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.acceptance.conftest import BIN, Workplace

pytestmark = pytest.mark.xdist_group("cumulusci")


@pytest.fixture(scope="module")
def bare_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH with git and what a shell needs, but no sf."""
    folder = tmp_path_factory.mktemp("bin")
    for name in ("git", "sh", "env", "uname", "python3"):
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    assert shutil.which("sf", path=f"{folder}{os.pathsep}{BIN}") is None
    return f"{folder}{os.pathsep}{BIN}"


def cci(workplace: Workplace, bare_path: str, *arguments: str) -> tuple[int, str]:
    timestamp = workplace.home / ".cumulusci" / "cumulus_timestamp"
    timestamp.parent.mkdir(exist_ok=True)
    timestamp.write_text("99999999999")  # no question for updates on every command
    done = workplace.run(BIN / "cci", *arguments, PATH=bare_path, CUMULUSCI_KEY="0123456789abcdef")
    return done.code, done.text


def test_flow_brings_a_local_org_up(workplace: Workplace, bare_path: str) -> None:
    code, text = cci(workplace, bare_path, "flow", "run", "gentrack_up", "--org", "local-cci")
    assert code == 0, text
    with workplace.client("local-cci") as org:
        assert org.count("SELECT COUNT() FROM Account WHERE Gentrack_External_Id__c != null") == 1000
        assert org.count("SELECT COUNT() FROM Account WHERE Name LIKE 'Robot%'") == 0
    assert (workplace.project / "build" / "robot" / "output.xml").exists()
    assert "token" not in text.lower().replace("access_token", "")
    assert not list(Path(workplace.home).glob(".cumulusci/*/local-cci.org")), (
        "tokens of embedded orgs stay with the server"
    )


def test_validate_task_fails_on_a_difference(workplace: Workplace, bare_path: str) -> None:
    code, text = cci(
        workplace, bare_path, "task", "run", "connector_validate", "--connector", "gentrack", "--org", "local-empty"
    )
    assert code != 0
    assert "Gentrack_External_Id__c" in text
