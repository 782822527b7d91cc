"""Zip files from strangers, and the same bytes for the same content."""

from __future__ import annotations

import io
import stat
import warnings
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright.metadata import zip


def archive(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        warnings.simplefilter("ignore")
        for info, content in entries:
            out.writestr(info, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("classes/evil")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (archive(("../evil", b"")), "leaves"),
        (archive(("a/../../evil", b"")), "leaves"),
        (archive(("a//b", b"")), "leaves"),
        (archive(("/etc/passwd", b"")), "relative"),
        (archive(("C:/x", b"")), "relative"),
        (archive(("a\\..\\b", b"")), "relative"),
        (archive((link(), b"/etc/passwd")), "links"),
        (archive(("a", b"1"), ("a", b"2")), "twice"),
        (b"PK\x03\x04 no zip at all", "not a readable"),
        (archive(("a", b"text"))[:-30], "not a readable"),
    ],
    ids=["up", "up from below", "empty part", "root", "drive", "backslashes", "link", "twice", "no zip", "cut off"],
)
def test_refused(data: bytes, text: str) -> None:
    with pytest.raises(zip.ZipError, match=text):
        zip.read(data)


def test_a_damaged_file_is_refused() -> None:
    data = bytearray(archive(("a", b"some text that is compressed " * 50)))
    data[40] ^= 0xFF
    with pytest.raises(zip.ZipError, match="not a readable"):
        zip.read(bytes(data))


def test_limits_count_what_is_unpacked() -> None:
    bomb = archive(("a", bytes(3_000_000)), ("b", bytes(3_000_000)))
    with pytest.raises(zip.ZipError, match="unpacks to more than 5,000,000"):
        zip.read(bomb, limits=zip.Limits(unzipped=5_000_000))
    with pytest.raises(zip.ZipError, match="holds 2 files, at most 1"):
        zip.read(bomb, limits=zip.Limits(files=1))
    with pytest.raises(zip.ZipError, match="at most 100 are allowed"):
        zip.read(bomb, limits=zip.Limits(compressed=100))


paths = st.lists(st.text("abcXYZ012_-.", min_size=1).filter(lambda s: s.strip(".")), min_size=1, max_size=3).map(
    "/".join
)


@given(st.dictionaries(paths, st.binary()))
def test_round_trip_and_same_bytes(files: dict[str, bytes]) -> None:
    data = zip.write(files)
    assert zip.read(data) == files
    assert zip.write(dict(reversed(files.items()))) == data
