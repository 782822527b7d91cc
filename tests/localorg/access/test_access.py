from __future__ import annotations

import pytest

from orgwright.apex.host import QueryProblem, Record
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.org import Org
from orgwright.localorg.schema import custom, edit
from tests.localorg.conftest import Query, Save


def make_user(org: Org, save: Save, query: Query, profile: str) -> str:
    (found,) = query(f"SELECT Id FROM Profile WHERE Name = '{profile}'")
    (made,) = save(
        "insert", "User",
        {"LastName": "U", "Email": "u@example.com", "Alias": "u", "Username": f"{len(profile)}@example.com",
         "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "EmailEncodingKey": "UTF-8", "LanguageLocaleKey": "en_US",
         "ProfileId": found["Id"]},
    )  # fmt: skip
    assert made.id, made
    return made.id


def test_a_deployed_field_is_hidden_even_from_administrators_until_granted(org: Org) -> None:
    with org.transaction() as tx:
        tx.set_schema(edit.with_field(tx.schema, "Account", custom.custom_field("Late__c", "Text", length=5)))
        tx.set_schema(
            edit.with_field(tx.schema, "Account", custom.custom_field("Must__c", "Text", length=5, required=True))
        )
    with org.read() as tx:
        assert not tx.can("read", "Account", "Late__c") and tx.can("edit", "Account", "Must__c")
        with pytest.raises(QueryProblem, match="No such column 'Late__c' on entity 'Account'"):
            tx.query("SELECT Late__c FROM Account")
        tx.query("SELECT Late__c FROM Account", access="system")
    with org.transaction() as tx:
        parent = tx.query("SELECT Id FROM PermissionSet WHERE Name = 'All'").records[0].fields["Id"]
        tx.insert_setup(
            "FieldPermissions",
            {"ParentId": parent, "SobjectType": "Account", "Field": "Account.Late__c", "PermissionsRead": True},
        )
        assert tx.can("read", "Account", "Late__c") and tx.can("edit", "Account", "Late__c")  # Edit Read Only Fields
        own = tx.query("SELECT Id FROM PermissionSet WHERE Profile.Name = 'System Administrator'").records[0]
        tx.update_setup(own.fields["Id"], {"PermissionsEditReadonlyFields": False})
        assert tx.can("read", "Account", "Late__c") and not tx.can("edit", "Account", "Late__c")
    with org.read() as tx:
        tx.query("SELECT Late__c FROM Account")


def test_profiles_differ(org: Org, save: Save, query: Query) -> None:
    standard = make_user(org, save, query, "Standard User")
    minimum = make_user(org, save, query, "Minimum Access - Salesforce")
    with org.read(standard) as tx:
        assert tx.can("create", "Account") and not tx.can("edit", "Campaign") and not tx.can("read", "Part__c")
        with pytest.raises(QueryProblem, match="sObject type 'Part__c' is not supported"):
            tx.query("SELECT Id FROM Part__c")
    with org.read(minimum) as tx:
        assert not tx.can("read", "Account") and tx.can("read", "User")
        assert not tx.rights.has("ApiEnabled")
    with org.read() as tx:
        assert tx.rights.has("ModifyAllData") and not tx.rights.has("BulkApiHardDelete")


def grant(org: Org, user: str, objects: dict[str, str], fields: dict[str, str]) -> None:
    """A permission set of the user's own: rights by object (``Read Create``), rights by field (``Account.Phone``)."""
    with org.transaction() as tx:
        parent = tx.insert_setup("PermissionSet", {"Name": f"For_{user}", "Label": "Own"})
        for name, rights in objects.items():
            flags = {f"Permissions{right}": True for right in rights.split()}
            tx.insert_setup("ObjectPermissions", {"ParentId": parent, "SobjectType": name, **flags})
        for path, rights in fields.items():
            flags = {f"Permissions{right}": True for right in rights.split()}
            row = {"ParentId": parent, "SobjectType": path.partition(".")[0], "Field": path, **flags}
            tx.insert_setup("FieldPermissions", row)
        tx.insert_setup("PermissionSetAssignment", {"AssigneeId": user, "PermissionSetId": parent})


