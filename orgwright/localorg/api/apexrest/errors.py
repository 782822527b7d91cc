"""How Apex REST writes errors: as the REST API does, in XML for who asks for XML."""

from __future__ import annotations

from orgwright.localorg.api.apexrest import shapes
from orgwright.localorg.api.http import Answer, ApiError, Request
from orgwright.localorg.api.rest import errors


def answer(error: ApiError, request: Request) -> Answer:
    """The whole answer."""
    if shapes.wants_xml(request.headers.get("accept", "")):
        return Answer(error.status, shapes.errors(error), shapes.XML_TYPE, error.headers)
    return errors.answer(error, request)
