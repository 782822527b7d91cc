"""Salesforce Ids: 15 case-sensitive characters, 18 with the checksum suffix."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ALLOWED = frozenset(_DIGITS)
_PAIRS = [a + b for a in _DIGITS for b in _DIGITS]


_CAPITALS = {ord(c): "01"[c.isupper()] for c in _DIGITS}
_MARK_OF = {"".join("01"[number >> i & 1] for i in range(5)): mark for number, mark in enumerate(_SUFFIX)}
"""The character of the suffix for five characters of an Id, by which of them are capitals."""


def _bits(text: str) -> int:
    return sum(1 << i for i, c in enumerate(text) if "A" <= c <= "Z")


_PAIR_BITS = [_bits(pair) for pair in _PAIRS]


def suffix(id15: str) -> str:
    """The three characters that make 18 of 15: bit i of a block is set when its character i is a capital."""
    capitals = id15.translate(_CAPITALS)
    return _MARK_OF[capitals[:5]] + _MARK_OF[capitals[5:10]] + _MARK_OF[capitals[10:15]]


def to18(id: str) -> str | None:
    """The 18-character form of an Id of 15 or 18 characters, ``None`` when it cannot be one.

    The case of an 18-character Id is restored from its suffix, as Salesforce does.
    """
    if len(id) == 15:
        return id + suffix(id) if _ALLOWED.issuperset(id) else None
    if len(id) != 18 or not _ALLOWED.issuperset(id):
        return None
    if id[15:] == suffix(id[:15]):
        return id
    return _restore(id)


def _restore(id: str) -> str | None:
    out = []
    for block in range(3):
        mark = id[15 + block].upper()
        if mark not in _SUFFIX:
            return None
        bits = _SUFFIX.index(mark)
        for i, c in enumerate(id[block * 5 : block * 5 + 5]):
            out.append(c.upper() if bits >> i & 1 else c.lower())
    fixed = "".join(out)
    ending = suffix(fixed)
    return fixed + ending if ending == id[15:].upper() else None


def like(prefix: str, id: str) -> str:
    """An Id of another type made of a record's own: that of a row which the platform keeps along with it."""
    base = f"{prefix}{id[3:5]}O{id[6:15]}"
    return base + suffix(base)


def of_digest(prefix: str, digest: str) -> str:
    """An Id that a hexadecimal digest decides, for what has no row."""
    base = prefix + _base62(int(digest[:18], 16), 15 - len(prefix))
    return base + suffix(base)


def of_text(prefix: str, text: str) -> str:
    """An Id that a text decides, for a row that is made when it is read."""
    return of_digest(prefix, hashlib.sha256(text.encode()).hexdigest())


def make(prefix: str, pod: str, start: int, count: int) -> Iterator[str]:
    """``count`` 18-character Ids from counter ``start`` on: prefix, two characters of the org, ``0``, counter."""
    head = f"{prefix}{pod}"
    first = _SUFFIX[_bits(head)]
    pairs, pair_bits, marks = _PAIRS, _PAIR_BITS, _SUFFIX
    number, end = start, start + count
    while number < end:
        high, low = divmod(number, 3844)
        upper, middle = divmod(high, 3844 * 62)
        # five low digits: one, then two pairs; everything above them changes rarely
        block2 = f"0{_base62(upper, 4)}"
        lead, pair = divmod(middle, 3844)
        block3 = _DIGITS[lead] + pairs[pair]
        base = head + block2 + block3
        known = _bits(block3)
        ending = first + marks[_bits(block2)]
        stop = min(3844, low + end - number)
        for i in range(low, stop):
            yield f"{base}{pairs[i]}{ending}{marks[known | pair_bits[i] << 3]}"
        number += stop - low


def _base62(number: int, width: int) -> str:
    out = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        out = _DIGITS[digit] + out
    return out
