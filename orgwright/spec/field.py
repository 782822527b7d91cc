"""Fields: every custom field type of the Metadata API, in short form (``Text(64)``) and with all attributes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Literal

from pydantic import Field as Attribute
from pydantic import field_validator

from orgwright.spec.naming import words
from orgwright.spec.node import Named, Node, entries, put


class FieldType(StrEnum):
    """Custom field types of the Metadata API (``FieldType`` of its WSDL) that a connector may use."""

    AUTO_NUMBER = "AutoNumber"
    CHECKBOX = "Checkbox"
    CURRENCY = "Currency"
    DATE = "Date"
    DATE_TIME = "DateTime"
    EMAIL = "Email"
    ENCRYPTED_TEXT = "EncryptedText"
    EXTERNAL_LOOKUP = "ExternalLookup"
    FILE = "File"
    HIERARCHY = "Hierarchy"
    HTML = "Html"
    INDIRECT_LOOKUP = "IndirectLookup"
    LOCATION = "Location"
    LONG_TEXT_AREA = "LongTextArea"
    LOOKUP = "Lookup"
    MASTER_DETAIL = "MasterDetail"
    METADATA_RELATIONSHIP = "MetadataRelationship"
    MULTISELECT_PICKLIST = "MultiselectPicklist"
    NUMBER = "Number"
    PERCENT = "Percent"
    PHONE = "Phone"
    PICKLIST = "Picklist"
    SUMMARY = "Summary"
    TEXT = "Text"
    TEXT_AREA = "TextArea"
    TIME = "Time"
    URL = "Url"


RELATIONSHIPS = frozenset(
    {
        FieldType.LOOKUP,
        FieldType.MASTER_DETAIL,
        FieldType.HIERARCHY,
        FieldType.METADATA_RELATIONSHIP,
        FieldType.EXTERNAL_LOOKUP,
        FieldType.INDIRECT_LOOKUP,
    }
)
NUMERIC = frozenset({FieldType.NUMBER, FieldType.CURRENCY, FieldType.PERCENT})
PICKLISTS = frozenset({FieldType.PICKLIST, FieldType.MULTISELECT_PICKLIST})
WITH_LINES = frozenset({FieldType.LONG_TEXT_AREA, FieldType.HTML, FieldType.MULTISELECT_PICKLIST})


class PicklistValue(Named):
    """One value of a picklist: its key is the API name."""

    shorthand: ClassVar[str | None] = "label"

    label: str = ""
    default: bool = False
    active: bool = True
    color: str | None = Attribute(default=None, pattern=r"^#[0-9A-Fa-f]{6}$")
    description: str | None = None


def picklist_values(data: Any) -> Any:
    """The values of a picklist from a list of names or a mapping of names to labels or bodies."""
    if isinstance(data, (list, tuple)):
        return {str(value): {"api_name": str(value), "label": str(value)} for value in data}
    if isinstance(data, Mapping):
        return entries(data, "label")
    return data


class LookupFilter(Node):
    """The filter of a lookup: which records may be chosen."""

    items: tuple[dict[str, str], ...] = Attribute(
        description="field, operation, value or valueField, as in the Metadata API"
    )
    boolean_filter: str | None = None
    error_message: str | None = None
    info_message: str | None = None
    active: bool = True
    optional: bool = True


class Field(Named):
    """A field of an object, event or custom metadata type.

    ``type`` is None for a standard field, about which a spec only says who masters it. ``precision`` counts all digits,
    as in the Metadata API; the short form ``Number(4, 0)`` reads as Setup does: digits before the point, decimals.
    """

    shorthand: ClassVar[str | None] = "type"

    type: FieldType | None = None
    label: str = ""
    description: str | None = None
    allow_reserved: bool = Attribute(default=False, description="The name may be a word that Apex keeps for itself")
    help: str | None = Attribute(default=None, description="Help text at the field")
    master: str | None = Attribute(
        default=None, description="System that owns the value: the connector's name, salesforce, or both"
    )

    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    visible_lines: int | None = None
    required: bool = False
    unique: bool = False
    external_id: bool = False
    at_most: int | None = Attribute(
        default=None, ge=1, le=200, description="How many records may share one value; Apex refuses the next one"
    )
    case_sensitive: bool | None = None
    default: str | None = Attribute(
        default=None, description="Default value: a formula, or true and false for a checkbox"
    )
    starting_number: int | None = None
    display_format: str | None = None
    mask_char: Literal["asterisk", "X"] | None = None
    mask_type: Literal["all", "creditCard", "ssn", "lastFour", "sin", "nino"] | None = None
    display_decimal: bool | None = Attribute(
        default=None, description="Location: decimal degrees instead of minutes and seconds"
    )

    formula: str | None = None
    blanks_as: Literal["BlankAsBlank", "BlankAsZero"] | None = None

    values: dict[str, PicklistValue] = Attribute(default_factory=dict)
    value_set: str | None = Attribute(default=None, description="Global value set that the picklist uses")
    restricted: bool | None = None
    sorted: bool = False
    controlled_by: str | None = None
    controlled_values: dict[str, tuple[str, ...]] = Attribute(default_factory=dict)

    to: str | None = Attribute(default=None, description="Object that a relationship points to")
    relationship_name: str | None = None
    relationship_label: str | None = None
    relationship_order: Literal[0, 1] | None = None
    on_delete: Literal["SetNull", "Restrict", "Cascade"] | None = None
    reparentable: bool | None = None
    write_needs_master_read: bool | None = None
    target_field: str | None = Attribute(default=None, description="IndirectLookup: external ID of the parent")
    controlling_field: str | None = Attribute(
        default=None, description="MetadataRelationship: the field that names the object"
    )
    filter: LookupFilter | None = None

    summarize: str | None = Attribute(default=None, description="Summary: Child__c.Amount__c; nothing for count")
    through: str | None = Attribute(default=None, description="Summary: the master-detail field, Child__c.Parent__c")
    operation: Literal["count", "sum", "min", "max"] | None = None
    summary_filter: tuple[dict[str, str], ...] = ()

    track_history: bool | None = None
    track_feed: bool | None = None
    track_trending: bool | None = None
    manageability: Literal["DeveloperControlled", "SubscriberControlled", "Locked"] | None = None
    security: str | None = Attribute(default=None, description="Data sensitivity level, such as Confidential")
    compliance: str | None = Attribute(default=None, description="Compliance categories, such as PII;GDPR")
    business_status: str | None = None
    business_owner: str | None = None

    @classmethod
    def expand(cls, data: Any) -> Any:
        """Expand ``Text(64)``, alone or as the type of a long form."""
        from orgwright.spec.shortform import expand_field

        data = expand_field(super().expand(data))
        if isinstance(data, Mapping) and data.get("type") and not data.get("label"):
            return put(data, "label", words(str(data.get("api_name", ""))))
        return data

    @field_validator("values", mode="before")
    @classmethod
    def _values(cls, data: Any) -> Any:
        return picklist_values(data)

    @field_validator("default", mode="before")
    @classmethod
    def _default(cls, data: Any) -> Any:
        if isinstance(data, bool):
            return str(data).lower()
        return str(data) if isinstance(data, (int, float)) else data

    @property
    def custom(self) -> bool:
        """Whether the connector creates the field (a standard field is only spoken about)."""
        return self.type is not None

    @property
    def computed(self) -> bool:
        """Whether nobody can write it: formula, roll-up summary, auto-number."""
        return self.formula is not None or self.type in (FieldType.SUMMARY, FieldType.AUTO_NUMBER)

    @property
    def digits(self) -> int | None:
        """Digits before the decimal point of a number."""
        return None if self.precision is None else self.precision - (self.scale or 0)

    @property
    def permissionable(self) -> bool:
        """Whether a permission set may name it: not required, not the detail's link to its master."""
        return self.custom and not self.required and self.type is not FieldType.MASTER_DETAIL

    @property
    def default_values(self) -> tuple[str, ...]:
        """API names of the picklist values that are preset."""
        return tuple(name for name, value in self.values.items() if value.default)

    @property
    def written_type(self) -> str:
        """The type as vendors' tables write it: ``Text(64)``, ``Number(4, 0)``, ``Lookup(Account)``."""
        if self.type is None:
            return "standard field"
        inside = ""
        if self.precision is not None:
            inside = f"({self.digits}, {self.scale or 0})"
        elif self.length is not None:
            inside = f"({self.length})"
        elif self.to is not None:
            inside = f"({self.to})"
        return f"Formula({self.type}{inside})" if self.formula is not None else f"{self.type}{inside}"
