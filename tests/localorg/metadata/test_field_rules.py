"""What each type of custom field needs and refuses."""

from __future__ import annotations

import pytest

from orgwright.localorg.metadata.document import parse
from orgwright.localorg.metadata.handlers.field_rules import check

HEAD = "<fullName>A__c</fullName><label>A</label>"


def texts(body: str, kind: str = "object") -> list[str]:
    return [p.text for p in check(parse(f"<fields>{body}</fields>".encode()), kind)]


@pytest.mark.parametrize(
    "body",
    [
        "<type>Text</type><length>64</length><unique>true</unique><externalId>true</externalId>",
        "<type>LongTextArea</type><length>32768</length><visibleLines>3</visibleLines>",
        "<type>Number</type><precision>4</precision><scale>0</scale><required>false</required><unique>false</unique>",
        "<type>Checkbox</type><defaultValue>false</defaultValue>",
        "<type>Number</type><precision>18</precision><scale>2</scale><formula>Amount</formula>",
        "<type>Lookup</type><referenceTo>Account</referenceTo><relationshipName>As</relationshipName>",
        "<type>Picklist</type><valueSet><valueSetDefinition><sorted>false</sorted><value><fullName>a</fullName>"
        "<default>false</default><label>a</label></value></valueSetDefinition></valueSet>",
    ],
)
def test_fields_that_are_fine(body: str) -> None:
    assert texts(HEAD + body) == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<type>Text</type>", "Must specify 'length' for a CustomField of type Text (1:9)"),
        (
            "<type>TextArea</type><length>255</length>",
            "Can not specify 'length' for a CustomField of type TextArea (1:9)",
        ),
        ("<type>Checkbox</type>", "Must specify 'defaultValue' for a CustomField of type Checkbox (1:9)"),
        (
            "<type>Checkbox</type><defaultValue>true</defaultValue><required>true</required>",
            "Can not specify 'required' for a CustomField of type Checkbox (1:9)",
        ),
        (
            "<type>LongTextArea</type><length>300</length><visibleLines>3</visibleLines><externalId>true</externalId>",
            "Can not specify 'externalId' for a CustomField of type LongTextArea (1:9)",
        ),
        (
            "<type>Lookup</type><referenceTo>Account</referenceTo><relationshipName>As</relationshipName><required>true</required>",
            "field integrity exception: unknown (must specify either cascade delete or restrict delete for required lookup "
            "foreign key) (1:9)",
        ),
        (
            "<type>Lookup</type><referenceTo>User</referenceTo><relationshipName>As</relationshipName>"
            "<deleteConstraint>Cascade</deleteConstraint>",
            "Cannot add a lookup relationship child with cascade or restrict options to User (1:9)",
        ),
        (
            "<type>MasterDetail</type><referenceTo>Account</referenceTo><relationshipName>As</relationshipName>"
            "<relationshipOrder>0</relationshipOrder><required>true</required>",
            "Master-Detail Relationship Fields Cannot be Optional or Required (1:9)",
        ),
    ],
)
def test_fields_that_are_refused(body: str, text: str) -> None:
    assert texts(HEAD + body) == [text]


def test_names_and_values() -> None:
    assert texts("<fullName>a</fullName><label>A</label><type>Date</type>")[0].startswith("fullName must end with: __c")
    assert "alphanumeric" in texts("<fullName>a__b__c</fullName><label>A</label><type>Date</type>")[0]
    assert "too large" in texts(f"<fullName>{'a' * 41}__c</fullName><label>A</label><type>Date</type>")[0]
    twice = "<value><fullName>x</fullName><default>false</default></value><value><fullName>X</fullName><default>false</default></value>"
    body = f"<type>Picklist</type><valueSet><valueSetDefinition><sorted>false</sorted>{twice}</valueSetDefinition></valueSet>"
    assert texts(HEAD + body)[0].startswith("duplicate value found: [X] is defined multiple times")


def test_platform_events_take_few_types() -> None:
    assert texts(HEAD + "<type>Email</type>", "event") == ["Field type Email is not supported on this object (1:56)"]
    assert texts(HEAD + "<type>Date</type>", "event") == []
