"""What a client shows around records: recent items, tabs, apps, themes, quick actions, search suggestions, compact layouts.

Answered from what the org has; what only a user interface knows is an empty list, as in an org where nobody set it up.
"""

from __future__ import annotations

from typing import Any

from orgwright.localorg.api.http import Answer, ApiError, NotFound, Request, Unsupported, json_answer
from orgwright.localorg.api.rest import layouts, shapes
from orgwright.localorg.api.rest.querying import fetch
from orgwright.localorg.api.rest.saving import need_sobject, quoted
from orgwright.localorg.metadata.components import Components, Stored
from orgwright.localorg.metadata.tabs import label
from orgwright.localorg.org import Transaction
from orgwright.localorg.schema.model import SObjectType

MAX_RECENT = 200
MAX_SUGGESTIONS = 50
_NO_PROCESS = ("NO_APPLICABLE_PROCESS", "No applicable approval process was found.")
_MASTER = "012000000000000AAA"


def recent(request: Request) -> Answer:
    """``GET recent?limit=``: what was looked at last. Nobody looks at records here but through the API: nothing."""
    _number(request, "limit", MAX_RECENT)
    return json_answer([])


def scope_order(request: Request) -> Answer:
    """``GET search/scopeOrder``: the objects that the user searches most: none yet."""
    return json_answer([])


def theme(request: Request) -> Answer:
    """``GET theme``: icons and colours of tabs: none is chosen."""
    return json_answer({"themeItems": []})


def app_menu(request: Request) -> Answer:
    """``GET appMenu/AppSwitcher`` and ``appMenu/Salesforce1``: the org's apps."""
    if request.params["menu"].lower() not in ("appswitcher", "salesforce1", "netviewer"):
        raise NotFound
    with request.reading() as tx:
        apps = Components(tx).all("CustomApplication")
    shown: list[dict[str, Any]] = [{"content": None, "icons": [], "colors": [], "label": one.node.value("label") or one.name, "type": "Standard",
              "url": f"/app/mru.app?id={one.id}"} for one in apps]  # fmt: skip
    return json_answer({"appMenuItems": shown if request.params["menu"].lower() == "appswitcher" else []})


def tabs(request: Request) -> Answer:
    """``GET tabs``: the custom tabs that the org has."""
    with request.reading() as tx:
        return json_answer(tabs_of(tx, shapes.base_of(request.params)))


def tabs_of(tx: Transaction, base: str) -> list[dict[str, Any]]:
    """The custom tabs of the org."""
    shown = []
    for one in Components(tx).all("CustomTab"):
        sobject = tx.schema.sobject(one.name)
        shown.append({"colors": [], "custom": True, "iconUrl": None, "icons": [], "label": label(one, sobject),
                      "miniIconUrl": None, "name": one.name, "sobjectName": sobject.name if sobject else None,
                      "url": f"{base}/{one.name}"})  # fmt: skip
    return shown


def quick_actions(request: Request) -> Answer:
    """``GET quickActions``: the global actions."""
    with request.reading() as tx:
        found = [one for one in Components(tx).all("QuickAction") if "." not in one.name]
    return json_answer(
        [_action(one, f"/services/data/{request.params['version']}/quickActions", None) for one in found]
    )


def object_actions(request: Request) -> Answer:
    """``GET sobjects/X/quickActions``: the actions of an object, and the global ones."""
    base = shapes.base_of(request.params)
    with request.reading() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        found = Components(tx).all("QuickAction")
    own = f"{sobject.name.lower()}."
    return json_answer(
        [
            _action(one, f"{base}/{sobject.name}/quickActions", sobject.name)
            for one in found
            if "." not in one.name or one.name.lower().startswith(own)
        ]
    )


def _action(stored: Stored, base: str, sobject: str | None) -> dict[str, Any]:
    url = f"{base}/{stored.name}"
    return {
        "actionEnumOrId": stored.id,
        "label": stored.node.value("label") or stored.name,
        "name": stored.name,
        "type": stored.node.value("type"),
        "urls": {"quickAction": url, "describe": f"{url}/describe", "defaultValues": f"{url}/defaultValues"},
        **({"contextSobject": sobject} if sobject and "." in stored.name else {}),
    }


