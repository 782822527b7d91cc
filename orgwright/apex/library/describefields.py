"""Describe of fields and picklists (Apex Reference Guide, DescribeFieldResult Class), over the org's schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orgwright.apex.host import FieldInfo, PicklistValue
from orgwright.apex.library.enums import enum
from orgwright.apex.library.registry import platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import NotSupported
from orgwright.apex.runtime.text import to_text
from orgwright.apex.runtime.tokens import SObjectField, SObjectType
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import EnumValue, PlatformObject

_SOAP = {
    "id": "ID", "reference": "ID", "boolean": "BOOLEAN", "int": "INTEGER", "long": "LONG", "double": "DOUBLE",
    "currency": "DOUBLE", "percent": "DOUBLE", "date": "DATE", "datetime": "DATETIME", "time": "TIME",
    "base64": "BASE64BINARY", "address": "ADDRESS", "location": "LOCATION", "anytype": "ANYTYPE",
}  # fmt: skip


def platform_rtype(cls: type[PlatformObject]) -> RType:
    return RType("platform", cls.apex_type, (), cls)


TOKEN = platform_rtype(SObjectType)
FIELD = platform_rtype(SObjectField)


class Facts(PlatformObject):
    """A describe result; what the border to the org does not name is asked of the schema's own description."""

    __slots__ = ("info",)

    def fact(self, name: str) -> Any:
        """An attribute of the schema's description; NotSupported when the schema does not carry it."""
        found = getattr(self.info, name, _UNKNOWN)  # type: ignore[attr-defined]
        if found is _UNKNOWN:
            raise NotSupported(f"{self.apex_type}: {name}")
        return found


_UNKNOWN = object()


# ---------------------------------------------------------------------------------------- picklists


@platform("Schema.PicklistEntry")
class PicklistEntry(PlatformObject):
    """``Schema.PicklistEntry``."""

    __slots__ = ("entry",)

    def __init__(self, entry: PicklistValue) -> None:
        self.entry = entry

    def apex_text(self, limit: int | None = None) -> str:
        """Its getters with their values."""
        default, active = (str(flag).lower() for flag in (self.entry.default, self.entry.active))
        return (
            f"Schema.PicklistEntry[getLabel={self.entry.label};getValue={self.entry.value};isActive={active};"
            f"isDefaultValue={default};]"
        )

    def getLabel(self) -> str:
        """What users see."""
        return self.entry.label

    def getValue(self) -> str:
        """What is stored."""
        return self.entry.value

    def isActive(self) -> bool:
        """Whether it can be chosen."""
        return self.entry.active

    def isDefaultValue(self) -> bool:
        """Whether it is the default."""
        return self.entry.default

    Label = property(getLabel)
    Value = property(getValue)
    Active = property(isActive)
    DefaultValue = property(isDefaultValue)


# ------------------------------------------------------------------------------------------- fields

_SHOWN = (
    "getByteLength", "getCalculatedFormula", "getCompoundFieldName", "getController", "getDefaultValue",
    "getDefaultValueFormula", "getDigits", "getFilteredLookupInfo", "getInlineHelpText", "getLabel", "getLength",
    "getLocalName", "getMask", "getMaskType", "getName", "getPrecision", "getReferenceTargetField", "getRelationshipName",
    "getRelationshipOrder", "getScale", "getSoapType", "getSobjectField", "getType", "isAccessible", "isAggregatable",
    "isAiPredictionField", "isAutoNumber", "isCalculated", "isCascadeDelete", "isCaseSensitive", "isCreateable", "isCustom",
    "isDefaultedOnCreate", "isDependentPicklist", "isDeprecatedAndHidden", "isDisplayLocationInDecimal", "isEncrypted",
    "isExternalId", "isFilterable", "isFormulaTreatNullNumberAsZero", "isGroupable", "isHighScaleNumber", "isHtmlFormatted",
    "isIdLookup", "isNameField", "isNamePointing", "isNillable", "isPermissionable", "isQueryByDistance",
    "isRestrictedDelete", "isRestrictedPicklist", "isSearchPrefilterable", "isSortable", "isUnique", "isUpdateable",
    "isWriteRequiresMasterRead",
)  # fmt: skip

_NEVER_PREFILTERED = ("CreatedById", "LastModifiedById", "MasterRecordId", "OwnerId", "RecordTypeId")
_BLANK = "BlankAsBlank"


@platform("Schema.FilteredLookupInfo")
class FilteredLookupInfo(PlatformObject):
    """``Schema.FilteredLookupInfo``."""

    __slots__ = ("controlling", "optional")

    def __init__(self, controlling: Iterable[str], optional: bool) -> None:
        self.controlling, self.optional = tuple(controlling), optional

    def apex_text(self, limit: int | None = None) -> str:
        """Its getters with their values."""
        fields, dependent, optional = (
            to_text(v) for v in (self.getControllingFields(), bool(self.controlling), self.optional)
        )
        return f"Schema.FilteredLookupInfo[getControllingFields={fields};isDependent={dependent};isOptionalFilter={optional};]"

    def getControllingFields(self) -> List:
        """The fields of the record itself that the filter reads."""
        return List(types.list_of(types.STRING), list(self.controlling))

    def isDependent(self) -> bool:
        """Whether the filter reads fields of the record itself."""
        return bool(self.controlling)

    def isOptionalFilter(self) -> bool:
        """Whether the filter refuses nothing."""
        return self.optional


