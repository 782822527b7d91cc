"""Which records a user reaches: defaults, owners, hierarchy, shares, groups, parents, implicit sharing."""

from __future__ import annotations

import pytest

from orgwright.localorg.org import Org
from tests.localorg.access.people import Office, make_user, open_office


@pytest.fixture
def office(org: Org) -> Office:
    return open_office(org)


def test_public_records_are_everybodys_to_edit_and_the_owners_to_delete(office: Office) -> None:
    account = office.make(office.ann, "Account", Name="Acme")
    assert office.names(office.eve, "SELECT Name FROM Account") == ["Acme"]
    assert office.save(office.eve, "update", "Account", {"Id": account, "Phone": "1"})[0].success
    (refused,) = office.save(office.eve, "delete", "Account", {"Id": account})
    assert refused.errors[0].code == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert refused.errors[0].message == "insufficient access rights on object id"
    assert office.save(office.boss, "delete", "Account", {"Id": account})[0].success


def test_private_records_are_seen_by_owner_and_those_above(office: Office) -> None:
    office.model("Account", "Private")
    office.make(office.ann, "Account", Name="Of Ann")
    office.make(office.eve, "Account", Name="Of Eve")
    soql = "SELECT Name FROM Account"
    assert office.names(office.ann, soql) == ["Of Ann"]
    assert office.names(office.bob, soql) == []
    assert office.names(office.boss, soql) == office.names(None, soql) == ["Of Ann", "Of Eve"]
    with office.org.read(office.bob) as tx:
        assert tx.query("SELECT COUNT() FROM Account").total == 0
        assert tx.query("SELECT COUNT(Id) n FROM Account").records[0].fields["n"] == 0
        assert len(tx.query(soql, access="system").records) == 2
        assert tx.query(soql, access="sharing").records == []


def test_read_only_records_are_not_edited_by_others(office: Office) -> None:
    office.model("Account", "Read")
    account = office.make(office.ann, "Account", Name="Of Ann")
    assert office.names(office.bob, "SELECT Name FROM Account") == ["Of Ann"]
    (refused,) = office.save(office.bob, "update", "Account", {"Id": account, "Name": "X"})
    assert [error.code for error in refused.errors] == ["INSUFFICIENT_ACCESS_OR_READONLY"]
    assert office.save(office.boss, "update", "Account", {"Id": account, "Name": "X"})[0].success
    with office.org.transaction(office.bob) as tx:
        from orgwright.apex.host import Record
        from orgwright.localorg.dml.request import SaveRequest

        rows = [Record("Account", {"Id": account, "Name": "Y"})]
        assert tx.save(SaveRequest("update", rows, access="system", raw="typed"))[0].success
        assert not tx.save(SaveRequest("update", rows, access="sharing", raw="typed"))[0].success


def test_parents_that_are_not_shared_show_their_name_only(office: Office) -> None:
    office.model("Account", "Private")
    office.model("Contact", "ReadWrite")
    account = office.make(office.ann, "Account", Name="Of Ann", Phone="1", BillingCity="Ulm")
    office.make(office.ann, "Contact", LastName="C", AccountId=account)
    # an activity is open to whoever owns it, not so the record that it is about
    office.make(None, "Task", Subject="Call", WhatId=account, OwnerId=office.eve)
    soql = "SELECT Account.Name, Account.Phone, Account.BillingAddress, Account.BillingCity FROM Contact"
    with office.org.read(office.eve) as tx:
        found = tx.query(soql).records[0].fields["Account"].fields
        assert found["Name"] == "Of Ann" and found["Phone"] is None and found["BillingCity"] is None
        assert found.get("BillingAddress") is None
        task = tx.query("SELECT What.Name, What.Type, What.Phone FROM Task").records[0].fields["What"].fields
        assert (task["Name"], task["Type"], task["Phone"]) == ("Of Ann", "Account", None)
        soql = "SELECT TYPEOF What WHEN Account THEN Name, Phone, BillingCity END FROM Task"
        named = tx.query(soql).records[0].fields["What"].fields
        assert (named["Name"], named.get("Phone"), named.get("BillingCity")) == ("Of Ann", None, None)
    with office.org.read(office.ann) as tx:
        task = tx.query("SELECT What.Phone FROM Task").records[0].fields["What"].fields
        assert task["Phone"] == "1"


def test_polymorphic_parents_keep_closed_fields_back(office: Office) -> None:
    account = office.make(office.eve, "Account", Name="A", Phone="1")
    office.make(None, "Task", Subject="Call", WhatId=account, OwnerId=office.eve)
    with office.org.transaction() as tx:
        own = tx.query("SELECT Id FROM PermissionSet WHERE Profile.Name = 'Standard User'").records[0].fields["Id"]
        row = {"ParentId": own, "SobjectType": "Account", "Field": "Account.Phone", "PermissionsRead": False}
        tx.insert_setup("FieldPermissions", row)
    with office.org.read(office.eve) as tx:
        assert tx.query("SELECT What.Name, What.Phone FROM Task").records[0].fields["What"].fields["Phone"] is None
    with office.org.read() as tx:
        assert tx.query("SELECT What.Phone FROM Task").records[0].fields["What"].fields["Phone"] == "1"


