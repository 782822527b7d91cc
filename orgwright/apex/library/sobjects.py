"""``System.SObject`` and ``Id`` (Apex Reference Guide, SObject Class): dynamic access, errors, relationships."""

from __future__ import annotations

import uuid
from typing import Any

from orgwright.apex.host import ChildInfo, FieldInfo, RecordError
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.dmlresults import Error
from orgwright.apex.library.registry import native
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.compare import as_id, same_id
from orgwright.apex.runtime.exceptions import ApexException, SObjectException, StringException
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.sobject import SObject, populated
from orgwright.apex.runtime.tokens import DEFINITIONS, SObjectField, SObjectType
from orgwright.apex.runtime.values import Id, parse_id

# ------------------------------------------------------------------------------------------- errors


def _message(message: Any) -> str | None:
    return message.getMessage() if isinstance(message, ApexException) else message


@native(
    "SObject.addError(String)", "SObject.addError(String, Boolean)", "SObject.addError(Exception)",
    "SObject.addError(Exception, Boolean)",
)  # fmt: skip
def add_error(row: SObject, message: Any, escape: bool | None = True) -> None:
    row.add_error(_message(message))


@native(
    "SObject.addError(String, String)", "SObject.addError(String, String, Boolean)",
    "SObject.addError(Schema.SObjectField, String)", "SObject.addError(Schema.SObjectField, String, Boolean)",
)  # fmt: skip
def add_field_error(row: SObject, field: Any, message: str | None, escape: bool | None = True) -> None:
    row.add_error(message, (row.field_named(field).name,))


@native("SObject.hasErrors")
def has_errors(row: SObject) -> bool:
    return bool(row.errors)


@native("SObject.getErrors")
def get_errors(row: SObject) -> List:
    return error_list(row.errors)


def error_list(errors: Any) -> List:
    """A ``List<Database.Error>``."""
    found: list[RecordError] = list(errors)
    return List(types.list_of(Error.rtype()), [Error(error) for error in found])


# ------------------------------------------------------------------------------------------- fields


@native("SObject.isSet")
def is_set(row: SObject, field: str | SObjectField) -> bool:
    if isinstance(field, str) and row.sobject_type.field(field) is None:
        raise SObjectException(f"Invalid field: {field}")
    return row.field_named(field).name in row.fields


@native("SObject.getPopulatedFieldsAsMap")
def populated_fields(row: SObject) -> Map:
    return populated(row)


@native("SObject.clear")
def clear(row: SObject) -> None:
    row.fields.clear()


@native("SObject.getSObjectType")
def sobject_type_of(row: SObject) -> SObjectType:
    return row.sobject_type


@native("SObject.isClone")
def is_clone(row: SObject) -> bool:
    return row.clone_source is not None


@native("SObject.getCloneSourceId")
def clone_source(row: SObject) -> Id | None:
    return row.clone_source


@native("SObject.setOptions", context=True)
def set_options(execution: Any, row: SObject, options: Any) -> None:
    execution.state.setdefault("options", {})[id(row)] = (row, options)


@native("SObject.getOptions", context=True)
def get_options(execution: Any, row: SObject) -> Any:
    return execution.state.get("options", {}).get(id(row), (None, None))[1]


# ------------------------------------------------------------------------------------ relationships


def _relation(row: SObject, name: str | SObjectField) -> FieldInfo:
    """The reference field of a relationship's name, the field's own name, or its token."""
    if name is None:
        raise null_argument()
    if isinstance(name, SObjectField):
        field = row.field_named(name)
    else:
        found = row.sobject_type.parents.get(name.lower()) or row.sobject_type.field(name)
        if found is None:
            raise SObjectException(f"Invalid relationship {name} for {row.sobject_type.name}")
        field = found
    if not field.relationship_name:
        raise SObjectException(f"{row.sobject_type.name}.{field.name} is not a relationship")
    return field


@native("SObject.getSObject")
def get_sobject(row: SObject, name: str | SObjectField) -> Any:
    field = _relation(row, name)
    return row.fields.get(field.relationship_name or "")


@native("SObject.putSObject")
def put_sobject(row: SObject, name: str | SObjectField, value: SObject | None) -> Any:
    """The parent of a relationship replaced; the previous one."""
    field = _relation(row, name)
    if value is not None and field.reference_to and value.sobject_type.name not in field.reference_to:
        raise SObjectException(f"Illegal assignment from {value.sobject_type.name} to {field.reference_to[0]}")
    relation = field.relationship_name or ""
    before = row.fields.get(relation)
    row.write(relation, value)
    return before


