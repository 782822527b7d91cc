"""Sessions as records: seen and ended by their user and by who manages users; they end by themselves when unused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import httpx
import pytest

from orgwright.localorg.access import passwords
from orgwright.localorg.registry import OrgEntry
from orgwright.localorg.runtime import Runtime
from orgwright.localorg.sessions import Grant
from tests.localorg.access.people import make_user
from tests.localorg.api.conftest import Site, V, query
from tests.localorg.api.test_access import sign_in
from tests.localorg.deploying import NAMESPACE, deploy

FIELDS = "SELECT Id, UsersId, CreatedDate, NumSecondsValid, SessionType, IsCurrent FROM AuthSession"


@pytest.fixture(scope="module")
def place(site: Site) -> OrgEntry:
    return site.runtime.registry.create("sessions", "scratch")


def test_who_manages_users_sees_all_sessions_and_others_their_own(site: Site, place: OrgEntry) -> None:
    org = site.runtime.registry.open(place.alias)
    clerk = make_user(org, "clerk", None)
    with site.client(place) as boss, sign_in(site, place, clerk) as first, sign_in(site, place, clerk) as second:
        own = query(first, FIELDS)
        assert {row["UsersId"] for row in own} == {clerk} and len(own) == 2
        assert [row["IsCurrent"] for row in own].count(True) == 1
        assert {row["NumSecondsValid"] for row in own} == {7200}
        assert own[0]["Id"].startswith("0Ak") and len(own[0]["Id"]) == 18
        seen = query(boss, f"{FIELDS} WHERE UsersId = '{clerk}'")
        assert {row["Id"] for row in seen} == {row["Id"] for row in own}
        assert len(query(boss, "SELECT Id FROM User WHERE Id IN (SELECT UsersId FROM AuthSession)")) == 2
        (bosses,) = query(boss, f"{FIELDS} WHERE IsCurrent = true")

        refused = first.delete(f"{V}/sobjects/AuthSession/{bosses['Id']}")
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (404, "INVALID_CROSS_REFERENCE_KEY")
        assert query(boss, "SELECT Id FROM User LIMIT 1")

        current = next(row["Id"] for row in own if row["IsCurrent"])
        other = next(row["Id"] for row in own if not row["IsCurrent"])
        assert first.delete(f"{V}/sobjects/AuthSession/{other}").status_code == 204
        assert ended(second) and not ended(first)
        assert boss.delete(f"{V}/sobjects/AuthSession/{current}").status_code == 204
        assert ended(first) and not ended(boss)


def test_apex_ends_sessions_too(site: Site, place: OrgEntry) -> None:
    org = site.runtime.registry.open(place.alias)
    clerk = make_user(org, "apex", None)
    with site.client(place) as boss, sign_in(site, place, clerk) as client:
        block = f"delete [SELECT Id FROM AuthSession WHERE UsersId = '{clerk}'];"
        done = boss.get(f"{V}/tooling/executeAnonymous", params={"anonymousBody": block}).json()
        assert done["success"], done
        assert ended(client) and not ended(boss)


def test_apex_gets_the_same_session_as_long_as_it_is_valid(site: Site, place: OrgEntry) -> None:
    org = site.runtime.registry.open(place.alias)
    assert org.open_session is not None
    clerk = make_user(org, "apexid", None)
    first = org.open_session(clerk)
    assert org.open_session(clerk) == first != org.open_session(org.record.admin_id)
    client = httpx.Client(base_url=site.http.base_url, headers={"Authorization": f"Bearer {first}"}, timeout=60)
    with site.client(place) as boss, client:
        (own,) = query(boss, f"{FIELDS} WHERE UsersId = '{clerk}'")
        assert boss.delete(f"{V}/sobjects/AuthSession/{own['Id']}").status_code == 204
        assert ended(client)
    assert org.open_session(clerk) != first


def ended(client: httpx.Client) -> bool:
    answer = client.get(f"{V}/limits")
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 401 and answer.json()[0]["errorCode"] == "INVALID_SESSION_ID"


def test_the_timeout_is_the_orgs_setting(tmp_path: Path) -> None:
    now = [dt.datetime(2026, 11, 25, tzinfo=dt.UTC)]
    runtime = Runtime(tmp_path, clock=lambda: now[0])
    entry = runtime.registry.create("dev", "scratch")
    org = runtime.registry.open("dev")

    def later(minutes: int) -> None:
        now[0] += dt.timedelta(minutes=minutes)

    try:
        token = runtime.open_session(entry)["access_token"]
        later(119)
        assert runtime.sessions.resolve(token) is not None  # and lives on
        later(119)
        assert runtime.sessions.resolve(token) is not None
        settings = (
            f"<SecuritySettings {NAMESPACE}><sessionSettings><sessionTimeout>FifteenMinutes</sessionTimeout>"
            "</sessionSettings></SecuritySettings>"
        )
        files = {"settings/Security.settings": settings.encode()}
        assert deploy(org, files, {"Settings": ["Security"]})["success"]
        later(14)
        assert runtime.sessions.resolve(token) is not None
        later(16)
        with org.read() as tx:
            assert tx.query("SELECT Id FROM AuthSession").records == []
        assert runtime.sessions.resolve(token) is None
    finally:
        runtime.close()


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def test_outside_of_login_hours_nobody_of_the_profile_logs_in(site: Site, place: OrgEntry) -> None:
    org = site.runtime.registry.open(place.alias)
    clerk = make_user(org, "hours", None)
    grant = Grant("refresh", clerk, "PlatformCLI", "full", site.runtime.clock().timestamp())
    form = {
        "grant_type": "refresh_token",
        "refresh_token": site.runtime.sessions.issue(place, grant),
        "client_id": "PlatformCLI",
    }

    def log_in() -> tuple[int, str]:
        answer = site.http.post("/services/oauth2/token", data=form)
        return answer.status_code, answer.json().get("error_description", "")

    def open_between(start: int, end: int) -> None:
        hours = "".join(f"<{day}End>{end}</{day}End><{day}Start>{start}</{day}Start>" for day in DAYS) if end else ""
        body = f"<Profile {NAMESPACE}><loginHours>{hours}</loginHours></Profile>"
        result = deploy(org, {"profiles/Standard.profile": body.encode()}, {"Profile": ["Standard"]})
        assert result["success"], result

    with org.transaction() as tx:
        passwords.put(tx, clerk, "Passw0rd!x")

    def soap_login() -> str:
        body = "<username>hours@office.example.com</username><password>Passw0rd!x</password>"
        envelope = (
            '<se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/"><se:Body>'
            f'<login xmlns="urn:partner.soap.sforce.com">{body}</login></se:Body></se:Envelope>'
        )
        return site.http.post("/services/Soap/u/60.0", content=envelope).text

    assert log_in()[0] == 200 and "<sessionId>" in soap_login()
    open_between(480, 480)
    assert "LOGIN_DURING_RESTRICTED_TIME" in soap_login()
    assert log_in() == (400, "ip restricted or invalid login hours")
    boss = site.runtime.open_session(place)["refresh_token"]
    form["refresh_token"], kept = boss, form["refresh_token"]
    assert log_in()[0] == 200  # another profile
    form["refresh_token"] = kept
    open_between(0, 1440)
    assert log_in()[0] == 200
    open_between(480, 480)
    open_between(0, 0)
    assert log_in()[0] == 200
