"""Paths of the REST data API."""

from __future__ import annotations

from orgwright.localorg.api.rest import (
    actions,
    collections,
    composites,
    describing,
    errors,
    querying,
    records,
    resources,
    searching,
)
from orgwright.localorg.api.routing import Route

_V = "/services/data/{version}"
_S = f"{_V}/sobjects"
_C = f"{_V}/composite"

ROUTES = (
    Route("GET", "/services/data", resources.versions, session=False),
    Route("GET", _V, resources.resources),
    Route("GET", f"{_V}/limits", resources.limits),
    Route("GET", f"{_V}/limits/recordCount", resources.record_count),
    Route("GET", f"{_V}/query", querying.query),
    Route("GET", f"{_V}/query/{{locator}}", querying.more),
    Route("GET", f"{_V}/queryAll", querying.query_all),
    Route("GET", f"{_V}/queryAll/{{locator}}", querying.more),
    Route("GET", f"{_V}/search", searching.search),
    Route("GET", f"{_V}/parameterizedSearch", searching.parameterized),
    Route("POST", f"{_V}/parameterizedSearch", searching.parameterized),
    Route("GET", _S, describing.global_describe),
    Route("GET", f"{_S}/{{sobject}}", describing.basic),
    Route("POST", f"{_S}/{{sobject}}", records.create),
    Route("GET", f"{_S}/{{sobject}}/describe", describing.describe_one),
    Route("GET", f"{_S}/ApexLog/{{id}}/Body", resources.log_body),
    Route("GET", f"{_S}/{{sobject}}/updated", records.changed),
    Route("GET", f"{_S}/{{sobject}}/deleted", records.removed),
    Route("GET", f"{_S}/{{sobject}}/{{id}}", records.read),
    Route("PATCH", f"{_S}/{{sobject}}/{{id}}", records.update),
    Route("DELETE", f"{_S}/{{sobject}}/{{id}}", records.delete),
    Route("POST", f"{_S}/{{sobject}}/{{id}}", records.upsert),
    Route("GET", f"{_S}/{{sobject}}/{{id}}/{{value*}}", records.read_by_key),
    Route("PATCH", f"{_S}/{{sobject}}/{{id}}/{{value*}}", records.upsert),
    Route("DELETE", f"{_S}/{{sobject}}/{{id}}/{{value*}}", records.delete_by_key),
    Route("GET", f"{_V}/connect/communities", resources.communities),
    Route("GET", f"{_V}/actions", actions.index),
    Route("GET", f"{_V}/actions/standard", actions.standard),
    Route("GET", f"{_V}/actions/standard/{{name}}", actions.one_standard),
    Route("POST", f"{_V}/actions/standard/{{name}}", actions.one_standard),
    Route("GET", f"{_V}/actions/custom", actions.custom),
    Route("GET", f"{_V}/actions/custom/{{kind}}", actions.listed),
    Route("GET", f"{_V}/actions/custom/apex/{{name}}", actions.described),
    Route("POST", f"{_V}/actions/custom/apex/{{name}}", actions.invoke),
    Route("GET", f"{_V}/actions/custom/{{kind}}/{{name}}", actions.unsupported),
    Route("POST", f"{_V}/actions/custom/{{kind}}/{{name}}", actions.unsupported),
    Route("POST", _C, composites.composite),
    Route("POST", f"{_C}/batch", composites.batch),
    Route("POST", f"{_C}/graph", composites.graph),
    Route("POST", f"{_C}/sobjects", collections.create),
    Route("PATCH", f"{_C}/sobjects", collections.update),
    Route("DELETE", f"{_C}/sobjects", collections.delete),
    Route("PATCH", f"{_C}/sobjects/{{sobject}}/{{field}}", collections.upsert),
    Route("GET", f"{_C}/sobjects/{{sobject}}", collections.read),
    Route("POST", f"{_C}/sobjects/{{sobject}}", collections.read),
    Route("POST", f"{_C}/tree/{{sobject}}", collections.tree),
)
on_error = errors.answer
