"""Sharing rules, roles, queues and groups as metadata."""

from __future__ import annotations

import pytest

from orgwright.localorg.org import Org
from tests.localorg.access.people import Office, open_office
from tests.localorg.deploying import NAMESPACE, deploy, failures, make_org


def xml(root: str, inner: str) -> bytes:
    return f"<{root} {NAMESPACE}>{inner}</{root}>".encode()


@pytest.fixture
def org() -> Org:
    return make_org()


@pytest.fixture
def office(org: Org) -> Office:
    made = open_office(org)
    files = {"objects/Account.object": xml("CustomObject", "<sharingModel>Private</sharingModel>")}
    assert deploy(org, files, {"CustomObject": ["Account"]})["success"]
    return made


def rule(kind: str, name: str, inner: str) -> str:
    return f"<{kind}><fullName>{name}</fullName><label>{name}</label>{inner}</{kind}>"


SETTINGS = (
    "<accountSettings><caseAccessLevel>None</caseAccessLevel><contactAccessLevel>None</contactAccessLevel>"
    "<opportunityAccessLevel>None</opportunityAccessLevel></accountSettings>"
)


def share(org: Org, *rules: str) -> list[tuple[str, str, str]]:
    files = {"sharingRules/Account.sharingRules": xml("SharingRules", "".join(rules))}
    return failures(deploy(org, files, {"SharingRules": ["Account"]}))


def test_criteria_rules_open_the_records_that_meet_them(office: Office) -> None:
    office.make(office.ann, "Account", Name="Big", Industry="Energy", NumberOfEmployees=500)
    office.make(office.ann, "Account", Name="Small", Industry="Energy", NumberOfEmployees=5)
    office.make(office.ann, "Account", Name="Other", Industry="Media", NumberOfEmployees=900)
    soql = "SELECT Name FROM Account"
    assert office.names(office.eve, soql) == []
    items = (
        "<criteriaItems><field>Industry</field><operation>equals</operation><value>Energy,Media</value></criteriaItems>"
        "<criteriaItems><field>NumberOfEmployees</field><operation>greaterThan</operation><value>100</value></criteriaItems>"
        "<criteriaItems><field>Name</field><operation>notEqual</operation><value>Other</value></criteriaItems>"
    )
    inner = (
        f"<accessLevel>Edit</accessLevel>{SETTINGS}<sharedTo><role>Service</role></sharedTo>"
        f"<booleanFilter>1 AND 2 AND 3</booleanFilter>{items}<includeRecordsOwnedByAll>true</includeRecordsOwnedByAll>"
    )
    assert share(office.org, rule("sharingCriteriaRules", "Energy", inner)) == []
    assert office.names(office.eve, soql) == ["Big"]
    with office.org.read(office.eve) as tx:
        big = tx.query("SELECT Id FROM Account WHERE Name = 'Big'").records[0].fields["Id"]
    assert office.save(office.eve, "update", "Account", {"Id": big, "Phone": "1"})[0].success
    assert office.save(office.ann, "update", "Account", {"Id": big, "Industry": "Banking"})[0].success
    assert office.names(office.eve, soql) == []


def test_owner_rules_open_the_records_of_a_group(office: Office) -> None:
    office.make(office.ann, "Account", Name="Of Ann")
    office.make(office.boss, "Account", Name="Of Boss")
    inner = (
        f"<accessLevel>Read</accessLevel>{SETTINGS}<sharedTo><group>Watchers</group></sharedTo>"
        "<sharedFrom><role>Sales</role></sharedFrom>"
    )
    (missing,) = share(office.org, rule("sharingOwnerRules", "SalesToWatchers", inner))
    assert missing[2] == "In field: group - no Group named Watchers found"
    files = {"groups/Watchers.group": xml("Group", "<doesIncludeBosses>false</doesIncludeBosses><name>Watchers</name>")}
    assert deploy(office.org, files, {"Group": ["Watchers"]})["success"]
    with office.org.read() as tx:
        group = str(tx.query("SELECT Id FROM Group WHERE DeveloperName = 'Watchers'").records[0].fields["Id"])
    office.make(None, "GroupMember", GroupId=group, UserOrGroupId=office.eve)
    assert share(office.org, rule("sharingOwnerRules", "SalesToWatchers", inner)) == []
    assert office.names(office.eve, "SELECT Name FROM Account") == ["Of Ann"]
    (refused,) = office.save(
        office.eve, "update", "Account", {"Id": office.names(office.eve, "SELECT Id FROM Account")[0], "Name": "X"}
    )
    assert refused.errors[0].code == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_wildcards_in_the_value_of_a_criterion_stand_for_themselves(office: Office) -> None:
    for name in ("50% off", "500 off"):
        office.make(office.ann, "Account", Name=name)
    item = "<criteriaItems><field>Name</field><operation>contains</operation><value>50%</value></criteriaItems>"
    inner = (
        f"<accessLevel>Read</accessLevel>{SETTINGS}<sharedTo><role>Service</role></sharedTo>{item}"
        "<includeRecordsOwnedByAll>true</includeRecordsOwnedByAll>"
    )
    assert share(office.org, rule("sharingCriteriaRules", "Off", inner)) == []
    assert office.names(office.eve, "SELECT Name FROM Account") == ["50% off"]


