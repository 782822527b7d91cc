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
