"""Calls of the partner API for what stands around records: layouts, tabs, themes, search, mail, approvals, sessions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from orgwright.localorg.api.http import ApiError, Request
from orgwright.localorg.api.rest import layouts, navigation
from orgwright.localorg.api.soap import reading
from orgwright.localorg.api.soap.envelope import Call, Nil, texts
from orgwright.localorg.api.soap.reading import need_sobject
from orgwright.localorg.api.soap.shapes import shaped
from orgwright.localorg.metadata.components import Components
from orgwright.localorg.metadata.document import Node

_ADDRESS = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_MAX_MAILS = 10
_UNTOLD = {"iconUrl": "", "miniIconUrl": ""}
_SYSTEM_COMPACT = "0AH000000000000AAA"


def describe_layout(request: Request, call: Call) -> Any:
    """``describeLayout(sObjectType, layoutName, recordTypeIds)``; of named layouts there are none."""
    if call.body.value("layoutName"):
        raise ApiError("INVALID_TYPE", f"layout {call.body.value('layoutName')[:80]} not found", 500)
    wanted = {id[:15] for id in texts(call.body, "recordTypeIds") if id}
    with request.org.read(request.user_id) as tx:
        sobject = need_sobject(tx, call.body.value("sObjectType"))
        if not sobject.layoutable:
            raise ApiError(
                "INVALID_TYPE_FOR_OPERATION", f"entity type {sobject.name} does not support this operation", 500
            )
        found = layouts.of_object(tx, sobject, "")
    if wanted:
        mappings = [one for one in found["recordTypeMappings"] if one["recordTypeId"][:15] in wanted]
        used = {one["layoutId"] for one in mappings}
        kept = [one for one in found["layouts"] if one["id"] in used]
        found = {**found, "recordTypeMappings": mappings, "layouts": kept}
    return shaped("DescribeLayoutResult", found, request.params["api"])


def describe_compact_layouts(request: Request, call: Call) -> Any:
    """``describeCompactLayouts(sObjectType, recordTypeIds)``."""
    with request.org.read(request.user_id) as tx:
        found = navigation.compact_layouts_of(tx, need_sobject(tx, call.body.value("sObjectType")))
    return shaped("DescribeCompactLayoutsResult", _with_ids(found), request.params["api"])


def describe_primary_compact_layouts(request: Request, call: Call) -> Any:
    """``describePrimaryCompactLayouts(sObjectTypes)``."""
    with request.org.read(request.user_id) as tx:
        found = [navigation.compact_layouts_of(tx, need_sobject(tx, name)) for name in texts(call.body, "sObjectTypes")]
    return [
        shaped("DescribeCompactLayout", _with_ids(one)["compactLayouts"][0], request.params["api"]) for one in found
    ]


def _with_ids(found: Mapping[str, Any]) -> dict[str, Any]:
    """Compact layouts for a client that wants an Id everywhere: the system's own has none in REST."""
    shown = [{**one, "id": one["id"] or _SYSTEM_COMPACT} for one in found["compactLayouts"]]
    mappings = [
        {**one, "compactLayoutId": one["compactLayoutId"] or _SYSTEM_COMPACT}
        for one in found["recordTypeCompactLayoutMappings"]
    ]
    default = found["defaultCompactLayoutId"] or _SYSTEM_COMPACT
    return {"compactLayouts": shown, "defaultCompactLayoutId": default, "recordTypeCompactLayoutMappings": mappings}


def describe_all_tabs(request: Request, call: Call) -> Any:
    """``describeAllTabs()``: the custom tabs of the org."""
    with request.org.read(request.user_id) as tx:
        found = navigation.tabs_of(tx, request.base_url)
    return [shaped("DescribeTab", {**one, **_UNTOLD}, request.params["api"]) for one in found]


def describe_tabs(request: Request, call: Call) -> Any:
    """``describeTabs()``: the apps of the org with their custom tabs."""
    with request.org.read(request.user_id) as tx:
        tabs = {one["name"]: {**one, **_UNTOLD} for one in navigation.tabs_of(tx, request.base_url)}
        apps = Components(tx).all("CustomApplication")
    return [
        shaped(
            "DescribeTabSetResult",
            {
                "description": app.node.value("description"),
                "label": app.node.value("label") or app.name,
                "logoUrl": "",
                "selected": False,
                "tabSetId": app.id,
                "tabs": [tabs[name] for name in texts(app.node, "tabs") if name in tabs],
            },
            request.params["api"],
        )
        for app in apps
    ]


def describe_theme(request: Request, call: Call) -> Any:
    """``describeTheme(sobjectType)``: icons and colours: none is chosen."""
    return {}


