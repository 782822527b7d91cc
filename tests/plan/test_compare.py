"""Spec against org: nothing differs when nothing does; each kind of difference is named; few calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from orgwright import generate, plan, spec
from orgwright.metadata import Component
from orgwright.org import ApiError
from orgwright.plan import Difference
from orgwright.spec.field import FieldType
from tests.plan.fake import FakeOrg

CONNECTOR = spec.load(spec.find("gentrack"))
COMPONENTS = generate.components(CONNECTOR)
USER = {
    "IsActive": True,
    "Email": CONNECTOR.access.user.email,
    "Profile": {"Name": "Standard User", "UserLicense": {"Name": "Salesforce"}},
}


@pytest.fixture
def org() -> FakeOrg:
    fake = FakeOrg(COMPONENTS, user=USER)
    fake.sets = ["Gentrack_Connector", "Other"]
    return fake


def validate(org: FakeOrg) -> plan.Validation:
    return plan.validate(org, CONNECTOR, components=COMPONENTS)


def foresee(org: FakeOrg) -> plan.Foreseen:
    return plan.foresee(org, CONNECTOR, components=COMPONENTS)


def test_an_org_that_was_brought_up_shows_no_difference(org: FakeOrg) -> None:
    result = validate(org)
    assert [str(difference) for difference in result.differences] == []
    assert result.valid
    assert result.checked > 150
    assert org.calls <= 12
    org.calls = 0
    foreseen = foresee(org)
    assert (foreseen.create, foreseen.change, foreseen.in_the_way) == ((), (), ())
    assert org.calls <= 12
    assert len(foreseen.same) == len(COMPONENTS) + 1, "the service user is one of them"


def test_an_empty_org_needs_everything() -> None:
    org = FakeOrg([])
    foreseen = foresee(org)
    assert [change.component for change in foreseen.create] == [
        *(component.name for component in COMPONENTS),
        CONNECTOR.access.user.username,
    ]
    assert (foreseen.change, foreseen.in_the_way) == ((), ())
    differences = validate(org).differences
    assert {d.attribute for d in differences} == {"presence"}
    text = {d.component: str(d) for d in differences}
    assert text["Gentrack_Event__e.Version__c"] == "Gentrack_Event__e.Version__c: not in the org (Number(4, 0))"
    assert text["Account.Trading_Name__c"] == "Account.Trading_Name__c: not in the org (Text(255))"


KEY = "Account.Gentrack_External_Id__c"
EDITS = [
    ("CustomField", KEY, "length", "32", ("field", "length", "64", "32")),
    ("CustomField", KEY, "unique", None, ("field", "unique", "true", "false")),
    ("CustomField", KEY, "externalId", "false", ("field", "externalId", "true", "false")),
    ("CustomField", KEY, "required", "true", ("field", "required", "false", "true")),
    ("CustomField", "Account.Trading_Name__c", "unique", "true", ("field", "unique", "false", "true")),
    ("CustomField", "Gentrack_Event__e.Version__c", "scale", "2", ("field", "scale", "0", "2")),
    ("CustomField", KEY, "label", "Other", ("field", "label", "Gentrack External Id", "Other")),
    (
        "CustomObject",
        "Gentrack_Event__e",
        "publishBehavior",
        "PublishAfterCommit",
        ("object", "publishBehavior", "PublishImmediately", "PublishAfterCommit"),
    ),
    ("Settings", "Quote", "enableQuote", "false", ("setting", "enableQuote", "true", "false")),
    ("CustomPermission", "Gentrack_Bypass", "label", "x", ("custom permission", "label", "Gentrack bypass", "x")),
    (
        "ExternalClientApplication",
        "Gentrack_Sales_Cloud_Connector",
        "contactEmail",
        "a@b.example",
        ("app", "contactEmail", "ops-gcis@gentrack.com", "a@b.example"),
    ),
]


@pytest.mark.parametrize(("type", "name", "tag", "text", "difference"), EDITS, ids=[f"{e[1]}.{e[2]}" for e in EDITS])
def test_each_change_by_hand_is_named(
    org: FakeOrg, type: str, name: str, tag: str, text: str | None, difference: tuple[str, str, str, str]
) -> None:
    before = validate(org).checked
    org.edit(type, name, tag, text)
    kind, attribute, expected, actual = difference
    result = validate(org)
    assert result.differences == (Difference(kind, name, attribute, expected, actual),)
    assert result.checked == before
    assert [change.component for change in foresee(org).change] == [name]


def test_what_a_permission_set_lost_is_named(org: FakeOrg) -> None:
    org.edit("PermissionSet", "Gentrack_Connector", "fieldPermissions", None)
    org.edit("PermissionSet", "Gentrack_Connector", "customPermissions", None)
    attributes = [d.attribute for d in validate(org).differences]
    assert "fieldPermissions[Account.Gentrack_External_Id__c] editable" in attributes
    assert "customPermissions[Gentrack_Connector] enabled" in attributes


def test_trigger_off_class_gone_class_edited(org: FakeOrg) -> None:
    trigger = next(c for c in COMPONENTS if c.type == "ApexTrigger")
    first, second = [c for c in COMPONENTS if c.type == "ApexClass"][:2]
    org.items[trigger.key] = Component(
        trigger.type, trigger.name, trigger.body, trigger.meta.replace(b"Active", b"Inactive")
    )
    del org.items[first.key]
    org.items[second.key] = Component(second.type, second.name, second.body + b"// changed\n", second.meta)
    found = {(d.kind, d.component, d.attribute) for d in validate(org).differences}
    assert found == {("class", first.name, "presence"), ("trigger", trigger.name, "status")}
    (stranger,) = foresee(org).in_the_way
    assert stranger.component == second.name
    assert "which no apply brought (last changed by Ada Admin, 2026-11-20)" in (stranger.reason or "")
    foreseen = plan.foresee(org, CONNECTOR, components=COMPONENTS, adopt=True)
    assert [change.component for change in foreseen.create] == [first.name]
    assert {change.component for change in foreseen.change} == {second.name, trigger.name}


def test_the_service_user(org: FakeOrg) -> None:
    name = CONNECTOR.access.user.username
    org.user = {**USER, "IsActive": False, "Profile": {"Name": "Read Only", "UserLicense": {"Name": "Salesforce"}}}
    org.sets = []
    assert [(d.component, d.attribute, d.actual) for d in validate(org).differences] == [
        (name, "active", "false"),
        (name, "profile", "Read Only"),
        (name, "permission set Gentrack_Connector", "not assigned"),
    ]
    org.user = None
    assert [str(d) for d in validate(org).differences] == [
        f"{name}: not in the org (Standard User, licence Salesforce)"
    ]
    org.user, org.sets = {**USER, "Email": USER["Email"] + ".invalid"}, ["Gentrack_Connector"]
    assert validate(org).valid


def test_the_edition(org: FakeOrg) -> None:
    org.edition = "Professional Edition"
    (difference,) = validate(org).differences
    change, apex = foresee(org).in_the_way
    assert "Professional Edition takes no Apex" in (apex.reason or "")
    assert (change.component, change.reason) == (
        "Organization",
        "is Professional Edition, the connector asks for Enterprise or Unlimited or Performance or Developer",
    )
    assert (difference.expected, difference.actual) == (
        "Enterprise or Unlimited or Performance or Developer",
        "Professional",
    )


IN_THE_WAY = [
    (
        "Gentrack_Event__e.Version__c",
        {"type": "Text", "length": "10", "precision": None, "scale": None},
        "the type of an event field cannot be changed",
    ),
    ("Account.Trading_Name__c", {"type": "Checkbox"}, "Salesforce does not change the one to the other"),
    ("Account.Trading_Name__c", {"formula": "Name"}, "from or to a formula"),
    ("Account.Trading_Name__c", {"type": "Summary"}, "roll-up summary"),
]


@pytest.mark.parametrize(("name", "edits", "reason"), IN_THE_WAY, ids=[reason for _, _, reason in IN_THE_WAY])
def test_what_salesforce_would_refuse_is_in_the_way(
    org: FakeOrg, name: str, edits: dict[str, str | None], reason: str
) -> None:
    for tag, text in edits.items():
        org.edit("CustomField", name, tag, text)
    (found,) = foresee(org).in_the_way
    assert found.component == name
    assert found.reason is not None
    assert reason in found.reason


def test_a_field_that_can_be_converted_is_a_change(org: FakeOrg) -> None:
    org.edit("CustomField", "Account.Trading_Name__c", "type", "TextArea")
    foreseen = foresee(org)
    assert [change.component for change in foreseen.change] == ["Account.Trading_Name__c"]
    assert foreseen.in_the_way == ()


def test_further_values_of_a_picklist_stay_and_missing_ones_count() -> None:
    head = "orgwright: 1\nconnector: acme\nlabel: A\nobjects:\n  Account:\n    P__c: {type: Picklist, values: [%s]}\n"
    ours, more = (spec.loads(head % values) for values in ("a, b", "a, b, c"))
    assert plan.validate(FakeOrg(generate.components(more)), ours).valid
    (difference,) = plan.validate(FakeOrg(generate.components(ours)), more).differences
    assert (difference.attribute, difference.expected, difference.actual) == ("values", "a, b, c", "a, b")


def test_a_type_that_the_org_does_not_know_is_absent_and_other_refusals_are_told(org: FakeOrg) -> None:
    org.unknown_types = {"ExternalClientApplication"}
    assert [d.component for d in validate(org).differences] == ["Gentrack_Sales_Cloud_Connector"]
    org.refuse = "UserLicense"
    with pytest.raises(ApiError, match="sObject type 'UserLicense' is not supported"):
        validate(org)


def test_names_in_other_case_are_the_same(org: FakeOrg) -> None:
    org.edit("CustomField", KEY, "fullName", "GENTRACK_external_ID__c")
    assert validate(org).valid


def test_500_fields_take_few_calls() -> None:
    fields = "".join(f"    F{n}__c: Text(9)\n" for n in range(500))
    large = spec.loads(f"orgwright: 1\nconnector: big\nlabel: B\nobjects:\n  Account:\n{fields}")
    org = FakeOrg(generate.components(large))
    assert plan.validate(org, large).valid
    assert org.calls == 4


def test_a_package_that_is_not_installed() -> None:
    text = "orgwright: 1\nconnector: acme\nlabel: A\nrequires: {packages: [{name: Clang, namespace: clang, version: 04tA0000000M0Mz}]}\n"
    connector = spec.loads(text)
    (difference,) = plan.validate(FakeOrg([]), connector).differences
    assert str(difference) == "Clang: not in the org (04tA0000000M0Mz)"
    assert [change.component for change in plan.foresee(FakeOrg([]), connector).in_the_way] == ["Clang"]
    installed = Component(
        "InstalledPackage",
        "clang",
        b'<InstalledPackage xmlns="http://soap.sforce.com/2006/04/metadata"><versionNumber>1.0</versionNumber></InstalledPackage>',
    )
    assert plan.validate(FakeOrg([installed]), connector).valid


def test_more_fields_than_the_edition_allows_are_in_the_way() -> None:
    text = "orgwright: 1\nconnector: big\nlabel: B\nobjects:\n  Account:\n" + "".join(
        f"    {{prefix}}{n}__c: Text(9)\n" for n in range(300)
    )
    there = generate.components(spec.loads(text.replace("{prefix}", "Old")))
    packaged = [
        Component("CustomField", c.name.replace("Old", "pkg__Old"), c.body.replace(b"Old", b"pkg__Old")) for c in there
    ]
    ours = spec.loads(text.replace("{prefix}", "New"))
    (change,) = plan.foresee(FakeOrg([*there, *packaged], edition="Enterprise Edition"), ours).in_the_way
    assert (change.component, change.reason) == (
        "Account",
        "would have 600 custom fields, Enterprise Edition allows 500",
    )
    assert plan.foresee(FakeOrg(there, edition="Unlimited Edition"), ours).in_the_way == ()


def test_every_type_of_field_is_found_again() -> None:
    connector = spec.load(Path(__file__).with_name("every_type.yml"))
    assert {field.type for _, field in connector.custom_fields} >= set(FieldType) - {
        FieldType.METADATA_RELATIONSHIP,
        FieldType.EXTERNAL_LOOKUP,
        FieldType.INDIRECT_LOOKUP,
        FieldType.FILE,
    }
    components = generate.components(connector)
    assert plan.validate(FakeOrg(components), connector, components=components).differences == ()
