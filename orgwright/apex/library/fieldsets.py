"""Field sets (Apex Reference Guide, FieldSet and FieldSetMember Classes), as they were deployed to the org."""

from __future__ import annotations

from typing import Any

from orgwright.apex.host import FieldInfo, FieldSetInfo
from orgwright.apex.library.describe import folding_map
from orgwright.apex.library.describefields import platform_rtype, register_properties
from orgwright.apex.library.enums import enum
from orgwright.apex.library.registry import getter, native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import NotSupported
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.tokens import SObjectField, SObjectType
from orgwright.apex.runtime.values import EnumValue, PlatformObject


@platform("Schema.FieldSetMember")
class FieldSetMember(PlatformObject):
    """``Schema.FieldSetMember``: a field, perhaps of a parent, in a field set."""

    __slots__ = ("owner", "path", "required", "token")

    def __init__(self, owner: SObjectType, token: SObjectType, path: str, required: bool) -> None:
        self.owner, self.token, self.path, self.required = owner, token, path, required

    @property
    def info(self) -> FieldInfo:
        """The field at the end of the path."""
        found = self.token.field(self.path.rpartition(".")[2])
        if found is None:
            raise NotSupported(f"the field {self.path} of a field set of {self.owner.name}")
        return found

    def getFieldPath(self) -> str:
        """The path from the object of the set: ``Owner.Name``."""
        return self.path

    def getLabel(self) -> str:
        """The field's label."""
        return self.info.label

    def getRequired(self) -> bool:
        """Whether the set requires the field."""
        return self.required

    def getDbRequired(self) -> bool:
        """Whether the field itself is required."""
        return not self.info.nillable and self.info.createable and not self.info.defaulted_on_create

    def getType(self) -> EnumValue:
        """The field's ``Schema.DisplayType``."""
        kind = self.info.type
        return enum("Schema.DisplayType")["INTEGER" if kind == "int" else kind.upper()]

    def getSObjectField(self) -> SObjectField:
        """The field's token."""
        return self.token.field_token(self.info.name)


register_properties(FieldSetMember)
MEMBERS = types.list_of(platform_rtype(FieldSetMember))


@platform("Schema.FieldSet")
class FieldSet(PlatformObject):
    """``Schema.FieldSet``."""

    __slots__ = ("execution", "info", "token")

    def __init__(self, execution: Any, token: SObjectType, info: FieldSetInfo) -> None:
        self.execution, self.token, self.info = execution, token, info

    def getName(self) -> str:
        """The name."""
        return self.info.name

    def getLabel(self) -> str:
        """The label."""
        return self.info.label

    def getDescription(self) -> str | None:
        """The description."""
        return self.info.description or None

    def getNameSpace(self) -> str | None:
        """No namespace: field sets of packages are not known here."""
        return None

    def getSObjectType(self) -> SObjectType:
        """The token of the object that has the set."""
        return self.token

    def getFields(self) -> List:
        """The fields, in the set's order."""
        return List(MEMBERS, [self._member(path, required) for path, required in self.info.fields])

    def _member(self, path: str, required: bool) -> FieldSetMember:
        token = self.token
        for step in path.split(".")[:-1]:
            parent = token.parents.get(step.lower())
            if parent is None or not parent.reference_to:
                raise NotSupported(f"the field {path} of a field set of {self.token.name}")
            token = self.execution.types.get(parent.reference_to[0])
        return FieldSetMember(self.token, token, path, required)


register_properties(FieldSet)
SET = platform_rtype(FieldSet)


@platform("Schema.SObjectTypeFieldSets")
class FieldSets(PlatformObject):
    """What ``describe.fieldSets`` is."""

    __slots__ = ("execution", "token")

    def __init__(self, execution: Any, token: SObjectType) -> None:
        self.execution, self.token = execution, token

    def getMap(self) -> Map:
        """The field sets of the object by lower-case name."""
        found = self.execution.host.field_sets(self.token.name)
        return folding_map(SET, {info.name.lower(): FieldSet(self.execution, self.token, info) for info in found})

    @staticmethod
    def named(execution: Any, sobject: str, name: str) -> FieldSet:
        """``Schema.SObjectType.Account.fieldSets.Name``: generated code calls this."""
        for info in execution.host.field_sets(sobject):
            if info.name.lower() == name.lower():
                return FieldSet(execution, execution.types.get(sobject), info)
        raise NotSupported(f"the missing field set {sobject}.{name}")


@getter("Schema.DescribeSObjectResult.FieldSets", context=True)
@native("Schema.DescribeSObjectResult.getFieldSets", context=True)
def field_sets(execution: Any, described: Any) -> FieldSets:
    return FieldSets(execution, described.token)
