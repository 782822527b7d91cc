"""Schema describe (Apex Reference Guide, Schema Namespace), over the org's schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orgwright.apex.host import ChildInfo, FieldInfo, PicklistValue, SObjectInfo
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.enums import enum
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List, Map
from orgwright.apex.runtime.exceptions import InvalidParameterValueException
from orgwright.apex.runtime.sobject import SObjectField, SObjectType
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import EnumValue, Id, PlatformObject

MASTER_RECORD_TYPE = "012000000000000AAA"
_SOAP = {
    "id": "ID", "reference": "ID", "boolean": "BOOLEAN", "int": "INTEGER", "long": "LONG", "double": "DOUBLE",
    "currency": "DOUBLE", "percent": "DOUBLE", "date": "DATE", "datetime": "DATETIME", "time": "TIME",
    "base64": "BASE64BINARY", "address": "ADDRESS", "location": "LOCATION", "anytype": "ANYTYPE",
}  # fmt: skip


def _rtype(cls: type[PlatformObject]) -> RType:
    return RType("platform", cls.apex_type, (), cls)


_TOKEN = _rtype(SObjectType)
_FIELD = _rtype(SObjectField)


class _Facts(PlatformObject):
    """What a describe result tells, read from the schema's object of that thing by name.

    ``facts`` maps the Apex property (lower case) to the attribute; a fact that the schema does not know is not
    supported.
    """

    __slots__ = ("info",)

    def fact(self, name: str) -> Any:
        """An attribute of the schema's description; NotSupported when the schema does not carry it."""
        found = getattr(self.info, name, _UNKNOWN)  # type: ignore[attr-defined]
        if found is _UNKNOWN:
            from orgwright.apex.runtime.exceptions import NotSupported

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


@platform("Schema.DescribeFieldResult")
class DescribeFieldResult(_Facts):
    """``Schema.DescribeFieldResult``."""

    __slots__ = ("execution", "token")

    def __init__(self, execution: Any, token: SObjectField) -> None:
        self.execution, self.token = execution, token
        self.info: FieldInfo = token.field

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DescribeFieldResult) and self.token == other.token

    def __hash__(self) -> int:
        return hash(self.token)

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
        return List(types.list_of(_TOKEN), [self.execution.types.get(name) for name in names])

    def getPicklistValues(self) -> List:
        """The values of a picklist."""
        return List(types.list_of(_rtype(PicklistEntry)), [PicklistEntry(entry) for entry in self.info.picklist])

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
        plain = self.info.nillable or self.info.calculated
        return self.info.type not in ("id",) and plain and not self.info.name_field

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
        return bool(self.fact("cascade_delete"))

    def isRestrictedDelete(self) -> bool:
        """Whether the parent cannot go while the record is there."""
        return bool(self.fact("restricted_delete"))

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
        found: str | None = self.fact("calculated_formula")
        return found

    def getDefaultValueFormula(self) -> str | None:
        """The formula of its default value."""
        found: str | None = self.fact("default_value_formula")
        return found

    def getRelationshipOrder(self) -> int | None:
        """0 or 1 for the master-detail fields of a junction object."""
        found: int | None = self.fact("relationship_order")
        return found

    def getController(self) -> SObjectField | None:
        """The token of the field that controls its values."""
        name = self.fact("controller_name")
        return None if name is None else self.token.owner.field_token(name)

    def getDescribe(self) -> DescribeFieldResult:
        """Itself."""
        return self


def _register_properties(cls: type) -> None:
    """Properties beside the getters: ``result.Name``, ``result.Nillable``."""
    for name in list(vars(cls)):
        for prefix in ("get", "is"):
            if name.startswith(prefix) and name[len(prefix) : len(prefix) + 1].isupper():
                setattr(cls, name[len(prefix) :], property(getattr(cls, name)))


_register_properties(DescribeFieldResult)


# ------------------------------------------------------------------------------------------ objects


