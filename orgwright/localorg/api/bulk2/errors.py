"""Bulk API 2.0's errors: REST's array with codes in one word (``INVALIDJOBSTATE``)."""

from __future__ import annotations

from orgwright.localorg.api.http import ApiError
from orgwright.localorg.api.rest.errors import answer
from orgwright.localorg.trouble import trouble_of

__all__ = ["JobFailed", "answer", "bad_state", "bad_value", "unforeseen", "unknown_entity"]


class JobFailed(Exception):
    """Ends a job: it becomes ``Failed`` with this ``errorMessage``."""


def unforeseen(error: Exception) -> str:
    """The ``errorMessage`` of a job that ends by what nobody foresaw: a full disk by its name."""
    told = trouble_of(error) or "An unexpected error occurred; the server's log has the details"
    return f"InternalServerError : {told}"


def bad_state(message: str) -> ApiError:
    """The job is not in a state that allows it."""
    return ApiError("INVALIDJOBSTATE", message)


def bad_value(message: str) -> ApiError:
    """A property of the job is wrong."""
    return ApiError("INVALIDJOB", message)


def unknown_entity(name: str) -> ApiError:
    """There is no such object for the Bulk API."""
    return ApiError("INVALIDENTITY", f"InvalidEntity : Entity '{name}' is not supported by the Bulk API.")
