"""Lookups before a load: each value of the source has to find one record of the org, or nothing is sent at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from orgwright.errors import OrgwrightError
from orgwright.org import OrgClient, quote
from orgwright.spec.data import Lookup
from orgwright.spec.model import Column
from orgwright.spec.model import Mapping as DataMapping
from orgwright.sync.columns import Found, converter
from orgwright.sync.source import Source, SourceError

_AT_ONCE = 200
_SHOWN = 10


class NotAligned(SourceError):
    """Values of the source that find no record of the org."""

    exit_code = 1


def find_all(org: OrgClient, mappings: Iterable[DataMapping], source: Source) -> dict[str, Found]:
    """The Ids behind the values of all lookup columns: object -> column -> value in lower case -> Id.

    Raises:
        NotAligned: with every value that finds nothing, more than one record, or one that does not meet the condition.
    """
    tables = set(source.tables())
    found: dict[str, Found] = {}
    for mapping in mappings:
        if mapping.table in tables:
            has = source.columns(mapping.table)
            columns = [c for c in mapping.columns.values() if c.lookup is not None and set(c.sources) <= set(has)]
            found[mapping.api_name] = {
                c.api_name: _find(org, mapping, c, c.lookup, source) for c in columns if c.lookup
            }
    return found


def _find(org: OrgClient, mapping: DataMapping, column: Column, lookup: Lookup, source: Source) -> Mapping[str, str]:
    """One column: its values, by the table between if there is one, to Ids."""
    aligned, troubles = _aligned(mapping, column, lookup, source)
    ids, faults = _records(org, lookup, dict.fromkeys(aligned.values()))
    for value, name in aligned.items():
        if name.lower() in faults:
            troubles.append(
                f"{value}: {faults[name.lower()]}" if value.lower() != name.lower() else faults[name.lower()]
            )
    if troubles:
        raise _refusal(mapping, column, lookup, source, list(dict.fromkeys(troubles)))
    return {value.lower(): ids[name.lower()] for value, name in aligned.items()}


def _refusal(
    mapping: DataMapping, column: Column, lookup: Lookup, source: Source, troubles: list[str]
) -> OrgwrightError:
    more = f"; and {len(troubles) - _SHOWN} more" if len(troubles) > _SHOWN else ""
    between = f" in the table {lookup.through.table}" if lookup.through else ""
    condition = f" that meets {lookup.where}" if lookup.where else ""
    return NotAligned(
        f"{len(troubles)} of {column.source} are not aligned with a {lookup.object}: {'; '.join(troubles[:_SHOWN])}{more}",
        where=source.place(mapping.table, 1),
        help=f"nothing was loaded. Give each a {lookup.object}.{lookup.by}{between}{condition}",
    )


def _aligned(mapping: DataMapping, column: Column, lookup: Lookup, source: Source) -> tuple[dict[str, str], list[str]]:
    """Each value that a row ends with, and what the org calls it; values that the table between does not have are troubles."""
    convert = converter(column, None) or str
    values = {convert(row.values[0]) for row in source.rows(mapping.table, [column.source])} - {""}
    if lookup.through is None:
        return {value: value for value in sorted(values)}, []
    through = lookup.through
    if through.table not in source.tables():
        raise SourceError(
            f"the source has no table {through.table}, which says what {column.source} is called in the org",
            where=source.place(mapping.table, 1),
        )
    pairs = {row.values[0]: row.values[1] for row in source.rows(through.table, [through.source, through.target])}
    by_lower = {value.lower(): name for value, name in pairs.items()}
    aligned, troubles = {value: name for value, name in pairs.items() if value and name}, []
    troubles += [f"{value} has no {through.target} in {through.table}" for value, name in pairs.items() if not name]
    for value in sorted(values):
        if value == column.default and value.lower() not in by_lower:
            aligned[value] = value  # the default is the org's own value
        elif value.lower() not in by_lower:
            troubles.append(f"{value} is not in {through.table}")
    return aligned, troubles


def _records(org: OrgClient, lookup: Lookup, names: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Ids by name in lower case, and what is wrong with the others."""
    ids: dict[str, str] = {}
    faults: dict[str, str] = {}
    wanted = iter(names)
    while chunk := list(islice(wanted, _AT_ONCE)):
        all_rows = _query(org, lookup, chunk, None)
        good = {row[0] for row in _query(org, lookup, chunk, lookup.where)} if lookup.where else None
        by_name: dict[str, list[str]] = {}
        for id, name in all_rows:
            by_name.setdefault(name.lower(), []).append(id)
        for name in chunk:
            rows = by_name.get(name.lower(), [])
            left = [id for id in rows if good is None or id in good]
            if len(left) == 1:
                ids[name.lower()] = left[0]
            else:
                faults[name.lower()] = _fault(lookup, name, len(rows), len(left))
    return ids, faults


def _fault(lookup: Lookup, name: str, rows: int, left: int) -> str:
    if not rows:
        return f"there is no {lookup.object} with {lookup.by} {name}"
    if not left:
        return f"the {lookup.object} {name} does not meet {lookup.where}"
    return f"{left} records of {lookup.object} have {lookup.by} {name}"


def _query(org: OrgClient, lookup: Lookup, names: list[str], where: str | None) -> Iterator[tuple[str, str]]:
    condition = f" AND ({where})" if where else ""
    listed = ", ".join(map(quote, names))
    for row in org.query(f"SELECT Id, {lookup.by} FROM {lookup.object} WHERE {lookup.by} IN ({listed}){condition}"):
        yield row["Id"], row[lookup.by]
