"""Profiles as a retrieve shows them: exactly what the manifest names, what is off too."""

from __future__ import annotations

import io
import zipfile

import pytest

from orgwright.localorg.metadata.catalogue import Catalogue
from orgwright.localorg.metadata.document import parse
from orgwright.localorg.metadata.retrieve import retrieve
from orgwright.localorg.org import Org
from tests.localorg.access.people import make_user
from tests.localorg.deploying import NAMESPACE, deploy, failures, fields, make_org

FIELDS = fields(
    "Account",
    "<fullName>Meter__c</fullName><label>Meter</label><type>Text</type><length>20</length>",
    "<fullName>Serial__c</fullName><label>Serial</label><type>Text</type><length>20</length>",
    "<fullName>Twice__c</fullName><label>Twice</label><type>Text</type><formula>Name &amp; Name</formula>",
)
MEMBERS = {"CustomField": ["Account.Meter__c", "Account.Serial__c", "Account.Twice__c"]}


def profile(org: Org, members: dict[str, list[str]]) -> str:
    with org.read() as tx:
        found = retrieve(tx, "id", {**members, "Profile": ["Admin"]}, "67.0")
    with zipfile.ZipFile(io.BytesIO(found.zip)) as data:
        return data.read("unpackaged/profiles/Admin.profile").decode()


def grant(name: str) -> dict[str, bytes]:
    body = f"<fieldPermissions><editable>true</editable><field>Account.{name}</field><readable>true</readable></fieldPermissions>"
    return {"profiles/Admin.profile": f"<Profile {NAMESPACE}>{body}</Profile>".encode()}


def test_a_profile_lists_the_named_fields_those_without_access_too() -> None:
    org = make_org()
    assert deploy(org, FIELDS, MEMBERS)["success"]
    assert deploy(org, grant("Meter__c"), {"Profile": ["Admin"]})["success"]
    shown = profile(org, {"CustomField": ["Account.Meter__c", "Account.Serial__c"]})
    assert "Twice__c" not in shown
    meter, serial = (
        shown.split(f"<field>Account.{name}</field>")[0].rpartition("<editable>")[2]
        for name in ("Meter__c", "Serial__c")
    )
    assert (meter.startswith("true"), serial.startswith("false")) == (True, True)
    assert "fieldPermissions" not in profile(org, {})
    assert "<name>ModifyAllData</name>" in profile(org, {})


def test_a_profile_may_call_a_formula_editable_and_nothing_comes_of_it() -> None:
    org = make_org()
    assert deploy(org, FIELDS, MEMBERS)["success"]
    assert deploy(org, grant("Twice__c"), {"Profile": ["Admin"]})["success"]
    with org.read() as tx:
        rows = tx.sql("SELECT PermissionsRead, PermissionsEdit FROM FieldPermissions WHERE Field = 'Account.Twice__c'")
    assert rows == [(1, 0)]


def test_standard_objects_and_fields_are_listed_as_the_profile_opens_them() -> None:
    org = make_org()
    closed = "<fieldPermissions><editable>false</editable><field>Account.Fax</field><readable>false</readable></fieldPermissions>"
    files = {"profiles/Admin.profile": f"<Profile {NAMESPACE}>{closed}</Profile>".encode()}
    assert deploy(org, files, {"Profile": ["Admin"]})["success"]
    members = {"CustomObject": ["Account"], "CustomField": ["Account.Phone", "Account.Fax", "Contact.DoNotCall"]}
    shown = profile(org, members).replace("\n", "").replace("    ", "")
    for name, editable, readable in (("Account.Phone", "true", "true"), ("Account.Fax", "false", "false"),
                                     ("Contact.DoNotCall", "false", "false")):  # fmt: skip
        row = f"<editable>{editable}</editable><field>{name}</field><readable>{readable}</readable>"
        assert row in shown, (row, shown)
    assert "<object>Account</object>" in shown
    with org.read() as tx:
        assert tx.can("read", "Account", "Phone") and not tx.can("read", "Account", "Fax")


