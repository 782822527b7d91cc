from __future__ import annotations

import json
import zlib
from collections import Counter
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orgwright.localorg.data.pack import pack
from orgwright.localorg.schema import custom, edit, keep, standard
from orgwright.localorg.schema.model import PicklistEntry, RecordType, ValidationRule
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.schema.standard import EVERY_OBJECT
from tests.localorg.conftest import rich_schema

SWITCHED = [
    ("QuoteSettings.enableQuote", ["Quote", "QuoteLineItem"]),
    ("OrderSettings.enableOrders", ["Order", "OrderItem"]),
    ("AccountSettings.enableRelateContactToMultipleAccounts", ["AccountContactRelation"]),
]


@pytest.mark.parametrize(("setting", "objects"), SWITCHED)
def test_a_setting_switches_objects_on(setting: str, objects: list[str]) -> None:
    off = Schema()
    on = edit.with_setting(off, setting, True)
    for name in objects:
        assert off.sobject(name) is None and name not in off.sobject_names()
        found = on.sobject(name.upper())
        assert found is not None and found.name == name and name in on.sobject_names()
        assert on.sobject_of_id(f"{found.key_prefix}000000000001AAA") is found
    again = edit.with_setting(on, setting, False)
    assert again.sobject(objects[0]) is None
    assert len({off.fingerprint, on.fingerprint}) == 2


def test_fields_that_a_feature_brings() -> None:
    off = Schema()
    opportunity, account = off.sobject("Opportunity"), off.sobject("Account")
    assert opportunity is not None and opportunity.field("SyncedQuoteId") is None
    assert account is not None and account.field("RecordTypeId") is None and account.field("CurrencyIsoCode") is None
    on = edit.with_setting(off, "QuoteSettings.enableQuote", True)
    assert on.sobject("Opportunity").field("syncedquoteid") is not None  # type: ignore[union-attr]
    typed = edit.with_record_type(off, "Account", RecordType("012000000000001AAA", "Home", "Home"))
    assert typed.sobject("Account").field("RecordTypeId") is not None  # type: ignore[union-attr]


def test_every_standard_object_is_well_formed() -> None:
    schema = edit.with_settings(Schema(), {name: True for name, _ in SWITCHED})
    names = list(schema.sobject_names())
    assert len(names) > 150
    for name in names:
        found = schema.sobject(name)
        assert found is not None and found.name == name
        for key, field in found.fields.items():
            assert key == field.name.lower()
            assert field.soap_type and (field.type != "reference" or field.reference_to)
        for child in found.children:
            target = schema.sobject(child.child)
            assert target is not None and target.field(child.field) is not None, (name, child)


def test_an_object_of_a_licence_is_there_only_where_every_object_is() -> None:
    plain, every = Schema(), Schema(features=frozenset((EVERY_OBJECT,)))
    assert plain.sobject("CareProgram") is None and plain.sobject("Quote") is None
    program = every.sobject("careprogram")
    assert program is not None and program.name == "CareProgram" and program.field("StartDate") is not None
    assert every.sobject("Quote") is not None
    assert "CareProgram" not in every.sobject_names() and "Quote" not in every.sobject_names()
    assert program.key_prefix and every.sobject_of_id(program.key_prefix + "000000000001AAA") is program


def test_objects_of_currencies_follow_their_settings_even_where_every_object_is_there() -> None:
    every = Schema(features=frozenset((EVERY_OBJECT,)))
    assert every.sobject("DatedConversionRate") is None and every.sobject("CurrencyType") is None
    several = Schema(settings={"CurrencySettings.enableMultiCurrency": True}, features=every.features)
    assert several.sobject("DatedConversionRate") is not None and several.sobject("CurrencyType") is not None


def test_key_prefixes_are_of_one_object_each() -> None:
    shared = {"00a", "01J", "00I", "069", "0XC"}  # Salesforce itself gives these to several objects
    found = [e.key_prefix for e in (*standard.entries().values(), *standard.feature_entries().values()) if e.key_prefix]
    assert {prefix for prefix, count in Counter(found).items() if count > 1} <= shared
    assert all(len(prefix) == 3 for prefix in found)