def test_a_rule_whose_group_is_gone_opens_nothing(office: Office) -> None:
    office.make(office.ann, "Account", Name="Of Ann")
    group = office.make(None, "Group", Name="Team", DeveloperName="Team", Type="Regular")
    office.make(None, "GroupMember", GroupId=group, UserOrGroupId=office.eve)
    inner = (
        f"<accessLevel>Read</accessLevel>{SETTINGS}<sharedTo><group>Team</group></sharedTo>"
        "<sharedFrom><role>Sales</role></sharedFrom>"
    )
    assert share(office.org, rule("sharingOwnerRules", "SalesToTeam", inner)) == []
    assert office.names(office.eve, "SELECT Name FROM Account") == ["Of Ann"]
    assert office.save(None, "delete", "Group", {"Id": group})[0].success
    assert office.names(office.eve, "SELECT Name FROM Account") == []


@pytest.mark.parametrize(
    ("kind", "inner", "text"),
    [
        ("sharingGuestRules",
             "<accessLevel>Read</accessLevel><includeHVUOwnedRecords>false</includeHVUOwnedRecords><sharedTo><guestUser>g</guestUser></sharedTo>",
         "SharingGuestRule is not supported by the embedded org"),
        ("sharingOwnerRules",
         "<accessLevel>Read</accessLevel><sharedTo><allPartnerUsers/></sharedTo><sharedFrom><role>Sales</role></sharedFrom>",
         "sharing with allPartnerUsers is not supported by the embedded org"),
        ("sharingCriteriaRules",
         "<accessLevel>Read</accessLevel><sharedTo><role>Sales</role></sharedTo><criteriaItems><field>Nope__c</field>"
         "<operation>equals</operation><value>1</value></criteriaItems><includeRecordsOwnedByAll>true</includeRecordsOwnedByAll>",
         "In field: field - no CustomField named Account.Nope__c found"),
        ("sharingCriteriaRules",
         "<accessLevel>Read</accessLevel><sharedTo><role>Sales</role></sharedTo><criteriaItems><field>NumberOfEmployees</field>"
         "<operation>equals</operation><value>1 OR Id != null</value></criteriaItems><includeRecordsOwnedByAll>true</includeRecordsOwnedByAll>",
         "In field: value - 1 OR Id != null is no number"),
    ],
)  # fmt: skip
def test_what_cannot_be_worked_out_is_refused(office: Office, kind: str, inner: str, text: str) -> None:
    assert [one[2] for one in share(office.org, rule(kind, "R", inner))] == [text]


def test_sharing_models_are_those_that_the_object_can_have(org: Org) -> None:
    files = {"objects/Account.object": xml("CustomObject", "<sharingModel>ReadWriteTransfer</sharingModel>")}
    (refused,) = failures(deploy(org, files, {"CustomObject": ["Account"]}))
    assert "ReadWriteTransfer is not a valid sharing model for Account" in refused[2]
    wider = "<externalSharingModel>ReadWrite</externalSharingModel><sharingModel>Private</sharingModel>"
    (refused,) = failures(
        deploy(org, {"objects/Account.object": xml("CustomObject", wider)}, {"CustomObject": ["Account"]})
    )
    assert "can not be wider" in refused[2]
    assert deploy(
        org,
        {"objects/Lead.object": xml("CustomObject", "<sharingModel>Private</sharingModel>")},
        {"CustomObject": ["Lead"]},
    )["success"]
    with org.read() as tx:
        found = tx.query("SELECT DefaultAccountAccess, DefaultLeadAccess FROM Organization").records[0].fields
    assert (found["DefaultAccountAccess"], found["DefaultLeadAccess"]) == ("Edit", "None")


