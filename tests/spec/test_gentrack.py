"""The shipped Gentrack connector against the vendor's documents, and the JSON Schema against it."""

from pathlib import Path

import jsonschema
import pytest

from orgwright import generate, spec
from orgwright.spec import yamltree

FILE = spec.find("gentrack")


@pytest.fixture(scope="module")
def connector() -> spec.Connector:
    return spec.load(FILE)


def test_events_are_as_the_document_says(connector: spec.Connector) -> None:
    table = {
        "Gentrack_Object_Event__e": {
            "Operation_Type__c": "Text(64)",
            "Object_Type__c": "Text(64)",
            "Old_Payload__c": "LongTextArea(32768)",
            "New_Payload__c": "LongTextArea(32768)",
        },
        "Gentrack_Event__e": {
            "Event_Id__c": "Text(64)",
            "Event_Time__c": "Text(64)",
            "Event_Type__c": "Text(64)",
            "Payload__c": "LongTextArea(32768)",
            "Version__c": "Number(4, 0)",
        },
    }
    assert {
        name: {f.api_name: f.written_type for f in event.custom_fields} for name, event in connector.events.items()
    } == table
    assert {event.publish_behavior for event in connector.events.values()} == {"PublishImmediately"}
    labels = [field.label for field in connector.events["Gentrack_Object_Event__e"].custom_fields]
    assert labels == ["Operation Type", "Object Type", "Old Payload", "New Payload"]


def test_publisher_settings_app_and_user(connector: spec.Connector) -> None:
    publisher = connector.publish["Gentrack_Object_Event__e"]
    assert list(publisher.sources) == ["Account", "Contact", "AccountContactRelation", "OrderItem"]
    assert publisher.operations("OrderItem") == ("insert", "update", "delete", "undelete")
    assert [s.api_name for s in connector.requires.settings] == [
        "Account.enableRelateContactToMultipleAccounts",
        "Quote.enableQuote",
        "Order.enableOrders",
    ]
    app, user = connector.access.app, connector.access.user
    assert app is not None
    assert user is not None
    assert app.label == "Gentrack Salesforce Sales Cloud Connector"
    assert app.info_url == "https://go.gentrackcloud.com/docs/gcis/salesforce-sales-cloud-connector"
    assert (app.description, app.contact_phone, app.logo_url, app.icon_url) == (None, None, None, None)
    assert (app.callback, app.contact_email, app.scopes) == ("http://localhost", "ops-gcis@gentrack.com", ("Full",))
    assert app.secret_for_web_server
    off = (app.device_flow, app.digital_signature, app.introspect_all_tokens, app.id_token, app.asset_tokens)
    assert not any((*off, app.single_logout))
    assert user.username == user.email == "gcis-salesforce-sales-cloud-connector@example.com"


def test_calls_to_gentrack_go_through_a_named_credential_that_is_asked_for(connector: spec.Connector) -> None:
    assert not connector.credentials.named
    asked = spec.load(FILE, {"call_gentrack": "true"})
    keys = {component.key for component in generate.components(asked)}
    assert {("NamedCredential", "Gentrack_API"), ("ExternalCredential", "Gentrack_API")} <= keys
    assert asked.credentials.external["Gentrack_API"].token_url == "https://api-au.integration.gentrack.cloud/v1/token"
    assert any("Rotate" in step.text and step.rows == ("G17",) for step in asked.steps)


def test_the_readme_names_every_parameter(connector: spec.Connector) -> None:
    text = FILE.with_name("README.md").read_text(encoding="utf-8")
    assert [name for name in connector.parameters if f"`{name}`" not in text] == []


def test_masters_are_as_their_parameters_say(connector: spec.Connector) -> None:
    """Who masters the standard fields is a parameter; the key is Gentrack's own."""
    turned = spec.load(FILE, {"account_master": "salesforce", "contact_master": "gentrack"})
    for of, account, contact in ((connector, "gentrack", "salesforce"), (turned, "salesforce", "gentrack")):
        assert of.objects["Account"].fields["Name"].master == account
        assert of.objects["Contact"].fields["LastName"].master == contact
        assert {of.objects[name].fields["Gentrack_External_Id__c"].master for name in of.objects} == {"gentrack"}


def test_what_is_assumed_hangs_on_a_parameter(connector: spec.Connector) -> None:
    assumed = {name for name, parameter in connector.parameters.items() if parameter.assumed}
    for name, item in connector.objects.items():
        if item.assumed:
            assert item.uses & assumed, name
    small = spec.load(FILE, {"external_id_length": "20", "extended_keys": "false"})
    assert small.objects["Account"].fields["Gentrack_External_Id__c"].length == 20
    assert set(small.objects) == {"Account", "Contact", "AccountContactRelation"}


def test_the_load_order_puts_parents_first(connector: spec.Connector) -> None:
    order = connector.seed.order
    assert order.index("Account") < order.index("Contact") < order.index("AccountContactRelation")
    assert order.index("Product2") < order.index("PricebookEntry") < order.index("OrderItem")
    assert order.index("Opportunity") < order.index("Quote") < order.index("QuoteLineItem")
    assert [
        connector.sample.tables[name].rows_for(1000)
        for name in ("accounts", "contacts", "account_contacts", "products")
    ] == [1000, 2000, 400, 20]


def test_the_json_schema_accepts_the_connector_and_refuses_mistakes() -> None:
    schema = spec.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    data = plain(FILE)
    assert [error.message for error in validator.iter_errors(data)] == []
    data["objects"]["Account"]["Trading_Name__c"] = {"typ": "Text(9)"}
    data["colour"] = "red"
    assert len(list(validator.iter_errors(data))) == 2


def plain(path: Path) -> dict:
    def of(tree: yamltree.Tree) -> object:
        if isinstance(tree, yamltree.Value):
            return tree.typed
        if isinstance(tree, yamltree.Sequence):
            return [of(item) for item in tree.items]
        return {key: of(value) for key, (_, value) in tree.pairs.items()}

    return of(yamltree.parse(path.read_bytes(), path.name))
