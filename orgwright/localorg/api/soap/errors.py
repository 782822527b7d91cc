"""How the SOAP APIs write errors."""

from __future__ import annotations

from orgwright.localorg.api.http import Answer, ApiError, Request
from orgwright.localorg.api.soap.envelope import fault


def answer(error: ApiError, request: Request) -> Answer:
    """A fault in the namespace of the API that was called."""
    parts = request.path.lower().split("/")
    return fault(parts[3] if len(parts) > 3 and parts[3] in "mucs" else "m", error)