def one_action(request: Request) -> Answer:
    """``GET quickActions/NAME`` and below: what a form would show of it is not worked out."""
    name = request.params["name"]
    with request.reading() as tx:
        if "sobject" in request.params:
            sobject = need_sobject(tx, request.params["sobject"]).name
            known = Components(tx).get("QuickAction", name) or Components(tx).get("QuickAction", f"{sobject}.{name}")
        else:
            known = Components(tx).get("QuickAction", name)
    if known is None:
        raise NotFound
    raise Unsupported("The description of a quick action")


def list_views(request: Request) -> Answer:
    """``GET sobjects/X/listviews``: the deployed list views of an object."""
    base = shapes.base_of(request.params)
    with request.reading() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        found = Components(tx).children("ListView", sobject.name)
    shown = []
    for one in found:
        url = f"{base}/{sobject.name}/listviews/{one.id}"
        name = one.name.partition(".")[2]
        shown.append({"describeUrl": f"{url}/describe", "developerName": name, "id": one.id,
                      "label": one.node.value("label") or name, "resultsUrl": f"{url}/results", "soqlCompatible": True,
                      "url": url})  # fmt: skip
    answer = {"done": True, "listviews": shown, "nextRecordsUrl": None, "size": len(shown)}
    return json_answer({**answer, "sobjectType": sobject.name})


def list_view(request: Request) -> Answer:
    """``GET sobjects/X/listviews/ID`` and below: a list view's filter is kept and not run."""
    with request.reading() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        found = Components(tx).children("ListView", sobject.name)
    if all(one.id[:15] != request.params["id"][:15] for one in found):
        raise NotFound
    raise Unsupported("The description of a list view")


def search_layout(request: Request) -> Answer:
    """``GET search/layout?q=A,B``: the columns of a search's results: the name alone."""
    with request.reading() as tx:
        found = [need_sobject(tx, name.strip()) for name in request.query.get("q", "").split(",") if name.strip()]
    return json_answer([search_layout_of(sobject) for sobject in found])


def search_layout_of(sobject: SObjectType) -> dict[str, Any]:
    """The columns of an object's search results."""
    name = sobject.name_field
    columns = []
    if name is not None:
        columns = [{"field": f"{sobject.name}.{name.name}", "format": None, "label": name.label, "name": name.name}]
    return {
        "errorMsg": None,
        "label": "Search Results",
        "limitRows": 25,
        "objectType": sobject.name,
        "searchColumns": columns,
    }


def suggestions(request: Request) -> Answer:
    """``GET search/suggestions?q=&sobject=``: records whose name begins with the words."""
    words, names = request.query.get("q", "").strip(), request.query.get("sobject", "")
    if not words or not names:
        raise ApiError("MISSING_ARGUMENT", "q and sobject are required")
    limit = _number(request, "limit", MAX_SUGGESTIONS, 5)
    found: list[Any] = []
    pattern = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    with request.reading() as tx:
        for name in names.split(","):
            sobject = need_sobject(tx, name.strip())
            if sobject.name_field is None or not sobject.searchable:
                raise ApiError("INVALID_SEARCH", f"{sobject.name} cannot be searched by name")
            field = sobject.name_field.name
            soql = f"SELECT Id, {field} FROM {sobject.name} WHERE {field} LIKE {quoted(pattern + '%')} ORDER BY {field} LIMIT {limit + 1}"
            found += fetch(tx, soql, version=request.params["version"])
    return json_answer({"autoSuggestResults": found[:limit], "hasMoreResults": len(found) > limit})


def compact_layouts(request: Request) -> Answer:
    """``GET sobjects/X/describe/compactLayouts``: the system default layout; deployed ones are named."""
    with request.reading() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        return json_answer(compact_layouts_of(tx, sobject))


def primary_compact_layouts(request: Request) -> Answer:
    """``GET compactLayouts?q=A,B``: the primary layout of each object."""
    names = [name.strip() for name in request.query.get("q", "").split(",") if name.strip()]
    if not names:
        raise ApiError("MISSING_ARGUMENT", "q is required")
    with request.reading() as tx:
        found = [need_sobject(tx, name) for name in names]
        return json_answer({one.name: compact_layouts_of(tx, one)["compactLayouts"][0] for one in found})


