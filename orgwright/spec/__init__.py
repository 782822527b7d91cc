"""The connector spec: model, loader, JSON Schema, errors with file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgwright.spec.errors import SpecError, SpecErrors
from orgwright.spec.folders import find, names

if TYPE_CHECKING:
    from orgwright.spec.jsonschema import schema
    from orgwright.spec.loader import load, loads
    from orgwright.spec.model import Connector

__all__ = ["Connector", "SpecError", "SpecErrors", "find", "load", "loads", "names", "schema"]

_LATER = {"load": "loader", "loads": "loader", "Connector": "model", "schema": "jsonschema"}


def __getattr__(name: str) -> Any:
    """Import what needs pydantic only when it is asked for, so that the command line starts fast."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = value
    return value
