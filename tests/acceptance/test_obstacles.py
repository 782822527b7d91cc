"""Everything that can be in the way of a plan, made in an embedded org; the last test sees to it that no cause was left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from orgwright import generate, plan, spec
from orgwright.localorg import control
from orgwright.metadata import Component, mdapi, xml
from orgwright.org import ApiError, OrgClient
from orgwright.org.metadata import DeployOptions
from orgwright.plan import Cause
from tests.acceptance.conftest import Workplace

pytestmark = pytest.mark.xdist_group("obstacles")
HEAD = "orgwright: 1\nconnector: acme\nlabel: Acme\n"
USER = "access: {user: {username: acme@example.org, email: acme@example.org, last_name: Acme, alias: acme%s}}\n"
SEEN: set[Cause] = set()


@pytest.fixture(scope="module")
def orgs(workplace: Workplace) -> Iterator[Callable[..., OrgClient]]:
    opened: dict[str, OrgClient] = {}

    def org(name: str = "usual", kind: str = "scratch", edition: str | None = None) -> OrgClient:
        if name not in opened:
            control.create_org(f"obstacles-{name}", kind, edition=edition, home=workplace.home)
            opened[name] = stack.enter_context(workplace.client(f"obstacles-{name}"))
        return opened[name]

    with ExitStack() as stack:
        yield org


def deploy(org: OrgClient, text: str) -> None:
    """Bring what a spec makes into the org, but without a record: as if somebody had made it by hand."""
    send(org, generate.components(spec.loads(text)))


def send(org: OrgClient, components: Sequence[Component]) -> None:
    result = org.metadata.deploy(mdapi.to_zip(components), DeployOptions())
    assert result.success, (result.failures, result.error)


def foreseen(org: OrgClient, text: str) -> dict[str, tuple[Cause | None, str]]:
    found = plan.foresee(org, spec.loads(text)).in_the_way
    SEEN.update(one.cause for one in found if one.cause is not None)
    return {one.component: (one.cause, one.reason or "") for one in found}


def fields(*lines: str, sobject: str = "Account", more: str = "") -> str:
    inside = "".join(f"    {line}\n" for line in lines)
    return f"{HEAD}objects:\n  {sobject}:\n{more}{inside}"


@dataclass(frozen=True)
class Changed:
    """A field as the org has it and as the spec wants it; ``values`` are those of records that are there."""

    there: str
    wanted: str
    cause: Cause
    reason: str
    values: tuple[Any, ...] = ()
    only_planned: bool = False
    """The embedded org takes it; the plan stops all the same, because Salesforce does not or loses data."""


CHANGED = {
    "to_formula": Changed("Text(9)", '{type: Text, formula: "Name"}', Cause.FORMULA, "from or to a formula"),
    "to_type": Changed("Checkbox", "Date", Cause.TYPE, "Salesforce does not change the one to the other", only_planned=True),
    "key_to_area": Changed("{type: Text(9), external_id: true}", "TextArea", Cause.TYPE_OF_KEY, "take that from the field", only_planned=True),
    "target": Changed(
        "{type: Lookup(Contact), relationship_name: Ones}",
        "{type: Lookup(Lead), relationship_name: Ones}",
        Cause.TARGET,
        "points to Contact in the org, to Lead in the spec",
    ),
    "rows": Changed("Number(4, 0)", "Currency(4, 2)", Cause.ROWS, "rows exist", (1,)),
    "too_long": Changed("Text(40)", "Text(20)", Cause.TOO_LONG, "1 rows hold more", ("x" * 21, "x" * 20)),
    "long_text": Changed("LongTextArea(2000)", "LongTextArea(1000)", Cause.TOO_LONG, "1 rows hold more", ("x" * 1001,)),
    "too_large": Changed("Number(6, 0)", "Number(3, 0)", Cause.TOO_LARGE, "1 rows hold more", (1000, 999)),
    "twice": Changed("Text(9)", "{type: Text(9), unique: true}", Cause.TWICE, "values are there twice", ("a", "a")),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGED)
def test_a_field_that_cannot_be_changed(orgs: Callable[..., OrgClient], name: str) -> None:
    case, org = CHANGED[name], orgs()
    field = f"Acme_{name}__c"
    deploy(org, fields(f"{field}: {case.there}") + SEES)
    assign(org)
    ids = [org.create("Account", {"Name": name, field: value}) for value in case.values]
    try:
        cause, reason = foreseen(org, fields(f"{field}: {case.wanted}"))[f"Account.{field}"]
        assert cause is case.cause
        assert case.reason in reason
        sent = mdapi.to_zip(generate.components(spec.loads(fields(f"{field}: {case.wanted}"))))
        assert org.metadata.deploy(sent, DeployOptions(check_only=True)).success is case.only_planned, name
    finally:
        for id in ids:
            org.remove("Account", id)


SEES = "access: {permission_sets: {Acme_Sees: {label: Sees, objects: {Account: edit}, fields: edit}}}\n"


def assign(org: OrgClient) -> None:
    """Open the fields to the administrator."""
    (user,) = org.query("SELECT Id FROM User WHERE Name = 'User User'")
    (found,) = org.query("SELECT Id FROM PermissionSet WHERE Name = 'Acme_Sees'")
    try:
        org.create("PermissionSetAssignment", {"AssigneeId": user["Id"], "PermissionSetId": found["Id"]})
    except ApiError as error:
        assert error.code == "DUPLICATE_VALUE", error


def test_the_type_of_an_event_field(orgs: Callable[..., OrgClient]) -> None:
    text = HEAD + "events:\n  Acme_Told__e: {fields: {N__c: %s}}\n"
    deploy(orgs(), text % "Text(9)")
    cause, reason = foreseen(orgs(), text % '"Number(4, 0)"')["Acme_Told__e.N__c"]
    assert (cause, "type of an event field" in reason) == (Cause.TYPE_OF_EVENT_FIELD, True)


def test_a_summary_a_value_set_and_a_setting(orgs: Callable[..., OrgClient]) -> None:
    org = orgs()
    child = "  Acme_Part__c: {label: Part, Acme_Whole__c: MasterDetail(Acme_Whole__c)}\n"
    whole = "  Acme_Whole__c:\n    label: Whole\n    Acme_Parts__c: %s\n"
    summary = "Summary(count, Acme_Part__c.Acme_Whole__c)"
    deploy(org, HEAD + "objects:\n" + whole % "Number(9, 0)" + child)
    found = foreseen(org, HEAD + "objects:\n" + whole % summary + child)
    assert found["Acme_Whole__c.Acme_Parts__c"][0] is Cause.SUMMARY

    sets = "value_sets: {Acme_A: {label: A, values: [x]}, Acme_B: {label: B, values: [x]}}\n"
    deploy(org, fields("Acme_Set__c: {type: Picklist, value_set: Acme_A}") + sets)
    found = foreseen(org, fields("Acme_Set__c: {type: Picklist, value_set: Acme_B}") + sets)
    assert found["Account.Acme_Set__c"][0] is Cause.VALUE_SET

    deploy(org, fields("A__c: Text(9)", sobject="Acme_Setting__c", more="    label: S\n"))
    found = foreseen(
        org, fields("A__c: Text(9)", sobject="Acme_Setting__c", more="    label: S\n    custom_setting: Hierarchy\n")
    )
    assert found["Acme_Setting__c"][0] is Cause.CUSTOM_SETTING
    assert "is an object in the org, a custom setting (Hierarchy) in the spec" in found["Acme_Setting__c"][1]


def test_a_master_for_records_that_have_none(orgs: Callable[..., OrgClient]) -> None:
    org = orgs()
    deploy(org, fields("Acme_N__c: Text(9)", sobject="Acme_Filled__c", more="    label: Filled\n"))
    access = "access: {permission_sets: {Acme_Sees: {label: Sees, objects: {Acme_Filled__c: edit, Account: edit}, fields: edit}}}\n"
    deploy(org, fields("Acme_N__c: Text(9)", sobject="Acme_Filled__c", more="    label: Filled\n") + access)
    assign(org)
    org.create("Acme_Filled__c", {"Name": "there"})
    found = foreseen(
        org, fields("Acme_Owner__c: MasterDetail(Account)", sobject="Acme_Filled__c", more="    label: Filled\n")
    )
    assert found["Acme_Filled__c.Acme_Owner__c"][0] is Cause.ROWS_WITHOUT_PARENT


def test_the_name_of_a_relationship_is_taken(orgs: Callable[..., OrgClient]) -> None:
    deploy(orgs(), fields("Acme_One__c: {type: Lookup(Lead), relationship_name: Acme_Taken}", sobject="Contact"))
    found = foreseen(
        orgs(), fields("Acme_Two__c: {type: Lookup(Lead), relationship_name: Acme_Taken}", sobject="Contact")
    )
    cause, reason = found["Contact.Acme_Two__c"]
    assert cause is Cause.RELATIONSHIP_NAME
    assert reason == "Lead has a child relationship Acme_Taken already: Contact.Acme_One__c"


def test_more_than_an_object_may_have(orgs: Callable[..., OrgClient]) -> None:
    org = orgs("limits", "production", "Professional")
    deploy(org, fields(*(f"Old{n}__c: {{type: Text(9), external_id: {str(n < 20).lower()}}}" for n in range(70))))
    found = foreseen(
        org, fields(*(f"New{n}__c: {{type: Text(9), external_id: {str(n < 20).lower()}}}" for n in range(31)))
    )
    assert found["Account"] == (Cause.TOO_MANY_EXTERNAL_IDS, "would have 40 external IDs, an object has at most 25")
    SEEN.add(Cause.TOO_MANY_FIELDS)
    causes = [
        (one.cause, one.reason)
        for one in plan.foresee(org, spec.loads(fields(*(f"New{n}__c: Text(9)" for n in range(31))))).in_the_way
    ]
    assert causes == [(Cause.TOO_MANY_FIELDS, "would have 101 custom fields, Professional Edition allows 100")]

    old = fields(
        *(f"Old{n}__c: {{type: Lookup(Lead), relationship_name: Old{n}}}" for n in range(21)), sobject="Contact"
    )
    deploy(org, old)
    more = old.replace("Old", "New")
    assert foreseen(org, more)["Contact"] == (
        Cause.TOO_MANY_RELATIONSHIPS, "would have 42 custom relationships, an object has at most 40",
    )  # fmt: skip

    three = "".join(f"    M{n}__c: MasterDetail(Account)\n" for n in range(2))
    deploy(org, f"{HEAD}objects:\n  Acme_M__c:\n    label: M\n{three}")
    found = foreseen(org, f"{HEAD}objects:\n  Acme_M__c:\n    label: M\n    M9__c: MasterDetail(Account)\n")
    assert found["Acme_M__c"][0] is Cause.TOO_MANY_MASTERS


def test_more_than_an_org_may_have(orgs: Callable[..., OrgClient]) -> None:
    org = orgs("limits", "production", "Professional")
    event, thing = "  %s%s__e: {fields: {N__c: Text(9)}}\n", "  %s%s__c: {label: %s%s}\n"

    def made(word: str, events: int, objects: int) -> str:
        return (
            f"{HEAD}events:\n{''.join(event % (word, n) for n in range(events))}"
            f"objects:\n{''.join(thing % (word, n, word, n) for n in range(objects))}"
        )

    deploy(org, made("Old", 3, 30))
    causes = {one.cause: one.reason for one in plan.foresee(org, spec.loads(made("New", 3, 30))).in_the_way}
    SEEN.update(cause for cause in causes if cause is not None)
    assert causes[Cause.TOO_MANY_EVENTS] == "would have 6 platform events, Professional Edition allows 5"
    assert "custom objects, Professional Edition allows 50" in (causes[Cause.TOO_MANY_OBJECTS] or "")


def test_the_edition_and_apex(orgs: Callable[..., OrgClient]) -> None:
    org = orgs("limits", "production", "Professional")
    assert {one.cause for one in plan.foresee(org, spec.load(spec.find("gentrack"))).in_the_way} >= {
        Cause.EDITION, Cause.NO_APEX,
    }  # fmt: skip
    SEEN.update({Cause.EDITION, Cause.NO_APEX})
    code = [c for c in generate.components(spec.load(spec.find("gentrack"))) if c.type == "ApexClass"]
    refused = org.metadata.deploy(mdapi.to_zip(code[:1]), DeployOptions())
    assert [one.problem for one in refused.failures] == ["Not available for deploy for this organization"]


class Answering:
    """An org that gives other rows to one query: what the embedded org cannot be brought to."""

    def __init__(self, org: OrgClient, part: str, rows: list[dict[str, Any]]) -> None:
        self._org, self._part, self._rows = org, part, rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._org, name)

    def query(self, soql: str, *, tooling: bool = False) -> Iterator[dict[str, Any]]:
        return iter(self._rows) if self._part in soql else self._org.query(soql, tooling=tooling)


def test_a_trial_org(orgs: Callable[..., OrgClient]) -> None:
    text = HEAD + "requires: {trial: false}\n"
    assert foreseen(orgs(), text) == {}, "a scratch org ends too, but is no trial"
    row = {"IsSandbox": False, "TrialExpirationDate": "2027-01-01T00:00:00.000+0000"}
    trial: Any = Answering(orgs(), "TrialExpirationDate", [row])
    cause, reason = foreseen(trial, text)["Organization"]
    assert (cause, reason) == (Cause.TRIAL, "is a trial org until 2027-01-01, which the connector does not work with")


def test_licences_seats_and_profiles(orgs: Callable[..., OrgClient]) -> None:
    org = orgs("people")
    assert foreseen(org, HEAD + "requires: {licenses: [Imaginary]}\n")["Imaginary"][0] is Cause.LICENCE
    of_user = HEAD + USER.replace("}}", ", license: %s, profile: %s}}")
    assert foreseen(org, of_user % ("acme", "Imaginary", "Standard User"))["Imaginary"] == (
        Cause.LICENCE, "the org has no such licence for the service user acme@example.org",
    )  # fmt: skip
    assert foreseen(org, of_user % ("acme", "Salesforce", "Nobody"))["acme@example.org"] == (
        Cause.PROFILE, "the org has no profile Nobody with the licence Salesforce",
    )  # fmt: skip
    fine = of_user % ("acme", "Salesforce", "Standard User")
    assert foreseen(org, fine) == {}
    (profile,) = org.query("SELECT Id FROM Profile WHERE Name = 'Standard User'")
    (licence,) = org.query("SELECT TotalLicenses, UsedLicenses FROM UserLicense WHERE Name = 'Salesforce'")
    settings = dict.fromkeys(("LocaleSidKey", "LanguageLocaleKey"), "en_US") | {
        "TimeZoneSidKey": "GMT", "EmailEncodingKey": "UTF-8", "ProfileId": profile["Id"],
    }  # fmt: skip
    for number in range(int(licence["TotalLicenses"]) - int(licence["UsedLicenses"])):
        name = f"seat{number}@example.org"
        org.create("User", {"Username": name, "Email": name, "LastName": name, "Alias": f"s{number}", **settings})
    assert foreseen(org, fine)["Salesforce"] == (
        Cause.SEATS, f"all {licence['TotalLicenses']} are in use, the service user acme@example.org needs one",
    )  # fmt: skip
    there = fine.replace("acme@example.org", "seat0@example.org").replace("Salesforce", "Identity")
    cause, reason = foreseen(org, there)["seat0@example.org"]
    assert (cause, reason[:34]) == (Cause.USER_LICENCE, "has the licence Salesforce, the sp")


def test_packages_objects_and_apps_that_are_missing(orgs: Callable[..., OrgClient]) -> None:
    package = "requires: {packages: [{name: Clang, version: 04tA0000000M0MzIAK, need: required}]}\n"
    assert foreseen(orgs(), HEAD + package)["Clang"][0] is Cause.PACKAGE
    theirs = fields("Acme_N__c: Text(9)", sobject="clang__Thing__c")
    assert foreseen(orgs(), theirs)["clang__Thing__c"] == (
        Cause.OBJECT_MISSING, "the org does not have the object: a feature, licence or package is missing",
    )  # fmt: skip
    app = "access: {app: {kind: connected, name: Acme, label: Acme, contact_email: a@example.org, callback: 'http://localhost', scopes: [Api]}}\n"
    cause, reason = foreseen(orgs(), HEAD + app)["Acme"]
    assert cause is Cause.CONNECTED_APP
    assert reason.startswith("You can't create a connected app.")
    assert "set the app's kind to external_client" in reason


def test_components_that_belong_to_others(orgs: Callable[..., OrgClient]) -> None:
    org = orgs("others")
    text = fields("Acme_N__c: Text(9)")
    body = b"public class AcmePublisher {\n}\n"
    meta = xml.document("ApexClass", [("apiVersion", "67.0"), ("status", "Active")])
    send(org, [Component("ApexClass", "AcmePublisher", body, meta)])
    publish = """\
