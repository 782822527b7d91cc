"""Java regular expressions turned into Python's.

Character classes are computed as sets of code points (with Java's unions and intersections), so that ``\\w``, POSIX and
Unicode classes mean what they mean in Java. What Python cannot express raises ``NotSupported``; what Java refuses raises
:class:`RegexError` with Java's text.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Callable

from orgwright.apex.library.regexcost import Regex
from orgwright.apex.library.unicodeblocks import block
from orgwright.apex.runtime.exceptions import NotSupported

Ranges = list[tuple[int, int]]
_LINE_END = "\n\r\x85\u2028\u2029"
_DOT = r"[^\n\r\x85\u2028\u2029]"
_END = r"(?=(?:\r\n|[\n\r\x85\u2028\u2029])?\Z)"
_MULTI_END = r"(?:(?=\r\n|[\r\x85\u2028\u2029]|\Z)|(?<!\r)(?=\n))"
_MULTI_START = r"(?:\A|(?<=[\n\x85\u2028\u2029])(?!\Z)|(?<=\r)(?!\n|\Z))"
_ASCII: dict[str, str] = {
    "Lower": "a-z", "Upper": "A-Z", "ASCII": "\x00-\x7f", "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9",
    "Punct": "!-/:-@[-`{-~", "Graph": "!-~", "Print": " -~", "Blank": " \t", "Cntrl": "\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F", "Space": " \t\n\x0b\x0c\r",
}  # fmt: skip
_SIMPLE: dict[str, str] = {
    "d": "0-9", "w": "a-zA-Z_0-9", "s": " \t\n\x0b\x0c\r", "h": " \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
    "v": "\n\x0b\x0c\r\x85\u2028\u2029",
}  # fmt: skip
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_JAVA_PROPERTIES: dict[str, Callable[[str], bool]] = {
    "javaLowerCase": str.islower, "javaUpperCase": str.isupper, "javaWhitespace": str.isspace,
    "IsAlphabetic": str.isalpha, "IsLowercase": str.islower, "IsUppercase": str.isupper, "IsWhite_Space": str.isspace,
    "IsDigit": str.isdecimal, "IsLetter": str.isalpha, "IsPunctuation": lambda c: unicodedata.category(c)[0] == "P",
}  # fmt: skip
_SCRIPTS = {
    "IsLatin": ("LATIN", "FEMININE ORDINAL", "MASCULINE ORDINAL"), "IsGreek": ("GREEK",), "IsCyrillic": ("CYRILLIC",),
    "IsHebrew": ("HEBREW",), "IsArabic": ("ARABIC",), "IsHan": ("CJK UNIFIED", "CJK COMPATIBILITY IDEOGRAPH"),
    "IsHiragana": ("HIRAGANA",), "IsKatakana": ("KATAKANA",), "IsThai": ("THAI",), "IsHangul": ("HANGUL",),
}  # fmt: skip


class RegexError(ValueError):
    """A pattern that Java refuses: its text has the form of PatternSyntaxException."""

    def __init__(self, what: str, index: int, pattern: str) -> None:
        text = f"{what} near index {index}\n{pattern}"
        if 0 <= index < len(pattern):
            text += "\n" + " " * index + "^"
        super().__init__(text)


@functools.lru_cache(maxsize=512)
def compiled(pattern: str) -> Regex:
    """The Python pattern for a Java one. Raises :class:`RegexError` or ``NotSupported``."""
    text = _Translator(pattern).translate()
    try:
        return Regex(text)
    except re.error as problem:
        if "look-behind requires fixed-width" in problem.msg:
            raise NotSupported(f"The regular expression {pattern!r} (look-behind of variable width)") from None
        raise NotSupported(f"The regular expression {pattern!r} ({problem.msg})") from None


# ---------------------------------------------------------------------------------------------- sets


def _ranges(spec: str) -> Ranges:
    """``a-z_`` as ranges of code points."""
    found: Ranges = []
    at = 0
    while at < len(spec):
        if spec[at + 1 : at + 2] == "-" and at + 2 < len(spec):
            found.append((ord(spec[at]), ord(spec[at + 2])))
            at += 3
        else:
            found.append((ord(spec[at]), ord(spec[at])))
            at += 1
    return found


def _merged(ranges: Ranges) -> Ranges:
    out: Ranges = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out


def _negated(ranges: Ranges) -> Ranges:
    out: Ranges = []
    start = 0
    for low, high in _merged(ranges):
        if low > start:
            out.append((start, low - 1))
        start = high + 1
    if start <= sys.maxunicode:
        out.append((start, sys.maxunicode))
    return out


def _common(left: Ranges, right: Ranges) -> Ranges:
    return _negated(_negated(left) + _negated(right))


@functools.lru_cache(maxsize=64)
def _matching(name: str) -> tuple[tuple[int, int], ...]:
    """The code points of a Unicode category, a Java property or a script."""
    prefixes = _SCRIPTS.get(name)
    if name in _JAVA_PROPERTIES:
        test = _JAVA_PROPERTIES[name]
    elif prefixes is not None:
        test = lambda c: unicodedata.name(c, "").startswith(prefixes)  # noqa: E731
    else:
        test = lambda c: unicodedata.category(c).startswith(name)  # noqa: E731
    found: Ranges = []
    start = None
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and test(chr(code))
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            found.append((start, code - 1))
            start = None
    return tuple(found)


def _cased(ranges: Ranges) -> Ranges:
    """With the other case of each ASCII letter, as CASE_INSENSITIVE means it."""
    out = list(ranges)
    for low, high in ranges:
        for first, last, shift in ((65, 90, 32), (97, 122, -32)):
            if low <= last and high >= first:
                out.append((max(low, first) + shift, min(high, last) + shift))
    return out


def _class_text(ranges: Ranges) -> str:
    def char(code: int) -> str:
        return chr(code) if chr(code).isalnum() and code < 128 else f"\\U{code:08x}"

    merged = _merged(ranges)
    if not merged:
        return "(?!)"
    return "[" + "".join(char(low) if low == high else f"{char(low)}-{char(high)}" for low, high in merged) + "]"


# ---------------------------------------------------------------------------------------- translator


class _Translator:
    """One pass over a Java pattern. ``flags`` holds the inline flags in force."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at, self.groups = pattern, 0, 0
        self.flags: frozenset[str] = frozenset()

    def fail(self, what: str, index: int | None = None) -> RegexError:
        return RegexError(what, self.at if index is None else index, self.pattern)

    def peek(self, size: int = 1) -> str:
        return self.pattern[self.at : self.at + size]

    def unsupported(self, what: str) -> NotSupported:
        return NotSupported(f"{what} in the regular expression {self.pattern!r}")

    def translate(self) -> str:
        text = self.alternatives()
        if self.at < len(self.pattern):
            raise self.fail("Unmatched closing ')'", self.at - 1)
        return text

    def alternatives(self) -> str:
        """Everything up to the group's end; inline flags last until there."""
        outer = self.flags
        branches = [self.branch()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.branch())
        self.flags = outer
        return "|".join(branches)

    def branch(self) -> str:
        parts: list[str] = []
        while self.at < len(self.pattern) and self.peek() not in ("|", ")"):
            if "x" in self.flags and self.skip_comment():
                continue
            atom = self.atom()
            if atom is not None:
                parts.append(self.quantified(atom))
        return "".join(parts)

    def skip_comment(self) -> bool:
        char = self.peek()
        if char == "#":
            while self.at < len(self.pattern) and self.peek() not in _LINE_END:
                self.at += 1
            return True
        if char in " \t\n\x0b\x0c\r":
            self.at += 1
            return True
        return False

    # ------------------------------------------------------------------------------------- quantifiers

    def quantified(self, atom: str) -> str:
        while "x" in self.flags and self.at < len(self.pattern) and self.skip_comment():
            pass
        char = self.peek()
        if char in ("?", "*", "+") and char:
            self.at += 1
            count = char
        elif char == "{":
            count = self.braces()
        else:
            return atom
        suffix = self.peek()
        if suffix in ("?", "+") and suffix:
            self.at += 1
        if self.peek() in ("*", "?", "+") and self.peek():
            raise self.fail(f"Dangling meta character '{self.peek()}'")
        if suffix == "+":  # Python 3.11 loses the groups within ``(...)*+``, not within an atomic group
            return f"(?>{atom}{count})"
        return atom + count + ("?" if suffix == "?" else "")

    def braces(self) -> str:
        match = re.compile(r"\{(\d+)(,(\d*))?\}", re.ASCII).match(self.pattern, self.at)
        if match is None:
            if re.match(r"\{\d", self.pattern[self.at :], re.ASCII):
                raise self.fail("Unclosed counted closure", len(self.pattern))
            raise self.fail("Illegal repetition")
        if match.group(3) and int(match.group(3)) < int(match.group(1)):
            raise self.fail("Illegal repetition range", self.at + 2)
        self.at = match.end()
        return match.group()

    # ------------------------------------------------------------------------------------------- atoms

    def atom(self) -> str | None:
        char = self.peek()
        if char == "(":
            return self.group()
        if char == "[":
            return self.char_set(self.char_class())
        if char == "\\":
            return self.escape()
        if char in "*+?":
            raise self.fail(f"Dangling meta character '{char}'")
        if char == "{":
            raise self.fail("Illegal repetition")
        self.at += 1
        if char == ".":
            return "(?s:.)" if "s" in self.flags else r"[^\n]" if "d" in self.flags else _DOT
        if char == "^":
            return _MULTI_START if "m" in self.flags else r"\A"
        if char == "$":
            return f"(?:{_MULTI_END if 'm' in self.flags else _END})"
        return self.literal(char)

    def literal(self, char: str) -> str:
        if "i" in self.flags and char.isalpha():
            if not char.isascii() and "u" not in self.flags:
                return re.escape(char)
            return f"[{char.lower()}{char.upper()}]" if len(char.lower()) == len(char.upper()) == 1 else char
        return re.escape(char)

    def char_set(self, ranges: Ranges) -> str:
        return _class_text(_cased(ranges) if "i" in self.flags else ranges)

    def group(self) -> str | None:
        start = self.at
        self.at += 1
        if self.peek() != "?":
            self.groups += 1
            return self.close("(", start)
        for opening in ("?:", "?=", "?!", "?>"):
            if self.peek(2) == opening:
                self.at += 2
                return self.close("(" + opening, start)
        for opening in ("?<=", "?<!"):
            if self.peek(3) == opening:
                self.at += 3
                return self.look_behind(opening, start)
        named = re.compile(r"\?<([a-zA-Z][a-zA-Z0-9]*)>").match(self.pattern, self.at)
        if named:
            self.at = named.end()
            self.groups += 1
            return self.close(f"(?P<{named.group(1)}>", start)
        return self.inline_flags(start)

    def close(self, opening: str, start: int) -> str:
        inner = self.alternatives()
        if self.peek() != ")":
            raise self.fail("Unclosed group", len(self.pattern))
        self.at += 1
        return f"{opening}{inner})"

    def look_behind(self, opening: str, start: int) -> str:
        """Each alternative stands alone, since Python wants a fixed width of each."""
        outer = self.flags
        branches = [self.branch()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.branch())
        self.flags = outer
        if self.peek() != ")":
            raise self.fail("Unclosed group", len(self.pattern))
        self.at += 1
        behind = [f"({opening}{branch})" for branch in branches]
        return "".join(behind) if opening == "?<!" else f"(?:{'|'.join(behind)})"

    def inline_flags(self, start: int) -> str | None:
        match = re.compile(r"\?([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])").match(self.pattern, self.at)
        if match is None:
            raise self.fail("Unknown inline modifier" if self.peek(2)[1:] else "Unknown group type", self.at + 1)
        on, off, end = match.group(1), match.group(2) or "", match.group(3)
        for flag in on + off:
            if flag not in "idmsuxU":
                raise self.fail("Unknown inline modifier", self.at + 1)
            if flag == "U":
                raise self.unsupported("The flag (?U)")
        before = self.flags
        self.flags = (self.flags | frozenset(on)) - frozenset(off)
        self.at = match.end()
        if end == ")":
            return None
        inner = self.close("(?:", start)
        self.flags = before
        return inner

    # ----------------------------------------------------------------------------------------- escapes

    def escape(self) -> str:
        char = self.pattern[self.at + 1 : self.at + 2]
        if not char:
            raise self.fail("Unexpected internal error", len(self.pattern))
        if char == "Q":
            return self.quoted()
        anchors = {
            "A": r"\A",
            "b": r"\b",
            "B": r"\B",
            "z": r"\Z",
            "Z": f"(?:{_END})",
            "R": r"(?:\r\n|[\n-\r\x85\u2028\u2029])",
        }
        if char in anchors:
            self.at += 2
            return anchors[char]
        if char == "k":
            return self.named_reference()
        if char in "123456789":
            return self.back_reference()
        if char in "GXN":
            raise self.unsupported(f"\\{char}")
        ranges = self.class_escape()
        if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
            return self.literal(chr(ranges[0][0]))
        return self.char_set(ranges)

    def quoted(self) -> str:
        end = self.pattern.find("\\E", self.at + 2)
        text = self.pattern[self.at + 2 : end if end >= 0 else None]
        self.at = end + 2 if end >= 0 else len(self.pattern)
        if len(text) == 1:
            return self.literal(text)
        follows = self.peek() in ("*", "+", "?", "{") and self.peek() != ""
        parts = [self.literal(char) for char in text]
        if follows and parts:
            # a quantifier after \E belongs to the last character only
            parts[-1] = self.quantified(parts[-1])
        return "".join(parts)

    def named_reference(self) -> str:
        match = re.compile(r"\\k<([a-zA-Z][a-zA-Z0-9]*)>").match(self.pattern, self.at)
        if match is None:
            raise self.fail("\\k is not followed by '<' for named capturing group", self.at + 2)
        self.at = match.end()
        return f"(?P={match.group(1)})" if "i" not in self.flags else f"(?i:(?P={match.group(1)}))"

    def back_reference(self) -> str:
        """As many digits as make the number of a group that was opened."""
        end = self.at + 2
        while end < len(self.pattern) and self.pattern[end] in "0123456789":
            if int(self.pattern[self.at + 1 : end + 1]) > self.groups:
                break
            end += 1
        number = int(self.pattern[self.at + 1 : end])
        self.at = end
        if number > self.groups:
            return "(?!)"
        return f"(?:\\{number})" if "i" not in self.flags else f"(?i:\\{number})"

    def class_escape(self) -> Ranges:
        """An escape that stands for a set of characters, inside or outside brackets."""
        char = self.pattern[self.at + 1 : self.at + 2]
        if char in _SIMPLE:
            self.at += 2
            return _ranges(_SIMPLE[char])
        if char.lower() in _SIMPLE and char:
            self.at += 2
            return _negated(_ranges(_SIMPLE[char.lower()]))
        if char in ("p", "P") and char:
            return self.property()
        return self.one(self.code_point())

    def one(self, code: int) -> Ranges:
        return [(code, code)]

    def code_point(self) -> int:
        rest = self.pattern[self.at :]
        for expression in (r"\\x([0-9a-fA-F]{2})", r"\\x\{([0-9a-fA-F]+)\}", r"\\u([0-9a-fA-F]{4})"):
            match = re.match(expression, rest)
            if match:
                self.at += match.end()
                return int(match.group(1), 16)
        match = re.match(r"\\0([0-3]?[0-7]{1,2})", rest)
        if match:
            self.at += match.end()
            return int(match.group(1), 8)
        char = rest[1:2]
        if char == "c" and len(rest) > 2:
            self.at += 3
            return ord(rest[2]) ^ 64
        if char in _CONTROL:
            self.at += 2
            return ord(_CONTROL[char])
        if not char or char in "0xu" or (char.isascii() and char.isalpha()):
            raise self.fail("Illegal/unsupported escape sequence", self.at + 1)
        self.at += 2
        return ord(char)

    def property(self) -> Ranges:
        negative = self.pattern[self.at + 1] == "P"
        match = re.compile(r"\\[pP](?:\{(\^?)([^}]*)\}|(\w))").match(self.pattern, self.at)
        if match is None:
            raise self.fail("Unclosed character family", len(self.pattern) - 1)
        name = match.group(2) if match.group(3) is None else match.group(3)
        found = self.family(name, match.end() - 1)
        self.at = match.end()
        return _negated(found) if negative != bool(match.group(1)) else found

    def family(self, name: str, index: int) -> Ranges:
        if name in _ASCII:
            return _ranges(_ASCII[name])
        named = re.match(r"(?:In|(?:block|blk)=)(.*)", name)
        if named is not None:
            found = block(named.group(1))
            if found is None:
                raise self.fail(f"Unknown character block name {{{named.group(1)}}}", index)
            return [found]
        if name in _SCRIPTS or name in _JAVA_PROPERTIES:
            return list(_matching(name))
        short = re.sub(r"^(?:Is|gc=|general_category=)", "", name)
        if short in ("L1", "LC") or name == "all":
            return [(0, 255)] if short == "L1" else list(_matching("L"))
        if re.fullmatch(r"[LMNPSZC][a-z]?", short):
            return list(_matching(short))
        if re.fullmatch(r"(?:Is|java|script=|sc=).*", name):
            raise self.unsupported(f"\\p{{{name}}}")
        raise self.fail(f"Unknown character property name {{{name}}}", index)

    # ----------------------------------------------------------------------------------------- classes

    def char_class(self) -> Ranges:
        """A bracket expression with nested ones, ``&&`` and ``^``; stands behind the ``]``."""
        self.at += 1
        negative = self.peek() == "^"
        self.at += negative
        parts: list[Ranges] = []
        current: Ranges = []
        first = True
        while True:
            char = self.peek()
            if not char:
                raise self.fail("Unclosed character class", len(self.pattern) - 1)
            if char == "]" and not (first and not parts):
                self.at += 1
                break
            if self.peek(2) == "&&":
                self.at += 2
                parts.append(current)
                current = []
                first = False
                continue
            if "x" in self.flags and self.skip_comment():
                continue
            current = current + (self.char_class() if char == "[" else self.class_item())
            first = False
        result = functools.reduce(_common, [*parts, current])
        return _negated(result) if negative else result

    def class_item(self) -> Ranges:
        if self.peek(2) == "\\Q":
            end = self.pattern.find("\\E", self.at)
            text = self.pattern[self.at + 2 : end if end >= 0 else None]
            self.at = end + 2 if end >= 0 else len(self.pattern)
            return [(ord(char), ord(char)) for char in text]
        found = self.class_single()
        following = self.pattern[self.at + 1 : self.at + 2]
        if self.peek() != "-" or following in ("]", "[", "") or len(found) != 1 or found[0][0] != found[0][1]:
            return found
        self.at += 1
        end_range = self.class_single()
        if len(end_range) != 1 or end_range[0][0] < found[0][0]:
            raise self.fail("Illegal character range", self.at - 1)
        return [(found[0][0], end_range[0][1])]

    def class_single(self) -> Ranges:
        if self.peek() == "\\":
            return self.class_escape()
        self.at += 1
        return self.one(ord(self.pattern[self.at - 1]))
