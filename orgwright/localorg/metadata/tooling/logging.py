"""Who is logged how finely: ``TraceFlag`` and ``DebugLevel`` (Tooling API, objects of these names)."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from orgwright.localorg.metadata.tooling.kept import Kind, Refusal, get, kind, lookup, picklist
from orgwright.localorg.metadata.tooling.table import column

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

_LEVELS = (
    "ApexCode",
    "ApexProfiling",
    "Callout",
    "Database",
    "Nba",
    "System",
    "Validation",
    "Visualforce",
    "Wave",
    "Workflow",
)
MAX_DURATION = dt.timedelta(hours=24)


def kinds() -> list[Kind]:
    """Both objects."""
    flag = ("TracedEntityId", "DebugLevelId", "LogType", "StartDate", "ExpirationDate")
    level = ("DeveloperName", "MasterLabel", "Language", *_LEVELS)
    return [
        kind(
            "TraceFlag",
            "7tf",
            lookup("TracedEntityId", ("User", "ApexClass", "ApexTrigger")),
            lookup("DebugLevelId", "DebugLevel"),
            *picklist("LogType", *_LEVELS),
            column("StartDate", "datetime"),
            column("ExpirationDate", "datetime"),
            given=flag,
            required=("TracedEntityId", "DebugLevelId", "LogType"),
            check=_flag,
        ),
        kind(
            "DebugLevel",
            "7dl",
            column("DeveloperName"),
            column("MasterLabel"),
            *picklist("Language", *_LEVELS),
            given=level,
            required=("DeveloperName", "MasterLabel"),
            check=_level,
        ),
    ]


def _level(tx: Transaction, fields: dict[str, Any]) -> None:
    fields.setdefault("Language", "en_US")
    for name in _LEVELS:
        fields[name] = str(fields.get(name) or "NONE").upper()


def _flag(tx: Transaction, fields: dict[str, Any]) -> None:
    level = get(tx, str(fields["DebugLevelId"]))
    if level is None:
        raise Refusal(
            "INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {fields['DebugLevelId']}", "DebugLevelId"
        )
    fields["DebugLevelId"] = level["Id"]
    fields.update({name: level.get(name) for name in _LEVELS})
    start = _moment(fields.get("StartDate")) or tx.now()
    end = _moment(fields.get("ExpirationDate")) or start + dt.timedelta(minutes=30)
    if end - start > MAX_DURATION:
        raise Refusal(
            "FIELD_INTEGRITY_EXCEPTION", "Expiration Date: must be within 24 hours of Start Date", "ExpirationDate"
        )
    fields["StartDate"], fields["ExpirationDate"] = (f"{m:%Y-%m-%dT%H:%M:%S}.000+0000" for m in (start, end))


def _moment(value: Any) -> dt.datetime | None:
    """The moment that a client sent: ISO text, milliseconds since 1970, or the words of RFC 1123 (``sf apex tail log``)."""
    if value in (None, ""):
        return None
    try:
        if isinstance(value, int):
            return dt.datetime.fromtimestamp(value / 1000, dt.UTC)
        if "," in str(value):
            return parsedate_to_datetime(str(value)).astimezone(dt.UTC)
        found = dt.datetime.fromisoformat(str(value).replace("+0000", "+00:00").replace("Z", "+00:00"))
    except (ValueError, OverflowError):
        raise Refusal(
            "JSON_PARSER_ERROR", f"Cannot deserialize instance of datetime from VALUE_STRING value {value}"
        ) from None
    return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)