def test_profiles_open_standard_fields_and_minimum_access_none(org: Org, save: Save, query: Query) -> None:
    standard = make_user(org, save, query, "Standard User")
    with org.read(standard) as tx:
        assert tx.can("edit", "Account", "Phone") and tx.can("edit", "Account", "BillingCity")
        assert tx.can("read", "Account", "Tradestyle") and not tx.can("edit", "Account", "Tradestyle")
        assert not tx.can("read", "Contact", "DoNotCall")  # closed to everybody in a new org
    minimum = make_user(org, save, query, "Minimum Access - Salesforce")
    grant(org, minimum, {"Account": "Read Create"}, {"Account.Phone": "Read", "Account.BillingAddress": "Read Edit"})
    with org.read(minimum) as tx:
        assert tx.can("read", "Account", "Name") and tx.can("create", "Account", "Name")
        assert tx.can("read", "Account", "Phone") and not tx.can("create", "Account", "Phone")
        assert tx.can("create", "Account", "BillingCity") and not tx.can("read", "Account", "Industry")
        tx.query("SELECT Name, Phone, BillingCity, CreatedDate, OwnerId FROM Account")
        with pytest.raises(QueryProblem, match="No such column 'Industry' on entity 'Account'"):
            tx.query("SELECT Name FROM Account WHERE Industry = 'Energy'")
    with org.transaction(minimum) as tx:
        (refused,) = tx.save(SaveRequest("insert", [Record("Account", {"Name": "a", "Industry": "Energy"})]))
        assert (refused.errors[0].code, "'Industry'" in refused.errors[0].message) == ("INVALID_FIELD", True)


def test_objects_without_permissions_of_their_own_follow_others(org: Org, save: Save, query: Query) -> None:
    minimum = make_user(org, save, query, "Minimum Access - Salesforce")
    grant(org, minimum, {"Opportunity": "Read Create Edit", "Campaign": "Read"}, {})
    with org.read(minimum) as tx:
        assert tx.can("create", "OpportunityLineItem") and tx.can("delete", "OpportunityContactRole")
        assert tx.can("read", "CampaignMember") and not tx.can("create", "CampaignMember")
        assert not tx.can("read", "PricebookEntry") and not tx.can("read", "OrderItem")
        assert tx.can("read", "Task") and not tx.can("create", "Task")  # Access Activities, but not Edit Tasks
        assert not tx.can("read", "Task", "Description") and tx.can("read", "Task", "Subject")
    standard = make_user(org, save, query, "Standard User")
    with org.read(standard) as tx:
        assert tx.can("edit", "Task") and tx.can("create", "Event") and not tx.can("create", "PricebookEntry")
        assert tx.can("delete", "Lead") and not tx.can("delete", "Case") and not tx.can("edit", "Product2")


def test_field_permissions_list_what_profiles_open(org: Org, save: Save, query: Query) -> None:
    def rows(profile: str, field: str) -> list[tuple[bool, bool]]:
        soql = (
            "SELECT Id, Field, PermissionsRead, PermissionsEdit, Parent.Profile.Name FROM FieldPermissions"
            f" WHERE SobjectType = 'Account' AND Field = 'Account.{field}' AND Parent.Profile.Name = '{profile}'"
        )
        return [(row["PermissionsRead"], row["PermissionsEdit"]) for row in query(soql)]

    assert rows("Standard User", "Phone") == [(True, True)] and rows("Standard User", "Tradestyle") == [(True, False)]
    assert rows("Minimum Access - Salesforce", "Phone") == [] and rows("Standard User", "Name") == []
    assert rows("Standard User", "BillingAddress") == [(True, True)] and rows("Standard User", "BillingCity") == []
    ids = [row["Id"] for row in query("SELECT Id FROM FieldPermissions")]
    assert len(ids) == len(set(ids)) > 1000 and {len(one) for one in ids} == {18}

    with org.read() as tx:
        own = tx.query("SELECT Id FROM PermissionSet WHERE Profile.Name = 'Standard User'").records[0].fields["Id"]
    row = {"ParentId": own, "SobjectType": "Account", "Field": "Account.Phone", "PermissionsRead": True}
    (made,) = save("insert", "FieldPermissions", {**row, "PermissionsEdit": False})
    assert made.success and rows("Standard User", "Phone") == [(True, False)]
    assert save("delete", "FieldPermissions", {"Id": made.id})[0].success
    assert rows("Standard User", "Phone") == [] and rows("Read Only", "Phone") == [(True, True)]
    user = make_user(org, save, query, "Standard User")
    with org.read(user) as tx:
        assert not tx.can("read", "Account", "Phone") and tx.can("read", "Account", "Fax")