def test_facts_of_objects_that_code_bases_use() -> None:
    schema = Schema()
    event = schema.sobject("BatchApexErrorEvent")
    assert event is not None and event.kind == "event" and event.triggerable and not event.queryable
    flow = schema.sobject("FlowDefinitionView")
    relation = flow.parent_field("TriggerObjectOrEvent") if flow else None
    assert relation is not None and relation.reference_to == ("EntityDefinition",)
    for name in ("ListEmail", "QuickText", "AccountBrand", "ContactPointAddress", "ContactPointAddressShare"):
        found = schema.sobject(name)
        assert found is not None and found.createable, name
    history = schema.sobject("ContactPointAddressHistory")
    assert history is not None and not history.createable and history.field("NewValue") is not None


def test_custom_objects_fields_and_families() -> None:
    schema = rich_schema()
    part, account = schema.sobject("part__C"), schema.sobject("Account")
    assert part is not None and account is not None
    assert part.custom and part.key_prefix == "a00" and part.field("OwnerId") is None  # the detail side has no owner
    relation = account.child("parts__r")
    assert relation is not None and (relation.child, relation.cascade_delete) == ("Part__c", True)
    master = part.field("Account__c")
    assert master is not None and master.required and master.relationship_name == "Account__r"
    assert schema.sobject("Part__ChangeEvent") is not None and schema.sobject("AccountChangeEvent") is not None
    assert schema.sobject("Part__History") is None
    assert schema.sobject("Account").field("Place__Latitude__s").scale == 15  # type: ignore[union-attr]
    smaller = edit.without_field(schema, "Part__c", "Friend__c")
    assert smaller.sobject("Contact").child("PartsOfFriend__r") is None  # type: ignore[union-attr]
    assert schema.sobject("Contact").child("PartsOfFriend__r") is not None  # type: ignore[union-attr]
    assert edit.without_object(schema, "Part__c").sobject("Account").child("Parts__r") is None  # type: ignore[union-attr]
    event = schema.sobject("News__e")
    assert event is not None and (event.kind, event.key_prefix, event.queryable) == ("event", "e00", False)


TYPES = [
    ("Text", {"length": 30}, ("string", 30, "xsd:string", 90)),
    ("TextArea", {}, ("textarea", 255, "xsd:string", 765)),
    ("Number", {"precision": 18, "scale": 2}, ("double", 0, "xsd:double", 0)),
    ("Email", {}, ("email", 80, "xsd:string", 240)),
    ("Checkbox", {"default": "false"}, ("boolean", 0, "xsd:boolean", 0)),
    ("Lookup", {"reference_to": "Account"}, ("reference", 18, "tns:ID", 18)),
    ("MultiselectPicklist", {}, ("multipicklist", 4099, "xsd:string", 12297)),
    ("DateTime", {}, ("datetime", 0, "xsd:dateTime", 0)),
]  # fmt: skip


@pytest.mark.parametrize(("metadata_type", "options", "described"), TYPES)
def test_custom_fields_as_describe_shows_them(
    metadata_type: str, options: dict[str, object], described: tuple[object, ...]
) -> None:
    field = custom.custom_field("F__c", metadata_type, **options)  # type: ignore[arg-type]
    assert (field.type, field.length, field.soap_type, field.byte_length) == described


def test_long_text_is_no_filter_and_formulas_are_read_only() -> None:
    long_text = custom.custom_field("L__c", "LongTextArea", length=32768)
    assert not (long_text.filterable or long_text.sortable or long_text.groupable)
    formula = custom.custom_field("F__c", "Text", formula="Name")
    assert formula.calculated and not formula.createable and not formula.stored and formula.length == 1300


