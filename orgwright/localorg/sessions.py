"""Sessions, refresh tokens and authorization codes.

A token is random and starts with the org's Id, so that one server can serve many orgs. Only its SHA-256
is kept (``sessions.json`` in the org's folder); the text itself is handed out once, and for local clients
it lies in ``credentials.json`` beside it (mode 0600).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from orgwright.localorg.access.authsessions import OpenSession, SessionBook
from orgwright.localorg.files import write_private
from orgwright.localorg.store import ids

if TYPE_CHECKING:
    from pathlib import Path

    from orgwright.localorg.org import Org
    from orgwright.localorg.registry import OrgEntry, Registry

log = logging.getLogger("orgwright.localorg")
Kind = Literal["access", "refresh", "code"]
SESSION_SECONDS = 7200
"""How long an access token lives without being used, unless the org's settings say otherwise."""
_TIMEOUT = "SecuritySettings.sessionSettings.sessionTimeout"
_TIMEOUTS = {
    "FifteenMinutes": 900, "ThirtyMinutes": 1800, "SixtyMinutes": 3600, "TwoHours": 7200, "FourHours": 14_400,
    "EightHours": 28_800, "TwelveHours": 43_200, "TwentyFourHours": 86_400,
}  # fmt: skip
"""Values of the setting (Metadata API: SecuritySettings, SessionSettings)."""
MAX_TOKENS = 200
"""Tokens of one kind that an org keeps; the oldest go first."""
_PREFIX: dict[Kind, str] = {"access": "{org}!", "refresh": "5Aep861{org}", "code": "aPrx{org}"}


SOAP_LOGIN = "SoapLogin"
"""The client of tokens that SOAP ``login`` gave."""
OWN = ""
"""The client of tokens that the embedded org hands out by itself, to who may read its state folder."""


@dataclass(frozen=True)
class Grant:
    """What a token stands for: a user of an org, for a client, since when (seconds since the epoch)."""

    kind: Kind
    user_id: str
    client_id: str
    scope: str
    issued: float
    redirect_uri: str = ""
    challenge: str = ""
    began: float = 0.0
    """When an access token was issued; ``issued`` moves on when it is renewed."""


@dataclass(frozen=True)
class Session:
    """An access token that was resolved: the open org and the user who asks."""

    entry: OrgEntry
    org: Org
    user_id: str
    grant: Grant
    record_id: str
    """The Id of its ``AuthSession``."""

    def __repr__(self) -> str:
        return f"Session({self.entry.alias!r}, {self.user_id!r})"


def seconds_of(org: Org) -> int:
    """How long a session of an org lives without being used (Session Settings, Timeout Value)."""
    return _TIMEOUTS.get(str(org.schema.setting(_TIMEOUT)), SESSION_SECONDS)


@lru_cache(maxsize=1024)
def session_record_id(digest: str) -> str:
    """The Id of the ``AuthSession`` of a token with that digest."""
    return ids.of_digest("0Ak", digest)


@dataclass(frozen=True)
class _Book:
    """Fulfils :class:`orgwright.localorg.access.authsessions.SessionBook`."""

    sessions: Sessions
    entry: OrgEntry
    org: Org

    def all(self) -> list[OpenSession]:
        return self.sessions.open_sessions(self.entry, self.seconds())

    def end(self, id: str) -> None:
        self.sessions.end(self.entry, id)

    def seconds(self) -> int:
        return seconds_of(self.org)


