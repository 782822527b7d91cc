"""``SymbolTable`` of a class, as its source declares it: constructors, methods, properties, variables, inner classes.

Where its symbols are used (``references``, ``externalReferences``) is not worked out: those lists are empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orgwright.apex.syntax import tree
from orgwright.apex.syntax.parse import parse

if TYPE_CHECKING:
    from orgwright.localorg.apexhost.program import Built
    from orgwright.localorg.metadata.components import Stored

_ANNOTATIONS = {
    name.lower(): name for name in ("IsTest", "TestSetup", "TestVisible", "AuraEnabled", "InvocableMethod", "Future")
}
_TYPES = (tree.ClassDecl, tree.InterfaceDecl, tree.EnumDecl)


def symbol_table(built: Built, stored: Stored) -> dict[str, Any] | None:
    """The table, or ``None`` for a class that does not compile."""
    if stored.type != "ApexClass" or any(e.unit.lower() == stored.name.lower() for e in built.program.errors):
        return None
    declared = parse(built.units["class", stored.name.lower()].source)
    return _table(declared, stored.id) if isinstance(declared, _TYPES) else None


def _table(declared: tree.ClassDecl | tree.InterfaceDecl | tree.EnumDecl, id: str) -> dict[str, Any]:
    members: Sequence[tree.Decl] = () if isinstance(declared, tree.EnumDecl) else declared.members
    parent, interfaces = "", []
    if isinstance(declared, tree.ClassDecl):
        parent, interfaces = str(declared.extends or ""), [str(one) for one in declared.implements]
    elif isinstance(declared, tree.InterfaceDecl):
        interfaces = [str(one) for one in declared.extends]
    return {
        "constructors": [_callable(one, one.name, None) for one in members if isinstance(one, tree.ConstructorDecl)],
        "externalReferences": [],
        "id": id,
        "innerClasses": [_table(one, id) for one in members if isinstance(one, _TYPES)],
        "interfaces": interfaces,
        "key": declared.name,
        "methods": [_callable(one, one.name, one.type) for one in members if isinstance(one, tree.MethodDecl)],
        "name": declared.name,
        "namespace": None,
        "parentClass": parent,
        "properties": [
            _symbol(one, one.name, one.pos, one.type) for one in members if isinstance(one, tree.PropertyDecl)
        ],
        "tableDeclaration": _symbol(declared, declared.name, declared.pos, None),
        "variables": [
            _symbol(one, name.name, name.pos, one.type)
            for one in members
            if isinstance(one, tree.FieldDecl)
            for name in one.declarators
        ],
    }


def _symbol(declared: tree.Decl, name: str, pos: int, type: tree.TypeRef | None) -> dict[str, Any]:
    annotations = (one.name for one in declared.modifiers.annotations)
    return {
        "annotations": [{"name": _ANNOTATIONS.get(one.lower(), one)} for one in annotations],
        "location": {"column": tree.column_of(pos), "line": tree.line_of(pos)},
        "modifiers": list(declared.modifiers.words),
        "name": name,
        "references": [],
        "type": str(type) if type is not None else None,
    }


def _callable(
    declared: tree.ConstructorDecl | tree.MethodDecl, name: str, returned: tree.TypeRef | None
) -> dict[str, Any]:
    found = _symbol(declared, name, declared.pos, None)
    found["parameters"] = [{"name": one.name, "type": str(one.type)} for one in declared.parameters]
    if returned is not None:
        found["returnType"] = str(returned)
    return found
