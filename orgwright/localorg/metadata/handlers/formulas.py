"""Formulas as a deploy checks them: of fields, of validation rules, of defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orgwright.localorg.formula.compile import Program, compile_condition, compile_default, compile_for
from orgwright.localorg.formula.names import Names
from orgwright.localorg.formula.problem import FormulaProblem
from orgwright.localorg.formula.programs import MAX_SOURCES, treats_blanks_as_zero
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item
from orgwright.localorg.schema.model import Field, SObjectType

_PATH = re.compile(r"\w+(?:\.\w+)*")


def _names(draft: Draft, sobject: SObjectType | None, use: str, *, zero: bool = True) -> Names:
    def exists(type_name: str, name: str) -> bool:
        return (type_name, name.lower()) in draft.items or draft.has(type_name, name)

    return Names(draft.schema, sobject, use, zero, exists)


def check_field(node: Node, field: Field, target: SObjectType, draft: Draft) -> None:
    """Refuse a formula field whose formula does not compile; ``draft.schema`` has the field already."""
    try:
        program = compile_for(
            field.formula or "", field, _names(draft, target, "field", zero=treats_blanks_as_zero(field))
        )
        if len(program.sources) > MAX_SOURCES:
            raise FormulaProblem(f"a formula that reads more than {MAX_SOURCES} fields is not supported here")
        _refuse_cycle(field, program, target, draft)
    except FormulaProblem as found:
        raise Rejected(Problem(found.text, node.line, node.column)) from None


def check_default(node: Node, field: Field, draft: Draft) -> None:
    """Refuse a default value whose formula does not compile."""
    try:
        compile_default(field, _names(draft, None, "default"))
    except FormulaProblem as found:
        raise Rejected(Problem(found.text, node.line, node.column)) from None


def check_condition(node: Node, condition: str, target: SObjectType, draft: Draft) -> None:
    """Refuse a validation rule whose condition does not compile."""
    try:
        compile_condition(condition, _names(draft, target, "rule", zero=False))
    except FormulaProblem as found:
        raise Rejected(Problem(found.text, node.line, node.column)) from None


def _refuse_cycle(field: Field, program: Program, target: SObjectType, draft: Draft) -> None:
    """A formula may not read itself, directly or through others."""
    seen: set[tuple[str, str]] = set()
    waiting = [(target, program)]
    while waiting:
        here, read = waiting.pop()
        for source in read.sources:
            other = source.field
            if source.origin != "field" or other is None or other.formula is None:
                continue
            owner = source.steps[-1].target if source.steps else here
            if (owner.name, other.name) == (target.name, field.name):
                text = f"Formula cannot use another formula field that directly or indirectly refers to itself. {field.name}"
                raise FormulaProblem(text)
            if (owner.name, other.name) not in seen:
                seen.add((owner.name, other.name))
                names = _names(draft, owner, "field")
                waiting.append((owner, compile_for(other.formula, other, names)))


def arranged(items: Iterable[Item]) -> list[Item]:
    """The items of a deploy with each formula and roll-up field behind the formula and roll-up fields that it may name."""
    given = list(items)
    computed: dict[str, list[Item]] = {}
    parents: dict[str, str] = {}
    for item in given:
        if item.type == "CustomField" and item.node is not None:
            if _is_computed(item.node):
                computed.setdefault(item.name.partition(".")[2].lower(), []).append(item)
            elif item.node.value("referenceTo"):
                parents[item.name.lower()] = item.node.value("referenceTo").lower()
    placed: dict[int, Item] = {}
    for item in given:
        _place(item, computed, parents, placed, set())
    return list(placed.values())


def _is_computed(node: Node) -> bool:
    return node.has("formula") or node.value("type") == "Summary"


def _place(
    item: Item, computed: dict[str, list[Item]], parents: dict[str, str], placed: dict[int, Item], above: set[int]
) -> None:
    if id(item) in placed or id(item) in above:
        return
    if item.type == "CustomField" and item.node is not None and _is_computed(item.node) and len(above) < 200:
        for owner, name in _read(item.name.partition(".")[0].lower(), item.node, parents, computed):
            for other in computed.get(name, ()):
                if owner is None or other.name.partition(".")[0].lower() == owner:
                    _place(other, computed, parents, placed, {*above, id(item)})
    placed[id(item)] = item


def _read(
    here: str, node: Node, parents: dict[str, str], computed: dict[str, list[Item]]
) -> Iterator[tuple[str | None, str]]:
    """The object (``None``: not known) and name of the fields that a computed field reads, in lower case."""
    if node.has("formula"):
        for path in _PATH.findall(node.value("formula").lower()):
            *steps, last = path.split(".")
            if last in computed:
                yield _owner(here, steps, parents), last
        return
    for named in (node.find("summarizedField"), *(f.find("field") for f in node.all("summaryFilterItems"))):
        if named is not None:
            owner, _, name = named.text.lower().partition(".")
            yield owner, name


def _owner(here: str, steps: list[str], parents: dict[str, str]) -> str | None:
    """The object that a path of custom relationships leads to; ``None`` when the deploy does not tell."""
    owner: str | None = here
    for step in steps:
        owner = parents.get(f"{owner}.{step[:-1]}c") if step.endswith("__r") and owner is not None else None
    return owner
