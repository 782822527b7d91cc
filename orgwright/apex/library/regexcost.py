"""Regular expressions that cannot run away: what a match would cost is counted first, where it could cost much.

Salesforce ends a match that looks at its text too often ("Regex too complicated"). Python's matcher cannot be stopped,
so a pattern whose backtracking can grow with the text is first walked by a small backtracking machine of the same order
of trials, which only counts. Patterns and texts for which the worst case is small are not walked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from orgwright.apex.runtime.exceptions import LimitException

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
    if op in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
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
    if op is codes.GROUPREF_EXISTS:
        return max(_degree(part) for part in value[1:] if part is not None)
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
    return (*_code(tree, tree.state.flags), _MATCH)


def _code(tree: Any, flags: int) -> list[Any]:
    """Instructions of the machine, with jumps relative to the instruction."""
    return [instruction for op, value in tree for instruction in _instructions(op, value, flags)]


def _instructions(op: Any, value: Any, flags: int) -> list[Any]:
    test = _test(op, value, flags)
    if test is not None:
        return [("one", test)]
    if op in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        return _repeat(op, value, flags)
    if op is codes.BRANCH:
        return _branches([_code(branch, flags) for branch in value[1]])
    if op is codes.SUBPATTERN:
        group, add, remove, body = value
        inner = _code(body, (flags | add) & ~remove)
        return inner if group is None else [("save", group * 2), *inner, ("save", group * 2 + 1)]
    if op is codes.AT:
        return [("at", value)]
    if op in (codes.ASSERT, codes.ASSERT_NOT):
        direction, body = value
        back = body.getwidth()[0] if direction < 0 else 0
        return [("look", (*_code(body, flags), _MATCH), back, op is codes.ASSERT)]
    if op is codes.ATOMIC_GROUP:
        return [("atomic", (*_code(value, flags), _MATCH))]
    if op is codes.GROUPREF:
        return [("same", value)]
    return [_FAIL] if op is codes.FAILURE else []


def _repeat(op: Any, value: Any, flags: int) -> list[Any]:
    least, most, body = value
    greedy, endless = op is not codes.MIN_REPEAT, most == codes.MAXREPEAT
    test = _test(body[0][0], body[0][1], flags) if len(body) == 1 else None
    if test is not None:
        run: list[Any] = [("run", test, least, None if endless else int(most), greedy)]
    else:
        inner = _code(body, flags)
        size = len(inner)
        run = inner * min(least, _COPIES)
        if endless or most - least > _COPIES:
            run += [("split", 1, size + 4, greedy), ("mark",), *inner, ("moved",), ("jump", -(size + 3))]
        else:
            left = int(most) - least
            for index in range(left):
                run += [("split", 1, (left - index) * (size + 1), greedy), *inner]
    return [("atomic", (*run, _MATCH))] if op is codes.POSSESSIVE_REPEAT else run


def _branches(bodies: list[list[Any]]) -> list[Any]:
    out: list[Any] = bodies[-1]
    for body in reversed(bodies[:-1]):
        out = [("split", 1, len(body) + 2, True), *body, ("jump", len(out) + 1), *out]
    return out


def _test(op: Any, value: Any, flags: int) -> Test | None:
    """Whether a character fits, for what takes exactly one."""
    if op is codes.ANY:
        return (lambda char: True) if flags & re.DOTALL else (lambda char: char != "\n")
    if op is codes.LITERAL:
        plain: Test = chr(value).__eq__
    elif op is codes.NOT_LITERAL:
        return chr(value).__ne__
    elif op is codes.IN:
        plain = _set(value)
    else:
        return None
    if not flags & re.IGNORECASE:
        return plain
    return lambda char: plain(char) or plain(char.lower()) or plain(char.upper())


def _set(items: Any) -> Test:
    negated = items[0][0] is codes.NEGATE
    ranges: list[tuple[int, int]] = []
    others: list[Test] = []
    for op, value in items[1:] if negated else items:
        if op is codes.LITERAL:
            ranges.append((value, value))
        elif op is codes.RANGE:
            ranges.append(value)
        else:
            others.append(_category(value))
    known: dict[str, bool] = {}

    def fits(char: str) -> bool:
        found = known.get(char)
        if found is None:
            inside = any(low <= ord(char) <= high for low, high in ranges) or any(other(char) for other in others)
            found = known[char] = inside is not negated
        return found

    return fits


def _category(code: Any) -> Test:
    text = {
        codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_SPACE: r"\s",
        codes.CATEGORY_NOT_SPACE: r"\S", codes.CATEGORY_WORD: r"\w", codes.CATEGORY_NOT_WORD: r"\W",
    }[code]  # fmt: skip
    matches = re.compile(text, re.ASCII).match
    return lambda char: matches(char) is not None


# --------------------------------------------------------------------------------------------- machine


@dataclass
class Machine:
    """Walks a program over a text with its own stack of choices; ``run`` gives the end of the match."""

    text: str
    end: int
    whole: bool
    steps: int = 0
    saved: dict[int, int] = field(default_factory=dict)

    def run(self, program: tuple[Any, ...], at: int, whole: bool | None = None) -> int | None:
        """The first match from ``at`` on. Raises LimitException when it takes too many steps."""
        whole = self.whole if whole is None else whole
        choices: list[tuple[int, int, list[int]]] = []
        marks: list[int] = []
        pc = 0
        while True:
            self.spend(1)
            instruction = program[pc]
            kind = instruction[0]
            if kind == "match":
                if not whole or at == self.end:
                    return at
                moved = None
            elif kind == "split":
                first, second = (1, instruction[2]) if instruction[3] else (instruction[2], 1)
                choices.append((pc + second, at, [*marks]))
                moved = (pc + first, at)
            elif kind == "run":
                moved = self._run(instruction, pc, at, choices, marks)
            elif kind == "mark":
                marks.append(at)
                moved = (pc + 1, at)
            elif kind == "moved":
                moved = (pc + 1, at) if marks.pop() != at else (pc + 2, at)
            elif kind == "jump":
                moved = (pc + instruction[1], at)
            else:
                ahead = self._simple(instruction, at)
                moved = None if ahead is None else (pc + 1, ahead)
            if moved is None:
                if not choices:
                    return None
                pc, at, marks = choices.pop()
            else:
                pc, at = moved

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise LimitException("Regex too complicated")

    def _run(self, instruction: Any, pc: int, at: int, choices: list[Any], marks: list[int]) -> tuple[int, int] | None:
        """A repeated character: every length that it may have is a choice."""
        _, test, least, most, greedy = instruction
        text, stop = self.text, self.end if most is None else min(self.end, at + most)
        last = at
        while last < stop and test(text[last]):
            last += 1
        self.spend(last - at)
        first = at + least
        if last < first:
            return None
        lengths = range(first, last + 1) if greedy else range(last, first - 1, -1)
        choices.extend((pc + 1, place, [*marks]) for place in lengths[:-1])
        return pc + 1, lengths[-1]

    def _simple(self, instruction: Any, at: int) -> int | None:
        kind = instruction[0]
        if kind == "one":
            return at + 1 if at < self.end and instruction[1](self.text[at]) else None
        if kind == "save":
            self.saved[instruction[1]] = at
            return at
        if kind == "at":
            return at if self._stands(instruction[1], at) else None
        if kind == "look":
            _, program, back, wanted = instruction
            there = self.run(program, at - back, False) is not None if at >= back else False
            return at if there is wanted else None
        if kind == "atomic":
            return self.run(instruction[1], at, False)
        if kind == "same":
            start, end = self.saved.get(instruction[1] * 2, 0), self.saved.get(instruction[1] * 2 + 1, 0)
            known = self.text[start:end]
            self.spend(len(known))
            return at + len(known) if self.text.startswith(known, at) else None
        return None

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