def test_what_a_profile_says_about_a_standard_field_counts(org: Org, save: Save, query: Query) -> None:
    user = make_user(org, save, query, "Standard User")
    with org.transaction() as tx:
        own = tx.query("SELECT Id FROM PermissionSet WHERE Profile.Name = 'Standard User'").records[0].fields["Id"]
        for name, read in (("Phone", True), ("Industry", False)):
            row = {"ParentId": own, "SobjectType": "Account", "Field": f"Account.{name}", "PermissionsRead": read}
            tx.insert_setup("FieldPermissions", row)
    with org.read(user) as tx:
        assert tx.can("read", "Account", "Phone") and not tx.can("edit", "Account", "Phone")
        assert not tx.can("read", "Account", "Industry") and tx.can("edit", "Account", "Website")
    grant(org, user, {}, {"Account.Industry": "Read Edit"})
    with org.read(user) as tx:
        assert tx.can("edit", "Account", "Industry")


def test_a_custom_permission_comes_and_goes_with_its_assignment(org: Org, save: Save) -> None:
    with org.transaction() as tx:
        permission = tx.insert_setup(
            "CustomPermission", {"DeveloperName": "Bypass", "MasterLabel": "Bypass", "Language": "en_US"}
        )
        parent = tx.insert_setup("PermissionSet", {"Name": "Loader", "Label": "Loader"})
        tx.insert_setup(
            "SetupEntityAccess",
            {"ParentId": parent, "SetupEntityId": permission, "SetupEntityType": "CustomPermission"},
        )
        assert not tx.has_permission("Bypass")
    row = {"AssigneeId": org.record.admin_id, "PermissionSetId": parent}
    (made,) = save("insert", "PermissionSetAssignment", row)
    assert made.success, made
    with org.read() as tx:
        assert tx.has_permission("bypass")
    (again,) = save("insert", "PermissionSetAssignment", row)
    assert again.errors[0].code == "DUPLICATE_VALUE"
    assert save("delete", "PermissionSetAssignment", {"Id": made.id})[0].success
    with org.read() as tx:
        assert not tx.has_permission("Bypass")


def test_run_as_changes_user_and_rights(org: Org, save: Save, query: Query) -> None:
    minimum = make_user(org, save, query, "Minimum Access - Salesforce")
    with org.transaction() as tx:
        with tx.run_as(minimum):
            assert tx.user().id == minimum and not tx.can("create", "Account")
            (refused,) = tx.save(SaveRequest("insert", [Record("Account", {"Name": "a"})]))
            assert refused.errors[0].code == "INVALID_TYPE"
            (made,) = tx.save(SaveRequest("insert", [Record("Account", {"Name": "a"})], access="system"))
        owner = tx.query("SELECT OwnerId, CreatedById FROM Account").records[0].fields
        assert made.success and owner == {"OwnerId": minimum, "CreatedById": minimum}
        assert tx.user().id == org.record.admin_id


def test_a_new_org_has_its_rows(org: Org, query: Query) -> None:
    (found,) = query("SELECT Id, IsSandbox, OrganizationType FROM Organization")
    assert found == {"Id": org.record.id, "IsSandbox": True, "OrganizationType": "Developer Edition"}
    assert {r["Name"] for r in query("SELECT Name FROM User")} == {"User User", "Automated Process", "Integration User"}
    assert len(query("SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = true")) == len(
        query("SELECT Id FROM Profile")
    )
    assert query("SELECT COUNT(Id) FROM OpportunityStage") == [{"expr0": 10}]
    assert org.info.is_sandbox and org.record.admin_username.endswith("@example.com")
