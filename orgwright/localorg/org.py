"""An embedded org: one SQLite file, its schema, its rows; and the transactions that change it.

Whoever reads or writes a record does it through a :class:`Transaction`; there is one way to save and one way to
query for REST, Bulk, SOAP and Apex.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from orgwright.apex.host import OrgInfo
from orgwright.errors import OrgwrightError, Place
from orgwright.localorg.access import rights as access_rights
from orgwright.localorg.access import seed
from orgwright.localorg.access.circle import Circle, People, circle_of
from orgwright.localorg.access.rights import UserRights
from orgwright.localorg.access.rules import Rule, rules_for
from orgwright.localorg.access.sharing import RecordSharing
from orgwright.localorg.dml.automation import FlowRunner
from orgwright.localorg.dml.triggers import TriggerRunner
from orgwright.localorg.dml.typeplan import TypePlans
from orgwright.localorg.events.bus import EventBus
from orgwright.localorg.events.capture import Channels
from orgwright.localorg.files import ORG_FILE
from orgwright.localorg.hub.packages.store import PackageStore
from orgwright.localorg.schema import keep
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.soql.run import Plans
from orgwright.localorg.store import ids, upgrade
from orgwright.localorg.store.database import BrokenFile, Database
from orgwright.localorg.store.tables import quote
from orgwright.localorg.transaction import Transaction

if TYPE_CHECKING:
    from orgwright.localorg.access.authsessions import SessionBook
    from orgwright.localorg.hub.sandboxes import Sandboxes

__all__ = ["Org", "OrgKind", "OrgRecord", "Transaction"]

OrgKind = Literal["scratch", "sandbox", "developer", "production"]
Clock = Callable[[], dt.datetime]
T = TypeVar("T")
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TRIAL = dt.timedelta(days=30)
_COPIED = ("_component", "_counter", "_sequence")
"""Tables of other packages whose rows a copy for tests needs."""


@dataclass(frozen=True)
class OrgRecord:
    """What an org is, as kept in its file."""

    alias: str
    kind: OrgKind
    id: str
    name: str
    created: str
    admin_id: str
    admin_username: str
    instance_url: str


def _record(raw: dict[str, Any]) -> OrgRecord:
    """The record of a file; what another version of the program kept besides is left alone."""
    return OrgRecord(**{name: value for name, value in raw.items() if name in OrgRecord.__dataclass_fields__})


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Hub(Protocol):
    """What a Dev Hub asks of the server that it lives in; ``packages`` are the package versions of all its Dev Hubs."""

    packages: PackageStore
    sandboxes: Sandboxes

    def sign_up(self, org: Org, info_id: str) -> None:
        """Make the scratch org that a ``ScratchOrgInfo`` asks for."""

    def delete(self, org: Org, scratch_org_id: str, info_id: str | None) -> None:
        """Delete a scratch org."""

    def orgs(self) -> Iterable[Org]:
        """Every org of the server that can be opened."""


class Org:
    """One embedded org. ``schema`` is immutable and replaced as a whole; ``program`` belongs to the Apex host.

    ``trigger_factory`` gives a write transaction its trigger runner, asked when it first saves a record; ``flow_factory``
    likewise what runs the flows that records start.
    """

    def __init__(
        self, database: Database, record: OrgRecord, schema: Schema, pod: str, clock: Clock, seed: int
    ) -> None:
        self.database, self.record, self.schema = database, record, schema
        self.pod, self.clock = pod, clock
        self.program: Any = None
        self.compilers = 1
        """How many processes compile its Apex, and all of it at once: for who has one thread and will run it."""
        self.trigger_factory: Callable[[Transaction], TriggerRunner | None] | None = None
        self.flow_factory: Callable[[Transaction], FlowRunner] | None = None
        self.change_channels: Callable[[Transaction], Channels] | None = None
        """Tells which objects have change events; set by who knows the org's components."""
        self.hub: Hub | None = None
        """Makes scratch orgs for a Dev Hub; the server sets it."""
        self.session_book: SessionBook | None = None
        """The sessions that are open; set by the server that serves the org."""
        self.open_session: Callable[[str], str] | None = None
        """Gives a user an access token; set by the server that serves the org."""
        self.plans = Plans()
        self.type_plans = TypePlans()
        self.events = EventBus(self)
        self.on_close: list[Callable[[], None]] = []
        """What others run in threads of their own for this org, to be ended before its file is closed."""
        self.rights_objects = frozenset((*access_rights.SETUP_OBJECTS, "CustomPermission", "PermissionSetGroup"))
        self._rights: dict[str, UserRights] = {}
        self._circles: dict[tuple[str, int], tuple[Circle, tuple[Rule, ...]]] = {}
        self._rights_version = 0
        self._rights_lock = threading.Lock()
        self._random = random.Random(seed)  # noqa: S311  event ids, no secrets
        self._parts: dict[Any, Any] = {}
        self._parts_lock = threading.RLock()  # a part may ask for another one

    def part(self, make: Callable[[Org], T]) -> T:
        """The one ``make(org)`` of this org, made at first use: what a package keeps for an org as long as it is open."""
        with self._parts_lock:
            if make not in self._parts:
                self._parts[make] = make(self)
            found: T = self._parts[make]
            return found

    # --- making and opening ---

    @classmethod
    def create(
        cls,
        folder: Path | None,
        *,
        alias: str,
        kind: OrgKind = "scratch",
        clock: Clock | None = None,
        seed: int | None = None,
        instance_url: str = "",
        username: str | None = None,
        name: str | None = None,
        schema: Schema | None = None,
        edition: str | None = None,
    ) -> Org:
        """Make a new org in ``folder`` (``None``: in memory); ``seed`` makes its Ids repeatable.

        ``edition`` is the first word of its edition (``Professional``); ``None``: that of the kind.
        """
        if folder is not None and (folder / ORG_FILE).exists():
            raise OrgwrightError("there is an org already", where=Place(file=str(folder / ORG_FILE)))
        number = seed if seed is not None else random.SystemRandom().getrandbits(62)
        chance = random.Random(number)  # noqa: S311  Ids, no secrets
        pod = "".join(chance.choices(_LETTERS, k=2))
        org_id = next(ids.make("00D", pod, chance.randrange(62**4), 1))
        user = username or f"test-{''.join(chance.choices(_LETTERS.lower(), k=12))}@example.com"
        made = clock or _utc_now
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        record = OrgRecord(
            alias, kind, org_id, name or alias, made().isoformat(timespec="seconds"), "", user, instance_url
        )
        database = Database(folder / ORG_FILE if folder is not None else None)
        org = cls(database, record, schema or Schema(), pod, made, number)
        org._seed(number, edition)
        return org

    def _seed(self, number: int, edition: str | None) -> None:
        record = self.record
        trial = (self.clock() + _TRIAL).isoformat() if record.kind == "scratch" else None
        identity = seed.Identity(
            record.id, record.name, record.kind, record.admin_username, "user@example.com", trial, edition
        )
        with self.transaction("") as tx:
            admin = seed.seed(tx, identity)
            self.record = replace(record, admin_id=admin)
            self._put("record", json.dumps(asdict(self.record)))
            self._put("pod", self.pod)
            self._put("seed", str(number))
            self._put("shape", upgrade.shape())
            self.keep_schema(tx.connection, self.schema)

    @classmethod
    def open(cls, folder: Path, *, clock: Clock | None = None) -> Org:
        """Open the org in ``folder``. Raises :class:`OrgwrightError` when there is none."""
        path = folder / ORG_FILE
        if not path.exists():
            raise OrgwrightError("there is no org", where=Place(file=str(path)))
        database = Database(path)
        try:
            rows = dict(database.writer.execute("SELECT key, value FROM _meta"))
            if "record" not in rows:
                raise OrgwrightError(
                    "the org was not created completely", where=Place(file=str(path)), help="delete it"
                )
            record, schema = _record(json.loads(rows["record"])), keep.loads(rows["schema"])
            database.bring_up(schema)
        except (sqlite3.Error, ValueError, KeyError, TypeError) as fault:
            database.close()
            raise BrokenFile(
                f"the org's file cannot be read: {fault}",
                where=Place(file=str(path)),
                help="put a copy of it back, or delete the org",
            ) from fault
        except OrgwrightError:
            database.close()
            raise
        return cls(database, record, schema, rows["pod"], clock or _utc_now, int(rows["seed"]))

    def copy_for_tests(self) -> Org:
        """An org in memory with the same schema and set-up rows and no data."""
        copy = Org(Database(None), self.record, self.schema, self.pod, self.clock, 0)
        copy.program, copy.trigger_factory = self.program, self.trigger_factory
        copy.flow_factory = self.flow_factory
        with self.database.read() as source, copy.database.write() as target:
            target.execute("BEGIN")
            for name in self._setup_tables():
                found = copy.schema.sobject(name)
                if found is not None:
                    copy.database.ensure(found)
                    _copy_rows(source, target, found.name)
            _copy_own_tables(source, target)
            target.execute("COMMIT")
            copy.database.forget_tables()
        return copy

    def _setup_tables(self) -> Iterator[str]:
        for name in (
            *seed.SEEDED,
            "ApexClass",
            "ApexTrigger",
            "StaticResource",
            "NamedCredential",
            "ConnectedApplication",
        ):
            if name.lower() in self.database.tables:
                yield name
        for change in self.schema.changes.values():
            if (
                change.custom
                and change.attributes.get("kind") == "metadata"
                and change.name.lower() in self.database.tables
            ):
                yield change.name

    def close(self) -> None:
        """Close the org's file."""
        self.end_work()
        self.database.close()

    def end_work(self) -> None:
        """End what others run in threads of their own for this org."""
        self.events.close()
        for call in self.on_close:
            call()

    def write_identity(self) -> None:
        """Write down what the org is, in a copy that is to become a file."""
        with self.database.write():
            self._put("record", json.dumps(asdict(self.record)))
            self._put("pod", self.pod)
            self._put("seed", "0")
            self._put("shape", upgrade.shape())
            self._put("schema", keep.dumps(self.schema))

    @property
    def info(self) -> OrgInfo:
        """The org as Apex sees it."""
        record = self.record
        return OrgInfo(
            record.id,
            record.name,
            record.kind in ("sandbox", "scratch"),
            record.instance_url,
            multi_currency="MultiCurrency" in self.schema.feature_set,
        )

    # --- transactions ---

    @contextmanager
    def transaction(self, user_id: str | None = None, *, commit: bool = True) -> Iterator[Transaction]:
        """Work that is committed at the end, or rolled back when it raises or ``commit`` is false.

        One writer at a time: others wait. Events and calls that waited for the end run after the org is free again.
        """
        tx: Transaction | None = None
        try:
            with self.database.write() as connection:
                tx = Transaction(self, connection, self._user(user_id), writes=True)
                tx.begin()
                try:
                    yield tx
                except BaseException:
                    tx.finish(commit=False)
                    raise
                tx.finish(commit=commit)
        finally:
            # events that are published immediately go out even when the work was rolled back
            if tx is not None:
                tx.after_finish()

    @contextmanager
    def read(self, user_id: str | None = None) -> Iterator[Transaction]:
        """A snapshot for reading; writers do not disturb it, and it does not make them wait."""
        with self.database.read() as connection:
            yield Transaction(self, connection, self._user(user_id), writes=False)

    def _user(self, user_id: str | None) -> str:
        return self.record.admin_id if user_id is None else ids.to18(user_id) or user_id

    # --- schema and rights, for transactions ---

    def keep_schema(self, connection: sqlite3.Connection, schema: Schema) -> None:
        """Write a schema into the org's file, inside the writer's transaction."""
        self._put("schema", keep.dumps(schema))

    def use_schema(self, schema: Schema) -> None:
        """Take a committed schema into use."""
        self.schema = schema
        self.plans.clear()

    def _put(self, key: str, value: str) -> None:
        self.database.writer.execute("INSERT OR REPLACE INTO _meta VALUES (?, ?)", (key, value))

    def rights(self, connection: sqlite3.Connection, user_id: str) -> UserRights:
        """What a user may do, as committed."""
        with self._rights_lock:
            found = self._rights.get(user_id)
            version = self._rights_version
        if found is None:
            found = access_rights.load(connection, user_id, version)
            with self._rights_lock:
                if version == self._rights_version:
                    self._rights[user_id] = found
        return found

    def rights_of(self, user_id: str) -> UserRights:
        """What a user may do, as committed, asked outside of a transaction."""
        with self._rights_lock:
            found = self._rights.get(user_id)
        if found is not None:
            return found
        with self.database.read() as connection:
            return self.rights(connection, user_id)

    def load_rights(self, connection: sqlite3.Connection, user_id: str) -> UserRights:
        """What a user may do, as a transaction that changed rights sees it."""
        with self._rights_lock:
            self._rights_version += 1
            version = self._rights_version
        return access_rights.load(connection, user_id, version)

    def forget_rights(self) -> None:
        """Work all rights out again."""
        with self._rights_lock:
            self._rights_version += 1
            self._rights.clear()
            self._circles.clear()

    def sharing(self, tx: Transaction, rights: UserRights) -> RecordSharing:
        """Which records the user of these rights may reach."""
        found = self._circles.get(rights.key)
        if found is None:
            people = People(tx.connection)
            circle = circle_of(people, rights.user_id)
            found = circle, rules_for(tx, people, circle)
            self._circles[rights.key] = found
        return RecordSharing(tx.schema, rights, *found)

    def random_bits(self, count: int) -> int:
        """Random bits for event UUIDs."""
        return self._random.getrandbits(count)


def _copy_rows(source: sqlite3.Connection, target: sqlite3.Connection, name: str) -> None:
    """Copy the rows of a table. A table of an older program may have columns that nobody knows any more; they stay behind."""
    table = quote(name)
    kept, known = ([row[1] for row in one.execute(f"PRAGMA table_info({table})")] for one in (source, target))
    names = [quote(column) for column in known if column in set(kept)]
    columns, marks = ", ".join(names), ", ".join("?" * len(names))
    cursor = source.execute(f"SELECT {columns} FROM {table}")
    target.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", cursor)


def _copy_own_tables(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    rows = source.execute(r"SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name LIKE '\_%' ESCAPE '\'")
    for name, statement in rows.fetchall():
        known = target.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        if known is None:
            target.execute(statement)
        if name in _COPIED:
            target.execute(f"DELETE FROM {quote(name)}")
            _copy_rows(source, target, name)
