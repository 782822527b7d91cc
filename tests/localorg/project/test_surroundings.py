"""What a project's org has before the project is deployed: CumulusCI's bundles and the settings of the scratch definition."""

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
    @IsTest static void hasOrders() { System.assertEquals('Order', Order.SObjectType.getDescribe().getName()); }
}"""
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
        "hasOrders": None,
    }


def test_bundles_are_cumuluscis(tmp_path: Path) -> None:
    write(tmp_path, without="cumulusci.yml")
    assert {c.type for c in sources.read(tmp_path).before} == {"Settings"}


def test_a_definition_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "config/project-scratch-def.json").write_text('{"settings": [1]}')
    assert [s.file for s in sources.read(tmp_path).skipped] == ["config/project-scratch-def.json"]
