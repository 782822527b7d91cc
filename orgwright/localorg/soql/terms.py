"""The words of a SOSL search: AND, OR, AND NOT, phrases in quotes, the wildcards ``*`` and ``?``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from orgwright.apex.host import QueryProblem

Matcher = Callable[[Sequence[str]], bool]
"""Whether the texts of a record hold the words."""
_TOKEN = re.compile(r'\s*(?:(?P<phrase>"(?:\\.|[^"\\])*")|(?P<mark>[()])|(?P<word>(?:\\.|[^\s()"\\])+))', re.DOTALL)
_DEEPEST = 50


def matcher(search: str) -> Matcher:
    """The matcher of a search text; raises :class:`QueryProblem` for what is no search."""
    found = [(m.lastgroup or "", m[m.lastgroup or 0]) for m in _TOKEN.finditer(search)]
    bare = re.sub(r"[*?\s]", "", search)
    if len(bare) < 2:
        raise QueryProblem(f"search term must be longer than one character: {search}", "MALFORMED_SEARCH", 0)
    parser = _Parser(found)
    match = parser.either(0)
    if parser.at < len(found):
        raise parser.unexpected()
    return match


class _Parser:
    def __init__(self, found: list[tuple[str, str]]) -> None:
        self._found, self.at = found, 0

    def unexpected(self) -> QueryProblem:
        text = self._found[self.at][1] if self.at < len(self._found) else "<EOF>"
        return QueryProblem(f"unexpected token: {text}", "MALFORMED_SEARCH", 0)

    def _is(self, word: str) -> bool:
        return self.at < len(self._found) and self._found[self.at] == ("word", word)

    def either(self, depth: int) -> Matcher:
        """Parts joined by OR."""
        if depth > _DEEPEST:
            raise QueryProblem("the search is nested too deeply", "MALFORMED_SEARCH", 0)
        parts = [self._all(depth)]
        while self._is("OR"):
            self.at += 1
            parts.append(self._all(depth))
        return lambda texts: any(part(texts) for part in parts)

    def _all(self, depth: int) -> Matcher:
        """Parts joined by AND, by AND NOT, or standing side by side."""
        parts = [(True, self._one(depth))]
        while self.at < len(self._found) and not self._is("OR") and self._found[self.at] != ("mark", ")"):
            if self._is("AND"):
                self.at += 1
            wanted = not self._is("NOT")
            self.at += not wanted
            parts.append((wanted, self._one(depth)))
        return lambda texts: all(part(texts) is wanted for wanted, part in parts)

    def _one(self, depth: int) -> Matcher:
        if self.at >= len(self._found):
            raise self.unexpected()
        kind, text = self._found[self.at]
        self.at += 1
        if (kind, text) == ("mark", "("):
            inner = self.either(depth + 1)
            if self.at >= len(self._found) or self._found[self.at] != ("mark", ")"):
                raise self.unexpected()
            self.at += 1
            return inner
        if kind == "mark":
            self.at -= 1
            raise self.unexpected()
        return _phrase(text[1:-1] if kind == "phrase" else text)


def _phrase(text: str) -> Matcher:
    """Words that follow each other; a word stands alone unless it has wildcards."""
    plain = re.sub(r"\\([?&|!{}\[\]()^~*:\\\"'+\-])", lambda m: f" {m[1]}" if m[1] not in "*?" else " ", text)
    words = [_pattern(word) for word in re.findall(r"[\w*?]+", plain)]
    if not words:
        return lambda texts: False
    pattern = re.compile(r"\b" + r"\W+".join(words) + r"(?!\w)", re.IGNORECASE)
    return lambda texts: any(pattern.search(one) for one in texts)


def _pattern(word: str) -> str:
    return "".join({"*": r"\w*", "?": r"\w"}.get(letter, re.escape(letter)) for letter in word)
