"""HTTP/1.1 with the names of headers spelled as Salesforce spells them (``Content-Type``, ``Sforce-Limit-Info``).

The standard lets a name be in any case, and uvicorn sends small letters; but there are clients that look a header up in Salesforce's spelling only.
"""

from __future__ import annotations

import asyncio
from functools import cache

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

_SPECIAL = {b"etag": b"ETag", b"www-authenticate": b"WWW-Authenticate"}
_CONTINUE = b"HTTP/1.1 100 "


class Protocol(HttpToolsProtocol):
    """One connection. Each response goes through a :class:`_Head` until its head is written."""

    def on_headers_complete(self) -> None:
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            self.cycle.transport = _Head(self.cycle, self.cycle.transport)


class _Head(asyncio.Transport):
    """A transport that spells the head of one response, and hands the real transport back to it."""

    def __init__(self, cycle: RequestResponseCycle, transport: asyncio.Transport) -> None:
        super().__init__()
        self._cycle, self._transport = cycle, transport

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write a head; what announces one (``100 Continue``) goes as it is."""
        data = bytes(data)
        if not data.startswith(_CONTINUE):
            self._cycle.transport = self._transport
            data = _spelled(data)
        self._transport.write(data)

    def is_closing(self) -> bool:
        """Whether the connection ends."""
        return self._transport.is_closing()

    def close(self) -> None:
        """End the connection."""
        self._transport.close()


def _spelled(head: bytes) -> bytes:
    status, *lines = head.split(b"\r\n")
    parts = (line.partition(b":") for line in lines)
    return b"\r\n".join([status, *(_name(name) + colon + value for name, colon, value in parts)])


@cache
def _name(name: bytes) -> bytes:
    return _SPECIAL.get(name, name.title())
