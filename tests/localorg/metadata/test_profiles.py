"""Profiles as a retrieve shows them: exactly what the manifest names, what is off too."""

from __future__ import annotations

import io
import zipfile

from orgwright.localorg.metadata.catalogue import Catalogue
from orgwright.localorg.metadata.retrieve import retrieve
from orgwright.localorg.org import Org
from tests.localorg.access.people import make_user
from tests.localorg.deploying import NAMESPACE, deploy, fields, make_org

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
