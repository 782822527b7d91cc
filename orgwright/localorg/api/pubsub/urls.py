"""The methods of ``eventbus.v1.PubSub``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import grpc

from orgwright.localorg.api.pubsub import handlers, publishing, subscribing
from orgwright.localorg.api.pubsub.errors import Failure, abort
from orgwright.localorg.api.pubsub.messages import CLASSES, SERVICE

if TYPE_CHECKING:
    from orgwright.localorg.runtime import Runtime

# method: request, response, handler
UNARY = {
    "GetTopic": ("TopicRequest", "TopicInfo", handlers.get_topic),
    "GetSchema": ("SchemaRequest", "SchemaInfo", handlers.get_schema),
    "Publish": ("PublishRequest", "PublishResponse", publishing.publish),
}
STREAMS = {
    "PublishStream": ("PublishRequest", "PublishResponse", publishing.publish_stream),
    "Subscribe": ("FetchRequest", "FetchResponse", subscribing.subscribe),
    "ManagedSubscribe": ("ManagedFetchRequest", "ManagedFetchResponse", subscribing.managed_subscribe),
}


def service(runtime: Runtime) -> Any:
    """The gRPC handler of the service."""
    methods = {}
    for name, (asked, given, handler) in UNARY.items():
        methods[name] = grpc.unary_unary_rpc_method_handler(
            _unary(runtime, handler), CLASSES[asked].FromString, CLASSES[given].SerializeToString
        )
    for name, (asked, given, stream) in STREAMS.items():
        methods[name] = grpc.stream_stream_rpc_method_handler(
            _stream(runtime, stream), CLASSES[asked].FromString, CLASSES[given].SerializeToString
        )
    return grpc.method_handlers_generic_handler(SERVICE, methods)


def _unary(runtime: Runtime, handler: Callable[[handlers.Caller, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(message: Any, context: Any) -> Any:
        try:
            return handler(handlers.caller(runtime, context), message)
        except Failure as failure:
            abort(context, failure)

    return run


def _stream(
    runtime: Runtime, handler: Callable[[handlers.Caller, Iterator[Any]], Iterator[Any]]
) -> Callable[[Iterator[Any], Any], Iterator[Any]]:
    def run(messages: Iterator[Any], context: Any) -> Iterator[Any]:
        try:
            yield from handler(handlers.caller(runtime, context), messages)
        except Failure as failure:
            abort(context, failure)

    return run
