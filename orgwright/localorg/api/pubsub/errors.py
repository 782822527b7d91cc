"""How the Pub/Sub API tells errors: a gRPC status, and Salesforce's own code in the trailing metadata ``error-code``."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

import grpc

PREFIX = "sfdc.platform.eventbus.grpc."


class Failure(Exception):
    """A call that ends with an error. ``code`` is without its prefix."""

    def __init__(self, code: str, message: str, status: str = "INVALID_ARGUMENT") -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def abort(context: Any, failure: Failure) -> NoReturn:
    """End the call with the error."""
    context.set_trailing_metadata((("error-code", PREFIX + failure.code),))
    context.abort(getattr(grpc.StatusCode, failure.status), f"{failure.message} rpcId: {uuid.uuid4()}")
    raise AssertionError("abort does not return")