@platform("Schema.ChildRelationship")
class ChildRelationship(PlatformObject):
    """``Schema.ChildRelationship``."""

    __slots__ = ("execution", "info")

    def __init__(self, execution: Any, info: ChildInfo) -> None:
        self.execution, self.info = execution, info

    def getChildSObject(self) -> SObjectType:
        """The token of the child object."""
        found: SObjectType = self.execution.types.get(self.info.child)
        return found

    def getField(self) -> SObjectField:
        """The token of the child's field."""
        return self.getChildSObject().field_token(self.info.field)

    def getRelationshipName(self) -> str | None:
        """The name by which queries reach the children."""
        return self.info.relationship_name

    def isCascadeDelete(self) -> bool:
        """Whether children go with the parent."""
        return self.info.cascade_delete

    def isRestrictedDelete(self) -> bool:
        """Whether the parent cannot go while it has children."""
        return bool(getattr(self.info, "restricted_delete", False))

    def isDeprecatedAndHidden(self) -> bool:
        """Whether it is hidden."""
        return False


_register_properties(ChildRelationship)


@platform("Schema.RecordTypeInfo")
class RecordTypeInfo(PlatformObject):
    """``Schema.RecordTypeInfo``."""

    __slots__ = ("active", "default", "developer_name", "id", "master", "name")

    def __init__(self, id: str, name: str, developer_name: str, *, active: bool, default: bool, master: bool) -> None:
        self.id, self.name, self.developer_name = Id(id), name, developer_name
        self.active, self.default, self.master = active, default, master

    def getName(self) -> str:
        """The label."""
        return self.name

    def getDeveloperName(self) -> str:
        """The API name."""
        return self.developer_name

    def getRecordTypeId(self) -> Id:
        """The Id."""
        return self.id

    def isActive(self) -> bool:
        """Whether it is active."""
        return self.active

    def isAvailable(self) -> bool:
        """Whether the running user may choose it."""
        return self.active

    def isDefaultRecordTypeMapping(self) -> bool:
        """Whether it is the running user's default."""
        return self.default

    def isMaster(self) -> bool:
        """Whether it is the master record type."""
        return self.master


_register_properties(RecordTypeInfo)


@platform("Schema.SObjectTypeFields")
class Fields(PlatformObject):
    """What ``describe.fields`` is."""

    __slots__ = ("token",)

    def __init__(self, token: SObjectType) -> None:
        self.token = token

    def getMap(self) -> Map:
        """The tokens by lower-case name; lookup ignores case."""
        info = self.token.info
        names = info.fields if info is not None else {}
        return folding_map(_FIELD, {name: self.token.field_token(name) for name in names})


def folding_map(value: RType, data: dict[str, Any]) -> Map:
    """A read-only ``Map<String,X>`` whose keys are lower case and whose lookup ignores case."""
    made = Map(types.map_of(types.STRING, value), data, folds=True)
    made.read_only()
    return made


