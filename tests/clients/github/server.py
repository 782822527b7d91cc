"""The server: a proxy on loopback that leads ``https://github.example`` to the stand-in and nowhere else.

CumulusCI knows servers by a name without a port. Behind a proxy the name needs no entry in any name service, and https goes
through, so its certificate is checked as ever.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import trustme

from tests.clients.github.api import Api
from tests.clients.github.repository import Repository
from tests.clients.github.shapes import Shapes

HOST = "github.example"
TOKEN = "ghp_0123456789"


@dataclass(frozen=True)
class GitHub:
    """A running stand-in. ``ca`` is the certificate (PEM) that its clients must trust."""

    api: Api
    proxy: str
    ca: bytes

    @property
    def url(self) -> str:
        return self.api.shapes.html

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """What the repository's REST resource answers to somebody else than the client under test."""
        base = urlsplit(self.api.shapes.api).path
        query, body = (body, {}) if method == "GET" else ({}, body)
        status, document = self.api.answer(method, base + path, query, body)
        assert status < 300, document
        return document


@contextmanager
def served(git: Path, owner: str, name: str) -> Iterator[GitHub]:
    """Serve a bare repository as ``owner/name`` as long as the block runs."""
    repository = Repository(git)
    branch = repository.git("symbolic-ref", "--short", "HEAD")
    api = Api(repository, Shapes(HOST, owner, name, branch, repository.commit("HEAD").date))
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api, context))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield GitHub(api, f"http://127.0.0.1:{server.server_port}", authority.cert_pem.bytes())
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(api: Api, context: ssl.SSLContext) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:
            if self.path != f"{HOST}:443":
                self.send_error(403, f"This proxy leads to {HOST} only")
                return
            self.send_response(200, "Connection established")
            self.end_headers()
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb")  # type: ignore[assignment]
            self.close_connection = False

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = urlsplit(self.path)
            if TOKEN not in self.headers.get("Authorization", ""):
                return self._send(401, {"message": "Bad credentials"})
            with lock:
                answer = api.answer(self.command, asked.path, dict(parse_qsl(asked.query)), json.loads(body or b"{}"))
            return self._send(*answer)

        do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

        def _send(self, status: int, document: Any) -> None:
            data = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: what matters is in the program's own output."""

    return Handler
