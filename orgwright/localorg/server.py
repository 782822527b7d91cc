"""The server process: ``python -m orgwright.localorg.server HOME``.

It serves every org of the state folder on two loopback ports, http and https, and writes ``service.json``
(mode 0600) once it listens. Nothing heavy is imported and no org is opened before it is asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import Generator
from pathlib import Path

import uvicorn

from orgwright import __version__
from orgwright.localorg.api.dispatch import Application
from orgwright.localorg.api.pubsub import gateway as pubsub
from orgwright.localorg.files import make_private, write_private
from orgwright.localorg.protocol import Protocol
from orgwright.localorg.runtime import Runtime
from orgwright.localorg.tls import certificates

log = logging.getLogger("orgwright.localorg")
_GARBAGE = (20_000, 20, 10)
"""When to look for cycles: rows of a load come and go by the thousand and have none."""
_TOKENS = re.compile(r"00D\w{12,15}![\w.~-]+|(?:5Aep861|aPrx)[\w.~-]{20,}")


class _Quiet(logging.Formatter):
    """Takes tokens out of whatever is logged."""

    def format(self, record: logging.LogRecord) -> str:
        return _TOKENS.sub("(token)", super().format(record))


class _Listener(uvicorn.Server):
    """One port; signals are handled for both ports together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def listen(preferred: int | None) -> socket.socket:
    """A listening loopback socket, on the preferred port when that is free."""
    for port in [preferred, 0] if preferred else [0]:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            sock.bind(("127.0.0.1", port))
            sock.listen(512)
        except OSError:
            sock.close()
            continue
        return sock
    raise OSError("no free port on 127.0.0.1")


def main(home: Path) -> None:
    """Serve until a signal or the administration API says stop."""
    make_private(home)
    _log_to(home / "service.log")
    ports = _last_ports(home)
    plain, secure = listen(ports.get("http_port")), listen(ports.get("https_port"))
    with contextlib.suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    runtime = Runtime(home)
    try:
        asyncio.run(serve(runtime, plain, secure, signals=True))
    finally:
        (home / "service.json").unlink(missing_ok=True)
        runtime.close()
        log.info("stopped")


async def serve(runtime: Runtime, plain: socket.socket, secure: socket.socket, *, signals: bool = False) -> None:
    """Serve on two listening sockets until ``runtime.on_stop`` is called (or, with ``signals``, one arrives)."""
    application = Application(runtime)
    runtime.url = f"http://127.0.0.1:{plain.getsockname()[1]}"
    tls = certificates(runtime.home)
    listeners = []
    for sock in (plain, secure):
        config = uvicorn.Config(
            application,
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=120,
            timeout_graceful_shutdown=2,
        )
        config.load()
        if sock is secure:
            config.ssl = tls.context()
            config.is_ssl  # noqa: B018
        listeners.append((_Listener(config), sock))

    loop = asyncio.get_running_loop()

    def stop() -> None:
        runtime.stopping.set()
        for listener, _ in listeners:
            listener.should_exit = True

    def stop_from_thread() -> None:
        loop.call_soon_threadsafe(stop)

    runtime.on_stop = stop_from_thread
    for number in (signal.SIGTERM, signal.SIGINT) if signals else ():
        loop.add_signal_handler(number, stop)
    announce = loop.create_task(_announce(runtime, plain, secure, tls.ca))
    await asyncio.gather(*(listener.serve(sockets=[sock]) for listener, sock in listeners))
    await announce
    application.close()


async def _announce(runtime: Runtime, plain: socket.socket, secure: socket.socket, ca: Path) -> None:
    facts = {
        "pid": os.getpid(),
        "http_port": plain.getsockname()[1],
        "https_port": secure.getsockname()[1],
        "ca_bundle": str(ca),
        "key": runtime.key,
        "instance": runtime.instance,
        "version": __version__,
    }
    write_private(runtime.home / "ports.json", json.dumps({n: facts[n] for n in ("http_port", "https_port")}).encode())
    write_private(runtime.home / "service.json", json.dumps(facts, indent=1).encode())
    log.info("listening on http %s, https %s", facts["http_port"], facts["https_port"])
    if pubsub.wanted(runtime.home):
        runtime.submit("Pub/Sub API", lambda: runtime.state("pubsub", pubsub.Gateway).open(runtime))
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)


def _last_ports(home: Path) -> dict[str, int]:
    try:
        ports = json.loads((home / "ports.json").read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(ports, dict):
        return {}
    return {name: port for name, port in ports.items() if type(port) is int and 0 < port < 65536}


def _log_to(path: Path) -> None:
    if path.exists() and path.stat().st_size > 10_000_000:
        path.replace(path.with_suffix(".log.1"))
    os.close(os.open(path, os.O_CREAT | os.O_APPEND, 0o600))
    handler = logging.FileHandler(path)
    handler.setFormatter(_Quiet("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
