"""Regular expressions that cannot run away: what a match would cost is counted first, where it could cost much.

Salesforce ends a match that looks at its text too often ("Regex too complicated"). Python's matcher cannot be stopped,
so a pattern whose backtracking can grow with the text is first walked by a small backtracking machine of the same order
of trials, which only counts. Patterns and texts for which the worst case is small are not walked.

The machine knows what :mod:`orgwright.apex.library.regex` writes, not all of Python's expressions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import MappingProxyType
from typing import Any

from orgwright.apex.runtime.exceptions import LimitException, NotSupported

#: Steps of the machine, about twice the looks at the text after which Salesforce gives up
MOST_STEPS = 2_000_000
#: Worst cases below this many steps are not walked: Python does them in a few hundredths of a second
_SMALL = 3_000_000
_ENDLESS = 64
#: Copies of a counted group that the machine has; more of them cost alike
_COPIES = 40

Test = Callable[[str], bool]
_FAIL, _MATCH = ("fail",), ("match",)


class Regex:
    """A compiled pattern with the methods of ``re.Pattern`` that the library needs; each may raise LimitException."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._pattern = re.compile(text, re.ASCII)
        tree = parser.parse(text, re.ASCII)
        self._degree = _degree(tree)
        self._tree = tree
        self._program: tuple[Any, ...] | None = None

    @property
    def groups(self) -> int:
        """The number of groups."""
        return self._pattern.groups

    @property
    def groupindex(self) -> Any:
        """Numbers of named groups."""
        return self._pattern.groupindex

    def fullmatch(self, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        """A match of the whole region."""
        stop = len(text) if end is None else end
        self._walk(text, start, stop, whole=True, search=False)
        return self._pattern.fullmatch(text, start, stop)

    def match(self, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        """A match at the start of the region."""
        stop = len(text) if end is None else end
        self._walk(text, start, stop, whole=False, search=False)
        return self._pattern.match(text, start, stop)

    def search(self, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        """The first match in the region."""
        stop = len(text) if end is None else end
        self._walk(text, start, stop, whole=False, search=True)
        return self._pattern.search(text, start, stop)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """All matches."""
        self._walk(text, 0, len(text), whole=False, search=True, every=True)
        return self._pattern.finditer(text)

    def sub(self, replacement: Callable[[re.Match[str]], str], text: str, count: int = 0) -> str:
        """The text with matches replaced, all of them or the first ``count``."""
        self._walk(text, 0, len(text), whole=False, search=True, every=count == 0)
        return self._pattern.sub(replacement, text, count=count)

    def _walk(self, text: str, start: int, end: int, *, whole: bool, search: bool, every: bool = False) -> None:
        length = max(2, end - start)
        degree = self._degree + (1 if search and self._degree else 0)
        if degree <= 1 or (degree < _ENDLESS and length**degree <= _SMALL):
            return
        if self._program is None:
            self._program = program(self._tree)
        machine = Machine(text, end, whole)
        at = start
        while at <= end:
            found = machine.run(self._program, at)
            if not search or (found is not None and not every):
                return
            at = at + 1 if found is None else max(found, at + 1)


# ------------------------------------------------------------------------------------------- worst case


def _degree(tree: Any) -> int:
    """The power of the text's length that backtracking can grow with; ``_ENDLESS``: it can double with each character."""
    total = 0
    for op, value in tree:
        total += _degree_of(op, value)
    return min(total, _ENDLESS)


def _degree_of(op: Any, value: Any) -> int:
    if op in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        least, most, body = value
        inner = _degree(body) + (1 if _varies(body) else 0)
        if most == codes.MAXREPEAT or most > _COPIES:
            return _ENDLESS if inner else 1
        return inner * int(most) + (1 if least != most else 0)
    if op is codes.BRANCH:
        return max(_degree(branch) for branch in value[1])
    if op is codes.SUBPATTERN:
        return _degree(value[3])
    if op in (codes.ASSERT, codes.ASSERT_NOT):
        return _degree(value[1])
    if op is codes.ATOMIC_GROUP:
        return _degree(value)
    return 0


def _varies(tree: Any) -> bool:
    """Whether a repeated body can take the same characters in different ways: it has alternatives."""
    return any(
        op is codes.BRANCH
        or (op is codes.SUBPATTERN and _varies(value[3]))
        or (op is codes.ATOMIC_GROUP and _varies(value))
        for op, value in tree
    )


# --------------------------------------------------------------------------------------------- program


def program(tree: Any) -> tuple[Any, ...]:
    """A parsed pattern as instructions for :class:`Machine`."""
    return (*_code(tree, 0, frozenset(_referenced(tree))), _MATCH)


def _referenced(tree: Any) -> Iterator[int]:
    """The groups that back references name: only their places are remembered."""
    for op, value in tree:
        if op is codes.GROUPREF:
            yield value
        elif op is codes.BRANCH:
            for branch in value[1]:
                yield from _referenced(branch)
        elif op is codes.ATOMIC_GROUP:
            yield from _referenced(value)
        elif op in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.SUBPATTERN, codes.ASSERT, codes.ASSERT_NOT):
            yield from _referenced(value[-1])


def _code(tree: Any, flags: int, kept: frozenset[int]) -> list[Any]:
    """Instructions of the machine, with jumps relative to the instruction."""
    return [instruction for op, value in tree for instruction in _instructions(op, value, flags, kept)]


def _instructions(op: Any, value: Any, flags: int, kept: frozenset[int]) -> list[Any]:
    test = _test(op, value)
    if test is not None:
        return [("one", test)]
    if op in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        return _repeat(op, value, flags, kept)
    if op is codes.BRANCH:
        return _branches([_code(branch, flags, kept) for branch in value[1]])
    if op is codes.SUBPATTERN:
        group, add, remove, body = value
        inner = _code(body, (flags | add) & ~remove, kept)
        return [("mark",), *inner, ("save", group)] if group in kept else inner
    if op is codes.AT:
        return [("at", value)]
    if op in (codes.ASSERT, codes.ASSERT_NOT):
        direction, body = value
        back = body.getwidth()[0] if direction < 0 else 0
        return [("inner", (*_code(body, flags, kept), _MATCH), back, False, op is codes.ASSERT)]
    if op is codes.ATOMIC_GROUP:
        return [("inner", (*_code(value, flags, kept), _MATCH), 0, True, True)]
    if op is codes.GROUPREF:
        return [("same", value, bool(flags & re.IGNORECASE))]
    if op is codes.FAILURE:
        return [_FAIL]
    raise NotSupported(f"{op} in a regular expression")


def _repeat(op: Any, value: Any, flags: int, kept: frozenset[int]) -> list[Any]:
    least, most, body = value
    greedy, endless = op is codes.MAX_REPEAT, most == codes.MAXREPEAT
    test = _test(*body[0]) if len(body) == 1 else None
    if test is not None:
        return [("run", test, least, None if endless else int(most), greedy)]
    inner = _code(body, flags, kept)
    size = len(inner)
    run: list[Any] = inner * min(least, _COPIES)
    if endless or most - least > _COPIES:
        return [*run, ("split", size + 4, greedy), ("mark",), *inner, ("moved", 1), ("jump", -(size + 3))]
    for left in range(int(most) - least, 0, -1):
        run += [("split", left * (size + 3), greedy), ("mark",), *inner, ("moved", (left - 1) * (size + 3))]
    return run


def _branches(bodies: list[list[Any]]) -> list[Any]:
    out: list[Any] = bodies[-1]
    for body in reversed(bodies[:-1]):
        out = [("split", len(body) + 2, True), *body, ("jump", len(out) + 1), *out]
    return out


def _test(op: Any, value: Any) -> Test | None:
    """Whether a character fits, for what takes exactly one."""
    if op is codes.ANY:  # written only where it means every character
        return lambda char: True
    if op is codes.LITERAL:
        return chr(value).__eq__
    if op is codes.NOT_LITERAL:
        return chr(value).__ne__
    return _set(value) if op is codes.IN else None


def _set(items: Any) -> Test:
    negated = items[0][0] is codes.NEGATE
    ranges = [(item, item) if op is codes.LITERAL else item for op, item in items[1 if negated else 0 :]]
    known: dict[str, bool] = {}

    def fits(char: str) -> bool:
        found = known.get(char)
        if found is None:
            found = known[char] = any(low <= ord(char) <= high for low, high in ranges) is not negated
        return found

    return fits


# --------------------------------------------------------------------------------------------- machine


#: Where the groups that back references name begin and end
Groups = Mapping[int, tuple[int, int]]
#: A place in the program and one in the text; where open groups and rounds began, the innermost first; the groups
State = tuple[int, int, tuple[Any, ...], Groups]
_NONE: Groups = MappingProxyType({})


@dataclass
class Machine:
    """Walks a program over a text with its own stack of choices; ``run`` gives the end of the match."""

    text: str
    end: int
    whole: bool
    steps: int = 0

    def run(self, program: tuple[Any, ...], at: int) -> int | None:
        """The first match from ``at`` on. Raises LimitException when it takes too many steps."""
        found = self._walk(program, at, _NONE, self.whole)
        return None if found is None else found[0]

    def _walk(self, program: tuple[Any, ...], at: int, groups: Groups, whole: bool) -> tuple[int, Groups] | None:
        """Where the first match ends, and what its groups are."""
        choices: list[State] = []
        marks: tuple[Any, ...] = ()
        pc = 0
        while True:
            self.steps += 1
            instruction = program[pc]
            kind = instruction[0]
            pc += 1
            fits = True
            if kind == "one":
                fits = at < self.end and instruction[1](self.text[at])
                at += 1
            elif kind == "split":
                other = pc - 1 + instruction[1]
                if instruction[2]:
                    choices.append((other, at, marks, groups))
                else:
                    choices.append((pc, at, marks, groups))
                    pc = other
            elif kind == "run":
                lengths = self._lengths(instruction, at)
                choices.extend([(pc, place, marks, groups) for place in lengths[:-1]])
                fits = bool(lengths)
                at = lengths[-1] if lengths else at
            elif kind == "jump":
                pc += instruction[1] - 1
            elif kind == "mark":
                marks = (at, marks)
            elif kind == "moved":
                pc += instruction[1] if marks[0] == at else 0  # a round that took nothing is the last one
                marks = marks[1]
            elif kind == "match":
                if not whole or at == self.end:
                    return at, groups
                fits = False
            elif kind == "save":
                groups = {**groups, instruction[1]: (marks[0], at)}
                marks = marks[1]
            elif kind == "at":
                fits = self._stands(instruction[1], at)
            elif kind == "same":
                ahead = self._again(instruction, at, groups)
                fits, at = ahead is not None, at if ahead is None else ahead
            elif kind == "inner":
                fits, at, groups = self._inner(instruction, at, groups)
            else:
                fits = False
            if not fits:
                if not choices:
                    return None
                pc, at, marks, groups = choices.pop()
            if self.steps > MOST_STEPS:
                raise LimitException("Regex too complicated")

    def _lengths(self, instruction: Any, at: int) -> range:
        """Where a repeated character may end, the first choice last."""
        _, test, least, most, greedy = instruction
        text = self.text
        stop = self.end if most is None else min(self.end, at + most)
        last = at
        while last < stop and test(text[last]):
            last += 1
        self.steps += last - at
        return range(at + least, last + 1) if greedy else range(last, at + least - 1, -1)

    def _inner(self, instruction: Any, at: int, groups: Groups) -> tuple[bool, int, Groups]:
        """An atomic group or a look around: what it found stays known to back references, unless it must not be there."""
        _, program, back, moves, wanted = instruction
        found = self._walk(program, at - back, groups, False) if at >= back else None
        if found is None:
            return not wanted, at, groups
        return wanted, found[0] if moves else at, found[1] if wanted else groups

    def _again(self, instruction: Any, at: int, groups: Groups) -> int | None:
        """Behind what a group has taken, if it stands here once more."""
        _, group, ignore_case = instruction
        if group not in groups:
            return None
        start, end = groups[group]
        known, here = self.text[start:end], self.text[at : at + end - start]
        self.steps += len(known)
        same = known == here or (ignore_case and _lower(known) == _lower(here))
        return at + len(known) if same and at + len(known) <= self.end else None

    def _stands(self, code: Any, at: int) -> bool:
        if code in (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING):
            return at == 0
        if code in (codes.AT_END, codes.AT_END_STRING):
            return at == self.end
        before = at > 0 and _is_word(self.text[at - 1])
        behind = at < self.end and _is_word(self.text[at])
        return (before is not behind) is (code is codes.AT_BOUNDARY)


def _is_word(char: str) -> bool:
    return char == "_" or (char.isascii() and char.isalnum())


def _lower(text: str) -> str:
    """The text with ASCII letters in lower case."""
    return "".join(char.lower() if char.isascii() else char for char in text)
