"""Operations of the Metadata API over SOAP (Metadata API Developer Guide, "File-Based Calls" and "CRUD-Based Calls")."""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orgwright.localorg.api.http import ApiError, Request
from orgwright.localorg.api.metadata.options import deploy_options, start
from orgwright.localorg.api.permissions import need
from orgwright.localorg.api.soap.envelope import Call, from_node, texts
from orgwright.localorg.metadata import crud, deploys
from orgwright.localorg.metadata.catalogue import Catalogue, Listed
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.ids import new_id
from orgwright.localorg.metadata.retrieve import Retrieved, retrieve
from orgwright.localorg.store import forms
from orgwright.metadata.types import TYPES

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

Operation = Callable[[Request, Call], Any]
MAX_COMPONENTS = 10
MAX_LIST_QUERIES = 3
_MANY = frozenset({"CustomMetadata", "CustomApplication"})
_KEPT_RETRIEVES = 20
STATUS_WAIT = 1.0


def deploy(request: Request, call: Call) -> Any:
    """``deploy(ZipFile, DeployOptions)``: the Id of the asynchronous result; small deploys are done already."""
    try:
        data = base64.b64decode(call.body.value("ZipFile"), validate=False)
    except (binascii.Error, ValueError):
        raise ApiError("INVALID_FIELD", "ZipFile is not base64", 500) from None
    given = call.body.find("DeployOptions") or Node("DeployOptions")
    values: dict[str, Any] = {child.tag: child.text for child in given.children if child.tag != "runTests"}
    values["runTests"] = list(texts(given, "runTests"))
    id = start(request, data, deploy_options(values))
    return {"done": False, "id": id, "state": "Queued"}


def check_deploy_status(request: Request, call: Call) -> Any:
    """``checkDeployStatus(asyncProcessId, includeDetails)``."""
    id = call.body.value("asyncProcessId") or call.body.value("id")
    found = deploys.of(request.org)
    try:
        found.wait(id, STATUS_WAIT)
        status = _dated(found.status(id, details=call.body.flag("includeDetails")))
    except deploys.UnknownDeploy as error:
        raise ApiError(error.code, error.message, 500) from None
    if status["details"] is None:
        status["details"] = {}
    return status


def _dated(result: Any) -> Any:
    """A result as REST has it, with its moments (``createdDate`` ...) in SOAP's form."""
    if isinstance(result, list | tuple):
        return [_dated(one) for one in result]
    if not isinstance(result, Mapping):
        return result
    return {
        name: forms.zulu_of(value) if name.endswith("Date") and isinstance(value, str) else _dated(value)
        for name, value in result.items()
    }


def cancel_deploy(request: Request, call: Call) -> Any:
    """``cancelDeploy(id)``."""
    id = call.body.value("String") or call.body.value("string") or call.body.value("id") or call.body.text
    try:
        return deploys.of(request.org).cancel(id, request.user_id)
    except deploys.UnknownDeploy as error:
        raise ApiError(error.code, error.message, 500) from None


def deploy_recent_validation(request: Request, call: Call) -> Any:
    """``deployRecentValidation(validationId)``: a bare Id."""
    found = deploys.of(request.org)
    try:
        id, work = found.start_validated(request.user_id, call.body.value("validationId"))
    except deploys.UnknownDeploy as error:
        raise ApiError(error.code, error.message, 500) from None
    request.runtime.submit(f"deploy {id}", work, wait=2.0)
    return id


