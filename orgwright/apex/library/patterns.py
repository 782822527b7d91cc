"""``System.Pattern``, ``System.Matcher`` and the methods of String that take regular expressions.

Positions count UTF-16 units; texts with characters beyond U+FFFF are matched by code point and their positions
counted afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from orgwright.apex.library.arguments import null_argument, required
from orgwright.apex.library.regex import RegexError, compiled
from orgwright.apex.library.regexcost import Regex
from orgwright.apex.library.registry import native, platform
from orgwright.apex.library.textshape import text_list
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import LimitException, StringException
from orgwright.apex.runtime.values import PlatformObject
from orgwright.apex.utf16 import is_wide, length

_LONGEST = 1_000_000
_LONGEST_SPLIT = 500_000


def compile_pattern(regex: str | None) -> Regex:
    """The pattern of a Java regular expression; StringException with Java's text if it is none."""
    if regex is None:
        raise null_argument()
    try:
        return compiled(regex)
    except RegexError as problem:
        raise StringException(f"Invalid regex: {problem}") from None


def _bounded(text: str, most: int) -> str:
    if len(text) > most:
        raise LimitException("Regex too complicated")
    return text


def replacement(template: str, pattern: Regex) -> Callable[[re.Match[str]], str]:
    """What a Java replacement text puts for a match: ``$1``, ``${name}``, ``\\$``."""
    parts: list[str | int] = []
    at = 0
    while at < len(template):
        char = template[at]
        if char == "\\":
            if at + 1 >= len(template):
                raise StringException("character to be escaped is missing")
            parts.append(template[at + 1])
            at += 2
        elif char == "$":
            group, at = _group_reference(template, at + 1, pattern)
            parts.append(group)
        else:
            parts.append(char)
            at += 1
    return lambda match: "".join(part if isinstance(part, str) else match.group(part) or "" for part in parts)


def _group_reference(template: str, at: int, pattern: Regex) -> tuple[int, int]:
    named = re.compile(r"\{([a-zA-Z][a-zA-Z0-9]*)\}").match(template, at)
    if named:
        group = pattern.groupindex.get(named.group(1))
        if group is None:
            raise StringException(f"No group with name {{{named.group(1)}}}")
        return group, named.end()
    if at >= len(template) or template[at] not in "0123456789":
        raise StringException("Illegal group reference" + (": group index is missing" if at >= len(template) else ""))
    number = int(template[at])
    if number > pattern.groups:
        raise StringException(f"Index out of Bounds: No group {number}")
    at += 1
    while at < len(template) and template[at] in "0123456789" and number * 10 + int(template[at]) <= pattern.groups:
        number = number * 10 + int(template[at])
        at += 1
    return number, at


def split(text: str, pattern: Regex, limit: int) -> list[str]:
    """Java's split: no empty first part for a match of no width, no empty last parts when the limit is 0."""
    parts: list[str] = []
    start = 0
    for match in pattern.finditer(text):
        if limit > 0 and len(parts) == limit - 1:
            break
        if match.end() == 0 or (match.start() == match.end() == len(text)):
            continue
        parts.append(text[start : match.start()])
        start = match.end()
    if not parts and start == 0:
        return [text]
    parts.append(text[start:])
    if limit == 0:
        while parts and not parts[-1]:
            parts.pop()
    return parts


# -------------------------------------------------------------------------------- methods of String


@native("String.split(String)")
def string_split(text: str, regex: str) -> List:
    return string_split_limit(text, regex, 0)


@native("String.split(String, Integer)")
def string_split_limit(text: str, regex: str, limit: int) -> List:
    required(regex, limit)
    return text_list(split(_bounded(text, _LONGEST_SPLIT), compile_pattern(regex), limit))


@native("String.replaceAll")
def replace_all(text: str, regex: str, template: str) -> str:
    required(regex, template)
    pattern = compile_pattern(regex)
    return pattern.sub(replacement(template, pattern), _bounded(text, _LONGEST))


@native("String.replaceFirst")
def replace_first(text: str, regex: str, template: str) -> str:
    required(regex, template)
    pattern = compile_pattern(regex)
    return pattern.sub(replacement(template, pattern), _bounded(text, _LONGEST_SPLIT), count=1)


# ----------------------------------------------------------------------------------- Pattern, Matcher


@platform("System.Pattern")
class Pattern(PlatformObject):
    """``System.Pattern``."""

    __slots__ = ("compiled", "text")

    def __init__(self, text: str | None) -> None:
        self.compiled = compile_pattern(text)
        self.text = text or ""

    def pattern(self) -> str:
        """The regular expression."""
        return self.text

    def toString(self) -> str:
        """The regular expression."""
        return self.text

    def matcher(self, text: str | None) -> Matcher:
        """A Matcher of this pattern over a text."""
        if text is None:
            raise null_argument()
        return Matcher(self, text)

    def split(self, text: str | None, limit: int | None = 0) -> List:
        """The parts of the text between matches."""
        if text is None or limit is None:
            raise null_argument()
        return text_list(split(_bounded(text, _LONGEST_SPLIT), self.compiled, limit))


