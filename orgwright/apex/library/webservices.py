"""``WebServiceCallout``: what classes made of a WSDL call, answered by a mock in tests (Apex Developer Guide, Test Web Service Callouts)."""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.registry import native
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import NotSupported, TypeException
from orgwright.apex.runtime.keyed import Map

_PARTS = 7


@native("WebServiceCallout.invoke", context=True)
def invoke(execution: Any, stub: Any, request: Any, response: Map | None, parts: List | None) -> None:
    """``parts``: endpoint, SOAP action, namespace and name of the request, namespace, name and type of the response."""
    if response is None or parts is None:
        raise null_argument(3 if response is None else 4)
    execution.limits.count("callouts")
    if not execution.in_test:
        raise NotSupported("WebServiceCallout.invoke outside of a test")
    mock = execution.mocks.get("System.WebServiceMock")
    if mock is None:
        raise TypeException("Methods defined as TestMethod do not support Web service callouts")
    endpoint, action, _, name, space, answer, kind = (parts.items + [None] * _PARTS)[:_PARTS]
    execution.invoke(mock, "doInvoke", stub, request, response, endpoint, action, name, space, answer, kind)
