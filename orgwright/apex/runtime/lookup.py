"""``Type.forName``: the run-time type of a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgwright.apex.library import registry
from orgwright.apex.runtime import types
from orgwright.apex.runtime.image import Image, split_arguments
from orgwright.apex.runtime.tokens import rtype_of
from orgwright.apex.runtime.types import RType

if TYPE_CHECKING:
    from orgwright.apex.engine import Program

_COLLECTIONS = {"list": 1, "set": 1, "map": 2}


def find_type(program: Program, name: str, image: Image) -> RType | None:
    """User classes, then primitives, collections, SObjects, and platform types by their bare name.

    An SObject that every org has wins over a user class of its name (NebulaLogger's suite relies on it).
    """
    lowered = name.lower()
    space, dot, own = name.partition(".")
    if dot and space.lower() == (program.schema.namespace or "").lower():
        return find_type(program, own, image)
    if name.endswith("[]"):
        inner = find_type(program, name[:-2], image)
        return None if inner is None else types.list_of(inner)
    base, bracket, rest = name.partition("<")
    if bracket:
        if not rest.endswith(">"):
            return None
        found = [find_type(program, part.strip(), image) for part in split_arguments(rest[:-1])]
        parts = tuple(part for part in found if part is not None)
        if len(parts) != len(found) or len(parts) != _COLLECTIONS.get(base.lower()):
            return None
        return types.collection_of(base.lower(), parts)
    sobject = program.schema.sobject(lowered.removeprefix("schema."))
    written = program.has_class(lowered)
    if sobject is not None and (not written or sobject.name in program.schema.sobject_names()):
        return rtype_of(sobject.name)
    if written:
        return image.rtype(f"user:{lowered}")
    primitive = types.PRIMITIVES.get(lowered)
    if primitive is not None and primitive.name != "void":
        return primitive
    if lowered.startswith("system.") and types.PRIMITIVES.get(lowered[7:]) is not None:
        return None
    cls = registry.find_class(name)
    return None if cls is None else RType("platform", cls.apex_type, (), cls)  # type: ignore[attr-defined]
