"""What the generated Apex needs beside itself: where failures are kept, and where listeners are registered."""

from __future__ import annotations

from orgwright.generate.names import Names
from orgwright.spec.model import Connector, Field, FieldType, MetadataType, NameField, Object, PermissionSet


def failure_object(names: Names, connector: Connector) -> Object:
    """The custom object that keeps every message that could not be published or handled."""
    bare = Object(
        api_name=names.failure_object,
        label=f"{names.prefix} Failure"[:40],
        plural=f"{names.prefix} Failures"[:40],
        description=f"Messages of {connector.label} that could not be published or handled, with the reason.",
        name_field=NameField(label="Number", type="AutoNumber", display_format="F-{00000000}"),
        sharing="Private",
        reports=True,
        search=True,
    )
    return bare.model_copy(update={"fields": {field.api_name: field for field in _failure_fields(connector)}})


def _failure_fields(connector: Connector) -> tuple[Field, ...]:
    def text(name: str, length: int, help: str) -> Field:
        return Field(
            api_name=name,
            label=name.removesuffix("__c").replace("_", " "),
            type=FieldType.TEXT,
            length=length,
            help=help,
        )

    def long_text(name: str, length: int, help: str) -> Field:
        label = name.removesuffix("__c").replace("_", " ")
        return Field(
            api_name=name, label=label, type=FieldType.LONG_TEXT_AREA, length=length, visible_lines=10, help=help
        )

    return (
        text("Direction__c", 3, _directions(connector)),
        text("Event_Id__c", 255, "What the sender calls the message."),
        text("Object__c", 80, "The object that changed, or the event that was received."),
        text("Operation__c", 255, "What was done to the record, or the type of the message."),
        long_text("Payload__c", 131072, "What could not be sent or handled."),
        long_text("Reason__c", 32768, "Why."),
        text("Record_Id__c", 18, "The record that changed."),
    )


def _directions(connector: Connector) -> str:
    known = "out: was not published. in: was not handled."
    return f"{known} due: waits to be sent." if connector.webhooks else known


def registration_type(names: Names, connector: Connector) -> MetadataType:
    """The custom metadata type whose records register listeners for types of messages."""

    def number(name: str, label: str) -> Field:
        return Field(
            api_name=name, label=label, type=FieldType.NUMBER, precision=9, scale=0, manageability="DeveloperControlled"
        )

    def text(name: str, label: str, length: int) -> Field:
        return Field(
            api_name=name, label=label, type=FieldType.TEXT, length=length, manageability="DeveloperControlled"
        )

    fields = (
        text("Apex_Class__c", "Apex Class", 255),
        text("Event_Type__c", "Event Type", 255),
        number("From_Version__c", "From Version"),
        number("To_Version__c", "To Version"),
    )
    bare = MetadataType(
        api_name=names.registration_type,
        label=f"{names.prefix} Listener"[:40],
        plural=f"{names.prefix} Listeners"[:40],
        description=f"Which Apex class receives which type of message from {connector.label}.",
    )
    return bare.model_copy(update={"fields": {field.api_name: field for field in fields}})


def support_permissions(names: Names, failures: Object) -> PermissionSet:
    """The permission set of those who look after failures: read and delete."""
    return PermissionSet(
        api_name=names.support_permissions,
        label=f"{names.prefix} Failures"[:80],
        description="See and delete messages that could not be published or handled.",
        objects={failures.api_name: ("read", "edit", "delete", "view_all", "modify_all")},
    )
