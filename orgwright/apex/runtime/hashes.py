"""``hashCode()`` of Apex values: Java's, so that that of a value is the same in every process; that of an object without its own is its identity's."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal
from typing import Any

from orgwright.apex.runtime.values import ApexObject, EnumValue, Long, find_method
from orgwright.apex.utf16 import hash_code


def hash_of(value: Any) -> int:
    """The hash code of a value; collections, records and user classes know their own."""
    if value is None:
        return 0
    if isinstance(value, str):
        return hash_code(value)
    if isinstance(value, bool):
        return 1231 if value else 1237
    if isinstance(value, int):
        return _halves(value) if isinstance(value, Long) else value
    if isinstance(value, float):
        return _halves(int.from_bytes(struct.pack(">d", value), "big"))
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, (dt.date, dt.time)):
        return _moment(value)
    if isinstance(value, bytes):
        return hash_code(value.decode("latin-1"))
    if isinstance(value, EnumValue):
        return hash_code(value.name)
    if isinstance(value, ApexObject):
        return int(value.invoke("hashCode")) if find_method(type(value), "hashCode", ()) else signed(hash(value))
    own = getattr(value, "hashCode", None)
    return signed(hash(value)) if own is None else int(own())


def signed(value: int) -> int:
    """The lower 32 bits as an Integer."""
    return ((value + 0x80000000) & 0xFFFFFFFF) - 0x80000000


def _halves(value: int) -> int:
    bits = value & 0xFFFFFFFFFFFFFFFF
    return signed(bits ^ bits >> 32)


def _decimal(value: Decimal) -> int:
    """``BigDecimal.hashCode``: 31 times the unscaled value's hash, plus the scale."""
    sign, digits, exponent = value.as_tuple()
    unscaled, words = int(Decimal((0, digits, 0))), 0
    for shift in reversed(range(0, unscaled.bit_length(), 32)):
        words = 31 * words + (unscaled >> shift & 0xFFFFFFFF) & 0xFFFFFFFF
    return signed(31 * (-words if sign else words) - int(exponent))


def _moment(value: dt.date | dt.time) -> int:
    """``Date.hashCode``: the milliseconds since 1970, both halves mixed; of a Time those since midnight."""
    if isinstance(value, dt.time):
        return ((value.hour * 60 + value.minute) * 60 + value.second) * 1000 + value.microsecond // 1000
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time(), dt.UTC)
    return _halves((moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1))
