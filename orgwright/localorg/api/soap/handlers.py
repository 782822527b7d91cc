"""One entry for every SOAP call: reads the envelope, finds the session, calls the operation by its name."""

from __future__ import annotations

import re

from orgwright.localorg.api.http import Answer, ApiError, Request
from orgwright.localorg.api.soap import apex, envelope, metadata, partner

_VERSION = re.compile(r"\d{2}\.0")
_OPERATIONS = {
    "m": metadata.OPERATIONS,
    "u": partner.OPERATIONS,
    "c": partner.OPERATIONS,
    "s": apex.OPERATIONS,
}
_NO_SESSION = frozenset({"login"})


def call(request: Request) -> Answer:
    """``POST /services/Soap/{m|u|c|s}/VERSION[/...]``."""
    kind = request.path.split("/")[3].lower()
    if not _VERSION.fullmatch(request.params["api"]):
        raise ApiError("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL", 500)
    called = envelope.read(request.body)
    operation = _OPERATIONS[kind].get(called.body.tag)
    if operation is None:
        raise ApiError(
            "NOT_SUPPORTED_BY_EMBEDDED_ORG",
            f"The SOAP operation {called.body.tag} is not supported by the embedded org",
            500,
        )
    if called.body.tag not in _NO_SESSION:
        request.login(called.session_id)
    result = operation(request, called)
    return result if isinstance(result, Answer) else envelope.answer(kind, called.body.tag, result)


def webservice(request: Request) -> Answer:
    """``POST /services/Soap/class/CLASS``: ``webservice`` methods of Apex are compiled, but not called from outside."""
    raise ApiError(
        "NOT_SUPPORTED_BY_EMBEDDED_ORG",
        f"Apex SOAP web services ({request.params['name'][:80]}) are not supported by the embedded org",
        500,
    )
