"""``System.System``, ``Limits``, ``UserInfo``, ``FeatureManagement``, ``Request`` (Apex Reference Guide)."""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.enums import enum
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime.compare import equals
from orgwright.apex.runtime.exceptions import InvalidParameterValueException
from orgwright.apex.runtime.hashes import hash_of
from orgwright.apex.runtime.text import storable, to_text
from orgwright.apex.runtime.values import EnumValue, Id, Long, PlatformObject

# ------------------------------------------------------------------------------------------- System


@native("System.debug(Object)", context=True)
def debug(execution: Any, value: Any) -> None:
    execution.host.log("DEBUG", storable(to_text(value)))


@native("System.debug(LoggingLevel, Object)", context=True)
def debug_at(execution: Any, level: EnumValue | None, value: Any) -> None:
    execution.host.log("DEBUG" if level is None else level.name, storable(to_text(value)))


@native("System.equals")
def system_equals(left: Any, right: Any) -> bool:
    return equals(left, right)


@native(
    "System.hashCode", "Blob.hashCode", "Boolean.hashCode", "Date.hashCode", "Datetime.hashCode", "Decimal.hashCode",
    "Double.hashCode", "Enum.hashCode", "Id.hashCode", "Integer.hashCode", "String.hashCode", "Time.hashCode",
)  # fmt: skip
def hash_code(value: Any) -> int:
    return hash_of(value)


@native("Long.hashCode")
def long_hash_code(value: int) -> int:
    return hash_of(Long(value))


@native("System.isBatch", context=True)
def is_batch(execution: Any) -> bool:
    return bool(execution.context == "batch")


@native("System.isFuture", context=True)
def is_future(execution: Any) -> bool:
    return bool(execution.context == "future")


@native("System.isQueueable", context=True)
def is_queueable(execution: Any) -> bool:
    return bool(execution.context == "queueable")


@native("System.isScheduled", context=True)
def is_scheduled(execution: Any) -> bool:
    return bool(execution.context == "scheduled")


@native("System.getApplicationReadWriteMode")
def read_write_mode() -> EnumValue:
    return enum("System.ApplicationReadWriteMode")["DEFAULT"]


# ------------------------------------------------------------------------------------------- Limits

_COUNTED = (
    "AggregateQueries", "ApexCursorRows", "AsyncCalls", "Callouts", "CpuTime", "DmlRows", "DmlStatements", "EmailInvocations",
    "FetchCallsOnApexCursor", "FutureCalls", "HeapSize", "MobilePushApexCalls", "PublishImmediateDML", "Queries", "QueryLocatorRows", "QueryRows",
    "QueueableJobs", "SoslQueries",
)  # fmt: skip
_AS_DML = ("RunAs", "SavepointRollbacks", "Savepoints")
# calls that count nothing any more or that the embedded org does not have: what is used, what is allowed
_FIXED = {
    "FindSimilarCalls": 20, "DatabaseTime": 0,
    "ChildRelationshipsDescribes": 100, "FieldSetsDescribes": 100, "FieldsDescribes": 100, "PicklistDescribes": 100,
    "RecordTypesDescribes": 100, "ScriptStatements": 200_000,
}  # fmt: skip
_ASYNC_CALLS = 200


def _register_limits() -> None:
    for name in _COUNTED:
        key = name.lower()

        def used(execution: Any, key: str = key) -> int:
            return int(execution.limits.used(key))

        def allowed(execution: Any, key: str = key) -> int:
            return int(execution.limits.limit(key)) if key != "asynccalls" else _ASYNC_CALLS

        native(f"Limits.get{name}", context=True)(used)
        native(f"Limits.getLimit{name}", context=True)(allowed)
    for name in _AS_DML:
        native(f"Limits.get{name}", context=True)(lambda execution: int(execution.limits.used("dmlstatements")))
        native(f"Limits.getLimit{name}", context=True)(lambda execution: int(execution.limits.limit("dmlstatements")))
    for name, most in _FIXED.items():
        native(f"Limits.get{name}")(lambda: 0)
        native(f"Limits.getLimit{name}")(lambda most=most: most)


_register_limits()


# ----------------------------------------------------------------------------------------- UserInfo


