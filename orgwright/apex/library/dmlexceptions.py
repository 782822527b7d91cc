"""The methods of exceptions that tell of failed rows (Apex Reference Guide, Exception Class)."""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.enums import status_code
from orgwright.apex.library.registry import native
from orgwright.apex.library.textshape import text_list
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import ApexException, DmlRow, ListException, NotSupported, TypeException
from orgwright.apex.runtime.tokens import SObjectField
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import EnumValue, Id


def _row(error: ApexException, index: int) -> DmlRow:
    rows: tuple[DmlRow, ...] | None = getattr(error, "rows", None)
    if rows is None:
        raise TypeException(f"DML methods are not available on {error.getTypeName()}")
    if index is None or not 0 <= index < len(rows):
        raise ListException(f"List index out of bounds: {index}")
    return rows[index]


@native("Exception.getNumDml")
def number_of_rows(error: ApexException) -> int:
    return error.getNumDml()


@native("Exception.getDmlIndex")
def dml_index(error: ApexException, index: int) -> int:
    return _row(error, index).index


@native("Exception.getDmlId")
def dml_id(error: ApexException, index: int) -> Id | None:
    found = _row(error, index).id
    return None if found is None else Id(found)


@native("Exception.getDmlMessage")
def dml_message(error: ApexException, index: int) -> str:
    return _row(error, index).error.message


@native("Exception.getDmlStatusCode")
def dml_status(error: ApexException, index: int) -> str:
    return _row(error, index).error.code


@native("Exception.getDmlType")
def dml_type(error: ApexException, index: int) -> EnumValue:
    return status_code(_row(error, index).error.code)


@native("Exception.getDmlFieldNames")
def dml_field_names(error: ApexException, index: int) -> List:
    return text_list(_row(error, index).error.fields)


@native("Exception.getDmlFields", context=True)
def dml_fields(execution: Any, error: ApexException, index: int) -> List:
    """The tokens of the fields concerned."""
    row = _row(error, index)
    element = RType("platform", SObjectField.apex_type, (), SObjectField)
    owner = execution.host.schema.sobject_of_id(row.id) if row.id and row.sobject is None else None
    name = row.sobject or (owner.name if owner is not None else None)
    if name is None:
        if row.error.fields:
            raise NotSupported("getDmlFields for a row without Id")
        return List(types.list_of(element))
    token = execution.types.get(name)
    return List(types.list_of(element), [token.field_token(field) for field in row.error.fields if token.field(field)])
