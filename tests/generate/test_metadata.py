"""Each kind of metadata, by what an org would read in it."""

from __future__ import annotations

from orgwright import generate, spec
from orgwright.metadata import xml


def found(connector: spec.Connector, kind: str, name: str) -> xml.Element:
    (body,) = [c.body for c in generate.components(connector) if c.key == (kind, name)]
    return xml.parse(body, name=name)


def shown(element: xml.Element) -> dict[str, str]:
    return {xml.local(child): (child.text or "").strip() for child in element}


def test_fields_of_every_type(everything: spec.Connector) -> None:
    def meter(name: str) -> dict[str, str]:
        return {
            k: v
            for k, v in shown(found(everything, "CustomField", f"Acme_Meter__c.{name}")).items()
            if k not in ("fullName", "label")
        }

    assert meter("Serial__c") == {"length": "30", "required": "true", "trackHistory": "true", "type": "Text"}
    assert meter("Site__c") == {
        "deleteConstraint": "Restrict",
        "referenceTo": "Account",
        "relationshipName": "Meters",
        "required": "true",
        "type": "Lookup",
    }
    assert meter("Active__c") == {"defaultValue": "true", "type": "Checkbox"}
    assert meter("Price__c") == {"precision": "18", "scale": "2", "type": "Currency"}
    assert meter("Loss__c") == {"precision": "5", "scale": "2", "type": "Percent"}
    assert meter("Position__c") == {"displayLocationInDecimal": "true", "scale": "6", "type": "Location"}
    assert meter("Short__c") == {"type": "TextArea"}
    assert meter("Secret__c") == {
        "length": "20",
        "maskChar": "asterisk",
        "maskType": "lastFour",
        "type": "EncryptedText",
    }
    assert meter("Number__c") == {"displayFormat": "M-{0000}", "startingNumber": "1", "type": "AutoNumber"}
    assert meter("Double_Price__c") == {
        "formula": "Price__c * 2",
        "formulaTreatBlanksAs": "BlankAsZero",
        "precision": "18",
        "scale": "2",
        "type": "Currency",
    }
    assert meter("Readings__c") == {
        "summaryForeignKey": "Acme_Reading__c.Meter__c",
        "summaryOperation": "count",
        "type": "Summary",
    }
    assert {k: meter("Notes__c")[k] for k in ("length", "type")} == {"length": "1000", "type": "LongTextArea"}
    assert (
        "visibleLines" in meter("Notes__c")
        and "visibleLines" in meter("Rich__c")
        and meter("Tags__c")["visibleLines"] == "4"
    )


def test_picklists(everything: spec.Connector) -> None:
    own = found(everything, "CustomField", "Acme_Meter__c.State__c")
    assert xml.text(own, "valueSet/restricted") == "true"
    (definition,) = xml.children(xml.children(own, "valueSet")[0], "valueSetDefinition")
    assert [xml.text(v, "fullName") for v in xml.children(definition, "value")] == ["Open", "Closed"]
    shared = found(everything, "CustomField", "Acme_Meter__c.Colour__c")
    assert xml.text(shared, "valueSet/valueSetName") == "Acme_Colour"
    values = xml.children(found(everything, "GlobalValueSet", "Acme_Colour"), "customValue")
    assert [(shown(v)["fullName"], shown(v)["default"], shown(v).get("isActive")) for v in values] == [
        ("Red", "false", None),
        ("Blue", "true", None),
        ("Grey", "false", "false"),
    ]


def test_objects(everything: spec.Connector) -> None:
    meter = found(everything, "CustomObject", "Acme_Meter__c")
    assert (xml.text(meter, "nameField/type"), xml.text(meter, "sharingModel"), xml.text(meter, "enableHistory")) == (
        "Text",
        "ReadWrite",
        "true",
    )
    reading = found(everything, "CustomObject", "Acme_Reading__c")
    assert xml.text(reading, "sharingModel") == "ControlledByParent"
    assert xml.text(reading, "nameField/displayFormat") == "R-{000000}"
    assert not [c for c in generate.components(everything) if c.key == ("CustomObject", "Account")]


def test_events_and_their_publish_behaviour(everything: spec.Connector, gentrack: spec.Connector) -> None:
    assert xml.text(found(everything, "CustomObject", "Acme_Change__e"), "publishBehavior") == "PublishAfterCommit"
    event = found(gentrack, "CustomObject", "Gentrack_Object_Event__e")
    assert (xml.text(event, "publishBehavior"), xml.text(event, "eventType")) == ("PublishImmediately", "HighVolume")
    payload = found(gentrack, "CustomField", "Gentrack_Object_Event__e.New_Payload__c")
    assert (xml.text(payload, "type"), xml.text(payload, "length")) == ("LongTextArea", "32768")


