"""What deploying a component of each type does to the org."""

from __future__ import annotations

from typing import Any

import pytest

from orgwright.localorg.org import Org
from tests.localorg.deploying import NAMESPACE, apex, deploy, failures, fields, flags, make_org, manifest

TEXT = "<fullName>Ext__c</fullName><label>Ext</label><length>20</length><type>Text</type>"


@pytest.fixture
def org() -> Org:
    return make_org()


def document(kind: str, body: str) -> bytes:
    return f"<{kind} {NAMESPACE}>{body}</{kind}>".encode()


def rows(org: Org, soql: str) -> list[dict[str, Any]]:
    with org.read() as tx:
        return [r.fields for r in tx.query(soql, access="system").records]


def permission_set(body: str) -> dict[str, bytes]:
    return {"permissionsets/P.permissionset": document("PermissionSet", f"{body}<label>P</label>")}


GRANT = "<fieldPermissions><editable>true</editable><field>Account.Ext__c</field><readable>true</readable></fieldPermissions>"
OBJECT_GRANT = (
    "<objectPermissions><allowCreate>true</allowCreate><allowDelete>false</allowDelete><allowEdit>true</allowEdit>"
    "<allowRead>true</allowRead><modifyAllRecords>false</modifyAllRecords><object>Account</object>"
    "<viewAllRecords>false</viewAllRecords></objectPermissions>"
)


def test_a_permission_set_is_replaced(org: Org) -> None:
    files = {**fields("Account", TEXT), **permission_set(GRANT + OBJECT_GRANT)}
    members = {"CustomField": ["Account.Ext__c"], "PermissionSet": ["P"]}
    assert failures(deploy(org, files, members)) == []
    assert [r["Field"] for r in rows(org, "SELECT Field FROM FieldPermissions WHERE Parent.Name = 'P'")] == [
        "Account.Ext__c"
    ]
    assert (
        rows(org, "SELECT PermissionsCreate FROM ObjectPermissions WHERE Parent.Name = 'P'")[0]["PermissionsCreate"]
        is True
    )
    assert flags(deploy(org, permission_set(OBJECT_GRANT), {"PermissionSet": ["P"]})) == {"PermissionSet:P": "changed"}
    assert rows(org, "SELECT Field FROM FieldPermissions WHERE Parent.Name = 'P'") == []
    gone = deploy(org, {"destructiveChanges.xml": manifest({"PermissionSet": ["P"]})}, {})
    assert flags(gone) == {"PermissionSet:P": "deleted"}
    assert rows(org, "SELECT Id FROM PermissionSet WHERE Name = 'P'") == []


def test_a_permission_set_may_grant_orders_that_are_off(org: Org) -> None:
    assert org.schema.sobject("Order") is None
    grant = OBJECT_GRANT.replace("<object>Account", "<object>Order")
    assert failures(deploy(org, permission_set(grant), {"PermissionSet": ["P"]})) == []
    assert rows(org, "SELECT SobjectType FROM ObjectPermissions WHERE Parent.Name = 'P'") == [{"SobjectType": "Order"}]
    quote = permission_set(OBJECT_GRANT.replace("<object>Account", "<object>Quote"))
    problem = "In field: object - no CustomObject named Quote found"
    assert failures(deploy(org, quote, {"PermissionSet": ["P"]})) == [("PermissionSet", "P", problem)]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (GRANT, "In field: field - no CustomField named Account.Ext__c found"),
        (GRANT.replace("Ext__c", "Name"), "You cannot deploy to a required field: Account.Name"),
        (OBJECT_GRANT.replace("<object>Account", "<object>Nope__c"), "In field: object - no CustomObject named Nope__c found"),
        (OBJECT_GRANT.replace("<allowRead>true", "<allowRead>false"), "Permission Create Account depends on permission(s): Read Account"),
        ("<userPermissions><enabled>true</enabled><name>Nope</name></userPermissions>", "Unknown user permission: Nope"),
        ("<classAccesses><apexClass>Nope</apexClass><enabled>true</enabled></classAccesses>",
         "In field: apexClass - no ApexClass named Nope found"),
        ("<customPermissions><enabled>true</enabled><name>Nope</name></customPermissions>",
         "In field: name - no CustomPermission named Nope found"),
    ],
)  # fmt: skip
def test_permission_sets_are_checked(org: Org, body: str, problem: str) -> None:
    assert problem in [text for _, _, text in failures(deploy(org, permission_set(body), {"PermissionSet": ["P"]}))]


