"""Set the flags of all records, so that the connector fetches everything once: how two systems that have data start."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from orgwright.errors import OrgwrightError
from orgwright.org import OrgClient
from orgwright.org.bulk import IngestJob
from orgwright.spec.model import Connector
from orgwright.sync.answers import csv_rows
from orgwright.sync.seed import Progress

_PART_ROWS = 500_000


@dataclass(frozen=True)
class Marked:
    """How many records of an object were marked, and how many the org refused; ``reasons`` are the refusals, each once."""

    sobject: str
    rows: int
    failed: int
    reasons: tuple[str, ...] = ()


class NothingToMark(OrgwrightError):
    """A connector without flags."""


def mark(
    org: OrgClient, connector: Connector, *, progress: Callable[[Progress], None] = lambda _: None
) -> tuple[Marked, ...]:
    """Set every flag that is not set: Bulk API 2.0 queries and updates.

    Args:
        org: the org.
        connector: the spec, with ``flags``.
        progress: told of each step.

    Raises:
        NothingToMark: the spec has no flags.
        ApiError: the org refuses a call, for instance because the caller may not see the flag.
    """
    pairs = [(flag.field, sobject) for flag in connector.flags.values() for sobject in flag.sources]
    if not pairs:
        raise NothingToMark(f"{connector.connector} has no flags", where=connector.place, help="see flags in the spec")
    with tempfile.TemporaryDirectory(prefix="orgwright-mark-") as folder:
        return tuple(_mark(org, field, sobject, Path(folder), progress) for field, sobject in pairs)


def _mark(org: OrgClient, field: str, sobject: str, folder: Path, progress: Callable[[Progress], None]) -> Marked:
    done = failed = 0
    reasons: dict[str, None] = {}
    ids = (row[0] for row in csv_rows(org.bulk.query(f"SELECT Id FROM {sobject} WHERE {field} = false")))
    for file, rows in _parts(ids, field, folder):
        start = Progress(sobject, done + rows, done, failed)
        job = org.bulk.ingest(sobject, "update", file, progress=_telling(progress, start))
        if job.failed:
            reasons |= dict.fromkeys(row[1] for row in csv_rows(org.bulk.failures(job.id)))
        done, failed = done + job.processed, failed + job.failed
        file.unlink()
    return Marked(sobject, done - failed, failed, tuple(reasons))


def _telling(progress: Callable[[Progress], None], start: Progress) -> Callable[[IngestJob], None]:
    def tell(job: IngestJob) -> None:
        progress(Progress(start.sobject, start.rows, start.done + job.processed, start.failed + job.failed))

    return tell


def _parts(ids: Iterator[str], field: str, folder: Path) -> Iterator[tuple[Path, int]]:
    """Files of updates, one at a time."""
    path = folder / "mark.csv"
    while part := list(islice(ids, _PART_ROWS)):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["Id", field])
            writer.writerows((id, "true") for id in part)
        yield path, len(part)
