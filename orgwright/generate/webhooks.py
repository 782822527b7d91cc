"""Apex of webhooks: a class for each, the queueable job that delivers, the tests; and the record that keeps a webhook's URL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orgwright.generate import tellers
from orgwright.generate.names import Names, joined, permission_methods
from orgwright.generate.records import MANY, Need, is_text, stranger
from orgwright.generate.text import quoted
from orgwright.generate.units import Unit, apex_class
from orgwright.spec.model import Connector, Field, FieldType, MetadataRecord, MetadataType, Webhook

_TOKENS = {
    "$operation": "operation.name().substringAfter('_').toLowerCase()",
    "$trigger_operation": "operation.name()",
    "$object": "objectName",
    "$new": "values(newRecords, objectName)",
    "$old": "values(oldRecords, objectName)",
    "$ids": "new Map<Id, SObject>(newRecords.isEmpty() ? oldRecords : newRecords).keySet()",
    "$user": "UserInfo.getUserId()",
    "$org": "UserInfo.getOrganizationId()",
}


def calls(connector: Connector, sobject: str) -> list[str]:
    """The classes that the trigger of an object tells."""
    return [webhook.api_name for webhook in connector.webhooks.values() if sobject in webhook.sources]


def units(connector: Connector, names: Names, known: Mapping[str, Need]) -> Iterator[Unit]:
    """The webhooks, what delivers, and their tests."""
    if not connector.webhooks:
        return
    place = connector.place
    tried = max(connector.webhooks.values(), key=lambda webhook: webhook.retries)
    yield apex_class(names.delivery, "Delivery", place, retries={w.api_name: w.retries for w in _all(connector)})
    yield apex_class(names.callout_double, "CalloutDouble", place, test=True)
    yield apex_class(
        joined(names.delivery, "", "Test"),
        "DeliveryTest",
        place,
        test=True,
        webhook=tried.api_name,
        retries=tried.retries,
    )
    for webhook in _all(connector):
        yield _webhook(webhook)
        yield _test(connector, webhook, names, known)


def _all(connector: Connector) -> list[Webhook]:
    return list(connector.webhooks.values())


def _webhook(webhook: Webhook) -> Unit:
    sources = tellers.sources(webhook)
    return apex_class(
        webhook.api_name,
        "Webhook",
        webhook.place,
        sources=sources,
        silenced=webhook.silenced_by,
        selective=any(s["when_changed"] for s in sources),
        picking=any(s["fields"] for s in sources),
        records=bool({"$new", "$old"} & set(webhook.body.values())),
        names_object=bool({"$object", "$new", "$old"} & set(webhook.body.values())),
        body=[(quoted(key), _TOKENS.get(value) or quoted(value)) for key, value in webhook.body.items()],
    )


def _test(connector: Connector, webhook: Webhook, names: Names, known: Mapping[str, Need]) -> Unit:
    def key_of(token: str) -> str | None:
        return next((quoted(key) for key, value in webhook.body.items() if value == token), None)

    sources = tellers.sources(webhook)
    parents: list[str] = []
    for source in sources:
        sobject = source["object"]
        need = known[sobject]
        change = tellers.change(connector, webhook, sobject, known) if "update" in source["operations"] else None
        parents += change.parents if change else ()
        source["method"] = names.builder(sobject)
        source["change"] = change.field if change else None
        source["many"] = min(need.many, change.many if change else MANY)
        source["undeletable"] = need.undeletable
        source["suffix"] = names.word(sobject)
        source["cleared"] = next((f for f in source["when_changed"] if is_text(connector, sobject, f)), None)
        source["sent"] = change is not None and (not source["fields"] or change.field in source["fields"])
    return apex_class(
        joined(webhook.api_name, "", "Test"),
        "WebhookTest",
        webhook.place,
        test=True,
        parents=tuple(parents),
        webhook=webhook.api_name,
        sources=sources,
        silenced=permission_methods(webhook.silenced_by),
        keys={token[1:]: key_of(token) for token in _TOKENS},
        stranger=stranger(webhook.sources),
        body_size=len(webhook.body),
        literals=[(quoted(k), quoted(v)) for k, v in webhook.body.items() if v not in _TOKENS],
    )


def webhook_type(names: Names, connector: Connector) -> MetadataType:
    """The custom metadata type whose records say where each webhook goes, and whether it is on."""

    def field(name: str, kind: FieldType, **more: Any) -> Field:
        label = name.removesuffix("__c")
        return Field(api_name=name, label=label, type=kind, manageability="SubscriberControlled", **more)

    fields = (
        field("Active__c", FieldType.CHECKBOX, default="true", help="Nothing is sent while it is off."),
        field("Timeout__c", FieldType.NUMBER, precision=6, scale=0, help="Milliseconds to wait for an answer."),
        field(
            "Url__c", FieldType.TEXT, length=255, help="An address of a remote site, or callout:Named_Credential/path."
        ),
    )
    records = {
        webhook.api_name: MetadataRecord(
            api_name=webhook.api_name,
            label=webhook.api_name,
            values={"Active__c": True, "Timeout__c": webhook.timeout, "Url__c": webhook.endpoint},
        )
        for webhook in _all(connector)
    }
    bare = MetadataType(
        api_name=names.webhook_type,
        label=f"{names.prefix} Webhook"[:40],
        plural=f"{names.prefix} Webhooks"[:40],
        description=f"Where changes are sent for {connector.label}.",
    )
    return bare.model_copy(update={"fields": {f.api_name: f for f in fields}, "records": records})