def _children(row: SObject, name: str) -> ChildInfo:
    found = row.sobject_type.child(name)
    if found is None:
        raise SObjectException(f"Invalid aggregate relationship {name} for {row.sobject_type.name}")
    return found


@native("SObject.getSObjects(String)")
def get_sobjects(row: SObject, name: str) -> List | None:
    """Child records; null when they were not queried, or there are none.

    Definitions have an empty list then: released code loops over the fields of each (apex-recipes).
    """
    if name is None:
        raise null_argument()
    child = _children(row, name)
    found = row.fields.get(child.relationship_name or "")
    kept = isinstance(found, List) and (found.items or row.sobject_type.name in DEFINITIONS)
    return found if kept else None


@native("SObject.getSObjects(Schema.SObjectField)")
def get_sobjects_by_token(row: SObject, token: SObjectField) -> List | None:
    if token is None:
        raise null_argument()
    info = row.sobject_type.info
    for child in info.children if info else ():
        if child.child == token.owner.name and child.field == token.field.name and child.relationship_name:
            return get_sobjects(row, child.relationship_name)
    raise SObjectException(f"Invalid aggregate relationship {token.field.name} for {row.sobject_type.name}")


# -------------------------------------------------------------------------------------------- types


@native("Schema.SObjectType.newSObject", context=True)
def new_sobject(execution: Any, token: SObjectType, id: str | None = None, defaults: bool | None = False) -> SObject:
    """A new row, with an Id or record type, and with defaults when asked for."""
    row = SObject(execution.types.get(token.name))
    key = as_id(id) if id is not None else None
    owner = row.sobject_type.schema.sobject_of_id(key) if key is not None else None
    record_type = key if owner is not None and owner.name == "RecordType" else None
    if defaults and row.sobject_type.info is not None:
        for name, value in execution.host.defaults(token.name, record_type).items():
            row.fields[name] = row.converted(row.sobject_type.info.fields[name.lower()], value)
    if defaults and token.name.endswith("__e"):
        row.fields["EventUuid"] = str(uuid.uuid4())
    if key is not None:
        row.put("Id" if record_type is None else "RecordTypeId", key)
    return row


@native("List.getSObjectType", context=True)
def list_sobject_type(execution: Any, rows: List) -> SObjectType | None:
    """The token of the element type; null for ``List<SObject>``."""
    element = rows.rtype.args[0]
    if element.kind != "sobject" or element.name == "SObject":
        return None
    found: SObjectType = execution.types.get(element.name)
    return found


@native("Map.getSObjectType", context=True)
def map_sobject_type(execution: Any, rows: Map) -> SObjectType | None:
    element = rows.rtype.args[1]
    if element.kind != "sobject" or element.name == "SObject":
        return None
    found: SObjectType = execution.types.get(element.name)
    return found


# ----------------------------------------------------------------------------------------------- Id


@native("Id.valueOf(String)", context=True)
def id_of(execution: Any, text: str | None) -> Id:
    """An Id of 15 or 18 characters of an SObject type that the org has."""
    if text is None:
        raise null_argument()
    found = parse_id(text)  # a suffix restores the case and is not checked: test data of real code has '...000001'
    if found is None:
        raise StringException(f"Invalid id: {text}")
    if execution.host.schema.sobject_of_id(found) is None:
        raise StringException(f"Invalid id: {text}")
    return found


@native("Id.valueOf(String, Boolean)", context=True)
def id_of_restored(execution: Any, text: str | None, restore: bool | None) -> Id | None:
    """With ``restore`` the casing is taken from the suffix, and an empty text is no fault."""
    if text is None:
        raise null_argument()
    if not restore:
        return id_of(execution, text)
    if text == "":
        return None
    found = parse_id(text)
    if found is None:
        raise StringException(f"Invalid id: {text}")
    return found


@native("Id.to15")
def to15(id: Id) -> str:
    return str.__str__(id)[:15]


@native("Id.equals")
def id_equals(id: Id, other: Any) -> bool:
    if not isinstance(other, str):
        return False
    return parse_id(other) is not None and same_id(id, other)


@native("Id.getSObjectType", context=True)
def id_sobject_type(execution: Any, id: Id) -> SObjectType:
    owner = execution.host.schema.sobject_of_id(id)
    if owner is None:
        raise SObjectException(f"Cannot locate Apex Type for ID: {id}")
    found: SObjectType = execution.types.get(owner.name)
    return found
