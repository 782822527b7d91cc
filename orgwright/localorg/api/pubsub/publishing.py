"""``Publish`` and ``PublishStream`` (Pub/Sub API)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from orgwright.apex.host import Record
from orgwright.localorg.api.pubsub import avro
from orgwright.localorg.api.pubsub.errors import Failure
from orgwright.localorg.api.pubsub.handlers import Caller, topic_types
from orgwright.localorg.api.pubsub.messages import ERROR_CODES, make

MAX_EVENTS = 200


def publish(who: Caller, message: Any) -> Any:
    """``Publish``: one result for each event."""
    if not message.topic_name.strip():
        raise Failure("publish.topic.validation.empty", "The topic name is blank.")
    return _publish(who, message.topic_name, message.events)


def publish_stream(who: Caller, messages: Iterator[Any]) -> Iterator[Any]:
    """``PublishStream``: a response for each request; the topic stays that of the first."""
    topic = ""
    for message in messages:
        if not topic and not message.topic_name.strip():
            raise Failure("publish.topic.validation.empty", "The topic name is blank.")
        if topic and message.topic_name not in ("", topic):
            raise Failure("publish.topic.mismatch", "The topic name differs from that of the first request.")
        topic = topic or message.topic_name
        yield _publish(who, topic, message.events)


def _publish(who: Caller, topic: str, events: Sequence[Any]) -> Any:
    if not events:
        raise Failure("publish.event.count.invalid", "The request has no events.")
    if len(events) > MAX_EVENTS:
        raise Failure("publish.event.count.invalid", f"The request has more than {MAX_EVENTS} events.")
    with who.org.read(who.session.user_id) as tx:
        types = topic_types(tx, topic)
        if len(types) != 1 or types[0].kind != "event" or not tx.can("create", types[0].name):
            raise Failure("topic.meta.permission", f"Events cannot be published to {topic[:200]}.", "PERMISSION_DENIED")
        schema = who.schemas.of(types[0])
        schemas = {one.schema_id: who.schemas.get(tx, one.schema_id) for one in events}
    with who.org.transaction(who.session.user_id) as tx:
        results = [_one(tx, types[0].name, schemas[one.schema_id], one) for one in events]
    shown = []
    for (published, words), event in zip(results, events, strict=True):
        if published is not None:
            number = int(published.fields["ReplayId"])  # the commit has numbered it
            shown.append(make("PublishResult", replay_id=number.to_bytes(8, "big"), correlation_key=event.id))
        else:
            error = make("Error", code=ERROR_CODES["PUBLISH"], msg=words)
            shown.append(make("PublishResult", error=error, correlation_key=event.id))
    return make("PublishResponse", results=shown, schema_id=schema.id, rpc_id=str(uuid.uuid4()))


def _one(tx: Any, name: str, schema: avro.Schema | None, event: Any) -> tuple[Record | None, str]:
    """Publish one event: the record that is on its way to the bus, or the error's words."""
    if schema is None or schema.sobject != name:
        return None, f"There is no schema {event.schema_id[:80]} of {name}"
    try:
        fields = avro.decode(schema, event.payload)
    except ValueError as error:
        return None, f"The payload does not follow the schema: {str(error)[:200]}"
    (outcome,) = tx.publish([Record(name, fields)], raw="json", api=True)
    if outcome.success:
        return tx.waiting.immediate[-1].record, ""
    return None, "; ".join(f"{e.code}: {e.message}" for e in outcome.errors)
