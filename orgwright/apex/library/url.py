"""``System.Url`` (Apex Reference Guide, Url Class)."""

from __future__ import annotations

import urllib.parse
from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime.exceptions import StringException
from orgwright.apex.runtime.values import PlatformObject

_PORTS = {"http": 80, "https": 443, "ftp": 21}


@platform("System.Url")
class Url(PlatformObject):
    """A URL and its parts."""

    __slots__ = ("_parts", "_text")

    def __init__(self, text: str) -> None:
        parts = urllib.parse.urlsplit(text)
        if not parts.scheme:
            raise StringException(f"no protocol: {text}")
        self._text, self._parts = text, parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Url) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    @property
    def _opaque(self) -> bool:
        return not self._parts.netloc and not self._parts.path.startswith("/")

    def toExternalForm(self) -> str:
        """The URL as text."""
        return self._text

    def toString(self) -> str:
        """The URL as text."""
        return f"System.Url[delegate={self._text}]"

    def getProtocol(self) -> str:
        """The part before the colon."""
        return self._parts.scheme

    def getAuthority(self) -> str | None:
        """User, host and port."""
        return None if self._opaque else self._parts.netloc

    def getUserInfo(self) -> str | None:
        """The user."""
        user, at, _ = self._parts.netloc.rpartition("@")
        return user if at else None

    def getHost(self) -> str | None:
        """The host; null when there is none."""
        return None if self._opaque else self._parts.netloc.rpartition("@")[2].partition(":")[0]

    def getPort(self) -> int:
        """The port, -1 when none is written."""
        try:
            return -1 if self._parts.port is None else self._parts.port
        except ValueError:
            raise StringException(f"Invalid URL: {self._text}") from None

    def getDefaultPort(self) -> int:
        """The port of the protocol."""
        return _PORTS.get(self._parts.scheme, -1)

    def getPath(self) -> str:
        """The path."""
        return self._parts.path

    def getQuery(self) -> str | None:
        """What stands behind the question mark."""
        return self._parts.query or None

    def getRef(self) -> str | None:
        """What stands behind the hash sign."""
        return self._parts.fragment or None

    def getFile(self) -> str:
        """Path and query."""
        return self._parts.path + (f"?{self._parts.query}" if self._parts.query else "")

    def sameFile(self, other: Url | None) -> bool:
        """Whether both differ in nothing but what stands behind the hash sign."""
        return other is not None and self._text.partition("#")[0] == other._text.partition("#")[0]


def _checked(*values: Any) -> None:
    if any(value is None for value in values):
        raise null_argument()


@native("Url.<init>(String)")
def of_text(text: str | None) -> Url:
    _checked(text)
    return Url(str(text))


@native("Url.<init>(Url, String)")
def of_context(context: Url | None, text: str | None) -> Url:
    _checked(context, text)
    assert context is not None
    return Url(urllib.parse.urljoin(context.toExternalForm(), str(text)))


@native("Url.<init>(String, String, String)")
def of_parts(protocol: str, host: str, file: str) -> Url:
    _checked(protocol, host, file)
    return Url(f"{protocol}://{host}{file}")


@native("Url.<init>(String, String, Integer, String)")
def of_parts_with_port(protocol: str, host: str, port: int, file: str) -> Url:
    _checked(protocol, host, port, file)
    return Url(f"{protocol}://{host}{'' if port == -1 else f':{port}'}{file}")


@native("Url.getSalesforceBaseUrl", "Url.getOrgDomainUrl", context=True)
def org_url(execution: Any) -> Url:
    return Url(execution.host.org.instance_url)


@native("Url.getCurrentRequestUrl", context=True)
def current_request_url(execution: Any) -> Url:
    return Url(execution.host.org.instance_url)
