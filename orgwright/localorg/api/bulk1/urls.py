"""Paths of Bulk API 1.0. The session comes in ``X-SFDC-Session`` (or the Authorization header)."""

from __future__ import annotations

from orgwright.localorg.api.bulk1 import errors, handlers
from orgwright.localorg.api.routing import Route

_J = "/services/async/{api}/job"
_B = f"{_J}/{{id}}/batch"

ROUTES = (
    Route("POST", _J, handlers.create_job, session=False, max_body=1_000_000),
    Route("POST", f"{_J}/{{id}}", handlers.change_job, session=False, max_body=1_000_000),
    Route("GET", f"{_J}/{{id}}", handlers.show_job, session=False),
    Route("POST", _B, handlers.add_batch, session=False, max_body=10_485_760),
    Route("GET", _B, handlers.list_batches, session=False),
    Route("GET", f"{_B}/{{batch}}", handlers.show_batch, session=False),
    Route("GET", f"{_B}/{{batch}}/request", handlers.batch_request, session=False),
    Route("GET", f"{_B}/{{batch}}/result", handlers.batch_result, session=False),
    Route("GET", f"{_B}/{{batch}}/result/{{result}}", handlers.query_result, session=False),
)
on_error = errors.answer
