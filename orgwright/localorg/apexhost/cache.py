"""Compiled Apex kept on disk from one start to the next, by the content of all that it was made from.

The folder is this user's alone: what is read from it is code. Each file begins with a digest of the rest; a file that
does not fit its digest, like a folder that others could write, counts as not there. Nothing here ever fails: without
the cache, Apex is compiled.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from importlib import resources
from importlib.abc import Traversable
from pathlib import Path

from orgwright.localorg.files import home_folder

VARIABLE = "ORGWRIGHT_APEX_CACHE"
_FORMAT = b"orgwright-apex-1\n"
_DIGEST = 32
_KEPT_SECONDS = 30 * 24 * 3600
_TOUCHED_AFTER = 24 * 3600
_PACKAGES = ("orgwright.apex", "orgwright.localorg")


class Cache:
    """Files in one folder. ``toolchain`` stands for the compiler: it is part of every name."""

    def __init__(self, folder: Path, toolchain: str) -> None:
        self.folder = folder
        self._toolchain = toolchain

    def load(self, key: str) -> bytes | None:
        """What was saved under a key, if it is there and whole."""
        with self._opened(make=False) as folder:
            if folder is None:
                return None
            data = _read(folder, self._name(key))
        if data is None or not data.startswith(_FORMAT):
            return None
        digest, payload = data[len(_FORMAT) : len(_FORMAT) + _DIGEST], data[len(_FORMAT) + _DIGEST :]
        return payload if hashlib.sha256(payload).digest() == digest else None

    def save(self, key: str, data: bytes) -> None:
        """Keep data under a key: a reader sees all of it or nothing."""
        with self._opened(make=True) as folder:
            if folder is not None:
                _write(folder, self._name(key), _FORMAT + hashlib.sha256(data).digest() + data)

    def has(self, key: str) -> bool:
        """Whether something is kept under a key; it may still turn out to be broken."""
        with self._opened(make=False) as folder:
            if folder is None:
                return False
            try:
                return stat.S_ISREG(os.stat(self._name(key), dir_fd=folder, follow_symlinks=False).st_mode)
            except OSError:
                return False

    def prune(self) -> None:
        """Remove what was not used for a month."""
        limit = time.time() - _KEPT_SECONDS
        with self._opened(make=False) as folder, contextlib.suppress(OSError):
            if folder is None:
                return
            for name in os.listdir(folder):  # noqa: PTH208  # a descriptor, not a path
                with contextlib.suppress(OSError):
                    if os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime < limit:
                        os.unlink(name, dir_fd=folder)

    def _name(self, key: str) -> str:
        return hashlib.sha256(f"{self._toolchain}\n{key}".encode()).hexdigest()

    @contextlib.contextmanager
    def _opened(self, *, make: bool) -> Iterator[int | None]:
        """The folder as a file descriptor; ``None`` when it is missing or not this user's alone."""
        handle = _open_private(self.folder, make)
        try:
            yield handle
        finally:
            if handle is not None:
                os.close(handle)


def _open_private(folder: Path, make: bool) -> int | None:
    try:
        if make:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    found = os.fstat(handle)
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        os.close(handle)
        return None
    return handle


def _read(folder: int, name: str) -> bytes | None:
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            return None
        if time.time() - found.st_mtime > _TOUCHED_AFTER:
            with contextlib.suppress(OSError):
                os.utime(handle)
        with contextlib.suppress(OSError):
            return file.read()
    return None


def _write(folder: int, name: str, data: bytes) -> None:
    temporary = f".{secrets.token_hex(8)}"
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    except OSError:
        return
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:  # the disk is full, say: go on without
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)


@functools.cache
def default() -> Cache | None:
    """The user's cache: ``apex-cache`` in the state folder, or ``$ORGWRIGHT_APEX_CACHE``; ``off`` there means none."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen.lower() == "off" or not hasattr(os, "geteuid"):
        return None
    return Cache(Path(chosen).absolute() if chosen else home_folder() / "apex-cache", toolchain())


@functools.cache
def toolchain() -> str:
    """A digest of this Python and of all of orgwright that has a part in compiling and checking."""
    mark = hashlib.sha256(f"{sys.version}\n{sys.flags.optimize}\n".encode())
    for package in _PACKAGES:
        _add(mark, resources.files(package))
    return mark.hexdigest()


def _add(mark: hashlib._Hash, folder: Traversable) -> None:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                _add(mark, entry)
        elif not entry.name.endswith(".pyc"):
            data = entry.read_bytes()
            mark.update(f"{entry.name} {len(data)}\n".encode())
            mark.update(data)
