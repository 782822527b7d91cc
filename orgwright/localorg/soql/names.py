"""Field paths of a query as SQL: joins to parents, names of polymorphic parents, roll-ups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from orgwright.apex.host import QueryProblem
from orgwright.localorg.access import fields
from orgwright.localorg.access.models import is_share, owner_rows, shared_object
from orgwright.localorg.formula import programs
from orgwright.localorg.formula.problem import FormulaProblem
from orgwright.localorg.formula.values import Source
from orgwright.localorg.schema.model import Field, Junction, SObjectType, Summary
from orgwright.localorg.schema.schema import OBJECT_FACTS
from orgwright.localorg.soql import combined, problem
from orgwright.localorg.soql.context import Against
from orgwright.localorg.soql.literals import Parameter
from orgwright.localorg.soql.tree import Path
from orgwright.localorg.store.forms import datetime_text
from orgwright.localorg.store.tables import quote

MAX_LEVELS = 5
_AFTER_DOT = "substr({key}, instr({key}, '.') + 1)"
_NO_ID = "'000000000000000AAA'"
_DEFINITIONS = {
    "EntityDefinition": {
        "Id": _NO_ID, "DurableId": "{key}", "QualifiedApiName": "{key}",
        "DeveloperName": "replace(replace(replace({key}, '__c', ''), '__e', ''), '__mdt', '')",
    },
    "FieldDefinition": {
        "Id": _NO_ID, "DurableId": "{key}", "QualifiedApiName": _AFTER_DOT,
        "DeveloperName": f"replace({_AFTER_DOT}, '__c', '')",
        "EntityDefinitionId": "substr({key}, 1, instr({key}, '.') - 1)",
    },
}  # fmt: skip
"""What a metadata relationship's value tells: the name of an object, or ``Object.Field``."""


@dataclass(frozen=True)
class Ref:
    """A field of a record that the query reaches: its SQL, and how one got there."""

    sql: str
    field: Field
    sobject: SObjectType
    parents: tuple[Step, ...] = ()

    @property
    def path(self) -> str:
        """The full path in the schema's spelling."""
        return ".".join([*(s.name for s in self.parents), self.field.name])


@dataclass(frozen=True)
class Step:
    """One step to a parent: the relationship's name, the SQL of the foreign key, the parent's type."""

    name: str
    key: str
    sobject: SObjectType
    alias: str | None
    """The joined table; ``None`` when the parent may be of several types."""
    targets: tuple[str, ...] = ()
    """Names of those types."""
    field: str = ""
    """The foreign key's name."""


