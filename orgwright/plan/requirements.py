"""What a connector asks of the org as a whole, besides its components: installed packages, no trial org, rates that fit.

Asked only for specs that say such things: at most four calls.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from orgwright.org import ApiError, quote
from orgwright.plan.model import Cause, Change, Difference
from orgwright.spec.model import Connector, Package, Rate

_NEARLY = 0.8
# A package version that was never installed, or is not the caller's, is unknown to the org.
_UNKNOWN_VERSION = frozenset({"INVALID_ID_FIELD", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "UNKNOWN_EXCEPTION"})


class Asked(Protocol):
    """The part of ``OrgClient`` that is needed."""

    def query(self, soql: str, *, tooling: bool = False) -> Iterator[dict[str, Any]]:
        """Rows of a query."""

    def count(self, soql: str) -> int:
        """The number of a COUNT() query."""

    def limits(self) -> Mapping[str, Mapping[str, int]]:
        """The org's limits."""


@dataclass(frozen=True)
class Requirements:
    """How many things were checked, what is missing, what is in the way of a deploy, and what people should know."""

    checked: int = 0
    differences: tuple[Difference, ...] = ()
    in_the_way: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def requirements(
    org: Asked, connector: Connector, namespaces: frozenset[str], *, now: Callable[[], dt.datetime] = _now
) -> Requirements:
    """Ask the org about what the spec requires.

    Args:
        org: the org.
        connector: the spec.
        namespaces: namespaces of installed packages, in lower case, among those that the spec names.
        now: the time, for logins of the last hour.

    Raises:
        ApiError: the org refuses a call.
    """
    found = [_package(package, state) for package, state in _packages(org, connector, namespaces)]
    if not connector.requires.trial:
        found.append(_trial(org))
    found += [_rate(org, connector, rate, now()) for rate in connector.rates.values()]
    return Requirements(
        sum(one.checked for one in found),
        tuple(difference for one in found for difference in one.differences),
        tuple(change for one in found for change in one.in_the_way),
        tuple(note for one in found for note in one.notes),
    )


def _packages(org: Asked, connector: Connector, namespaces: frozenset[str]) -> Iterator[tuple[Package, str | None]]:
    """The packages, each with what of it is installed: its namespace, or the version where the spec tells no namespace."""
    asked: dict[str, str] | None = None
    for package in connector.requires.packages:
        if package.namespace:
            yield package, package.namespace if package.namespace.lower() in namespaces else None
        elif package.version:
            asked = _installed(org) if asked is None else asked
            yield package, _found(org, package.version, asked)


def _installed(org: Asked) -> dict[str, str]:
    """Installed versions (04t) and their packages (033)."""
    soql = "SELECT SubscriberPackageId, SubscriberPackageVersionId FROM InstalledSubscriberPackage"
    return {row["SubscriberPackageVersionId"]: row["SubscriberPackageId"] for row in org.query(soql, tooling=True)}


def _found(org: Asked, version: str, installed: Mapping[str, str]) -> str | None:
    """The version that is installed. Another version of the same package will do: the org is asked whose the version is."""
    for there in installed:
        if there[:15] == version[:15]:
            return there
    owner = _owner(org, version) if installed else None
    return next((there for there, package in installed.items() if owner and package[:15] == owner), None)


def _owner(org: Asked, version: str) -> str | None:
    """The package (033) that a version belongs to, as far as the org knows the version."""
    try:
        soql = f"SELECT SubscriberPackageId FROM SubscriberPackageVersion WHERE Id = {quote(version)}"
        rows = list(org.query(soql, tooling=True))
    except ApiError as fault:
        if fault.code.rpartition(":")[2] not in _UNKNOWN_VERSION:
            raise
        return None
    return str(rows[0]["SubscriberPackageId"])[:15] if rows else None


def _package(package: Package, installed: str | None) -> Requirements:
    if installed is not None:
        return Requirements(checked=1, notes=(f"package {package.name} is installed: {installed}",))
    where = f"; install it at {package.install} of the org" if package.install else ""
    text = f"package {package.name} ({package.version or package.namespace}) is not installed{where}"
    if package.need == "advised":
        return Requirements(checked=1, notes=(text,))
    difference = Difference("package", package.name, "presence", str(package.version or package.namespace))
    reason = f"is not installed, the connector asks for it{where}"
    return Requirements(1, (difference,), (Change("package", package.name, reason=reason, cause=Cause.PACKAGE),))


def _trial(org: Asked) -> Requirements:
    row = next(iter(org.query("SELECT IsSandbox, TrialExpirationDate FROM Organization")))
    ends = row["TrialExpirationDate"]
    if row["IsSandbox"] or not ends:
        return Requirements(checked=1)
    difference = Difference("edition", "Organization", "trial", "no trial org", f"trial until {ends[:10]}")
    reason = f"is a trial org until {ends[:10]}, which the connector does not work with"
    return Requirements(1, (difference,), (Change("edition", "Organization", reason=reason, cause=Cause.TRIAL),))


def _rate(org: Asked, connector: Connector, rate: Rate, now: dt.datetime) -> Requirements:
    text = _requests(org, rate) if rate.counts == "requests" else _logins(org, connector, rate, now)
    after = f". {rate.text}" if rate.text else ""
    return Requirements(checked=1, notes=(f"rate {rate.api_name}: {text}{after}",) if text else ())


def _requests(org: Asked, rate: Rate) -> str | None:
    limit = org.limits().get("DailyApiRequests")
    if limit is None or limit["Max"] >= rate.a_day:
        return None
    return f"{rate.most:,} API requests each {rate.per} come to {rate.a_day:,} a day, the org allows {limit['Max']:,}"


def _logins(org: Asked, connector: Connector, rate: Rate, now: dt.datetime) -> str | None:
    user = connector.access.user
    ids = (
        [row["Id"] for row in org.query(f"SELECT Id FROM User WHERE Username = {quote(user.username)}")] if user else []
    )
    if user is None or not ids:
        return None
    since = (now - dt.timedelta(hours=1 if rate.per == "hour" else 24)).strftime("%Y-%m-%dT%H:%M:%SZ")
    count = org.count(f"SELECT COUNT() FROM LoginHistory WHERE UserId = {quote(ids[0])} AND LoginTime > {since}")
    if count < rate.most * _NEARLY:
        return None
    return f"{user.username} logged in {count:,} times in the last {rate.per}, {rate.most:,} are allowed"
