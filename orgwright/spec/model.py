"""The connector spec as everybody uses it: frozen, typed, resolved. ``spec.load`` makes it from a file.

After loading every label, plural, key and load order is filled in, every name is checked, and every node knows its place.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field as Attribute
from pydantic import field_validator

from orgwright.errors import Place
from orgwright.spec.access import (
    Access,
    App,
    Credentials,
    CustomPermission,
    ExternalCredential,
    NamedCredential,
    ObjectRight,
    PermissionSet,
    RemoteSite,
    ServiceUser,
)
from orgwright.spec.conversion import LeadConversion
from orgwright.spec.data import Column, Constant, Mapping, Outage, Recipe, Sample, SampleTable, Seed, Step
from orgwright.spec.field import Field, FieldType, LookupFilter, PicklistValue
from orgwright.spec.flags import Flag, FlagSource
from orgwright.spec.node import Named, Node, entries
from orgwright.spec.objects import Event, MetadataRecord, MetadataType, NameField, Object, ValueSet, WithFields
from orgwright.spec.publishing import Operation, Publisher, PublisherSource, Teller, Webhook
from orgwright.spec.rates import Rate

__all__ = [
    "Access",
    "App",
    "Ask",
    "Column",
    "Connector",
    "Constant",
    "Credentials",
    "CustomPermission",
    "Event",
    "ExternalCredential",
    "Field",
    "FieldType",
    "Flag",
    "FlagSource",
    "LeadConversion",
    "LookupFilter",
    "Mapping",
    "MetadataRecord",
    "MetadataType",
    "NameField",
    "NamedCredential",
    "Node",
    "Object",
    "ObjectRight",
    "Operation",
    "Outage",
    "Package",
    "Parameter",
    "PermissionSet",
    "PicklistValue",
    "Publisher",
    "PublisherSource",
    "Rate",
    "Recipe",
    "RemoteSite",
    "Requires",
    "Sample",
    "SampleTable",
    "Seed",
    "ServiceUser",
    "Setting",
    "Step",
    "Subscriber",
    "Teller",
    "ValueSet",
    "Webhook",
    "WithFields",
]

ParameterValue = str | int | float | bool


class Parameter(Named):
    """A value that a customer may change: ``{{ name }}`` in the spec. ``value`` is what it has in this load."""

    shorthand: ClassVar[str | None] = "default"

    default: ParameterValue
    choices: tuple[ParameterValue, ...] = ()
    help: str | None = None
    value: ParameterValue = ""


class Package(Node):
    """A managed or unlocked package that must be in the org."""

    name: str
    version: str | None = Attribute(
        default=None, pattern=r"^04t[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$", description="Subscriber package version, 04t..."
    )
    namespace: str | None = None
    need: Literal["required", "advised"] = Attribute(
        default="required", description="Without an advised package the connector works, with less: validation warns"
    )
    install: str | None = Attribute(default=None, description="Where a person installs it")


class Setting(Node):
    """One org setting: ``Account.enableRelateContactToMultipleAccounts``."""

    type: str = Attribute(description="Settings file, such as Account")
    name: str
    value: bool | str | int = True

    @property
    def api_name(self) -> str:
        """``Account.enableRelateContactToMultipleAccounts``."""
        return f"{self.type}.{self.name}"


class Requires(Node):
    """What an org must be and have. Settings are switched on by the deploy, the rest is checked."""

    editions: tuple[str, ...] = ()
    licenses: tuple[str, ...] = ()
    features: tuple[str, ...] = Attribute(default=(), description="Scratch-org features")
    settings: tuple[Setting, ...] = ()
    packages: tuple[Package, ...] = ()
    trial: bool = Attribute(default=True, description="false: a trial org that is no sandbox is refused")
    steps: tuple[Step, ...] = Attribute(
        default=(), description="What a person has to see to, such as the vendor's own versions"
    )

    @field_validator("settings", mode="before")
    @classmethod
    def _settings(cls, data: Any) -> Any:
        """A list of names that are switched on, or a mapping of names to values."""
        if isinstance(data, dict):
            return [_setting(name, value) for name, value in data.items()]
        if isinstance(data, (list, tuple)):
            return [_setting(item, True) if isinstance(item, str) else item for item in data]
        return data


def _setting(name: str, value: object) -> dict[str, object]:
    kind, _, attribute = name.partition(".")
    return {"type": kind, "name": attribute, "value": value}


class Subscriber(Named):
    """Receives an event in Apex and hands each one to the handler registered for its type. The key is the event."""

    type_field: str = Attribute(description="Event field that names the kind of event")
    id_field: str | None = None
    time_field: str | None = None
    payload_field: str | None = None
    version_field: str | None = None
    retries: int = Attribute(default=3, ge=0, le=9)
    batch_size: int = Attribute(default=200, ge=1, le=2000)
    user: str | None = Attribute(
        default=None, description="Username that the subscriber runs as; the automated process user if absent"
    )

    @property
    def event(self) -> str:
        """API name of the event."""
        return self.api_name


class Ask(Named):
    """One row of the vendor's documents: what it asks. The key is the row, as entries name it in ``rows``."""

    shorthand: ClassVar[str | None] = "text"

    text: str
    documents: tuple[str, ...] = Attribute(default=(), description="Which of the documents ask for it")
    tests: tuple[str, ...] = Attribute(
        default=(), description="What shows it: file::function below tests/, or Class or Class.method of generated Apex"
    )


