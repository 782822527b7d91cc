"""``Compression``: zip archives written and read (Apex Reference Guide, Compression Namespace).

The bytes are Python's ``zipfile`` and ``zlib``; what is never trusted is a size that an archive tells: an entry is
inflated only as far as a transaction's heap could hold it.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
import zlib
from typing import Any

from orgwright.apex.library.enums import enum
from orgwright.apex.library.registry import contextual, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import ApexException, LimitException, null_pointer
from orgwright.apex.runtime.keyed import Map, Set
from orgwright.apex.runtime.limits import HEAP_BYTES
from orgwright.apex.runtime.values import EnumValue, PlatformObject

_LEVELS = {"NO_COMPRESSION": 0, "BEST_SPEED": 1, "DEFAULT_LEVEL": 6, "BEST_COMPRESSION": 9}
_METHODS = {"STORED": zipfile.ZIP_STORED, "DEFLATED": zipfile.ZIP_DEFLATED}
_TIMESTAMP = 0x5455
"""The extra field of a zip entry that holds its time to the second, in UTC."""
_FIRST_TIME = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
_LOCAL_HEADER = 30
_MAX_NAME = 0xFFFF


@platform("Compression.ZipException")
class ZipException(ApexException):
    """``Compression.ZipException``."""


@platform("Compression.ZipEntry")
class ZipEntry(PlatformObject):
    """``Compression.ZipEntry``: one file of an archive; what a reader gives cannot be changed."""

    __slots__ = ("comment", "compressed", "content", "crc", "method", "modified", "name", "raw", "size")

    @classmethod
    def rtype(cls) -> types.RType:
        """Its run-time type."""
        return types.RType("platform", "Compression.ZipEntry", (), cls)

    def __init__(self) -> None:
        self.name: str | None = None
        self.comment: str | None = ""
        self.content: bytes | None = b""
        self.method = enum("Compression.Method")["DEFLATED"]
        self.modified: dt.datetime | None = None
        self.compressed = -1
        self.size: int | None = None
        self.crc: int | None = None
        self.raw: bytes | None = None
        """What a reader found, still compressed; an entry to be written has none."""

    def apex_text(self, limit: int | None = None) -> str:
        """Its name."""
        return self.name or ""

    def toString(self) -> str:
        """Its name."""
        return self.apex_text()

    def getName(self) -> str | None:
        """The path in the archive."""
        return self.name

    def getComment(self) -> str | None:
        """The comment, empty where none was set."""
        return self.comment

    def getContent(self) -> bytes:
        """The bytes, not compressed."""
        if self.content is None:
            if self.raw is None:
                raise null_pointer()
            self.content = self.raw if self.method.name == "STORED" else _inflate(self.raw)
        return self.content

    def getCompressedSize(self) -> int:
        """The size in the archive; -1 for an entry that is still to be written."""
        return self.compressed

    def getUncompressedSize(self) -> int:
        """The size of the content."""
        return len(self.getContent()) if self.size is None else self.size

    def getCrc(self) -> int:
        """The CRC-32 of the content."""
        return zlib.crc32(self.getContent()) if self.crc is None else self.crc

    def getLastModifiedTime(self) -> dt.datetime | None:
        """When the file was changed last."""
        return self.modified

    def getMethod(self) -> EnumValue:
        """How the content is kept."""
        return self.method

    def setComment(self, comment: str | None) -> ZipEntry:
        """Set the comment."""
        self._writable()
        self.comment = comment
        return self

    def setContent(self, content: bytes | None) -> ZipEntry:
        """Set the bytes; null is none."""
        self._writable()
        self.content = content or b""
        return self

    def setLastModifiedTime(self, moment: dt.datetime | None) -> ZipEntry:
        """Set the time of the last change."""
        self._writable()
        if moment is None:
            raise ZipException("modTime may not be null")
        self.modified = moment
        return self

    def setMethod(self, method: EnumValue | None) -> ZipEntry:
        """Set how the content is kept."""
        self._writable()
        if method is None:
            raise ZipException("Method may not be null")
        self.method = method
        return self

    def _writable(self) -> None:
        if self.raw is not None or self.content is None:
            raise ZipException("Unsupported on read-only ZipEntry")

    def copy(self) -> ZipEntry:
        """The same file as an entry that can be written."""
        made = ZipEntry()
        made.name, made.comment, made.content = self.name, self.comment, self.getContent()
        made.method, made.modified = self.method, self.modified
        return made


@platform("Compression.ZipWriter")
class ZipWriter(PlatformObject):
    """``Compression.ZipWriter``: collects entries and makes an archive of them, sorted by name."""

    __slots__ = ("entries", "level", "method")

    def __init__(self) -> None:
        self.entries: dict[str, ZipEntry] = {}
        self.level = enum("Compression.Level")["BEST_SPEED"]
        self.method = enum("Compression.Method")["DEFLATED"]

    @contextual
    def addEntry(self, execution: Any, first: Any, *others: Any) -> ZipEntry:
        """Add a name with its bytes, one with everything about it, or a copy of an entry."""
        if others:
            entry = ZipEntry()
            entry.name, entry.content, entry.method = first, others[-1] or b"", self.method
            if len(others) > 1:
                entry.setComment(others[0]).setLastModifiedTime(others[1]).setMethod(others[2])
        elif first is None:
            raise null_pointer()
        else:
            entry = first.copy()
        if not entry.name:
            raise ZipException("Entry name empty")
        if entry.name in self.entries:
            raise ZipException(f'Duplicate entry "{entry.name}" specified')
        if entry.modified is None:
            entry.modified = execution.host.now().replace(microsecond=0)
        self.entries[entry.name] = entry
        return entry

    def removeEntry(self, name: str | None) -> None:
        """Take an entry out again."""
        if self.entries.pop(name or "", None) is None:
            raise ZipException(f'Entry "{name or ""}" not found')

    def getEntry(self, name: str | None) -> ZipEntry | None:
        """The entry of that name, if there is one."""
        return self.entries.get(name or "")

    def getEntries(self) -> List:
        """All entries in the order in which they were added."""
        return List(types.list_of(ZipEntry.rtype()), list(self.entries.values()))

    def getEntryNames(self) -> Set:
        """All names."""
        made = Set(types.set_of(types.STRING))
        for name in self.entries:
            made.add(name)
        return made

    def getLevel(self) -> EnumValue:
        """How hard to compress."""
        return self.level

    def setLevel(self, level: EnumValue | None) -> ZipWriter:
        """Set how hard to compress."""
        if level is None:
            raise null_pointer()
        self.level = level
        return self

    def getMethod(self) -> EnumValue:
        """How entries to come are kept."""
        return self.method

    def setMethod(self, method: EnumValue | None) -> ZipWriter:
        """Set how entries to come are kept."""
        if method is None:
            raise null_pointer()
        self.method = method
        return self

    def getArchive(self) -> bytes:
        """The archive."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name in sorted(self.entries):
                entry = self.entries[name]
                archive.writestr(_info(entry), entry.getContent(), compresslevel=_LEVELS[self.level.name])
        return target.getvalue()


