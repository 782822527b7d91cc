"""Packages, trial orgs and rates: what is missing is told, and what is required stands in the way."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from orgwright import generate, plan, spec
from orgwright.plan.requirements import requirements
from tests.plan.fake import FakeOrg

HEAD = "orgwright: 1\nconnector: acme\nlabel: A\n"
VERSION = "04tA0000000M0MzIAK"


def org(**rows: list[dict[str, Any]]) -> FakeOrg:
    fake = FakeOrg([])
    fake.rows = {f"FROM {name}": found for name, found in rows.items()}
    return fake


def needing(need: str) -> spec.Connector:
    return spec.loads(
        f"{HEAD}requires: {{packages: [{{name: Clang, version: {VERSION}, need: {need}, install: /i}}]}}\n"
    )


def test_an_advised_package_is_a_note_and_a_required_one_is_in_the_way() -> None:
    advised = plan.validate(org(), needing("advised"))
    assert advised.valid and advised.notes == (
        f"package Clang ({VERSION}) is not installed; install it at /i of the org",
    )
    required = plan.validate(org(), needing("required"))
    assert [str(d) for d in required.differences] == [f"Clang: not in the org ({VERSION})"]
    (change,) = plan.foresee(org(), needing("required")).in_the_way
    assert (change.component, change.reason) == (
        "Clang",
        "is not installed, the connector asks for it; install it at /i of the org",
    )
    assert not plan.foresee(org(), needing("advised")).in_the_way


def test_the_version_or_another_of_the_same_package_will_do() -> None:
    same = org(InstalledSubscriberPackage=[{"SubscriberPackageId": "033A1", "SubscriberPackageVersionId": VERSION}])
    assert plan.validate(same, needing("required")).notes == (f"package Clang is installed: {VERSION}",)
    later = {"SubscriberPackageId": "033000000000001AAA", "SubscriberPackageVersionId": "04tA0000000XXXXIAK"}
    owner = [{"SubscriberPackageId": "033000000000001"}]
    assert plan.validate(
        org(InstalledSubscriberPackage=[later], SubscriberPackageVersion=owner), needing("required")
    ).valid
    other = [{"SubscriberPackageId": "033000000000002"}]
    assert not plan.validate(
        org(InstalledSubscriberPackage=[later], SubscriberPackageVersion=other), needing("required")
    ).valid


def test_a_trial_org_is_refused_where_the_connector_says_so() -> None:
    connector = spec.loads(f"{HEAD}requires: {{trial: false}}\n")
    trial = {"IsSandbox": False, "TrialExpirationDate": "2026-12-31T00:00:00.000+0000"}
    (change,) = plan.foresee(org(Organization=[trial]), connector).in_the_way
    assert change.reason == "is a trial org until 2026-12-31, which the connector does not work with"
    for fine in (trial | {"IsSandbox": True}, trial | {"TrialExpirationDate": None}):
        assert plan.validate(org(Organization=[fine]), connector).valid
    assert plan.validate(org(Organization=[trial]), spec.loads(HEAD)).valid


RATES = """
access: {user: {username: a@b.example, email: a@b.example, last_name: A, alias: a}}
rates:
  asked: {counts: requests, most: 3600, text: Then it is blocked}
  entered: {counts: logins, most: 10}
"""


def test_rates_that_do_not_fit_are_told() -> None:
    connector = spec.loads(HEAD + RATES)
    logins = [{}] * 8
    small = org(User=[{"Id": "005A"}], LoginHistory=logins)
    small.allowed = {"DailyApiRequests": {"Max": 15000, "Remaining": 9}}
    now = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
    asked: list[str] = []
    count = small.count
    small.count = lambda soql: asked.append(soql) or count(soql)  # type: ignore[method-assign,func-returns-value]
    assert requirements(small, connector, frozenset(), now=lambda: now).notes == (
        "rate asked: 3,600 API requests each hour come to 86,400 a day, the org allows 15,000. Then it is blocked",
        "rate entered: a@b.example logged in 8 times in the last hour, 10 are allowed",
    )
    assert asked == ["SELECT COUNT() FROM LoginHistory WHERE UserId = '005A' AND LoginTime > 2026-11-22T11:00:00Z"]
    large = org(User=[{"Id": "005A"}], LoginHistory=logins[:7])
    large.allowed = {"DailyApiRequests": {"Max": 86400, "Remaining": 9}}
    assert requirements(large, connector, frozenset(), now=lambda: now).notes == ()


CONVERSION = """
objects:
  Lead: {Acme_A__c: Text(9)}
  Contact: {Acme_A__c: Text(9)}
lead_conversion: {fields: {Contact: {Acme_A__c: Acme_A__c}}}
"""


def test_lead_mappings_that_a_deploy_may_drop_are_told() -> None:
    connector = spec.loads(HEAD + CONVERSION)
    made = generate.components(connector)
    mapping = next(c for c in made if c.type == "LeadConvertSettings")
    extra = b"<mappingFields><inputField>Own__c</inputField><outputField>Theirs__c</outputField></mappingFields><outputObject>"
    wider = replace(mapping, body=mapping.body.replace(b"<outputObject>", extra))
    fake = FakeOrg([c for c in made if c.key != mapping.key] + [wider])
    assert plan.validate(fake, connector).valid, "the spec's own mapping is there"
    assert plan.foresee(fake, connector).notes == (
        "the org maps Lead.Own__c to Contact.Theirs__c on conversion, the spec does not: check the mapping after the deploy",
    )
    other = replace(mapping, body=mapping.body.replace(b"Field>Acme_A__c</output", b"Field>Other__c</output"))
    fake = FakeOrg([c for c in made if c.key != mapping.key] + [other])
    (difference,) = plan.validate(fake, connector).differences
    assert "Other__c in the org, Acme_A__c in the spec" in str(difference)
