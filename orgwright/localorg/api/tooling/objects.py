"""``tooling/sobjects``: describe, read, and writing single components, each a small deploy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orgwright.localorg.apexhost.sources import header, without_comments
from orgwright.localorg.api.http import Answer, ApiError, NotFound, Request, Unsupported, json_answer
from orgwright.localorg.api.permissions import need
from orgwright.localorg.api.rest import describe as shapes_of_describe
from orgwright.localorg.api.rest import records
from orgwright.localorg.api.tooling.queries import base_of, run
from orgwright.localorg.metadata import crud
from orgwright.localorg.metadata.components import Components, Stored
from orgwright.localorg.metadata.document import Node, make
from orgwright.localorg.metadata.package import Deletion, Item, Package
from orgwright.localorg.metadata.tooling import flows, kept
from orgwright.localorg.metadata.tooling.documents import from_json
from orgwright.localorg.metadata.tooling.tables import kept as kept_kinds
from orgwright.localorg.metadata.tooling.tables import tables_of
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.store import ids
from orgwright.metadata.types import TYPES

STARTED_SECONDS = 5.0
"""How long the answer to a new record waits for what the record sets in motion."""
_TYPE_OF = {"RemoteProxy": "RemoteSiteSetting"}
_CLASS = re.compile(r"\b(?:class|interface|enum)\s+(\w+)", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


def resources(request: Request) -> Answer:
    """``GET tooling``: the resources below it."""
    base = f"/services/data/{request.params['version']}/tooling"
    names = ("sobjects", "query", "composite", "executeAnonymous", "runTestsAsynchronous", "runTestsSynchronous")
    return json_answer({name: f"{base}/{name}" for name in names})


def _find(request: Request, name: str) -> SObjectType:
    """The object of that name, virtual or real; 404 when Tooling has none."""
    virtual = tables_of(request.org.record.kind).get(name.lower())
    found = virtual.sobject if virtual is not None else request.org.schema.sobject(name)
    if found is None:
        raise NotFound
    return found


def global_describe(request: Request) -> Answer:
    """``GET tooling/sobjects``."""
    base = base_of(request)
    shown = {name: table.sobject for name, table in tables_of(request.org.record.kind).items()}
    for name in request.org.schema.sobject_names():
        found = request.org.schema.sobject(name)
        if found is not None and not found.layoutable and not found.custom:
            shown.setdefault(found.name.lower(), found)
    briefs = [shapes_of_describe.brief(shown[name], base) for name in sorted(shown)]
    return json_answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": briefs})


def basic(request: Request) -> Answer:
    """``GET tooling/sobjects/X``."""
    brief = shapes_of_describe.brief(_find(request, request.params["sobject"]), base_of(request))
    return json_answer({"objectDescribe": brief, "recentItems": []})


def describe(request: Request) -> Answer:
    """``GET tooling/sobjects/X/describe``."""
    found = _find(request, request.params["sobject"])
    return json_answer(shapes_of_describe.full(found, list(found.fields.values()), base_of(request)))


def read(request: Request) -> Answer:
    """``GET tooling/sobjects/X/ID`` with every field, Metadata too."""
    found = _find(request, request.params["sobject"])
    if not found.tooling:
        return records.read(request)
    id = request.params["id"]
    if not _ID.fullmatch(id):
        raise NotFound
    names = ", ".join(field.name for field in found.fields.values())
    with request.reading() as tx:
        rows = run(tx, f"SELECT {names} FROM {found.name} WHERE Id = '{id}'", base_of(request)).records
    if not rows:
        raise NotFound
    return json_answer(rows[0])


def create(request: Request) -> Answer:
    """``POST tooling/sobjects/X``: 201 with the new Id."""
    found = _find(request, request.params["sobject"])
    if not found.tooling:
        return records.create(request)
    kind = _written(request, found)
    if kind is not None:
        return _create_kept(request, kind)
    body = request.json_object()
    item = _item(found.name, body, None)
    _save(request, found.name, item)
    with request.reading() as tx:
        stored = Components(tx).get(item.type, item.name)
    assert stored is not None
    return json_answer({"id": stored.id, "success": True, "errors": [], "warnings": [], "infos": []}, 201)


def sandbox_sign_in(request: Request) -> Answer:
    """``POST tooling/sandboxAuth``: how a client of a production org signs in to a sandbox of it."""
    body, hub = request.json_object(), request.org.hub
    asked = [str(body.get(name) or "") for name in ("sandboxName", "clientId", "callbackUrl")]
    found = hub.sandboxes.sign_in(request.org, request.user_id, *asked) if hub is not None else None
    if found is None:
        raise ApiError("INVALID_STATUS", f"The sandbox {asked[0]} is not ready", 400)
    return json_answer(found)


def update(request: Request) -> Answer:
    """``PATCH tooling/sobjects/X/ID``: 204."""
    found = _find(request, request.params["sobject"])
    if not found.tooling:
        return records.update(request)
    kind = _written(request, found)
    if kind is not None:
        return _change_kept(request, kind)
    if found.name == flows.DEFINITION:
        return _activate_flow(request)
    stored = _stored(request)
    _save(request, found.name, _item(found.name, request.json_object(), stored))
    return Answer(204)


def _activate_flow(request: Request) -> Answer:
    """A flow's definition says which of its versions is active."""
    with request.reading() as tx:
        flow = flows.of_definition(tx, request.params["id"])
    if flow is None:
        raise NotFound
    given = request.json_object().get("Metadata")
    if not isinstance(given, dict):
        raise ApiError("REQUIRED_FIELD_MISSING", "Required fields are missing: [Metadata]", fields=["Metadata"])
    item = flows.activated(flow, given.get("activeVersionNumber"))
    if item is None:
        raise ApiError("INVALID_CROSS_REFERENCE_KEY", f"The flow {flow.name} has no such version")
    _save(request, flows.DEFINITION, item)
    return Answer(204)