@platform("Schema.DescribeFieldResult")
class DescribeFieldResult(Facts):
    """``Schema.DescribeFieldResult``."""

    __slots__ = ("execution", "token")

    def __init__(self, execution: Any, token: SObjectField) -> None:
        self.execution, self.token = execution, token
        self.info: FieldInfo = token.field

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DescribeFieldResult) and self.token == other.token

    def __hash__(self) -> int:
        return hash(self.token)

    def apex_text(self, limit: int | None = None) -> str:
        """Its getters with their values, as ``String.valueOf`` shows them; lists are not among them."""
        shown = "".join(f"{name}={to_text(getattr(self, name)(), limit)};" for name in _SHOWN)
        return f"Schema.DescribeFieldResult[{shown}]"

    def _can(self, right: str) -> bool:
        return bool(self.execution.host.can(right, self.token.owner.name, self.info.name))

    def getName(self) -> str:
        """The API name."""
        return self.info.name

    def getLocalName(self) -> str:
        """The API name without namespace."""
        return self.info.name

    def getLabel(self) -> str:
        """The label."""
        return self.info.label

    def getType(self) -> EnumValue:
        """The constant of ``Schema.DisplayType``."""
        return enum("Schema.DisplayType")["INTEGER" if self.info.type == "int" else self.info.type.upper()]

    def getSoapType(self) -> EnumValue:
        """The constant of ``Schema.SoapType``."""
        return enum("Schema.SoapType")[_SOAP.get(self.info.type.lower(), "STRING")]

    def getLength(self) -> int:
        """The number of characters of a text."""
        return self.info.length

    def getByteLength(self) -> int:
        """The number of bytes of a text: three for each character."""
        return self.info.length * 3 if self.info.type not in ("id", "reference", "base64") else self.info.length

    def getPrecision(self) -> int:
        """All digits of a number."""
        return self.info.precision

    def getScale(self) -> int:
        """Digits behind the point."""
        return self.info.scale

    def getDigits(self) -> int:
        """The digits of an Integer, 0 for other types."""
        return self.info.precision if self.info.type == "int" else 0

    def getDefaultValue(self) -> Any:
        """The default value."""
        return self.info.default_value

    def getInlineHelpText(self) -> str | None:
        """The help text."""
        return self.info.inline_help_text

    def getSObjectField(self) -> SObjectField:
        """The token."""
        return self.token

    def getSobjectField(self) -> SObjectField:
        """The token."""
        return self.token

    def getSObjectType(self) -> SObjectType:
        """The token of the object."""
        return self.token.owner

    def getRelationshipName(self) -> str | None:
        """The name by which queries reach the parent."""
        return self.info.relationship_name

    def getReferenceTo(self) -> List:
        """The tokens of the objects that the field can point at."""
        names: Iterable[str] = (n for n in self.info.reference_to if self.execution.host.schema.sobject(n) is not None)
        return List(types.list_of(TOKEN), [self.execution.types.get(name) for name in names])

    def getPicklistValues(self) -> List:
        """The values of a picklist."""
        return List(
            types.list_of(platform_rtype(PicklistEntry)), [PicklistEntry(entry) for entry in self.info.picklist]
        )

    def isAccessible(self) -> bool:
        """Whether the running user may see the field."""
        return self._can("read")

    def isCreateable(self) -> bool:
        """Whether the running user may set it on a new record."""
        return self.info.createable and self._can("create")

    def isUpdateable(self) -> bool:
        """Whether the running user may change it."""
        return self.info.updateable and self._can("edit")

    def isPermissionable(self) -> bool:
        """Whether field-level security can be set for it."""
        return bool(self.fact("permissionable"))

    def isNamePointing(self) -> bool:
        """Whether it can point at several kinds of objects."""
        return len(self.info.reference_to) > 1

    def isNillable(self) -> bool:
        """Whether it may be empty."""
        return self.info.nillable

    def isCustom(self) -> bool:
        """Whether it is a custom field."""
        return self.info.custom

    def isCalculated(self) -> bool:
        """Whether it is a formula."""
        return self.info.calculated

    def isUnique(self) -> bool:
        """Whether its values are unique."""
        return self.info.unique

    def isExternalId(self) -> bool:
        """Whether it is an external id."""
        return self.info.external_id

    def isIdLookup(self) -> bool:
        """Whether upsert can find records by it."""
        return self.info.id_lookup

    def isNameField(self) -> bool:
        """Whether it is the object's name."""
        return self.info.name_field

    def isHtmlFormatted(self) -> bool:
        """Whether its text is HTML."""
        return self.info.html_formatted

    def isDefaultedOnCreate(self) -> bool:
        """Whether it gets a value when a record is made."""
        return self.info.defaulted_on_create

    def isAutoNumber(self) -> bool:
        """Whether the org numbers it."""
        return bool(self.fact("auto_number"))

    def isCaseSensitive(self) -> bool:
        """Whether its unique values differ by case."""
        return bool(self.fact("case_sensitive"))

    def isCascadeDelete(self) -> bool:
        """Whether the record goes with its parent."""
        return bool(self.fact("delete_constraint") == "Cascade")

    def isRestrictedDelete(self) -> bool:
        """Whether the parent cannot go while the record is there."""
        return bool(self.fact("delete_constraint") == "Restrict")

    def isRestrictedPicklist(self) -> bool:
        """Whether only its own values may be stored."""
        return bool(self.fact("restricted_picklist"))

    def isDependentPicklist(self) -> bool:
        """Whether another field controls its values."""
        return bool(self.fact("dependent_picklist"))

    def isEncrypted(self) -> bool:
        """Whether it is encrypted."""
        return bool(self.fact("encrypted"))

    def isFilterable(self) -> bool:
        """Whether it can stand in WHERE."""
        return bool(self.fact("filterable"))

    def isSortable(self) -> bool:
        """Whether it can stand in ORDER BY."""
        return bool(self.fact("sortable"))

    def isGroupable(self) -> bool:
        """Whether it can stand in GROUP BY."""
        return bool(self.fact("groupable"))

    def isAggregatable(self) -> bool:
        """Whether aggregate functions take it."""
        return bool(self.fact("aggregatable"))

    def isDeprecatedAndHidden(self) -> bool:
        """Whether it is hidden."""
        return False

    def getCalculatedFormula(self) -> str | None:
        """The text of its formula."""
        found: str | None = self.fact("formula")
        return found

    def getDefaultValueFormula(self) -> str | None:
        """The formula of its default value."""
        found: str | None = self.fact("default_formula")
        return found

    def getRelationshipOrder(self) -> int | None:
        """0 or 1 for the master-detail fields of a junction object."""
        found: int | None = self.fact("relationship_order")
        return found

    def getCompoundFieldName(self) -> str | None:
        """The compound field that it is a part of."""
        found: str | None = self.fact("compound_field_name")
        return found

    def isWriteRequiresMasterRead(self) -> bool:
        """Whether reading the master is enough to write the detail."""
        return bool(self.fact("write_requires_master_read"))

    def getMask(self) -> str | None:
        """The character that hides an encrypted text."""
        found: str | None = self.fact("mask_char")
        return found

    def getMaskType(self) -> str | None:
        """What of an encrypted text is hidden."""
        found: str | None = self.fact("mask_type")
        return found

    def getFilteredLookupInfo(self) -> FilteredLookupInfo | None:
        """What the active filter of a lookup reads."""
        found = self.fact("lookup_filter")
        return None if found is None else FilteredLookupInfo(found.controlling, found.optional)

    def getReferenceTargetField(self) -> str | None:
        """The external id that an indirect lookup goes by, which only external objects have."""
        return None

    def isFormulaTreatNullNumberAsZero(self) -> bool:
        """Whether its formula takes blank numbers for 0."""
        return (
            self.info.calculated and self.fact("formula") is not None and self.fact("formula_treat_blanks_as") != _BLANK
        )

    def isQueryByDistance(self) -> bool:
        """Whether queries can ask for its distance."""
        return self.info.type in ("location", "address")

    def isSearchPrefilterable(self) -> bool:
        """Whether searches can be limited by it."""
        return (
            self.info.type == "reference"
            and bool(self.info.relationship_name)
            and self.info.name not in _NEVER_PREFILTERED
        )

    def isAiPredictionField(self) -> bool:
        """Whether Einstein fills it."""
        return False

    def isDisplayLocationInDecimal(self) -> bool:
        """Whether a geolocation is shown in decimals."""
        return False

    def isHighScaleNumber(self) -> bool:
        """Whether a number has more decimals than its scale says."""
        return False

    def getController(self) -> SObjectField | None:
        """The token of the field that controls its values."""
        name = self.fact("controller_name")
        return None if name is None else self.token.owner.field_token(name)

    def getDescribe(self) -> DescribeFieldResult:
        """Itself."""
        return self


def register_properties(cls: type) -> None:
    """Properties beside the getters: ``result.Name``, ``result.Nillable``."""
    for name in list(vars(cls)):
        for prefix in ("get", "is"):
            if name.startswith(prefix) and name[len(prefix) : len(prefix) + 1].isupper():
                setattr(cls, name[len(prefix) :], property(getattr(cls, name)))


register_properties(DescribeFieldResult)
