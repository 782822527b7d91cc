"""Connect REST API for named credentials: credentials of principals, external credentials, named credentials.

Values that are encrypted go in and never come out.
"""

from __future__ import annotations

import re
from typing import Any

from orgwright.localorg.apexhost import credentials
from orgwright.localorg.apexhost.credentials import Principal, Secret
from orgwright.localorg.api.http import Answer, ApiError, NotFound, Request, json_answer, unexpected_json
from orgwright.localorg.metadata import crud
from orgwright.localorg.metadata.components import Components, Stored
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.org import Transaction

_KINDS = ("AwsStsPrincipal", "NamedPrincipal", "PerUserPrincipal")
MAX_VALUES = 20
_NAME = re.compile(r"(?!.*__)[A-Za-z][A-Za-z0-9_]{0,79}(?<!_)")


def read_credential(request: Request) -> Answer:
    """``GET named-credentials/credential?externalCredential=&principalName=&principalType=``."""
    with request.reading() as tx:
        _may_manage(tx)
        stored, principal = _principal(tx, dict(request.query))
        return json_answer(_credential(stored, principal, credentials.read(tx, stored.name, principal)))


def create_credential(request: Request) -> Answer:
    """``POST named-credentials/credential``: 201; refused when the principal has one."""
    return _write(request, 201)


def update_credential(request: Request) -> Answer:
    """``PUT named-credentials/credential``: replaces all values of the principal."""
    return _write(request, 200)


def patch_credential(request: Request) -> Answer:
    """``PATCH named-credentials/credential``: replaces the values that are given."""
    return _write(request, 200, keep=True)


def delete_credential(request: Request) -> Answer:
    """``DELETE named-credentials/credential``: 204."""
    with request.transaction() as tx:
        _may_manage(tx)
        stored, principal = _principal(tx, dict(request.query))
        if not credentials.read(tx, stored.name, principal):
            raise NotFound("The credential does not exist.")
        credentials.remove(tx, stored.name, principal)
    return Answer(204)


def _write(request: Request, status: int, *, keep: bool = False) -> Answer:
    body = request.json_object()
    with request.transaction() as tx:
        _may_manage(tx)
        stored, principal = _principal(tx, body)
        protocol = stored.node.value("authenticationProtocol")
        given = body.get("authenticationProtocol")
        if not keep and str(given or "").lower() != protocol.lower():
            raise _invalid(f"The authentication protocol of {stored.name} is {protocol}.")
        known = credentials.read(tx, stored.name, principal)
        if status == 201 and known:
            raise ApiError("DUPLICATE_VALUE", "The credential exists already. Use PUT or PATCH to change it.")
        if status != 201 and not known:
            raise NotFound("The credential does not exist. Use POST to create it.")
        values = {**(known if keep else {}), **_values(body.get("credentials"), known)}
        credentials.write(tx, stored.name, principal, values)
        shown = _credential(stored, principal, values)
    return json_answer(shown, status)


def _values(given: Any, known: dict[str, Secret]) -> dict[str, Secret]:
    if not isinstance(given, dict) or not given or len(given) > MAX_VALUES:
        raise _invalid(f"credentials must be an object of 1 to {MAX_VALUES} values.")
    found: dict[str, Secret] = {}
    for name, one in given.items():
        if not isinstance(one, dict):
            raise unexpected_json({}, "Credential Value Input")
        value = one.get("value")
        if not isinstance(value, str) or not value:
            raise _invalid(f"The credential {name[:80]} needs a value.")
        before = known.get(name)
        found[name] = Secret(value, one.get("encrypted", True) is not False, before.revision + 1 if before else 1)
    return found


def _credential(stored: Stored, principal: Principal, values: dict[str, Secret]) -> dict[str, Any]:
    shown = {
        name: {"encrypted": one.encrypted, "revision": one.revision, "value": None if one.encrypted else one.value}
        for name, one in sorted(values.items())
    }
    return {
        "authenticationProtocol": stored.node.value("authenticationProtocol"),
        "authenticationProtocolVariant": None,
        "authenticationStatus": _status(values),
        "credentials": shown,
        "externalCredential": stored.name,
        "principalName": principal.name,
        "principalType": principal.kind,
    }


def _status(values: dict[str, Secret]) -> str:
    return "Configured" if values else "NotConfigured"


