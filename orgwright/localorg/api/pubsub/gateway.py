"""The port of the Pub/Sub API: opened when somebody asks for it, and then at each start of the server."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from orgwright.errors import OrgwrightError
from orgwright.localorg.files import write_private
from orgwright.localorg.tls import certificates

if TYPE_CHECKING:
    import grpc

    from orgwright.localorg.runtime import Runtime

FILE = "pubsub.json"
THREADS = 64


class Gateway:
    """The gRPC server of a process; ``address`` is ``127.0.0.1:PORT`` (TLS by the server's own authority)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: grpc.Server | None = None
        self.address = ""

    def open(self, runtime: Runtime) -> str:
        """Listen, on the port of the last time when it is free; the address. :class:`OrgwrightError` without grpcio."""
        with self._lock:
            if self._server is not None:
                return self.address
            try:
                import grpc

                from orgwright.localorg.api.pubsub.urls import service
            except ImportError as error:
                raise OrgwrightError(
                    f"the Pub/Sub API needs {error.name}", help="pip install 'orgwright[pubsub]'"
                ) from error
            server = grpc.server(ThreadPoolExecutor(THREADS, "pubsub"), options=[("grpc.so_reuseport", 0)])
            server.add_generic_rpc_handlers((service(runtime),))
            pem = certificates(runtime.home).server.read_bytes()
            credentials = grpc.ssl_server_credentials([(pem, pem)])
            port = 0
            for wanted in (_last_port(runtime.home), 0):
                try:
                    port = server.add_secure_port(f"127.0.0.1:{wanted}", credentials)
                except RuntimeError:
                    port = 0
                if port:
                    break
            if not port:
                raise OrgwrightError("the Pub/Sub API finds no free port on 127.0.0.1")
            server.start()
            self._server, self.address = server, f"127.0.0.1:{port}"
            write_private(runtime.home / FILE, json.dumps({"port": port}).encode())
        return self.address

    def close(self) -> None:
        """End all calls and stop listening."""
        with self._lock:
            if self._server is not None:
                self._server.stop(0.2).wait(2)
                self._server = None


def wanted(home: Path) -> bool:
    """Whether somebody asked for the port before."""
    return (home / FILE).exists()


def _last_port(home: Path) -> int:
    try:
        port = json.loads((home / FILE).read_bytes())["port"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    return port if type(port) is int and 0 < port < 65536 else 0
