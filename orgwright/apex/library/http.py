"""Callouts: ``HttpRequest``, ``HttpResponse``, ``Http`` and the mocks made of static resources."""

from __future__ import annotations

from typing import Any

from orgwright.apex import host
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.encoding import blob_text
from orgwright.apex.library.registry import contextual, platform
from orgwright.apex.library.textshape import text_list
from orgwright.apex.library.xmlstreams import XmlStreamReader
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import CalloutException, NotSupported, TypeException, null_pointer
from orgwright.apex.runtime.values import PlatformObject

_LONGEST_WAIT = 120_000


class _Message(PlatformObject):
    """What requests and responses share: headers and a body."""

    def __init__(self) -> None:
        self._headers: dict[str, tuple[str, str]] = {}
        self._body: bytes | None = None

    def headers(self) -> dict[str, str]:
        """The headers by the name they were given."""
        return dict(self._headers.values())

    def content(self) -> bytes:
        """The body, empty when there is none."""
        return self._body or b""

    def setHeader(self, name: str | None, value: str | None) -> None:
        """Set a header; names ignore case."""
        if name is None:
            raise null_argument(1)
        if value is None:
            raise null_argument(2)
        self._headers[name.lower()] = (name, value)

    def getHeader(self, name: str | None) -> str | None:
        """A header's value."""
        if name is None:
            raise null_argument()
        found = self._headers.get(name.lower())
        return None if found is None else found[1]

    def setBody(self, text: str | None) -> None:
        """The body as text."""
        if text is None:
            raise null_argument()
        self._body = text.encode("utf-8", "replace")

    def getBody(self) -> str:
        """The body as text."""
        return blob_text(self.content())

    def setBodyAsBlob(self, blob: bytes | None) -> None:
        """The body as bytes."""
        if blob is None:
            raise null_argument()
        self._body = blob

    def getBodyAsBlob(self) -> bytes | None:
        """The body as bytes."""
        return self._body if self._body is not None else b""


@platform("System.HttpRequest")
class HttpRequest(_Message):
    """``System.HttpRequest``."""

    def __init__(self) -> None:
        super().__init__()
        self._endpoint: str | None = None
        self._method: str | None = None
        self._timeout = 10_000
        self._compressed = False

    def setEndpoint(self, endpoint: str | None) -> None:
        """Where the request goes."""
        self._endpoint = endpoint

    def getEndpoint(self) -> str | None:
        """Where the request goes."""
        return self._endpoint

    def setMethod(self, method: str | None) -> None:
        """GET, POST ..."""
        self._method = method

    def getMethod(self) -> str | None:
        """GET, POST ..."""
        return self._method

    def setTimeout(self, milliseconds: int | None) -> None:
        """How long to wait: 1 to 120,000 ms."""
        if milliseconds is None:
            raise null_argument()
        if not 1 <= milliseconds <= _LONGEST_WAIT:
            raise CalloutException("Timeout value must be between 1 and 120000 milliseconds")
        self._timeout = milliseconds

    def setCompressed(self, flag: bool | None) -> None:
        """Whether the body is sent compressed."""
        self._compressed = bool(flag)

    def getCompressed(self) -> bool:
        """Whether the body is sent compressed."""
        return self._compressed

    def setClientCertificateName(self, name: str | None) -> None:
        """Two-way TLS needs a certificate of the org, which the embedded org has not."""
        raise NotSupported("HttpRequest.setClientCertificateName")

    def outgoing(self) -> host.HttpRequest:
        """The request as it leaves the engine."""
        if self._compressed:
            raise NotSupported("HttpRequest.setCompressed(true)")
        headers = self.headers()
        method = self._method or ""
        return host.HttpRequest(method.upper(), self._endpoint or "", headers, self.content(), self._timeout)

    def toString(self) -> str:
        """``System.HttpRequest[Endpoint=..., Method=...]``."""
        return f"System.HttpRequest[Endpoint={self._endpoint or 'null'}, Method={self._method or 'null'}]"


