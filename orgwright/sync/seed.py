"""The initial load: Bulk API 2.0 upserts by external ID, parents first, with the bypass set (G2, G18, G19).

Everything is prepared and checked before the first row is sent. Each part is a job; a part that is done is a checkpoint.
Upserts by external ID can be sent again, so a load that stopped goes on where it stood.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from orgwright.errors import OrgwrightError, Place
from orgwright.org import OrgClient
from orgwright.org.bulk import IngestJob
from orgwright.spec.check_links import parent_of
from orgwright.spec.model import Connector, Constant
from orgwright.spec.model import Mapping as DataMapping
from orgwright.sync.answers import append, created_rows, csv_rows, keep_refused
from orgwright.sync.bypass import mend, remove_bypass, set_bypass
from orgwright.sync.duplicates import refuse_duplicates
from orgwright.sync.fixed import columns_of, split
from orgwright.sync.history import History, PartRecord, Run, State
from orgwright.sync.lookups import find_all
from orgwright.sync.prepare import Aids, prepare
from orgwright.sync.source import Source, SourceError


@dataclass(frozen=True)
class Progress:
    """How far one object is: rows of all its parts, those done, those that failed."""

    sobject: str
    rows: int
    done: int
    failed: int


@dataclass(frozen=True)
class ObjectCount:
    """What became of the rows of one object."""

    sobject: str
    sent: int
    created: int
    updated: int
    failed: int


@dataclass(frozen=True)
class LeftOut:
    """Rows of one object that the rules of the connector leave out, and the file that names each with the reason."""

    sobject: str
    rows: int
    path: Path


@dataclass(frozen=True)
class SeedResult:
    """The end of a load. ``failed_rows`` are the CSV files of refused rows, one an object; ``events`` counts events published meanwhile, if the org tells."""

    run: str
    state: State
    objects: tuple[ObjectCount, ...]
    failed_rows: tuple[Path, ...]
    events: int | None
    mended: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def sent(self) -> int:
        """Rows sent."""
        return sum(count.sent for count in self.objects)

    @property
    def created(self) -> int:
        """Records created."""
        return sum(count.created for count in self.objects)

    @property
    def updated(self) -> int:
        """Records changed."""
        return sum(count.updated for count in self.objects)

    @property
    def failed(self) -> int:
        """Rows that the org refused."""
        return sum(count.failed for count in self.objects)


class SeedFailed(OrgwrightError):
    """The load failed as a whole; ``stage`` says where."""

    exit_code = 1

    def __init__(self, run: str, stage: str, fault: OrgwrightError) -> None:
        self.run, self.stage = run, stage
        super().__init__(
            f"the load {run} failed at {stage}: {fault.what}",
            where=fault.where,
            help=f"{fault.help + '; then ' if fault.help else ''}go on with --resume {run}",
        )
        self.exit_code = fault.exit_code


def _ignore(_: Progress) -> None:
    return None


def seed(
    org: OrgClient,
    connector: Connector,
    source: Source,
    history: History,
    *,
    bypass: tuple[str, ...] = (),
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    progress: Callable[[Progress], None] = _ignore,
) -> SeedResult:
    """Load a source into an org through the connector's mappings.

    Meanwhile the loading user holds the connector's bypass and the further permission sets of ``bypass``, such as those of other
    connectors in the org.

    Raises :class:`~orgwright.sync.source.SourceError` before anything was sent, :class:`SeedFailed` afterwards. Rows
    that the org refuses do not stop the load: they end in ``failed_rows``.
    """
    mended = mend(org, history)
    started = now()
    run = history.start(
        f"{started:%Y-%m-%d}", connector.connector, org.connection.org_id, source.name, started.isoformat()
    )
    try:
        refuse_duplicates(org, connector.seed, source, history.folder, csv_rows)
        parts = prepare(connector.seed.ordered, source, _aids(org, connector, source), run.folder)
    except BaseException:  # the user's ^C, too: nothing was sent that could be gone on with
        history.forget(run.record.id)
        raise
    run.note(also_bypassed=bypass, parts=tuple(PartRecord(p.sobject, p.key, p.path.name, p.rows) for p in parts))
    return _load(org, connector, run, now, progress, mended)


def _aids(org: OrgClient, connector: Connector, source: Source) -> Aids:
    mappings = connector.seed.ordered
    return Aids(
        constants={m.api_name: _constants(org, m.constants) for m in mappings},
        found=find_all(org, mappings, source),
        parents={m.api_name: _parents(connector, m) for m in mappings},
    )


def _parents(connector: Connector, mapping: DataMapping) -> dict[str, str]:
    """The columns that name a parent by the key that it is loaded by."""
    found = {}
    for column in mapping.parents:
        parent = parent_of(connector, mapping.api_name, column.relationship or "")
        if parent in connector.seed.objects and connector.seed.objects[parent].key == column.field:
            found[column.api_name] = parent
    return found


def resume(
    org: OrgClient,
    connector: Connector,
    history: History,
    id: str,
    *,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    progress: Callable[[Progress], None] = _ignore,
) -> SeedResult:
    """Go on with a load that stopped: parts that are done are not sent again."""
    run = history.open(id)
    if run.record.state.startswith("completed"):
        raise OrgwrightError(f"the load {id} is {run.record.state}: nothing is left to do")
    if run.record.org_id != org.connection.org_id or run.record.connector != connector.connector:
        raise OrgwrightError(f"the load {id} belongs to connector {run.record.connector} and org {run.record.org_id}")
    if not run.record.parts:
        raise OrgwrightError(f"the load {id} ended before its rows were prepared: load the source anew")
    mended = mend(org, history)
    run = history.open(id)  # without what was just taken back
    run.note(state="running", stage=None, reason=None)
    return _load(org, connector, run, now, progress, mended)


def _load(
    org: OrgClient,
    connector: Connector,
    run: Run,
    now: Callable[[], dt.datetime],
    progress: Callable[[Progress], None],
    mended: tuple[str, ...],
) -> SeedResult:
    before = _published(org)
    stage = "bypass"
    try:
        own = [connector.outage.bypass] if connector.outage.bypass else []
        with _bypassed(org, run, [*own, *run.record.also_bypassed]):
            for index, part in enumerate(run.record.parts):
                stage = part.sobject
                if not part.done:
                    run.note_part(index, _send(org, run, index, progress))
            stage = "bypass"
    except OrgwrightError as fault:
        run.note(state="failed", stage=stage, reason=fault.what, ended=now().isoformat())
        raise SeedFailed(run.record.id, stage, fault) from fault
    except BaseException:
        run.note(state="stopped", stage=stage, ended=now().isoformat())
        raise
    state: State = "completed with errors" if run.record.failed else "completed"
    run.note(state=state, ended=now().isoformat())
    run.clean()
    after, counts = _published(org), _counts(run.record.parts)
    return SeedResult(
        run=run.record.id,
        state=state,
        objects=counts,
        failed_rows=tuple(run.failed_rows(c.sobject) for c in counts if c.failed),
        events=after - before if before is not None and after is not None else None,
        mended=mended,
        left_out=tuple(_left_out(path) for path in sorted(run.folder.glob("left-out-*.csv"))),
    )


@contextmanager
def _bypassed(org: OrgClient, run: Run, permission_sets: Sequence[str]) -> Iterator[None]:
    """The bypass is set within the block and taken back behind it, whatever happens.

    When the org refuses to take it back, the run remembers it, the next load of the org mends it, and the error says so.
    """
    try:
        set_bypass(org, run, permission_sets)
        yield
    except BaseException as first:
        try:
            remove_bypass(org, run)
        except OrgwrightError as second:
            if isinstance(first, OrgwrightError):
                first.help = f"{first.help}; {_left(second)}" if first.help else _left(second)
        raise
    try:
        remove_bypass(org, run)
    except OrgwrightError as fault:
        fault.help = _left(fault)
        raise


def _left(fault: OrgwrightError) -> str:
    return f"the user still holds the bypass ({fault.what}): the next load of this org takes it back"


def _left_out(path: Path) -> LeftOut:
    with path.open("rb") as file:
        return LeftOut(path.stem.removeprefix("left-out-"), sum(1 for _ in file), path)


def _send(org: OrgClient, run: Run, index: int, progress: Callable[[Progress], None]) -> PartRecord:
    part = run.record.parts[index]
    mine = [p for p in run.record.parts if p.sobject == part.sobject]
    rows = sum(p.rows for p in mine)
    done, failed = sum(p.rows for p in mine if p.done), sum(p.failed for p in mine)

    sent = created = refused = 0

    def tell(job: IngestJob) -> None:
        progress(Progress(part.sobject, rows, done + sent + job.processed, failed + refused + job.failed))

    tell(IngestJob("", part.sobject, "Open", 0, 0, None))
    draft = run.folder / f"{part.file}.refused"
    draft.unlink(missing_ok=True)  # left by a run that did not end this part, whose rows are sent again
    for file in split(org, part.sobject, part.key, run.folder / part.file, csv_rows):
        job = org.bulk.ingest(part.sobject, "upsert", file, external_id=part.key, progress=tell)
        created += created_rows(org, job)
        if job.failed:
            keep_refused(org, job, columns_of(run.folder / part.file), draft)
        sent, refused = sent + job.processed, refused + job.failed
        if file.name != part.file:
            file.unlink()
    append(draft, run.failed_rows(part.sobject))
    return replace(part, done=True, created=created, updated=sent - refused - created, failed=refused)


def _constants(org: OrgClient, constants: Mapping[str, Constant]) -> dict[str, str]:
    return {name: _constant(org, name, constant) for name, constant in constants.items()}


def _constant(org: OrgClient, field: str, constant: Constant) -> str:
    if constant.query is None:
        return "" if constant.value is None else str(constant.value)
    rows = list(org.query(constant.query))
    if len(rows) != 1:
        raise SourceError(
            f"the query for {field} finds {len(rows)} records instead of one: {constant.query}",
            where=Place(path=org.connection.alias),
        )
    (value,) = [value for key, value in rows[0].items() if key != "attributes"]
    return str(value)


def _counts(parts: tuple[PartRecord, ...]) -> tuple[ObjectCount, ...]:
    counts: dict[str, ObjectCount] = {}
    for part in parts:
        old = counts.get(part.sobject, ObjectCount(part.sobject, 0, 0, 0, 0))
        counts[part.sobject] = ObjectCount(
            part.sobject,
            old.sent + part.rows,
            old.created + part.created,
            old.updated + part.updated,
            old.failed + part.failed,
        )
    return tuple(counts.values())


def _published(org: OrgClient) -> int | None:
    """Platform events published in the current hour, as far as the org tells; the hour may turn meanwhile, so it is a hint."""
    try:
        limit = org.limits().get("HourlyPublishedPlatformEvents")
        return None if limit is None else int(limit["Max"]) - int(limit["Remaining"])
    except (OrgwrightError, AttributeError, KeyError, TypeError, ValueError):
        return None  # only a hint: what is wrong with the org shows in the work itself