def test_a_new_profile_is_a_clone_that_its_document_changes() -> None:
    org = make_org()
    body = (
        "<custom>true</custom><userLicense>Salesforce</userLicense>"
        "<fieldPermissions><editable>false</editable><field>Account.Phone</field><readable>true</readable></fieldPermissions>"
        "<objectPermissions><allowCreate>false</allowCreate><allowDelete>false</allowDelete><allowEdit>false</allowEdit>"
        "<allowRead>true</allowRead><modifyAllRecords>false</modifyAllRecords><object>Lead</object>"
        "<viewAllRecords>false</viewAllRecords></objectPermissions>"
    )
    files = {"profiles/Custom%3A Sales.profile": f"<Profile {NAMESPACE}>{body}</Profile>".encode()}
    result = deploy(org, files, {"Profile": ["Custom%3A Sales"]})
    assert result["success"], result
    user = make_user(org, "seller", None, "Custom: Sales")
    with org.read(user) as tx:
        names = [one.name for one in Catalogue(tx).listing("Profile")]
        assert names.count("Custom%3A Sales") == 1 and "Standard" in names and "Custom: Sales" not in names
        assert tx.rights.has("ApiEnabled") and not tx.rights.has("ModifyAllData")
        assert tx.can("edit", "Account", "Website") and not tx.can("edit", "Account", "Phone")
        assert tx.can("read", "Lead") and not tx.can("edit", "Lead") and not tx.can("delete", "Case")


def new_profile(org: Org, name: str, license: str) -> dict[str, object]:
    body = f"<custom>true</custom><userLicense>{license}</userLicense>"
    return deploy(
        org, {f"profiles/{name}.profile": f"<Profile {NAMESPACE}>{body}</Profile>".encode()}, {"Profile": [name]}
    )


@pytest.mark.parametrize(
    ("license", "reads", "opens"),
    [("Salesforce", True, True), ("Salesforce Platform", False, True), ("Salesforce Integration", False, False)],
)
def test_a_new_profile_begins_as_one_of_its_licence(license: str, reads: bool, opens: bool) -> None:
    org = make_org()
    assert new_profile(org, "Own", license)["success"]
    user = make_user(org, "own", None, "Own")
    with org.read(user) as tx:
        account = tx.schema.sobject("Account")
        assert account is not None
        assert (tx.can("read", "Lead"), tx.rights.reads_field(account, "Phone")) == (reads, opens)
    with org.read() as tx:
        (row,) = tx.query("SELECT UserLicense.Name FROM Profile WHERE Name = 'Own'", form="json").records
        assert row["UserLicense"]["Name"] == license  # type: ignore[index]
        found = retrieve(tx, "id", {"CustomField": ["Account.Phone"], "Profile": ["Own"]}, "67.0")
    with zipfile.ZipFile(io.BytesIO(found.zip)) as data:
        shown = data.read("unpackaged/profiles/Own.profile").decode()
    assert f"<userLicense>{license}</userLicense>" in shown and f"<readable>{str(opens).lower()}</readable>" in shown


@pytest.mark.parametrize(
    ("name", "license", "problem"),
    [
        ("Own", "Customer Community", "In field: userLicense - no UserLicense named Customer Community found"),
        ("Own", "Guest User License", "You can not create custom Guest profiles."),
        ("Standard", "Identity", "You can't change a profile's user license."),
    ],
)
def test_licences_that_a_profile_cannot_have(name: str, license: str, problem: str) -> None:
    org = make_org()
    assert failures(new_profile(org, name, license)) == [("Profile", name, problem)]
    with org.read() as tx:
        assert not tx.query("SELECT Id FROM Profile WHERE Name = 'Own'").records


@pytest.mark.parametrize(
    "profile", ["Standard User", "Read Only", "Minimum Access - Salesforce", "Standard Platform User"]
)
def test_rights_rows_and_documents_tell_the_same_of_every_field(profile: str) -> None:
    org = make_org()
    user = make_user(org, "reader", None, profile)
    metadata_name = {"Standard User": "Standard", "Read Only": "ReadOnly"}.get(profile, profile)
    with org.read() as tx:
        account = tx.schema.sobject("Account")
        assert account is not None
        names = [f"Account.{field.name}" for field in account.fields.values() if field.permissionable]
        soql = f"SELECT Field, PermissionsEdit FROM FieldPermissions WHERE SobjectType = 'Account' AND Parent.Profile.Name = '{profile}'"
        rows = {one.fields["Field"]: bool(one.fields["PermissionsEdit"]) for one in tx.query(soql).records}
        found = retrieve(tx, "id", {"CustomField": names, "Profile": [metadata_name]}, "67.0")
    with zipfile.ZipFile(io.BytesIO(found.zip)) as data:
        (path,) = [one for one in data.namelist() if one.endswith(".profile")]
        document = parse(data.read(path))
    told = {
        one.value("field"): (one.flag("readable"), one.flag("editable")) for one in document.all("fieldPermissions")
    }
    rights = org.rights_of(user)
    for name in names:
        field = account.fields[name.partition(".")[2].lower()]
        own = (rights.reads_field(account, field.name), rights.edits_field(account, field.name))
        assert told[name] == own, name
        if field.compound_field_name is None:
            assert (name in rows, rows.get(name, False)) == own, name
