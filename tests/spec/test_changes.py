"""Publishers, webhooks, flags and subscribers that could not work are refused where they stand."""

from __future__ import annotations

import pytest

from orgwright import spec

HEAD = """orgwright: 1
connector: acme
label: Acme
objects:
  Thing__c: {label: Thing, Where__c: Location(4), Auto__c: "AutoNumber(A-{0})"}
  Setting__c: {label: Setting, custom_setting: List}
events:
  Acme__e:
    fields: {Op__c: {type: Text(16), required: true}, Short__c: Text(4), Body__c: LongTextArea(1000), On__c: Checkbox, No__c: "Number(2, 1)", Day__c: Date}
  Numbers__e: {fields: {No__c: "Number(2, 1)"}}
"""
PUBLISH = HEAD + "publish:\n  Acme__e: "
SET = "set: {Op__c: $operation}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (PUBLISH + "{from: [], " + SET + "}", "no object is watched"),
        (PUBLISH + "{from: [Account], on: [], " + SET + "}", "no operation is told of"),
        (PUBLISH + "{from: [Setting__c], " + SET + "}", "Setting__c takes no trigger"),
        (PUBLISH + "{from: [Acme__e], " + SET + "}", "Acme__e takes no trigger"),
        (PUBLISH + "{from: {Thing__c: {when_changed: [Where__c]}}, " + SET + "}", "is made of several fields"),
        (PUBLISH + "{from: {Account: {when_changed: [BillingAddress]}}, " + SET + "}", "is made of several fields"),
        (PUBLISH + "{from: [Account], set: {Op__c: $operation, Short__c: $operation}}", "Short__c holds 4"),
        (PUBLISH + "{from: [Account], set: {Op__c: $operation, Short__c: $id}}", "up to 18 characters"),
        (PUBLISH + "{from: [Account], set: {Op__c: $operation, Short__c: 12345}}", "up to 5 characters"),
        (PUBLISH + "{from: [Account], set: {Op__c: $operation, On__c: $new}}", "goes into a Text or LongTextArea"),
        (
            PUBLISH + "{from: [Account], set: {Op__c: $operation, Short__c: $new}}",
            "$new is a whole record, Short__c holds 4",
        ),
        (PUBLISH + "{from: [Account], set: {Op__c: $operation, On__c: maybe}}", "its value is true or false"),
        (PUBLISH + "{from: [Account], set: {Op__c: $operation, No__c: 123}}", "123 does not fit"),
        (PUBLISH + "{from: [Account], set: {Op__c: $operation, Day__c: 2026-01-01}}", "cannot be given a value"),
        (PUBLISH + "{from: [Account], set: {Body__c: $new}}", "Acme__e.Op__c is required and is given no value"),
        (HEAD + "publish: {Numbers__e: {from: [Account], set: {No__c: 1}}}", "Numbers__e has no Text field"),
        (HEAD + "subscribe: {Acme__e: {type_field: No__c}}", "type_field is a LongTextArea or Text field"),
        (HEAD + "subscribe: {Acme__e: {type_field: Op__c, version_field: Day__c}}", "version_field is a"),
    ],
)
def test_what_could_not_work_is_refused(text: str, what: str) -> None:
    with pytest.raises(spec.SpecError) as caught:
        spec.loads(text)
    errors = list(getattr(caught.value, "errors", (caught.value,)))
    assert any(what in error.what for error in errors), [error.what for error in errors]
    assert all(error.where is not None and error.where.line for error in errors)


def test_values_of_other_types() -> None:
    made = spec.loads(PUBLISH + "{from: [Account], set: {Op__c: $operation, On__c: true, No__c: -4.5, Short__c: 12}}")
    assert made.publish["Acme__e"].set == {"Op__c": "$operation", "On__c": "true", "No__c": "-4.5", "Short__c": "12"}


def test_operations_come_once_and_in_the_order_of_a_record_s_life() -> None:
    made = spec.loads(PUBLISH + "{from: [Account], on: [undelete, update, update], " + SET + "}")
    assert made.publish["Acme__e"].operations("Account") == ("update", "undelete")


@pytest.mark.parametrize(
    ("label", "what"),
    [
        ('label: " "', "the label is empty"),
        ('label: "a\\nb"', "the label has more than one line"),
        ('{label: x, description: "bell \\a"}', "description has the character U+0007"),
        ('{label: x, P__c: {type: Picklist, values: ["x\\e"]}}', "values has the character U+001B"),
    ],
)
def test_texts_that_no_org_takes(label: str, what: str) -> None:
    body = label if label.startswith("{") else f"{{{label}}}"
    with pytest.raises(spec.SpecErrors) as caught:
        spec.loads(f"orgwright: 1\nconnector: acme\nlabel: Acme\nobjects:\n  T__c: {body}\n")
    assert [error.what for error in caught.value.errors] == [what]
    assert caught.value.where is not None and caught.value.where.line == 5
