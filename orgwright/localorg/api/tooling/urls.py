"""Paths of the Tooling API."""

from __future__ import annotations

from orgwright.localorg.api.rest import composites, errors, navigation, resources
from orgwright.localorg.api.routing import Route
from orgwright.localorg.api.tooling import apex, objects, queries

_T = "/services/data/{version}/tooling"
_S = f"{_T}/sobjects"

ROUTES = (
    Route("GET", _T, objects.resources),
    Route("GET", f"{_T}/query", queries.query),
    Route("GET", f"{_T}/queryAll", queries.query),
    Route("GET", f"{_T}/query/{{locator}}", queries.more),
    Route("GET", _S, objects.global_describe),
    Route("GET", f"{_S}/{{sobject}}", objects.basic),
    Route("POST", f"{_S}/{{sobject}}", objects.create),
    Route("GET", f"{_S}/{{sobject}}/describe", objects.describe),
    Route("GET", f"{_S}/{{sobject}}/{{id}}", objects.read),
    Route("GET", f"{_S}/ApexLog/{{id}}/Body", resources.log_body),
    Route("PATCH", f"{_S}/{{sobject}}/{{id}}", objects.update),
    Route("DELETE", f"{_S}/{{sobject}}/{{id}}", objects.delete),
    Route("POST", f"{_T}/composite", composites.composite),
    Route("POST", f"{_T}/composite/batch", composites.batch),
    Route("GET", f"{_T}/completions", navigation.unsupported),
    Route("GET", f"{_T}/search", navigation.unsupported),
    Route("POST", f"{_T}/sandboxAuth", objects.sandbox_sign_in),
    Route("GET", f"{_T}/executeAnonymous", apex.execute_anonymous),
    Route("GET", f"{_T}/runTestsAsynchronous", apex.run_tests_asynchronous),
    Route("POST", f"{_T}/runTestsAsynchronous", apex.run_tests_asynchronous),
    Route("GET", f"{_T}/runTestsSynchronous", apex.run_tests_synchronous),
    Route("POST", f"{_T}/runTestsSynchronous", apex.run_tests_synchronous),
)
on_error = errors.answer
