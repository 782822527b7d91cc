"""Callouts that Apex makes outside of tests: only to addresses that the org allows."""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from orgwright.apex.host import ApexFailure, HttpRequest, HttpResponse
from orgwright.localorg.apexhost.authorization import Authorization
from orgwright.localorg.metadata.components import Components

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

MAX_ANSWER = 12_000_000


Connector = Callable[[str, str, int | None, float], http.client.HTTPConnection]


def send(tx: Transaction, request: HttpRequest) -> HttpResponse:
    """Send a callout and wait for its answer.

    Raises ``System.CalloutException`` as :class:`ApexFailure`: for an address that neither a remote site nor a
    named credential allows, and for what goes wrong on the way. What a credential adds is in no message.
    """
    timeout = max(1, min(request.timeout_ms, 120_000)) / 1000
    endpoint, headers, body = resolve(tx, request, timeout)
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _failure(f"no protocol: {endpoint}" if not parts.scheme else f"unknown protocol: {parts.scheme}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts.scheme, parts.hostname, parts.port, timeout)
    try:
        connection.request(request.method, path, body=body or None, headers=headers)
        answer = connection.getresponse()
        content = answer.read(MAX_ANSWER + 1)
        if len(content) > MAX_ANSWER:
            raise _failure(f"Exceeded max size limit of {MAX_ANSWER}")
        return HttpResponse(answer.status, answer.reason, dict(answer.getheaders()), content)
    except TimeoutError as error:
        raise _failure("Read timed out") from error
    except (OSError, http.client.HTTPException) as error:
        raise _failure(f"{type(error).__name__}: {error}") from error
    except ValueError:
        # http.client names the header's value, which may be a secret
        raise _failure("the request has a header, a method or a path that HTTP does not allow") from None
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=timeout)


def resolve(tx: Transaction, request: HttpRequest, timeout: float) -> tuple[str, dict[str, str], bytes]:
    """The real address, headers and body of a callout: by its named credential, or as they are when a remote site
    allows the address."""
    endpoint, headers, body = request.endpoint, dict(request.headers), request.body or b""
    if not endpoint.lower().startswith("callout:"):
        if not any(_within(endpoint, site) for site in _sites(tx)):
            raise _failure(
                f"Unauthorized endpoint, please check Setup->Security->Remote site settings. endpoint = {endpoint}"
            )
        return endpoint, headers, body
    name = re.split(r"[/?]", endpoint[len("callout:") :], maxsplit=1)[0]
    rest = endpoint[len("callout:") + len(name) :]
    stored = Components(tx).get("NamedCredential", name)
    if stored is None:
        raise _failure(
            f'The callout couldn\'t access the endpoint. You might not have the required permissions, or the named credential "{name}" might not exist.'
        )
    node = stored.node
    base, own = node.value("endpoint"), dict[str, str]()
    authorization: Authorization | None = None
    if not base and node.value("namedCredentialType") in ("", "Legacy"):
        raise _failure(f"The named credential {name} has no URL")
    if base and node.value("protocol") not in ("", "NoAuthentication"):
        raise _failure(
            f"The protocol {node.value('protocol')} of a legacy named credential is not supported by the embedded org"
        )
    for parameter in node.all("namedCredentialParameters"):
        kind = parameter.value("parameterType")
        if kind == "Url":
            base = parameter.value("parameterValue")
        elif kind == "HttpHeader":
            own[parameter.value("parameterName")] = parameter.value("parameterValue")
        elif kind == "Authentication":
            external = Components(tx).get("ExternalCredential", parameter.value("externalCredential"))
            if external is None:
                raise _failure(f"There is no external credential {parameter.value('externalCredential')}")
            authorization = Authorization(tx, external)
    if authorization is not None:
        generate = node.value("generateAuthorizationHeader", "true") != "false"
        if node.flag("allowMergeFieldsInHeader"):
            headers = {label: authorization.merge(value) for label, value in headers.items()}
        if node.flag("allowMergeFieldsInBody"):
            body = authorization.merge(body.decode("utf-8", "replace")).encode()
        own = {label: authorization.merge(value) for label, value in own.items()}
        headers = {**headers, **own, **authorization.headers(_connection, timeout, generate=generate)}
    else:
        headers = {**headers, **own}
    return base.rstrip("/") + (rest if rest.startswith("?") else f"/{rest.lstrip('/')}" if rest else ""), headers, body


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
