"""A project in a throw-away org: what deploys, what is left out, what its tests come to."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from orgwright.errors import OrgwrightError
from orgwright.localorg.project import affected, sources, trial

META = (
    '<?xml version="1.0" encoding="UTF-8"?><ApexClass xmlns="http://soap.sforce.com/2006/04/metadata">'
    "<apiVersion>62.0</apiVersion></ApexClass>"
)
FIELD = (
    '<?xml version="1.0" encoding="UTF-8"?><CustomField xmlns="http://soap.sforce.com/2006/04/metadata">'
    "<fullName>Rank__c</fullName><label>Rank</label><type>Number</type><precision>5</precision><scale>0</scale>"
    "</CustomField>"
)
RANKS = "public class Ranks {\n    public static Integer next() {\n        return 2;\n    }\n}\n"
RANKS_TEST = (
    "@IsTest\nprivate class RanksTest {\n    @IsTest\n    static void counts() {\n"
    "        insert new Account(Name = 'a', Rank__c = Ranks.next());\n"
    "        System.assertEquals(2, [SELECT Rank__c FROM Account].Rank__c);\n    }\n"
    "    @IsTest\n    static void fails() { System.assertEquals(1, Ranks.next()); }\n}\n"
)
OTHER_TEST = "@IsTest\nprivate class OtherTest {\n    @IsTest static void passes() { System.assert(true); }\n}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two package directories; one class has no -meta.xml, one does not compile."""
    (tmp_path / "sfdx-project.json").write_text(
        '{"packageDirectories": [{"path": "one"}, {"path": "two"}], "sourceApiVersion": "62.0"}'
    )
    files = {
        "one/classes/Ranks.cls": RANKS,
        "one/classes/Ranks.cls-meta.xml": META,
        "one/objects/Account/fields/Rank__c.field-meta.xml": FIELD,
        "two/classes/RanksTest.cls": RANKS_TEST,
        "two/classes/OtherTest.cls": OTHER_TEST,
        "two/classes/Broken.cls": "public class Broken {\n    Nowhere n;\n}\n",
        "two/odd/Thing.nonsense-meta.xml": "<Nonsense/>",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def outcomes(found: object) -> dict[str, bool]:
    return {f"{m.class_name}.{m.method}": m.message is None for m in found.methods}  # type: ignore[attr-defined]


def test_what_compiles_runs_and_the_rest_is_told(project: Path) -> None:
    made = trial.deploy(sources.read(project))
    assert [(f.file, f.line, f.column, f.message) for f in made.faults] == [
        ("two/classes/Broken.cls", 2, 5, "Invalid type: Nowhere")
    ]
    assert [s.file for s in made.skipped] == ["two/odd/Thing.nonsense-meta.xml"]
    found = trial.test(made, trial.select(made, []))
    assert outcomes(found) == {"RanksTest.counts": True, "RanksTest.fails": False, "OtherTest.passes": True}
    lines = {c.name: dict(c.lines) for c in found.coverage}
    assert lines["Ranks"] == {2: 1, 3: 1}


def test_what_is_wrong_in_a_meta_file_is_told_there(project: Path) -> None:
    meta = project / "one/classes/Ranks.cls-meta.xml"
    meta.write_text(META.replace("</ApexClass>", "<status>Asleep</status></ApexClass>"))
    (fault,) = [one for one in trial.deploy(sources.read(project)).faults if one.name == "Ranks"]
    text = "Error parsing file: 'Asleep' is not a valid value for the enum 'ApexCodeUnitStatus'"
    assert (fault.file, fault.message.startswith(text)) == ("one/classes/Ranks.cls-meta.xml", True)


def test_what_the_org_does_not_know_is_left_out_of_its_component(project: Path) -> None:
    xmlns = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
    (project / "one/objects/Account/fields/Rank__c.field-meta.xml").write_text(
        FIELD.replace("<label>", "<notYetKnown>true</notYetKnown><label>")
    )
    grants = project / "one/permissionsets/Ranks.permissionset-meta.xml"
    grants.parent.mkdir()
    grants.write_text(
        f"<PermissionSet {xmlns}><fieldPermissions><editable>true</editable><field>Account.Rank__c</field><readable>true"
        "</readable></fieldPermissions><fieldPermissions><editable>true</editable><field>Account.Nope__c</field><readable>true"
        "</readable></fieldPermissions><label>Ranks</label></PermissionSet>"
    )
    (project / "two/classes/OtherTest.cls").write_text(
        "@IsTest private class OtherTest { @IsTest static void passes() { insert as user new Account(Name = 'a', Rank__c = 3); } }"
    )
    made = trial.deploy(sources.read(project))
    assert [(s.type, s.name, s.reason.partition(" (")[0]) for s in made.skipped if s.type] == [
        (
            "CustomField",
            "Account.Rank__c",
            "Error parsing file: Element notYetKnown invalid at this location in type CustomField",
        ),
        ("PermissionSet", "Ranks", "In field: field - no CustomField named Account.Nope__c found"),
    ]
    assert outcomes(trial.test(made, trial.select(made, ["OtherTest"]))) == {"OtherTest.passes": True}


def test_words_select_classes_and_methods(project: Path) -> None:
    made = trial.deploy(sources.read(project))
    assert outcomes(trial.test(made, trial.select(made, ["RanksTest.counts"]))) == {"RanksTest.counts": True}
    both = trial.test(made, trial.select(made, ["otherTest", "Nope"]))
    assert outcomes(both) == {"OtherTest.passes": True, "Nope.": False}


def test_processes_give_the_same_as_one(project: Path) -> None:
    made = trial.deploy(sources.read(project))
    selection = trial.select(made, [])
    alone, many = trial.test(made, selection), trial.test(made, selection, jobs=2)
    assert outcomes(alone) == outcomes(many)
    assert [(c.name, dict(c.lines)) for c in alone.coverage] == [(c.name, dict(c.lines)) for c in many.coverage]


def test_a_test_process_that_is_killed_ends_the_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trial.deploy(sources.read(project))
    monkeypatch.setattr("orgwright.localorg.jobs.runner.run_many", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(OrgwrightError, match="a test process was killed"):
        trial.test(made, trial.select(made, []), jobs=2)
    made.close()


def test_a_project_uses_another(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    user = tmp_path_factory.mktemp("user")
    (user / "UsesRanks.cls").write_text(
        "@IsTest\nprivate class UsesRanks {\n    @IsTest static void uses() { System.assertEquals(2, Ranks.next()); }\n}\n"
    )
    made = trial.deploy(sources.read(user, [project]))
    assert outcomes(trial.test(made, trial.select(made, []))) == {"UsesRanks.uses": True}


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({"one/classes/Ranks.cls"}, ("RanksTest",)),
        ({"two/classes/OtherTest.cls"}, ("OtherTest",)),
        ({"README.md"}, ()),
        ({"one/objects/Account/fields/Rank__c.field-meta.xml"}, ("OtherTest", "RanksTest")),
    ],
)
def test_a_change_selects_the_tests_that_reach_it(project: Path, changed: set[str], kept: tuple[str, ...]) -> None:
    made = trial.deploy(sources.read(project))
    found = affected.narrow(made, trial.select(made, []), changed)
    assert tuple(sorted(found.classes or ())) == kept


def test_a_trigger_is_reached_over_its_object(project: Path) -> None:
    (project / "one/triggers").mkdir()
    (project / "one/triggers/OnAccount.trigger").write_text("trigger OnAccount on Account (before insert) {}\n")
    made = trial.deploy(sources.read(project))
    found = affected.narrow(made, trial.select(made, []), {"one/triggers/OnAccount.trigger"})
    assert found.classes == ("RanksTest",)


def test_a_folder_without_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OrgwrightError, match="no Salesforce source"):
        sources.read(tmp_path)
    with pytest.raises(OrgwrightError, match="does not exist"):
        sources.read(tmp_path / "nowhere")
