"""Bulk API 2.0's errors: REST's array with codes in one word (``INVALIDJOBSTATE``)."""

from __future__ import annotations

from orgwright.localorg.api.http import ApiError
from orgwright.localorg.api.rest.errors import answer

__all__ = ["JobFailed", "answer", "bad_state", "bad_value", "unknown_entity"]


class JobFailed(Exception):
    """Ends a job: it becomes ``Failed`` with this ``errorMessage``."""


def bad_state(message: str) -> ApiError:
    """The job is not in a state that allows it."""
    return ApiError("INVALIDJOBSTATE", message)


def bad_value(message: str) -> ApiError:
    """A property of the job is wrong."""
    return ApiError("INVALIDJOB", message)


def unknown_entity(name: str) -> ApiError:
    """There is no such object for the Bulk API."""
    return ApiError("INVALIDENTITY", f"InvalidEntity : Entity '{name}' is not supported by the Bulk API.")