def _principal(tx: Transaction, given: dict[str, Any]) -> tuple[Stored, Principal]:
    name, kind = given.get("externalCredential"), given.get("principalType")
    if not isinstance(name, str) or not name:
        raise ApiError("MISSING_ARGUMENT", "externalCredential is required")
    if kind not in _KINDS:
        raise _invalid(f"principalType must be one of {', '.join(_KINDS)}.")
    stored = credentials.external(tx, name)
    if stored is None:
        raise NotFound(f"The external credential {name[:80]} does not exist.")
    wanted = str(given.get("principalName") or "").lower()
    found = [p for p in credentials.principals(stored) if p.kind == kind and (not wanted or p.name.lower() == wanted)]
    if not found:
        raise NotFound(f"The external credential {stored.name} has no such principal.")
    return stored, found[0]


def _may_manage(tx: Transaction) -> None:
    rights = tx.rights
    if not any(rights.has(name) for name in ("ManageNamedCredentials", "CustomizeApplication", "ModifyAllData")):
        raise ApiError("INSUFFICIENT_ACCESS", "You need the permission Manage Named Credentials.", 403)


def _invalid(message: str) -> ApiError:
    return ApiError("INVALID_INPUT", message)


# ---------------------------------------------------------------------- external and named credentials


def list_external(request: Request) -> Answer:
    """``GET named-credentials/external-credentials``."""
    with request.reading() as tx:
        _may_manage(tx)
        found = [_external(tx, stored) for stored in Components(tx).all("ExternalCredential")]
    return json_answer({"externalCredentials": found})


def read_external(request: Request) -> Answer:
    """``GET named-credentials/external-credentials/NAME``."""
    with request.reading() as tx:
        _may_manage(tx)
        return json_answer(_external(tx, _stored(tx, "ExternalCredential", request.params["name"])))


def _external(tx: Transaction, stored: Stored) -> dict[str, Any]:
    node = stored.node
    used = [
        _reference(other)
        for other in Components(tx).all("NamedCredential")
        if any(
            p.value("externalCredential").lower() == stored.name.lower()
            for p in other.node.all("namedCredentialParameters")
        )
    ]
    principals = [
        {
            "authenticationStatus": _status(credentials.read(tx, stored.name, one)),
            "principalName": one.name,
            "principalType": one.kind,
            "sequenceNumber": number,
        }
        for number, one in enumerate(credentials.principals(stored), 1)
    ]
    return {
        "authenticationProtocol": node.value("authenticationProtocol"),
        "customHeaders": [
            {"headerName": p.value("parameterName"), "headerValue": p.value("parameterValue"), "sequenceNumber": p.number("sequenceNumber")}
            for p in node.all("externalCredentialParameters")
            if p.value("parameterType") == "AuthHeader"
        ],
        "description": node.value("description") or None,
        "developerName": stored.name,
        "id": stored.id,
        "masterLabel": node.value("label"),
        "parameters": [],
        "principals": principals,
        "relatedNamedCredentials": used,
        "url": None,
    }  # fmt: skip


def create_external(request: Request) -> Answer:
    """``POST named-credentials/external-credentials``: the component is made, as by a deploy."""
    body = request.json_object()
    rows = []
    for one in _objects(body.get("principals")):
        kind, name = str(one.get("principalType", "")), str(one.get("principalName", ""))
        rows.append(_row("externalCredentialParameters", parameterGroup=name, parameterName=name, parameterType=kind,
                         sequenceNumber=str(one.get("sequenceNumber", 1))))  # fmt: skip
    for one in _objects(body.get("customHeaders")):
        rows.append(_row("externalCredentialParameters", parameterGroup="DefaultGroup", parameterType="AuthHeader",
                         parameterName=str(one.get("headerName", "")), parameterValue=str(one.get("headerValue", "")),
                         sequenceNumber=str(one.get("sequenceNumber", 1))))  # fmt: skip
    protocol = str(body.get("authenticationProtocol", ""))
    name = _save(request, "ExternalCredential", body, [Node("authenticationProtocol", text=protocol), *rows])
    with request.reading() as tx:
        return json_answer(_external(tx, _stored(tx, "ExternalCredential", name)), 201)


def list_named(request: Request) -> Answer:
    """``GET named-credentials/named-credential-setup``."""
    with request.reading() as tx:
        _may_manage(tx)
        found = [_named(tx, stored) for stored in Components(tx).all("NamedCredential")]
    return json_answer({"namedCredentials": found})


def read_named(request: Request) -> Answer:
    """``GET named-credentials/named-credential-setup/NAME``."""
    with request.reading() as tx:
        _may_manage(tx)
        return json_answer(_named(tx, _stored(tx, "NamedCredential", request.params["name"])))


