"""The one error base: what happened, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where something is: a file with 1-based line and column, or a named thing in an org.

    ``path`` is the way to it inside the file (``objects.Account.Acme_Id__c``) or the component or
    record concerned; ``excerpt`` is the source line shown to the reader, ``width`` the number of
    characters underlined from ``column`` on.
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None
    excerpt: str | None = None
    width: int = 1

    def within(self, path: Sequence[str]) -> Place:
        """The same place, reached by this way inside the file."""
        return Place(self.file, self.line, self.column, ".".join(path) or None, self.excerpt, self.width)

    def __str__(self) -> str:
        position = ":".join(str(p) for p in (self.file, self.line, self.column) if p is not None)
        return ": ".join(p for p in (position, self.path) if p)


class OrgwrightError(Exception):
    """Something that stopped the work, told to a user without a traceback.

    Arguments: ``what`` happened, ``where`` it is, ``help``: what to do. ``exit_code`` is 1 when the work
    ran and found something wrong, 2 when it could not run.
    """

    exit_code = 2
    parts: tuple[OrgwrightError, ...] = ()
    """The errors that this one gathers, such as all those of a file; empty for a single one."""

    def __init__(self, what: str, *, where: Place | None = None, help: str | None = None) -> None:
        super().__init__(what)
        self.what, self.where, self.help = what, where, help

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


def show(error: OrgwrightError) -> str:
    """The error as the terminal shows it: place, text, source excerpt, help; all of them when it gathers several."""
    if len(error.parts) > 1:
        return "\n".join([*map(show, error.parts), f"{len(error.parts)} errors"])
    lines = [f"error: {error}"]
    where = error.where
    if where and where.excerpt is not None and where.line is not None:
        gutter = f"{where.line:>5} | "
        lines.append(gutter + where.excerpt)
        if where.column is not None:
            lines.append(" " * (len(gutter) - 2) + "| " + " " * (where.column - 1) + "^" * max(where.width, 1))
    if error.help:
        lines.append(f"  help: {error.help}")
    return "\n".join(lines)
