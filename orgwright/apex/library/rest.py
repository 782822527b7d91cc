"""``RestContext``, ``RestRequest`` and ``RestResponse`` (Apex Developer Guide, Apex REST)."""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.registry import getter, platform, setter
from orgwright.apex.runtime import types
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.values import PlatformObject

_TEXTS = types.map_of(types.STRING, types.STRING)


@platform("System.RestRequest")
class RestRequest(PlatformObject):
    """``System.RestRequest``."""

    def __init__(self) -> None:
        self.headers = Map(_TEXTS, {}, folds=True)
        self.params = Map(_TEXTS)
        self.httpMethod: str | None = None
        self.remoteAddress: str | None = None
        self.requestBody: bytes | None = None
        self.requestURI: str | None = None
        self.resourcePath: str | None = None

    def addHeader(self, name: str | None, value: str | None) -> None:
        """Set a header."""
        if name is None:
            raise null_argument()
        self.headers.put(name, value)

    def addParameter(self, name: str | None, value: str | None) -> None:
        """Set a parameter."""
        if name is None:
            raise null_argument()
        self.params.put(name, value)


@platform("System.RestResponse")
class RestResponse(PlatformObject):
    """``System.RestResponse``."""

    def __init__(self) -> None:
        self.headers = Map(_TEXTS, {}, folds=True)
        self.responseBody: bytes | None = None
        self.statusCode: int | None = None

    def addHeader(self, name: str | None, value: str | None) -> None:
        """Set a header."""
        if name is None:
            raise null_argument()
        self.headers.put(name, value)


@getter("RestContext.request", context=True)
def request(execution: Any) -> RestRequest | None:
    found: RestRequest | None = execution.state.get("rest request")
    return found


@setter("RestContext.request", context=True)
def set_request(execution: Any, value: RestRequest | None) -> None:
    execution.state["rest request"] = value


@getter("RestContext.response", context=True)
def response(execution: Any) -> RestResponse | None:
    found: RestResponse | None = execution.state.get("rest response")
    return found


@setter("RestContext.response", context=True)
def set_response(execution: Any, value: RestResponse | None) -> None:
    execution.state["rest response"] = value
