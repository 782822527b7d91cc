"""Schema describe of objects (Apex Reference Guide, Schema Namespace), over the org's schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orgwright.apex.host import ChildInfo, FieldInfo, SObjectInfo
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.describefields import (
    FIELD,
    TOKEN,
    DescribeFieldResult,
    Facts,
    platform_rtype,
    register_properties,
)
from orgwright.apex.library.registry import native, platform
from orgwright.apex.library.textshape import text_list
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import InvalidParameterValueException
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.tokens import SObjectField, SObjectType
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import Id, PlatformObject

MASTER_RECORD_TYPE = "012000000000000AAA"


# ------------------------------------------------------------------------------------------ objects


@platform("Schema.ChildRelationship")
class ChildRelationship(PlatformObject):
    """``Schema.ChildRelationship``."""

    __slots__ = ("execution", "info")

    def __init__(self, execution: Any, info: ChildInfo) -> None:
        self.execution, self.info = execution, info

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ChildRelationship) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[str, str, str | None]:
        return self.info.child, self.info.field, self.info.relationship_name

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

    def getJunctionIdListNames(self) -> List:
        """The junction id lists of the parent that the children are behind."""
        return text_list(self.info.junction_names)

    def getJunctionReferenceTo(self) -> List:
        """The tokens of what those lists may name."""
        tokens = [self.execution.types.get(name) for name in self.info.junction_targets]
        return List(types.list_of(platform_rtype(SObjectType)), tokens)

    def isCascadeDelete(self) -> bool:
        """Whether children go with the parent."""
        return self.info.cascade_delete

    def isRestrictedDelete(self) -> bool:
        """Whether the parent cannot go while it has children."""
        return bool(getattr(self.info, "restricted_delete", False))

    def isDeprecatedAndHidden(self) -> bool:
        """Whether it is hidden."""
        return False


register_properties(ChildRelationship)


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


register_properties(RecordTypeInfo)


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
        return folding_map(FIELD, {name: self.token.field_token(name) for name in names})


def folding_map(value: RType, data: dict[str, Any]) -> Map:
    """A read-only ``Map<String,X>`` whose keys are lower case and whose lookup ignores case."""
    made = Map(types.map_of(types.STRING, value), data, folds=True)
    made.read_only()
    return made


@dataclass(frozen=True)
class NoObject:
    """What describes tell of ``AggregateResult`` and ``SObject``, which no org has as objects."""

    name: str
    label: str = ""
    label_plural: str = ""
    key_prefix: str | None = None
    custom: bool = False
    createable: bool = False
    updateable: bool = False
    deletable: bool = False
    queryable: bool = False
    undeletable: bool = False
    searchable: bool = False
    mergeable: bool = False
    feed_enabled: bool = False
    custom_setting: bool = False
    mru_enabled: bool = False
    publish_behavior: str | None = None
    associate_kind: str | None = None
    associate_parent: str | None = None
    fields: Mapping[str, FieldInfo] = field(default_factory=dict)
    children: Sequence[ChildInfo] = ()
    junctions: Mapping[str, FieldInfo] = field(default_factory=dict)


@platform("Schema.DescribeSObjectResult")
class DescribeSObjectResult(Facts):
    """``Schema.DescribeSObjectResult``."""

    __slots__ = ("execution", "token")

    def __init__(self, execution: Any, token: SObjectType) -> None:
        self.execution, self.token = execution, token
        self.info: SObjectInfo = token.info if token.info is not None else NoObject(token.name)

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
        return List(types.list_of(platform_rtype(ChildRelationship)), rows)

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

    def isMruEnabled(self) -> bool:
        """Whether it has lists of records used last."""
        return bool(self.fact("mru_enabled"))

    def isDeprecatedAndHidden(self) -> bool:
        """Whether it is hidden."""
        return False

    def getAssociateEntityType(self) -> str | None:
        """What the object is to another one: ``History``, ``Share``, ``Feed`` or ``ChangeEvent``."""
        return self.info.associate_kind

    def getAssociateParentEntity(self) -> str | None:
        """The object whose history, shares, feed or changes these are."""
        return self.info.associate_parent

    def _record_types(self) -> list[RecordTypeInfo]:
        rows = []
        default = self.execution.host.default_record_type(self.info.name)
        if self.execution.host.schema.sobject("RecordType") is not None:
            soql = "SELECT Id, Name, DeveloperName, IsActive FROM RecordType WHERE SobjectType = :object ORDER BY DeveloperName"
            rows = self.execution.host.query(soql, {"object": self.info.name}, access="system", all_rows=False)
        found = [
            RecordTypeInfo(
                row.fields["Id"], row.fields["Name"], row.fields["DeveloperName"],
                active=bool(row.fields["IsActive"]), default=row.fields["Id"] == default, master=False,
            )
            for row in rows
        ]  # fmt: skip
        master = RecordTypeInfo(
            MASTER_RECORD_TYPE, "Master", "Master", active=True, default=default is None, master=True
        )
        return [*found, master]

    def getRecordTypeInfos(self) -> List:
        """The record types, the master last."""
        return List(types.list_of(platform_rtype(RecordTypeInfo)), list(self._record_types()))

    def _record_types_by(self, key: RType, name: str) -> Map:
        value = platform_rtype(RecordTypeInfo)
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


register_properties(DescribeSObjectResult)


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
    found = execution.state.get("global describe")
    if found is None:
        found = execution.state["global describe"] = folding_map(TOKEN, dict(execution.types.all()))
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
    return List(types.list_of(platform_rtype(DescribeSObjectResult)), found)