def test_profiles_merge(org: Org) -> None:
    files = {**fields("Account", TEXT), "profiles/Admin.profile": document("Profile", GRANT)}
    assert failures(deploy(org, files, {"CustomField": ["Account.Ext__c"], "Profile": ["Admin"]})) == []
    again = {"profiles/Admin.profile": document("Profile", OBJECT_GRANT)}
    assert failures(deploy(org, again, {"Profile": ["Admin"]})) == []
    soql = "SELECT Field FROM FieldPermissions WHERE Parent.Profile.Name = 'System Administrator' AND Field = 'Account.Ext__c'"
    assert len(rows(org, soql)) == 1
    with org.read() as tx:
        assert tx.can("edit", "Account", "Ext__c")


def test_a_new_field_is_hidden_until_it_is_granted(org: Org) -> None:
    deploy(org, fields("Account", TEXT), {"CustomField": ["Account.Ext__c"]})
    with org.read() as tx:
        assert not tx.can("read", "Account", "Ext__c")


def test_record_types_and_validation_rules(org: Org) -> None:
    body = (
        "<recordTypes><fullName>Big</fullName><active>true</active><label>Big One</label>"
        "<picklistValues><picklist>Industry</picklist><values><fullName>Energy</fullName><default>false</default></values>"
        "</picklistValues></recordTypes>"
        "<validationRules><fullName>NoX</fullName><active>true</active><errorConditionFormula>Name = &quot;x&quot;"
        "</errorConditionFormula><errorMessage>Not x</errorMessage></validationRules>"
    )
    members = {"RecordType": ["Account.Big"], "ValidationRule": ["Account.NoX"]}
    result = deploy(org, {"objects/Account.object": document("CustomObject", body)}, members)
    assert failures(result) == []
    assert rows(org, "SELECT Name, SobjectType FROM RecordType WHERE DeveloperName = 'Big'")[0] == {
        "Name": "Big One",
        "SobjectType": "Account",
    }
    account = org.schema.sobject("Account")
    assert account is not None
    rule = account.validation_rules[0]
    assert (rule.name, rule.condition, rule.message, rule.active) == ("NoX", 'Name = "x"', "Not x", True)
    assert [e.value for e in account.record_types[0].picklists["Industry"]] == ["Energy"]
    wrong = body.replace("Energy", "Nonsense")
    again = deploy(org, {"objects/Account.object": document("CustomObject", wrong)}, members)
    assert ("RecordType", "Account.Big", "Picklist value: Nonsense in picklist: Industry not found") in failures(again)


def test_custom_metadata_records(org: Org) -> None:
    kind = document(
        "CustomObject",
        "<fields><fullName>Url__c</fullName><label>Url</label><type>Url</type></fields>"
        "<fields><fullName>Size__c</fullName><label>Size</label><precision>5</precision><scale>1</scale><type>Number</type></fields>"
        "<label>Hook</label><pluralLabel>Hooks</pluralLabel>",
    )
    record = (
        f'<CustomMetadata {NAMESPACE} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        '<label>Main</label><protected>false</protected><values><field>Url__c</field><value xsi:type="xsd:string">https://a.example</value>'
        '</values><values><field>Size__c</field><value xsi:type="xsd:double">1.5</value></values></CustomMetadata>'
    ).encode()
    files = {"objects/Hook__mdt.object": kind, "customMetadata/Hook.Main.md": record}
    result = deploy(org, files, {"CustomObject": ["Hook__mdt"], "CustomMetadata": ["Hook.Main"]})
    assert failures(result) == []
    found = rows(org, "SELECT Url__c, Size__c, Label FROM Hook__mdt WHERE DeveloperName = 'Main'")
    assert [(f["Url__c"], str(f["Size__c"]), f["Label"]) for f in found] == [("https://a.example", "1.5", "Main")]
    unknown = {"customMetadata/Hook.Other.md": record.replace(b"Url__c", b"Nope__c")}
    problem = failures(deploy(org, unknown, {"CustomMetadata": ["Hook.Other"]}))[0][2]
    assert problem == "In field: field - no CustomField named Hook__mdt.Nope__c found"


