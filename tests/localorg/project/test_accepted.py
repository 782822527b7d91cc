"""What projects that deploy to real orgs are written like, and a stricter reader would refuse."""

from __future__ import annotations

from pathlib import Path

from orgwright.localorg.project import sources, trial

NAMESPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
FILES = {
    "customPermissions/Bare.customPermission-meta.xml": "<CustomPermission {ns}><label>Bare</label></CustomPermission>",
    "objects/Thing__c/Thing__c.object-meta.xml": (
        "<CustomObject {ns}><deploymentStatus>Deployed</deploymentStatus><label>Thing</label><nameField>"
        "<label>Name</label><type>Text</type></nameField><pluralLabel>Things</pluralLabel><sharingModel>ReadWrite"
        "</sharingModel></CustomObject>"
    ),
    "objects/Thing__c/fields/Grade__c.field-meta.xml": (
        "<CustomField {ns}><fullName>Grade__c</fullName><label>Grade</label><type>Picklist</type><valueSet>"
        "<valueSetDefinition><sorted>false</sorted><value><fullName>A/B, C</fullName><default>false</default>"
        "<label>A/B, C</label></value></valueSetDefinition></valueSet></CustomField>"
    ),
    "objects/Thing__c/fields/Server__c.field-meta.xml": (
        "<CustomField {ns}><fullName>Server__c</fullName><label>Server</label><type>Text</type>"
        "<formula>LEFT($Api.Partner_Server_URL_260, FIND('/services', $Api.Partner_Server_URL_260))</formula></CustomField>"
    ),
    "objects/Thing__c/recordTypes/Special.recordType-meta.xml": (
        "<RecordType {ns}><fullName>Special</fullName><active>true</active><label>Special</label><picklistValues>"
        "<picklist>Grade__c</picklist><values><fullName>A%2FB%2C C</fullName><default>false</default></values>"
        "</picklistValues></RecordType>"
    ),
    "objects/Rule__mdt/Rule__mdt.object-meta.xml": (
        "<CustomObject {ns}><label>Rule</label><pluralLabel>Rules</pluralLabel></CustomObject>"
    ),
    "layouts/Rule__mdt-Rule Layout.layout-meta.xml": (
        "<Layout {ns}><layoutSections><customLabel>false</customLabel><layoutColumns><layoutItems><behavior>Edit"
        "</behavior><field>IsProtected</field></layoutItems></layoutColumns><style>OneColumn</style></layoutSections></Layout>"
    ),
    "layouts/CaseClose-Close Case Layout.layout-meta.xml": "<Layout {ns}></Layout>",
    "permissionsets/Names.permissionset-meta.xml": (
        "<PermissionSet {ns}><fieldPermissions><editable>true</editable><field>Thing__c.Name</field>"
        "<readable>true</readable></fieldPermissions><label>Names</label></PermissionSet>"
    ),
    "objectTranslations/Thing__c-nl_NL/Thing__c-nl_NL.objectTranslation-meta.xml": (
        "<CustomObjectTranslation {ns}><caseValues><plural>false</plural><value>Ding</value></caseValues>"
        "<gender></gender><startsWith></startsWith></CustomObjectTranslation>"
    ),
    "classes/ThingTest.cls": (
        "@IsTest private class ThingTest { @IsTest static void server() { insert new Thing__c(Name = 'a');\n"
        "System.assert([SELECT Server__c FROM Thing__c].Server__c.startsWith('https://'));\n"
        "System.assert(!Thing__c.SObjectType.newSObject(null, true).getPopulatedFieldsAsMap().containsKey('IsDeleted')); } }"
    ),
}


def test_all_of_it_deploys(tmp_path: Path) -> None:
    (tmp_path / "sfdx-project.json").write_text('{"packageDirectories": [{"path": "app"}], "sourceApiVersion": "64.0"}')
    for name, text in FILES.items():
        path = tmp_path / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{ns}", NAMESPACE))
    made = trial.deploy(sources.read(tmp_path))
    assert made.skipped == ()
    assert [(m.method, m.message) for m in trial.test(made, trial.select(made, [])).methods] == [("server", None)]
