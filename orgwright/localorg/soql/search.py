"""SOSL: which records hold the words, then a SOQL query for each object (SOQL and SOSL Reference)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import AccessMode, QueryProblem
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.soql import problem
from orgwright.localorg.soql.shape import Form
from orgwright.localorg.soql.terms import Matcher, matcher
from orgwright.localorg.soql.tokens import Token, tokens
from orgwright.localorg.store.tables import quote

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_HEAD = re.compile(
    r"""\s*FIND\s*(?:\{(?P<braced>(?:\\.|[^\\}])*)\}|'(?P<quoted>(?:\\.|[^\\'])*)'|:\s*(?P<bind>\w[\w.]*))\s*
        (?:IN\s+(?P<group>ALL|NAME|EMAIL|PHONE|SIDEBAR)\s+FIELDS\s*)?(?P<rest>.*)\Z""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_TAIL = re.compile(r"\s*(?:LIMIT\s+(?P<limit>\d+)\s*)?\Z", re.IGNORECASE)
_CLAUSES = ("WHERE", "ORDER", "LIMIT", "OFFSET", "USING")
_TYPES = {
    "all": frozenset(("string", "textarea", "email", "phone", "url", "combobox", "picklist")),
    "email": frozenset(("email",)),
    "phone": frozenset(("phone",)),
}
_MOST, _MOST_OF_ONE = 2000, 250


@dataclass(frozen=True)
class Returning:
    """One object of RETURNING: the SOQL texts between which the condition on Ids goes."""

    sobject: str
    fields: str
    where: str
    rest: str
    limited: bool


@dataclass(frozen=True)
class Search:
    """A parsed SOSL statement; ``bind`` names the variable that holds the words, ``objects`` is None without RETURNING."""

    words: str
    bind: str | None
    group: str
    objects: tuple[Returning, ...] | None
    limit: int


def parse_search(sosl: str) -> Search:
    """What a SOSL text says; raises :class:`QueryProblem`."""
    head = _HEAD.match(sosl)
    if head is None:
        raise QueryProblem("unexpected token: " + (sosl.split() or ["<EOF>"])[0], "MALFORMED_SEARCH", 0)
    rest = head["rest"]
    words = head["braced"] if head["braced"] is not None else _text(head["quoted"] or "")
    group = (head["group"] or "ALL").lower()
    match = re.match(r"RETURNING\b", rest, re.IGNORECASE)
    objects, end = _objects(rest, match.end()) if match is not None else (None, 0)
    tail = _TAIL.match(rest, end)
    if tail is None:
        raise problem.unsupported(f"SOSL with {rest[end:].split()[0].upper()}", head.start("rest") + end)
    named = tuple(objects) if objects is not None else None
    return Search(words, head["bind"], group, named, int(tail["limit"] or _MOST))


def _text(quoted: str) -> str:
    """A quoted text without the backslashes that belong to the quotes."""
    return quoted.replace("\\'", "'").replace('\\"', '"')


def _objects(text: str, at: int) -> tuple[list[Returning], int]:
    found: list[Returning] = []
    while True:
        match = re.compile(r"\s*(\w+)\s*").match(text, at)
        if match is None:
            raise QueryProblem(f"unexpected token: {text[at:].strip()[:1] or '<EOF>'}", "MALFORMED_SEARCH", at)
        at = match.end()
        inside = ""
        if text[at : at + 1] == "(":
            end = _closing(text, at)
            inside, at = text[at + 1 : end], end + 1
        found.append(_returning(match[1], inside))
        comma = re.compile(r"\s*,").match(text, at)
        if comma is None:
            return found, at
        at = comma.end()


def _closing(text: str, at: int) -> int:
    depth, quoted = 0, False
    position = at
    while position < len(text):
        letter = text[position]
        if quoted and letter == "\\":
            position += 1
        elif letter == "'":
            quoted = not quoted
        elif not quoted and letter in "()":
            depth += 1 if letter == "(" else -1
            if depth == 0:
                return position
        position += 1
    raise QueryProblem("unexpected token: '<EOF>'", "MALFORMED_SEARCH", len(text))