def test_a_manual_share_opens_a_record_until_it_gets_another_owner(office: Office) -> None:
    office.model("Account", "Private")
    account = office.make(office.ann, "Account", Name="Of Ann")
    row = {"AccountId": account, "UserOrGroupId": office.eve, "AccountAccessLevel": "Read", "OpportunityAccessLevel": "None",
           "CaseAccessLevel": "None"}  # fmt: skip
    (refused,) = office.save(office.bob, "insert", "AccountShare", row)
    assert refused.errors[0].code == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    assert office.save(office.ann, "insert", "AccountShare", row)[0].success
    assert office.names(office.eve, "SELECT Name FROM Account") == ["Of Ann"]
    assert not office.save(office.eve, "update", "Account", {"Id": account, "Name": "X"})[0].success
    assert office.save(office.ann, "insert", "AccountShare", {**row, "AccountAccessLevel": "Edit"})[0].success
    assert office.save(office.eve, "update", "Account", {"Id": account, "Name": "Of Ann"})[0].success
    assert not office.save(office.eve, "delete", "Account", {"Id": account})[0].success
    shares = f"SELECT RowCause FROM AccountShare WHERE AccountId = '{account}'"
    assert office.names(office.ann, shares) == ["Manual", "Owner"]
    assert office.save(office.ann, "update", "Account", {"Id": account, "OwnerId": office.bob})[0].success
    assert office.names(None, shares) == ["Owner"]
    assert office.names(office.eve, "SELECT Name FROM Account") == []


def test_shares_that_give_nothing_are_refused(office: Office) -> None:
    account = office.make(office.ann, "Account", Name="Of Ann")
    lead = office.make(office.ann, "Lead", LastName="L", Company="C")
    (refused,) = office.save(
        office.ann, "insert", "LeadShare", {"LeadId": lead, "UserOrGroupId": office.eve, "LeadAccessLevel": "Read"}
    )
    assert refused.errors[0].message == (
        "field integrity exception: LeadAccessLevel (trivial share level Read, for organization with default level Edit)"
    )
    office.model("Account", "Private")
    row = {"AccountId": account, "UserOrGroupId": office.eve, "AccountAccessLevel": "Read", "OpportunityAccessLevel": "None",
           "CaseAccessLevel": "None", "RowCause": "Owner"}  # fmt: skip
    (refused,) = office.save(office.ann, "insert", "AccountShare", row)
    assert refused.errors[0].message == (
        "field integrity exception: RowCause (Specified value is reserved and cannot be used)"
    )


def test_groups_queues_and_roles_stand_for_their_members(office: Office) -> None:
    office.model("Lead", "Private")
    lead = office.make(office.ann, "Lead", LastName="L", Company="C")
    group = office.make(None, "Group", Name="Crew", Type="Regular", DoesIncludeBosses=False)
    outer = office.make(None, "Group", Name="Outer", Type="Regular")
    office.make(None, "GroupMember", GroupId=group, UserOrGroupId=office.eve)
    office.make(None, "GroupMember", GroupId=outer, UserOrGroupId=group)
    share = {"LeadId": lead, "UserOrGroupId": outer, "LeadAccessLevel": "Edit"}
    assert office.save(office.ann, "insert", "LeadShare", share)[0].success
    soql = "SELECT LastName FROM Lead"
    assert office.names(office.eve, soql) == ["L"] and office.names(office.bob, soql) == []
    role_groups = f"SELECT Type FROM Group WHERE RelatedId = '{office.sales}'"
    assert office.names(None, role_groups) == ["Role", "RoleAndSubordinates"]
    with office.org.read() as tx:
        soql_role = f"SELECT Id FROM Group WHERE RelatedId = '{office.sales}' AND Type = 'Role'"
        role = tx.query(soql_role).records[0].fields["Id"]
    share = {"LeadId": lead, "UserOrGroupId": role, "LeadAccessLevel": "Read"}
    assert office.save(office.ann, "insert", "LeadShare", share)[0].success
    assert office.names(office.bob, soql) == ["L"]
    queue = office.make(None, "Group", Name="Hot leads", Type="Queue")
    (refused,) = office.save(office.ann, "update", "Lead", {"Id": lead, "OwnerId": queue})
    assert refused.errors[0].message == "Queue not associated with this SObject type"
    office.make(None, "QueueSobject", QueueId=queue, SobjectType="Lead")
    office.make(None, "GroupMember", GroupId=queue, UserOrGroupId=office.eve)
    assert office.save(office.ann, "update", "Lead", {"Id": lead, "OwnerId": queue})[0].success
    assert office.names(office.eve, soql) == office.names(office.boss, soql) == ["L"]
    assert office.names(office.ann, soql) == []


