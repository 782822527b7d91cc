"""Errors of a connector spec: each with its place, and all of a file at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from orgwright.errors import OrgwrightError, Place


class SpecError(OrgwrightError):
    """One thing wrong in a spec. ``exit_code`` 2: nothing was begun."""


class SpecErrors(SpecError):
    """Everything that is wrong in a spec, in the order of the file; shown as the first of them and, by ``show``, all."""

    def __init__(self, errors: Iterable[SpecError]) -> None:
        self.errors = tuple(sorted(errors, key=_order))
        self.parts = self.errors
        first = self.errors[0]
        super().__init__(first.what, where=first.where, help=first.help)


def _order(error: SpecError) -> tuple[int, int]:
    place = error.where or Place()
    return (place.line or 0, place.column or 0)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """``did you mean label?`` for a word close to a known one, else None."""
    by_lower = {name.lower(): name for name in known}
    if word.lower() in by_lower:
        return f"did you mean {by_lower[word.lower()]}? (upper and lower case count here)"
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean {by_lower[close[0]]}?" if close else None


def unknown(what: str, name: str, known: Iterable[str], where: Place) -> SpecError:
    """The error for a name that nothing has; it proposes a close one, or tells the few that there are."""
    names = list(known)
    listed = f"known: {', '.join(names)}" if 0 < len(names) <= 12 else None
    return SpecError(f"there is no {what} {name}", where=where, help=did_you_mean(name, names) or listed)