def test_global_value_sets_and_labels(org: Org) -> None:
    value = "<customValue><fullName>{0}</fullName><default>false</default><label>{0}</label></customValue>"
    values = document("GlobalValueSet", value.format("a") + "<masterLabel>Set</masterLabel><sorted>false</sorted>")
    picklist = "<fullName>P__c</fullName><label>P</label><type>Picklist</type><valueSet><restricted>true</restricted><valueSetName>Set</valueSetName></valueSet>"
    label = "<labels><fullName>Hi</fullName><language>en_US</language><protected>false</protected><shortDescription>Hi</shortDescription><value>Hello</value></labels>"
    files = {
        "globalValueSets/Set.globalValueSet": values,
        **fields("Account", picklist),
        "labels/CustomLabels.labels": document("CustomLabels", label),
    }
    members = {"GlobalValueSet": ["Set"], "CustomField": ["Account.P__c"], "CustomLabel": ["Hi"]}
    assert failures(deploy(org, files, members)) == []
    more = document("GlobalValueSet", value.format("b") + "<masterLabel>Set</masterLabel><sorted>false</sorted>")
    deploy(org, {"globalValueSets/Set.globalValueSet": more}, {"GlobalValueSet": ["Set"]})
    field = org.schema.sobject("Account").field("P__c")  # type: ignore[union-attr]
    assert field is not None and [e.value for e in field.picklist] == ["b", "a"]
    assert org.schema.label("hi") == "Hello"


def test_external_client_apps_need_their_app(org: Org) -> None:
    app = document(
        "ExternalClientApplication",
        "<contactEmail>a@b.co</contactEmail><distributionState>Local</distributionState><label>App</label>",
    )
    oauth = document(
        "ExtlClntAppOauthSettings",
        "<commaSeparatedOauthScopes>Api, RefreshToken</commaSeparatedOauthScopes><externalClientApplication>App</externalClientApplication>"
        "<label>App Oauth</label>",
    )
    parts = {"extlClntAppOauthSettings/App_oauth.ecaOauth": oauth}
    alone = deploy(org, parts, {"ExtlClntAppOauthSettings": ["App_oauth"]})
    text = "In field: externalClientApplication - no ExternalClientApplication named App found"
    assert [t for _, _, t in failures(alone)] == [text]
    files = {**parts, "externalClientApps/App.eca": app}
    members = {"ExtlClntAppOauthSettings": ["App_oauth"], "ExternalClientApplication": ["App"]}
    assert failures(deploy(org, files, members)) == []
    bad = {"extlClntAppOauthSettings/App_oauth.ecaOauth": oauth.replace(b"RefreshToken", b"Nonsense")}
    assert failures(deploy(org, bad, {"ExtlClntAppOauthSettings": ["App_oauth"]}))[0][2] == "Invalid scope: Nonsense"


def test_relationships(org: Org) -> None:
    thing = document(
        "CustomObject",
        "<deploymentStatus>Deployed</deploymentStatus><fields><fullName>A__c</fullName><label>A</label><referenceTo>Account</referenceTo>"
        "<relationshipName>Things</relationshipName><relationshipOrder>0</relationshipOrder><type>MasterDetail</type></fields>"
        "<label>Thing</label><nameField><displayFormat>T-{000}</displayFormat><label>Number</label><type>AutoNumber</type></nameField>"
        "<pluralLabel>Things</pluralLabel><sharingModel>{}</sharingModel>",
    )
    summary = (
        "<fullName>Count__c</fullName><label>Count</label><summaryForeignKey>Thing__c.A__c</summaryForeignKey>"
        "<summaryOperation>count</summaryOperation><type>Summary</type>"
    )
    wrong = deploy(org, {"objects/Thing__c.object": thing.replace(b"{}", b"ReadWrite")}, {"CustomObject": ["Thing__c"]})
    text = "Cannot set sharingModel to ReadWrite on a CustomObject with a MasterDetail relationship field"
    assert [t for _, _, t in failures(wrong)] == [text]
    files = {"objects/Thing__c.object": thing.replace(b"{}", b"ControlledByParent"), **fields("Account", summary)}
    assert failures(deploy(org, files, {"CustomObject": ["Thing__c"], "CustomField": ["Account.Count__c"]})) == []
    account = org.schema.sobject("Account")
    assert account is not None and account.child("Things__r") is not None
    same = TEXT.replace("Ext__c", "B__c").replace(
        "<length>20</length><type>Text",
        "<referenceTo>Account</referenceTo><relationshipName>things</relationshipName><type>Lookup",
    )
    taken = deploy(org, fields("Contact", same), {"CustomField": ["Contact.B__c"]})
    assert failures(taken)[0][2] == "There is already a Child Relationship named things on Account."


