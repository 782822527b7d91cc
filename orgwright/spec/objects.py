"""Objects, platform events, custom metadata types and value sets of a connector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field as Attribute
from pydantic import field_validator

from orgwright.spec.field import Field, PicklistValue, picklist_values
from orgwright.spec.naming import plural_of, split
from orgwright.spec.node import Labelled, Node, entries, put
from orgwright.spec.yamltree import Located


def fold_fields(data: Any) -> Any:
    """Move field entries written directly in an object (``Trading_Name__c: Text(255)``) under ``fields``.

    A key is a field when it begins with a capital letter or has a custom suffix; attributes are in lower case.
    """
    if not isinstance(data, Located):
        return data
    direct = {k: v for k, v in data.items() if k[:1].isupper() or k.endswith("__c")}
    if not direct:
        return data
    rest = {k: v for k, v in data.items() if k not in direct}
    given = rest.get("fields")
    merged = {**given, **direct} if isinstance(given, dict) else direct
    spots = {k: s for k, s in data.spots.items() if k in direct}
    if isinstance(given, Located):
        spots = {**given.spots, **spots}
    rest["fields"] = Located(merged, data.place, spots, data.uses)
    return data.with_values(rest)


class WithFields(Labelled):
    """Something that has fields."""

    plural: str = ""
    description: str | None = None
    allow_reserved: bool = Attribute(default=False, description="The name may be a word that Apex keeps for itself")
    fields: dict[str, Field] = Attribute(default_factory=dict)

    @classmethod
    def expand(cls, data: Any) -> Any:
        """Gather fields that are written directly among the attributes; make labels from names."""
        data = fold_fields(super().expand(data))
        if isinstance(data, Mapping) and not data.get("plural") and isinstance(data.get("label"), str):
            return put(data, "plural", plural_of(str(data["label"])))
        return data

    @field_validator("fields", mode="before")
    @classmethod
    def _fields(cls, data: Any) -> Any:
        return entries(data, "type")

    @property
    def custom_fields(self) -> tuple[Field, ...]:
        """The fields that the connector creates, in the order of the file."""
        return tuple(field for field in self.fields.values() if field.custom)


class NameField(Node):
    """The name field of a custom object: text, or an automatic number."""

    shorthand: ClassVar[str | None] = "label"

    label: str = ""
    type: Literal["Text", "AutoNumber"] = "Text"
    display_format: str | None = None
    starting_number: int | None = None
    track_history: bool | None = None


class Object(WithFields):
    """An object that the connector uses: a standard one, or a custom one (``__c``) that it creates."""

    gender: Literal["Neuter", "Masculine", "Feminine"] | None = None
    name_field: NameField | None = None
    sharing: Literal["Private", "Read", "ReadWrite", "ReadWriteTransfer", "FullAccess", "ControlledByParent"] | None = (
        None
    )
    external_sharing: Literal["Private", "Read", "ReadWrite", "ControlledByParent"] | None = None
    deployed: bool = True
    activities: bool | None = None
    history: bool | None = None
    feeds: bool | None = None
    reports: bool | None = None
    search: bool | None = None
    bulk_api: bool = Attribute(default=True, description="Also streaming and sharing, which Salesforce wants alike")
    custom_setting: Literal["List", "Hierarchy"] | None = None
    visibility: Literal["Public", "Protected", "PackageProtected"] | None = None
    master: str | None = Attribute(default=None, description="Who masters fields that do not say so themselves")

    @property
    def custom(self) -> bool:
        """Whether the connector creates the object; one with a namespace belongs to a package."""
        name = split(self.api_name)
        return name.suffix == "c" and name.namespace is None


class Event(WithFields):
    """A platform event: ``Name__e`` with its fields."""

    publish: Literal["immediately", "after_commit"] = "after_commit"
    published_by: Literal["salesforce", "connector"] | None = None

    @property
    def publish_behavior(self) -> str:
        """The value of ``publishBehavior`` in the Metadata API."""
        return "PublishImmediately" if self.publish == "immediately" else "PublishAfterCommit"


class MetadataType(WithFields):
    """A custom metadata type: ``Name__mdt`` with its fields and records."""

    visibility: Literal["Public", "Protected", "PackageProtected"] = "Public"
    records: dict[str, MetadataRecord] = Attribute(default_factory=dict)

    @field_validator("records", mode="before")
    @classmethod
    def _records(cls, data: Any) -> Any:
        return entries(data)


class MetadataRecord(Labelled):
    """A record of a custom metadata type."""

    protected: bool = False
    values: dict[str, str | int | float | bool | None] = Attribute(default_factory=dict)


class ValueSet(Labelled):
    """A global value set that picklists share."""

    description: str | None = None
    sorted: bool = False
    values: dict[str, PicklistValue] = Attribute(default_factory=dict)

    @field_validator("values", mode="before")
    @classmethod
    def _values(cls, data: Any) -> Any:
        return picklist_values(data)
