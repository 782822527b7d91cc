"""Immutable description of an org's SObject types; carries everything that a describe call tells.

Attribute names are those of the REST describe (Object Basic Information, sObject Describe) in snake case.
The classes fulfil the protocols of :mod:`orgwright.apex.host`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from orgwright.apex.host import JUNCTION, Value
from orgwright.apex.names import bare
from orgwright.localorg.schema.companions import companion_kind, companion_parent

MASTER_RECORD_TYPE_ID = "012000000000000AAA"

_SOAP_TYPES = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "long": "xsd:long",
    "double": "xsd:double", "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date",
    "datetime": "xsd:dateTime", "time": "xsd:time", "base64": "xsd:base64Binary", "address": "urn:address",
    "location": "urn:location", "anyType": "xsd:anyType", "complexvalue": "urn:complexvalue",
}  # fmt: skip
TEXT_TYPES = frozenset(
    ("string", "textarea", "picklist", "multipicklist", "combobox", "phone", "email", "url", "encryptedstring")
)
DECIMAL_TYPES = frozenset(("double", "currency", "percent"))


@dataclass(frozen=True, slots=True)
class PicklistEntry:
    """One value of a picklist."""

    value: str
    label: str
    active: bool = True
    default: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What a roll-up summary field adds up: ``operation`` is count, sum, min or max."""

    operation: str
    child: str
    foreign_key: str
    summarized: str | None = None
    filters: tuple[tuple[str, str, str], ...] = ()
    """Each a field of the child, a Metadata API operation (``equals``) and a value."""


@dataclass(frozen=True, slots=True)
class FilterItem:
    """One comparison of a filter, as the Metadata API has it: with a value, or with another field."""

    field: str
    operation: str
    value: str = ""
    value_field: str = ""


@dataclass(frozen=True, slots=True)
class LookupFilter:
    """Which records a lookup may name. ``logic`` joins the items by their numbers; an optional filter refuses nothing."""

    items: tuple[FilterItem, ...]
    logic: str = ""
    message: str = ""
    optional: bool = False

    @property
    def controlling(self) -> tuple[str, ...]:
        """The fields of the record itself that the filter reads."""
        paths = (path for item in self.items for path in (item.field, item.value_field))
        return tuple(dict.fromkeys(path.partition(".")[2] for path in paths if path.lower().startswith("$source.")))


@dataclass(frozen=True, slots=True)
class Junction:
    """Where a junction id list is kept: rows of ``child`` whose ``parent`` is the record and whose ``reference`` is listed.

    ``fixed`` are the values of other fields that tell these rows from those of another list.
    """

    child: str
    parent: str
    reference: str
    fixed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. ``type`` is the describe type, ``metadata_type`` the Metadata API's (``Text``, ``Lookup``)."""

    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    custom: bool = False
    calculated: bool = False
    unique: bool = False
    external_id: bool = False
    id_lookup: bool = False
    name_field: bool = False
    auto_number: bool = False
    case_sensitive: bool = False
    html_formatted: bool = False
    encrypted: bool = False
    defaulted_on_create: bool = False
    default_value: Value = None
    default_formula: str | None = None
    restricted_picklist: bool = False
    dependent_picklist: bool = False
    controller_name: str | None = None
    picklist: tuple[PicklistEntry, ...] = ()
    value_set: str | None = None
    """The global value set that the picklist uses."""
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    child_relationship_name: str | None = None
    """The name under which the parent lists its children; standard objects keep it with the parent."""
    relationship_order: int | None = None
    polymorphic: bool = False
    name_pointing: bool = False
    delete_constraint: str | None = None
    """``SetNull``, ``Restrict`` or ``Cascade`` of a lookup; a master-detail field always cascades."""
    lookup_filter: LookupFilter | None = None
    """The active filter on the records that may be named."""
    reparentable: bool = False
    write_requires_master_read: bool = False
    permissionable: bool = False
    hidden: bool = False
    """A standard field that a new org shows to nobody before a permission grants it."""
    filterable: bool = True
    sortable: bool = True
    groupable: bool = True
    compound_field_name: str | None = None
    extra_type_info: str | None = None
    inline_help_text: str | None = None
    description: str | None = None
    formula: str | None = None
    formula_treat_blanks_as: str | None = None
    summary: Summary | None = None
    display_format: str | None = None
    starting_number: int = 0
    mask_char: str | None = None
    mask_type: str | None = None
    visible_lines: int | None = None
    track_history: bool = False
    metadata_type: str | None = None
    junction: Junction | None = None
    """Where the list is kept, of a junction id list."""

    @property
    def soap_type(self) -> str:
        """The XML Schema type that SOAP and describe name."""
        return _SOAP_TYPES.get(self.type, "xsd:string")

    @property
    def byte_length(self) -> int:
        """Three bytes a character for text, 18 for ids, else 0, as describe counts."""
        if self.type in ("id", "reference"):
            return 18
        return self.length * 3 if self.type in TEXT_TYPES else 0

    @property
    def aggregatable(self) -> bool:
        """Whether an aggregate function takes the field."""
        return self.filterable and self.type not in ("boolean", "time", "address", "location", "anyType", "base64")

    @property
    def cascade_delete(self) -> bool:
        """Whether deleting the parent deletes the record."""
        return self.delete_constraint == "Cascade"

    @property
    def restricted_delete(self) -> bool:
        """Whether the record keeps its parent from being deleted."""
        return self.delete_constraint == "Restrict"

    @property
    def master_detail(self) -> bool:
        """Whether this is a master-detail field."""
        return self.relationship_order is not None

    @property
    def required(self) -> bool:
        """Whether a new record must give a value."""
        return not self.nillable and self.createable and not self.defaulted_on_create and self.type != "boolean"

    @property
    def stored(self) -> bool:
        """Whether the store keeps a column for it; compound and calculated fields are made when read."""
        return not self.calculated and self.type not in ("address", "location", "complexvalue", JUNCTION)


