"""What a project's org has beside the project: CumulusCI's bundles and rights, and the settings of the scratch definition."""

from __future__ import annotations

from pathlib import Path

from orgwright.localorg.project import sources, trial

NAMESPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
TEST = """@IsTest private class SurroundedTest {
    @IsTest static void hasRecordTypes() {
        Id special = Schema.SObjectType.Account.getRecordTypeInfosByDeveloperName().get('Special').getRecordTypeId();
        insert new Account(Name = 'a', RecordTypeId = special);
        System.assertEquals('Special', [SELECT %%%NAMESPACE%%%RecordType.DeveloperName FROM Account].RecordType.DeveloperName);
        System.assertEquals('c', '%%%NAMESPACE_OR_C%%%');
    }
    @IsTest static void seesEveryField() { System.assert(Schema.SObjectType.Account.fields.Extra__c.isUpdateable()); }
    @IsTest static void hasWhatComesLast() { System.assertEquals('last', System.Label.Last); }
    @IsTest static void hasOrders() { System.assertEquals('Order', Order.SObjectType.getDescribe().getName()); }
}"""
LABELS = (
    "<CustomLabels {0}><labels><fullName>Last</fullName><language>en_US</language><protected>false</protected>"
    "<shortDescription>Last</shortDescription><value>{1}</value></labels></CustomLabels>"
)
FILES = {
    "sfdx-project.json": '{"packageDirectories": [{"path": "app"}], "sourceApiVersion": "64.0"}',
    "cumulusci.yml": "project: {name: surrounded}",
    "config/project-scratch-def.json": '{"edition": "Developer", "settings": {"orderSettings": {"enableOrders": true}}}',
    "unpackaged/pre/types/package.xml": (
        f"<Package {NAMESPACE}><types><members>Account.Special</members><name>RecordType</name></types><version>64.0</version></Package>"
    ),
    "unpackaged/pre/types/objects/Account.object": (
        f"<CustomObject {NAMESPACE}><recordTypes><fullName>Special</fullName><active>true</active>"
        "<label>Special</label></recordTypes></CustomObject>"
    ),
    "app/objects/Account/fields/Extra__c.field-meta.xml": (
        f"<CustomField {NAMESPACE}><fullName>Extra__c</fullName><label>Extra</label><length>9</length><type>Text</type></CustomField>"
    ),
    "app/labels/CustomLabels.labels-meta.xml": LABELS.format(NAMESPACE, "first"),
    "unpackaged/post/last/labels/CustomLabels.labels-meta.xml": LABELS.format(NAMESPACE, "last"),
    "app/classes/SurroundedTest.cls": TEST,
}


def write(root: Path, without: str = "") -> None:
    for name, text in FILES.items():
        if name != without:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)


def test_what_the_project_says_is_there(tmp_path: Path) -> None:
    write(tmp_path)
    made = trial.deploy(sources.read(tmp_path))
    assert (made.faults, made.skipped) == ((), ())
    assert {m.method: m.message for m in trial.test(made, trial.select(made, [])).methods} == {
        "hasRecordTypes": None,
        "seesEveryField": None,
        "hasWhatComesLast": None,
        "hasOrders": None,
    }


def test_bundles_are_cumuluscis(tmp_path: Path) -> None:
    write(tmp_path, without="cumulusci.yml")
    assert {c.type for c in sources.read(tmp_path).before} == {"Settings"}


def test_a_definition_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "config/project-scratch-def.json").write_text('{"settings": [1]}')
    assert [s.file for s in sources.read(tmp_path).skipped] == ["config/project-scratch-def.json"]


def _object(*fields: str) -> str:
    return (
        '<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata"><label>x</label><pluralLabel>xs</pluralLabel>'
        "<nameField><label>Name</label><type>Text</type></nameField><deploymentStatus>Deployed</deploymentStatus>"
        f"<sharingModel>ReadWrite</sharingModel>{''.join(fields)}</CustomObject>"
    )


