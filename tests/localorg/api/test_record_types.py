"""Records that name no record type get the one that the profile of who makes them names as default."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from orgwright.localorg.registry import OrgEntry
from tests.localorg.access.people import make_user
from tests.localorg.api.conftest import Site, V, create, query
from tests.localorg.api.test_access import sign_in
from tests.localorg.api.test_bulk2 import start
from tests.localorg.deploying import NAMESPACE, deploy

TYPES = ("Branch", "Office")
OBJECT = "".join(
    f"<recordTypes><fullName>{one}</fullName><active>true</active><label>{one}</label></recordTypes>" for one in TYPES
)


def profile(site: Site, name: str, *visible: tuple[str, bool]) -> None:
    rows = "".join(
        f"<recordTypeVisibilities><default>{str(default).lower()}</default><recordType>Account.{one}</recordType>"
        "<visible>true</visible></recordTypeVisibilities>"
        for one, default in visible
    )
    files = {f"profiles/{name}.profile": f"<Profile {NAMESPACE}>{rows}</Profile>".encode()}
    result = deploy(site.runtime.registry.open("typed"), files, {"Profile": [name]})
    assert result["success"], result


@pytest.fixture(scope="module")
def typed(site: Site) -> OrgEntry:
    """An org whose administrators make offices; other profiles name no record type."""
    made = site.runtime.registry.create("typed", "scratch")
    files = {"objects/Account.object": f"<CustomObject {NAMESPACE}>{OBJECT}</CustomObject>".encode()}
    members = {"RecordType": [f"Account.{one}" for one in TYPES]}
    assert deploy(site.runtime.registry.open("typed"), files, members)["success"]
    profile(site, "Admin", ("Branch", False), ("Office", True))
    return made


@pytest.fixture
def http(site: Site, typed: OrgEntry) -> Iterator[httpx.Client]:
    with site.client(typed) as client:
        yield client


def kinds(http: httpx.Client, name: str) -> list[str | None]:
    rows = query(http, f"SELECT RecordType.DeveloperName FROM Account WHERE Name = '{name}'")
    return [row["RecordType"] and row["RecordType"]["DeveloperName"] for row in rows]


def default_of(http: httpx.Client) -> list[str]:
    infos = http.get(f"{V}/sobjects/Account/describe").json()["recordTypeInfos"]
    return [one["developerName"] for one in infos if one["defaultRecordTypeMapping"]]


def test_every_door_gives_the_default(http: httpx.Client) -> None:
    (branch,) = query(http, "SELECT Id FROM RecordType WHERE DeveloperName = 'Branch'")
    create(http, "Account", Name="rest")
    create(http, "Account", Name="named", RecordTypeId=branch["Id"])
    start(http, "insert", "Account", b"Name\nbulk\n")
    block = (
        "insert new Account(Name = 'apex');"
        "for (RecordTypeInfo one : Account.SObjectType.getDescribe().getRecordTypeInfos())"
        " if (one.isDefaultRecordTypeMapping()) insert new Account(Name = 'told', Site = one.getDeveloperName());"
    )
    ran = http.get(f"{V}/tooling/executeAnonymous", params={"anonymousBody": block}).json()
    assert ran["success"], ran
    assert [kinds(http, name) for name in ("rest", "bulk", "apex", "named")] == [["Office"]] * 3 + [["Branch"]]
    assert [row["Site"] for row in query(http, "SELECT Site FROM Account WHERE Name = 'told'")] == ["Office"]
    assert default_of(http) == ["Office"]


def test_a_profile_that_names_none_gives_the_master_record_type(
    site: Site, typed: OrgEntry, http: httpx.Client
) -> None:
    user = make_user(site.runtime.registry.open("typed"), "plain", None)
    with sign_in(site, typed, user) as clerk:
        create(clerk, "Account", Name="by a clerk")
        assert default_of(clerk) == ["Master"]
    assert kinds(http, "by a clerk") == [None]


def test_another_default_takes_the_place_of_the_first(site: Site, http: httpx.Client) -> None:
    profile(site, "Admin", ("Branch", True))
    create(http, "Account", Name="later")
    assert (kinds(http, "later"), default_of(http)) == (["Branch"], ["Branch"])
    profile(site, "Admin", ("Branch", False), ("Office", True))
