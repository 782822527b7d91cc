"""The deploys of an org: one runs at a time, the rest wait; results are kept and can be asked for."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orgwright.localorg.metadata import gates, package
from orgwright.localorg.metadata.deploy import deploy, total
from orgwright.localorg.metadata.ids import new_id
from orgwright.localorg.metadata.model import DeployOptions, DeployResult, Status
from orgwright.localorg.trouble import trouble_of
from orgwright.metadata import zip as archive

if TYPE_CHECKING:
    from orgwright.localorg.org import Org, Transaction

TABLE = """CREATE TABLE IF NOT EXISTS _deploy (
    id TEXT PRIMARY KEY, created TEXT NOT NULL, validated INTEGER NOT NULL, result TEXT NOT NULL, zip BLOB) WITHOUT ROWID"""
_KEEP = "INSERT OR REPLACE INTO _deploy VALUES (?, ?, ?, ?, ?)"
QUICK_DEPLOY_DAYS = 10
CUT_OFF = "The server ended while this deployment ran: it was applied whole or not at all."


class UnknownDeploy(Exception):
    """No deploy of that Id; ``code`` is Salesforce's exception code."""

    def __init__(self, message: str, code: str = "INVALID_CROSS_REFERENCE_KEY") -> None:
        super().__init__(message)
        self.message, self.code = message, code


class _Running:
    """A deploy that has not been written down yet."""

    def __init__(self, result: DeployResult) -> None:
        self.result = result
        self.cancelled = threading.Event()
        self.done = threading.Event()


Work = Callable[[], None]


