"""Flags, lead conversions, lookups and duplicates that do not fit are told with their place."""

from __future__ import annotations

import pytest

from orgwright import generate, spec
from orgwright.spec.errors import SpecErrors

HEAD = """orgwright: 1
connector: acme
label: Acme
parameters: {flag: Acme_Sync__c}
objects:
  Lead: {"{{ flag }}": Checkbox, Acme_Text__c: Text(20), Acme_Long__c: Text(90), Acme_No__c: "Number(4, 0)"}
  Contact: {Acme_Text__c: Text(20), Acme_Id__c: {type: Text(9), external_id: true, unique: true}}
"""
MAPPING = "seed: {key: Acme_Id__c, objects: {Contact: {table: people, columns: {Acme_Id__c: no, LastName: %s}}}%s}\n"


def errors(text: str) -> list[str]:
    with pytest.raises(SpecErrors) as caught:
        spec.loads(HEAD + text)
    return [error.what for error in caught.value.errors]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("flags: {Acme_Sync__c: {on: [Contact]}}", "Contact has no field Acme_Sync__c"),
        ("flags: {Acme_Text__c: {on: [Lead]}}", "Lead has no checkbox Text(20) Acme_Text__c"),
        ("flags: {Acme_Sync__c: {on: [Leed]}}", "there is no object Leed"),
        ("flags: {Acme_Sync__c: {on: [Lead], echo: Nobody}}", "there is no custom permission Nobody"),
        ("flags: {Acme_Sync__c: {on: {Lead: {when_changed: [Colour]}}}}", "there is no field of Lead Colour"),
        ("flags: {Acme_Sync__c: {on: {Lead: {when_changed: [Acme_Sync__c]}}}}", "Acme_Sync__c cannot set itself"),
        (
            "lead_conversion: {fields: {Contact: {Acme_Text__c: Title}}}",
            "Contact has no custom field Title in this spec",
        ),
        (
            "lead_conversion: {fields: {Contact: {Acme_Long__c: Acme_Text__c}}}",
            "Lead.Acme_Long__c is Text(90), Contact.Acme_Text__c is Text(20)",
        ),
        (
            "lead_conversion: {fields: {Contact: {Acme_No__c: Acme_Text__c}}}",
            "Lead.Acme_No__c is Number(4, 0), Contact.Acme_Text__c is Text(20)",
        ),
        (MAPPING % ("name", ", duplicates: {Lead: {by: [Name]}}"), "there is no mapping Lead"),
        (MAPPING % ("name", ", duplicates: {Contact: {by: [Email]}}"), "there is no column of Contact Email"),
        (
            MAPPING % ("name", ", duplicates: {Contact: {by: [Acme_Id__c]}}"),
            "Acme_Id__c is the key: rows with one key are refused anyway",
        ),
        (MAPPING % ("{source: name, unmapped: refuse}", ""), "unmapped needs translate"),
        (MAPPING % ("{source: name, lookup: {object: User, by: Nick}}", ""), "there is no field of User Nick"),
        (MAPPING % ("{source: a, also: [b], translate: {x: y}}", ""), "x has not 2 parts"),
    ],
)
def test_what_does_not_fit_is_told(text: str, told: str) -> None:
    assert told in errors(text)


def test_two_keys_that_become_one_are_told() -> None:
    text = HEAD.replace("Acme_Text__c: Text(20), Acme_Long__c", "Acme_Sync__c: Checkbox, Acme_Long__c")
    with pytest.raises(SpecErrors) as caught:
        spec.loads(text)
    assert [error.what for error in caught.value.errors] == ["Acme_Sync__c is given twice"]


def test_fields_of_an_activity_are_fields_of_tasks_and_events() -> None:
    text = """orgwright: 1
connector: acme
label: Acme
objects: {Activity: {Acme_No__c: {type: Text(9), external_id: true, unique: true}}}
seed: {key: Acme_No__c, objects: {Task: {table: calls, columns: {Acme_No__c: no, Subject: what}}}}
"""
    assert spec.loads(text).seed.objects["Task"].key == "Acme_No__c"


def test_a_flag_makes_a_before_trigger_a_setter_and_tests() -> None:
    text = (
        HEAD
        + "flags: {Acme_Sync__c: {on: [Lead]}}\nlead_conversion: {fields: {Contact: {Acme_Text__c: Acme_Text__c}}}\n"
    )
    made = {component.key: component for component in generate.components(spec.loads(text))}
    code = {name for kind, name in made if kind in ("ApexClass", "ApexTrigger")}
    assert code == {"AcmeLeadTrigger", "AcmeSyncSetter", "AcmeLeadFlagTest", "AcmeTestData"}
    assert b"on Lead (before insert, before update)" in made["ApexTrigger", "AcmeLeadTrigger"].body
    conversion = made["LeadConvertSettings", "LeadConvertSettings"].body
    assert (
        conversion.index(b"<inputObject>Lead")
        < conversion.index(b"<mappingFields>")
        < conversion.index(b"<outputObject>")
    )
