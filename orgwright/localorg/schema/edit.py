"""Pure functions from a schema to a new one. Thin draft: the signatures stand."""

from __future__ import annotations

from typing import Any

from orgwright.localorg.schema.model import Field, PicklistEntry, RecordType, ValidationRule
from orgwright.localorg.schema.schema import Schema


def with_object(schema: Schema, name: str, **attributes: Any) -> Schema:
    """Create or change an object. ``attributes``: those of SObjectType (label, label_plural, sharing_model,
    publish_behavior ...) and, for a new custom object, ``name_field`` (a Field made by ``custom.name_field``)."""
    raise NotImplementedError


def without_object(schema: Schema, name: str) -> Schema:
    raise NotImplementedError


def with_field(schema: Schema, sobject: str, field: Field) -> Schema:
    raise NotImplementedError


def without_field(schema: Schema, sobject: str, name: str) -> Schema:
    raise NotImplementedError


def with_setting(schema: Schema, name: str, value: Any) -> Schema:
    """``name`` as ``QuoteSettings.enableQuote``."""
    raise NotImplementedError


def with_record_type(schema: Schema, sobject: str, record_type: RecordType) -> Schema:
    raise NotImplementedError


def with_validation_rule(schema: Schema, sobject: str, rule: ValidationRule) -> Schema:
    raise NotImplementedError


def without_validation_rule(schema: Schema, sobject: str, name: str) -> Schema:
    raise NotImplementedError


def with_value_set(schema: Schema, name: str, label: str, values: tuple[PicklistEntry, ...]) -> Schema:
    raise NotImplementedError


def with_label(schema: Schema, name: str, text: str | None) -> Schema:
    raise NotImplementedError