def test_children_follow_their_parents(office: Office) -> None:
    office.model("Account", "Private")
    account = office.make(office.ann, "Account", Name="Of Ann")
    office.make(office.ann, "Contact", LastName="C", AccountId=account)
    office.make(office.eve, "Contact", LastName="Alone")
    soql = "SELECT LastName FROM Contact"
    assert office.names(office.ann, soql) == ["C"]
    assert office.names(office.eve, soql) == ["Alone"]
    assert office.names(office.boss, soql) == ["Alone", "C"]
    (refused,) = office.save(office.eve, "insert", "Contact", {"LastName": "X", "AccountId": account})
    assert refused.errors[0].code == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    with office.org.read(office.eve) as tx:
        assert tx.query("SELECT Id, (SELECT Id FROM Contacts) FROM Account").records == []
        assert tx.query("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)").records == []


def test_accounts_open_with_their_children_and_the_other_way_round(office: Office) -> None:
    office.model("Account", "Private")
    office.model("Opportunity", "Private")
    account = office.make(office.ann, "Account", Name="Of Ann")
    deal = {"AccountId": account, "Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
    office.make(None, "Opportunity", **deal, OwnerId=office.eve)
    assert office.names(office.eve, "SELECT Name FROM Account") == ["Of Ann"]
    assert not office.save(office.eve, "update", "Account", {"Id": account, "Name": "X"})[0].success
    assert office.names(office.ann, "SELECT Name FROM Opportunity") == []
    assert office.save(None, "update", "UserRole", {"Id": office.sales, "OpportunityAccessForAccountOwner": "Read"})[
        0
    ].success
    assert office.names(office.ann, "SELECT Name FROM Opportunity") == ["Deal"]


def test_a_hidden_parent_shows_its_name_only(office: Office) -> None:
    account = office.make(office.ann, "Account", Name="Of Ann", Phone="123")
    office.make(None, "Case", Subject="S", AccountId=account, OwnerId=office.eve)
    office.model("Account", "Private")
    office.model("Case", "Read")
    with office.org.read(office.bob) as tx:
        (found,) = tx.query("SELECT Account.Name, Account.Phone, Account.Owner.Name FROM Case").records
    parent = found.fields["Account"]
    assert parent.fields["Name"] == "Of Ann" and parent.fields.get("Phone") is None
    assert parent.fields.get("Owner") is None


def test_view_all_of_an_object_and_lead_transfer(office: Office) -> None:
    office.model("Account", "Private")
    office.make(office.ann, "Account", Name="Of Ann")
    with office.org.transaction() as tx:
        parent = tx.insert_setup("PermissionSet", {"Name": "Auditor", "Label": "Auditor"})
        rights = {"PermissionsRead": True, "PermissionsViewAllRecords": True}
        tx.insert_setup("ObjectPermissions", {"ParentId": parent, "SobjectType": "Account", **rights})
    office.make(None, "PermissionSetAssignment", AssigneeId=office.eve, PermissionSetId=parent)
    assert office.names(office.eve, "SELECT Name FROM Account") == ["Of Ann"]
    lead = office.make(office.ann, "Lead", LastName="L", Company="C")
    assert office.save(office.eve, "update", "Lead", {"Id": lead, "OwnerId": office.eve})[0].success
    office.model("Lead", "ReadWrite")
    (refused,) = office.save(office.bob, "update", "Lead", {"Id": lead, "OwnerId": office.bob})
    assert refused.errors[0].code == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_owners_must_be_active_and_able_to_read(office: Office) -> None:
    nobody = make_user(office.org, "nobody", None, "Minimum Access - Salesforce")
    (refused,) = office.save(office.ann, "insert", "Account", {"Name": "A", "OwnerId": nobody})
    assert (refused.errors[0].code, refused.errors[0].message) == (
        "TRANSFER_REQUIRES_READ", "The new owner must have read permission",
    )  # fmt: skip
    assert office.save(None, "update", "User", {"Id": office.bob, "IsActive": False})[0].success
    (refused,) = office.save(office.ann, "insert", "Account", {"Name": "A", "OwnerId": office.bob})
    assert refused.errors[0].code == "INACTIVE_OWNER_OR_USER"


def test_what_a_user_may_do_with_records_can_be_asked(office: Office) -> None:
    office.model("Account", "Read")
    account = office.make(office.ann, "Account", Name="Of Ann")
    soql = (
        "SELECT RecordId, HasReadAccess, HasEditAccess, HasDeleteAccess, MaxAccessLevel FROM UserRecordAccess"
        " WHERE UserId = '{}' AND RecordId IN ('{}')"
    )
    with office.org.read() as tx:
        (one,) = tx.query(soql.format(office.bob, account)).records
        assert one.fields["HasReadAccess"] and not one.fields["HasEditAccess"]
        assert one.fields["MaxAccessLevel"] == "Read"
        (one,) = tx.query(soql.format(office.boss, account)).records
        assert one.fields["HasEditAccess"] and one.fields["HasDeleteAccess"] and one.fields["MaxAccessLevel"] == "All"


def test_activities_are_seen_with_what_they_are_about(office: Office) -> None:
    account = office.make(office.ann, "Account", Name="Of Ann")
    office.make(office.ann, "Task", Subject="About", WhatId=account)
    office.make(office.ann, "Task", Subject="Own")
    soql = "SELECT Subject FROM Task"
    assert office.names(office.bob, soql) == ["About"]
    office.model("Account", "Private")
    assert office.names(office.bob, soql) == [] and office.names(office.boss, soql) == ["About", "Own"]


def test_files_are_seen_by_owners_and_with_the_records_they_hang_on(office: Office) -> None:
    office.model("Account", "Private")
    account = office.make(office.ann, "Account", Name="Of Ann")
    place = office.make(office.eve, "Lead", LastName="L", Company="C")  # leads are open to everybody
    version = {"PathOnClient": "a.txt", "VersionData": b"x"}
    office.make(office.ann, "ContentVersion", Title="alone", **version)
    office.make(office.ann, "ContentVersion", Title="on account", FirstPublishLocationId=account, **version)
    office.make(office.eve, "ContentVersion", Title="on lead", FirstPublishLocationId=place, **version)
    for soql in ("SELECT Title FROM ContentVersion", "SELECT Title FROM ContentDocument"):
        assert office.names(office.ann, soql) == ["alone", "on account", "on lead"]
        assert office.names(office.bob, soql) == ["on lead"]
        assert office.names(office.boss, soql) == ["on account", "on lead"]  # files know no role hierarchy, accounts do
        assert office.names(None, soql) == ["alone", "on account", "on lead"]
    links = "SELECT ContentDocument.Title FROM ContentDocumentLink"
    assert len(office.names(office.bob, links)) == 2 and len(office.names(None, links)) == 5

    with office.org.read() as tx:
        found = tx.query("SELECT Id, Title FROM ContentDocument", access="system").records
        documents = {r.fields["Title"]: r.fields["Id"] for r in found}
    link = {
        "ContentDocumentId": documents["alone"],
        "LinkedEntityId": office.bob,
        "ShareType": "V",
        "Visibility": "AllUsers",
    }
    assert not office.save(office.eve, "insert", "ContentDocumentLink", {**link, "LinkedEntityId": office.eve})[
        0
    ].success
    office.make(office.ann, "ContentDocumentLink", **link)
    assert office.names(office.bob, "SELECT Title FROM ContentDocument") == ["alone", "on lead"]
    renamed = {"Id": documents["alone"], "Title": "new"}
    (refused,) = office.save(office.bob, "update", "ContentDocument", renamed)
    assert refused.errors[0].code == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert office.save(office.ann, "update", "ContentDocument", renamed)[0].success
    (refused,) = office.save(office.bob, "delete", "ContentDocument", {"Id": documents["on lead"]})
    assert refused.errors[0].code == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_files_and_notes_of_objects_that_a_user_may_not_read_are_closed(office: Office) -> None:
    account = office.make(office.ann, "Account", Name="A")
    office.make(
        office.ann, "ContentVersion", Title="f", PathOnClient="a.txt", VersionData=b"x", FirstPublishLocationId=account
    )
    office.make(office.ann, "Attachment", Name="a", Body=b"x", ParentId=account)
    office.make(office.ann, "Note", Title="n", ParentId=account)
    newcomer = make_user(office.org, "new", None, "Minimum Access - Salesforce")
    queries = ("SELECT Title FROM ContentDocument", "SELECT Name FROM Attachment", "SELECT Title FROM Note")
    assert [len(office.names(newcomer, soql)) for soql in queries] == [0, 0, 0]
    assert [len(office.names(office.eve, soql)) for soql in queries] == [1, 1, 1]
    with office.org.transaction() as tx:
        parent = tx.insert_setup("PermissionSet", {"Name": "Reads", "Label": "Reads"})
        tx.insert_setup("ObjectPermissions", {"ParentId": parent, "SobjectType": "Account", "PermissionsRead": True})
        tx.insert_setup("PermissionSetAssignment", {"AssigneeId": newcomer, "PermissionSetId": parent})
    assert [len(office.names(newcomer, soql)) for soql in queries] == [1, 1, 1]
