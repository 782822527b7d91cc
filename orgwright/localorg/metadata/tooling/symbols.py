"""``SymbolTable`` of a class: its methods with annotations and modifiers, its constructors, properties, variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orgwright.localorg.apexhost.program import Built
    from orgwright.localorg.metadata.components import Stored


def symbol_table(built: Built, stored: Stored) -> dict[str, Any] | None:
    """The table, or ``None`` for a class that does not compile."""
    if stored.type != "ApexClass" or any(e.unit.lower() == stored.name.lower() for e in built.program.errors):
        return None
    test = next((t for t in built.program.test_classes() if t.name.lower() == stored.name.lower()), None)
    methods = [] if test is None else [_method(name, "IsTest") for name in test.methods]
    if test is not None and test.setup is not None:
        methods.append(_method(test.setup, "TestSetup"))
    return {
        "constructors": [],
        "externalReferences": [],
        "id": stored.id,
        "innerClasses": [],
        "interfaces": [],
        "key": stored.name,
        "methods": methods,
        "name": stored.name,
        "namespace": None,
        "parentClass": "",
        "properties": [],
        "variables": [],
    }


def _method(name: str, annotation: str) -> dict[str, Any]:
    return {
        "annotations": [{"name": annotation}],
        "location": None,
        "modifiers": ["static"],
        "name": name,
        "parameters": [],
        "references": [],
        "returnType": "void",
        "type": None,
    }