names = st.from_regex(r"[A-Z][a-z]{0,5}__c", fullmatch=True)
fields = st.builds(
    custom.custom_field,
    names,
    st.sampled_from(["Text", "Number", "Checkbox", "Date", "Picklist", "LongTextArea"]),
    length=st.integers(1, 255),
    scale=st.integers(0, 5),
    label=st.text(max_size=10),
    unique=st.booleans(),
    default=st.none() | st.sampled_from(["true", "'x'", "5.5", "TODAY()"]),
    values=st.lists(st.builds(PicklistEntry, st.text(max_size=5), st.text(max_size=5), st.booleans()), max_size=3),
)


@settings(max_examples=50)
@given(st.lists(fields, max_size=5), st.booleans(), st.text(max_size=10))
def test_a_schema_comes_back_from_its_json(new: list[custom.Field], quotes: bool, label: str) -> None:
    schema = edit.with_setting(rich_schema(), "QuoteSettings.enableQuote", quotes)
    schema = edit.with_fields(schema, "Contact", new)
    schema = edit.with_label(schema, "Hello", label)
    schema = edit.with_validation_rule(schema, "Account", ValidationRule("R", "TRUE", label))
    schema = edit.with_value_set(schema, "Colors", "Colors", (PicklistEntry("a", label),))
    again = keep.loads(keep.dumps(schema))
    assert again.fingerprint == schema.fingerprint
    assert again.sobject("Contact") == schema.sobject("Contact")
    assert again.label("hello") == label


def test_order_of_edits_does_not_matter_for_the_fingerprint() -> None:
    a, b = custom.custom_field("A__c", "Text", length=5), custom.custom_field("B__c", "Text", length=5)
    one = edit.with_field(edit.with_field(Schema(), "Lead", a), "Case", b)
    two = edit.with_field(edit.with_field(Schema(), "Case", b), "Lead", a)
    assert one.fingerprint == two.fingerprint != Schema().fingerprint


def test_activity_fields_are_on_tasks_and_events() -> None:
    schema = edit.with_field(Schema(), "Activity", custom.custom_field("Kind__c", "Text", length=5))
    assert schema.sobject("Task").field("Kind__c") and schema.sobject("Event").field("Kind__c")  # type: ignore[union-attr]


def test_packing_is_repeatable_and_keeps_facts() -> None:
    facts = {
        "fieldDefaults": {}, "typeDefaults": {"id": {"filterable": True}}, "valueSets": {},
        "objects": {"X": {"name": "X", "label": "X", "labelPlural": "Xs", "keyPrefix": "0XX", "families": [],
                          "fields": [{"name": "Id", "label": "Id", "type": "id", "length": 18, "nillable": False}],
                          "childRelationships": []}},
    }  # fmt: skip
    first = pack(facts)
    assert first == pack(json.loads(json.dumps(facts)))
    head, _, rest = first.partition(b"\n")
    body = zlib.decompress(rest)
    assert json.loads(head)["objects"]["X"][6:] == [0, len(rest)]
    assert json.loads(body)["f"][0][:3] == ["Id", "Id", "id"]


def test_corrections_name_what_there_is_and_are_followed() -> None:
    path = resources.files("orgwright.localorg.data").joinpath("corrections.json")
    found = json.loads(path.read_text("utf-8"))
    schema = Schema(features=frozenset((EVERY_OBJECT,)))
    shown = {"nillable": "nillable", "filterable": "filterable", "length": "length", "type": "type",
             "defaultValue": "default_value", "relationshipName": "relationship_name"}  # fmt: skip
    for name, correction in found["fields"].items():
        sobject, _, field = name.partition(".")
        one = next(one for one, _ in standard._body(sobject.lower()).fields if one.name == field)
        assert correction["why"], name
        told = {key: getattr(one, shown[key]) for key in correction.keys() & shown.keys()}
        assert told.items() <= correction.items(), name
    for name, correction in found["objects"].items():
        known = schema.sobject(name)
        assert known is not None and known.key_prefix == correction.get("keyPrefix", known.key_prefix), name
        assert all(getattr(known, flag) for flag in correction.get("flags", ())), name