@platform("System.HttpResponse")
class HttpResponse(_Message):
    """``System.HttpResponse``."""

    def __init__(self) -> None:
        super().__init__()
        self._status: str | None = None
        self._code = 0

    def setStatus(self, status: str | None) -> None:
        """The text beside the status code."""
        self._status = status

    def getStatus(self) -> str | None:
        """The text beside the status code."""
        return self._status

    def setStatusCode(self, code: int | None) -> None:
        """The status code."""
        if code is None:
            raise null_argument()
        self._code = code

    def getStatusCode(self) -> int:
        """The status code."""
        return self._code

    def getXmlStreamReader(self) -> XmlStreamReader:
        """The body, to be read token by token."""
        return XmlStreamReader(self.getBody())

    def getHeaderKeys(self) -> List:
        """The names of the headers."""
        return text_list(self.headers())

    def toString(self) -> str:
        """``System.HttpResponse[Status=OK, StatusCode=200]``."""
        return f"System.HttpResponse[Status={self._status or 'null'}, StatusCode={self._code}]"


@platform("System.Http")
class Http(PlatformObject):
    """``System.Http``: sends a request, in tests to the mock."""

    @contextual
    def send(self, execution: Any, request: HttpRequest | None) -> Any:
        """The response to a request."""
        if request is None:
            raise null_pointer()
        mocked = (
            execution.in_test and "System.HttpCalloutMock" in execution.mocks
        )  # a mock is asked whatever is missing
        if not mocked:
            _check_address(request)
        execution.limits.count("callouts")
        if execution.trigger is not None:
            raise CalloutException("Callout from triggers are currently not supported.")
        if execution.work_pending:
            raise CalloutException("You have uncommitted work pending. Please commit or rollback before calling out")
        if execution.in_test:
            return self._mocked(execution, request)
        if execution.context == "scheduled":
            raise CalloutException("Callout from scheduled Apex not supported.")
        return received(execution.host.callout(request.outgoing()))

    @staticmethod
    def _mocked(execution: Any, request: HttpRequest) -> Any:
        mock = execution.mocks.get("System.HttpCalloutMock")
        if mock is None:
            raise TypeException("Methods defined as TestMethod do not support Web service callouts")
        return execution.invoke(mock, "respond", request)

    def toString(self) -> str:
        """The class."""
        return "System.Http[]"


def _check_address(request: HttpRequest) -> None:
    if not request.getEndpoint():
        raise CalloutException("endpoint cannot be null" if request.getEndpoint() is None else "no protocol: ")
    if not request.getMethod():
        raise CalloutException("Method must be specified")


def received(answer: host.HttpResponse) -> HttpResponse:
    """A response that came from outside."""
    response = HttpResponse()
    response.setStatusCode(answer.status_code)
    response.setStatus(answer.status)
    for name, value in answer.headers.items():
        response.setHeader(name, value)
    response.setBodyAsBlob(answer.body)
    return response


class _ResourceMock(PlatformObject):
    """A mock whose bodies are static resources."""

    def __init__(self) -> None:
        self._code = 200
        self._status: str | None = None
        self._headers: dict[str, str] = {}

    def setStatusCode(self, code: int) -> None:
        """The status code of the answers."""
        self._code = code

    def setStatus(self, status: str | None) -> None:
        """The status text of the answers."""
        self._status = status

    def setHeader(self, name: str, value: str) -> None:
        """A header of the answers."""
        self._headers[name] = value

    def _answer(self, execution: Any, resource: str | None) -> HttpResponse:
        body = None if resource is None else execution.host.static_resource(resource)
        if body is None:
            raise null_pointer(f"Static Resource not found: {resource}")
        return received(host.HttpResponse(self._code, self._status or "", self._headers, body))


@platform("System.StaticResourceCalloutMock")
class StaticResourceCalloutMock(_ResourceMock):
    """The same static resource for every request."""

    def __init__(self) -> None:
        super().__init__()
        self._resource: str | None = None

    def setStaticResource(self, name: str) -> None:
        """The name of the resource."""
        self._resource = name

    @contextual
    def respond(self, execution: Any, request: HttpRequest) -> HttpResponse:
        """The answer."""
        return self._answer(execution, self._resource)


@platform("System.MultiStaticResourceCalloutMock")
class MultiStaticResourceCalloutMock(_ResourceMock):
    """A static resource for each endpoint."""

    def __init__(self) -> None:
        super().__init__()
        self._resources: dict[str, str] = {}

    def setStaticResource(self, endpoint: str, name: str) -> None:
        """The name of the resource for an endpoint."""
        self._resources[endpoint] = name

    @contextual
    def respond(self, execution: Any, request: HttpRequest) -> HttpResponse:
        """The answer for the request's endpoint."""
        return self._answer(execution, self._resources.get(request.getEndpoint() or ""))
