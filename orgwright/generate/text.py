"""Text of a spec as it may stand in Apex."""

from __future__ import annotations

_ESCAPED = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(text: str) -> str:
    """A string literal of Apex."""
    return f"'{''.join(_ESCAPED.get(character, character) for character in text)}'"


def commented(text: str) -> str:
    """Text that may stand in a comment: on one line, and it does not end the comment."""
    return " ".join(text.split()).replace("*/", "* /")
