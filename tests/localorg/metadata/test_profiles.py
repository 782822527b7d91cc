"""Profiles as a retrieve shows them: exactly what the manifest names, what is off too."""

from __future__ import annotations

import io
import zipfile

from orgwright.localorg.metadata.retrieve import retrieve
from orgwright.localorg.org import Org
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
