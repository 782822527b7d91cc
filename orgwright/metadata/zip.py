"""The one way to zip files: reading what strangers send, writing the same bytes for the same content."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orgwright.errors import OrgwrightError, Place

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_CHUNK: Final = 1 << 20


class ZipError(OrgwrightError):
    """An archive that is broken, too large, or that tries to leave its place."""


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold. The defaults are those of a deploy (Metadata API: 10,000 files, 39 MB, 600 MB unzipped)."""

    files: int = 10_000
    compressed: int = 39 * 1024 * 1024
    unzipped: int = 600 * 1024 * 1024


DEPLOY: Final = Limits()


def read(data: bytes, *, limits: Limits = DEPLOY, name: str = "zip file") -> dict[str, bytes]:
    """Every file of the archive ``data`` by its path, in the archive's order; folders are left out.

    Raises:
        ZipError: for an archive that is no zip, is damaged or encrypted, is over ``limits`` (counted while unpacking, not as declared),
            or holds absolute paths, ``..``, backslashes, links, or one path twice.
    """
    if len(data) > limits.compressed:
        raise ZipError(
            f"the archive has {len(data):,} bytes, at most {limits.compressed:,} are allowed", where=Place(file=name)
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _files(archive, limits, name)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OverflowError,
    ) as error:
        raise ZipError(f"not a readable zip archive: {error}", where=Place(file=name)) from None


def _files(archive: zipfile.ZipFile, limits: Limits, name: str) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > limits.files:
        raise ZipError(
            f"the archive holds {len(entries):,} files, at most {limits.files:,} are allowed", where=Place(file=name)
        )
    files: dict[str, bytes] = {}
    room = limits.unzipped
    for entry in entries:
        _refuse(entry, files, name)
        content = _unpack(archive, entry, room, limits, name)
        room -= len(content)
        files[entry.filename] = content
    return files


def _refuse(entry: zipfile.ZipInfo, seen: Mapping[str, bytes], name: str) -> None:
    # orig_filename is what the archive says: ZipInfo itself cuts at NUL
    path = entry.orig_filename
    place = Place(file=name, path=path)
    if path.startswith("/") or "\\" in path or "\0" in path or path[1:2] == ":":
        raise ZipError("the path must be relative, with forward slashes", where=place)
    if any(part in ("", ".", "..") for part in path.split("/")):
        raise ZipError("the path leaves the archive", where=place)
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise ZipError("links and special files are not allowed", where=place)
    if entry.flag_bits & 0x1:
        raise ZipError("the file is encrypted", where=place)
    if path in seen:
        raise ZipError("the file is in the archive twice", where=place)


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int, limits: Limits, name: str) -> bytes:
    out = bytearray()
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            out += chunk
            if len(out) > room:
                raise ZipError(
                    f"the archive unpacks to more than {limits.unzipped:,} bytes",
                    where=Place(file=name, path=entry.filename),
                )
    return bytes(out)


def write(files: Mapping[str, bytes]) -> bytes:
    """An archive of ``files`` by path: sorted, with a fixed date, so that the same content gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(files):
            info = zipfile.ZipInfo(path, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[path])
    return buffer.getvalue()