@platform("Schema.DescribeSObjectResult")
class DescribeSObjectResult(_Facts):
    """``Schema.DescribeSObjectResult``."""

    __slots__ = ("execution", "token")

    def __init__(self, execution: Any, token: SObjectType) -> None:
        self.execution, self.token = execution, token
        assert token.info is not None
        self.info: SObjectInfo = token.info

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DescribeSObjectResult) and self.token == other.token

    def __hash__(self) -> int:
        return hash(self.token)

    def _can(self, right: str) -> bool:
        return bool(self.execution.host.can(right, self.info.name, None))

    def getName(self) -> str:
        """The API name."""
        return self.info.name

    def getLocalName(self) -> str:
        """The API name without namespace."""
        return self.info.name

    def getLabel(self) -> str:
        """The label."""
        return self.info.label

    def getLabelPlural(self) -> str:
        """The plural label."""
        return self.info.label_plural

    def getKeyPrefix(self) -> str | None:
        """The first three characters of its Ids."""
        return self.info.key_prefix

    def getSObjectType(self) -> SObjectType:
        """The token."""
        return self.token

    def getFields(self) -> Fields:
        """The fields."""
        return Fields(self.token)

    def getChildRelationships(self) -> List:
        """Relationships from children."""
        known = self.execution.host.schema.sobject
        rows = [ChildRelationship(self.execution, child) for child in self.info.children if known(child.child)]
        return List(types.list_of(_rtype(ChildRelationship)), rows)

    def isAccessible(self) -> bool:
        """Whether the running user may read records."""
        return self._can("read")

    def isCreateable(self) -> bool:
        """Whether the running user may create records."""
        return self.info.createable and self._can("create")

    def isUpdateable(self) -> bool:
        """Whether the running user may change records."""
        return self.info.updateable and self._can("edit")

    def isDeletable(self) -> bool:
        """Whether the running user may delete records."""
        return self.info.deletable and self._can("delete")

    def isUndeletable(self) -> bool:
        """Whether records can be undeleted."""
        return bool(self.fact("undeletable"))

    def isQueryable(self) -> bool:
        """Whether it can be queried."""
        return self.info.queryable

    def isSearchable(self) -> bool:
        """Whether it can be searched."""
        return bool(self.fact("searchable"))

    def isMergeable(self) -> bool:
        """Whether records can be merged."""
        return bool(self.fact("mergeable"))

    def isFeedEnabled(self) -> bool:
        """Whether it has Chatter feeds."""
        return bool(self.fact("feed_enabled"))

    def isCustom(self) -> bool:
        """Whether it is a custom object."""
        return self.info.custom

    def isCustomSetting(self) -> bool:
        """Whether it is a custom setting."""
        return bool(self.fact("custom_setting"))

    def isDeprecatedAndHidden(self) -> bool:
        """Whether it is hidden."""
        return False

    def _record_types(self) -> list[RecordTypeInfo]:
        rows = []
        if self.execution.host.schema.sobject("RecordType") is not None:
            soql = "SELECT Id, Name, DeveloperName, IsActive FROM RecordType WHERE SobjectType = :object ORDER BY DeveloperName"
            rows = self.execution.host.query(soql, {"object": self.info.name}, access="system", all_rows=False)
        found = [
            RecordTypeInfo(
                row.fields["Id"], row.fields["Name"], row.fields["DeveloperName"],
                active=bool(row.fields["IsActive"]), default=False, master=False,
            )
            for row in rows
        ]  # fmt: skip
        master = RecordTypeInfo(MASTER_RECORD_TYPE, "Master", "Master", active=True, default=not found, master=True)
        return [*found, master]

    def getRecordTypeInfos(self) -> List:
        """The record types, the master last."""
        return List(types.list_of(_rtype(RecordTypeInfo)), list(self._record_types()))

    def _record_types_by(self, key: RType, name: str) -> Map:
        value = _rtype(RecordTypeInfo)
        return Map.of(types.map_of(key, value), [(getattr(info, name), info) for info in self._record_types()])

    def getRecordTypeInfosByName(self) -> Map:
        """The record types by label."""
        return self._record_types_by(types.STRING, "name")

    def getRecordTypeInfosByDeveloperName(self) -> Map:
        """The record types by API name."""
        return self._record_types_by(types.STRING, "developer_name")

    def getRecordTypeInfosById(self) -> Map:
        """The record types by Id."""
        return self._record_types_by(types.ID, "id")


_register_properties(DescribeSObjectResult)


# ------------------------------------------------------------------------------------------- tokens


def sobject_describe(execution: Any, token: SObjectType) -> DescribeSObjectResult:
    """The describe result of an object."""
    return DescribeSObjectResult(execution, execution.types.get(token.name))


def field_describe(execution: Any, token: SObjectField) -> DescribeFieldResult:
    """The describe result of a field."""
    return DescribeFieldResult(execution, token)


@native("Schema.SObjectType.getDescribe", context=True)
def describe_type(execution: Any, token: SObjectType, options: Any = None) -> DescribeSObjectResult:
    return sobject_describe(execution, token)


@native("Schema.SObjectField.getDescribe", context=True)
def describe_field(execution: Any, token: SObjectField, options: Any = None) -> DescribeFieldResult:
    return field_describe(execution, token)


@native("Schema.getGlobalDescribe", context=True)
def global_describe(execution: Any) -> Map:
    """All tokens by lower-case name."""
    found = execution.store.get("global describe")
    if found is None:
        names = execution.host.schema.sobject_names()
        found = folding_map(_TOKEN, {name.lower(): execution.types.get(name) for name in sorted(names)})
        execution.store["global describe"] = found
    assert isinstance(found, Map)
    return found


@native("Schema.describeSObjects", context=True)
def describe_sobjects(execution: Any, names: Any, options: Any = None) -> List:
    """The describe results of objects by name, in the order asked for."""
    if names is None:
        raise null_argument(1)
    found = []
    for name in names:
        info = None if name is None else execution.host.schema.sobject(name)
        if info is None:
            raise InvalidParameterValueException(
                f"Invalid sobject provided. The Schema.describeSObject() methods does not support the {name} sobject as a "
                "parameter. The sobject provided does not exist."
            )
        found.append(sobject_describe(execution, execution.types.get(info.name)))
    return List(types.list_of(_rtype(DescribeSObjectResult)), found)