def delete(request: Request) -> Answer:
    """``DELETE tooling/sobjects/X/ID``: 204."""
    found = _find(request, request.params["sobject"])
    if not found.tooling:
        return records.delete(request)
    kind = _written(request, found)
    if kind is not None:
        with request.transaction() as tx:
            row = kept.get(tx, request.params["id"], kind.name)
            if row is None or not kept.delete(tx, kind, request.params["id"]):
                raise NotFound
        _set_in_motion(request, kind, kind.removed, row["Id"], row)
        return Answer(204)
    stored = _stored(request)
    _run(request, found.name, Package(before=[Deletion(stored.type, stored.name, "")]))
    return Answer(204)


def _written(request: Request, found: SObjectType) -> kept.Kind | None:
    """The kind of a record that the user may write now; ``None`` for a component."""
    if request.shared is not None:
        raise Unsupported("A Tooling change within an all-or-none composite")
    kind = kept_kinds().get(found.name.lower())
    if kind is not None and kind.permission:
        need(request, kind.permission)
    return kind


def _create_kept(request: Request, kind: kept.Kind) -> Answer:
    given = records.body_of(request)
    try:
        with request.transaction() as tx:
            id = kept.create(tx, kind, given)
    except kept.Refusal as refusal:
        raise ApiError(refusal.code, refusal.message, fields=refusal.fields) from None
    _set_in_motion(request, kind, kind.started, id, given)
    return json_answer({"id": id, "success": True, "errors": [], "warnings": [], "infos": []}, 201)


def _set_in_motion(
    request: Request, kind: kept.Kind, work: kept.Started | None, id: str, fields: Mapping[str, Any]
) -> None:
    if work is not None:
        org, user = request.org, request.user_id
        request.runtime.submit(f"{kind.name} {id}", lambda: work(org, user, id, fields), wait=STARTED_SECONDS)


def _change_kept(request: Request, kind: kept.Kind) -> Answer:
    try:
        with request.transaction() as tx:
            known = kept.change(tx, kind, request.params["id"], request.json_object())
    except kept.Refusal as refusal:
        raise ApiError(refusal.code, refusal.message, fields=refusal.fields) from None
    if not known:
        raise NotFound
    _set_in_motion(request, kind, kind.changed, ids.to18(request.params["id"]) or "", {})
    return Answer(204)


def _stored(request: Request) -> Stored:
    with request.reading() as tx:
        stored = Components(tx).by_id(request.params["id"])
    if stored is None:
        raise NotFound
    return stored


def _item(sobject: str, body: Mapping[str, Any], old: Stored | None) -> Item:
    """The component that a record describes."""
    if sobject in ("ApexClass", "ApexTrigger"):
        return _apex_item(sobject, body, old)
    type_name = _TYPE_OF.get(sobject, sobject)
    if type_name not in TYPES:
        raise Unsupported(f"Writing {sobject} over the Tooling API")
    name = old.name if old else str(body.get("FullName") or "")
    given = body.get("Metadata")
    if not name or not isinstance(given, dict):
        missing = "FullName" if not name else "Metadata"
        raise ApiError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{missing}]", fields=[missing])
    found = crud.items(type_name, name, _document(type_name, given))
    return found[0]


def _document(type_name: str, given: dict[str, Any]) -> Node:
    return from_json(given, type_name)


def _apex_item(sobject: str, body: Mapping[str, Any], old: Stored | None) -> Item:
    source = str(body.get("Body") or (old.body.decode() if old else ""))
    if old is not None:
        name, declared = old.name, old.node
    else:
        found = header(source) if sobject == "ApexTrigger" else None
        match = _CLASS.search(without_comments(source))
        name = str(body.get("Name") or (found.name if found else match.group(1) if match else ""))
        declared = make(
            sobject, "", make("apiVersion", str(body.get("ApiVersion") or "67.0")), make("status", "Active")
        )
    if not name or not source:
        missing = "Body" if not source else "Name"
        raise ApiError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{missing}]", fields=[missing])
    folder, suffix = TYPES[sobject].folder, TYPES[sobject].suffix
    return Item(sobject, name, f"{folder}/{name}.{suffix}", node=declared, content=source.encode())


def _save(request: Request, sobject: str, item: Item) -> None:
    need(request, "AuthorApex" if sobject in ("ApexClass", "ApexTrigger") else "ModifyMetadata")
    _run(request, sobject, Package(version=request.version, items=[item]))


def _run(request: Request, sobject: str, package: Package) -> None:
    """Deploy one component; the first problem is the error of the call."""
    errors, _ = crud.run(request.org, request.user_id, package)
    if errors:
        code, text = errors[0]
        raise ApiError("INVALID_TYPE" if sobject.startswith("Apex") else code, text, fields=())