class Deploys:
    """The deploys of one org. Work is handed back to the caller, who runs it on a thread of his."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._running: dict[str, _Running] = {}

    def start(self, user_id: str, data: bytes, options: DeployOptions) -> tuple[str, Work]:
        """Take a deploy in. The Id, and the work that runs it.

        Raises:
            gates.InvalidOptions: options that the org refuses at once.
            orgwright.metadata.zip.ZipError: what is no zip, or not a safe one.
        """
        gates.check_options(self._org.record.kind, options)
        found = package.read(
            archive.read(data), single_package=options.single_package, allow_missing_files=options.allow_missing_files
        )
        return self._begin(user_id, found, options, data)

    def start_package(self, user_id: str, found: package.Package, options: DeployOptions) -> tuple[str, Work]:
        """The same for a package that never was a zip (single components over Tooling or CRUD calls)."""
        return self._begin(user_id, found, options, b"")

    def start_validated(self, user_id: str, validation_id: str) -> tuple[str, Work]:
        """Quick deploy: what was validated with its tests within ten days, without running them again."""
        with self._org.read() as tx:
            rows = tx.sql(
                "SELECT created, validated, zip, result FROM _deploy WHERE substr(id, 1, 15) = ?", (validation_id[:15],)
            )
            now = tx.now()
            later = rows and tx.sql(
                "SELECT 1 FROM _deploy WHERE created > ? AND validated = 0 AND json_extract(result, '$.success') "
                "AND NOT json_extract(result, '$.checkOnly')",
                (rows[0][0],),
            )
        if not rows:
            raise UnknownDeploy(f"invalid cross reference id: {validation_id}")
        created, validated, data, result = rows[0]
        too_old = dt.datetime.fromisoformat(created) < now - dt.timedelta(days=QUICK_DEPLOY_DAYS)
        if not validated or data is None or too_old or later:
            raise UnknownDeploy(
                f"{validation_id} is not a recent validation that qualifies for a quick deploy", "INVALID_ID_FIELD"
            )
        options = replace(DeployOptions(), ignore_warnings=bool(json.loads(result)["ignoreWarnings"]))
        found = package.read(archive.read(data))
        return self._begin(user_id, found, options, b"", validated=True)

    def _begin(
        self, user_id: str, found: package.Package, options: DeployOptions, data: bytes, *, validated: bool = False
    ) -> tuple[str, Work]:
        with self._org.transaction(user_id) as tx:
            id = new_id(tx, "DeployRequest")
            name, now = tx.user(user_id).name, tx.now()
            pending = DeployResult(id, Status.PENDING, options, user_id, name, now, components_total=total(found))
            tx.sql(_KEEP, (id, now.isoformat(), 0, json.dumps(pending.to_dict()), None))
        running = _Running(pending)
        with self._lock:
            self._running[id] = running
        return id, lambda: self._run(running, user_id, found, data, validated)

    def _run(self, running: _Running, user_id: str, found: package.Package, data: bytes, validated: bool) -> None:
        options = running.result.options
        try:
            with self._turn:
                with self._org.read() as tx:
                    started = running.result.with_(start_date=tx.now(), status=Status.IN_PROGRESS)
                if running.cancelled.is_set():
                    running.result = started.with_(status=Status.CANCELED, completed_date=started.start_date)
                else:
                    running.result = started
                    running.result = deploy(
                        self._org, user_id, found, options, started, running.cancelled, skip_tests=validated
                    )
        except Exception as error:
            # The cause goes to the log through the caller; who waits for the deploy must learn that it ended.
            told = trouble_of(error)
            running.result = running.result.with_(
                status=Status.FAILED,
                error_code=told.code if told else "UNKNOWN_EXCEPTION",
                error_message=told.text if told else f"An unexpected error occurred: {error}",
                completed_date=running.result.start_date or running.result.created_date,
            )
            raise
        finally:
            try:
                self._write_down(running, data)
            finally:
                running.done.set()

    def _write_down(self, running: _Running, data: bytes) -> None:
        result = running.result
        qualifies = result.options.check_only and result.status is Status.SUCCEEDED and result.tests_ran
        row = (
            result.id,
            result.created_date.isoformat(),
            int(qualifies),
            json.dumps(result.to_dict()),
            data if qualifies else None,
        )
        with self._org.transaction(result.created_by) as tx:
            tx.sql(_KEEP, row)
        with self._lock:
            self._running.pop(result.id, None)

    @property
    def busy(self) -> bool:
        """Whether a deploy runs or waits."""
        with self._lock:
            return bool(self._running)

    def wait(self, id: str, seconds: float) -> None:
        """Return when the deploy is done, at the latest after ``seconds``."""
        running = self._find(id)
        if running is not None:
            running.done.wait(seconds)

    def _find(self, id: str) -> _Running | None:
        with self._lock:
            return next((r for key, r in self._running.items() if key[:15] == id[:15]), None)

    def status(self, id: str, *, details: bool = True) -> dict[str, Any]:
        """The result so far as REST shows it; raises :class:`UnknownDeploy`."""
        running = self._find(id)
        if running is not None:
            return running.result.to_dict(details)
        with self._org.read() as tx:
            rows = tx.sql("SELECT result FROM _deploy WHERE substr(id, 1, 15) = ?", (id[:15],))
        if not rows:
            raise UnknownDeploy(f"invalid cross reference id: {id}")
        found: dict[str, Any] = json.loads(rows[0][0])
        if not details:
            found["details"] = None
        return found

    def deploy_now(self, user_id: str, found: package.Package, options: DeployOptions) -> DeployResult:
        """Run a package's deploy on the caller's thread and give its whole result."""
        id, work = self._begin(user_id, found, options, b"")
        running = self._running[id]
        work()
        return running.result

    def cancel(self, id: str, user_id: str) -> dict[str, Any]:
        """Ask a deploy to stop: a waiting one stops at once, a running one at its next component, and is rolled back."""
        running = self._find(id)
        if running is None:
            found = self.status(id, details=False)
            raise UnknownDeploy(f"The deployment {found['id']} is already completed", "INVALID_ID_FIELD")
        running.cancelled.set()
        with self._org.read() as tx:
            name = tx.user(user_id).name
        pending = running.result.status is Status.PENDING
        running.result = running.result.with_(
            status=Status.CANCELED if pending else Status.CANCELING, canceled_by=user_id, canceled_by_name=name
        )
        return {"id": running.result.id, "done": pending}

    def history(self) -> list[Mapping[str, Any]]:
        """All deploys that ended, newest first, without details."""
        with self._org.read() as tx:
            rows = tx.sql(
                "SELECT json_remove(result, '$.details') FROM _deploy WHERE json_extract(result, '$.done') "
                "ORDER BY created DESC"
            )
        return [json.loads(row[0]) for row in rows]


def recover(tx: Transaction) -> None:
    """After a start of the server: deploys that have no end were cut off, and say so."""
    rows = tx.sql("SELECT id, result FROM _deploy WHERE NOT json_extract(result, '$.done')")
    for id, text in rows:
        ended = {"done": True, "success": False, "status": "Failed", "completedDate": json.loads(text)["createdDate"]}
        told = {"errorStatusCode": "UNKNOWN_EXCEPTION", "errorMessage": CUT_OFF}
        tx.sql("UPDATE _deploy SET result = ? WHERE id = ?", (json.dumps({**json.loads(text), **ended, **told}), id))


def of(org: Org) -> Deploys:
    """The deploys of an org."""
    return org.part(Deploys)