def _info(entry: ZipEntry) -> zipfile.ZipInfo:
    assert entry.name is not None and entry.modified is not None
    if len(entry.name.encode()) > _MAX_NAME:
        raise ZipException("entry name too long")
    moment = max(entry.modified, _FIRST_TIME)
    info = zipfile.ZipInfo(entry.name, moment.timetuple()[:6])
    info.compress_type = _METHODS[entry.method.name]
    info.comment = (entry.comment or "").encode()[:_MAX_NAME]
    seconds = int(entry.modified.timestamp()) & 0xFFFFFFFF
    info.extra = struct.pack("<HHBI", _TIMESTAMP, 5, 1, seconds)
    return info


@platform("Compression.ZipReader")
class ZipReader(PlatformObject):
    """``Compression.ZipReader``: the entries of an archive."""

    __slots__ = ("entries", "names")

    def __init__(self, data: bytes | None) -> None:
        if data is None:
            raise null_pointer()
        self.entries: dict[str, ZipEntry] = {}
        self.names: list[str] = []
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for info in archive.infolist():
                    self.names.append(info.filename)
                    self.entries.setdefault(info.filename, _read(data, info))
        except (zipfile.BadZipFile, struct.error, NotImplementedError, UnicodeDecodeError):
            raise ZipException("Could not load Zip \nError on ZipFile unknown archive") from None

    def extract(self, entry: Any) -> bytes:
        """The bytes of an entry, by name or as it was got from here."""
        if entry is None:
            raise null_pointer()
        found = self.entries.get(entry if isinstance(entry, str) else entry.name)
        if found is None:
            raise null_pointer()
        return found.getContent()

    def getEntry(self, name: str | None) -> ZipEntry | None:
        """The entry of that name, if there is one."""
        return self.entries.get(name or "")

    def getEntries(self) -> List:
        """All entries in the order of the archive's directory."""
        return List(types.list_of(ZipEntry.rtype()), list(self.entries.values()))

    def getEntriesMap(self) -> Map:
        """All entries by name."""
        made = Map(types.map_of(types.STRING, ZipEntry.rtype()))
        for name, entry in self.entries.items():
            made.put(name, entry)
        return made

    def getEntryNames(self) -> List:
        """All names in the order of the archive's directory."""
        return List(types.list_of(types.STRING), list(self.names))


def _read(data: bytes, info: zipfile.ZipInfo) -> ZipEntry:
    if info.flag_bits & 1:
        raise ZipException(f"Error reading Zip achive \nUnsupported feature encryption used in entry {info.filename}")
    entry = ZipEntry()
    entry.name, entry.comment = info.filename, info.comment.decode("utf-8", "replace")
    entry.method = enum("Compression.Method")["STORED" if info.compress_type == zipfile.ZIP_STORED else "DEFLATED"]
    entry.compressed, entry.size, entry.crc = info.compress_size, info.file_size, info.CRC
    entry.modified, entry.content = _moment(info), None
    if info.compress_type in _METHODS.values():
        name, extra = struct.unpack_from("<HH", data, info.header_offset + 26)
        start = info.header_offset + _LOCAL_HEADER + name + extra
        entry.raw = data[start : start + info.compress_size]
    return entry


def _inflate(raw: bytes) -> bytes:
    heap = HEAP_BYTES[1]
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = machine.decompress(raw, heap + 1)
    except zlib.error as fault:
        raise ZipException(f"Error reading Zip achive \n{fault}") from None
    if len(content) > heap:
        raise LimitException(f"Apex heap size too large: {len(content)}")
    return content


def _moment(info: zipfile.ZipInfo) -> dt.datetime:
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == _TIMESTAMP and size >= 5 and extra[4] & 1:
            return dt.datetime.fromtimestamp(struct.unpack_from("<I", extra, 5)[0], dt.UTC)
        extra = extra[4 + size :]
    try:
        return dt.datetime(*info.date_time, tzinfo=dt.UTC)
    except ValueError:
        return _FIRST_TIME
