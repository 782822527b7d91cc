"""The CINNOX connector against the vendor's document, and what its README says of them."""

from __future__ import annotations

import jsonschema
import pytest

from orgwright import generate, spec
from tests.spec.test_gentrack import plain

FILE = spec.find("cinnox")


@pytest.fixture(scope="module")
def connector() -> spec.Connector:
    return spec.load(FILE)


def test_the_readme_says_of_every_parameter_what_it_is(connector: spec.Connector) -> None:
    lines = FILE.with_name("README.md").read_text("utf-8").splitlines()
    for parameter in connector.parameters.values():
        line = next(line for line in lines if line.startswith(f"| `{parameter.api_name}` |"))
        assert str(parameter.help) in line
        assert ("| yes |" in line) == parameter.assumed, parameter.api_name


def test_the_json_schema_accepts_the_connector() -> None:
    validator = jsonschema.Draft202012Validator(spec.schema())
    assert [e.message[:200] for e in validator.iter_errors(plain(FILE))] == []


def test_the_app_asks_for_the_three_scopes(connector: spec.Connector) -> None:
    app = connector.access.app
    assert app is not None
    assert app.scopes == ("Api", "Basic", "RefreshToken")
    assert app.callback == connector.parameters["callback_url"].value


def test_the_link_is_shared_by_ten_contacts_and_not_unique(connector: spec.Connector) -> None:
    link = connector.objects["Contact"].fields["CINNOX_Contact_Id__c"]
    assert (link.written_type, link.external_id, link.unique, link.at_most) == ("Text(64)", True, False, 10)


def test_no_address_stands_in_the_apex(connector: spec.Connector) -> None:
    made = generate.components(connector)
    assert not [c.name for c in made if c.type.startswith("Apex") and b"://" in c.body]
    (record,) = [c for c in made if c.type == "CustomMetadata"]
    assert b"https://cinnox.example.com/salesforce/webhook" in record.body


def test_names_that_the_document_uses_stay_free(connector: spec.Connector) -> None:
    made = {c.name.lower() for c in generate.components(connector) if c.type.startswith("Apex")}
    assert not made & {"webhookmockimpl", "testcontacttrigger", "testwebhook"}
    assert "webhook" in made
    named = generate.components(spec.load(FILE, {"trigger_name": "Triggercode1"}))
    assert [c.name for c in named if c.type == "ApexTrigger"] == ["Triggercode1"]


def test_cases_and_tasks_are_mapped(connector: spec.Connector) -> None:
    assert {"Subject", "Description", "CINNOX_Enquiry_Id__c"} <= set(connector.seed.objects["Case"].columns)
    assert {"Description", "CallType", "CallDurationInSeconds"} <= set(connector.seed.objects["Task"].columns)
    assert connector.seed.objects["Task"].constants["TaskSubtype"].value == "Call"
    assert connector.seed.order == ("Contact", "Case", "Task")
