"""Blocks of Unicode by the names that Java's regular expressions take (``\\p{InCombiningDiacriticalMarks}``).

``unicodeblocks.txt`` has a block a line as the Unicode Character Database (Blocks.txt) defines it: first and last code point, name.
"""

from __future__ import annotations

import functools
from pathlib import Path

_FILE = Path(__file__).with_name("unicodeblocks.txt")
_OLDER = {
    "greek": "greekandcoptic",
    "combiningmarksforsymbols": "combiningdiacriticalmarksforsymbols",
    "cyrillicsupplementary": "cyrillicsupplement",
}
"""Names that blocks had in Unicode before, which Java takes as well."""


def block(name: str) -> tuple[int, int] | None:
    """The first and the last code point of a block; case, blanks, ``_`` and ``-`` do not matter."""
    plain = _plain(name)
    return _blocks().get(_OLDER.get(plain, plain))


def _plain(name: str) -> str:
    return name.lower().translate({ord(sign): None for sign in " _-"})


@functools.cache
def _blocks() -> dict[str, tuple[int, int]]:
    rows = (line.split(" ", 2) for line in _FILE.read_text(encoding="ascii").splitlines())
    return {_plain(name): (int(first, 16), int(last, 16)) for first, last, name in rows}
