"""Sandboxes of a production org: local copies, ordered by ``SandboxInfo``, watched in ``SandboxProcess`` (Tooling API).

Developer and Developer Pro sandboxes get metadata and set-up rows, Partial and Full ones the records too; user names end in the
sandbox's name, addresses in ``.invalid``, scheduled jobs stay behind (Salesforce Help, "Sandbox Types and Templates").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from orgwright.errors import OrgwrightError
from orgwright.localorg.copies.state import Copied, OrgStates
from orgwright.localorg.metadata.tooling import kept
from orgwright.localorg.metadata.tooling.kept import Kind, Refusal, kind, lookup, picklist
from orgwright.localorg.metadata.tooling.table import Asked, Table, column, table
from orgwright.localorg.sessions import Grant, Sessions

if TYPE_CHECKING:
    from orgwright.localorg.org import Org, Transaction
    from orgwright.localorg.registry import OrgEntry, Registry

Row = dict[str, Any]
LICENSES = ("DEVELOPER", "DEVELOPER_PRO", "PARTIAL", "FULL")
PARTIAL_ROWS = 10_000
"""Records of one object that a Partial Copy sandbox takes at most."""
_HUB = frozenset({"production"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,9}")
_REFUSED = ("TemplateId", "ApexClassId", "ActivationUserGroupId", "PostCopyConfig", "Features", "CopyChatter")
_INFO, _PROCESS = "SandboxInfo", "SandboxProcess"
_SCOPE = "refresh_token web api"
_CLI = "PlatformCLI"
"""The sf CLI sends no client when it asks how to sign in, and redeems the code as its own."""


def kinds() -> list[Kind]:
    """Both objects; only production orgs have them."""
    asked = ("SandboxName", "LicenseType", "TemplateId", "HistoryDays", "CopyChatter", "AutoActivate", "ApexClassId",
             "Description", "SourceId", "ActivationUserGroupId", "Features", "PostCopyConfig")  # fmt: skip
    return [
        kind(_INFO, "0GQ", column("SandboxName"), *picklist("LicenseType"), column("TemplateId"), column("HistoryDays", "int"),
             column("CopyChatter", "boolean"), column("AutoActivate", "boolean"), column("IsDeleted", "boolean"),
             column("ApexClassId"), column("Description", "textarea"), lookup("SourceId", _INFO),
             column("ActivationUserGroupId"), column("Features"), column("PostCopyConfig"),
             given=asked, required=("SandboxName",), check=_check, kinds=_HUB, started=_ordered,
             changed=_ordered, removed=_removed),
        kind(_PROCESS, "0GR", *picklist("Status", "LicenseType"), column("SandboxName"), lookup("SandboxInfoId", _INFO),
             column("CopyProgress", "int"), column("SandboxOrganization"), lookup("SourceId", _INFO),
             column("Description", "textarea"), column("StartDate", "datetime"), column("EndDate", "datetime"),
             column("Features"), column("ActivatedDate", "datetime"), given=(), kinds=_HUB, createable=False),
    ]  # fmt: skip


def views() -> list[Table]:
    """What clients ask before they order a sandbox: changes are tracked in those that can."""
    return [
        table("SourceTrackingSettings", _tracking, column("IsSourceTrackingSandboxesEnabled", "boolean"), prefix="4vc", kinds=_HUB)
    ]  # fmt: skip


def _tracking(tx: Transaction, asked: Asked) -> Iterable[Row]:
    yield {"Id": "4vc000000000001AAA", "IsSourceTrackingSandboxesEnabled": True}


def _check(tx: Transaction, fields: Row) -> None:
    for name in _REFUSED:
        if fields.get(name):
            text = f"A sandbox with {name} is not supported by the embedded org"
            raise Refusal("NOT_SUPPORTED_BY_EMBEDDED_ORG", text, name)
    name = str(fields["SandboxName"])
    if not _NAME.fullmatch(name):
        text = "Sandbox Name: a sandbox's name begins with a letter and has letters and digits, 10 characters at most"
        raise Refusal("INVALID_INPUT", text, "SandboxName")
    if any(
        one["SandboxName"].lower() == name.lower() and one["Id"] != fields.get("Id") for one in kept.all_of(tx, _INFO)
    ):
        raise Refusal("DUPLICATE_VALUE", f"Sandbox with the name {name} already exists", "SandboxName")
    source = kept.get(tx, str(fields["SourceId"])) if fields.get("SourceId") else None
    if fields.get("SourceId") and source is None:
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {fields['SourceId']}", "SourceId")
    if not fields.get("LicenseType") and source is None:
        raise Refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [LicenseType]", "LicenseType")
    # a clone is of its source's kind
    license_type = str(fields.get("LicenseType") or (source or {})["LicenseType"]).upper().replace(" ", "_")
    if license_type not in LICENSES:
        raise Refusal(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"bad value for restricted picklist field: {license_type}",
            "LicenseType",
        )
    if license_type == "PARTIAL":
        _check_size(tx)
    fields.update(
        LicenseType=license_type,
        IsDeleted=False,
        CopyChatter=False,
        AutoActivate=bool(fields.get("AutoActivate", True)),
    )
    fields.setdefault("HistoryDays", 0)


def _check_size(tx: Transaction) -> None:
    for name in sorted(tx.org.database.tables):
        found = None if name.startswith(("_", "sqlite_")) else tx.schema.sobject(name)
        if found is None or not found.layoutable:
            continue
        ((count,),) = tx.sql(f'SELECT COUNT(*) FROM "{found.name}"')
        if count > PARTIAL_ROWS:
            text = f"A partial copy of {count} records of {found.name} needs a sandbox template, which the embedded org does not support"
            raise Refusal("NOT_SUPPORTED_BY_EMBEDDED_ORG", text, "LicenseType")


def _ordered(org: Org, user_id: str, id: str, given: Mapping[str, Any]) -> None:
    assert org.hub is not None
    org.hub.sandboxes.make(org, user_id, id)


def _removed(org: Org, user_id: str, id: str, row: Mapping[str, Any]) -> None:
    assert org.hub is not None
    org.hub.sandboxes.delete(org, user_id, str(row["SandboxName"]), id)


class Sandboxes:
    """Makes, refreshes and deletes the sandboxes of the production orgs of a server."""

    def __init__(self, registry: Registry, sessions: Sessions, states: OrgStates, url: Callable[[], str]) -> None:
        self._registry, self._sessions, self._states, self._url = registry, sessions, states, url

    def make(self, org: Org, user_id: str, id: str) -> None:
        """Copy the org as a ``SandboxInfo`` says; one that exists is replaced. Its process becomes Completed, or Stopped with the reason."""
        with org.transaction(user_id) as tx:
            info = kept.get(tx, id)
            assert info is not None
            now = tx.now_text
            process = {
                "Id": next(tx.new_ids("0GR", 1)), "Status": "Processing", "SandboxName": info["SandboxName"],
                "SandboxInfoId": id, "LicenseType": info["LicenseType"], "CopyProgress": 0, "SourceId": info.get("SourceId"),
                "Description": info.get("Description"), "StartDate": now, "CreatedDate": now, "CreatedById": user_id,
            }  # fmt: skip
            # a refresh replaces the process, so that who asks by the sandbox finds the one that counts
            for old in kept.all_of(tx, _PROCESS):
                if old["SandboxInfoId"] == id:
                    kept.forget(tx, _PROCESS, old["Id"])
            kept.put(tx, _PROCESS, process)
        try:
            entry = self._copy(org, info)
        except OrgwrightError as fault:
            self._end(org, user_id, process, {"Status": "Stopped", "Description": str(fault)})
            return
        except Exception:
            self._end(org, user_id, process, {"Status": "Stopped", "Description": "An unexpected error occurred"})
            raise
        self._end(
            org,
            user_id,
            process,
            {"Status": "Completed", "CopyProgress": 100, "SandboxOrganization": entry.org_id[:15]},
        )

    def _copy(self, org: Org, info: Row) -> OrgEntry:
        name = str(info["SandboxName"]).lower()
        alias = _alias(org, name)
        self._drop(alias)
        source, suffix = org.record.alias, ""
        if info.get("SourceId"):
            with org.read() as tx:
                other = kept.get(tx, str(info["SourceId"]))
            assert other is not None
            suffix = str(other["SandboxName"]).lower()
            source = _alias(org, suffix)
        data = info["LicenseType"] in ("PARTIAL", "FULL") or bool(suffix)
        copied = Copied(alias, "sandbox", name, data=data, dev_hub=False, sandbox=True, old_suffix=suffix)
        return self._states.copy(source, copied)

    def _end(self, org: Org, user_id: str, process: Row, more: Row) -> None:
        with org.transaction(user_id) as tx:
            now = tx.now_text
            kept.put(tx, _PROCESS, {**process, **more, "EndDate": now, "ActivatedDate": now})

    def delete(self, org: Org, user_id: str, name: str, id: str) -> None:
        """Delete a sandbox whose ``SandboxInfo`` is gone."""
        self._drop(_alias(org, name.lower()))
        with org.transaction(user_id) as tx:
            for process in kept.all_of(tx, _PROCESS):
                if process["SandboxInfoId"] == id:
                    kept.put(tx, _PROCESS, {**process, "Status": "Deleted"})

    def _drop(self, alias: str) -> None:
        if self._registry.get(alias) is not None:
            self._sessions.forget(alias)
            self._registry.delete(alias)

    def sign_in(self, org: Org, user_id: str, name: str, client_id: str, callback: str) -> Row | None:
        """What a client signs in to a sandbox with, as the user that he is here; ``None`` when there is no such sandbox."""
        entry = self._registry.get(_alias(org, name.lower()))
        if entry is None or entry.kind != "sandbox":
            return None
        sandbox = self._registry.open(entry.alias)
        with sandbox.read() as tx:
            rows = tx.sql("SELECT Username FROM User WHERE Id = ?", (user_id,))
        if not rows:
            return None
        grant = Grant("code", user_id, client_id or _CLI, _SCOPE, org.clock().timestamp(), callback)
        url = self._url()
        return {
            "authUserName": rows[0][0],
            "authCode": self._sessions.issue(entry, grant),
            "instanceUrl": url,
            "loginUrl": url,
        }


def _alias(org: Org, name: str) -> str:
    return f"{org.record.alias[:60]}--{name}"
