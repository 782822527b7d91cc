"""What the org says of the rows of a job: read bit by bit, counted against what the job itself says, kept as files.

An answer that was cut off on its way, or that is not what the API describes, is an error: rows would be missing from the
count or from the file of refused rows without anybody seeing it.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from orgwright.errors import OrgwrightError, Place
from orgwright.org import OrgClient
from orgwright.org.bulk import IngestJob


class ResultsMissing(OrgwrightError):
    """The org's answer does not hold the rows that the job counted."""

    exit_code = 1


def created_rows(org: OrgClient, job: IngestJob) -> int:
    """How many rows of a job were created rather than changed. Raises :class:`ResultsMissing`."""
    created = count = 0
    rows = _rows(csv_rows(org.bulk.successes(job.id), header=True), job)
    next(rows, None)
    for row in rows:
        count += 1
        created += row[1] == "true"
    _hold(job, "saved", count, job.processed - job.failed)
    return created


def keep_refused(org: OrgClient, job: IngestJob, columns: Sequence[str], path: Path) -> None:
    """Add the refused rows of a job to a file, code and reason in front; a column that was not sent stays empty.

    Raises:
        ResultsMissing: the answer holds fewer rows than the job counted, or not the columns that were sent.
    """
    rows = _rows(csv_rows(org.bulk.failures(job.id), header=True), job)
    sent = next(rows, [])
    if sent[:2] != ["sf__Id", "sf__Error"]:
        raise ResultsMissing("the list of refused rows has no header", where=_place(job), help=_HELP)
    places = [sent.index(column) if column in sent else None for column in columns]
    count = 0
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not path.stat().st_size:
            writer.writerow(["code", "reason", *columns])
        for row in rows:
            count += 1
            code, _, reason = row[1].partition(":")
            values = ["" if place is None else row[place] for place in places]
            writer.writerow([code, reason.removesuffix("--").rstrip(" :"), *values])
    _hold(job, "refused", count, job.failed)


def append(draft: Path, path: Path) -> None:
    """Add the refused rows of a part that is done to those of its object, and drop the draft."""
    if not draft.exists():
        return
    with draft.open("rb") as source, path.open("ab") as target:
        header = source.readline()
        if not target.tell():
            target.write(header)
        while block := source.read(1 << 18):
            target.write(block)
    draft.unlink()


def csv_rows(chunks: Iterable[bytes], *, header: bool = False) -> Iterator[list[str]]:
    """Rows of a CSV answer, without its header unless that is wanted."""
    rows = csv.reader(_lines(chunks), strict=True)
    if not header:
        next(rows, None)
    return rows


_HELP = "the connection may have been cut; every row can be sent again"


def _place(job: IngestJob) -> Place:
    return Place(path=f"{job.sobject} (job {job.id})")


def _rows(rows: Iterator[list[str]], job: IngestJob) -> Iterator[list[str]]:
    """The rows, header included; each must be as wide as the header, which has Id and outcome at least."""
    width = 2
    while True:
        try:
            row = next(rows, None)
        except (csv.Error, UnicodeDecodeError) as fault:
            raise ResultsMissing(
                f"the rows of the answer cannot be read: {fault}", where=_place(job), help=_HELP
            ) from fault
        if row is None:
            return
        if len(row) < width:
            raise ResultsMissing("the answer ends in the middle of a row", where=_place(job), help=_HELP)
        width = len(row)
        yield row


def _hold(job: IngestJob, what: str, found: int, counted: int) -> None:
    if found != counted:
        raise ResultsMissing(
            f"the org counts {counted} {what} rows, its answer holds {found}", where=_place(job), help=_HELP
        )


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Text lines of a byte stream, line ends kept (``csv`` needs them inside quotes)."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest = ""
    for chunk in chunks:
        lines = (rest + decoder.decode(chunk)).split("\n")
        rest = lines.pop()
        for line in lines:
            yield line + "\n"
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest
