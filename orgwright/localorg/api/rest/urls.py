"""Paths of the REST data API."""

from __future__ import annotations

from orgwright.localorg.api.rest import (
    actions,
    broadcasting,
    collections,
    composites,
    credentials,
    describing,
    errors,
    navigation,
    querying,
    records,
    resources,
    searching,
)
from orgwright.localorg.api.routing import Route

_V = "/services/data/{version}"
_S = f"{_V}/sobjects"
_C = f"{_V}/composite"
_N = f"{_V}/named-credentials"

_UNSUPPORTED = (
    "analytics", "chatter", "commerce", "connect", "consent", "dedupe", "einstein", "eventSchema", "financialservices",
    "knowledgeManagement", "licensing", "localizedvalue", "scheduling", "support", "ui-api", "wave",
)  # fmt: skip
"""Parts of the API that the embedded org has not: they say so instead of being unknown."""

ROUTES = (
    *(
        Route(method, path, navigation.unsupported)
        for name in _UNSUPPORTED
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        for path in (f"{_V}/{name}", f"{_V}/{name}/{{rest*}}")
    ),
    Route("GET", f"{_V}/recent", navigation.recent),
    Route("GET", f"{_V}/tabs", navigation.tabs),
    Route("GET", f"{_V}/theme", navigation.theme),
    Route("GET", f"{_V}/appMenu/{{menu}}", navigation.app_menu),
    Route("GET", f"{_V}/quickActions", navigation.quick_actions),
    Route("GET", f"{_V}/compactLayouts", navigation.primary_compact_layouts),
    Route("GET", f"{_V}/search/scopeOrder", navigation.scope_order),
    Route("GET", f"{_V}/search/layout", navigation.search_layout),
    Route("GET", f"{_V}/search/suggestions", navigation.suggestions),
    Route("GET", f"{_V}/process/rules", navigation.rules),
    Route("POST", f"{_V}/process/rules", navigation.run_rules),
    Route("GET", f"{_V}/process/approvals", navigation.approvals),
    Route("POST", f"{_V}/process/approvals", navigation.submit_approvals),
    Route("GET", f"{_S}/StreamingChannel/{{id}}/push", broadcasting.online),
    Route("POST", f"{_S}/StreamingChannel/{{id}}/push", broadcasting.push),
    Route("GET", f"{_S}/{{sobject}}/quickActions", navigation.object_actions),
    Route("GET", f"{_V}/quickActions/{{name}}", navigation.one_action),
    Route("GET", f"{_V}/quickActions/{{name}}/{{rest*}}", navigation.one_action),
    Route("GET", f"{_S}/{{sobject}}/quickActions/{{name}}", navigation.one_action),
    Route("GET", f"{_S}/{{sobject}}/quickActions/{{name}}/{{rest*}}", navigation.one_action),
    Route("GET", f"{_S}/{{sobject}}/listviews", navigation.list_views),
    Route("GET", f"{_S}/{{sobject}}/listviews/{{id}}", navigation.list_view),
    Route("GET", f"{_S}/{{sobject}}/listviews/{{id}}/{{rest*}}", navigation.list_view),
    Route("GET", f"{_S}/{{sobject}}/describe/compactLayouts", navigation.compact_layouts),
    Route("GET", f"{_S}/{{sobject}}/describe/layouts", navigation.describe_layouts),
    Route("GET", f"{_S}/{{sobject}}/describe/layouts/{{recordType}}", navigation.describe_layouts),
    Route("GET", f"{_S}/{{sobject}}/describe/approvalLayouts", navigation.approval_layouts),
    Route("GET", f"{_S}/User/{{id}}/password", records.password_state),
    Route("POST", f"{_S}/User/{{id}}/password", records.set_password),
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
    Route("GET", f"{_S}/{{sobject}}/{{id}}", records.read, quick=True),
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
    Route("GET", f"{_N}/credential", credentials.read_credential),
    Route("POST", f"{_N}/credential", credentials.create_credential),
    Route("PUT", f"{_N}/credential", credentials.update_credential),
    Route("PATCH", f"{_N}/credential", credentials.patch_credential),
    Route("DELETE", f"{_N}/credential", credentials.delete_credential),
    Route("GET", f"{_N}/external-credentials", credentials.list_external),
    Route("POST", f"{_N}/external-credentials", credentials.create_external),
    Route("GET", f"{_N}/external-credentials/{{name}}", credentials.read_external),
    Route("DELETE", f"{_N}/external-credentials/{{name}}", credentials.delete_external),
    Route("GET", f"{_N}/named-credential-setup", credentials.list_named),
    Route("POST", f"{_N}/named-credential-setup", credentials.create_named),
    Route("GET", f"{_N}/named-credential-setup/{{name}}", credentials.read_named),
    Route("DELETE", f"{_N}/named-credential-setup/{{name}}", credentials.delete_named),
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
