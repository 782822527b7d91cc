"""The connector's service user: data, not metadata, so it is made through the API (G11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orgwright.errors import OrgwrightError, Place
from orgwright.org import ApiError, OrgClient, quote
from orgwright.spec.model import Connector, ServiceUser

_COPIED = ("TimeZoneSidKey", "LocaleSidKey", "LanguageLocaleKey", "EmailEncodingKey")


@dataclass(frozen=True)
class AccessGiven:
    """What was made. ``username`` is empty when the spec has no service user."""

    username: str
    user_created: bool
    assigned: tuple[str, ...]
    changed: tuple[str, ...] = ()
    """Fields of a user who was there that were brought to what the spec says."""


class AccessRefused(OrgwrightError):
    """The org does not take the service user."""

    exit_code = 1


def give_access(org: OrgClient, connector: Connector) -> AccessGiven:
    """Make the service user, or bring him to what the spec says; assign his permission sets and those of the deployer.

    Raises :class:`AccessRefused` when the profile or a permission set is missing, no licence is free, or the user
    name is taken elsewhere (user names are unique across all of Salesforce).
    """
    user, deployer = connector.access.user, connector.access.deployer
    if deployer:
        own = next(org.query(f"SELECT Id FROM User WHERE Username = {quote(org.connection.username)}"))
        _assign(org, own["Id"], deployer)
    if user is None:
        return AccessGiven("", False, ())
    soql = f"SELECT Id, IsActive, Email, Profile.Name FROM User WHERE Username = {quote(user.username)}"
    found = next(org.query(soql), None)
    if found is None:
        return AccessGiven(user.username, True, _assign(org, _create(org, user), user.permission_sets))
    changed = _mend(org, user, found)
    return AccessGiven(user.username, False, _assign(org, found["Id"], user.permission_sets), changed)


def _mend(org: OrgClient, user: ServiceUser, found: Mapping[str, Any]) -> tuple[str, ...]:
    """Change what of the user is otherwise than in the spec; the names of the fields."""
    values: dict[str, Any] = {}
    if not found["IsActive"]:
        values["IsActive"] = True
    # A sandbox makes addresses unusable on purpose.
    if found["Email"] not in (user.email, f"{user.email}.invalid"):
        values["Email"] = user.email
    if (found["Profile"] or {}).get("Name") != user.profile:
        values["ProfileId"] = _profile(org, user)
    if values:
        try:
            org.update("User", found["Id"], values)
        except ApiError as fault:
            place = Place(path=f"User {user.username}")
            raise AccessRefused(f"{fault.code}: {fault.message}", where=place) from fault
    return tuple(values)


def _create(org: OrgClient, user: ServiceUser) -> str:
    own = next(org.query(f"SELECT {', '.join(_COPIED)} FROM User WHERE Username = {quote(org.connection.username)}"))
    given = (user.time_zone, user.locale, user.language, user.email_encoding)
    record = {
        "Username": user.username,
        "Email": user.email,
        "LastName": user.last_name,
        "FirstName": user.first_name,
        "Alias": user.alias,
        "ProfileId": _profile(org, user),
        **{field: value or own[field] for field, value in zip(_COPIED, given, strict=True)},
    }
    try:
        return org.create("User", record)
    except ApiError as fault:
        help = {
            "DUPLICATE_USERNAME": "user names are unique across all Salesforce orgs: set another domain in the connector's parameters",
            "LICENSE_LIMIT_EXCEEDED": f"free a {user.license} licence or buy one (Setup > Company Information)",
        }.get(fault.code)
        raise AccessRefused(
            f"{fault.code}: {fault.message}", where=Place(path=f"User {user.username}"), help=help
        ) from fault


def _profile(org: OrgClient, user: ServiceUser) -> str:
    soql = f"SELECT Id FROM Profile WHERE Name = {quote(user.profile)} AND UserLicense.Name = {quote(user.license)}"
    row = next(org.query(soql), None)
    if row is None:
        raise AccessRefused(
            f"the org has no profile {user.profile} with the licence {user.license}",
            where=Place(path=f"User {user.username}"),
            help="name another profile that edits data under access.user in the spec",
        )
    return str(row["Id"])


def _assign(org: OrgClient, user_id: str, names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    wanted = ", ".join(quote(name) for name in names)
    sets = {r["Name"]: r["Id"] for r in org.query(f"SELECT Id, Name FROM PermissionSet WHERE Name IN ({wanted})")}
    missing = [name for name in names if name not in sets]
    if missing:
        raise AccessRefused(
            f"the org has no permission set {', '.join(missing)}",
            where=Place(path=org.connection.alias),
            help="deploy the connector first",
        )
    soql = f"SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = {quote(user_id)}"
    held = {row["PermissionSetId"] for row in org.query(soql)}
    lacking = [name for name in names if sets[name] not in held]
    rows = [
        {"attributes": {"type": "PermissionSetAssignment"}, "AssigneeId": user_id, "PermissionSetId": sets[name]}
        for name in lacking
    ]
    for result in org.create_all(rows) if rows else ():
        if not result.success:
            code, message = result.errors[0]
            raise AccessRefused(f"{code}: {message}", where=Place(path=f"permission sets of user {user_id}"))
    return tuple(lacking)