def compact_layouts_of(tx: Transaction, sobject: SObjectType) -> dict[str, Any]:
    """The compact layouts of an object, the system's own first."""
    fields = [sobject.name_field.name] if sobject.name_field is not None else []
    layouts = [_layout(sobject, None, "SYSTEM", "System Default", fields)]
    for stored in Components(tx).children("CompactLayout", sobject.name):
        named = [node.text for node in stored.node.all("fields")]
        layouts.append(_layout(sobject, stored.id, stored.name.partition(".")[2], stored.node.value("label"), named))
    mapping: dict[str, Any] = {"available": True, "compactLayoutId": None, "compactLayoutName": "SYSTEM", "recordTypeId": _MASTER,
               "recordTypeName": "Master", "urls": {}}  # fmt: skip
    return {
        "compactLayouts": layouts,
        "defaultCompactLayoutId": None,
        "recordTypeCompactLayoutMappings": [mapping],
        "urls": {},
    }


def _layout(sobject: SObjectType, id: str | None, name: str, label: str, fields: list[str]) -> dict[str, Any]:
    items = [
        {
            "editableForNew": False,
            "editableForUpdate": False,
            "label": known.label,
            "layoutComponents": [{"displayLines": 1, "tabOrder": number, "type": "Field", "value": known.name}],
            "placeholder": False,
            "required": False,
        }
        for number, field in enumerate(fields, 2)
        if (known := sobject.field(field)) is not None
    ]
    return {"actions": [], "fieldItems": items, "id": id, "imageItems": [], "label": label, "name": name,
            "objectType": sobject.name}  # fmt: skip


def rules(request: Request) -> Answer:
    """``GET process/rules``: workflow rules that the API may trigger: none."""
    return json_answer({"rules": {}})


def approvals(request: Request) -> Answer:
    """``GET process/approvals``: the org's approval processes: none is active here."""
    with request.reading() as tx:
        if Components(tx).all("ApprovalProcess"):
            raise Unsupported("Approval processes")
    return json_answer({"approvals": {}})


def run_rules(request: Request) -> Answer:
    """``POST process/rules``: runs workflow rules for records: there are none that could run."""
    given = request.json_object().get("contextIds")
    if not isinstance(given, list) or not given:
        raise ApiError("INVALID_ARGUMENT", "contextIds must name at least one record")
    with request.reading() as tx:
        if Components(tx).all("WorkflowRule"):
            raise Unsupported("Workflow rules")
    return json_answer([{"errors": None, "success": True} for _ in given])


def submit_approvals(request: Request) -> Answer:
    """``POST process/approvals``: without an approval process nothing can be submitted, approved or rejected."""
    given = request.json_object().get("requests")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise ApiError("INVALID_ARGUMENT", "requests must hold at least one request")
    with request.reading() as tx:
        if Components(tx).all("ApprovalProcess"):
            raise Unsupported("Approval processes")
    shown = []
    for one in given:
        submits = str(one.get("actionType", "Submit")).lower() == "submit"
        code, text = _NO_PROCESS if submits else ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        error = {"fields": [], "message": text, "statusCode": code}
        shown.append({"actorIds": None, "entityId": one.get("contextId") if submits else None, "errors": [error], "instanceId": None,
                      "instanceStatus": None, "newWorkitemIds": None, "success": False})  # fmt: skip
    return json_answer(shown, 400)


def unsupported(request: Request) -> Answer:
    """A part of the API that Salesforce has and the embedded org has not."""
    raise Unsupported("/".join(request.path.split("/")[4:6]))


def describe_layouts(request: Request) -> Answer:
    """``GET sobjects/X/describe/layouts`` and ``.../layouts/RECORDTYPE``: the page layouts that the user gets."""
    with request.reading() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        if not sobject.layoutable:
            raise NotFound
        if "recordType" not in request.params:
            return json_answer(layouts.of_object(tx, sobject, shapes.base_of(request.params)))
        found = layouts.of_record_type(tx, sobject, request.params["recordType"])
    if found is None:
        raise NotFound
    return json_answer(found)


def approval_layouts(request: Request) -> Answer:
    """``GET sobjects/X/describe/approvalLayouts``: layouts of active approval processes: none is active here."""
    with request.reading() as tx:
        need_sobject(tx, request.params["sobject"])
        if Components(tx).all("ApprovalProcess"):
            raise Unsupported("Approval processes")
    return json_answer({"approvalLayouts": []})


def _number(request: Request, name: str, most: int, default: int = 0) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isdigit() or not 0 < int(text) <= most:
        raise ApiError("INVALID_ARGUMENT", f"{name} must be a number from 1 to {most}")
    return int(text)
