"""Who calls, topics and schemas (Pub/Sub API)."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orgwright.localorg.api.pubsub import avro
from orgwright.localorg.api.pubsub.errors import Failure
from orgwright.localorg.api.pubsub.messages import make
from orgwright.localorg.events.topics import Refused, captured_from, types_of

if TYPE_CHECKING:
    from orgwright.localorg.org import Org
    from orgwright.localorg.runtime import Runtime
    from orgwright.localorg.schema.model import SObjectType
    from orgwright.localorg.sessions import Session
    from orgwright.localorg.transaction import Transaction

HEADERS = ("accesstoken", "instanceurl", "tenantid")


@dataclass(frozen=True)
class Caller:
    """A call that is signed in."""

    runtime: Runtime
    session: Session
    token: str
    context: Any

    @property
    def org(self) -> Org:
        """The org that is asked."""
        return self.session.org

    @property
    def schemas(self) -> Schemas:
        """The schemas that the org has handed out."""
        return self.runtime.state(f"pubsub.schemas.{self.session.entry.org_id}", Schemas)


class Schemas:
    """Schemas by id, those of earlier definitions too, as long as the server runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, avro.Schema] = {}
        self._made: dict[str, tuple[SObjectType, avro.Schema]] = {}

    def of(self, event: SObjectType) -> avro.Schema:
        """The schema of an event type as it is now."""
        with self._lock:
            kept = self._made.get(event.name)
            if kept is None or kept[0] is not event:
                kept = self._made[event.name] = (event, avro.schema_of(event))
                self._known[kept[1].id] = kept[1]
        return kept[1]

    def get(self, tx: Transaction, id: str) -> avro.Schema | None:
        """The schema of that id: one that was handed out, or that a type has now."""
        if id not in self._known:
            for name in tx.schema.sobject_names():
                found = tx.schema.sobject(name)
                if found is not None and found.kind in ("event", "change"):
                    self.of(found)
        return self._known.get(id)


def caller(runtime: Runtime, context: Any) -> Caller:
    """Who calls, by the metadata; raises :class:`Failure` for who is not signed in."""
    given = {key.lower(): value for key, value in context.invocation_metadata()}
    missing = next((name for name in HEADERS if not str(given.get(name, "")).strip()), None)
    if missing is not None:
        raise Failure(
            "service.auth.headers.invalid",
            f"The authentication header {missing} is missing or blank.",
            "UNAUTHENTICATED",
        )
    token, tenant = str(given["accesstoken"]), str(given["tenantid"])
    session = runtime.sessions.resolve(token)
    if session is None or tenant[:15] != session.entry.org_id[:15]:
        raise refused_session()
    return Caller(runtime, session, token, context)


def refused_session() -> Failure:
    """A token that is wrong, has expired or was revoked, or one of another org."""
    return Failure(
        "service.auth.error",
        "An authentication exception occurred: the session is not valid. Ensure that your credentials are correct.",
        "UNAUTHENTICATED",
    )


def topic_types(tx: Transaction, name: str) -> list[SObjectType]:
    """The event types of a topic that the user may read; raises :class:`Failure`."""
    if not name.strip():
        raise Failure("topic.validation.empty", "The topic name is blank.")
    try:
        found = [tx.schema.sobject(one) for one in types_of(tx, name)]
    except Refused as refused:
        status = "UNIMPLEMENTED" if str(refused).startswith("501") else "NOT_FOUND"
        raise Failure("topic.not.found", f"{name[:200]}: {str(refused)[5:]}", status) from None
    types = [one for one in found if one is not None]
    if any(not tx.can("read", captured_from(tx, one)) for one in types):
        raise Failure("topic.meta.permission", f"You have no access to the topic {name[:200]}.", "PERMISSION_DENIED")
    return types


def get_topic(who: Caller, message: Any) -> Any:
    """``GetTopic``: what may be done with a topic, and its schema when it has only one."""
    with who.org.read(who.session.user_id) as tx:
        types = topic_types(tx, message.topic_name)
        single = (
            types[0] if len(types) == 1 and not message.topic_name.lower().endswith(("__chn", "changeevents")) else None
        )
        can_publish = single is not None and single.kind == "event" and tx.can("create", single.name)
    return make(
        "TopicInfo",
        topic_name=message.topic_name,
        tenant_guid=f"core/prod/{who.session.entry.org_id}",
        can_publish=can_publish,
        can_subscribe=True,
        schema_id=who.schemas.of(single).id if single is not None else "",
        rpc_id=str(uuid.uuid4()),
    )


def get_schema(who: Caller, message: Any) -> Any:
    """``GetSchema``: the Avro schema of an id."""
    if not message.schema_id.strip():
        raise Failure("schema.validation.failed", "The schema ID is blank.")
    with who.org.read(who.session.user_id) as tx:
        found = who.schemas.get(tx, message.schema_id)
    if found is None:
        raise Failure("schema.meta.permission", f"There is no schema {message.schema_id[:80]}.", "NOT_FOUND")
    return make("SchemaInfo", schema_json=found.text, schema_id=found.id, rpc_id=str(uuid.uuid4()))
