"""What the conditions of a query fix: values that every row must have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orgwright.localorg.soql.literals import is_list
from orgwright.localorg.soql.tree import Path, Query, Value, comparisons


def equal_to(query: Query, field: str, binds: Mapping[str, Any]) -> list[str]:
    """The values that ``=`` and ``IN`` allow a field of that lower-case name; empty when it is not bound to any.

    The name may be the end of a path: ``entitydefinition.durableid``.
    """
    found: list[str] = []
    name = tuple(field.split("."))
    for one in comparisons(query.where, within=("AND",)):
        if not isinstance(one.left, Path) or one.operator not in ("=", "IN"):
            continue
        if tuple(part.lower() for part in one.left.parts[-len(name) :]) != name:
            continue
        right = one.right if isinstance(one.right, tuple) else (one.right,)
        for value in right:
            if isinstance(value, Value):
                given: Any = binds.get(str(value.value).lower()) if value.kind == "bind" else value.value
                found += [str(v) for v in (given if is_list(given) else [given]) if v is not None]
    return found
