"""CumulusCI's own Deploy and RunApexTests classes against the embedded org."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.registry import OrgEntry
from tests.localorg.api.conftest import Site
from tests.localorg.deploying import apex, fields, manifest

pytest.importorskip("cumulusci")

FIELD = "<fullName>Cci__c</fullName><label>Cci</label><length>40</length><type>Text</type>"
CLASS = "public class Twice {\n    public static Integer of(Integer i) {\n        return 2 * i;\n    }\n}"
TEST = "@IsTest\nprivate class Twice_TEST {\n    @IsTest\n    static void doubles() {\n        System.assertEquals({}, Twice.of(2));\n    }\n}"


@pytest.fixture(scope="module")
def cci_entry(site: Site) -> OrgEntry:
    made = site.runtime.registry.create("cci", "scratch")
    attach(site.runtime.registry.open("cci"))
    return made


@pytest.fixture
def task_of(site: Site, cci_entry: OrgEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes CumulusCI tasks for the org; they trust the server's own CA."""
    from cumulusci.core.config import BaseProjectConfig, OrgConfig, TaskConfig, UniversalConfig
    from cumulusci.core.keychain import BaseProjectKeychain

    monkeypatch.chdir(tmp_path)
    # CumulusCI makes its folder at home, and fails where another worker is at the same moment
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(OrgConfig, "refresh_oauth_token", lambda *_, **__: None)
    url = site.https_url
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(site.runtime.home / "tls" / "ca.pem"))
    token = site.runtime.open_session(cci_entry)["access_token"]
    identity = f"{url}/id/{cci_entry.org_id}/{cci_entry.user_id}"
    org = OrgConfig({"access_token": token, "instance_url": url, "id": identity, "username": cci_entry.username}, "cci")
    project = BaseProjectConfig(
        UniversalConfig({}), {"project": {"package": {"api_version": "67.0"}, "test": {"name_match": "%_TEST%"}}}
    )

    project.set_keychain(BaseProjectKeychain(project, None))

    def make(cls: Any, options: dict[str, Any]) -> Any:
        with mock.patch.object(type(org), "latest_api_version", "67.0"):
            return cls(project, TaskConfig({"options": options}), org)

    return make


def write(root: Path, files: dict[str, bytes], members: dict[str, list[str]]) -> Path:
    for path, content in {"package.xml": manifest(members), **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


@pytest.mark.parametrize("rest", [False, True])
def test_deploy(task_of: Any, tmp_path: Path, site: Site, rest: bool) -> None:
    from cumulusci.tasks.salesforce.Deploy import Deploy

    source = write(tmp_path / "src", fields("Account", FIELD), {"CustomField": ["Account.Cci__c"]})
    task_of(Deploy, {"path": str(source), "rest_deploy": rest})()
    with site.runtime.registry.open("cci").read() as tx:
        field = tx.schema.sobject("Account").field("Cci__c")  # type: ignore[union-attr]
    assert field is not None and field.length == 40


def test_a_failing_deploy_is_told(task_of: Any, tmp_path: Path) -> None:
    from cumulusci.salesforce_api.exceptions import MetadataParseError
    from cumulusci.tasks.salesforce.Deploy import Deploy

    source = write(tmp_path / "src", apex("Bad", "public class Bad { Nope n; }"), {"ApexClass": ["Bad"]})
    with pytest.raises(MetadataParseError, match="ApexClass Bad: Error on line 1, col 20: Invalid type: Nope"):
        task_of(Deploy, {"path": str(source)})()


def test_run_tests(task_of: Any, tmp_path: Path) -> None:
    from cumulusci.core.exceptions import ApexTestException
    from cumulusci.tasks.apex.testrunner import RunApexTests
    from cumulusci.tasks.salesforce.Deploy import Deploy

    def deploy(expected: str) -> None:
        files = {**apex("Twice", CLASS), **apex("Twice_TEST", TEST.replace("{}", expected))}
        task_of(
            Deploy, {"path": str(write(tmp_path / f"src{expected}", files, {"ApexClass": ["Twice", "Twice_TEST"]}))}
        )()

    options = {
        "junit_output": str(tmp_path / "junit.xml"),
        "json_output": str(tmp_path / "tests.json"),
        "required_org_code_coverage_percent": 75,
    }
    deploy("4")
    task_of(RunApexTests, options)()
    assert "doubles" in (tmp_path / "junit.xml").read_text()
    deploy("5")
    with pytest.raises(ApexTestException):
        task_of(RunApexTests, options)()
    assert "Expected: 5, Actual: 4" in (tmp_path / "junit.xml").read_text()