class Retrieves:
    """Answers to retrieves, until they are fetched; the oldest go."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Retrieved] = OrderedDict()

    def keep(self, found: Retrieved) -> None:
        self._kept[found.id[:15]] = found
        while len(self._kept) > _KEPT_RETRIEVES:
            self._kept.popitem(last=False)

    def get(self, id: str) -> Retrieved:
        found = self._kept.get(id[:15])
        if found is None:
            raise ApiError("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {id}", 500)
        return found


def _retrieves(request: Request) -> Retrieves:
    return request.runtime.state("soap.retrieves", Retrieves)


def start_retrieve(request: Request, call: Call) -> Any:
    """``retrieve(RetrieveRequest)``: done at once, fetched by checkRetrieveStatus."""
    asked = call.body.find("retrieveRequest") or call.body.find("request") or Node("retrieveRequest")
    manifest = asked.find("unpackaged") or Node("unpackaged")
    members = {
        part.value("name"): [name.rstrip("/") for name in texts(part, "members")] for part in manifest.all("types")
    }
    named = next(iter(texts(asked, "packageNames")), None)
    if named is not None:  # the embedded org has no first-generation packages
        raise ApiError("INVALID_CROSS_REFERENCE_KEY", f"No package named '{named}' found", 500)
    version = manifest.value("version") or asked.value("apiVersion") or request.params["api"]
    with request.org.transaction(request.user_id) as tx:
        id = new_id(tx, "Retrieve")
    with request.org.read(request.user_id) as tx:
        found = retrieve(tx, id, members, version)
    _retrieves(request).keep(found)
    return {"done": False, "id": id, "state": "Queued"}


def check_retrieve_status(request: Request, call: Call) -> Any:
    """``checkRetrieveStatus(asyncProcessId, includeZip)``."""
    found = _retrieves(request).get(call.body.value("asyncProcessId") or call.body.value("id"))
    with request.org.read() as tx:
        files = [{**one, "fileName": f"unpackaged/{one['fileName']}"} for one in _properties(tx, found.files)]
    return {
        "done": True,
        "fileProperties": files,
        "id": found.id,
        "messages": [{"fileName": file, "problem": problem} for file, problem in found.messages],
        "status": "Succeeded",
        "success": True,
        "zipFile": base64.b64encode(found.zip).decode() if call.body.value("includeZip", "true") != "false" else None,
    }


def check_status(request: Request, call: Call) -> Any:
    """``checkStatus(asyncProcessId)`` (API 30 and before; CumulusCI still asks)."""
    id = call.body.value("asyncProcessId")
    if id.startswith("09S"):
        _retrieves(request).get(id)
        return {"done": True, "id": id, "state": "Completed"}
    try:
        status = deploys.of(request.org).status(id, details=False)
    except deploys.UnknownDeploy as error:
        raise ApiError(error.code, error.message, 500) from None
    state = "Completed" if status["success"] else "Error" if status["done"] else "InProgress"
    return {"done": status["done"], "id": id, "state": state}


def list_metadata(request: Request, call: Call) -> Any:
    """``listMetadata(ListMetadataQuery[], asOfVersion)``: up to three types."""
    queries = call.body.all("queries")
    if len(queries) > MAX_LIST_QUERIES:
        raise ApiError("LIMIT_EXCEEDED", f"Maximum number of {MAX_LIST_QUERIES} queries exceeded", 500)
    found: list[Mapping[str, Any]] = []
    with request.org.read(request.user_id) as tx:
        catalogue = Catalogue(tx)
        for query in queries:
            kind = query.value("type")
            if kind not in TYPES:
                raise ApiError("INVALID_TYPE", f"INVALID_TYPE: Cannot use: {kind} in this version", 500)
            folder = query.value("folder")
            listed = catalogue.listing(kind)
            found += _properties(tx, [one for one in listed if not folder or one.name.startswith(f"{folder}/")])
    return found


def _properties(tx: Transaction, listed: Sequence[Listed]) -> list[dict[str, Any]]:
    """The ``FileProperties`` of components."""
    names = {user: tx.user(user).name for user in {id for one in listed for id in (one.created_by, one.modified_by)}}
    return [
        {
            "createdById": one.created_by,
            "createdByName": names[one.created_by],
            "createdDate": one.created,
            "fileName": one.file,
            "fullName": one.name,
            "id": one.id,
            "lastModifiedById": one.modified_by,
            "lastModifiedByName": names[one.modified_by],
            "lastModifiedDate": one.modified,
            "manageableState": "unmanaged",
            "type": one.type,
        }
        for one in listed
    ]


def describe_metadata(request: Request, call: Call) -> Any:
    """``describeMetadata(asOfVersion)``."""
    production = request.org.record.kind == "production"
    objects = [
        {
            "childXmlNames": [child.name for child in kind.children],
            "directoryName": kind.folder,
            "inFolder": kind.in_folder,
            "metaFile": kind.has_meta_file,
            "suffix": kind.suffix,
            "xmlName": kind.name,
        }
        for kind in TYPES.values()
        if kind.parent is None and kind.folder_of is None
    ]
    return {
        "metadataObjects": objects,
        "organizationNamespace": "",
        "partialSaveAllowed": not production,
        "testRequired": production,
    }


def read_metadata(request: Request, call: Call) -> Any:
    """``readMetadata(type, fullNames[])``: what the org does not have is a nil record."""
    kind, names = call.body.value("type"), list(texts(call.body, "fullNames"))
    _limit(kind, len(names))
    records: list[Any] = []
    with request.org.read(request.user_id) as tx:
        catalogue = Catalogue(tx)
        for name in names:
            node = catalogue.read(kind, name)
            if node is None:
                records.append({"xsi:nil": True})
            else:
                shown = node.tag if kind == "Settings" else kind
                records.append(from_node(node, "records", shown))
    return {"records": records}


def _limit(kind: str, count: int) -> None:
    allowed = 200 if kind in _MANY else MAX_COMPONENTS
    if count > allowed:
        raise ApiError(
            "EXCEEDED_ID_LIMIT",
            f"record limit reached. cannot submit more than {allowed} records in this operation",
            500,
        )


def _save(request: Request, call: Call, mode: crud.Mode) -> list[Any]:
    need(request, "ModifyMetadata")
    documents = call.body.all("metadata")
    _limit(documents[0].xsi_type or "" if documents else "", len(documents))
    return [
        _outcome(one, mode) for one in crud.save(request.org, request.user_id, documents, mode, request.params["api"])
    ]


def _outcome(one: crud.Outcome, mode: str) -> dict[str, Any]:
    errors = [{"fields": [], "message": text, "statusCode": code} for code, text in one.errors]
    found: dict[str, Any] = {"created": one.created} if mode == "upsert" else {}
    return {**found, "errors": errors, "fullName": one.name, "success": not one.errors}


def create_metadata(request: Request, call: Call) -> Any:
    """``createMetadata(Metadata[])``."""
    return _save(request, call, "create")


def update_metadata(request: Request, call: Call) -> Any:
    """``updateMetadata(Metadata[])``."""
    return _save(request, call, "update")


def upsert_metadata(request: Request, call: Call) -> Any:
    """``upsertMetadata(Metadata[])``."""
    return _save(request, call, "upsert")


def delete_metadata(request: Request, call: Call) -> Any:
    """``deleteMetadata(type, fullNames[])``."""
    kind, names = call.body.value("type"), list(texts(call.body, "fullNames"))
    _limit(kind, len(names))
    need(request, "ModifyMetadata")
    return [_outcome(one, "delete") for one in crud.delete(request.org, request.user_id, kind, names)]


OPERATIONS: Mapping[str, Operation] = {
    "deploy": deploy,
    "checkDeployStatus": check_deploy_status,
    "cancelDeploy": cancel_deploy,
    "deployRecentValidation": deploy_recent_validation,
    "retrieve": start_retrieve,
    "checkRetrieveStatus": check_retrieve_status,
    "checkStatus": check_status,
    "listMetadata": list_metadata,
    "describeMetadata": describe_metadata,
    "readMetadata": read_metadata,
    "createMetadata": create_metadata,
    "updateMetadata": update_metadata,
    "upsertMetadata": upsert_metadata,
    "deleteMetadata": delete_metadata,
}
