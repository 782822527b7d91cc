"""A project whose package directory is in metadata format, and names that components bring into Apex."""

from __future__ import annotations

from pathlib import Path

from orgwright.localorg.project import sources, trial

_META = '<?xml version="1.0" encoding="UTF-8"?>\n<{0} xmlns="http://soap.sforce.com/2006/04/metadata">{1}</{0}>\n'
_CLASS = """@IsTest
private class Uses_Test {
    @IsTest
    static void names() {
        System.assertEquals('/apex/start', Page.Start.getUrl());
        Job__c row = new Job__c(Name = 'a');
        insert row;
        Archive__b kept = new Archive__b(Note__c = 'x');
        System.assertEquals('x', kept.Note__c);
        System.assertEquals('Team__c', Schema.Job__Share.RowCause.Team__c);
        CareProgram program = new CareProgram(Name = 'c', StartDate = Date.today(), Status = 'Active');
        System.assertEquals('c', program.Name);
    }
}
"""
_TYPES = {"CustomObject": ("Job__c", "Archive__b"), "ApexClass": ("Uses_Test",), "ApexPage": ("Start",)}
_FILES = {
    "objects/Job__c.object": _META.format(
        "CustomObject",
        "<label>Job</label><pluralLabel>Jobs</pluralLabel><sharingModel>Private</sharingModel>"
        "<deploymentStatus>Deployed</deploymentStatus><nameField><label>Job</label><type>Text</type></nameField>"
        "<sharingReasons><fullName>Team__c</fullName><label>Team</label></sharingReasons>",
    ),
    "objects/Archive__b.object": _META.format(
        "CustomObject",
        "<label>Archive</label><pluralLabel>Archives</pluralLabel><deploymentStatus>Deployed</deploymentStatus>"
        "<fields><fullName>Note__c</fullName><label>Note</label><type>Text</type><length>80</length></fields>",
    ),
    "classes/Uses_Test.cls": _CLASS,
    "classes/Uses_Test.cls-meta.xml": _META.format("ApexClass", "<apiVersion>62.0</apiVersion><status>Active</status>"),
    "pages/Start.page": "<apex:page/>",
    "pages/Start.page-meta.xml": _META.format("ApexPage", "<apiVersion>62.0</apiVersion><label>Start</label>"),
}


def _write(root: Path) -> None:
    members = "".join(
        f"<types>{''.join(f'<members>{name}</members>' for name in names)}<name>{kind}</name></types>"
        for kind, names in _TYPES.items()
    )
    (root / "src").mkdir(parents=True)
    (root / "sfdx-project.json").write_text('{"packageDirectories": [{"path": "src"}], "sourceApiVersion": "62.0"}')
    (root / "src/package.xml").write_text(_META.format("Package", f"{members}<version>62.0</version>"))
    for path, text in _FILES.items():
        (root / "src" / path).parent.mkdir(exist_ok=True)
        (root / "src" / path).write_text(text)


def test_a_metadata_format_project_and_the_names_of_its_components(tmp_path: Path) -> None:
    _write(tmp_path)
    made = trial.deploy(sources.read(tmp_path))
    try:
        assert not made.faults and not made.skipped, (made.faults, made.skipped)
        found = trial.test(made, trial.select(made, []))
        assert [(m.class_name, m.method, m.message) for m in found.methods] == [("Uses_Test", "names", None)]
    finally:
        made.close()


def test_a_page_that_the_org_lacks_does_not_compile(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / "src/pages/Start.page").unlink()
    (tmp_path / "src/pages/Start.page-meta.xml").unlink()
    manifest = tmp_path / "src/package.xml"
    manifest.write_text(manifest.read_text().replace("<members>Start</members>", ""))
    made = trial.deploy(sources.read(tmp_path))
    try:
        assert [f.message for f in made.faults] == ["Page does not exist: Start"]
    finally:
        made.close()


def test_a_folder_above_a_package_in_metadata_format_of_a_former_version(tmp_path: Path) -> None:
    field = (
        "<fields><fullName>Kind__c</fullName><label>Kind</label><type>Picklist</type><picklist>"
        "<picklistValues><fullName>Weekly</fullName><default>true</default></picklistValues>"
        "<sorted>false</sorted></picklist></fields>"
    )
    _write(tmp_path)
    (tmp_path / "sfdx-project.json").unlink()
    job = tmp_path / "src/objects/Job__c.object"
    job.write_text(job.read_text().replace("<nameField>", f"{field}<nameField>"))
    manifest = tmp_path / "src/package.xml"
    manifest.write_text(manifest.read_text().replace("62.0", "31.0"))
    test = tmp_path / "src/classes/Uses_Test.cls"
    test.write_text(test.read_text().replace("insert row;", "insert row; System.assertEquals('Weekly', row.Kind__c);"))
    test.write_text(
        test.read_text().replace("new Job__c(Name = 'a')", "(Job__c) Job__c.SObjectType.newSObject(null, true)")
    )
    project = sources.read(tmp_path)
    assert project.api_version == "31.0"
    made = trial.deploy(project)
    try:
        found = trial.test(made, trial.select(made, []))
        assert [(m.method, m.message) for m in found.methods] == [("names", None)], (made.faults, made.skipped)
    finally:
        made.close()
