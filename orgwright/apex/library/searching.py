"""``System.Search`` (Apex Reference Guide, Search Class): dynamic SOSL."""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.access import AccessLevel
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.dynamicbinds import binds_of
from orgwright.apex.library.registry import native


@native("Search.query", context=True)
def query(execution: Any, sosl: str | None, level: AccessLevel | None = None) -> Any:
    if sosl is None:
        raise null_argument(1)
    access = execution.access_of(level.plain_mode() if level is not None else None)
    return execution.search(sosl, binds_of(execution, sosl), access)
