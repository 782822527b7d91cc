"""Runs single Apex expressions and statements for tables of results."""

from __future__ import annotations

from typing import Any

from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.keyed import Map, Set
from tests.apex.orgfake import fails, run


def values(expression: str, *others: str, **org: Any) -> Any:
    """The value of an expression or body; a collection as its text."""
    found = run(expression, *others, **org)
    return found.apex_text(None) if isinstance(found, (List, Map, Set)) else found


def raised(expression: str, *others: str, **org: Any) -> tuple[str, str]:
    """Type and message of the exception that an expression or body ends with."""
    body = expression if expression.rstrip().endswith((";", "}")) else f"Object o = {expression};"
    failure = fails(body, *others, **org)
    return failure.type_name, failure.message