def _returning(sobject: str, inside: str) -> Returning:
    starts: dict[str, Token] = {}
    depth = 0
    for token in tokens(inside):
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "mark" else 0
        if depth == 0 and token.kind == "name" and token.text.upper() in _CLAUSES:
            starts.setdefault(token.text.upper(), token)
    if "USING" in starts:
        raise problem.unsupported("SOSL with USING", starts["USING"].at)
    marks = sorted(token.at for token in starts.values())
    fields = inside[: marks[0]] if marks else inside
    where, rest = "", inside[marks[0] :] if marks else ""
    if "WHERE" in starts:
        at = starts["WHERE"].at
        end = next((mark for mark in marks if mark > at), len(inside))
        where, rest = inside[at + len("WHERE") : end], inside[end:]
    limited = bool(starts.keys() - {"OFFSET"})
    return Returning(sobject, fields.strip() or "Id", where.strip(), rest.strip(), limited)


def run_search(
    tx: Transaction,
    sosl: str,
    binds: Mapping[str, Any],
    *,
    access: AccessMode = "user",
    form: Form = "typed",
    url: str = "",
    fixed: Sequence[str] | None = None,
) -> list[list[Any]]:
    """The records found, a list for each object of RETURNING; ``fixed`` are Ids that count as found.

    Without RETURNING the Ids of all searchable objects are given, a list for each object that has any.
    Raises :class:`QueryProblem`.
    """
    search = parse_search(sosl)
    lowered = {name.lower(): value for name, value in binds.items()}
    words = str(lowered.get(search.bind.lower()) or "") if search.bind else search.words
    match = matcher(words)
    left = min(search.limit, _MOST)
    objects = search.objects if search.objects is not None else _everywhere(tx, access)
    share = min(_MOST // max(1, len(objects)), _MOST_OF_ONE) if search.objects is not None else _MOST_OF_ONE
    found: list[list[Any]] = []
    for one in objects:
        sobject = tx.schema.sobject(one.sobject)
        if sobject is None or not sobject.queryable:
            raise problem.no_sobject(one.sobject, 0)
        ids = list(fixed) if fixed is not None else _matching(tx, sobject, search.group, match, access)
        ids = [id for id in ids if id.startswith(sobject.key_prefix or "")]
        where = "Id IN :sosl_found" + (f" AND ({one.where})" if one.where else "")
        soql = f"SELECT {one.fields} FROM {sobject.name} WHERE {where} {one.rest}"
        given = {**lowered, "sosl_found": ids}
        records = tx.query(soql, binds=given, access=access, form=form, url=url, with_ids=form == "typed").records
        records = records[: min(left, len(records) if one.limited else share)]
        left -= len(records)
        if records or search.objects is not None:
            found.append(records)
    return found


def _everywhere(tx: Transaction, access: AccessMode) -> tuple[Returning, ...]:
    """What is searched when nothing is named: each searchable object with records that the user may read."""
    known = (tx.schema.sobject(name) for name in sorted(tx.org.database.tables))
    return tuple(
        Returning(one.name, "Id", "", "", False)
        for one in known
        if one is not None
        and one.searchable
        and one.queryable
        and one.kind == "object"
        and (access == "system" or tx.rights.can("read", one))
    )


def _matching(tx: Transaction, sobject: SObjectType, group: str, match: Matcher, access: AccessMode) -> list[str]:
    """Ids of the live records of which the searched fields hold the words."""
    fields = [f for f in sobject.fields.values() if _searched(f, group)]
    if access == "user":
        fields = [f for f in fields if tx.rights.reads_field(sobject, f.name)]
    if not fields or not tx.has_table(sobject.name):
        return []
    columns = ", ".join(['"Id"', *(quote(f.name) for f in fields)])
    alive = ' WHERE "IsDeleted" = 0' if sobject.recyclable else ""
    rows = tx.connection.execute(f"SELECT {columns} FROM {quote(sobject.name)}{alive}")
    return [row[0] for row in rows if match([str(value) for value in row[1:] if value is not None])]


def _searched(field: Field, group: str) -> bool:
    if not field.stored or field.encrypted:
        return False
    if group in ("name", "sidebar"):
        return field.name_field or field.name in ("FirstName", "LastName")
    return field.type in _TYPES[group]
