"""Flags and lead conversion: that their objects, fields and permissions are there and fit."""

from __future__ import annotations

from collections.abc import Iterator

from orgwright.spec.check_changes import check_watched
from orgwright.spec.check_links import Known
from orgwright.spec.errors import SpecError
from orgwright.spec.field import Field, FieldType
from orgwright.spec.flags import Flag, FlagSource
from orgwright.spec.model import Connector

_CONVERTS = {  # the types that a lead's field may go on in (Salesforce Help, "Guidelines for Mapping Custom Lead Fields")
    FieldType.TEXT: (FieldType.TEXT, FieldType.TEXT_AREA, FieldType.LONG_TEXT_AREA),
    FieldType.TEXT_AREA: (FieldType.TEXT_AREA, FieldType.LONG_TEXT_AREA),
    FieldType.PICKLIST: (FieldType.PICKLIST, FieldType.TEXT),
}


def check_flags(connector: Connector) -> Iterator[SpecError]:
    """All errors of flags and of the lead conversion."""
    known = Known(connector)
    for flag in connector.flags.values():
        yield from check_watched(known, flag)
        for source in flag.sources.values():
            yield from _source(known, flag, source)
    yield from _twice(connector)
    yield from _conversion(connector)


def _source(known: Known, flag: Flag, source: FlagSource) -> Iterator[SpecError]:
    name = source.api_name
    own = known.connector.objects.get(name)
    field = own.fields.get(flag.field) if own else None
    if known.object(name) and (field is None or field.type is not FieldType.CHECKBOX or field.computed):
        is_now = "has no field" if field is None else f"has no checkbox {field.written_type}"
        yield SpecError(
            f"{name} {is_now} {flag.field}",
            where=source.place_of_key,
            help=f"under objects: {name}: {flag.field}: Checkbox",
        )
    if flag.field in source.when_changed:
        yield SpecError(f"{flag.field} cannot set itself", where=source.place_of("when_changed"))


def _twice(connector: Connector) -> Iterator[SpecError]:
    """One flag an object: two would wake each other."""
    seen: dict[str, str] = {}
    for flag in connector.flags.values():
        for name, source in flag.sources.items():
            if name in seen:
                yield SpecError(f"{name} has the flag {seen[name]} already", where=source.place_of_key)
            seen.setdefault(name, flag.field)


def _conversion(connector: Connector) -> Iterator[SpecError]:
    conversion = connector.lead_conversion
    if conversion is None:
        return
    where = conversion.place_of("fields")
    for target, pairs in conversion.fields.items():
        for source, field in pairs.items():
            ends = [_custom(connector, "Lead", source), _custom(connector, target, field)]
            for sobject, name, end in (("Lead", source, ends[0]), (target, field, ends[1])):
                if end is None:
                    yield SpecError(
                        f"{sobject} has no custom field {name} in this spec",
                        where=where,
                        help="only custom fields are mapped; Salesforce maps the standard ones itself",
                    )
            if ends[0] is not None and ends[1] is not None and not _fits(ends[0], ends[1]):
                yield SpecError(
                    f"Lead.{source} is {ends[0].written_type}, {target}.{field} is {ends[1].written_type}",
                    where=where,
                    help="a mapped field has the same type, and is at least as long",
                )


def _custom(connector: Connector, sobject: str, name: str) -> Field | None:
    item = connector.objects.get(sobject)
    field = item.fields.get(name) if item else None
    return field if field is not None and field.custom else None


def _fits(source: Field, target: Field) -> bool:
    if source.type is None or target.type not in _CONVERTS.get(source.type, (source.type,)):
        return False
    return (source.length or 0) <= (target.length or 255) if target.type is not FieldType.PICKLIST else True
