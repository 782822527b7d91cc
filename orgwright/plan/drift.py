"""What somebody changed by hand since the last apply, and who, as far as the org says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as url_quote

from orgwright.errors import OrgwrightError, Place
from orgwright.org import Request
from orgwright.org.metadata import MetadataItem
from orgwright.plan.compare import KINDS
from orgwright.plan.facts import even
from orgwright.plan.model import Difference
from orgwright.plan.record import CODE, Key, Record, Recorded, digest
from orgwright.plan.snapshot import Org, Snapshot, read


class NoRecord(OrgwrightError):
    """No apply of the connector left its record in the org."""

    exit_code = 1


@dataclass(frozen=True)
class Drifted:
    """One component that is not as the last apply left it. ``by`` and ``when`` are empty where the org does not say."""

    connector: str
    kind: str
    component: str
    differences: tuple[Difference, ...]
    by: str = ""
    when: str = ""

    @property
    def gone(self) -> bool:
        """Whether somebody deleted it."""
        return any(difference.attribute == "presence" for difference in self.differences)

    def as_dict(self) -> dict[str, Any]:
        """The drift as ``--json`` prints it."""
        return {
            "connector": self.connector,
            "kind": self.kind,
            "component": self.component,
            "gone": self.gone,
            "differences": [difference.as_dict() for difference in self.differences],
            "by": self.by or None,
            "when": self.when or None,
        }


@dataclass(frozen=True)
class Drift:
    """What was compared, and what has drifted. ``since`` is when each connector was applied last."""

    since: Mapping[str, str]
    checked: int
    drifted: tuple[Drifted, ...]


def drift(org: Org, connectors: Sequence[str] = ()) -> Drift:
    """Compare an org with the records of the last applies; specs are not needed.

    Args:
        connectors: only these; empty: all that were applied.

    Raises:
        NoRecord: a connector that is asked for was never applied.
        ApiError: the org refuses a call.
    """
    snapshot = read(org, connectors)
    missing = [name for name in connectors if name not in snapshot.records]
    if missing:
        raise NoRecord(
            f"the org has no record of an apply of {', '.join(missing)}",
            where=Place(path="drift"),
            help="'orgwright up', 'apply' and 'deploy' leave one; 'orgwright plan' compares with the spec",
        )
    records = [record for name, record in sorted(snapshot.records.items()) if not connectors or name in connectors]
    found = [one for record in records for one in _drifted(record, snapshot)]
    return Drift(
        {record.connector: record.modified for record in records},
        sum(len(record.components) for record in records),
        tuple(_with_authors(org, snapshot, found, records)),
    )


@dataclass(frozen=True)
class _Found:
    """What differs, before anybody knows who did it."""

    record: Record
    one: Recorded
    differences: tuple[Difference, ...]

    @property
    def key(self) -> Key:
        return self.one.type, self.one.name.lower()

    @property
    def gone(self) -> bool:
        return self.differences[0].attribute == "presence"


def _drifted(record: Record, snapshot: Snapshot) -> Iterator[_Found]:
    for key, one in record.components.items():
        differences = tuple(_differences(key, one, snapshot))
        if differences:
            yield _Found(record, one, differences)


def _differences(key: Key, one: Recorded, snapshot: Snapshot) -> Iterator[Difference]:
    kind = KINDS.get(one.type, one.type)
    if not snapshot.has(key):
        yield Difference(kind, one.name, "presence", one.facts.get("type") or kind)
        return
    if one.type in CODE:
        code = snapshot.code[key]
        if code.status != one.facts.get("status"):
            yield Difference(kind, one.name, "status", one.facts.get("status", ""), code.status)
        if digest(code.body or "") != one.facts.get("body"):
            yield Difference(kind, one.name, "body", "as applied", "another text")
        return
    actual = snapshot.components[key]
    for attribute, value in one.facts.items():
        if not even(attribute, value, actual.get(attribute)):
            yield Difference(kind, one.name, attribute.replace("].", "] "), value, actual.get(attribute))


def _with_authors(
    org: Org, snapshot: Snapshot, found: Sequence[_Found], records: Sequence[Record]
) -> Iterator[Drifted]:
    there = sorted({one.one.type for one in found if not one.gone and one.one.type != "Settings"})
    listed = _authors(org.metadata.list(there)) if there else {}
    deleted = _deletions(org, records) if any(one.gone for one in found) else []
    for one in found:
        by, when = "", ""
        if one.gone:
            by, when = next(((by, when) for text, by, when in deleted if _tells_of(text, one.one)), ("", ""))
        else:
            by, when = listed.get(one.key) or snapshot.modified.get(one.key) or ("", "")
        kind = KINDS.get(one.one.type, one.one.type)
        yield Drifted(one.record.connector, kind, one.one.name, one.differences, by, when)


def _authors(items: Iterable[MetadataItem]) -> dict[Key, tuple[str, str]]:
    return {(item.type, item.name.lower()): (item.last_modified_by, item.last_modified) for item in items}


def _deletions(org: Org, records: Sequence[Record]) -> list[tuple[str, str, str]]:
    """What the setup audit trail says since the first of the last applies; nothing where it cannot be read.

    Follows "SetupAuditTrail" of the object reference: users without View Setup cannot query it.
    """
    since = min((record.modified for record in records if record.modified), default="")
    where = f" WHERE CreatedDate >= {_moment(since)}" if since else ""
    soql = (
        f"SELECT Display, CreatedBy.Name, CreatedDate FROM SetupAuditTrail{where} ORDER BY CreatedDate DESC LIMIT 2000"
    )
    (answer,) = org.composite([Request(f"/query?q={url_quote(soql)}")])
    if answer.status >= 400:
        return []
    rows = answer.body["records"]
    return [(r["Display"] or "", (r["CreatedBy"] or {}).get("Name") or "", r["CreatedDate"]) for r in rows]


def _moment(text: str) -> str:
    """A time of the REST API as SOQL takes it."""
    return text.replace("+0000", "Z")


def _tells_of(display: str, one: Recorded) -> bool:
    """Whether a line of the audit trail is about a component: it names the API name or the label, and a deletion."""
    own = one.name.rpartition(".")[2]
    names = (own, own.removesuffix("__c"), one.facts.get("label", ""))
    return "delet" in display.lower() and any(name and name.lower() in display.lower() for name in names)
