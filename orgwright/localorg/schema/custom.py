"""Custom fields and system fields, from the words of the Metadata API (page CustomField)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from orgwright.apex.host import Value
from orgwright.localorg.schema.model import Field, PicklistEntry, Summary

_TYPES: dict[str, tuple[str, int]] = {
    # Metadata API type -> describe type, fixed length (0: given by the definition)
    "Text": ("string", 0), "TextArea": ("textarea", 255), "LongTextArea": ("textarea", 0), "Html": ("textarea", 0),
    "Number": ("double", 0), "Currency": ("currency", 0), "Percent": ("percent", 0), "Checkbox": ("boolean", 0),
    "Date": ("date", 0), "DateTime": ("datetime", 0), "Time": ("time", 0), "Email": ("email", 80),
    "Phone": ("phone", 40), "Url": ("url", 255), "Picklist": ("picklist", 255),
    "MultiselectPicklist": ("multipicklist", 4099), "AutoNumber": ("string", 30), "Lookup": ("reference", 18),
    "MasterDetail": ("reference", 18), "Hierarchy": ("reference", 18), "MetadataRelationship": ("reference", 18),
    "EncryptedText": ("encryptedstring", 0), "Location": ("location", 0), "Summary": ("double", 0),
}  # fmt: skip
_UNGROUPABLE = frozenset(
    ("multipicklist", "encryptedstring", "double", "currency", "percent", "datetime", "time", "location")
)


def custom_field(
    name: str,
    metadata_type: str,
    *,
    label: str | None = None,
    length: int = 0,
    precision: int = 0,
    required: bool = False,
    unique: bool = False,
    external_id: bool = False,
    default: str | None = None,
    values: Sequence[PicklistEntry] = (),
    restricted: bool = False,
    value_set: str | None = None,
    controller_name: str | None = None,
    reference_to: str | Sequence[str] = (),
    relationship_order: int | None = None,
    delete_constraint: str | None = None,
    formula: str | None = None,
    summary: Summary | None = None,
    summary_type: str | None = None,
    **rest: Any,
) -> Field:
    """The field that a CustomField definition describes; the definition is taken as valid.

    ``default`` is the formula text of ``defaultValue``; ``summary_type`` the describe type of a roll-up's result.
    ``rest`` goes to :class:`Field` as it is (``scale``, ``case_sensitive``, ``description`` ...; ``child_relationship_name``
    is the definition's ``relationshipName`` without ``__r``).
    """
    type_, fixed = _TYPES[metadata_type]
    if summary is not None and summary_type is not None:
        type_ = summary_type
    calculated = formula is not None or summary is not None
    if calculated and metadata_type == "Text":
        length = 1300
    long_text = metadata_type in ("LongTextArea", "Html")
    reference = type_ == "reference"
    master = metadata_type == "MasterDetail"
    auto = metadata_type == "AutoNumber"
    boolean = type_ == "boolean"
    plain = not long_text and type_ not in ("encryptedstring", "location")
    return Field(
        name=name,
        label=label if label is not None else name.removesuffix("__c").replace("_", " "),
        type=type_,
        length=fixed or length,
        precision=precision or (18 if type_ in ("double", "currency", "percent") else 0),
        nillable=not (required or master or boolean or auto) or calculated,
        createable=not (calculated or auto or type_ == "location"),
        updateable=not (calculated or auto or type_ == "location" or (master and not rest.get("reparentable"))),
        custom=True,
        calculated=calculated,
        unique=unique,
        external_id=external_id,
        id_lookup=external_id or unique,
        auto_number=auto,
        html_formatted=metadata_type == "Html",
        encrypted=metadata_type == "EncryptedText",
        defaulted_on_create=boolean or auto or default is not None,
        default_value=literal_default(default, type_),
        default_formula=default,
        restricted_picklist=restricted or value_set is not None,
        dependent_picklist=controller_name is not None,
        controller_name=controller_name,
        picklist=tuple(values),
        value_set=value_set,
        reference_to=(reference_to,) if isinstance(reference_to, str) else tuple(reference_to),
        relationship_name=name.removesuffix("__c") + "__r" if reference else None,
        relationship_order=(relationship_order or 0) if master else None,
        delete_constraint="Cascade" if master else (delete_constraint or "SetNull") if reference else None,
        write_requires_master_read=bool(rest.pop("write_requires_master_read", False)),
        filterable=plain,
        sortable=plain and type_ != "multipicklist",
        groupable=plain and type_ not in _UNGROUPABLE and not calculated,
        extra_type_info="richtextarea" if metadata_type == "Html" else "plaintextarea" if type_ == "textarea" else None,
        formula=formula,
        summary=summary,
        metadata_type=metadata_type,
        **rest,
    )


def literal_default(text: str | None, type_: str) -> Value:
    """The value of a default formula that is a mere literal, else ``None``."""
    if text is None:
        return False if type_ == "boolean" else None
    bare = text.strip()
    if type_ == "boolean":
        return bare.lower() == "true"
    if len(bare) >= 2 and bare[0] == bare[-1] and bare[0] in "\"'" and bare[0] not in bare[1:-1]:
        return bare[1:-1]
    if type_ in ("double", "currency", "percent"):
        try:
            return Decimal(bare)
        except InvalidOperation:
            return None
    return None


def location_parts(field: Field) -> tuple[Field, Field]:
    """The two fields in which a geolocation field keeps its value."""
    base = field.name.removesuffix("__c")
    latitude, longitude = (
        Field(
            name=f"{base}__{part}__s",
            label=f"{field.label} ({part})",
            type="double",
            precision=18,
            scale=15,
            nillable=field.nillable,
            custom=True,
            groupable=False,
            compound_field_name=field.name,
            metadata_type="Number",
        )
        for part in ("Latitude", "Longitude")
    )
    return latitude, longitude


def name_field(label: str, *, display_format: str | None = None, starting_number: int = 0) -> Field:
    """The Name field of a custom object: text of 80 characters, or an auto-number with ``display_format``."""
    auto = display_format is not None
    return Field(
        name="Name",
        label=label,
        type="string",
        length=80,
        nillable=not auto,
        createable=not auto,
        updateable=not auto,
        name_field=True,
        id_lookup=True,
        auto_number=auto,
        defaulted_on_create=auto,
        display_format=display_format,
        starting_number=starting_number,
    )


def _system(name: str, label: str, type_: str, **more: Any) -> Field:
    settings: dict[str, Any] = {
        "nillable": False,
        "createable": False,
        "updateable": False,
        "defaulted_on_create": True,
        "groupable": type_ not in ("datetime",),
    }
    return Field(name=name, label=label, type=type_, **{**settings, **more})


ID = _system("Id", "Record ID", "id", length=18, id_lookup=True)
IS_DELETED = _system("IsDeleted", "Deleted", "boolean", default_value=False)
OWNER = _system(
    "OwnerId", "Owner ID", "reference", length=18, createable=True, updateable=True,
    reference_to=("Group", "User"), relationship_name="Owner", polymorphic=True, name_pointing=True,
)  # fmt: skip
CREATED_DATE = _system("CreatedDate", "Created Date", "datetime")
CREATED_BY = _system(
    "CreatedById", "Created By ID", "reference", length=18, reference_to=("User",), relationship_name="CreatedBy"
)
AUDIT = (
    CREATED_DATE,
    CREATED_BY,
    _system("LastModifiedDate", "Last Modified Date", "datetime"),
    _system(
        "LastModifiedById", "Last Modified By ID", "reference", length=18, reference_to=("User",),
        relationship_name="LastModifiedBy",
    ),
    _system("SystemModstamp", "System Modstamp", "datetime"),
)  # fmt: skip
LAST_ACTIVITY = _system("LastActivityDate", "Last Activity Date", "date", nillable=True, defaulted_on_create=False)
RECORD_TYPE = _system(
    "RecordTypeId", "Record Type ID", "reference", length=18, createable=True, updateable=True, nillable=True,
    defaulted_on_create=True, reference_to=("RecordType",), relationship_name="RecordType",
)  # fmt: skip
CURRENCY = _system(
    "CurrencyIsoCode", "Currency ISO Code", "picklist", length=3, createable=True, updateable=True, nillable=False,
    defaulted_on_create=True, restricted_picklist=True,
)  # fmt: skip
SETUP_OWNER = _system(
    "SetupOwnerId", "Location", "reference", length=18, createable=True, polymorphic=True, unique=True,
    reference_to=("Organization", "Profile", "User"), relationship_name="SetupOwner",
)  # fmt: skip


def event_fields() -> tuple[Field, ...]:
    """The fields that every platform event has."""
    replay = _system("ReplayId", "Replay ID", "string", length=1000, nillable=True, filterable=False, sortable=False)
    uuid = _system("EventUuid", "Event UUID", "string", length=36, nillable=True, filterable=False, sortable=False)
    return (replay, CREATED_DATE, CREATED_BY, uuid)


def metadata_type_fields() -> tuple[Field, ...]:
    """The fields that every custom metadata type has."""
    text = {"nillable": False}
    return (
        _system("Id", "Custom Metadata Record ID", "id", length=18, id_lookup=True),
        _system("DeveloperName", "Custom Metadata Record Name", "string", length=40, **text),
        _system("MasterLabel", "Label", "string", length=40, name_field=False, **text),
        _system("Language", "Master Language", "picklist", length=40, **text),
        _system("NamespacePrefix", "Namespace Prefix", "string", length=15, nillable=True),
        _system("Label", "Label", "string", length=40, name_field=True, **text),
        _system("QualifiedApiName", "Qualified API Name", "string", length=70, **text),
        _system("SystemModstamp", "System Modstamp", "datetime"),
    )