def test_a_hierarchy_comes_in_one_deploy_whatever_its_order(org: Org) -> None:
    def role(name: str, parent: str | None) -> tuple[str, bytes]:
        up = f"<parentRole>{parent}</parentRole>" if parent else ""
        return f"roles/{name}.role", xml("Role", f"<name>{name}</name>{up}")

    files = dict([role("A", "B"), role("B", "C"), role("C", None)])
    assert deploy(org, files, {"Role": ["A", "B", "C"]})["success"]
    with org.read() as tx:
        rows = tx.query("SELECT DeveloperName, ParentRole.DeveloperName FROM UserRole ORDER BY DeveloperName").records
        shown = {r.fields["DeveloperName"]: r.fields["ParentRole"] for r in rows}
    assert shown["A"].fields["DeveloperName"] == "B" and shown["B"].fields["DeveloperName"] == "C" and not shown["C"]
    files = dict([role("C", "A")])
    assert "is below" in failures(deploy(org, files, {"Role": ["C"]}))[0][2]


def test_a_queue_has_its_members_and_owns_what_it_may(office: Office) -> None:
    inner = (
        "<name>Hot</name><queueMembers><users><user>eve@office.example.com</user></users></queueMembers>"
        "<queueSobject><sobjectType>{}</sobjectType></queueSobject>"
    )
    files = {"queues/Hot.queue": xml("Queue", inner.format("Account"))}
    assert "bad value" in failures(deploy(office.org, files, {"Queue": ["Hot"]}))[0][2]
    files = {"queues/Hot.queue": xml("Queue", inner.format("Lead"))}
    assert deploy(office.org, files, {"Queue": ["Hot"]})["success"]
    assert deploy(
        office.org,
        {"objects/Lead.object": xml("CustomObject", "<sharingModel>Private</sharingModel>")},
        {"CustomObject": ["Lead"]},
    )["success"]
    with office.org.read() as tx:
        queue = tx.query("SELECT Id FROM Group WHERE Type = 'Queue'").records[0].fields["Id"]
    office.make(office.ann, "Lead", LastName="L", Company="C", OwnerId=queue)
    assert office.names(office.eve, "SELECT LastName FROM Lead") == ["L"]
    assert office.names(office.bob, "SELECT LastName FROM Lead") == []


def test_a_permission_set_group_gives_what_it_does_not_mute(office: Office) -> None:
    def granted(*fields: str) -> str:
        return "".join(
            f"<objectPermissions><allowCreate>{c}</allowCreate><allowDelete>false</allowDelete><allowEdit>{c}</allowEdit>"
            f"<allowRead>{r}</allowRead><modifyAllRecords>false</modifyAllRecords><object>Campaign</object>"
            "<viewAllRecords>false</viewAllRecords></objectPermissions>"
            for c, r in [fields]
        )

    label = "<label>{}</label>"
    files = {
        "permissionsets/Planner.permissionset": xml("PermissionSet", label.format("P") + granted("true", "true")),
        "mutingpermissionsets/Hush.mutingpermissionset": xml(
            "MutingPermissionSet",
            label.format("H") + granted("true", "true").replace("<allowRead>true", "<allowRead>false"),
        ),
        "permissionsetgroups/Team.permissionsetgroup": xml(
            "PermissionSetGroup", f"{label.format('T')}<permissionSets>Planner</permissionSets>"
        ),
    }
    members = {"PermissionSet": ["Planner"], "PermissionSetGroup": ["Team"]}
    without = {path: body for path, body in files.items() if "muting" not in path}
    result = deploy(office.org, without, members)
    assert failures(result) == []
    with office.org.read() as tx:
        group = tx.query("SELECT Id FROM PermissionSetGroup WHERE DeveloperName = 'Team'").records[0].fields["Id"]
    office.make(None, "PermissionSetAssignment", AssigneeId=office.eve, PermissionSetGroupId=group)
    with office.org.read(office.eve) as tx:
        assert tx.can("create", "Campaign")
    hushed = files["permissionsetgroups/Team.permissionsetgroup"].replace(
        b"<permissionSets>", b"<mutingPermissionSets>Hush</mutingPermissionSets><permissionSets>"
    )
    muted = {**files, "permissionsetgroups/Team.permissionsetgroup": hushed}
    muted["mutingpermissionsets/Hush.mutingpermissionset"] = files[
        "mutingpermissionsets/Hush.mutingpermissionset"
    ].replace(b"<allowRead>false", b"<allowRead>true")
    result = deploy(office.org, muted, {**members, "MutingPermissionSet": ["Hush"]})
    assert failures(result) == []
    with office.org.read(office.eve) as tx:
        assert not tx.can("create", "Campaign") and tx.can("read", "Campaign")
    (missing,) = failures(
        deploy(office.org, {"permissionsetgroups/Team.permissionsetgroup": hushed.replace(b"Planner", b"Nobody")},
               {"PermissionSetGroup": ["Team"]})
    )  # fmt: skip
    assert missing[2] == "In field: permissionSets - no PermissionSet named Nobody found"
