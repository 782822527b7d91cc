"""The history of loads: a folder for each run, its record kept up to date at every checkpoint."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from orgwright.errors import OrgwrightError, Place

State = Literal["running", "completed", "completed with errors", "failed", "stopped"]


@dataclass(frozen=True)
class PartRecord:
    """One part of a run: ``created``, ``updated`` and ``failed`` count once it is ``done``."""

    sobject: str
    key: str
    file: str
    rows: int
    done: bool = False
    created: int = 0
    updated: int = 0
    failed: int = 0


@dataclass(frozen=True)
class RunRecord:
    """One load.

    ``also_bypassed`` are permission sets that its user holds meanwhile beside the connector's own bypass; ``bypass_assignments`` the
    assignments that the run made and has not yet removed.
    """

    id: str
    connector: str
    org_id: str
    source: str
    started: str
    state: State = "running"
    ended: str | None = None
    stage: str | None = None
    reason: str | None = None
    also_bypassed: tuple[str, ...] = ()
    bypass_assignments: tuple[str, ...] = ()
    parts: tuple[PartRecord, ...] = field(default=())

    @property
    def failed(self) -> int:
        """Rows that the org refused."""
        return sum(part.failed for part in self.parts)


class Run:
    """A run under way: its folder and its record, written whole at each change."""

    def __init__(self, folder: Path, record: RunRecord) -> None:
        self.folder, self.record = folder, record

    def note(self, **changes: Any) -> None:
        """Change the record and write it down; a crash leaves the old or the new one, never half of it."""
        self.record = replace(self.record, **changes)
        path = self.folder / "run.json"
        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps(asdict(self.record), indent=1) + "\n", encoding="utf-8")
        draft.replace(path)

    def note_part(self, index: int, part: PartRecord) -> None:
        """Replace one part of the record."""
        parts = list(self.record.parts)
        parts[index] = part
        self.note(parts=tuple(parts))

    def failed_rows(self, sobject: str) -> Path:
        """The CSV of rows of one object that the org refused."""
        return self.folder / f"failed-{sobject}.csv"

    def clean(self) -> None:
        """Drop the CSV files of parts; the record and the failed rows stay."""
        for part in self.record.parts:
            (self.folder / part.file).unlink(missing_ok=True)


@dataclass(frozen=True)
class History:
    """All runs of one org, in a folder of their own."""

    folder: Path

    def start(self, day: str, connector: str, org_id: str, source: str, started: str) -> Run:
        """A new run, named after the ``day`` and its number on that day. Runs are private to the user (mode 0700)."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            number = 1 + max(
                (int(run.id.rsplit("-", 1)[1]) for run in self.runs() if run.id.startswith(day)), default=0
            )
            folder = self.folder / f"{day}-{number}"
            folder.mkdir(mode=0o700)
        except OSError as fault:
            raise OrgwrightError(
                f"the history of loads cannot be written: {os.strerror(fault.errno or 0)}",
                where=Place(file=str(self.folder)),
            ) from fault
        run = Run(folder, RunRecord(folder.name, connector, org_id, source, started))
        run.note()
        return run

    def open(self, id: str) -> Run:
        """A run of the past. Raises :class:`OrgwrightError` when there is none of that name."""
        folder = self.folder / id
        if Path(id).name != id or not (folder / "run.json").is_file():
            known = ", ".join(run.id for run in self.runs()) or "none"
            raise OrgwrightError(f"there is no load {id}", where=Place(file=str(self.folder)), help=f"loads: {known}")
        return Run(folder, _read(folder / "run.json"))

    def runs(self) -> Iterator[RunRecord]:
        """All runs, oldest first."""
        for path in sorted(self.folder.glob("*/run.json"), key=lambda path: _order(path.parent.name)):
            yield _read(path)

    def forget(self, id: str) -> None:
        """Remove a run and its files."""
        shutil.rmtree(self.open(id).folder)


def _order(id: str) -> tuple[str, int]:
    day, _, number = id.rpartition("-")
    return day, int(number) if number.isdigit() else 0


def _read(path: Path) -> RunRecord:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        parts = tuple(PartRecord(**part) for part in data.pop("parts"))
        data |= {name: tuple(data[name]) for name in ("also_bypassed", "bypass_assignments")}
        return RunRecord(**data, parts=parts)
    except (OSError, ValueError, TypeError, KeyError) as fault:
        raise OrgwrightError(
            "the record of this load cannot be read",
            where=Place(file=str(path)),
            help=f"if nobody needs it, remove the folder {path.parent}",
        ) from fault