def test_metadata_records_keep_their_types(everything: spec.Connector) -> None:
    record = found(everything, "CustomMetadata", "Acme_Rule.First")
    kinds = {
        xml.text(v, "field"): (
            xml.children(v, "value")[0].get("{http://www.w3.org/2001/XMLSchema-instance}type"),
            xml.text(v, "value"),
        )
        for v in xml.children(record, "values")
    }
    assert kinds == {
        "Limit__c": ("xsd:double", "1.5"),
        "Enabled__c": ("xsd:boolean", "true"),
        "Text__c": ("xsd:string", "a < b"),
    }


def test_settings_are_one_file_a_type(gentrack: spec.Connector) -> None:
    assert shown(found(gentrack, "Settings", "Account")) == {"enableRelateContactToMultipleAccounts": "true"}
    assert shown(found(gentrack, "Settings", "Quote")) == {"enableQuote": "true"}


def test_permission_sets_name_only_what_they_may(everything: spec.Connector) -> None:
    root = found(everything, "PermissionSet", "Acme_User")
    fields = {xml.text(f, "field"): xml.text(f, "editable") for f in xml.children(root, "fieldPermissions")}
    assert fields["Account.Acme_Id__c"] == "true" and fields["Acme_Meter__c.Double_Price__c"] == "false"
    assert not {"Account.Acme_Class__c", "Acme_Meter__c.Site__c", "Acme_Reading__c.Meter__c"} & set(fields)
    rights = {xml.text(o, "object"): shown(o) for o in xml.children(root, "objectPermissions")}
    # who may delete may edit and read: Salesforce refuses the one without the other
    assert rights["Acme_Meter__c"]["allowEdit"] == rights["Acme_Meter__c"]["allowRead"] == "true"
    assert rights["Acme_Meter__c"]["allowCreate"] == rights["Account"]["allowDelete"] == "false"
    classes = [xml.text(c, "apexClass") for c in xml.children(root, "classAccesses")]
    assert "AcmePublisher" in classes and not [c for c in classes if c.endswith("Test")]
    assert xml.text(root, "externalCredentialPrincipalAccesses/externalCredentialPrincipal") == "Acme_Api-Acme"


def test_apps(gentrack: spec.Connector) -> None:
    app = "Gentrack_Sales_Cloud_Connector"
    assert xml.text(found(gentrack, "ExternalClientApplication", app), "contactEmail") == "ops-gcis@gentrack.com"
    oauth = found(gentrack, "ExtlClntAppGlobalOauthSettings", f"{app}_glbloauth")
    assert (xml.text(oauth, "callbackUrl"), xml.text(oauth, "isConsumerSecretOptional")) == (
        "http://localhost",
        "false",
    )
    assert xml.text(found(gentrack, "ExtlClntAppOauthSettings", f"{app}_oauth"), "commaSeparatedOauthScopes") == "Full"


def test_no_secret_is_ever_generated(everything: spec.Connector, gentrack: spec.Connector) -> None:
    for connector in (everything, gentrack):
        for component in generate.components(connector):
            assert b"<consumerSecret>" not in component.body and b"<password>" not in component.body


def test_credentials(everything: spec.Connector) -> None:
    external = found(everything, "ExternalCredential", "Acme_Api")
    kinds = [xml.text(p, "parameterType") for p in xml.children(external, "externalCredentialParameters")]
    assert kinds == ["NamedPrincipal", "AuthProtocolVariant", "AuthProviderUrl", "AuthParameter"]
    named = found(everything, "NamedCredential", "Acme_Api")
    assert xml.text(named, "namedCredentialType") == "SecuredEndpoint"
    parameters = {xml.text(p, "parameterType"): p for p in xml.children(named, "namedCredentialParameters")}
    assert xml.text(parameters["Url"], "parameterValue") == "https://example.com/api"
    assert xml.text(parameters["Authentication"], "externalCredential") == "Acme_Api"


def test_subscriptions(everything: spec.Connector) -> None:
    config = shown(found(everything, "PlatformEventSubscriberConfig", "AcmeNewsTriggerConfig"))
    assert (config["batchSize"], config["platformEventConsumer"]) == ("50", "AcmeNewsTrigger")


def test_scratch_definitions(everything: spec.Connector) -> None:
    import json

    definition = json.loads(generate.scratch_definition(everything))
    assert definition["edition"] == "Enterprise" and definition["features"] == ["ContactsToMultipleAccounts"]
    assert definition["settings"]["quoteSettings"] == {"enableQuote": True}