def test_layouts_are_checked(org: Org) -> None:
    item = "<layoutItems><behavior>Edit</behavior><field>{}</field></layoutItems>"
    body = "<layoutSections><layoutColumns>{}</layoutColumns><style>OneColumn</style></layoutSections>"
    layout = {
        "layouts/Account-Main.layout": document(
            "Layout", body.format(item.format("Name") + item.format("Nope__c") + item.format("Name"))
        )
    }
    assert [t for _, _, t in failures(deploy(org, layout, {"Layout": ["Account-Main"]}))] == [
        "In field: field - no CustomField named Account.Nope__c found",
        "Field:Name, value:Name appears more than once",
    ]


def test_test_suites_name_classes(org: Org) -> None:
    suite = {"testSuites/S.testSuite": document("ApexTestSuite", "<testClassName>T</testClassName>")}
    assert "no ApexClass named T found" in failures(deploy(org, suite, {"ApexTestSuite": ["S"]}))[0][2]
    test = apex("T", "@IsTest class T { @IsTest static void t() {} }")
    assert failures(deploy(org, {**suite, **test}, {"ApexTestSuite": ["S"], "ApexClass": ["T"]})) == []
    assert len(rows(org, "SELECT Id FROM TestSuiteMembership WHERE ApexTestSuite.TestSuiteName = 'S'")) == 1


def test_types_without_behaviour_are_kept(org: Org) -> None:
    page = document(
        "FlexiPage",
        "<masterLabel>Page</masterLabel><template><name>flexipage:defaultAppHomeTemplate</name></template><type>AppPage</type>",
    )
    files = {
        "flexipages/Page.flexipage": page,
        "lwc/tile/tile.js": b"export default 1",
        "lwc/tile/tile.js-meta.xml": b"<a/>",
    }
    members = {"FlexiPage": ["Page"], "LightningComponentBundle": ["tile"]}
    assert set(flags(deploy(org, files, members)).values()) == {"created"}
    assert set(flags(deploy(org, files, members)).values()) == {"unchanged"}
    changed = {**files, "lwc/tile/tile.js": b"export default 2"}
    assert flags(deploy(org, changed, members)) == {
        "FlexiPage:Page": "unchanged",
        "LightningComponentBundle:tile": "changed",
    }


def test_tab_settings_of_permission_sets_and_profiles_are_rows(org: Org) -> None:
    def settings(parent: str) -> list[tuple[str, str]]:
        soql = f"SELECT Name, Visibility FROM PermissionSetTabSetting WHERE {parent} ORDER BY Name"
        return [(r["Name"], r["Visibility"]) for r in rows(org, soql)]

    def tab(tag: str, name: str, visibility: str) -> str:
        return f"<{tag}><tab>{name}</tab><visibility>{visibility}</visibility></{tag}>"

    shown = tab("tabSettings", "standard-Account", "Visible") + tab("tabSettings", "standard-Contact", "Available")
    assert failures(deploy(org, permission_set(shown), {"PermissionSet": ["P"]})) == []
    expected = [("standard-Account", "DefaultOn"), ("standard-Contact", "DefaultOff")]
    assert settings("Parent.Name = 'P'") == expected
    hidden = permission_set(tab("tabSettings", "standard-Account", "None"))
    assert failures(deploy(org, hidden, {"PermissionSet": ["P"]})) == []
    assert settings("Parent.Name = 'P'") == []
    for visibility, found in (("DefaultOff", "DefaultOff"), ("DefaultOn", "DefaultOn"), ("Hidden", None)):
        body = tab("tabVisibilities", "standard-Account", visibility)
        files = {"profiles/Admin.profile": document("Profile", body)}
        assert failures(deploy(org, files, {"Profile": ["Admin"]})) == []
        assert settings("Parent.IsOwnedByProfile = true") == ([("standard-Account", found)] if found else [])


