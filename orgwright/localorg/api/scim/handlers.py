"""``/services/scim/v1/Users``: create and read users (Salesforce Help, "SCIM").

With the header ``Auto-Approve-User: true`` the answer's header of that name holds a refresh token of the new user,
approved for the client whose session asks.
"""

from __future__ import annotations

from typing import Any

from orgwright.apex.host import Record
from orgwright.localorg.api.http import Answer, ApiError, NotFound, Request, json_answer
from orgwright.localorg.dml.request import SaveRequest
from orgwright.localorg.org import Transaction
from orgwright.localorg.sessions import Grant

_KEYS = {"EmailEncodingKey": "UTF-8", "LanguageLocaleKey": "en_US", "LocaleSidKey": "en_US"}


def create(request: Request) -> Answer:
    """``POST Users``: 201 with the user."""
    session = request.need_session()
    body = request.json_object()
    fields = _fields(body)
    with request.transaction() as tx:
        fields["TimeZoneSidKey"] = tx.user().time_zone
        outcome = tx.save(SaveRequest("insert", [Record("User", fields)], all_or_none=True, raw="json"))[0]
        if not outcome.success or outcome.id is None:
            raise ApiError(outcome.errors[0].code, outcome.errors[0].message)
        shown = _shown(tx, outcome.id, request.base_url)
    headers: tuple[tuple[str, str], ...] = ()
    if request.headers.get("auto-approve-user", "").lower() == "true":
        now = request.runtime.clock().timestamp()
        grant = Grant("refresh", outcome.id, session.grant.client_id, "refresh_token api web", now)
        headers = (("Auto-Approve-User", request.runtime.sessions.issue(session.entry, grant)),)
    return json_answer(shown, 201, headers)


def read(request: Request) -> Answer:
    """``GET Users/ID``."""
    with request.reading() as tx:
        return json_answer(_shown(tx, request.params["id"], request.base_url))


def _fields(body: dict[str, Any]) -> dict[str, Any]:
    """A SCIM user as fields of ``User``."""
    name = body.get("name")
    username = body.get("username") or body.get("userName")
    email, profile = _first(body.get("emails")), _first(body.get("entitlements"))
    last_name = name.get("familyName") if isinstance(name, dict) else None
    found = {"Username": username, "Email": email, "LastName": last_name, "ProfileId": profile}
    for field, value in found.items():
        if not isinstance(value, str) or not value:
            raise ApiError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{field}]")
    nick = body.get("nickname") or body.get("nickName") or str(username).partition("@")[0]
    first = name.get("givenName") if isinstance(name, dict) else None
    given = {"FirstName": first} if first else {}
    return {**found, **given, **_KEYS, "Alias": str(username)[:8], "CommunityNickname": str(nick)[:40]}


def _first(values: Any) -> Any:
    """The first of some values: texts (as the sf CLI sends emails) or objects with a ``value``."""
    found = values[0] if isinstance(values, list) and values else None
    return found.get("value") if isinstance(found, dict) else found


def _shown(tx: Transaction, id: str, base_url: str) -> dict[str, Any]:
    if len(id) not in (15, 18) or not (id.isascii() and id.isalnum()):
        raise NotFound
    soql = (
        "SELECT Id, Username, Email, FirstName, LastName, Name, IsActive, CommunityNickname, ProfileId, Profile.Name "
        f"FROM User WHERE Id = '{id}'"
    )
    rows: list[Any] = tx.query(soql, form="json").records
    if not rows:
        raise NotFound
    row = rows[0]
    return {
        "schemas": ["urn:scim:schemas:core:1.0"],
        "id": row["Id"],
        "userName": row["Username"],
        "name": {"formatted": row["Name"], "familyName": row["LastName"], "givenName": row["FirstName"]},
        "displayName": row["Name"],
        "nickName": row["CommunityNickname"],
        "active": row["IsActive"],
        "emails": [{"type": "work", "primary": True, "value": row["Email"]}],
        "entitlements": [{"value": row["ProfileId"], "display": (row["Profile"] or {}).get("Name"), "primary": True}],
        "meta": {"location": f"{base_url}/services/scim/v1/Users/{row['Id']}"},
    }
