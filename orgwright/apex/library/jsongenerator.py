"""``System.JSONGenerator`` (Apex Reference Guide): JSON written piece by piece."""

from __future__ import annotations

import datetime as dt
from typing import Any

from orgwright.apex.library.jsonwrite import Serializer, Writer, scalar_text
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime.exceptions import JSONException, null_pointer
from orgwright.apex.runtime.values import PlatformObject


@platform("System.JSONGenerator")
class JSONGenerator(PlatformObject):
    """A writer that refuses what is out of place, in Jackson's words."""

    __slots__ = ("_closed", "_named", "_writer")

    def __init__(self, pretty: bool = False) -> None:
        self._writer = Writer(pretty)
        self._named = False
        self._closed = False

    def _context(self) -> str:
        return self._writer.open[-1] if self._writer.open else "ROOT"

    def _value(self, what: str) -> None:
        if self._context() == "OBJECT" and not self._named:
            raise JSONException(f"Can not {what}, expecting field name")
        self._named = False

    def _write(self, what: str, value: Any, method: str | None = None) -> None:
        if value is None and method is not None:
            raise null_pointer(f"null argument for JSONGenerator.{method}()")
        self._value(f"write {what}")
        text = scalar_text(value)
        assert text is not None
        self._writer.scalar(text)

    # ------------------------------------------------------------------------------------ structure

    def writeStartObject(self) -> None:
        """``{``."""
        self._value("start an object")
        self._writer.start("OBJECT")

    def writeStartArray(self) -> None:
        """``[``."""
        self._value("start an array")
        self._writer.start("ARRAY")

    def writeEndObject(self) -> None:
        """``}``."""
        if self._context() != "OBJECT":
            raise JSONException(f"Current context not an object but {self._context()}")
        self._named = False
        self._writer.end()

    def writeEndArray(self) -> None:
        """``]``."""
        if self._context() != "ARRAY":
            raise JSONException(f"Current context not an ARRAY but {self._context()}")
        self._writer.end()

    def writeFieldName(self, name: str | None) -> None:
        """The name of the next member."""
        if name is None:
            raise null_pointer("null argument for JSONGenerator.writeFieldName()")
        if self._context() != "OBJECT" or self._named:
            raise JSONException("Can not write a field name, expecting a value")
        self._writer.name(name)
        self._named = True

    # --------------------------------------------------------------------------------------- values

    def writeString(self, value: str | None) -> None:
        """A text."""
        self._write("text value", value, "writeString")

    def writeNumber(self, value: Any) -> None:
        """A number."""
        self._write("number", value, "writeNumber")

    def writeBoolean(self, value: bool | None) -> None:
        """``true`` or ``false``."""
        self._write("boolean value", value, "writeBoolean")

    def writeNull(self) -> None:
        """``null``."""
        self._write("null value", None)

    def writeId(self, value: str | None) -> None:
        """An Id."""
        self._write("text value", value, "writeId")

    def writeBlob(self, value: bytes | None) -> None:
        """A Blob, in base64."""
        self._write("text value", value, "writeBlob")

    def writeDate(self, value: dt.date | None) -> None:
        """A date."""
        self._write("text value", value, "writeDate")

    def writeDateTime(self, value: dt.datetime | None) -> None:
        """A moment."""
        self._write("text value", value, "writeDateTime")

    def writeTime(self, value: dt.time | None) -> None:
        """A time of day."""
        self._write("text value", value, "writeTime")

    def writeObject(self, value: Any) -> None:
        """Any value, as ``JSON.serialize`` writes it."""
        self._value("write object value")
        Serializer(self._writer).write(value)

    # --------------------------------------------------------------------------------- whole members

    def _member(self, method: str, name: str | None, value: Any) -> None:
        if name is None or (value is None and method not in ("writeNullField", "writeObjectField")):
            raise null_pointer(f"null argument for JSONGenerator.{method}()")
        self.writeFieldName(name)
        self.writeObject(value)

    def writeStringField(self, name: str | None, value: str | None) -> None:
        """A member with a text."""
        self._member("writeStringField", name, value)

    def writeNumberField(self, name: str | None, value: Any) -> None:
        """A member with a number."""
        self._member("writeNumberField", name, value)

    def writeBooleanField(self, name: str | None, value: bool | None) -> None:
        """A member with a Boolean."""
        self._member("writeBooleanField", name, value)

    def writeNullField(self, name: str | None) -> None:
        """A member that is null."""
        self._member("writeNullField", name, None)

    def writeIdField(self, name: str | None, value: str | None) -> None:
        """A member with an Id."""
        self._member("writeIdField", name, value)

    def writeBlobField(self, name: str | None, value: bytes | None) -> None:
        """A member with a Blob."""
        self._member("writeBlobField", name, value)

    def writeDateField(self, name: str | None, value: dt.date | None) -> None:
        """A member with a date."""
        self._member("writeDateField", name, value)

    def writeDateTimeField(self, name: str | None, value: dt.datetime | None) -> None:
        """A member with a moment."""
        self._member("writeDateTimeField", name, value)

    def writeTimeField(self, name: str | None, value: dt.time | None) -> None:
        """A member with a time of day."""
        self._member("writeTimeField", name, value)

    def writeObjectField(self, name: str | None, value: Any) -> None:
        """A member with any value."""
        self._member("writeObjectField", name, value)

    # ------------------------------------------------------------------------------------------ end

    def close(self) -> None:
        """Close all that is open."""
        while self._writer.open:
            self._writer.end()
        self._closed = True

    def isClosed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def getAsString(self) -> str:
        """The text; everything open is closed."""
        self.close()
        return self._writer.text()


@native("JSON.createGenerator")
def create_generator(pretty: bool | None) -> JSONGenerator:
    return JSONGenerator(bool(pretty))
