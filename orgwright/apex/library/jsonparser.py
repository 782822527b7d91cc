"""``System.JSONParser`` (Apex Reference Guide): JSON read token by token."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from orgwright.apex.library.jsonread import Reader, read_moment
from orgwright.apex.library.jsontext import JsonProblem, Token
from orgwright.apex.library.jsonvalues import ValueProblem
from orgwright.apex.library.registry import native, platform
from orgwright.apex.library.typetoken import Type
from orgwright.apex.runtime.compare import as_id
from orgwright.apex.runtime.exceptions import ApexException, JSONException, null_pointer
from orgwright.apex.runtime.values import EnumValue, Id, PlatformObject, platform_enum

TOKENS = platform_enum(
    "System.JSONToken",
    "NOT_AVAILABLE", "START_OBJECT", "END_OBJECT", "START_ARRAY", "END_ARRAY", "FIELD_NAME", "VALUE_EMBEDDED_OBJECT",
    "VALUE_STRING", "VALUE_NUMBER_INT", "VALUE_NUMBER_FLOAT", "VALUE_TRUE", "VALUE_FALSE", "VALUE_NULL",
)  # fmt: skip
_TEXTS = {
    "START_OBJECT": "{", "END_OBJECT": "}", "START_ARRAY": "[", "END_ARRAY": "]", "VALUE_TRUE": "true",
    "VALUE_FALSE": "false", "VALUE_NULL": "null",
}  # fmt: skip


class _StreamReader(Reader):
    """A Reader whose places have the form of the token parser's errors."""

    def fail(self, what: str, offset: int | None = None) -> ApexException:
        line, column = self.scanner.place(self.scanner.at if offset is None else offset)
        return JSONException(f"{what} at input location [{line},{column}]")

    def token(self) -> Token:
        found = self.next_token()
        if found is None:
            raise self.fail("Unexpected end-of-input")
        return found

    def next_token(self) -> Token | None:
        """The next token, ``None`` at the end."""
        try:
            return self.scanner.next()
        except JsonProblem as problem:
            raise JSONException(f"{problem.what} at input location [{problem.line},{problem.column}]") from None


