"""Enums of the platform, with the constants of their declarations."""

from __future__ import annotations

import functools

from orgwright.apex.runtime.values import EnumType, EnumValue, platform_enum
from orgwright.apex.types.library import index, read_header


@functools.cache
def enum(name: str) -> EnumType:
    """The enum of that qualified name: ``System.StatusCode``."""
    declared = read_header(index()[name.lower()])
    return platform_enum(declared.name, *declared.constants)


def status_code(code: str) -> EnumValue:
    """The constant of ``System.StatusCode`` for an error code of the org."""
    found = enum("System.StatusCode").find(code)
    return found if found is not None else enum("System.StatusCode")["UNKNOWN_EXCEPTION"]
