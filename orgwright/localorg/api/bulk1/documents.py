"""Batches in XML: rows that are saved, their outcomes, and rows of a query ("Prepare XML Files" of the Bulk API Developer Guide)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orgwright.apex.host import Record, RecordError, SaveOutcome
from orgwright.localorg.api.bulk1.shapes import HEAD, NAMESPACE, element
from orgwright.localorg.api.bulk2.errors import JobFailed
from orgwright.localorg.api.bulk2.ingest import known_column
from orgwright.localorg.api.bulk2.querying import cell
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.metadata import xml

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NULL = "#N/A"


def records(data: bytes, schema: Schema, sobject: SObjectType) -> list[Record]:
    """The records of ``<sObjects>``, with the values of a CSV: texts, and ``#N/A`` for what is ``xsi:nil``.

    Raises:
        JobFailed: for what is no such document, and for fields that the object does not have.
    """
    try:
        root = xml.parse(data, name="batch")
    except xml.XmlError as error:
        raise JobFailed(f"InvalidBatch : Failed to parse XML. {error}") from None
    if _name(root) != "sObjects":
        raise JobFailed(f"InvalidBatch : Failed to parse XML. The root element must be sObjects, not {_name(root)}")
    found = [_record(one, schema, sobject) for one in _elements(root)]
    if not found:
        raise JobFailed("InvalidBatch : Records not found")
    return found


def outcomes(found: Iterable[SaveOutcome]) -> bytes:
    """``<results>``: one ``<result>`` for each record, in their order."""
    return f'{HEAD}<results xmlns="{NAMESPACE}">{"".join(map(_outcome, found))}</results>'.encode()


def rows(found: Iterable[Mapping[str, Any]]) -> bytes:
    """``<queryResult>``: the rows of a query. As in Salesforce each has its Id first, and once more if it was selected."""
    inner = "".join(_row("records", row) for row in found)
    return f'{HEAD}<queryResult xmlns="{NAMESPACE}" xmlns:xsi="{_XSI}">{inner}</queryResult>'.encode()


def _record(node: xml.Element, schema: Schema, sobject: SObjectType) -> Record:
    if _name(node) != "sObject":
        raise JobFailed(f"InvalidBatch : Failed to parse XML. Expected sObject, found {_name(node)}")
    columns = {known_column(schema, sobject, name): value for name, value in _columns(node)}
    return Record(sobject.name, columns)


def _columns(node: xml.Element) -> Iterator[tuple[str, str]]:
    """What would be the columns of a CSV. A parent is named by an ``sObject`` in its relationship, which may tell its type."""
    for child in _elements(node):
        parent = next((one for one in _elements(child) if _name(one) == "sObject"), None)
        if parent is None:
            yield _name(child), _value(child)
            continue
        keys = {_name(one): _value(one) for one in _elements(parent)}
        kind = keys.pop("type", None)
        for name, value in keys.items():
            yield f"{kind}:{_name(child)}.{name}" if kind else f"{_name(child)}.{name}", value


def _value(node: xml.Element) -> str:
    return _NULL if node.get(f"{{{_XSI}}}nil") in ("true", "1") else node.text or ""


def _elements(node: xml.Element) -> Iterator[xml.Element]:
    return (child for child in node if isinstance(child.tag, str))


def _name(node: xml.Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _outcome(one: SaveOutcome) -> str:
    errors = "" if one.success else "".join(map(_error, one.errors))
    return f"<result>{errors}{element('id', one.id)}{element('success', one.success)}{element('created', one.created)}</result>"


def _error(error: RecordError) -> str:
    fields = "".join(element("fields", name) for name in error.fields)
    return f"<errors>{fields}{element('message', error.message)}{element('statusCode', error.code)}</errors>"


def _row(tag: str, row: Mapping[str, Any]) -> str:
    kind = element("type", row["attributes"]["type"])
    selected = "".join(_field(name, value) for name, value in row.items() if name != "attributes")
    return f'<{tag} xsi:type="sObject">{kind}{_field("Id", row.get("Id"))}{selected}</{tag}>'


def _field(name: str, value: Any) -> str:
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    if not isinstance(value, Mapping):
        return element(name, cell(value))
    if "attributes" not in value:
        raise JobFailed(f"InvalidBatch : Failed to process query: {name} cannot be written to XML by the embedded org")
    return _row(name, value)