events: {Acme_Told__e: {fields: {N__c: Text(16), P__c: LongTextArea(2000)}}}
publish: {Acme_Told__e: {from: [Account], set: {N__c: $operation, P__c: $new}}}
"""
    assert foreseen(org, text + publish)["AcmePublisher"][0] is Cause.OTHER_CODE

    deploy(org, text)
    other = generate.components(
        spec.loads(text.replace("connector: acme", "connector: other").replace("Text(9)", "Text(8)"))
    )
    send(org, [plan.Record("other", {
        (c.type, c.name.lower()): plan.Recorded(c.type, c.name, True, plan.record.facts_to_keep(c)) for c in other
    }).component()])  # fmt: skip
    cause, reason = foreseen(org, text)["Account.Acme_N__c"]
    assert (cause, reason) == (
        Cause.OTHER_CONNECTOR, "the connector other in this org has it otherwise: length is 8 there, 9 here",
    )  # fmt: skip


class Installed:
    """The Metadata API of an org of which an installed package has all that is retrieved."""

    def __init__(self, org: OrgClient) -> None:
        self._org = org

    def __getattr__(self, name: str) -> Any:
        return getattr(self._org if name != "metadata" else self._org.metadata, name)

    @property
    def metadata(self) -> Any:
        return InstalledMetadata(self._org)


class InstalledMetadata:
    def __init__(self, org: OrgClient) -> None:
        self._api = org.metadata

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def retrieve(self, wanted: Any) -> Any:
        found = self._api.retrieve(wanted)
        return replace(found, items=tuple(replace(item, managed="installed") for item in found.items))


def test_components_of_an_installed_package(orgs: Callable[..., OrgClient]) -> None:
    text = fields("Acme_Packaged__c: Text(9)")
    deploy(orgs(), text)
    org: Any = Installed(orgs())
    assert foreseen(org, text)["Account.Acme_Packaged__c"] == (
        Cause.PACKAGED, "belongs to an installed package, which alone can change it",
    )  # fmt: skip


def test_no_cause_was_left_out() -> None:
    """What can be in the way was in the way of one of the tests above."""
    if not SEEN:
        pytest.skip("the tests above were not asked for")
    assert set(Cause) - SEEN == set()