@dataclass
class Scope:
    """One FROM: its record type, the joins made so far."""

    against: Against
    sobject: SObjectType
    alias: str
    take_alias: Callable[[], str]
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Aliases of FROM, lower case, with the relationship path they stand for."""
    joins: list[str] = field(default_factory=list)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    """Those of the whole query; formulas add the global values that they read."""
    shared: Callable[[SObjectType, str], str | None] = lambda sobject, alias: None
    """The condition that the user may read the record of a joined parent; ``None`` when he may read all."""
    _hidden: dict[str, str] = field(default_factory=dict)
    """Those conditions by alias."""
    _formulas: list[Field] = field(default_factory=list)
    """The formula fields that are being written out, each within the one before."""
    _parents: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _steps: dict[str, Step] = field(default_factory=dict)
    _made: dict[str, str] = field(default_factory=dict)
    """SQL of joined tables that are no stored ones (definitions), by alias."""

    def table(self, sobject: SObjectType) -> str:
        """The SQL of a type's table; an empty one when no row was ever written."""
        lower = sobject.name.lower()
        there = self.against.has_table(lower) or lower in self.against.virtual
        if is_share(sobject):
            parent = shared_object(self.against.schema, sobject)
            owners = owner_rows(self.against.schema, sobject)
            if owners is not None and parent is not None and self.against.has_table(parent.name.lower()):
                columns = ", ".join(quote(f.name) for f in sobject.fields.values() if f.stored)
                stored = f"SELECT {columns} FROM {quote(sobject.name)} UNION ALL " if there else ""
                return f"({stored}{owners})"
        if there and sobject.name == "FieldPermissions":
            return fields.rows(self.against.schema, sobject)
        if there:
            return quote(sobject.name)
        if sobject.name in combined.NAMES and (
            rows := combined.rows(sobject, self.against.lookup, self.against.has_table)
        ):
            self.parameters["now"] = lambda running: datetime_text(running.now)
            return rows
        columns = ", ".join(f"NULL AS {quote(f.name)}" for f in sobject.fields.values() if f.stored)
        return f"(SELECT {columns} LIMIT 0)"

    def resolve(self, path: Path) -> Ref:
        """The field at the end of ``path``; raises :class:`QueryProblem`."""
        steps, sobject, alias = self.walk(path.parts[:-1], path.at)
        return self.field(path.parts[-1], path, steps, sobject, alias)

    def walk(self, parts: tuple[str, ...], at: int) -> tuple[tuple[Step, ...], SObjectType, str | None]:
        """Follow relationships from the FROM object."""
        if parts and parts[0].lower() in self.names:
            parts = self.names[parts[0].lower()] + parts[1:]
        if len(parts) > MAX_LEVELS:
            text = "SOQL statements cannot query more than 5 levels of relationships"
            raise problem.malformed(text, at)
        steps: tuple[Step, ...] = ()
        sobject, alias = self.sobject, self.alias
        here: str | None = alias
        for part in parts:
            step = self.step(part, at, steps, sobject, here)
            steps, sobject, here = (*steps, step), step.sobject, step.alias
        return steps, sobject, here

    def field(self, name: str, path: Path, steps: tuple[Step, ...], sobject: SObjectType, alias: str | None) -> Ref:
        """One field of the record reached."""
        found = sobject.field(name)
        if found is None or not self.against.reads_field(sobject, found.name):
            raise problem.no_column(name, sobject.name, path.at)
        if found.name in combined.UNKNOWN.get(sobject.name, ()):
            raise problem.unsupported(f"{sobject.name}.{found.name}", path.at)
        if alias is None:
            return Ref(self._of_any(steps[-1], found), found, sobject, steps)
        if alias in self._made and found.name not in _DEFINITIONS[sobject.name]:
            if sobject.name == "EntityDefinition" and found.name in OBJECT_FACTS:
                return Ref(self._object_fact(found.name, alias), found, sobject, steps)
            raise problem.unsupported(f"{sobject.name}.{found.name} through a metadata relationship", path.at)
        return Ref(self.visible(self.column(found, sobject, alias), found, alias), found, sobject, steps)

    def _object_fact(self, name: str, alias: str) -> str:
        """What the schema tells of the object that a definition stands for."""
        parameter, schema = f"o{len(self.parameters)}", self.against.schema
        self.parameters[parameter] = lambda running: schema.object_facts
        return f"""json_extract(:{parameter}, '$."' || {alias}."DurableId" || '".{name}')"""

    def visible(self, sql: str, field: Field, alias: str) -> str:
        """A parent that is not shared with the user shows its Id and name only."""
        condition = self._hidden.get(alias)
        if condition is None or field.type == "id" or field.name_field:
            return sql
        return f"(CASE WHEN {condition} THEN {sql} END)"

    def column(self, field: Field, sobject: SObjectType, alias: str) -> str:
        """The SQL of a field of a joined table."""
        if field.summary is not None:
            return self._summary(field, field.summary, alias)
        if field.calculated and field.formula is not None:
            return self._formula(field, sobject, alias)
        return f"{alias}.{quote(field.name)}"

    def listed(self, junction: Junction, alias: str) -> str:
        """The SQL of the Ids that a record lists, as JSON; NULL for none."""
        if not self.against.has_table(junction.child.lower()):
            return "NULL"
        fixed = "".join(f" AND {quote(name)} = '{value}'" for name, value in junction.fixed)
        rows = (
            f"SELECT {quote(junction.reference)} AS id FROM {quote(junction.child)}"
            f' WHERE {quote(junction.parent)} = {alias}."Id" AND "IsDeleted" = 0{fixed} ORDER BY "Id"'
        )
        return f"(SELECT NULLIF(json_group_array(id), '[]') FROM ({rows}))"

    # --- formulas ---

    def _formula(self, field: Field, sobject: SObjectType, alias: str) -> str:
        """A formula field: a call of its program with all that it reads."""
        if field in self._formulas:
            text = (
                f"Formula cannot use another formula field that directly or indirectly refers to itself. {field.name}"
            )
            raise problem.malformed(text, 0)
        try:
            program = programs.field_program(self.against.schema, sobject, field)
        except FormulaProblem as found:
            text = f"Error in referenced formula {sobject.name}.{field.name}, {found.text}"
            raise QueryProblem(text, "INVALID_FIELD", 0) from None
        if len(program.sources) > programs.MAX_SOURCES:
            raise problem.unsupported(f"a formula that reads more than {programs.MAX_SOURCES} fields", 0)
        self._formulas.append(field)
        values = [self.source(source, sobject, alias) for source in program.sources]
        self._formulas.pop()
        call = f"{programs.SQL_NAME}({', '.join([str(programs.number_of(program, field)), *values])})"
        return f"({call} COLLATE NOCASE)" if field.type == "string" else call

    def source(self, source: Source, sobject: SObjectType, alias: str) -> str:
        """What a formula on ``sobject`` reads of the record ``alias`` or of its parents; globals become parameters."""
        if source.origin != "field" or source.field is None:
            name = f"g{len(self.parameters)}"
            self.parameters[name] = lambda running: running.globals(source)
            return f":{name}"
        here = alias
        for step in source.steps:
            here, sobject = self._formula_parent(here, step.reference, step.target), step.target
        if source.field.calculated and source.field.formula is None and source.field.summary is None:
            raise problem.unsupported(f"reading {'.'.join(source.path) or source.field.name} in a formula", 0)
        return self.column(source.field, sobject, here)

    def _formula_parent(self, alias: str, reference: Field, target: SObjectType) -> str:
        """The alias of a parent's table, joined once; formulas read it whatever the user may see."""
        key = (alias, reference.name, target.name)
        known = self._parents.get(key)
        if known is None:
            step = self.join_to(target, f"{alias}.{quote(reference.name)}", reference.relationship_name or "")
            known = self._parents[key] = step.alias or alias
        return known

    def step(self, name: str, at: int, steps: tuple[Step, ...], sobject: SObjectType, alias: str | None) -> Step:
        """Follow one relationship, joining the parent's table once."""
        reference = sobject.parent_field(name)
        if reference is None or not self.against.reads_field(sobject, reference.name):
            raise problem.no_relation(name, at)
        path = ".".join([*(s.name for s in steps), reference.relationship_name or ""])
        known = self._steps.get(path.lower())
        if known is not None:
            return known
        key = f"{alias}.{quote(reference.name)}" if alias else self._of_any(steps[-1], reference)
        if alias is not None:
            key = self.visible(key, reference, alias)
        step = self._definition(reference, sobject, alias, key) or self._join(reference, key, at, name)
        self._steps[path.lower()] = step
        return step

    def _definition(self, reference: Field, sobject: SObjectType, alias: str | None, key: str) -> Step | None:
        """The step of a metadata relationship to an object or a field, whose definition is read off the key itself."""
        name = reference.reference_to[0] if len(reference.reference_to) == 1 else ""
        target = self.against.lookup(name) if name in _DEFINITIONS else None
        if target is None or alias is None or name.lower() in self.against.virtual:
            return None
        own = self.take_alias()
        column = quote(reference.name)
        columns = ", ".join(f"{sql.format(key=column)} AS {quote(n)}" for n, sql in _DEFINITIONS[name].items())
        made = f"(SELECT DISTINCT {columns} FROM {self._made.get(alias) or self.table(sobject)} WHERE {column} IS NOT NULL)"
        self._made[own] = made
        self.joins.append(f'LEFT JOIN {made} AS {own} ON {own}."DurableId" = {key}')
        return Step(reference.relationship_name or "", key, target, own, field=reference.name)

    def _join(self, reference: Field, key: str, at: int, name: str) -> Step:
        label = reference.relationship_name or name
        targets = [t for t in map(self.against.lookup, reference.reference_to) if t is not None]
        if len(reference.reference_to) > 1 and (len(targets) > 1 or reference.polymorphic):
            named = self.against.lookup("Name")
            if named is None:
                raise problem.no_relation(name, at)
            return Step(label, key, named, None, reference.reference_to, reference.name)
        target = self.against.sobject(targets[0].name) if targets else None
        if target is None:
            raise problem.no_relation(name, at)
        return replace(self.join_shared(target, key, label), field=reference.name)

    def join_shared(self, target: SObjectType, key: str, label: str) -> Step:
        """As :meth:`join_to`; of a record that is not shared with the user :meth:`visible` keeps the fields back."""
        step = self.join_to(target, key, label)
        condition = self.shared(target, step.alias or "")
        if condition is not None and step.alias is not None:
            self._hidden[step.alias] = condition
        return step

    def join_to(self, target: SObjectType, key: str, label: str) -> Step:
        """Join a table whose Id is ``key``."""
        alias = self.take_alias()
        self.joins.append(f'LEFT JOIN {self.table(target)} AS {alias} ON {alias}."Id" = {key}')
        return Step(label, key, target, alias)

    def _of_any(self, step: Step, field: Field) -> str:
        """A field of a parent that may be of several types, found by the key prefix."""
        if field.type == "id":
            return step.key
        cases = []
        for target in self._targets(step):
            if field.name == "Type":
                value = f"'{target.name}'"
            else:
                own = target.name_field if field.name == "Name" else target.field(field.name)
                if own is None or not own.stored or not self.against.has_table(target.name.lower()):
                    continue
                if self.against.sobject(target.name) is None or not self.against.reads_field(target, own.name):
                    continue
                alias = self.take_alias()
                condition = None if own.name_field else self.shared(target, alias)
                limit = f" AND {condition}" if condition is not None else ""
                value = f"(SELECT {alias}.{quote(own.name)} FROM {quote(target.name)} AS {alias}"
                value += f' WHERE {alias}."Id" = {step.key}{limit})'
            cases.append(f"WHEN '{target.key_prefix}' THEN {value}")
        return f"CASE substr({step.key}, 1, 3) {' '.join(cases)} END" if cases else "NULL"

    def _targets(self, step: Step) -> list[SObjectType]:
        targets = map(self.against.lookup, step.targets)
        return [t for t in targets if t is not None and t.key_prefix]

    def _summary(self, field: Field, summary: Summary, alias: str) -> str:
        """A roll-up, worked out when it is read."""
        child = self.against.lookup(summary.child)
        if child is None or not self.against.has_table(child.name.lower()):
            return "0" if summary.operation in ("count", "sum") else "NULL"
        own = self.take_alias()
        wanted = child.field(summary.summarized) if summary.summarized else None
        around, self.joins = self.joins, []  # what formulas of the children read is joined inside
        value = self.column(wanted, child, own) if wanted else "*"
        if wanted is not None and wanted.scale != field.scale and field.type in ("double", "currency", "percent"):
            value = f"{value} * {10 ** (field.scale - wanted.scale)}" if field.scale > wanted.scale else value
        call = f"{summary.operation.upper()}({value})"
        if summary.operation == "sum":
            call = f"COALESCE({call}, 0)"
        key = child.field(summary.foreign_key)
        conditions = [f'{own}.{quote(key.name if key else summary.foreign_key)} = {alias}."Id"']
        if child.recyclable:
            conditions.append(f'{own}."IsDeleted" = 0')
        conditions += [self._filter(child, own, one) for one in summary.filters]
        joins, self.joins = " ".join(self.joins), around
        return f"(SELECT {call} FROM {quote(child.name)} AS {own} {joins} WHERE {' AND '.join(conditions)})"

    def _filter(self, child: SObjectType, alias: str, one: tuple[str, str, str]) -> str:
        name, operation, value = one
        field = child.field(name)
        operators = {
            "equals": "IS", "notEqual": "IS NOT", "lessThan": "<", "greaterThan": ">", "lessOrEqual": "<=",
            "greaterOrEqual": ">=",
        }  # fmt: skip
        if field is None or operation not in operators:
            raise problem.unsupported(f"the roll-up filter {name} {operation}", 0)
        column = self.column(field, child, alias)
        if field.type == "boolean":
            return f"{column} {operators[operation]} {int(value.lower() in ('true', '1'))}"
        if field.type in ("double", "currency", "percent", "int"):
            return f"{column} {operators[operation]} {float(value) * 10**field.scale}"
        options = [v.strip() for v in value.split(",")] if operation in ("equals", "notEqual") else [value]
        quoted = ", ".join("'" + v.replace("'", "''") + "'" for v in options)
        if operation == "equals":
            return f"{column} IN ({quoted})"
        if operation == "notEqual":
            return f"({column} NOT IN ({quoted}) OR {column} IS NULL)"
        return f"{column} {operators[operation]} {quoted}"