@platform("System.JSONParser")
class JSONParser(PlatformObject):
    """``System.JSONParser``: the current token and what it holds."""

    __slots__ = ("_cleared", "_names", "_reader", "_token")

    def __init__(self, text: str, execution: Any) -> None:
        self._reader = _StreamReader(text, execution)
        self._token: Token | None = None
        self._cleared: Token | None = None
        self._names: list[str | None] = [None]

    def _advance(self) -> Token | None:
        token = self._reader.next_token()
        self._token = token
        if token is None:
            return None
        if token.kind in ("START_OBJECT", "START_ARRAY"):
            self._names.append(None)
        elif token.kind in ("END_OBJECT", "END_ARRAY"):
            self._names.pop()
        elif token.kind == "FIELD_NAME":
            self._names[-1] = token.value
        return token

    def nextToken(self) -> EnumValue | None:
        """Step to the next token; null at the end."""
        token = self._advance()
        return TOKENS[token.kind] if token else None

    def nextValue(self) -> EnumValue | None:
        """Step to the next token that is no field name."""
        token = self._advance()
        if token is not None and token.kind == "FIELD_NAME":
            token = self._advance()
        return TOKENS[token.kind] if token else None

    def getCurrentToken(self) -> EnumValue | None:
        """The token that the parser stands on; null before the first and after the last."""
        return TOKENS[self._token.kind] if self._token else None

    def hasCurrentToken(self) -> bool:
        """Whether the parser stands on a token."""
        return self._token is not None

    def clearCurrentToken(self) -> None:
        """Forget the current token."""
        self._cleared, self._token = self._token, None

    def getLastClearedToken(self) -> EnumValue | None:
        """The token that was cleared last."""
        return TOKENS[self._cleared.kind] if self._cleared else None

    def getCurrentName(self) -> str | None:
        """The name of the member that the current token belongs to."""
        if self._token is not None and self._token.kind in ("START_OBJECT", "START_ARRAY"):
            return self._names[-2]
        return self._names[-1]

    def skipChildren(self) -> None:
        """From the start of an object or array to its end."""
        if self._token is None or self._token.kind not in ("START_OBJECT", "START_ARRAY"):
            return
        depth = self._reader.scanner.depth
        while self._reader.scanner.depth >= depth and self._advance() is not None:
            pass

    # --------------------------------------------------------------------------------------- values

    def getText(self) -> str | None:
        """The text of the current token."""
        token = self._token
        if token is None:
            return None
        if token.kind in _TEXTS:
            return _TEXTS[token.kind]
        return str(token.value) if isinstance(token.value, str) else self._reader.text(token)

    def _current(self) -> Token:
        if self._token is None:
            raise self._reader.fail("Current token (null) not numeric, can not use numeric value accessors")
        return self._token

    def _number(self) -> Any:
        token = self._current()
        if token.kind not in ("VALUE_NUMBER_INT", "VALUE_NUMBER_FLOAT"):
            raise self._reader.fail(f"Current token ({token.kind}) not numeric, can not use numeric value accessors")
        return token.value

    def _whole(self, bits: int, name: str) -> int:
        value = int(self._number())
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            text = self._reader.text(self._current())
            raise self._reader.fail(f"Numeric value ({text}) out of range of {name}")
        return value

    def getIntegerValue(self) -> int:
        """The current number as an Integer."""
        return self._whole(32, "int")

    def getLongValue(self) -> int:
        """The current number as a Long."""
        return self._whole(64, "long")

    def getDecimalValue(self) -> Decimal:
        """The current number as a Decimal."""
        return Decimal(self._number())

    def getDoubleValue(self) -> float:
        """The current number as a Double."""
        return float(self._number())

    def getBooleanValue(self) -> bool:
        """The current token as a Boolean."""
        token = self._current()
        if token.kind not in ("VALUE_TRUE", "VALUE_FALSE"):
            raise self._reader.fail(f"Current token ({token.kind}) not of boolean type")
        return bool(token.value)

    def _moment(self, kind: str) -> Any:
        try:
            return read_moment(self._reader.text(self._current()), kind)
        except ValueProblem as problem:
            raise self._reader.fail(str(problem)) from None

    def getDateValue(self) -> dt.date:
        """The current text as a Date."""
        found: dt.date = self._moment("date")
        return found

    def getDateTimeValue(self) -> dt.datetime:
        """The current text as a Datetime."""
        found: dt.datetime = self._moment("datetime")
        return found

    def getTimeValue(self) -> dt.time:
        """The current text as a Time."""
        found: dt.time = self._moment("time")
        return found

    def getBlobValue(self) -> bytes:
        """The current text, base64, as a Blob."""
        found: bytes = self._moment("blob")
        return found

    def getIdValue(self) -> Id:
        """The current text as an Id."""
        return as_id(self._reader.text(self._current()))

    # -------------------------------------------------------------------------------------- objects

    def readValueAs(self, type: Type | None) -> Any:
        """The value at the current token as a type; the parser then stands on its last token."""
        return self._read(type, strict=False)

    def readValueAsStrict(self, type: Type | None) -> Any:
        """The same, refusing members that the type has not."""
        return self._read(type, strict=True)

    def _read(self, type: Type | None, strict: bool) -> Any:
        if type is None:
            raise null_pointer("Argument cannot be null.")
        token = self._token
        if token is not None and token.kind == "FIELD_NAME":
            token = self._advance()
        if token is None:
            token = self._advance()
        if token is None:
            raise JSONException("No content to map to Object due to end of input")
        self._reader.strict = strict
        value = self._reader.typed(token, type.rtype, None)
        if token.kind in ("START_OBJECT", "START_ARRAY"):
            self._names.pop()
            end = self._reader.scanner.at
            self._token = Token(token.kind.replace("START", "END"), None, end - 1, end)
        return value


@native("JSON.createParser", context=True)
def create_parser(execution: Any, text: str | None) -> JSONParser:
    if text is None:
        raise null_pointer("null input to JSON parser")
    return JSONParser(text, execution)
