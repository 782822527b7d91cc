"""Paths of Bulk API 2.0."""

from __future__ import annotations

from orgwright.localorg.api.bulk2 import errors, handlers
from orgwright.localorg.api.routing import Route

MAX_UPLOAD = 157_286_400
_I = "/services/data/{version}/jobs/ingest"
_Q = "/services/data/{version}/jobs/query"

ROUTES = (
    Route("POST", _I, handlers.create_ingest),
    Route("GET", _I, handlers.list_jobs),
    Route("GET", f"{_I}/{{id}}", handlers.show),
    Route("PATCH", f"{_I}/{{id}}", handlers.change_ingest),
    Route("DELETE", f"{_I}/{{id}}", handlers.delete),
    Route("PUT", f"{_I}/{{id}}/batches", handlers.upload, disk=True, max_body=MAX_UPLOAD),
    Route("GET", f"{_I}/{{id}}/successfulResults", handlers.results),
    Route("GET", f"{_I}/{{id}}/failedResults", handlers.results),
    Route("GET", f"{_I}/{{id}}/unprocessedrecords", handlers.results),
    Route("POST", _Q, handlers.create_query),
    Route("GET", _Q, handlers.list_jobs),
    Route("GET", f"{_Q}/{{id}}", handlers.show),
    Route("PATCH", f"{_Q}/{{id}}", handlers.change_query),
    Route("DELETE", f"{_Q}/{{id}}", handlers.delete),
    Route("GET", f"{_Q}/{{id}}/results", handlers.query_results),
    Route("GET", f"{_Q}/{{id}}/resultPages", handlers.result_pages),
)
on_error = errors.answer