def describe_global_theme(request: Request, call: Call) -> Any:
    """``describeGlobalTheme()``: all objects, and no theme."""
    return {"global": reading.describe_global(request, call), "theme": {}}


def describe_search_layouts(request: Request, call: Call) -> Any:
    """``describeSearchLayouts(sObjectType)``."""
    with request.org.read(request.user_id) as tx:
        found = [need_sobject(tx, name) for name in texts(call.body, "sObjectType")]
    return [
        shaped("DescribeSearchLayoutResult", navigation.search_layout_of(one), request.params["api"]) for one in found
    ]


def describe_search_scope_order(request: Request, call: Call) -> Any:
    """``describeSearchScopeOrder()``: the objects that the user searches most: none yet."""
    return None


def process(request: Request, call: Call) -> Any:
    """``process(ProcessRequest[])``: without an approval process no record can be submitted, approved or rejected."""
    with request.org.read(request.user_id) as tx:
        if Components(tx).all("ApprovalProcess"):
            raise ApiError(
                "NOT_SUPPORTED_BY_EMBEDDED_ORG", "Approval processes are not supported by the embedded org", 500
            )
    return [
        {
            "entityId": Nil(),
            "errors": [_no_process(one)],
            "instanceId": Nil(),
            "instanceStatus": Nil(),
            "success": False,
        }
        for one in call.body.all("actions")
    ]


def _no_process(asked: Node) -> dict[str, Any]:
    if asked.find("workitemId") is not None:
        id = asked.value("workitemId")
        return {"message": f"invalid cross reference id {id}", "statusCode": "INVALID_CROSS_REFERENCE_KEY"}
    return {"message": "No applicable approval process was found.", "statusCode": "NO_APPLICABLE_PROCESS"}


def send_email(request: Request, call: Call) -> Any:
    """``sendEmail(Email[])``: single mails are checked as Salesforce does; none leaves the embedded org."""
    mails = call.body.all("messages")
    if len(mails) > _MAX_MAILS:
        raise ApiError("LIMIT_EXCEEDED", f"no more than {_MAX_MAILS} messages can be sent in one call", 500)
    if any((mail.xsi_type or "").endswith("MassEmailMessage") for mail in mails):
        raise ApiError("NOT_SUPPORTED_BY_EMBEDDED_ORG", "Mass mails are not supported by the embedded org", 500)
    faults = [_fault(mail) for mail in mails]
    return [{"errors": [fault] if fault else [], "success": fault is None} for fault in faults]


def _fault(mail: Node) -> dict[str, Any] | None:
    recipients = [(name, text) for name in ("toAddresses", "ccAddresses", "bccAddresses") for text in texts(mail, name)]
    if not mail.value("targetObjectId") and not recipients:
        return _error("REQUIRED_FIELD_MISSING", "Add a recipient to send an email.")
    wrong = next(((name, text) for name, text in recipients if not _ADDRESS.fullmatch(text)), None)
    if wrong is not None:
        return _error("INVALID_EMAIL_ADDRESS", f"Email address is invalid: {wrong[1][:200]}", wrong[0])
    if not (mail.value("templateId") or mail.value("plainTextBody") or mail.value("htmlBody")):
        return _error("REQUIRED_FIELD_MISSING", "Missing body, need at least one of html or plainText")
    return None


def _error(code: str, message: str, *fields: str) -> dict[str, Any]:
    return {"fields": list(fields), "message": message, "statusCode": code, "targetObjectId": Nil()}


def invalidate_sessions(request: Request, call: Call) -> Any:
    """``invalidateSessions(sessionIds)``: ends sessions, the caller's own among them."""
    entry = request.need_session().entry
    unknown = {"errors": [{"message": "Invalid session", "statusCode": "INVALID_SESSION_ID"}], "success": False}
    ended = [request.runtime.sessions.revoke(entry, token) for token in texts(call.body, "sessionIds")]
    return [{"success": True} if known else unknown for known in ended]


OPERATIONS: Mapping[str, Callable[[Request, Call], Any]] = {
    "describeAllTabs": describe_all_tabs,
    "describeCompactLayouts": describe_compact_layouts,
    "describeGlobalTheme": describe_global_theme,
    "describeLayout": describe_layout,
    "describePrimaryCompactLayouts": describe_primary_compact_layouts,
    "describeSearchLayouts": describe_search_layouts,
    "describeSearchScopeOrder": describe_search_scope_order,
    "describeTabs": describe_tabs,
    "describeTheme": describe_theme,
    "invalidateSessions": invalidate_sessions,
    "process": process,
    "sendEmail": send_email,
}
