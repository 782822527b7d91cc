"""Callouts that Apex makes outside of tests: only to addresses that the org allows."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from orgwright.apex.host import ApexFailure, HttpRequest, HttpResponse
from orgwright.localorg.metadata.components import Components

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

MAX_ANSWER = 12_000_000


def send(tx: Transaction, request: HttpRequest) -> HttpResponse:
    """Send a callout and wait for its answer.

    Raises ``System.CalloutException`` as :class:`ApexFailure`: for an address that neither a remote site nor a
    named credential allows, and for what goes wrong on the way.
    """
    endpoint = resolve(tx, request.endpoint)
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _failure(f"no protocol: {endpoint}" if not parts.scheme else f"unknown protocol: {parts.scheme}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    timeout = max(1, min(request.timeout_ms, 120_000)) / 1000
    connection = _connection(parts.scheme, parts.hostname, parts.port, timeout)
    try:
        connection.request(request.method, path, body=request.body or None, headers=dict(request.headers))
        answer = connection.getresponse()
        body = answer.read(MAX_ANSWER + 1)
        if len(body) > MAX_ANSWER:
            raise _failure(f"Exceeded max size limit of {MAX_ANSWER}")
        return HttpResponse(answer.status, answer.reason, dict(answer.getheaders()), body)
    except TimeoutError as error:
        raise _failure("Read timed out") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _failure(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=timeout)


def resolve(tx: Transaction, endpoint: str) -> str:
    """The real address of an endpoint: a named credential's, or itself when a remote site allows it."""
    if endpoint.lower().startswith("callout:"):
        name, _, rest = endpoint[len("callout:") :].partition("/")
        stored = Components(tx).get("NamedCredential", name)
        if stored is None:
            raise _failure(
                f'The callout couldn\'t access the endpoint. You might not have the required permissions, or the named credential "{name}" might not exist.'
            )
        node = stored.node
        base = node.value("endpoint")
        for parameter in node.all("namedCredentialParameters"):
            if parameter.value("parameterType") == "Url":
                base = parameter.value("parameterValue")
            elif parameter.value("parameterType") == "Authentication":
                raise _failure(
                    f"Authentication of the external credential {parameter.value('externalCredential')} "
                    "is not supported by the embedded org"
                )
        return base.rstrip("/") + (f"/{rest}" if rest else "")
    if not any(_within(endpoint, site) for site in _sites(tx)):
        raise _failure(
            f"Unauthorized endpoint, please check Setup->Security->Remote site settings. endpoint = {endpoint}"
        )
    return endpoint


def _sites(tx: Transaction) -> Iterator[str]:
    for stored in Components(tx).all("RemoteSiteSetting"):
        node = stored.node
        if node.flag("isActive"):
            yield node.value("url")


def _within(endpoint: str, site: str) -> bool:
    """Whether the endpoint has the site's scheme, host and port (paths of remote sites do not restrict)."""
    ours, allowed = urlsplit(endpoint), urlsplit(site)
    return (ours.scheme.lower(), ours.netloc.lower()) == (allowed.scheme.lower(), allowed.netloc.lower())


def _failure(message: str) -> ApexFailure:
    return ApexFailure("System.CalloutException", message)
