"""CumulusCI's own tasks, unmodified, against an embedded org that its keychain knows by token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

from orgwright.localorg import control, service
from orgwright.localorg.control import OrgAccess

covers = pytest.mark.covers
pytestmark = pytest.mark.xdist_group("cumulusci_clients")  # one org and one run for all tests
ROWS = 2_300
"""Above 2,000 rows CumulusCI uses Bulk API 1.0, below it composite collections."""

SCRIPT = """
import json, sys
from cumulusci.core.config import OrgConfig, TaskConfig
from cumulusci.cli.runtime import CliRuntime

facts = json.loads(sys.argv[1])
runtime = CliRuntime(load_keychain=True)
config = OrgConfig(
    {
        "access_token": facts["access_token"],
        "refresh_token": facts["refresh_token"],
        "instance_url": facts["https_url"],
        "id": f"{facts['https_url']}/id/{facts['org_id']}/{facts['user_id']}",
        "username": facts["username"],
        "connected_app": "built-in",
        "expires": "Persistent",
    },
    "local",
    runtime.keychain,
)
config.save()


def run(name, **options):
    task_config = runtime.project_config.get_task(name)
    task_config.config.setdefault("options", {}).update(options)
    task = task_config.get_class()(runtime.project_config, task_config, org_config=runtime.keychain.get_org("local"))
    return task()


answer = {}
org = runtime.keychain.get_org("local")
org.refresh_oauth_token(runtime.keychain)
answer["sandbox"] = org.is_sandbox
answer["version"] = org.latest_api_version
answer["organizations"] = org.salesforce_client.query("SELECT Id FROM Organization")["totalSize"]
made = run("insert_record", object="Account", values="Name:by CumulusCI")
answer["record"] = org.salesforce_client.query("SELECT Name FROM Account WHERE Name = 'by CumulusCI'")["totalSize"]
run("composite_request", data_files=["composite.json"])
answer["composite"] = org.salesforce_client.query("SELECT Id FROM Contact WHERE LastName = 'Composite'")["totalSize"]
run("load_dataset", mapping="mapping.yml", sql_path="dataset.sql")
answer["loaded"] = org.salesforce_client.query("SELECT COUNT() FROM Contact WHERE Account.Site = 'dataset'")["totalSize"]
run("extract_dataset", mapping="mapping.yml", sql_path="out.sql")
run("query", object="Account", query="SELECT Id, Name FROM Account WHERE Site = 'dataset'", result_file="out.csv")
run("delete_data", objects="Contact", where="Account.Site = 'dataset'")
answer["left"] = org.salesforce_client.query("SELECT COUNT() FROM Contact WHERE Account.Site = 'dataset'")["totalSize"]
print("ANSWER" + json.dumps(answer))
"""

CUMULUSCI = """
minimum_cumulusci_version: '4.0.0'
project:
    name: clients
    package: {name: clients, api_version: '67.0'}
    git: {default_branch: main}
"""

MAPPING = """
Insert Account:
    sf_object: Account
    table: accounts
    fields: {Name: name, Site: site}
Insert Contact:
    sf_object: Contact
    table: contacts
    fields: {LastName: last_name}
    lookups:
        AccountId: {table: accounts, key_field: account_id}
"""

COMPOSITE = {
    "allOrNone": True,
    "compositeRequest": [
        {"method": "POST", "url": "/services/data/v67.0/sobjects/Account", "referenceId": "a", "body": {"Name": "c"}},
        {
            "method": "POST",
            "url": "/services/data/v67.0/sobjects/Contact",
            "referenceId": "c",
            "body": {"LastName": "Composite", "AccountId": "@{a.id}"},
        },
    ],
}


def dataset() -> str:
    lines = [
        "BEGIN TRANSACTION;",
        "CREATE TABLE accounts (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR, site VARCHAR);",
        "CREATE TABLE contacts (id INTEGER NOT NULL PRIMARY KEY, last_name VARCHAR, account_id VARCHAR);",
        *(f"INSERT INTO accounts VALUES ({at}, 'Account {at}', 'dataset');" for at in range(1, 11)),
        *(f"INSERT INTO contacts VALUES ({at}, 'Contact {at}', '{at % 10 + 1}');" for at in range(1, ROWS + 1)),
        "COMMIT;",
    ]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrgAccess]:
    home = tmp_path_factory.mktemp("home") / "state"
    yield control.create_org("local", home=home)
    service.stop(home)


@pytest.fixture(scope="module")
def answer(org: OrgAccess, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("project")
    (folder / "home" / ".cumulusci").mkdir(parents=True)
    (folder / "home" / ".cumulusci" / "cumulus_timestamp").write_text("99999999999")
    for name, text in (
        ("cumulusci.yml", CUMULUSCI),
        ("mapping.yml", MAPPING),
        ("dataset.sql", dataset()),
        ("composite.json", json.dumps(COMPOSITE)),
        ("script.py", textwrap.dedent(SCRIPT)),
    ):
        (folder / name).write_text(text)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    facts = {
        **org.public(token=True),
        "refresh_token": org.refresh_token,
        "user_id": org.user_id,
    }
    done = subprocess.run(
        [sys.executable, "script.py", json.dumps(facts)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        env={
            **os.environ,
            "HOME": str(folder / "home"),
            "CUMULUSCI_KEY": "0123456789abcdef",
            "REQUESTS_CA_BUNDLE": str(org.ca_bundle),
        },
    )
    assert "ANSWER" in done.stdout, done.stdout[-3000:] + done.stderr[-6000:]
    found: dict[str, Any] = json.loads(done.stdout.rpartition("ANSWER")[2])
    found["extracted"] = (folder / "out.sql").read_text().count('INSERT INTO "contacts"')
    found["exported"] = len((folder / "out.csv").read_text().splitlines())
    return found


@covers("CumulusCI", "org refresh")
def test_a_refreshed_session_describes_the_org(answer: dict[str, Any]) -> None:
    assert (answer["version"], answer["organizations"], answer["sandbox"]) == ("67.0", 1, True)


@covers("CumulusCI", "insert_record", "composite_request")
def test_records_and_composite_requests(answer: dict[str, Any]) -> None:
    assert (answer["record"], answer["composite"]) == (1, 1)


@covers("CumulusCI", "load_dataset", "extract_dataset", "delete_data")
def test_datasets_are_loaded_extracted_and_deleted(answer: dict[str, Any]) -> None:
    assert answer["loaded"] == ROWS
    assert answer["extracted"] >= ROWS
    assert answer["left"] == 0


@covers("CumulusCI", "query")
def test_a_bulk_query_is_written_to_a_file(answer: dict[str, Any]) -> None:
    assert answer["exported"] == 11