def test_what_lies_in_folders_is_found_by_queries(org: Org) -> None:
    template = (
        f"<EmailTemplate {NAMESPACE}><available>true</available><encodingKey>UTF-8</encodingKey><name>Hello there</name>"
        "<style>none</style><subject>Hi</subject><textOnly>plain</textOnly><type>custom</type></EmailTemplate>"
    )
    report = (
        f"<Report {NAMESPACE}><columns><field>ACCOUNT.NAME</field></columns><format>Tabular</format><name>All of them</name>"
        "<reportType>AccountList</reportType></Report>"
    )
    folder = "<{0} {1}><accessType>Public</accessType><name>Our {0}</name><publicFolderAccess>ReadOnly</publicFolderAccess></{0}>"
    files = {
        "email/Ours-meta.xml": folder.format("EmailFolder", NAMESPACE).encode(),
        "email/Ours/Hello.email": b"<b>hi</b>",
        "email/Ours/Hello.email-meta.xml": template.encode(),
        "reports/Ours2-meta.xml": folder.format("ReportFolder", NAMESPACE).encode(),
        "reports/Ours2/All.report": report.encode(),
    }
    members = {"EmailTemplate": ["Ours", "Ours/Hello"], "Report": ["Ours2", "Ours2/All"]}
    assert failures(deploy(org, files, members)) == []
    with org.read() as tx:
        soql = (
            "SELECT Name, HtmlValue, Body, TemplateType, Folder.Name FROM EmailTemplate WHERE DeveloperName = 'Hello'"
        )
        (found,) = tx.query(soql, access="system").records
        assert found.fields["Folder"].fields == {"Name": "Our EmailFolder"}
        assert {**found.fields, "Folder": None} == {
            "Name": "Hello there", "HtmlValue": "<b>hi</b>", "Body": "plain", "TemplateType": "custom", "Folder": None,
        }  # fmt: skip
        (found,) = tx.query(
            "SELECT Name, Format, FolderName FROM Report WHERE DeveloperName = 'All'", access="system"
        ).records
        assert found.fields == {"Name": "All of them", "Format": "Tabular", "FolderName": "Our ReportFolder"}


def test_managed_packages_of_others_are_not_to_be_had(org: Org) -> None:
    files = {
        "installedPackages/npe01.installedPackage": document(
            "InstalledPackage", "<activateRSS>false</activateRSS><versionNumber>3.19</versionNumber>"
        )
    }
    ((kind, name, problem),) = failures(deploy(org, files, {"InstalledPackage": ["npe01"]}))
    assert (kind, name) == ("InstalledPackage", "npe01")
    assert problem.startswith("NOT_SUPPORTED_BY_EMBEDDED_ORG: the managed package npe01 cannot be installed")


def test_apps_are_items_of_the_app_menu(org: Org) -> None:
    app = "<defaultLandingTab>standard-home</defaultLandingTab><description>All we do</description><label>Office</label><navType>Standard</navType>"
    files = {"applications/Desk.app": document("CustomApplication", f"{app}<tabs>standard-Account</tabs>")}
    assert rows(org, "SELECT Id FROM AppMenuItem") == []
    assert failures(deploy(org, files, {"CustomApplication": ["Desk"]})) == []
    soql = "SELECT Id, Name, Label, Description, ApplicationId, Type FROM AppMenuItem WHERE Name = 'Desk'"
    (found,) = rows(org, soql)
    app_id = found.pop("ApplicationId")
    assert app_id[:3] == "02u"
    assert found.pop("Id")[:15] == f"0DS{app_id[3:15]}"
    assert found == {"Name": "Desk", "Label": "Office", "Description": "All we do", "Type": "TabSet"}
