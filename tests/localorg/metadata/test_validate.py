"""Documents against the Metadata API's schema."""

from __future__ import annotations

import pytest

from orgwright.localorg.metadata.catalog import catalog
from orgwright.localorg.metadata.document import parse
from orgwright.localorg.metadata.validate import check


def problems(text: str, kind: str) -> list[tuple[str, int | None, int | None]]:
    return [(p.text, p.line, p.column) for p in check(parse(text.encode()), kind)]


def test_an_unknown_element() -> None:
    found = problems("<CustomField>\n    <lenght>5</lenght>\n</CustomField>", "CustomField")
    text = "Error parsing file: Element lenght invalid at this location in type CustomField (2:13)"
    assert found == [(text, 2, 13)]


def test_equal_elements_must_be_adjacent_and_single_ones_single() -> None:
    found = problems(
        "<CustomObject>\n<fields><label>a</label><label>b</label></fields>\n<label>x</label>\n<fields/>\n</CustomObject>",
        "CustomObject",
    )
    assert [text for text, _, _ in found] == [
        "Error parsing file: Element label is duplicated at this location in type CustomField (2:32)",
        "Error parsing file: Element fields is duplicated at this location in type CustomObject (4:10)",
    ]


def test_enumerations_and_primitives() -> None:
    text = "<CustomField><type>Txt</type><length>many</length><unique>yes</unique></CustomField>"
    assert [t for t, _, _ in problems(text, "CustomField")] == [
        "Error parsing file: 'Txt' is not a valid value for the enum 'FieldType' (1:30)",
        "Error parsing file: 'many' is not a valid value for the type xsd:int (1:51)",
        "Error parsing file: 'yes' is not a valid value for the type xsd:boolean (1:71)",
    ]


def test_booleans_are_true_or_false_afterwards() -> None:
    node = parse(b"<R><disableProtocolSecurity>False</disableProtocolSecurity><isActive>1</isActive><url>u</url></R>")
    assert check(node, "RemoteSiteSetting") == []
    assert (node.value("disableProtocolSecurity"), node.flag("isActive")) == ("false", True)


def test_values_of_enumerations_are_taken_in_any_case() -> None:
    node = parse(b"<Flow><label>F</label><processType>autolaunchedflow</processType><status>ACTIVE</status></Flow>")
    assert [p for p in check(node, "Flow") if "enum" in p.text] == []
    assert (node.value("processType"), node.value("status")) == ("AutoLaunchedFlow", "Active")


def test_what_is_nil_needs_no_content() -> None:
    rule = "<alertText xsi:nil='true'/><duplicateRuleFilter xsi:nil='true'/><isActive xsi:nil='true'/>"
    text = f"<D xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>{rule}</D>"
    assert not [t for t, _, _ in problems(text, "DuplicateRule") if "booleanFilter" in t or "boolean" in t]


@pytest.mark.parametrize(
    ("kind", "text", "missing"),
    [
        ("RemoteSiteSetting", "<R><isActive>true</isActive><url>https://x</url></R>", "disableProtocolSecurity"),
        ("PermissionSet", "<P><description>x</description></P>", "label"),
        ("PermissionSet", "<P><fieldPermissions><field>A.B</field></fieldPermissions><label>x</label></P>", "editable"),
    ],
)
def test_required_elements(kind: str, text: str, missing: str) -> None:
    assert [t for t, _, _ in problems(text, kind)] == [f"Required field is missing: {missing}"]


def test_values_of_record_types_need_no_default() -> None:
    text = "<R><active>true</active><label>R</label><picklistValues><picklist>P</picklist><values><fullName>a</fullName></values></picklistValues></R>"
    assert problems(text, "RecordType") == []


def test_the_catalog_knows_types_bases_and_settings() -> None:
    types = catalog()
    field = types.type("CustomField")
    assert field is not None and field.is_metadata and not field.elements["length"].required
    assert types.is_subtype("ApexClass", "MetadataWithContent")
    assert {"Account", "Quote", "Order", "ExternalClientApp"} <= set(types.settings())
    assert "LeadConvert" not in types.settings()
    assert "PublishImmediately" in (types.enum("PlatformEventPublishBehavior") or types.enum("PublishBehavior") or ())
