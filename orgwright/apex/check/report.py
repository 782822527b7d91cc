"""Where compile errors are gathered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from orgwright.apex.sources import CompileError, Source
from orgwright.apex.syntax.tree import column_of, line_of


class Problem(Exception):
    """A fault at a packed position; without a message it follows from one that was reported already."""

    def __init__(self, pos: int, message: str | None) -> None:
        super().__init__(message)
        self.pos, self.message = pos, message


class Report:
    """The compile errors of a run."""

    def __init__(self) -> None:
        self.errors: list[CompileError] = []
        self.broken: set[str] = set()
        """Units (``kind:name`` in lower case) with an error."""

    def add(self, source: Source, pos: int, message: str) -> None:
        """Add one error."""
        self.broken.add(unit_key(source))
        self.errors.append(CompileError(source.name, source.kind, line_of(pos), column_of(pos), message))

    def include(self, other: Report) -> None:
        """Add the errors of another report."""
        self.errors += other.errors
        self.broken |= other.broken

    @contextmanager
    def guard(self, source: Source) -> Iterator[None]:
        """Turn a :class:`Problem` inside into an error of ``source``."""
        try:
            yield
        except Problem as problem:
            self.note(source, problem)

    def note(self, source: Source, problem: Problem) -> None:
        """Take a problem for an error of ``source``; one without a message breaks the unit all the same."""
        if problem.message is not None:
            self.add(source, problem.pos, problem.message)
        else:
            self.broken.add(unit_key(source))


def unit_key(source: Source) -> str:
    """A unit's identity: a class and a trigger may share a name."""
    return f"{source.kind}:{source.name.lower()}"
