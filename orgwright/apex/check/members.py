"""Names and members: locals, fields, properties, SObject fields and relationships, tokens, enum constants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from orgwright.apex.check import typed
from orgwright.apex.check.annotations import annotation
from orgwright.apex.check.base import ExpressionBase
from orgwright.apex.check.context import fields_named, find_field
from orgwright.apex.check.report import Problem
from orgwright.apex.host import FieldInfo, SObjectInfo
from orgwright.apex.syntax import tree
from orgwright.apex.types import library
from orgwright.apex.types.model import (
    BOOLEAN,
    ID,
    INTEGER,
    STRING,
    UNKNOWN,
    PlatformType,
    SObjectType,
    Type,
    UserType,
    is_list,
)
from orgwright.apex.types.sitelabels import is_site_label
from orgwright.apex.types.symbols import ClassSymbol, FieldSymbol

_ROW_CAUSES = ("Manual", "Owner", "Rule", "Team", "ImplicitParent", "ImplicitChild", "TerritoryManual", "TerritoryRule")
_TRIGGER_FLAGS = {
    low.lower(): low for low in ("isExecuting", "isInsert", "isUpdate", "isDelete", "isUndelete", "isBefore", "isAfter")
}


@dataclass(slots=True)
class TypeTarget:
    """A type on the left of a dot."""

    type: Type


@dataclass(slots=True)
class SpaceTarget:
    """A namespace on the left of a dot."""

    name: str


@dataclass(slots=True)
class LabelTarget(SpaceTarget):
    """``Label.ns`` on the left of a dot."""

    namespace: str


Target = typed.Expr | TypeTarget | SpaceTarget


class MemberChecker(ExpressionBase):
    """Typed nodes for everything that is named."""

    # -------------------------------------------------------------------------------------------- names
    def name(self, node: tree.Name) -> typed.Expr:
        """A bare name: must be a variable."""
        found = self.variable(node.name, node.pos)
        if found is None:
            raise Problem(node.pos, f"Variable does not exist: {node.name}")
        return self.read(found, node)

    def read(self, found: typed.Expr, node: tree.Expr) -> typed.Expr:
        """A named value as it is used: a property needs a getter that can be seen, unless ``node`` is what is assigned to."""
        if found.__class__ is typed.PropertyAccess and node is not self.assigned:
            self.check_getter(found, node.pos)
        return found

    def check_getter(self, found: typed.Expr, pos: int) -> None:
        """Refuse to read a property without a getter, or with one that cannot be seen."""
        if isinstance(found, typed.PropertyAccess):
            field = found.field
            if field.getter is None or not self.visible(field.owner, field.getter_visibility, field.test_visible):
                raise Problem(pos, f"Variable is not visible: {field.owner.qualified}.{field.name}")

    def variable(self, name: str, pos: int) -> typed.Expr | None:
        """A local, a field of this class, or a static field of the class around it."""
        low = name.lower()
        local = self.local(low)
        if local is not None:
            if local.type is UNKNOWN:
                raise Problem(pos, None)
            return typed.Local(pos, local.type, local)
        field = find_field(self.symbol, low)
        if field is not None:
            return self.own_field(field, pos)
        outer = self.symbol.outer
        if outer is not None:
            field = find_field(outer, low)
            if field is not None and (field.static or outer.kind == "anonymous"):
                return self.static_access(field, pos)
            if field is not None:
                raise Problem(
                    pos,
                    f"Non static field cannot be referenced from a static context: {field.name} "
                    f"from the type {field.owner.qualified}",
                )
        return None

    def own_field(self, field: FieldSymbol, pos: int) -> typed.Expr:
        """A field named without a receiver."""
        if not self.visible(field.owner, field.visibility, field.test_visible):
            raise Problem(pos, f"Variable is not visible: {field.owner.qualified}.{field.name}")
        if field.static:
            declaring = self.frame.declaring
            if (
                declaring is not None
                and declaring.static
                and declaring.owner is field.owner
                and field.pos > declaring.pos
                and not field.property
                and field.constant is None
            ):
                raise Problem(pos, f"Illegal forward reference: {field.name}")
            return self.static_access(field, pos)
        if self.frame.static or self.frame.chain_args:
            raise Problem(
                pos,
                f"Non static field cannot be referenced from a static context: {field.name} from the type {field.owner.qualified}",
            )
        return self.field_of(typed.This(pos, self.symbol.type), field, pos)

    def static_access(self, field: FieldSymbol, pos: int) -> typed.Expr:
        """A static field or property."""
        if field.type is UNKNOWN:
            raise Problem(pos, None)
        if field.property and self.frame.accessor is not field:
            return typed.PropertyAccess(pos, field.type, None, field)
        return typed.StaticField(pos, field.type, field)

    def field_of(self, target: typed.Expr, field: FieldSymbol, pos: int) -> typed.Expr:
        """An instance field or property of a value."""
        if field.type is UNKNOWN:
            raise Problem(pos, None)
        if field.property and not (self.frame.accessor is field and isinstance(target, typed.This)):
            return typed.PropertyAccess(pos, field.type, target, field)
        return typed.FieldAccess(pos, field.type, target, field)

    # ---------------------------------------------------------------------------------- chains of names
    def operand(self, node: tree.Expr) -> Target:
        """The left of a dot: a value, a type or a namespace."""
        if isinstance(node, tree.Name):
            found = self.variable_or_shadowed(node)
            if found is not None:
                return self.read(found, node)
            kind = self.named(node.name)
            if kind is not None:
                return TypeTarget(kind)
            if (
                node.name.lower() in library.namespaces()
                or node.name.lower() == "page"
                or self._own_namespace(node.name)
            ):
                return SpaceTarget(node.name)
            raise Problem(node.pos, f"Variable does not exist: {node.name}")
        if isinstance(node, tree.Member):
            if isinstance(node.target, tree.Super):
                return self.read(self._super_member(node.name, node.pos), node)
            if isinstance(node.target, tree.Member) and node.target.name.lower() == "fields":
                return self._fields_member(node, node.target)
            base = self.operand(node.target)
            if isinstance(base, TypeTarget | SpaceTarget):
                if node.safe:
                    raise Problem(node.pos, "Safe navigation operator is not allowed on a static reference")
                static = self.static_member(base, node.name, node.pos)
                return static if isinstance(static, TypeTarget | SpaceTarget) else self.read(static, node)
            try:
                return self.read(self.member_of(self.safely(base, node.safe, node.pos), node.name, node.pos), node)
            except Problem:
                behind = self.type_behind(node.target, base)
                if behind is None:
                    raise
                return self.static_member(behind, node.name, node.pos)
        return self.receiver(node)

    def type_behind(self, node: tree.Expr, base: typed.Expr) -> TypeTarget | None:
        """The type whose name a field has too: ``Status status; ... Status.OPEN``. Locals hide types for good."""
        if isinstance(node, tree.Name) and isinstance(
            base, typed.FieldAccess | typed.StaticField | typed.PropertyAccess
        ):
            kind = self.named(node.name)
            return TypeTarget(kind) if kind is not None else None
        return None

    def _fields_member(self, node: tree.Member, fields: tree.Member) -> Target:
        """``Account.SObjectType.fields.Name`` is a token, ``Schema.SObjectType.Account.fields.Name`` a describe."""
        owner = self.operand(fields.target)
        info = None
        if isinstance(owner, typed.SObjectToken):
            info = owner.sobject
        elif isinstance(owner, TypeTarget) and isinstance(owner.type, SObjectType):
            info = owner.type.info
        if info is not None:
            field = info.fields.get(node.name.lower())
            if field is None:
                raise Problem(node.pos, f"Variable does not exist: {node.name}")
            return typed.FieldToken(node.pos, self.world.core("Schema.SObjectField"), info, field)
        if isinstance(owner, TypeTarget | SpaceTarget):
            base = self.static_member(owner, fields.name, fields.pos)
        else:
            base = self.member_of(self.safely(owner, fields.safe, fields.pos), fields.name, fields.pos)
        if isinstance(base, TypeTarget | SpaceTarget):
            return self.static_member(base, node.name, node.pos)
        return self.member_of(self.safely(base, node.safe, node.pos), node.name, node.pos)

    def variable_or_shadowed(self, node: tree.Name) -> typed.Expr | None:
        """A variable; an instance field that cannot be meant in a static context gives way to a type of its name."""
        try:
            return self.variable(node.name, node.pos)
        except Problem:
            if self.local(node.name.lower()) is None and self.named(node.name) is not None:
                return None
            raise

    def _own_namespace(self, name: str) -> bool:
        return self.world.namespace is not None and self.world.namespace.lower() == name.lower()

    def link(self, node: tree.Expr) -> typed.Expr:
        """A member, call or index."""
        if isinstance(node, tree.Member):
            found = self.operand(node)
            if isinstance(found, LabelTarget):
                raise Problem(node.pos, f"External string does not exist: {found.namespace}")
            if isinstance(found, TypeTarget | SpaceTarget):
                raise Problem(node.pos, f"Variable does not exist: {node.name}")
            return found
        if isinstance(node, tree.Index):
            return self.index(node)
        assert isinstance(node, tree.Call)
        return self.call(node)

    def call(self, node: tree.Call) -> typed.Expr:
        """A call: see :mod:`orgwright.apex.check.calls`."""
        raise NotImplementedError

    def index(self, node: tree.Index) -> typed.Expr:
        """``list[i]``."""
        target = self.receiver(node.target)
        if not is_list(target.type) or not isinstance(target.type, PlatformType):
            raise Problem(node.pos, f"Expression must be a list type: {target.type.name}")
        index = self.apart(node.index)
        if index.type is not INTEGER:
            raise Problem(index.pos, f"List index must be of type Integer: {index.type.name}")
        return typed.Index(node.pos, target.type.args[0], target, index)

    # ---------------------------------------------------------------------------------- static members
    def static_member(self, base: TypeTarget | SpaceTarget, name: str, pos: int) -> Target:
        """``Type.name`` or ``namespace.name``."""
        if isinstance(base, LabelTarget):
            return self._label(f"{base.namespace}.{name}", pos)
        if isinstance(base, SpaceTarget):
            if base.name.lower() == "page":
                return self._page(name, pos)
            kind = self.named(f"{base.name}.{name}")
            if kind is None:
                raise Problem(pos, f"Variable does not exist: {name}")
            return TypeTarget(kind)
        kind = base.type
        found: Target | None
        if isinstance(kind, UserType):
            found = self._user_static(kind.symbol, name, pos)
        elif isinstance(kind, SObjectType):
            found = self._sobject_static(kind, name, pos)
        elif isinstance(kind, PlatformType):
            found = self._platform_static(kind, name, pos)
        else:
            found = None
        if found is None:
            raise Problem(pos, f"Variable does not exist: {name}")
        return found

    def _user_static(self, symbol: ClassSymbol, name: str, pos: int) -> Target | None:
        low = name.lower()
        if symbol.kind == "enum":
            for ordinal, constant in enumerate(symbol.constants):
                if constant.lower() == low:
                    return typed.EnumConstant(pos, symbol.type, constant, ordinal)
            return None
        field = find_field(symbol, low)
        if field is not None and field.static:
            if not self.visible(field.owner, field.visibility, field.test_visible):
                raise Problem(pos, f"Variable is not visible: {field.owner.qualified}.{field.name}")
            return self.static_access(field, pos)
        holder: ClassSymbol | None = symbol
        while holder is not None:
            inner = holder.inner.get(low)
            if inner is not None:
                hidden = inner.visibility == "private" and inner.top is not self.symbol.top
                if hidden and not self.visible(
                    inner, "private", annotation(inner.annotations, "testvisible") is not None
                ):
                    raise Problem(pos, f"Type is not visible: {inner.qualified}")
                return TypeTarget(inner.type)
            holder = holder.parent
        if field is not None:
            raise Problem(
                pos,
                f"Non static field cannot be referenced from a static context: {field.name} from the type {field.owner.qualified}",
            )
        return None

    def _platform_static(self, kind: PlatformType, name: str, pos: int) -> Target | None:
        decl, low = kind.decl, name.lower()
        for ordinal, constant in enumerate(decl.constants):
            if constant.lower() == low:
                return typed.EnumConstant(pos, kind, constant, ordinal)
        full = decl.name.lower()
        if full == "system.trigger":
            return self._trigger_variable(low, pos)
        if full == "system.label":
            return self._label(name, pos) if self._has_label(name) else LabelTarget(f"label.{name}", name)
        found = decl.properties.get(low)
        if found is not None and found.static:
            return typed.PlatformValue(pos, self.world.bind(found.type, kind.args), None, found)
        if full == "schema.sobjecttype":
            sobject = self.world.sobject(name)
            if sobject is not None and sobject.info is not None:
                return typed.SObjectDescribe(pos, self.world.core("Schema.DescribeSObjectResult"), sobject.info)
            return None
        inner = self.world.platform(f"{full}.{low}") or self.world.named(f"{full.rpartition('.')[2]}.{low}", None)
        return TypeTarget(inner) if inner is not None else None

    def _page(self, name: str, pos: int) -> typed.Expr:
        """``Page.Start``: a new reference to a Visualforce page of the org."""
        known = self.world.schema.component("ApexPage", name)
        if known is None:
            raise Problem(pos, f"Page does not exist: {name}")
        kind = self.world.core("System.PageReference")
        make = next(c for c in kind.decl.constructors if [p.name for p in c.parameters] == ["String"])
        return typed.NewPlatform(pos, kind, make, (typed.Literal(pos, STRING, f"/apex/{known.lower()}"),))

    def _has_label(self, name: str) -> bool:
        return is_site_label(name) or self.world.schema.has_label(name)

    def _label(self, name: str, pos: int) -> typed.Expr:
        """A custom label; the org's own namespace may be written before its name."""
        own, _, bare = name.partition(".")
        if not self._has_label(name) and bare and self._own_namespace(own):
            name = bare
        if not self._has_label(name):
            raise Problem(pos, f"External string does not exist: {name}")
        return typed.Label(pos, STRING, name)

    def _trigger_variable(self, low: str, pos: int) -> typed.Expr | None:
        if low in _TRIGGER_FLAGS:
            return typed.TriggerVariable(pos, BOOLEAN, _TRIGGER_FLAGS[low])
        row = self.trigger_type or self.world.sobject_base
        if low in ("new", "old"):
            return typed.TriggerVariable(pos, self.world.list_of(row), low)
        if low in ("newmap", "oldmap"):
            return typed.TriggerVariable(pos, self.world.map_of(ID, row), low[:3] + "Map")
        if low == "size":
            return typed.TriggerVariable(pos, INTEGER, "size")
        if low == "operationtype":
            return typed.TriggerVariable(pos, self.world.core("System.TriggerOperation"), "operationType")
        return None

    def _sobject_static(self, kind: SObjectType, name: str, pos: int) -> Target | None:
        info, low = kind.info, name.lower()
        if info is None:
            if low == "sobjecttype" and kind is self.world.aggregate:
                token = self.world.core("Schema.SObjectType")
                return typed.SObjectToken(pos, token, cast("SObjectInfo", _Aggregate()))
            return None
        if low == "sobjecttype":
            return typed.SObjectToken(pos, self.world.core("Schema.SObjectType"), info)
        if low == "fields":
            return typed.PlatformValue(
                pos,
                self.world.core("Schema.SObjectTypeFields"),
                typed.SObjectDescribe(pos, self.world.core("Schema.DescribeSObjectResult"), info),
                self.world.core("Schema.DescribeSObjectResult").decl.properties["fields"],
            )
        field = info.fields.get(low)
        if field is not None:
            return typed.FieldToken(pos, self.world.core("Schema.SObjectField"), info, field)
        parent = self.world.parent(info, name)
        if parent is not None:
            return TypeTarget(parent[1])
        return None

    # -------------------------------------------------------------------------------- members of values
    def member_of(self, target: typed.Expr, name: str, pos: int) -> typed.Expr:
        """``value.name``."""
        kind = target.type
        found: typed.Expr | None = None
        if isinstance(kind, SObjectType):
            found = self._sobject_member(target, kind, name, pos)
        elif isinstance(kind, UserType):
            found = self._user_member(target, kind.symbol, name, pos)
        elif isinstance(kind, PlatformType):
            row = self.row(target)
            if row is not None:
                return self.member_of(row, name, pos)
            found = self._platform_member(target, kind, name, pos)
        if found is None:
            raise Problem(pos, f"Variable does not exist: {name}")
        return found

    def _user_member(self, target: typed.Expr, symbol: ClassSymbol, name: str, pos: int) -> typed.Expr | None:
        named = list(fields_named(symbol, name.lower()))
        # a static field hides no instance field of a class above
        field = next((field for field in named if not field.static), next(iter(named), None))
        if field is None:
            return None
        if not self.visible(field.owner, field.visibility, field.test_visible):
            raise Problem(pos, f"Variable is not visible: {field.owner.qualified}.{field.name}")
        if field.static:
            raise Problem(
                pos,
                f"Static field cannot be referenced from a non static context: {field.name} from the type {field.owner.qualified}",
            )
        return self.field_of(target, field, pos)

    def _platform_member(self, target: typed.Expr, kind: PlatformType, name: str, pos: int) -> typed.Expr | None:
        low = name.lower()
        if isinstance(target, typed.FieldToken) and target.field.name == "RowCause":
            reason = self._row_cause(target.sobject.name, name)
            return typed.Literal(pos, STRING, reason) if reason is not None else None
        info = _described(target)
        if info is not None and isinstance(target, typed.PlatformValue):
            if target.property.name.lower() == "fields":
                field = info.fields.get(low)
                if field is not None:
                    return typed.FieldDescribe(pos, self.world.core("Schema.DescribeFieldResult"), info, field)
            elif target.property.name.lower() == "fieldsets":
                return typed.FieldSetDescribe(pos, self.world.core("Schema.FieldSet"), info, name)
        for above in self.conversions.supertypes(kind):
            if isinstance(above, PlatformType):
                found = above.decl.properties.get(low)
                if found is not None and not found.static:
                    return typed.PlatformValue(pos, self.world.bind(found.type, above.args), target, found)
        return None

    def _row_cause(self, share: str, name: str) -> str | None:
        """``Log__Share.RowCause.Team__c``: an Apex sharing reason of the object; ``Manual`` is everybody's."""
        standard = next((cause for cause in _ROW_CAUSES if cause.lower() == name.lower()), None)
        if standard is not None or not share.endswith("__Share"):
            return standard
        found = self.world.schema.component("SharingReason", f"{share.removesuffix('__Share')}__c.{name}")
        return found.rpartition(".")[2] if found is not None else None

    def _sobject_member(self, target: typed.Expr, kind: SObjectType, name: str, pos: int) -> typed.Expr | None:
        info = kind.info
        if info is None:
            found = self.world.core("System.SObject").decl.properties.get(name.lower())
            return typed.PlatformValue(pos, found.type, target, found) if found else None
        field = self.world.field(info, name)
        if field is not None:
            return typed.SObjectField(pos, self.world.field_type(field), target, field)
        parent = self.world.parent(info, name)
        if parent is not None:
            relationship = parent[0].relationship_name
            assert relationship is not None
            return typed.SObjectParent(pos, parent[1], target, relationship, parent[0])
        child = self.world.child(info, name)
        if child is not None:
            assert child[0].relationship_name is not None
            return typed.SObjectChildren(
                pos, self.world.list_of(child[1]), target, child[0].relationship_name, child[0]
            )
        return None

    # ------------------------------------------------------------------------------------- assignments
    def target(self, node: tree.Expr) -> typed.Expr:
        """What may stand on the left of ``=``."""
        if isinstance(node, tree.Paren):
            return self.target(node.inner)
        if not isinstance(node, tree.Name | tree.Member | tree.Index):
            raise Problem(node.pos, "Expression cannot be assigned")
        around, self.assigned = self.assigned, node
        try:
            found = self.expr(node)
        finally:
            self.assigned = around
        if isinstance(found, typed.Local | typed.Index):
            return found
        if isinstance(found, typed.FieldAccess | typed.StaticField):
            self._check_final(found.field, found, node.pos)
            return found
        if isinstance(found, typed.PropertyAccess):
            self._check_setter(found.field, node.pos)
            return found
        if isinstance(found, typed.SObjectField):
            kind = found.target.type
            assert isinstance(kind, SObjectType)
            if not writeable(kind, found.field):
                raise Problem(node.pos, f"Field is not writeable: {kind.name}.{found.field.name}")
            return found
        if isinstance(found, typed.SObjectParent):
            return found
        if isinstance(found, typed.PlatformValue) and not found.property.readonly:
            return found
        raise Problem(node.pos, "Expression cannot be assigned")

    def _check_final(self, field: FieldSymbol, access: typed.Expr, pos: int) -> None:
        if not field.final or self.frame.accessor is field:
            return
        inherits = self.conversions.is_subtype(self.symbol.type, field.owner.type)
        own = inherits and (field.static or isinstance(getattr(access, "target", None), typed.This))
        if own and self.frame.initialising and field.static == self.frame.static:
            return
        raise Problem(
            pos, f"Final members can only be assigned in their declaration, init blocks, or constructors: {field.name}"
        )

    def _check_setter(self, field: FieldSymbol, pos: int) -> None:
        if field.setter is None:
            raise Problem(pos, f"Variable is not visible: {field.owner.qualified}.{field.name}")
        if not self.visible(field.owner, field.setter_visibility, field.test_visible):
            raise Problem(pos, f"Variable is not visible: {field.owner.qualified}.{field.name}")

    # --------------------------------------------------------------------------------------- this, class
    def this(self, node: tree.This) -> typed.Expr:
        """``this``."""
        if self.frame.static:
            raise Problem(node.pos, "This cannot be referenced in a static context")
        return typed.This(node.pos, self.symbol.type)

    def _super_member(self, name: str, pos: int) -> typed.Expr:
        """``super.name``: a field or property of the class above, whatever this class overrides."""
        if self.frame.static:
            raise Problem(pos, "Super cannot be referenced in a static context")
        above = self.symbol.super
        if not isinstance(above, UserType):
            raise Problem(pos, f"Variable does not exist: {name}")
        found = self.member_of(typed.This(pos, above), name, pos)
        if isinstance(found, typed.PropertyAccess):
            found.direct = True
        return found

    def super_alone(self, node: tree.Super) -> typed.Expr:
        """``super`` is only a receiver of calls and properties."""
        raise Problem(node.pos, "Unexpected token 'super'.")

    def class_literal(self, node: tree.ClassLiteral) -> typed.Expr:
        """``T.class``."""
        return typed.TypeLiteral(node.pos, self.world.core("System.Type"), self.type(node.type))


def writeable(kind: SObjectType, field: FieldInfo) -> bool:
    """Whether Apex may set the field in memory.

    Ids can always be set; rows of custom metadata and change events exist only in memory, all of them can.
    """
    if field.type == "id" or kind.name.lower().endswith(("__mdt", "changeevent")):
        return True
    return not field.calculated and (field.createable or field.updateable)


@dataclass(frozen=True)
class _Aggregate:
    """What of an object's description a token needs: rows of aggregate queries have no other."""

    name: str = "AggregateResult"


def _described(target: typed.Expr) -> SObjectInfo | None:
    """The SObject whose ``fields`` or ``fieldSets`` these are, when it is known statically."""
    if isinstance(target, typed.PlatformValue) and isinstance(target.target, typed.SObjectDescribe):
        return target.target.sobject
    return None
