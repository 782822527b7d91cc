"""The JSON Schema of a connector spec, for editors."""

from __future__ import annotations

from typing import Any

from orgwright.spec.model import Connector


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of ``connector.yml``."""
    return Connector.model_json_schema(by_alias=True)