def _register_user() -> None:
    parts = {
        "getUserId": lambda user: Id(user.id), "getUserName": lambda user: user.username, "getName": lambda user: user.name,
        "getFirstName": lambda user: user.first_name, "getLastName": lambda user: user.last_name,
        "getUserEmail": lambda user: user.email, "getProfileId": lambda user: Id(user.profile_id),
        "getUserRoleId": lambda user: None if user.role_id is None else Id(user.role_id),
        "getLocale": lambda user: user.locale, "getLanguage": lambda user: user.language,
        "getUserType": lambda user: user.user_type,
    }  # fmt: skip
    for name, part in parts.items():

        def of_user(execution: Any, part: Any = part) -> Any:
            return part(execution.host.user)

        native(f"UserInfo.{name}", context=True)(of_user)


_register_user()


@native("UserInfo.getOrganizationId", context=True)
def organization_id(execution: Any) -> str:
    return str(execution.host.org.id)


@native("UserInfo.getOrganizationName", context=True)
def organization_name(execution: Any) -> str:
    return str(execution.host.org.name)


@native("UserInfo.getDefaultCurrency", context=True)
def default_currency(execution: Any) -> str:
    return str(execution.host.org.currency)


@native("UserInfo.isMultiCurrencyOrganization", context=True)
def multi_currency(execution: Any) -> bool:
    return bool(execution.host.org.multi_currency)


@native("UserInfo.getSessionId", context=True)
def session_id(execution: Any) -> str:
    """The same for the whole transaction and user."""
    sessions: dict[str, str] = execution.state.setdefault("sessions", {})
    user = str(execution.host.user.id)
    if user not in sessions:
        sessions[user] = execution.host.session_id()
    return sessions[user]


@native("UserInfo.getUiTheme", "UserInfo.getUiThemeDisplayed")
def ui_theme() -> str:
    return "Theme4d"


# ---------------------------------------------------------------------------------- FeatureManagement


@native("FeatureManagement.checkPermission", context=True)
def check_permission(execution: Any, name: str | None) -> bool:
    if name is None:
        raise null_argument(1)
    return bool(execution.host.has_permission(name))


# ------------------------------------------------------------------------------------ Request, labels


@platform("System.Request")
class Request(PlatformObject):
    """``System.Request``: the transaction that runs."""

    __slots__ = ("id", "quiddity")

    def __init__(self, id: str, quiddity: str) -> None:
        self.id, self.quiddity = id, quiddity

    def getQuiddity(self) -> EnumValue:
        """What kind of transaction it is."""
        return enum("System.Quiddity")[self.quiddity]

    def getRequestId(self) -> str:
        """An id, the same for the whole transaction."""
        return self.id


@native("Request.getCurrent", context=True)
def current_request(execution: Any) -> Request:
    found = execution.state.get("request")
    if found is None:
        number = int(execution.host.now().timestamp() * 1_000_000)
        found = execution.state["request"] = Request(f"4{number:021x}"[:22], execution.quiddity)
    assert isinstance(found, Request)
    return found


@native("Label.get(String, String)", context=True)
def label(execution: Any, namespace: str | None, name: str | None) -> str:
    """A custom label by name. Raises System.InvalidParameterValueException for one that the org has not."""
    if name is None:
        raise null_argument(2)
    found = execution.host.schema.label(name)
    if found is None:
        raise InvalidParameterValueException(f"Custom label '{name}' does not exist.")
    return str(found)


# ------------------------------------------------------------------------------------------- Version


@platform("System.Version")
class Version(PlatformObject):
    """``System.Version``: a package version."""

    __slots__ = ("parts",)

    def __init__(self, major: int | None, minor: int | None, patch: int | None = None) -> None:
        self.parts = (major, minor, patch)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.compareTo(other) == 0

    def __hash__(self) -> int:
        return hash(self.parts)

    def compareTo(self, other: Version | None) -> int:
        """Negative, zero or positive; a version without patch counts as patch 0."""
        if other is None:
            raise null_argument()
        mine, its = ([part or 0 for part in version.parts] for version in (self, other))
        return (mine > its) - (mine < its)

    def major(self) -> int | None:
        """The first number."""
        return self.parts[0]

    def minor(self) -> int | None:
        """The second number."""
        return self.parts[1]

    def patch(self) -> int | None:
        """The third number, if there is one."""
        return self.parts[2]