@dataclass(frozen=True, slots=True)
class ChildRelationship:
    """``child.field`` points at the type that holds this."""

    child: str
    field: str
    relationship_name: str | None = None
    cascade_delete: bool = False
    restricted_delete: bool = False
    junction_names: tuple[str, ...] = ()
    """The junction id lists of the parent that are kept in these children."""
    junction_targets: tuple[str, ...] = ()
    """The types whose Ids those lists hold."""


@dataclass(frozen=True, slots=True)
class RecordType:
    """One record type of an object; ``picklists`` maps a field to the values it offers."""

    id: str
    name: str
    developer_name: str
    active: bool = True
    description: str | None = None
    picklists: Mapping[str, tuple[PicklistEntry, ...]] = field(default_factory=dict)
    business_process: str | None = None


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """A rule that refuses a record when ``condition`` is true."""

    name: str
    condition: str
    message: str
    active: bool = True
    field: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SObjectType:
    """One SObject type as the org has it now."""

    name: str
    label: str
    label_plural: str
    key_prefix: str | None = None
    custom: bool = False
    kind: str = "object"
    """``object``, ``event`` (``__e``), ``metadata`` (``__mdt``), ``setting`` (list or hierarchy), ``big`` or ``share`` ..."""
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    undeletable: bool = True
    queryable: bool = True
    searchable: bool = True
    retrieveable: bool = True
    replicateable: bool = True
    layoutable: bool = True
    mergeable: bool = False
    triggerable: bool = True
    feed_enabled: bool = False
    mru_enabled: bool = False
    activateable: bool = False
    custom_setting: bool = False
    custom_setting_type: str | None = None
    deprecated_and_hidden: bool = False
    record_typeable: bool = False
    tooling: bool = False
    description: str | None = None
    deployment_status: str = "Deployed"
    sharing_model: str | None = None
    publish_behavior: str | None = None
    """``PublishImmediately`` or ``PublishAfterCommit`` of a platform event."""
    enable_history: bool = False
    enable_activities: bool = False
    enable_reports: bool = False
    enable_search: bool = False
    fields: Mapping[str, Field] = field(default_factory=lambda: MappingProxyType({}))
    children: Sequence[ChildRelationship] = ()
    junctions: Mapping[str, Field] = field(default_factory=lambda: MappingProxyType({}))
    """Junction id lists by lower-case name: no describe has them among the fields."""
    record_types: tuple[RecordType, ...] = ()
    validation_rules: tuple[ValidationRule, ...] = ()
    namespace: str | None = None
    """What the code of the org may write before its own names."""

    def field(self, name: str) -> Field | None:
        """The field or junction id list of that API name, case ignored."""
        lower = name.lower()
        return self.fields.get(lower) or self.junctions.get(lower)

    @property
    def associate_kind(self) -> str | None:
        """What it is to the type that it comes with: ``History``, ``Feed``, ``Share`` or ``ChangeEvent``."""
        return companion_kind(self.name)

    @property
    def associate_parent(self) -> str | None:
        """The name of the type that it comes with."""
        return companion_parent(self.name)

    @property
    def name_field(self) -> Field | None:
        """The field that names a record (``Name``, ``CaseNumber`` ...)."""
        return next((f for f in self.fields.values() if f.name_field), None)

    def child(self, relationship_name: str) -> ChildRelationship | None:
        """The child relationship of that name, case ignored."""
        wanted = self._relationship(relationship_name)
        return next((c for c in self.children if c.relationship_name and c.relationship_name.lower() == wanted), None)

    def parent_field(self, relationship_name: str) -> Field | None:
        """The reference field whose relationship has that name, case ignored."""
        wanted = self._relationship(relationship_name)
        return next(
            (f for f in self.fields.values() if f.relationship_name and f.relationship_name.lower() == wanted), None
        )

    def _relationship(self, name: str) -> str:
        return (bare(self.namespace, name) or name).lower()

    @property
    def recyclable(self) -> bool:
        """Whether deleting puts the record into the recycle bin."""
        return "isdeleted" in self.fields
