"""The shipped Deployteq and Point of Rental connectors against the vendors' documents."""

from __future__ import annotations

import jsonschema
import pytest

from orgwright import spec
from tests.spec.test_gentrack import plain

names = pytest.mark.parametrize("name", ["deployteq", "point_of_rental"])


def load(name: str, **parameters: str) -> spec.Connector:
    return spec.load(spec.find(name), parameters)


@names
def test_the_json_schema_accepts_the_connector(name: str) -> None:
    validator = jsonschema.Draft202012Validator(spec.schema())
    found = [
        f"{'.'.join(map(str, e.absolute_path))}: {e.message[:200]}"
        for e in validator.iter_errors(plain(spec.find(name)))
    ]
    assert found == []


@names
def test_the_readme_says_of_every_parameter_what_it_is(name: str) -> None:
    text = spec.find(name).with_name("README.md").read_text(encoding="utf-8")
    for parameter in load(name).parameters.values():
        line = next(line for line in text.splitlines() if line.startswith(f"| `{parameter.api_name}` |"))
        assert str(parameter.help) in line
        assert ("| yes |" in line) == parameter.assumed, parameter.api_name


@names
def test_what_is_assumed_hangs_on_a_parameter(name: str) -> None:
    """A field that no document has can be left out, or be given another shape."""
    connector = load(name)
    tuned = {"customer_key_length": "9", "contract_fields": "false", "overflow": "false"}
    tuned |= {"opt_in": "false", "load_keys": "false", "setter": "false", "sync_campaign": "false"}
    other = load(name, **{key: value for key, value in tuned.items() if key in connector.parameters})
    assert {key for key, _ in zip(other.objects, range(99), strict=False)} <= set(connector.objects)
    assert len(other.custom_fields) < len(connector.custom_fields)


def test_the_name_of_the_checkbox_is_free() -> None:
    connector = load("deployteq", sync_field="Send_To_Clang__c")
    assert set(connector.flags) == {"Send_To_Clang__c"}
    assert all("Send_To_Clang__c" in item.fields for item in connector.objects.values())
    assert not any("SyncWithClang__c" in item.fields for item in connector.objects.values())


def test_objects_of_the_checkbox_are_selectable() -> None:
    connector = load("deployteq", sync_account="false", sync_campaign_member="false")
    assert set(connector.flags["SyncWithClang__c"].sources) == {"Lead", "Contact", "Campaign"}
    assert "SyncWithClang__c" not in connector.objects["Account"].fields
    assert not load("deployteq", setter="false").flags


def test_the_package_is_a_dependency_that_is_asked_for() -> None:
    (package,) = load("deployteq").requires.packages
    assert (package.version, package.need) == ("04tA0000000M0MzIAK", "advised")
    assert load("deployteq", contact_moments="required").requires.packages[0].need == "required"
    assert not [name for name in load("deployteq").objects if name.startswith("Clang")], "the vendor's own objects"


def test_a_converted_lead_keeps_its_opt_in_and_the_step_says_what_is_unique() -> None:
    """The key of the load stays behind: the contact is a record of its own unless Deployteq goes by the e-mail address."""
    for unique, row, other in (("id", "D8", "D9"), ("email", "D9", "D8")):
        connector = load("deployteq", unique_key=unique)
        assert connector.lead_conversion is not None
        assert connector.lead_conversion.fields == {"Contact": {"Deployteq_Opt_In__c": "Deployteq_Opt_In__c"}}
        said = {row for step in connector.steps for row in step.rows}
        assert row in said
        assert other not in said


def test_the_opt_in_is_a_checkbox_that_y_makes_true() -> None:
    connector = load("deployteq")
    for name in ("Lead", "Contact"):
        assert connector.objects[name].fields["Deployteq_Opt_In__c"].written_type == "Checkbox"
        column = connector.seed.objects[name].columns["Deployteq_Opt_In__c"]
        assert (column.translate["Y"], column.translate["N"]) == ("true", "false")


def test_both_rates_of_deployteq_are_declared() -> None:
    rates = load("deployteq", requests_per_hour="1800").rates
    assert {rate.counts: (rate.most, rate.per) for rate in rates.values()} == {
        "requests": (1800, "hour"),
        "logins": (3600, "hour"),
    }


def test_point_of_rental_is_metadata_only() -> None:
    from orgwright import generate

    assert not [c.key for c in generate.components(load("point_of_rental")) if c.type.startswith("Apex")]
    assert {"Professional"} <= set(load("point_of_rental").requires.editions)


def test_keys_of_point_of_rental_are_as_its_predecessor_had_them() -> None:
    connector = load("point_of_rental")
    keys = {
        (owner, field.api_name): field.written_type for owner, field in connector.custom_fields if field.external_id
    }
    assert keys == {
        ("Account", "POR_CNUM__c"): "Text(6)",
        ("Contact", "POR_Auth__c"): "Number(6, 0)",
        ("Activity", "POR_Call_Log__c"): "Number(6, 0)",
        ("Opportunity", "POR_Contract_Number__c"): "Text(20)",
        ("POR_Contract_Value__c", "POR_Key__c"): "Text(120)",
        ("OpportunityLineItem", "POR_Line_Key__c"): "Text(40)",
        ("Product2", "POR_Item_Key__c"): "Text(40)",
        ("PricebookEntry", "POR_Item_Key__c"): "Text(40)",
    }


def test_items_have_a_price_before_a_line_names_them() -> None:
    order = load("point_of_rental").seed.order
    assert order.index("Product2") < order.index("PricebookEntry") < order.index("OpportunityLineItem")
    assert order.index("Account") < order.index("Opportunity") < order.index("POR_Contract_Value__c")
    assert order.index("Account") < order.index("Task")


def test_the_long_curated_list_is_about_25_fields() -> None:
    fields = load("point_of_rental").objects["Opportunity"].custom_fields
    assert 25 <= len([f for f in fields if not f.external_id]) <= 28
    kept = [f.api_name for f in load("point_of_rental", contract_fields="false").objects["Opportunity"].custom_fields]
    assert kept == ["POR_Contract_Number__c"]


def test_pages_of_contracts_lines_and_products_have_what_the_document_shows() -> None:
    objects = load("point_of_rental").objects
    shown = {
        "Opportunity": "Contract_Status Contract_Date Date_Out Date_Due Date_Returned",
        "OpportunityLineItem": "Item_Status Hours Date_Out Date_Due Daily_Rate Weekly_Rate Monthly_Rate",
        "Product2": "Item_Key Quantity Location Rate_Structure Serial_Number",
    }
    for name, fields in shown.items():
        assert {f"POR_{field}__c" for field in fields.split()} <= set(objects[name].fields), name
    columns = load("point_of_rental").seed.objects["OpportunityLineItem"].columns
    assert {"Quantity", "UnitPrice"} <= set(columns), "standard fields of every line"
    assert "StageName" in load("point_of_rental").seed.objects["Opportunity"].columns
