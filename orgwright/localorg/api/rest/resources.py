"""Versions, resources, limits."""

from __future__ import annotations

from typing import Any

from orgwright.localorg.api.http import Answer, NotFound, Request, json_answer
from orgwright.localorg.api.rest.querying import fetch
from orgwright.localorg.jobs import debuglog
from orgwright.localorg.orglimits import DAILY_API_REQUESTS, LIMITS

LATEST = 67
OLDEST = 31
_SEASONS = {0: "Spring", 1: "Summer", 2: "Winter"}


def versions(request: Request) -> Answer:
    """``GET /services/data``: the versions, oldest first."""
    shown = [
        {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(OLDEST, LATEST + 1)
    ]
    return json_answer(shown)


def resources(request: Request) -> Answer:
    """``GET /services/data/vXX.0``: what is there."""
    base = f"/services/data/{request.params['version']}"
    session = request.need_session()
    names = (
        "actions", "appMenu", "compactLayouts", "composite", "jobs", "limits", "metadata", "named-credentials",
        "parameterizedSearch", "process", "query", "queryAll", "quickActions", "recent", "search", "sobjects", "tabs",
        "theme", "tooling",
    )  # fmt: skip
    shown = {name: f"{base}/{name}" for name in names}
    return json_answer({**shown, "identity": f"{request.base_url}/id/{session.entry.org_id}/{session.user_id}"})


def limits(request: Request) -> Answer:
    """``GET limits``: each with ``Max`` and ``Remaining``."""
    session = request.need_session()
    usage, org_id = request.runtime.usage, session.entry.org_id
    highest = {"DailyApiRequests": DAILY_API_REQUESTS[session.entry.kind], **LIMITS, **session.entry.limits}
    hour = request.runtime.clock().replace(minute=0, second=0, microsecond=0)
    published = {"HourlyPublishedPlatformEvents": request.org.events.published_since(hour)}
    shown: dict[str, Any] = {}
    for name in sorted(highest):
        used = published.get(name, usage.get(org_id, name))
        shown[name] = {"Max": highest[name], "Remaining": max(0, highest[name] - used)}
    return json_answer(shown)


def record_count(request: Request) -> Answer:
    """``GET limits/recordCount?sObjects=A,B``: the number of records, types without any left out."""
    with request.reading() as tx:
        asked = request.query.get("sObjects")
        names = asked.split(",") if asked else list(tx.schema.sobject_names())
        shown = []
        for name in names:
            sobject = tx.schema.sobject(name.strip())
            if sobject is None or not sobject.queryable or sobject.tooling or sobject.kind != "object":
                continue
            rows = fetch(tx, f"SELECT COUNT(Id) n FROM {sobject.name}")
            count = int(rows[0]["n"]) if rows else 0
            if count or asked:
                shown.append({"count": count, "name": sobject.name})
    return json_answer({"sObjects": shown})


def _label(number: int) -> str:
    """Release names: v31 is Summer '14, three releases a year; Winter carries the year to come."""
    return f"{_SEASONS[number % 3]} '{number // 3 + 4 + (number % 3 == 2):02d}"


def log_body(request: Request) -> Answer:
    """``GET sobjects/ApexLog/ID/Body``: the text of a debug log."""
    with request.reading() as tx:
        text = debuglog.body(tx, request.params["id"])
    if text is None:
        raise NotFound
    return Answer(200, text.encode(), "text/plain;charset=UTF-8")


def communities(request: Request) -> Answer:
    """``GET connect/communities`` (Connect REST API): none, as no org here has a digital experience that is live."""
    return json_answer({"communities": [], "total": 0})