IDENTIFIER = r"^[a-z][a-z0-9_]*$"


class Connector(Node):
    """One connector, whole."""

    orgwright: Literal[1] = Attribute(description="Version of the format")
    connector: str = Attribute(description="Name of the connector, as in its folder", pattern=IDENTIFIER)
    label: str
    prefix: str = Attribute(default="", description="First part of the names of Apex classes and triggers")
    description: str | None = None
    api_version: str = Attribute(default="67.0", pattern=r"^\d{2}\.0$")
    documents: dict[str, str] = Attribute(
        default_factory=dict, description="The vendor's documents: short name -> title"
    )
    asked: tuple[str, ...] = Attribute(default=(), description="Ranges of the rows of these documents, such as G1-G23")
    asks: dict[str, Ask] = Attribute(default_factory=dict, description="What each row asks")

    parameters: dict[str, Parameter] = Attribute(default_factory=dict)
    requires: Requires = Attribute(default_factory=Requires)
    objects: dict[str, Object] = Attribute(default_factory=dict)
    value_sets: dict[str, ValueSet] = Attribute(default_factory=dict)
    events: dict[str, Event] = Attribute(default_factory=dict)
    metadata_types: dict[str, MetadataType] = Attribute(default_factory=dict)
    publish: dict[str, Publisher] = Attribute(default_factory=dict)
    webhooks: dict[str, Webhook] = Attribute(default_factory=dict)
    subscribe: dict[str, Subscriber] = Attribute(default_factory=dict)
    flags: dict[str, Flag] = Attribute(default_factory=dict)
    lead_conversion: LeadConversion | None = None
    rates: dict[str, Rate] = Attribute(default_factory=dict)
    access: Access = Attribute(default_factory=Access)
    credentials: Credentials = Attribute(default_factory=Credentials)
    remote_sites: dict[str, RemoteSite] = Attribute(default_factory=dict)
    seed: Seed = Attribute(default_factory=Seed)
    outage: Outage = Attribute(default_factory=Outage)
    sample: Sample = Attribute(default_factory=Sample)
    steps: tuple[Step, ...] = Attribute(
        default=(), description="What is done once by a person, with the rows it serves"
    )

    @field_validator(
        "objects",
        "value_sets",
        "events",
        "metadata_types",
        "publish",
        "webhooks",
        "subscribe",
        "flags",
        "rates",
        mode="before",
    )
    @classmethod
    def _entries(cls, data: Any) -> Any:
        return entries(data)

    @field_validator("parameters", mode="before")
    @classmethod
    def _parameters(cls, data: Any) -> Any:
        return entries(data, "default")

    @field_validator("asks", mode="before")
    @classmethod
    def _asks(cls, data: Any) -> Any:
        return entries(data, "text")

    @field_validator("remote_sites", mode="before")
    @classmethod
    def _remote_sites(cls, data: Any) -> Any:
        return entries(data, "url")

    @property
    def custom_fields(self) -> tuple[tuple[str, Field], ...]:
        """``(object, field)`` for every custom field on an object (not on events or metadata types), in the order of the file."""
        return tuple((name, field) for name, item in self.objects.items() for field in item.custom_fields)

    @property
    def watchers(self) -> tuple[Publisher | Webhook | Flag, ...]:
        """All that watches changes of objects."""
        return (*self.publish.values(), *self.webhooks.values(), *self.flags.values())

    @property
    def watched(self) -> dict[str, Place]:
        """The objects that publishers, webhooks and flags watch, each with the first place that asks for it."""
        found: dict[str, Place] = {}
        for watcher in self.watchers:
            for name, source in watcher.sources.items():
                found.setdefault(name, source.place)
        return found

    def field_permissions(self, permission_set: PermissionSet) -> tuple[tuple[str, bool], ...]:
        """``(Object.Field, editable)`` for each field that a permission set opens; fields that cannot be named are left out.

        Fields of Activity are opened on Task and on Event.
        """
        wanted = permission_set.fields
        if wanted is None:
            return ()
        found = []
        for name, field in self.custom_fields:
            right = wanted if isinstance(wanted, str) else wanted.get(f"{name}.{field.api_name}")
            if right is not None and field.permissionable:
                owners = ("Task", "Event") if name == "Activity" else (name,)
                found += [(f"{owner}.{field.api_name}", right == "edit" and not field.computed) for owner in owners]
        return tuple(found)
