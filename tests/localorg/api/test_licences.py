"""Seats of user licences: who becomes active takes one while there are any, at every door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.localorg.api.conftest import Site, V, query

FULL = {"statusCode": "LICENSE_LIMIT_EXCEEDED", "message": "License Limit Exceeded", "fields": []}


@pytest.fixture
def http(site: Site, unique: Any) -> Iterator[httpx.Client]:
    name = f"seats-{unique()}"
    with site.client(site.runtime.registry.create(name, "scratch")) as client:
        yield client


def profile(http: httpx.Client, name: str) -> str:
    return str(query(http, f"SELECT Id FROM Profile WHERE Name = '{name}'")[0]["Id"])


def user(name: str, profile_id: str, **more: Any) -> dict[str, Any]:
    return {
        "attributes": {"type": "User"}, "LastName": name, "Alias": name[:8], "Email": f"{name}@example.com",
        "Username": f"{name}@seats.example.com", "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US",
        "EmailEncodingKey": "UTF-8", "LanguageLocaleKey": "en_US", "ProfileId": profile_id, **more,
    }  # fmt: skip


def make(http: httpx.Client, *users: dict[str, Any]) -> list[dict[str, Any]]:
    answer = http.post(f"{V}/composite/sobjects", json={"allOrNone": False, "records": list(users)})
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def seats(http: httpx.Client, name: str) -> tuple[int, int]:
    (row,) = query(http, f"SELECT TotalLicenses, UsedLicenses FROM UserLicense WHERE Name = '{name}'")
    return row["TotalLicenses"], row["UsedLicenses"]


def test_users_take_seats_until_there_are_none(http: httpx.Client) -> None:
    platform, standard = profile(http, "Standard Platform User"), profile(http, "Standard User")
    total, used = seats(http, "Salesforce Platform")
    made = make(
        http,
        user("idle", platform, IsActive=False),
        *(user(f"p{n}", platform) for n in range(total - used + 1)),
        user("other", standard),
    )
    assert [row["success"] for row in made] == [True, *[True] * (total - used), False, True]
    assert made[-2]["errors"] == [FULL]
    assert seats(http, "Salesforce Platform") == (total, total)
    (twice,) = make(http, user("late", platform, Username="p0@seats.example.com"))
    assert [error["statusCode"] for error in twice["errors"]] == ["DUPLICATE_USERNAME"]
    idle, first, other = (f"{V}/sobjects/User/{made[n]['id']}" for n in (0, 1, -1))
    for url, change in ((idle, {"IsActive": True}), (other, {"ProfileId": platform})):
        answer = http.patch(url, json=change)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "LICENSE_LIMIT_EXCEEDED")
    assert http.patch(first, json={"Title": "keeps the seat", "ProfileId": platform}).status_code == 204
    assert http.patch(first, json={"IsActive": False}).status_code == 204
    assert http.patch(idle, json={"IsActive": True}).status_code == 204


def test_apex_is_refused_and_tests_make_as_many_as_they_like(http: httpx.Client) -> None:
    total, _ = seats(http, "Salesforce")
    body = (
        "List<User> us = new List<User>(); Id p = [SELECT Id FROM Profile WHERE Name = 'Standard User'].Id;"
        f" for (Integer i = 0; i < {total}; i++) us.add(new User(LastName = 'x' + i, Alias = 'x' + i, ProfileId = p,"
        " Email = 'x@example.com', Username = 'x' + i + '@apex.example.com', TimeZoneSidKey = 'GMT', LocaleSidKey = 'en_US',"
        " EmailEncodingKey = 'UTF-8', LanguageLocaleKey = 'en_US')); insert us;"
    )
    found = http.get(f"{V}/tooling/executeAnonymous", params={"anonymousBody": body}).json()
    assert "LICENSE_LIMIT_EXCEEDED, License Limit Exceeded" in found["exceptionMessage"]
    test = f"@IsTest class Crowd {{ @IsTest static void many() {{ {body} Assert.areEqual({total}, us.size()); }} }}"
    assert http.post(f"{V}/tooling/sobjects/ApexClass", json={"Name": "Crowd", "Body": test}).status_code == 201
    ran = http.post(f"{V}/tooling/runTestsSynchronous", json={"tests": [{"className": "Crowd"}]}).json()
    assert (ran["numTestsRun"], ran["failures"]) == (1, [])
