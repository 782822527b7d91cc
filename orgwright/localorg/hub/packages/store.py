"""The package versions of a server: what is known of each, and its metadata, in ``packages/`` of the state folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from orgwright.localorg.files import make_private, write_private

_FACTS, _ZIP = "version.json", "package.zip"


@dataclass(frozen=True)
class PackageVersion:
    """One version as every org of the server can see it. ``id`` is its 04t, ``needs`` are the 04t of what it depends on.

    ``key`` and ``key_lower`` are digests of the installation key and of that key in lower case (queries compare without case).
    """

    id: str
    package_id: str
    package_name: str
    hub_package: str
    name: str
    description: str
    number: tuple[int, int, int, int]
    released: bool
    org_dependent: bool
    needs: tuple[str, ...]
    key: str
    key_lower: str

    @property
    def version(self) -> str:
        return ".".join(str(part) for part in self.number)


def digest(key: str) -> str:
    """What is kept of an installation key; nothing of none."""
    return hashlib.sha256(key.encode()).hexdigest() if key else ""


class PackageStore:
    """The folder ``packages/``: one sub-folder for each version, by its 04t."""

    def __init__(self, home: Path) -> None:
        self._root = home / "packages"

    def put(self, version: PackageVersion, data: bytes) -> None:
        """Keep a version and its zip."""
        folder = make_private(make_private(self._root) / version.id[:15])
        write_private(folder / _ZIP, data)
        self._write(version)

    def _write(self, version: PackageVersion) -> None:
        write_private(self._root / version.id[:15] / _FACTS, json.dumps(asdict(version), indent=1).encode())

    def release(self, id: str) -> None:
        """Mark a version as released."""
        found = self.get(id)
        if found is not None:
            self._write(replace(found, released=True))

    def get(self, id: str) -> PackageVersion | None:
        """The version of that 04t."""
        if not id.isalnum():
            return None
        return _read(self._root / id[:15] / _FACTS)

    def all(self) -> Iterable[PackageVersion]:
        """Every version of the server."""
        found = (_read(path) for path in sorted(self._root.glob(f"*/{_FACTS}")))
        return [one for one in found if one is not None]

    def zip(self, version: PackageVersion) -> bytes:
        """The metadata of a version."""
        return (self._root / version.id[:15] / _ZIP).read_bytes()


def _read(path: Path) -> PackageVersion | None:
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        raw = json.loads(path.read_bytes())
        major, minor, patch, build = raw["number"]
        return PackageVersion(**{**raw, "number": (major, minor, patch, build), "needs": tuple(raw["needs"])})
    return None
