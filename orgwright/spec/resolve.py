"""Fill in what a spec may leave out: prefix, labels of standard objects, defaults of fields, relationship names, load order."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeVar

from orgwright.spec import naming, standard
from orgwright.spec.check_links import parent_of
from orgwright.spec.errors import SpecError
from orgwright.spec.field import RELATIONSHIPS, Field, FieldType
from orgwright.spec.model import Connector, WithFields

Item = TypeVar("Item", bound=WithFields)
_LINES = {FieldType.LONG_TEXT_AREA: 3, FieldType.HTML: 25, FieldType.MULTISELECT_PICKLIST: 4}


def resolve(connector: Connector, errors: list[SpecError]) -> Connector:
    """A connector with everything filled in.

    Args:
        connector: as validated, not yet checked.
        errors: where mistakes that hinder it are added (a circle in the load order).
    """
    taken: set[tuple[str, str]] = set()
    objects = {name: _with_fields(item, taken) for name, item in connector.objects.items()}
    types = {name: _with_fields(item, taken) for name, item in connector.metadata_types.items()}
    events = {name: _with_fields(item, taken) for name, item in connector.events.items()}
    update: dict[str, Any] = {"objects": objects, "metadata_types": types, "events": events}
    if not connector.prefix:
        update["prefix"] = naming.prefix_of(connector.connector)
    connector = connector.model_copy(update=update)
    if connector.seed.order:
        return connector
    try:
        order = load_order(connector)
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        errors.append(
            SpecError(f"the parents go in a circle: {circle}", where=connector.seed.place, help="give seed.order")
        )
        return connector
    return connector.model_copy(update={"seed": connector.seed.model_copy(update={"order": order})})


def load_order(connector: Connector) -> tuple[str, ...]:
    """The mapped objects, parents first, else in the order of the file.

    Raises:
        CycleError: two objects are each other's parents.
    """
    names = list(connector.seed.objects)
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, item in connector.seed.objects.items():
        parents = {parent_of(connector, name, column.relationship or "") for column in item.parents}
        sorter.add(name, *(parent for parent in parents if parent in connector.seed.objects and parent != name))
    sorter.prepare()
    found: list[str] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=names.index)
        found.append(ready.pop(0))
        sorter.done(found[-1])
    return tuple(found)


def _with_fields(item: Item, taken: set[tuple[str, str]]) -> Item:
    update: dict[str, Any] = {"fields": {name: _field(item, field, taken) for name, field in item.fields.items()}}
    facts = standard.find(item.api_name)
    if facts is not None and item.place_of("label") is item.place:
        update |= {"label": facts.label, "plural": facts.plural}
    return item.model_copy(update=update)


def _field(item: WithFields, field: Field, taken: set[tuple[str, str]]) -> Field:
    if field.type is None or field.formula is not None:
        return field
    update: dict[str, Any] = {}
    if field.type is FieldType.CHECKBOX and field.default is None:
        update["default"] = "false"
    if field.type in _LINES and field.visible_lines is None:
        update["visible_lines"] = _LINES[field.type]
    if field.type in RELATIONSHIPS and field.type is not FieldType.METADATA_RELATIONSHIP:
        if field.relationship_name is None:
            update["relationship_name"] = _relationship_name(item, field, taken)
        taken.add(((field.to or "").lower(), (field.relationship_name or update["relationship_name"]).lower()))
    if field.type is FieldType.MASTER_DETAIL and field.relationship_order is None:
        masters = [other.api_name for other in item.fields.values() if other.type is FieldType.MASTER_DETAIL]
        update["relationship_order"] = min(masters.index(field.api_name), 1)
    return field.model_copy(update=update) if update else field


def _relationship_name(item: WithFields, field: Field, taken: set[tuple[str, str]]) -> str:
    """The plural of a custom child, as Setup proposes; with the field's name where that is taken or could meet a standard one."""
    child = naming.split(item.api_name)
    plural = naming.plural_of(child.base)[: naming.LONGEST_NAME].rstrip("_")
    if child.suffix is not None and ((field.to or "").lower(), plural.lower()) not in taken:
        return plural
    base = f"{plural}_{naming.split(field.api_name).base}"
    if len(base) > naming.LONGEST_NAME:
        base = naming.split(field.api_name).base
    return base.rstrip("_")