@native("Pattern.compile")
def pattern_of(regex: str | None) -> Pattern:
    return Pattern(regex)


@native("Pattern.matches")
def pattern_matches(regex: str | None, text: str | None) -> bool:
    if text is None:
        raise null_argument()
    return compile_pattern(regex).fullmatch(_bounded(text, _LONGEST)) is not None


@platform("System.Matcher")
class Matcher(PlatformObject):
    """``System.Matcher``: one walk of a pattern over a text, or over a region of it, whose bounds are its start and end."""

    __slots__ = ("_from", "_match", "_pattern", "_region", "_searched", "_text", "_within")

    def __init__(self, pattern: Pattern, text: str) -> None:
        self._pattern, self._text = pattern, _bounded(text, _LONGEST)
        self.reset()

    def _count(self, index: int) -> int:
        """A position in code points as one in UTF-16 units."""
        return length(self._text[:index]) if index > 0 and is_wide(self._text) else index

    def _found(self) -> re.Match[str]:
        if self._match is None:
            raise StringException("No match found" if self._searched else "No match available")
        return self._match

    def _keep(self, match: re.Match[str] | None) -> bool:
        self._searched = True
        self._match = match
        if match is not None:
            self._from = match.end() + (match.end() == match.start())
        return match is not None

    def reset(self, text: str | None = None) -> Matcher:
        """Forget all state; with a text, match that one."""
        if text is not None:
            self._text = _bounded(text, _LONGEST)
        self._match = None
        self._searched = False
        return self._over(0, len(self._text))

    def _over(self, start: int, end: int) -> Matcher:
        self._region = (start, end)
        self._within = self._text[start:end]
        self._from = 0
        return self

    def matches(self) -> bool:
        """Whether the whole region matches."""
        return self._keep(self._pattern.compiled.fullmatch(self._within))

    def lookingAt(self) -> bool:
        """Whether the region starts with a match."""
        return self._keep(self._pattern.compiled.match(self._within))

    def find(self, start: int | None = None) -> bool:
        """The next match, or the first from a position on."""
        if start is not None:
            if not 0 <= start <= len(self._text):
                raise StringException("Illegal start index")
            self.reset()
            self._from = start
        if self._from > len(self._within):
            self._match = None
            self._searched = True
            return False
        return self._keep(self._pattern.compiled.search(self._within, self._from))

    def group(self, number: int | None = 0) -> str | None:
        """The text of a group of the last match."""
        match = self._found()
        if number is None:
            raise null_argument()
        if not 0 <= number <= self._pattern.compiled.groups:
            raise StringException(f"Index out of Bounds: No group {number}")
        return match.group(number)

    def groupCount(self) -> int:
        """The number of groups in the pattern."""
        return self._pattern.compiled.groups

    def start(self, number: int = 0) -> int:
        """Where the match or a group of it starts; -1 for a group that took no part."""
        return self._position(number, 0)

    def end(self, number: int = 0) -> int:
        """Behind the last character of the match or of a group."""
        return self._position(number, 1)

    def _position(self, number: int, side: int) -> int:
        match = self._found()
        if not 0 <= number <= self._pattern.compiled.groups:
            raise StringException(f"Index out of Bounds: No group {number}")
        at = match.span(number)[side]
        return at if at < 0 else self._count(self._region[0] + at)

    def replaceAll(self, template: str | None) -> str:
        """The text with every match replaced."""
        if template is None:
            raise null_argument()
        self.reset()
        return self._pattern.compiled.sub(replacement(template, self._pattern.compiled), self._text)

    def replaceFirst(self, template: str | None) -> str:
        """The text with the first match replaced."""
        if template is None:
            raise null_argument()
        self.reset()
        return self._pattern.compiled.sub(replacement(template, self._pattern.compiled), self._text, count=1)

    def pattern(self) -> Pattern:
        """The pattern in use."""
        return self._pattern

    def usePattern(self, pattern: Pattern | None) -> Matcher:
        """Go on with another pattern."""
        if pattern is None:
            raise null_argument()
        self._pattern = pattern
        self._match = None
        return self

    def region(self, start: int, end: int) -> Matcher:
        """Match only within these positions."""
        required(start, end)
        if not 0 <= start <= end <= len(self._text):
            raise StringException("start" if not 0 <= start <= len(self._text) else "end")
        return self.reset()._over(start, end)

    def regionStart(self) -> int:
        """Where the region starts."""
        return self._count(self._region[0])

    def regionEnd(self) -> int:
        """Where the region ends."""
        return self._count(self._region[1])


@native("Matcher.quoteReplacement")
def quote_replacement(text: str | None) -> str:
    """The text with what is special in a replacement escaped."""
    if text is None:
        raise null_argument()
    return text.replace("\\", "\\\\").replace("$", "\\$")


@native("Pattern.quote")
def quote_pattern(text: str | None) -> str:
    """The text as a literal pattern."""
    if text is None:
        raise null_argument()
    return "\\Q" + text.replace("\\E", "\\E\\\\E\\Q") + "\\E"
