"""``sobjects``, ``sobjects/X``, ``sobjects/X/describe``: answered from the schema, 304 when nothing changed."""

from __future__ import annotations

import datetime as dt
import zlib
from dataclasses import replace
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from orgwright.localorg.api.http import JSON_TYPE, Answer, NotFound, Request, json_answer, to_json
from orgwright.localorg.api.rest import describe, shapes
from orgwright.localorg.api.rest.dependent import valid_for
from orgwright.localorg.api.rest.querying import fetch
from orgwright.localorg.api.rest.saving import need_sobject
from orgwright.localorg.schema.model import Field, SObjectType

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


class _Changes:
    """When what a user sees of the schema was last seen to change."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, dt.datetime]] = {}

    def since(self, user_id: str, state: str, now: dt.datetime) -> dt.datetime:
        """The moment (whole seconds) from which on the user's schema is what it is."""
        known = self._seen.get(user_id)
        if known is None or known[0] != state:
            known = self._seen[user_id] = (state, now.replace(microsecond=0))
        return known[1]


def global_describe(request: Request) -> Answer:
    """``GET sobjects``."""
    fresh, headers = _fresh(request)
    if fresh:
        return Answer(304, headers=headers)
    base = shapes.base_of(request.params)
    with request.reading() as tx:
        shown = []
        for name in tx.schema.sobject_names():
            sobject = tx.schema.sobject(name)
            if sobject is not None and not sobject.tooling and tx.can("read", sobject.name):
                shown.append(describe.brief(as_seen(tx, sobject), base))
    return json_answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": shown}, headers=headers)


def basic(request: Request) -> Answer:
    """``GET sobjects/X``: the short describe and what was looked at last."""
    base = shapes.base_of(request.params)
    with request.reading() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        recent: list[Any] = []
        if sobject.queryable and sobject.mru_enabled and sobject.name_field is not None:
            name = sobject.name_field.name
            soql = f"SELECT Id, {name} FROM {sobject.name} ORDER BY LastModifiedDate DESC LIMIT 5"
            recent = fetch(tx, soql, version=request.params["version"])
        return json_answer({"objectDescribe": describe.brief(as_seen(tx, sobject), base), "recentItems": recent})


def describe_one(request: Request) -> Answer:
    """``GET sobjects/X/describe``."""
    with request.reading() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        if sobject.tooling or not tx.can("read", sobject.name):
            raise NotFound
        fresh, headers = _fresh(request)
        if fresh:
            return Answer(304, headers=headers)
        fields = [field_as_seen(tx, sobject, field) for field in tx.rights.readable_fields(sobject)]
        default, base = tx.default_record_type(sobject), shapes.base_of(request.params)
        shown = describe.full(as_seen(tx, sobject), fields, base, record_type=default, valid_for=valid_for(tx, sobject))
    return Answer(200, to_json(shown), JSON_TYPE, headers)


def as_seen(tx: Transaction, sobject: SObjectType) -> SObjectType:
    """The type as the running user may use it."""
    rights = tx.rights
    if rights.has("ModifyAllData"):
        return sobject
    return replace(
        sobject,
        createable=sobject.createable and rights.can("create", sobject),
        updateable=sobject.updateable and rights.can("edit", sobject),
        deletable=sobject.deletable and rights.can("delete", sobject),
        undeletable=sobject.undeletable and rights.can("delete", sobject),
    )


def field_as_seen(tx: Transaction, sobject: SObjectType, field: Field) -> Field:
    """The field as the running user may use it."""
    rights = tx.rights
    if not (field.createable or field.updateable):
        return field
    may = rights.edits_field(sobject, field.name)
    created, edited = (may and rights.can(right, sobject) for right in ("create", "edit"))
    if created and edited:
        return field
    return replace(field, createable=field.createable and created, updateable=field.updateable and edited)


def _fresh(request: Request) -> tuple[bool, tuple[tuple[str, str], ...]]:
    """Whether the client's copy is still right, and the headers that say since when."""
    changes = request.runtime.state("rest.describe", _Changes)
    session = request.need_session()
    rights = session.org.rights_of(session.user_id)
    state = f"{session.org.schema.fingerprint} {rights.version}"
    changed = changes.since(session.user_id, state, request.runtime.clock())
    headers = (
        ("ETag", f'"{zlib.crc32(state.encode()):08x}"'),
        ("Last-Modified", format_datetime(changed, usegmt=True)),
    )
    given = request.headers.get("if-modified-since")
    if given is None:
        return False, headers
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return False, headers
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return moment >= changed, headers
