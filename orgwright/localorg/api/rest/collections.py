"""Up to 200 records in one call: ``composite/sobjects`` and ``composite/tree``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orgwright.apex.host import Record, RecordError, SaveOutcome
from orgwright.localorg.api.http import Answer, ApiError, NotFound, Request, json_answer, unexpected_json
from orgwright.localorg.api.rest import querying, shapes
from orgwright.localorg.api.rest.saving import allow_duplicates, need_sobject, quoted, record_of, save
from orgwright.localorg.org import Transaction

MAX_RECORDS = 200
MAX_IDS = 2000
MAX_CHUNKS = 10
TREE_DEPTH = 5
TREE_TYPES = 5


def create(request: Request) -> Answer:
    """``POST composite/sobjects``: ``{"allOrNone", "records"}``."""
    return _write(request, "insert")


def update(request: Request) -> Answer:
    """``PATCH composite/sobjects``."""
    return _write(request, "update")


def upsert(request: Request) -> Answer:
    """``PATCH composite/sobjects/X/Field``: all records of one type, matched by that field."""
    all_or_none, bodies = _body(request)
    with request.transaction() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        field = sobject.field(request.params["field"])
        if field is None or not (field.external_id or field.id_lookup or field.type == "id"):
            raise NotFound(f"Provided external ID field does not exist or is not accessible: {request.params['field']}")
        for body in bodies:
            if _type_name(body).lower() != sobject.name.lower():
                raise ApiError("INVALID_TYPE", "All records must have the type that stands in the URL")
        outcomes = save(
            tx,
            "upsert",
            [record_of(sobject, body) for body in bodies],
            all_or_none=all_or_none,
            external_id=None if field.type == "id" else field.name,
            allow_duplicates=allow_duplicates(request),
        )
    return json_answer([shapes.collected(outcome, upsert=True) for outcome in outcomes])


def delete(request: Request) -> Answer:
    """``DELETE composite/sobjects?ids=a,b&allOrNone=``."""
    ids = [part.strip() for part in request.query.get("ids", "").split(",") if part.strip()]
    if not ids:
        raise ApiError("INVALID_FIELD", "The ids parameter is required")
    _limit(ids)
    all_or_none = request.query.get("allOrNone", "").lower() == "true"
    with request.transaction() as tx:
        rows = [Record(_type_of_id(tx, record_id), {"Id": record_id}) for record_id in ids]
        outcomes = _save_mixed(tx, "delete", rows, all_or_none=all_or_none)
    return json_answer([shapes.collected(outcome, keep_id=True) for outcome in outcomes])


def read(request: Request) -> Answer:
    """``GET|POST composite/sobjects/X``: up to 2,000 records by Id; ``null`` for one that is not there."""
    if request.method == "POST":
        body = request.json_object()
        ids, fields = body.get("ids"), body.get("fields")
    else:
        ids, fields = (_csv(request.query.get(name, "")) for name in ("ids", "fields"))
    ids, fields = _texts(ids, "ids"), _texts(fields, "fields")
    _limit(ids, MAX_IDS)
    with request.reading() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        known = {field.name.lower() for field in tx.rights.readable_fields(sobject)}
        unknown = next((name for name in fields if "." not in name and name.lower() not in known), None)
        if unknown is not None:
            raise ApiError("INVALID_FIELD", f"No such column '{unknown}' on entity '{sobject.name}'.")
        wanted = ", ".join(dict.fromkeys(["Id", *fields]))
        listed = ", ".join(quoted(record_id) for record_id in ids)
        soql = f"SELECT {wanted} FROM {sobject.name} WHERE Id IN ({listed})"
        by_id = {row["Id"][:15]: row for row in querying.fetch(tx, soql, version=request.params["version"])}
    return json_answer([by_id.get(record_id[:15]) for record_id in ids])


def tree(request: Request) -> Answer:
    """``POST composite/tree/X``: records with their children, all or none: 201, or 400 with every error."""
    body = request.json_object()
    with request.transaction() as tx:
        sobject = need_sobject(tx, request.params["sobject"])
        planter = _Tree(tx)
        planter.gather(body, sobject.name, 1, None)
        if not planter.nodes:
            raise ApiError("INVALID_INPUT", "The request has no records")
        mark = tx.savepoint()
        failed = planter.save(allow_duplicates(request))
        if failed:
            tx.rollback(mark)
    if failed:
        shown: list[dict[str, Any]] = [
            {"referenceId": ref, "errors": shapes.row_errors(errors)} for ref, errors in failed.items()
        ]
        return json_answer({"hasErrors": True, "results": shown}, 400)
    results = [{"referenceId": node.reference, "id": node.id} for node in planter.nodes]
    return json_answer({"hasErrors": False, "results": results}, 201)


class _Node:
    """One record of a tree."""

    def __init__(self, reference: str, body: dict[str, Any], type_name: str, parent: _Node | None, field: str) -> None:
        self.reference, self.body, self.type_name, self.parent, self.field = reference, body, type_name, parent, field
        self.id: str | None = None
        self.depth: int = parent.depth + 1 if parent else 1


class _Tree:
    """A tree of records: checked as a whole, then saved level by level and type by type."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.nodes: list[_Node] = []

    def gather(self, body: Any, type_name: str, depth: int, parent: _Node | None, field: str = "") -> None:
        """Take in ``{"records": [...]}`` of one level."""
        records = body.get("records") if isinstance(body, dict) else None
        if not isinstance(records, list):
            raise ApiError("INVALID_INPUT", "A tree needs an array of records")
        if depth > TREE_DEPTH:
            raise ApiError("INVALID_INPUT", f"A tree can have at most {TREE_DEPTH} levels")
        for record in records:
            self._add(record, type_name, depth, parent, field)

    def _add(self, record: Any, type_name: str, depth: int, parent: _Node | None, field: str) -> None:
        if not isinstance(record, dict):
            raise unexpected_json(record, "sobject")
        attributes = record.get("attributes")
        reference = attributes.get("referenceId") if isinstance(attributes, dict) else None
        if not isinstance(reference, str) or not reference:
            raise ApiError("INVALID_INPUT", "Include a reference ID for each record in the request.")
        given = attributes.get("type") if isinstance(attributes, dict) else None
        if not isinstance(given, str) or given.lower() != type_name.lower():
            raise ApiError("INVALID_INPUT", f"The record {reference} must have the type {type_name}")
        if any(node.reference == reference for node in self.nodes):
            raise ApiError("INVALID_INPUT", f"Duplicate ReferenceId provided in the request: {reference}")
        sobject = need_sobject(self._tx, type_name)
        own = {name: value for name, value in record.items() if not _is_subtree(value)}
        node = _Node(reference, own, sobject.name, parent, field)
        self.nodes.append(node)
        _limit(self.nodes)
        if len({found.type_name for found in self.nodes}) > TREE_TYPES:
            raise ApiError("INVALID_INPUT", f"A tree can have at most {TREE_TYPES} types of records")
        for name, value in record.items():
            if _is_subtree(value):
                child = sobject.child(name)
                if child is None:
                    raise ApiError("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
                self.gather(value, child.child, depth + 1, node, child.field)

    def save(self, duplicates: bool) -> dict[str, Sequence[RecordError]]:
        """Save all; the errors by reference, empty when everything was saved."""
        failed: dict[str, Sequence[RecordError]] = {}
        for depth in range(1, TREE_DEPTH + 1):
            level = [node for node in self.nodes if node.depth == depth]
            for type_name in dict.fromkeys(node.type_name for node in level):
                self._save_type([node for node in level if node.type_name == type_name], duplicates, failed)
            if failed:
                break
        return failed

    def _save_type(self, nodes: list[_Node], duplicates: bool, failed: dict[str, Sequence[RecordError]]) -> None:
        sobject = need_sobject(self._tx, nodes[0].type_name)
        rows = []
        for node in nodes:
            row = record_of(sobject, node.body)
            if node.parent is not None:
                row.fields[node.field] = node.parent.id
            rows.append(row)
        for node, outcome in zip(nodes, save(self._tx, "insert", rows, allow_duplicates=duplicates), strict=True):
            node.id = outcome.id
            if not outcome.success:
                failed[node.reference] = outcome.errors


def _is_subtree(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("records"), list)


def _write(request: Request, operation: str) -> Answer:
    all_or_none, bodies = _body(request)
    with request.transaction() as tx:
        rows: list[Record] = []
        for body in bodies:
            sobject = tx.schema.sobject(_type_name(body))
            if sobject is None:
                raise ApiError(
                    "INVALID_TYPE",
                    f"sObject type '{_type_name(body)}' is not supported. If you are attempting to use a custom object,"
                    " be sure to append the '__c' after the entity name. Please reference your WSDL or the describe"
                    " call for the appropriate names.",
                )
            rows.append(record_of(sobject, _with_id(body) if operation == "update" else body))
        outcomes = _save_mixed(tx, operation, rows, all_or_none=all_or_none, duplicates=allow_duplicates(request))
    return json_answer([shapes.collected(outcome) for outcome in outcomes])


def _with_id(body: dict[str, Any]) -> dict[str, Any]:
    """Clients write the Id of an update as ``Id`` or ``id``."""
    return {"Id" if name.lower() == "id" else name: value for name, value in body.items()}


def _save_mixed(
    tx: Transaction, operation: str, rows: Sequence[Record], *, all_or_none: bool, duplicates: bool = False
) -> list[SaveOutcome]:
    """Rows of several types are cut into at most ten chunks of one type each, in order."""
    chunks: list[list[Record]] = []
    for row in rows:
        if not chunks or chunks[-1][0].type != row.type:
            chunks.append([])
        chunks[-1].append(row)
    if len(chunks) > MAX_CHUNKS:
        raise ApiError(
            "INVALID_FIELD",
            "Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking.",
        )
    mark = tx.savepoint()
    outcomes: list[SaveOutcome] = []
    for chunk in chunks:
        outcomes += save(tx, operation, chunk, all_or_none=all_or_none, allow_duplicates=duplicates)
        if all_or_none and not all(outcome.success for outcome in outcomes):
            break
    if not all_or_none or all(outcome.success for outcome in outcomes):
        return outcomes
    tx.rollback(mark)
    outcomes = [
        outcome if not outcome.success else SaveOutcome(outcome.id, False, False, (_ROLLED_BACK,))
        for outcome in outcomes
    ]
    left = rows[len(outcomes) :]
    return outcomes + [SaveOutcome(row.fields.get("Id"), False, False, (_ROLLED_BACK,)) for row in left]


_ROLLED_BACK = RecordError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


def _body(request: Request) -> tuple[bool, list[dict[str, Any]]]:
    body = request.json_object()
    records = body.get("records")
    if not isinstance(records, list) or not records:
        raise ApiError("INVALID_INPUT", "The request has no records")
    for record in records:
        if not isinstance(record, dict):
            raise unexpected_json(record, "sobject")
    _limit(records)
    all_or_none = body.get("allOrNone", False)
    return all_or_none is True or str(all_or_none).lower() == "true", records


def _type_name(body: dict[str, Any]) -> str:
    attributes = body.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise ApiError("INVALID_INPUT", "Each record needs attributes with a type")
    return name


def _type_of_id(tx: Transaction, record_id: str) -> str:
    sobject = tx.schema.sobject_of_id(record_id)
    if sobject is None or len(record_id) not in (15, 18):
        raise ApiError("MALFORMED_ID", f"malformed id {record_id}")
    return sobject.name


def _limit(found: Sequence[Any], most: int = MAX_RECORDS) -> None:
    if len(found) > most:
        raise ApiError(
            "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {most} records into this call"
        )


def _csv(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _texts(value: Any, name: str) -> list[str]:
    if isinstance(value, list) and value and all(isinstance(part, str) and part for part in value):
        return value
    raise ApiError("INVALID_FIELD", f"{name} must name at least one")
