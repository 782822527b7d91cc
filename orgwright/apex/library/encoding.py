"""``System.Blob``, ``EncodingUtil`` and ``UUID`` (Apex Reference Guide)."""

from __future__ import annotations

import base64
import codecs
import re
import urllib.parse
import uuid
from typing import Any

from orgwright.apex.library.arguments import null_argument, required
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime.exceptions import IllegalArgumentException, InvalidParameterValueException, StringException
from orgwright.apex.runtime.values import PlatformObject
from orgwright.apex.utf16 import hash_code, length

_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


# ---------------------------------------------------------------------------------------------- Blob


@native("Blob.valueOf")
def blob_of(text: str | None) -> bytes:
    if text is None:
        raise null_argument()
    return text.encode("utf-8", "replace")


@native("Blob.toString")
def blob_text(blob: bytes) -> str:
    try:
        return blob.decode()
    except UnicodeDecodeError:
        raise StringException("BLOB is not a valid UTF-8 string") from None


@native("Blob.size")
def blob_size(blob: bytes) -> int:
    return len(blob)


@native("Blob.equals")
def blob_equals(blob: bytes, other: Any) -> bool:
    return isinstance(other, bytes) and blob == other


# -------------------------------------------------------------------------------------- EncodingUtil


@native("EncodingUtil.base64Encode")
def base64_encode(blob: bytes | None) -> str:
    if blob is None:
        raise null_argument()
    return base64.b64encode(blob).decode()


@native("EncodingUtil.base64Decode")
def base64_decode(text: str | None) -> bytes:
    if text is None:
        raise null_argument()
    return decoded_base64(text)


def decoded_base64(text: str) -> bytes:
    """The bytes of a base64 text; blanks and missing padding are no fault, other letters are."""
    bare = re.sub(r"\s", "", text, flags=re.ASCII)
    for char in bare:
        if char not in _BASE64:
            raise StringException(f"Unrecognized base64 character: {char}")
    bare = bare.split("=", 1)[0]
    return base64.b64decode(bare[: len(bare) - (len(bare) % 4 == 1)] + "=" * (-len(bare) % 4 % 3))


@native("EncodingUtil.convertToHex")
def to_hex(blob: bytes | None) -> str:
    if blob is None:
        raise null_argument()
    return blob.hex()


@native("EncodingUtil.convertFromHex")
def from_hex(text: str | None) -> bytes:
    if text is None:
        raise null_argument()
    if length(text) % 2:
        raise InvalidParameterValueException("Invalid hex string: odd number of characters")
    if not re.fullmatch(r"[0-9a-fA-F]*", text):
        raise InvalidParameterValueException(f"Invalid hex string: {text}")
    return bytes.fromhex(text)


def _charset(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise InvalidParameterValueException(f"Unsupported encoding: {name}") from None


@native("EncodingUtil.urlEncode")
def url_encode(text: str, charset: str) -> str:
    """Form encoding as Java's URLEncoder does it: blanks become ``+``."""
    required(text, charset)
    quoted = urllib.parse.quote(text, safe="*-._", encoding=_charset(charset), errors="replace")
    return quoted.replace("~", "%7E").replace("%20", "+")


@native("EncodingUtil.urlDecode")
def url_decode(text: str, charset: str) -> str:
    required(text, charset)
    broken = re.search(r"%(?![0-9a-fA-F]{2})", text)
    if broken:
        raise IllegalArgumentException("URLDecoder: Illegal hex characters in escape (%) pattern")
    return urllib.parse.unquote_plus(text, encoding=_charset(charset), errors="replace")


# ---------------------------------------------------------------------------------------------- UUID


@platform("System.UUID")
class UUID(PlatformObject):
    """``System.UUID``."""

    __slots__ = ("value",)

    def __init__(self, value: uuid.UUID) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UUID) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    @property
    def json_text(self) -> str:
        """How it is serialised."""
        return str(self.value)

    def equals(self, other: object) -> bool:
        """Whether both are the same UUID."""
        return self == other

    def hashCode(self) -> int:
        """A hash of the text."""
        return hash_code(str(self.value))

    def toString(self) -> str:
        """36 characters in lower case."""
        return str(self.value)


@native("UUID.randomUUID")
def random_uuid() -> UUID:
    return UUID(uuid.uuid4())


@native("UUID.fromString")
def uuid_of(text: str | None) -> UUID:
    if text is None:
        raise null_argument()
    if not re.fullmatch(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise IllegalArgumentException(f"Invalid UUID string: {text}")
    return UUID(uuid.UUID(text))