def _named(tx: Transaction, stored: Stored) -> dict[str, Any]:
    node = stored.node
    parameters = node.all("namedCredentialParameters")
    named = [p.value("externalCredential") for p in parameters if p.value("parameterType") == "Authentication"]
    externals = [found for name in named if (found := Components(tx).get("ExternalCredential", name)) is not None]
    url = next(
        (p.value("parameterValue") for p in parameters if p.value("parameterType") == "Url"), node.value("endpoint")
    )
    return {
        "calloutOptions": {
            "allowMergeFieldsInBody": node.flag("allowMergeFieldsInBody"),
            "allowMergeFieldsInHeader": node.flag("allowMergeFieldsInHeader"),
            "generateAuthorizationHeader": node.value("generateAuthorizationHeader", "true") != "false",
        },
        "calloutStatus": node.value("calloutStatus", "Enabled"),
        "calloutUrl": url,
        "customHeaders": [
            {"headerName": p.value("parameterName"), "headerValue": p.value("parameterValue"), "sequenceNumber": p.number("sequenceNumber")}
            for p in parameters
            if p.value("parameterType") == "HttpHeader"
        ],
        "developerName": stored.name,
        "externalCredentials": [_reference(one) for one in externals],
        "id": stored.id,
        "masterLabel": node.value("label"),
        "networkConnection": None,
        "parameters": [],
        "type": node.value("namedCredentialType", "Legacy"),
    }  # fmt: skip


def create_named(request: Request) -> Answer:
    """``POST named-credentials/named-credential-setup``: the component is made, as by a deploy."""
    body = request.json_object()
    options = body.get("calloutOptions")
    flags = {name: options.get(name) for name in ("allowMergeFieldsInBody", "allowMergeFieldsInHeader", "generateAuthorizationHeader")
             if name in options} if isinstance(options, dict) else {}  # fmt: skip
    url = str(body.get("calloutUrl", ""))
    rows = [
        *(Node(name, text="true" if value else "false") for name, value in flags.items()),
        _row("namedCredentialParameters", parameterName="Url", parameterType="Url", parameterValue=url),
        Node("namedCredentialType", text=str(body.get("type", "SecuredEndpoint"))),
    ]
    for one in _objects(body.get("externalCredentials")):
        external = str(one.get("developerName", ""))
        rows.append(_row("namedCredentialParameters", externalCredential=external, parameterName="ExternalCredential",
                         parameterType="Authentication"))  # fmt: skip
    name = _save(request, "NamedCredential", body, rows)
    with request.reading() as tx:
        return json_answer(_named(tx, _stored(tx, "NamedCredential", name)), 201)


def _objects(value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise unexpected_json(value, "list")
    return value


def _row(tag: str, **values: str) -> Node:
    return Node(tag, children=[Node(name, text=value) for name, value in sorted(values.items())])


def _save(request: Request, kind: str, body: dict[str, Any], rows: list[Node]) -> str:
    with request.reading() as tx:
        _may_manage(tx)
    name, label = str(body.get("developerName", "")), str(body.get("masterLabel", ""))
    if not _NAME.fullmatch(name) or not label:
        raise _invalid("developerName needs letters, digits and single underscores, and masterLabel a text.")
    if kind == "ExternalCredential" and not body.get("authenticationProtocol"):
        raise _invalid("authenticationProtocol is required.")
    head = [Node("fullName", text=name), Node("label", text=label)]
    document = Node(kind, children=sorted([*head, *rows], key=lambda node: (node.tag != "fullName", node.tag)))
    document.xsi_type = kind
    (outcome,) = crud.save(request.org, request.user_id, [document], "create", request.version)
    if outcome.errors:
        code, text = outcome.errors[0]
        raise ApiError(code, text)
    return name


def delete_external(request: Request) -> Answer:
    """``DELETE named-credentials/external-credentials/NAME``, with the credentials of its principals."""
    _delete(request, "ExternalCredential")
    with request.transaction() as tx:
        tx.sql("DELETE FROM _credential WHERE external = ?", (request.params["name"].lower(),))
    return Answer(204)


def delete_named(request: Request) -> Answer:
    """``DELETE named-credentials/named-credential-setup/NAME``."""
    _delete(request, "NamedCredential")
    return Answer(204)


def _delete(request: Request, kind: str) -> None:
    with request.reading() as tx:
        _may_manage(tx)
        name = _stored(tx, kind, request.params["name"]).name
    (outcome,) = crud.delete(request.org, request.user_id, kind, [name])
    if outcome.errors:
        raise ApiError(*outcome.errors[0])


def _stored(tx: Transaction, kind: str, name: str) -> Stored:
    found = Components(tx).get(kind, name)
    if found is None:
        raise NotFound(f"There is no {kind} named {name[:80]}.")
    return found


def _reference(stored: Stored) -> dict[str, Any]:
    return {"developerName": stored.name, "id": stored.id, "masterLabel": stored.node.value("label"), "url": None}
