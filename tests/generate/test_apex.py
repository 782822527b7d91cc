"""The generated Apex as text: names, headers, what the spec decides. What it does is tried on orgs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orgwright import generate, spec
from orgwright.errors import OrgwrightError
from orgwright.generate import names, records, templates
from orgwright.generate.changes import possible
from orgwright.generate.names import Names

BASE = """
orgwright: 1
connector: acme
label: Acme
prefix: {prefix}
events: {{Acme_Change__e: {{fields: {{Body__c: LongTextArea(32768)}}}}}}
{objects}
publish: {{Acme_Change__e: {{from: {sources}, set: {{Body__c: $new}}}}}}
"""


def connector(sources: str = "[Account]", prefix: str = "Acme", objects: str = "") -> spec.Connector:
    return spec.loads(BASE.format(sources=sources, prefix=prefix, objects=objects))


def apex(made: spec.Connector) -> dict[str, str]:
    return {c.name: c.body.decode() for c in generate.components(made) if c.type.startswith("Apex")}


@pytest.mark.parametrize("which", ["gentrack", "everything"])
def test_every_class_is_fit_to_be_read(which: str, request: pytest.FixtureRequest) -> None:
    for name, code in apex(request.getfixturevalue(which)).items():
        assert len(name) <= 40
        assert code.startswith("/**\n * @description ")
        for header in re.findall(r"^.*\bclass \w+ (?:extends \w+ |implements [\w.]+ )*\{", code, re.MULTILINE):
            assert "with sharing" in header or "extends Exception" in header or "private class" in header, header
        public = re.findall(r"(.*)\n    (?:@TestVisible\n    )?(?:public|protected)[^;={]*\([^;]*\{", code)
        assert all(line.strip() in ("*/", "@TestVisible") for line in public), (name, public)
        assert not re.search(r"'[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?'", code), f"{name} has an Id"
        assert "\t" not in code and not re.search(r"[ ]+$", code, re.MULTILINE), name


@pytest.mark.parametrize("which", ["gentrack", "everything"])
def test_triggers_hold_no_logic(which: str, request: pytest.FixtureRequest) -> None:
    made = request.getfixturevalue(which)
    for component in generate.components(made):
        if component.type == "ApexTrigger":
            code = component.body.decode()
            assert len(code.split("{", 1)[1].strip().splitlines()) == 2


def test_triggers_fire_only_for_what_is_published(everything: spec.Connector) -> None:
    code = apex(everything)
    assert "on Lead (after insert, after update, after undelete)" in code["AcmeLeadTrigger"]
    assert "on Acme_Reading__c (after insert, after delete)" in code["AcmeReadingTrigger"]
    assert "on Case (after insert, after undelete)" in code["AcmeCaseTrigger"]


def test_one_dispatcher_for_all_publishers(everything: spec.Connector) -> None:
    code = apex(everything)
    assert "new AcmeChangePublisher(), new AcmeSignalPublisher()" in code["AcmeTriggerHandler"]


def test_literals_are_escaped(everything: spec.Connector) -> None:
    assert "Source__c = 'it\\'s'" in apex(everything)["AcmeChangePublisher"]


def test_the_api_version_is_a_parameter() -> None:
    text = BASE.format(sources="[Account]", prefix="Acme", objects="").replace(
        "orgwright: 1", 'orgwright: 1\napi_version: "66.0"'
    )
    metas = [c.meta for c in generate.components(spec.loads(text)) if c.type.startswith("Apex")]
    assert all(meta and b"<apiVersion>66.0</apiVersion>" in meta for meta in metas)


def test_test_data_brings_parents(gentrack: spec.Connector) -> None:
    code = apex(gentrack)["GentrackTestData"]
    builders = re.findall(r"public static List<(\w+)> new\w+\(Integer count\)", code)
    assert builders == [
        "Account",
        "AccountContactRelation",
        "Contact",
        "Order",
        "OrderItem",
        "PricebookEntry",
        "Product2",
    ]
    assert "Pricebook2Id = Test.getStandardPricebookId()" in code


def test_test_data_fills_what_the_spec_requires(everything: spec.Connector) -> None:
    code = apex(everything)["AcmeTestData"]
    assert "Acme_Class__c = String.valueOf(i)" in code
    assert "Site__c = siteParents[0].Id" in code and "Meter__c = meterParents[0].Id" in code


def test_long_names_stay_within_forty_characters() -> None:
    text = BASE.format(sources="[Account]", prefix="Acme", objects="")
    made = apex(spec.loads(text.replace("Acme_Change__e", "Acme_Event_With_A_Very_Long_Name_Indeed__e")))
    assert all(len(name) <= 40 for name in made)
    assert sum(name.startswith("AcmeEventWithAVeryLongN") and name.endswith("PublisherTest") for name in made) == 1
    assert sum(name.startswith("AcmeEventWithAVeryLongName") and name.endswith("Publisher") for name in made) == 1


def test_shortened_names_that_differ_at_their_ends_stay_apart() -> None:
    names = Names("FifteenLettersA")
    first, second = (names.object(f"{'Long' * 9}N{end}__c", "Trigger") for end in ("a", "b"))
    assert first != second and len(first) == len(second) == 40


@pytest.mark.parametrize(
    ("sources", "objects", "text"),
    [
        ("[FeedItem]", "", "not known what a test record of FeedItem needs"),
        (
            "[Group__c, Acme_Group__c]",
            "webhooks: {AcmeGroupTest: {url: 'https://x', from: [Group__c], body: {a: $new}}}\nremote_sites: {X: 'https://x'}\nobjects: {Group__c: {label: A, allow_reserved: true}, Acme_Group__c: {label: B}}",
            "would be called AcmeGroupTest",
        ),
    ],
)
def test_what_cannot_be_generated_is_told(sources: str, objects: str, text: str) -> None:
    with pytest.raises(OrgwrightError, match=text) as caught:
        generate.components(connector(sources, objects=objects))
    assert caught.value.where is not None and caught.value.where.line


def test_a_test_activates_nothing_that_it_need_not() -> None:
    """A real org refuses to activate an order without products, and a contract that is not approved."""
    connector = spec.load(Path(__file__).parent / "unseen" / "statuses.yml")
    known = records.needs(connector, templates.Templates().text("apex/test_records.tsv"))
    changes = {name: possible(connector, known, name, ("Status", "Description")) for name in ("Order", "Contract")}
    assert [change.field for change in changes["Order"]] == ["Description", "Status"]
    assert [change.field for change in changes["Contract"]] == ["Description", "Status"]
    data = next(c for c in generate.components(connector) if c.name == "StatusesTestData")
    assert b"entry.getValue() != 'Activated'" in data.body


def test_a_circle_of_parents_is_told() -> None:
    known = {"A": records.Need("A", None, {"B__c": "->B"}), "B": records.Need("B", None, {"A__c": "->A"})}
    with pytest.raises(records.NoTestRecord, match="A needs B needs A"):
        records.builders({"A": None}, known, Names("Acme"))


def test_a_broken_template_names_file_and_line(gentrack: spec.Connector, tmp_path: Path) -> None:
    (tmp_path / "apex").mkdir()
    (tmp_path / "apex/Change.cls.j2").write_text("public class {{ n.change }} {\n{% if %}\n}\n")
    with pytest.raises(templates.TemplateError) as caught:
        generate.components(gentrack, templates=tmp_path)
    assert caught.value.where is not None and caught.value.where.line == 2
    assert str(caught.value.where.file).endswith("Change.cls.j2")


def test_every_standard_object_of_the_table_can_be_built() -> None:
    known = records.standard(templates.Templates().text("apex/test_records.tsv"))
    built = records.builders(dict.fromkeys(known), known, Names("Acme"))
    assert [b.object for b in built] == sorted(known)


def test_objects_that_would_have_one_name_stay_apart() -> None:
    objects = "objects: {A_B__c: {label: A}, AB__c: {label: B}, Account__c: {label: C}, Acme_Account__c: {label: D}}"
    made = apex(connector("[A_B__c, AB__c, Account, Account__c, Acme_Account__c]", objects=objects))
    triggers = {name: code for name, code in made.items() if code.find("\ntrigger ") > 0}
    assert len(triggers) == 5
    assert " on Account (" in triggers["AcmeAccountTrigger"]
    assert " on AB__c (" in triggers["AcmeABTrigger"]
    builders = re.findall(r"List<\w+> (new\w+)\(Integer", made["AcmeTestData"])
    assert len({name.lower() for name in builders}) == 5


def test_names_do_not_repeat_the_prefix() -> None:
    shared = names.Names("Acme")
    assert shared.event("Acme_Change__e", "Publisher") == "AcmeChangePublisher"
    assert shared.event("Other__e", "Publisher") == "AcmeOtherPublisher"
    assert shared.object("Acme_Meter__c", "Trigger") == "AcmeMeterTrigger"
    assert shared.event("Acme__e", "Publisher") == "AcmeAcmePublisher", "AcmePublisher is the base of all"
    assert names.Names("A").object("Account", "Trigger") == "AAccountTrigger", "only where it is a word of its own"
