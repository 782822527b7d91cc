"""``orgwright org``: orgs are made, shown, limited, deleted; tokens are shown only when asked for."""

from __future__ import annotations

import json
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orgwright.cli.org import command
from orgwright.errors import OrgwrightError
from orgwright.localorg import control, service


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home") / "state"
    yield folder
    service.stop(folder)


@pytest.fixture(autouse=True)
def state(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORGWRIGHT_HOME", str(home))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def get(url: str, token: str) -> int:
    request = urllib.request.Request(f"{url}/services/data/v67.0/limits", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_an_org_from_creation_to_deletion(home: Path) -> None:
    made = json.loads(run("create", "uat", "--kind", "production", "--json").output)
    assert set(made) == {"alias", "org_id", "kind", "username", "instance_url", "https_url", "ca_bundle"}
    assert (made["alias"], made["kind"]) == ("uat", "production")
    shown = json.loads(run("show", "uat", "--json", "--show-token").output)
    assert get(shown["instance_url"], shown["access_token"]) == 200
    assert shown["access_token"] not in run("show", "uat").output
    row = next(line.split() for line in run("list").output.splitlines() if line.startswith("uat "))
    assert row == ["uat", "production", made["org_id"], made["username"]]
    (listed,) = (org for org in json.loads(run("list", "--json").output) if org["alias"] == "uat")
    assert listed.items() <= made.items() and {"alias", "kind", "org_id", "username"} <= set(listed)
    credentials = home / "orgs" / "uat" / "credentials.json"
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o600

    assert run("delete", "uat").exit_code == 0
    assert not credentials.exists()
    assert get(shown["instance_url"], shown["access_token"]) == 401
    assert isinstance(run("show", "uat").exception, OrgwrightError)


def test_what_cannot_be_is_refused_with_a_reason() -> None:
    run("create", "Twice")
    for arguments, text in (
        (("create", "twice"), "exists already"),
        (("create", "../evil"), "is no name for an org"),
        (("create", "x", "--limit", "DailyApiRequests"), "is no limit"),
        (("delete", "nothing"), "there is no org named 'nothing'"),
        (("limit", "nothing", "DailyApiRequests=1"), "there is no org named"),
    ):
        error = run(*arguments).exception
        assert isinstance(error, OrgwrightError) and text in error.what, arguments
    assert run("create", "x", "--kind", "moon").exit_code == 2


def test_limits_are_set_and_survive_a_restart() -> None:
    run("create", "limited", "--limit", "DailyApiRequests=2")
    assert run("limit", "limited", "DailyApiRequests=3").output.strip() == "DailyApiRequests=3"
    org = control.show_org("limited")
    assert [get(org.instance_url, org.access_token) for _ in range(2)] == [200, 200]
    assert run("stop").output == "stopped\n"
    assert run("stop").output == "was not running\n"
    org = control.show_org("limited")
    assert [get(org.instance_url, org.access_token) for _ in range(2)] == [200, 403]


def test_an_org_is_made_once_and_a_lost_token_is_replaced() -> None:
    first = control.ensure_org("local")
    assert control.ensure_org("local") == first
    assert first.access_token not in repr(first)
    body = f"token={first.access_token}".encode()
    urllib.request.urlopen(f"{first.instance_url}/services/oauth2/revoke", data=body)
    again = control.ensure_org("local")
    assert again.access_token != first.access_token
    assert get(again.instance_url, again.access_token) == 200


def test_start_says_where() -> None:
    facts = json.loads(run("start", "--json").output)
    assert facts["http_url"] in run("start").output
    assert Path(facts["ca_bundle"]).exists()


def test_snapshot_restore_and_clone(home: Path) -> None:
    made = json.loads(run("create", "state", "--json").output)
    kept = json.loads(run("snapshot", "state", "--as", "first", "--json").output)
    assert (kept["name"], kept["alias"], kept["org_id"]) == ("first", "state", made["org_id"])
    assert "kept state as" in run("snapshot", "state").output
    cloned = json.loads(run("clone", "state", "twin", "--snapshot", "first", "--json").output)
    shown = json.loads(run("show", "twin", "--json", "--show-token").output)
    assert cloned["org_id"] not in ("", made["org_id"]) and get(shown["instance_url"], shown["access_token"]) == 200
    run("delete", "state")
    assert "again as it was" in run("restore", "state", "first").output
    assert json.loads(run("show", "state", "--json").output)["org_id"] == made["org_id"]
    assert "first" in run("snapshots").output
    assert run("snapshots", "--delete", "first").exit_code == 0
    assert "first" not in {one["name"] for one in json.loads(run("snapshots", "--json").output)}
    assert isinstance(run("snapshot", "nothing").exception, OrgwrightError)