class Sessions:
    """All tokens of all orgs."""

    def __init__(self, registry: Registry, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._registry, self._clock = registry, clock
        self._lock = threading.Lock()
        self._grants: dict[str, dict[str, Grant]] = {}
        self._for_apex: dict[tuple[str, str], str] = {}
        """The session that Apex was given last, by the alias of the org and the Id of the user."""

    def issue(self, entry: OrgEntry, grant: Grant) -> str:
        """A new token for ``grant``; its text is kept nowhere. Too many of a kind: the oldest is forgotten."""
        org15 = entry.org_id[:15]
        token = _PREFIX[grant.kind].format(org=org15) + secrets.token_urlsafe(48).replace("-", ".")
        with self._lock:
            grants = self._load(entry)
            grants[_digest(token)] = replace(grant, began=grant.issued)
            same = [digest for digest, known in grants.items() if known.kind == grant.kind]
            for digest in same[: len(same) - MAX_TOKENS]:
                del grants[digest]
            self._save(entry)
        return token

    def of_user(self, entry: OrgEntry, user_id: str) -> str:
        """A session of a user that no client asked for, as Apex hands out (``UserInfo.getSessionId``): the same one
        as long as it is valid."""
        token = self._for_apex.get((entry.alias, user_id))
        if token is None or self.resolve(token) is None:
            token = self.issue(entry, Grant("access", user_id, OWN, "full", self._clock().timestamp()))
            self._for_apex[entry.alias, user_id] = token
        return token

    def resolve(self, token: str) -> Session | None:
        """The session of an access token; ``None`` when there is none."""
        entry, grant = self.find(token, "access")
        if entry is None or grant is None:
            return None
        org = self._registry.open(entry.alias)
        if not self._renewed(entry, grant, token, seconds_of(org)):
            return None
        return Session(entry, org, grant.user_id, grant, session_record_id(_digest(token)))

    def at_hand(self, token: str) -> bool:
        """Whether the org that an access token names is open already."""
        entry = self._registry.by_id(_org_of(token, "access"))
        return entry is not None and self._registry.is_open(entry.alias)

    def book(self, entry: OrgEntry, org: Org) -> SessionBook:
        """The open sessions of an org."""
        return _Book(self, entry, org)

    def open_sessions(self, entry: OrgEntry, seconds: int) -> list[OpenSession]:
        """The access tokens of an org that have not timed out, without the tokens themselves."""
        now = self._clock().timestamp()
        with self._lock:
            grants = list(self._load(entry).items())
        return [
            OpenSession(session_record_id(digest), g.user_id, g.client_id != SOAP_LOGIN, g.began or g.issued, g.issued)
            for digest, g in grants
            if g.kind == "access" and now - g.issued <= seconds
        ]

    def end(self, entry: OrgEntry, record_id: str) -> None:
        """Forget the access token of that ``AuthSession``."""
        with self._lock:
            grants = self._load(entry)
            for digest in [digest for digest in grants if session_record_id(digest) == record_id]:
                del grants[digest]
            self._save(entry)

    def _renewed(self, entry: OrgEntry, grant: Grant, token: str, seconds: int) -> bool:
        """Whether a session has not timed out; one that is used in the second half of its time lives on."""
        age = self._clock().timestamp() - grant.issued
        if age > seconds:
            self.revoke(entry, token)
            return False
        if age > seconds / 2:
            with self._lock:
                grants = self._load(entry)
                if _digest(token) in grants:
                    grants[_digest(token)] = replace(grant, issued=self._clock().timestamp())
                    self._save(entry)
        return True

    def find(self, token: str, kind: Kind) -> tuple[OrgEntry | None, Grant | None]:
        """The org that a token names, and its grant if the token is known and of that kind."""
        entry = self._registry.by_id(_org_of(token, kind))
        if entry is None:
            return None, None
        with self._lock:
            grant = self._load(entry).get(_digest(token))
        return entry, grant if grant is not None and grant.kind == kind else None

    def revoke(self, entry: OrgEntry, token: str) -> bool:
        """Forget a token; whether it was known."""
        with self._lock:
            known = self._load(entry).pop(_digest(token), None) is not None
            if known:
                self._save(entry)
        return known

    def approved(self, entry: OrgEntry, user_id: str, client_id: str) -> bool:
        """Whether a user has let a client in before, and has not taken that back."""
        with self._lock:
            grants = self._load(entry).values()
            return any(g.kind == "refresh" and g.user_id == user_id and g.client_id == client_id for g in grants)

    def keep_only(self, entry: OrgEntry, user_ids: set[str]) -> None:
        """Revoke the tokens of users that an org no longer has."""
        with self._lock:
            grants = self._load(entry)
            for token in [token for token, grant in grants.items() if grant.user_id not in user_ids]:
                del grants[token]
            self._save(entry)

    def forget(self, alias: str) -> None:
        """Drop what is held in memory of an org that was deleted."""
        with self._lock:
            self._grants.pop(alias, None)
            for key in [key for key in self._for_apex if key[0] == alias]:
                del self._for_apex[key]

    def _load(self, entry: OrgEntry) -> dict[str, Grant]:
        grants = self._grants.get(entry.alias)
        if grants is None:
            grants = self._grants[entry.alias] = _read(self._path(entry))
        return grants

    def _save(self, entry: OrgEntry) -> None:
        plain = {digest: grant.__dict__ for digest, grant in self._grants[entry.alias].items()}
        write_private(self._path(entry), json.dumps(plain, indent=1).encode())

    def _path(self, entry: OrgEntry) -> Path:
        return self._registry.folder(entry.alias) / "sessions.json"


def _read(path: Path) -> dict[str, Grant]:
    """The grants of a file; a damaged one is put aside, so that everybody has to log in again."""
    if not path.exists():
        return {}
    try:
        raw: dict[str, dict[str, Any]] = json.loads(path.read_bytes())
        return {digest: Grant(**fields) for digest, fields in raw.items()}
    except (ValueError, TypeError, AttributeError) as fault:
        log.warning("%s is damaged (%s) and was put aside: all tokens of the org are void", path, fault)
        path.replace(path.with_suffix(".damaged"))
        return {}


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _org_of(token: str, kind: Kind) -> str:
    if kind == "access":
        return token.partition("!")[0][:15]
    start = _PREFIX[kind].partition("{")[0]
    return token[len(start) : len(start) + 15] if token.startswith(start) else ""
