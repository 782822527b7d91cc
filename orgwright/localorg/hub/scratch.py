"""Scratch orgs of a Dev Hub: what a ``ScratchOrgInfo`` sets in motion (Salesforce DX Developer Guide, "Scratch Orgs")."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from orgwright.errors import OrgwrightError
from orgwright.localorg.hub.packages.store import PackageStore
from orgwright.localorg.registry import Asked
from orgwright.localorg.sessions import Grant, Sessions

if TYPE_CHECKING:
    from orgwright.localorg.hub.sandboxes import Sandboxes
    from orgwright.localorg.org import Org
    from orgwright.localorg.registry import OrgEntry, Registry

log = logging.getLogger("orgwright.localorg")
INSTANCE = "LOCAL1S"
"""``SignupInstance``; clients ask ``LoginUrl`` for tokens only when it ends in S."""
_SCOPE = "refresh_token web api"
_FIELDS = (
    "Id, OrgName, Username, AdminEmail, Country, Language, Edition, Features, DurationDays, Description, "
    "ConnectedAppConsumerKey, ConnectedAppCallbackUrl, SignupUsername, SignupEmail"
)
_TAKEN, _UNKNOWN = "C-1007", "C-9999"


class _Taken(OrgwrightError):
    """The user name is that of another org."""


class DevHub:
    """Makes and deletes the scratch orgs of every Dev Hub of a server; ``url`` says where it listens."""

    def __init__(
        self,
        registry: Registry,
        sessions: Sessions,
        url: Callable[[], str],
        packages: PackageStore,
        sandboxes: Sandboxes,
    ) -> None:
        self._registry, self._sessions, self._url = registry, sessions, url
        self.packages, self.sandboxes = packages, sandboxes

    def sign_up(self, org: Org, info_id: str) -> None:
        """Make the scratch org that a ``ScratchOrgInfo`` asks for; its row becomes Active, or Error with a code."""
        info = _row(org, f"SELECT {_FIELDS} FROM ScratchOrgInfo WHERE Id = '{info_id}'")
        try:
            entry = self._create(org, info)
        except OrgwrightError as error:
            log.warning("scratch org %s: %s", info_id, error)
            with org.transaction(org.record.admin_id) as tx:
                tx.update_setup(
                    info_id, {"Status": "Error", "ErrorCode": _TAKEN if isinstance(error, _Taken) else _UNKNOWN}
                )
            return
        now = org.clock()
        code = Grant("code", entry.user_id, info["ConnectedAppConsumerKey"] or "", _SCOPE, now.timestamp(),
                     info["ConnectedAppCallbackUrl"] or "")  # fmt: skip
        active = {
            "ScratchOrg": entry.org_id[:15],
            "SignupUsername": entry.username,
            "SignupInstance": INSTANCE,
            "ExpirationDate": now.date() + dt.timedelta(days=int(info["DurationDays"] or 7)),
        }
        with org.transaction(org.record.admin_id) as tx:
            more = {"Status": "Active", "AuthCode": self._sessions.issue(entry, code), "LoginUrl": self._url()}
            tx.update_setup(info_id, {**active, **more})
            owner = {"ScratchOrgInfoId": info_id, "OwnerId": org.record.admin_id, "Name": entry.org_id[:15]}
            shown = {name: info[name] for name in ("OrgName", "Edition", "Features", "Description", "SignupEmail")}
            tx.insert_setup("ActiveScratchOrg", {**active, **owner, **shown})

    def _create(self, org: Org, info: dict[str, Any]) -> OrgEntry:
        username = info["Username"]
        if username and self._registry.by_username(username) is not None:
            raise _Taken(f"the user name {username} is taken")
        features = tuple(part.strip() for part in re.split("[;,]", info["Features"] or "") if part.strip())
        entry = self._registry.create(
            f"{org.record.alias[:60]}-scratch-{info['Id'][5:15].lstrip('0')}",
            "scratch",
            instance_url=self._url(),
            asked=Asked(username, info["OrgName"], features, info["Edition"]),
        )
        scratch = self._registry.open(entry.alias)
        ends = org.clock() + dt.timedelta(days=int(info["DurationDays"] or 7))
        with scratch.transaction(entry.user_id) as tx:
            tx.update_setup(entry.org_id, {"TrialExpirationDate": ends})
            if info["AdminEmail"]:
                tx.update_setup(entry.user_id, {"Email": info["AdminEmail"]})
        return entry

    def delete(self, org: Org, scratch_org_id: str, info_id: str | None) -> None:
        """Delete a scratch org whose ``ActiveScratchOrg`` is gone; its ``ScratchOrgInfo`` stays, as Deleted."""
        entry = self._registry.by_id(scratch_org_id)
        if entry is not None:
            self._sessions.forget(entry.alias)
            self._registry.delete(entry.alias)
        if info_id is not None:
            with org.transaction(org.record.admin_id) as tx:
                today = org.clock().date()
                tx.update_setup(info_id, {"Status": "Deleted", "DeletedDate": today, "DeletedBy": tx.user().name})

    def orgs(self) -> Iterator[Org]:
        """Every org of the server; one whose file is damaged is logged and left out."""
        for entry in self._registry.entries():
            try:
                yield self._registry.open(entry.alias)
            except OrgwrightError as error:
                log.warning("org %s: %s", entry.alias, error)


def _row(org: Org, soql: str) -> dict[str, Any]:
    with org.read(org.record.admin_id) as tx:
        return dict(tx.query(soql, access="system").records[0].fields)
