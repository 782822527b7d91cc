"""The SELECT list of a query of records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgwright.apex.host import QueryProblem
from orgwright.localorg.schema.model import ChildRelationship, Field, SObjectType
from orgwright.localorg.soql import problem
from orgwright.localorg.soql.conditions import Expression
from orgwright.localorg.soql.context import Against
from orgwright.localorg.soql.names import Ref, Scope, Step
from orgwright.localorg.soql.result import Column
from orgwright.localorg.soql.shape import Child, Compound, Parent, Shape, Slot
from orgwright.localorg.soql.tree import Call, Fields, Item, Path, Query, TypeOf
from orgwright.localorg.store.tables import quote

if TYPE_CHECKING:
    from orgwright.localorg.soql.compile import Children

_MAX_UNBOUNDED = 200
_ADDRESS_PARTS = {
    "street": "street", "city": "city", "state": "state", "postalCode": "postalcode", "country": "country",
    "latitude": "latitude", "longitude": "longitude", "geocodeAccuracy": "geocodeaccuracy",
    "stateCode": "statecode", "countryCode": "countrycode",
}  # fmt: skip


@dataclass
class Selection:
    """Collects SQL columns and the shape of the record that they make."""

    against: Against
    scope: Scope
    subquery: Callable[[Query, SObjectType], tuple[ChildRelationship, Children]]
    function: Callable[[Call], Expression]
    shape: Shape = field(init=False)
    expressions: list[str] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    children: list[Children] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.shape = Shape(self.scope.sobject.name, with_id=self.scope.against.with_ids)

    def sql(self) -> str:
        """The columns."""
        return ", ".join(self.expressions)

    def add_all(self, query: Query) -> None:
        """Every item of the query's SELECT list."""
        for item in query.select:
            if isinstance(item, Query):
                self._subquery(item)
            elif isinstance(item, TypeOf):
                self._type_of(item)
            elif isinstance(item, Fields):
                self._fields(item, query)
            else:
                self._item(item)

    def finish(self, hidden: tuple[str, ...]) -> None:
        """Add the hidden Id, and other hidden columns behind it."""
        if "id" in self.scope.sobject.fields:
            self.shape.id_column = self._column(f'{self.scope.alias}."Id"')
        for one in hidden:
            self._column(one)

    def _column(self, sql: str) -> int:
        self.expressions.append(sql)
        return len(self.expressions) - 1

    def _item(self, item: Item) -> None:
        if isinstance(item.what, Call):
            self._call(item.what, item.alias)
            return
        if item.alias is not None:
            raise problem.malformed("only aggregate expressions use field aliasing", item.what.at)
        self._path(item.what)

    def _call(self, call: Call, alias: str | None) -> None:
        if call.name == "FORMAT" and alias is None and self.against.form == "typed":
            # a field of an SObject in Apex keeps its type: only an alias shows the text
            argument = call.arguments[0] if len(call.arguments) == 1 else None
            if isinstance(argument, Path):
                return self._path(argument)
        found = self.function(call)
        key = alias or (found.field.name if found.field is not None else found.name)
        self._once(key, call.at)
        self.shape.entries.append(Slot(key, self._column(found.sql), found.type, found.scale))
        self.columns.append(Column(key, key, found.type, field=found.field.name if found.field else None))
        return None

    def _path(self, path: Path) -> None:
        ref = self.scope.resolve(path)
        self._once(ref.path, path.at)
        self.fields.append(ref.path)
        shape, columns = self.shape, self.columns
        for depth in range(len(ref.parents)):
            shape = self._parent(shape, ref.parents[: depth + 1])
        entry = self._entry(ref.field, ref.sobject, ref)
        shape.entries.append(entry)
        columns.append(self._described(ref))

    def _described(self, ref: Ref) -> Column:
        field, keys, sobject = ref.field, [], self.scope.sobject
        for step in ref.parents:
            key = sobject.parent_field(step.name)
            keys.append(key.name if key is not None else step.name)
            sobject = step.sobject
        writable = not ref.parents
        return Column(
            field.name,
            ref.path,
            field.type,
            ref.sobject.name,
            field.name,
            keys=tuple(keys),
            createable=writable and field.createable,
            updateable=writable and field.updateable,
        )

    def _once(self, path: str, at: int) -> None:
        if path.lower() in self._seen:
            raise QueryProblem(f"duplicate field selected: {path}", "INVALID_FIELD", at)
        self._seen.add(path.lower())

    def _parent(self, shape: Shape, steps: tuple[Step, ...]) -> Shape:
        step = steps[-1]
        known = shape.parent(step.name)
        if known is not None:
            return known
        parent = Shape(step.sobject.name, self._column(step.key), with_id=self.scope.against.with_ids)
        if parent.with_id and step.field:
            shape.keys.append((step.field, parent.id_column or 0))
        if step.alias is None:
            targets = map(self.against.lookup, step.targets)
            parent.prefixes = {t.key_prefix: t.name for t in targets if t is not None and t.key_prefix}
        else:
            parent.id_column = self._column(f'{step.alias}."Id"')
        shape.entries.append(Parent(step.name, parent))
        return parent

    def _entry(self, found: Field, sobject: SObjectType, ref: Ref) -> Slot | Compound:
        alias = ref.parents[-1].alias if ref.parents else self.scope.alias
        if found.stored or found.calculated:
            return Slot(found.name, self._column(ref.sql), found.type, found.scale)
        if alias is None:
            raise problem.no_column(found.name, sobject.name, 0)
        if found.junction is not None:
            return Slot(found.name, self._column(self.scope.listed(found.junction, alias)), found.type, 0)
        if found.type == "address":
            return self._address(found, sobject, alias)
        if found.type == "location":
            return self._location(found, sobject, alias)
        raise problem.unsupported(f"selecting {sobject.name}.{found.name} of type {found.type}", 0)

    def _address(self, found: Field, sobject: SObjectType, alias: str) -> Compound:
        prefix = found.name.removesuffix("Address").lower()
        parts = []
        for key, name in _ADDRESS_PARTS.items():
            part = sobject.field(prefix + name)
            if part is not None:
                column = self._column(self.scope.visible(f"{alias}.{quote(part.name)}", part, alias))
                parts.append(Slot(key, column, part.type, part.scale))
        return Compound(found.name, "Address", parts)

    def _location(self, found: Field, sobject: SObjectType, alias: str) -> Compound:
        parts = []
        for key in ("latitude", "longitude"):
            part = sobject.field(f"{found.name.removesuffix('__c')}__{key}__s")
            if part is not None:
                column = self._column(self.scope.visible(f"{alias}.{quote(part.name)}", part, alias))
                parts.append(Slot(key, column, part.type, part.scale))
        return Compound(found.name, "Location", parts)

    def _subquery(self, query: Query) -> None:
        relation, children = self.subquery(query, self.scope.sobject)
        name = relation.relationship_name or relation.child
        self._once(name, query.at)
        self.shape.entries.append(Child(name, len(self.children)))
        self.children.append(children)
        self.columns.append(
            Column(name, name, "subquery", relation.child, subquery=True, children=children.plan.columns)
        )

    def _type_of(self, item: TypeOf) -> None:
        steps, _, _ = self.scope.walk(item.path.parts, item.path.at)
        step = steps[-1]
        if step.alias is not None:
            raise problem.malformed(f"TYPEOF is not allowed on the relationship '{item.path.text}'", item.path.at)
        shape = Shape("Name", self._column(step.key))
        targets = map(self.against.lookup, step.targets)
        shape.prefixes = {t.key_prefix: t.name for t in targets if t is not None and t.key_prefix}
        for path in item.otherwise:
            ref = self.scope.field(path.parts[-1], path, steps, step.sobject, None)
            shape.entries.append(Slot(ref.field.name, self._column(ref.sql), ref.field.type, ref.field.scale))
        variants = {}
        for name, at, paths in item.whens:
            target = self.against.sobject(name)
            if target is None or target.key_prefix is None or target.name not in step.targets:
                raise problem.no_sobject(name, at)
            variants[target.key_prefix] = self._variant(target, step, paths)
        self.shape.entries.append(Parent(step.name, shape, variants))
        self.columns.append(Column(step.name, step.name, "reference"))

    def _variant(self, target: SObjectType, step: Step, paths: tuple[Path, ...]) -> Shape:
        joined = self.scope.join_shared(target, step.key, step.name)
        shape = Shape(target.name, self._column(f'{joined.alias}."Id"'))
        for path in paths:
            ref = self.scope.field(path.parts[-1], path, (joined,), target, joined.alias)
            shape.entries.append(self._entry(ref.field, target, ref))
        return shape

    def _fields(self, item: Fields, query: Query) -> None:
        if item.group != "STANDARD":
            limit = query.limit.value if query.limit is not None else None
            if self.against.form == "typed" and self.against.binds is not None and limit is None:
                text = "The SOQL FIELDS function is not supported with an unbounded set of fields in this API"
                raise problem.malformed(text, item.at)
            if not isinstance(limit, int) or limit > _MAX_UNBOUNDED:
                text = f"The SOQL FIELDS function must have a LIMIT of at most {_MAX_UNBOUNDED}"
                raise problem.malformed(text, item.at)
        for one in self.scope.sobject.fields.values():
            wanted = item.group == "ALL" or (item.group == "CUSTOM") == one.custom
            readable = self.against.reads_field(self.scope.sobject, one.name)
            if wanted and readable and one.type != "complexvalue":
                self._path(Path((one.name,), item.at))
