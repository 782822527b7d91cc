"""The messages of ``eventbus.v1`` (Pub/Sub API), described field by field, so that no generated code is needed."""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SERVICE = "eventbus.v1.PubSub"
_PACKAGE = "eventbus.v1"
_KINDS = {"string": 9, "bytes": 12, "bool": 8, "int32": 5, "int64": 3}
_ENUMS = {
    "ErrorCode": ("UNKNOWN", "PUBLISH", "COMMIT"),
    "ReplayPreset": ("LATEST", "EARLIEST", "CUSTOM"),
}
# name: fields in the order of their numbers, which count from 1; a star repeats
_MESSAGES = {
    "TopicInfo": "topic_name:string tenant_guid:string can_publish:bool can_subscribe:bool schema_id:string rpc_id:string",
    "TopicRequest": "topic_name:string",
    "EventHeader": "key:string value:bytes",
    "ProducerEvent": "id:string schema_id:string payload:bytes headers:*EventHeader",
    "ConsumerEvent": "event:ProducerEvent replay_id:bytes",
    "Error": "code:ErrorCode msg:string",
    "PublishResult": "replay_id:bytes error:Error correlation_key:string",
    "FetchRequest": "topic_name:string replay_preset:ReplayPreset replay_id:bytes num_requested:int32 auth_refresh:string",
    "FetchResponse": "events:*ConsumerEvent latest_replay_id:bytes rpc_id:string pending_num_requested:int32",
    "SchemaRequest": "schema_id:string",
    "SchemaInfo": "schema_json:string schema_id:string rpc_id:string",
    "PublishRequest": "topic_name:string events:*ProducerEvent auth_refresh:string",
    "PublishResponse": "results:*PublishResult schema_id:string rpc_id:string",
    "CommitReplayRequest": "commit_request_id:string replay_id:bytes",
    "CommitReplayResponse": "commit_request_id:string replay_id:bytes error:Error process_time:int64",
    "ManagedFetchRequest": "subscription_id:string developer_name:string num_requested:int32 auth_refresh:string "
    "commit_replay_id_request:CommitReplayRequest",
    "ManagedFetchResponse": "events:*ConsumerEvent latest_replay_id:bytes rpc_id:string pending_num_requested:int32 "
    "commit_response:CommitReplayResponse",
}


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="orgwright/eventbus.proto", package=_PACKAGE, syntax="proto3")
    for name, values in _ENUMS.items():
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, field in enumerate(fields.split(), 1):
            label, _, kind = field.partition(":")
            many, kind = kind.startswith("*"), kind.lstrip("*")
            one = message.field.add(name=label, number=number, label=3 if many else 1)
            if kind in _KINDS:
                one.type = _KINDS[kind]
            else:
                one.type = 14 if kind in _ENUMS else 11
                one.type_name = f".{_PACKAGE}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES
    }


CLASSES: dict[str, Any] = _classes()
"""The message classes by name."""
ERROR_CODES = {name: number for number, name in enumerate(_ENUMS["ErrorCode"])}
LATEST, EARLIEST, CUSTOM = range(3)


def make(name: str, **fields: Any) -> Any:
    """A message of that name."""
    return CLASSES[name](**fields)