def test_code_may_name_its_own_objects_and_fields_with_the_namespace_of_the_package(tmp_path: Path) -> None:
    size = "<fields><fullName>Size__c</fullName><label>s</label><type>Number</type><precision>9</precision><scale>0</scale></fields>"
    box = (
        "<fields><fullName>Box__c</fullName><label>b</label><type>Lookup</type><referenceTo>Box__c</referenceTo>"
        "<relationshipName>Things</relationshipName><relationshipLabel>Things</relationshipLabel></fields>"
    )
    files = {
        "sfdx-project.json": '{"packageDirectories": [{"path": "app"}], "namespace": "acme", "sourceApiVersion": "64.0"}',
        "app/objects/Box__c/Box__c.object-meta.xml": _object(size),
        "app/objects/Thing__c/Thing__c.object-meta.xml": _object(size, box),
        "app/classes/NamesTest.cls": """@IsTest private class NamesTest { @IsTest static void names() {
            acme__Box__c box = new acme__Box__c(Name = 'b', acme__Size__c = 3);
            insert box;
            Thing__c thing = new acme__Thing__c(acme__Box__c = box.Id, Size__c = 4);
            thing.acme__Size__c += 1;
            insert thing;
            List<Thing__c> things = [SELECT acme__Size__c, acme__Box__r.acme__Size__c FROM acme__Thing__c WHERE ACME__Size__c = 5];
            System.assertEquals(3, things[0].acme__Box__r.Size__c);
            System.assertEquals(5, things[0].get('acme__Size__c'));
            System.assertEquals(3, things[0].getSObject('acme__Box__r').get('Size__c'));
            List<acme__Box__c> boxes = [SELECT (SELECT Size__c FROM acme__Things__r) FROM Box__c];
            System.assertEquals(5, boxes[0].acme__Things__r[0].acme__Size__c);
            System.assertEquals(1, Database.query('SELECT Id FROM acme__Thing__c WHERE acme__Box__r.acme__Size__c = 3').size());
            System.assertEquals('Thing__c', Schema.describeSObjects(new List<String>{'acme__Thing__c'})[0].getName());
            System.assertEquals(Thing__c.Size__c, acme__Thing__c.acme__Size__c);
            Object made = JSON.deserialize('{"acme__Size__c": 9}', acme__Thing__c.class);
            System.assertEquals(9, ((Thing__c) made).Size__c);
        } }""",
        "app/classes/Other.cls": "public class Other { other__Thing__c t; }",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    made = trial.deploy(sources.read(tmp_path))
    assert [fault.message for fault in made.faults] == ["Invalid type: other__Thing__c"]
    assert [m.message for m in trial.test(made, trial.select(made, [])).methods] == [None]


def test_code_may_name_its_own_types_with_the_namespace_of_the_package(tmp_path: Path) -> None:
    files = {
        "sfdx-project.json": '{"packageDirectories": [{"path": "app"}], "namespace": "acme", "sourceApiVersion": "64.0"}',
        "app/classes/Thing.cls": "public class Thing { public class Part { public Integer size = 3; } public static Integer two = 2; }",
        "app/classes/ThingTest.cls": (
            "@IsTest private class ThingTest { @IsTest static void names() {"
            " acme.Thing.Part part = new acme.Thing.Part(); System.assertEquals(5, part.size + acme.Thing.two);"
            " System.assertEquals(Thing.class, Type.forName('acme.Thing')); System.assertEquals(Thing.class, Type.forName('ACME', 'Thing'));"
            " System.assertEquals(null, Type.forName('other.Thing')); } }"
        ),
        "app/classes/Other.cls": "public class Other { other.Thing t; }",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    made = trial.deploy(sources.read(tmp_path))
    assert [fault.message for fault in made.faults] == ["Invalid type: other.Thing"]
    assert [m.message for m in trial.test(made, trial.select(made, [])).methods] == [None]
