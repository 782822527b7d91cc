"""What each field type needs, refuses and holds: the rules of the Metadata API's CustomField."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from orgwright.errors import Place
from orgwright.spec.errors import SpecError
from orgwright.spec.field import NUMERIC, PICKLISTS, RELATIONSHIPS, Field, FieldType
from orgwright.spec.model import Connector, Event, MetadataType, Object, WithFields

T = FieldType


@dataclass(frozen=True)
class Rule:
    """Attributes that a type needs and may have beside those of every field, and the lengths it takes."""

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    length: tuple[int, int] | None = None


_RELATION = ("relationship_name", "relationship_label", "filter")
_NUMBER = ("required", "default", "formula", "blanks_as", "unique")

RULES: dict[FieldType, Rule] = {
    T.TEXT: Rule(
        ("length",),
        ("required", "unique", "external_id", "case_sensitive", "default", "formula", "blanks_as"),
        (1, 255),
    ),
    T.TEXT_AREA: Rule((), ("required", "default")),
    T.LONG_TEXT_AREA: Rule(("length",), ("visible_lines",), (256, 131072)),
    T.HTML: Rule(("length",), ("visible_lines",), (256, 131072)),
    T.ENCRYPTED_TEXT: Rule(("length", "mask_char", "mask_type"), ("required",), (1, 175)),
    T.NUMBER: Rule(("precision", "scale"), (*_NUMBER, "external_id")),
    T.CURRENCY: Rule(("precision", "scale"), _NUMBER[:-1]),
    T.PERCENT: Rule(("precision", "scale"), _NUMBER[:-1]),
    T.CHECKBOX: Rule((), ("default", "formula", "blanks_as")),
    T.DATE: Rule((), ("required", "default", "formula", "blanks_as")),
    T.DATE_TIME: Rule((), ("required", "default", "formula", "blanks_as")),
    T.TIME: Rule((), ("required", "default", "formula", "blanks_as")),
    T.PHONE: Rule((), ("required", "default")),
    T.URL: Rule((), ("required", "default")),
    T.EMAIL: Rule((), ("required", "default", "unique", "external_id")),
    T.AUTO_NUMBER: Rule(("display_format",), ("external_id", "starting_number")),
    T.PICKLIST: Rule(
        (), ("values", "value_set", "restricted", "sorted", "required", "default", "controlled_by", "controlled_values")
    ),
    T.MULTISELECT_PICKLIST: Rule(
        (),
        (
            "values",
            "value_set",
            "restricted",
            "sorted",
            "visible_lines",
            "default",
            "controlled_by",
            "controlled_values",
        ),
    ),
    T.LOOKUP: Rule(("to",), (*_RELATION, "required", "on_delete", "default")),
    T.MASTER_DETAIL: Rule(("to",), (*_RELATION, "relationship_order", "reparentable", "write_needs_master_read")),
    T.HIERARCHY: Rule((), _RELATION),
    T.METADATA_RELATIONSHIP: Rule(("to",), (*_RELATION, "required", "controlling_field")),
    T.EXTERNAL_LOOKUP: Rule(("to",), (*_RELATION, "required", "length"), (1, 255)),
    T.INDIRECT_LOOKUP: Rule(("to", "target_field"), (*_RELATION, "required", "length"), (1, 255)),
    T.SUMMARY: Rule(("through", "operation"), ("summarize", "summary_filter")),
    T.LOCATION: Rule(("scale",), ("display_decimal", "required")),
    T.FILE: Rule(),
}
EVENT_TYPES = frozenset({T.CHECKBOX, T.DATE, T.DATE_TIME, T.LONG_TEXT_AREA, T.NUMBER, T.TEXT})
METADATA_TYPES = frozenset(
    {
        T.CHECKBOX, T.DATE, T.DATE_TIME, T.EMAIL, T.LONG_TEXT_AREA, T.METADATA_RELATIONSHIP, T.NUMBER, T.PERCENT, T.PHONE,
        T.PICKLIST, T.TEXT, T.TEXT_AREA, T.URL,
    }
)  # fmt: skip
FORMULA_TYPES = frozenset({T.CHECKBOX, T.CURRENCY, T.DATE, T.DATE_TIME, T.NUMBER, T.PERCENT, T.TEXT, T.TIME})

_BY_TYPE = frozenset(name for rule in RULES.values() for name in (*rule.needs, *rule.may)) | {
    "case_sensitive",
    "operation",
}
_NOT_WITH_FORMULA = ("required", "unique", "external_id", "default", "case_sensitive")
_MOST_KEYS, _MOST_MASTERS, _MOST_RELATIONS, _MOST_SUMMARIES, _MOST_TRACKED = 25, 2, 40, 25, 20
_LONGEST_VALUE, _MOST_VALUES = 255, 1000
_PLAIN_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?\Z")
_NO_MASTERS = frozenset({"User", "Group", "Profile", "RecordType"})


def check_fields(connector: Connector) -> Iterator[SpecError]:
    """All errors of fields, each by itself and together on their object."""
    for item in (*connector.objects.values(), *connector.events.values(), *connector.metadata_types.values()):
        for field in item.custom_fields:
            yield from _field(item, field)
        yield from _together(item)


def place(field: Field, attribute: str) -> Place:
    """Where an attribute stands: by itself, in the short form of the type, or the field."""
    own = field.place_of(attribute)
    return own if own is not field.place else field.place_of("type")


def _field(item: WithFields, field: Field) -> Iterator[SpecError]:
    if field.type is None:
        return
    rule = RULES[field.type]
    set_here = {name for name in field.model_fields_set & _BY_TYPE if _given(field, name)}
    allowed = {*rule.needs, *rule.may}
    for name in sorted(set_here - allowed):
        yield SpecError(f"{_a(field)} field has no {name}", where=place(field, name), help=_instead(field, name))
    needs = [name for name in rule.needs if not (field.formula is not None and name == "length")]
    for name in needs:
        if getattr(field, name) is None:
            yield SpecError(f"{_a(field)} field needs {name}", where=field.place_of("type"), help=_example(field.type))
    yield from _length(field, rule)
    if field.type in NUMERIC:
        yield from _digits(field)
    if field.type in PICKLISTS:
        yield from _picklist(field)
    if field.formula is not None:
        yield from _formula(field)
    yield from _lines(field)
    yield from _special(item, field)


def _given(field: Field, name: str) -> bool:
    value = getattr(field, name)
    return value not in (None, False, ()) and value != {}


def _instead(field: Field, name: str) -> str | None:
    if name == "required" and field.type is T.MASTER_DETAIL:
        return "a detail always has its master: leave required out"
    if name in ("unique", "external_id"):
        return (
            "keys are Text, Number, Email or AutoNumber fields"
            if name == "external_id"
            else "unique fields are Text, Number or Email"
        )
    return "leave it out"


def _a(field: Field) -> str:
    """The type with its article: ``an AutoNumber``, ``a Url``."""
    return f"{'an' if str(field.type).startswith(('A', 'E', 'I')) else 'a'} {field.type}"


def _example(kind: FieldType) -> str | None:
    examples = {
        T.TEXT: "Text(64)", T.LONG_TEXT_AREA: "LongTextArea(32768)", T.HTML: "Html(32768)", T.NUMBER: "Number(4, 0)",
        T.CURRENCY: "Currency(16, 2)", T.PERCENT: "Percent(16, 2)", T.LOOKUP: "Lookup(Account)", T.MASTER_DETAIL: "MasterDetail(Account)",
        T.AUTO_NUMBER: "AutoNumber(A-{0000})", T.LOCATION: "Location(6)", T.SUMMARY: "Summary(count, Child__c.Parent__c)",
        T.ENCRYPTED_TEXT: "{type: EncryptedText(64), mask_char: asterisk, mask_type: all}",
        T.METADATA_RELATIONSHIP: "MetadataRelationship(Type__mdt)",
        T.INDIRECT_LOOKUP: "IndirectLookup(Account.Number__c)", T.EXTERNAL_LOOKUP: "ExternalLookup(Thing__x)",
    }  # fmt: skip
    return f"write {examples[kind]}" if kind in examples else None


def _length(field: Field, rule: Rule) -> Iterator[SpecError]:
    if field.length is None or rule.length is None:
        return
    least, most = rule.length
    if field.length > most:
        help = f"the longest is {most}"
        if field.type is T.TEXT:
            help = f"use LongTextArea({max(field.length, 256)}), which cannot be an external ID, or Text(255)"
            if field.length > RULES[T.LONG_TEXT_AREA].length[1]:  # type: ignore[index]
                help = "use Text(255), or LongTextArea(131072), which cannot be an external ID"
        yield SpecError(
            f"{field.type} length is {field.length}, the longest is {most}", where=place(field, "length"), help=help
        )
    elif field.length < least:
        help = f"use Text({field.length})" if least == 256 and field.length > 0 else f"write at least {least}"
        yield SpecError(
            f"{field.type} length is {field.length}, the shortest is {least}", where=place(field, "length"), help=help
        )


def _digits(field: Field) -> Iterator[SpecError]:
    if field.precision is None or field.scale is None:
        return
    if field.precision > 18:
        yield SpecError(
            f"{field.type} has {field.precision} digits, the most is 18",
            where=place(field, "precision"),
            help=f"such as {field.type}(16, 2)",
        )
    if field.precision < 1:
        yield SpecError(f"{field.type} has no digits", where=place(field, "precision"))
    if field.default is not None and _PLAIN_NUMBER.match(field.default):
        whole = field.default.lstrip("+-").partition(".")[0].lstrip("0")
        if len(whole) > field.precision - field.scale:
            yield SpecError(
                f"the default {field.default} does not fit in {field.written_type}", where=place(field, "default")
            )
    if not 0 <= field.scale <= min(17, max(field.precision, 0)):
        yield SpecError(f"{field.scale} decimals do not fit in {field.precision} digits", where=place(field, "scale"))


def _picklist(field: Field) -> Iterator[SpecError]:
    if bool(field.values) == (field.value_set is not None):
        what = (
            "values and value_set exclude each other"
            if field.values
            else f"{_a(field)} field needs values or value_set"
        )
        yield SpecError(what, where=place(field, "values"), help=f"write {field.type}(One, Two)")
    labels: dict[str, str] = {}
    where = place(field, "values")
    for name, value in field.values.items():
        if len(name) > _LONGEST_VALUE or len(value.label) > _LONGEST_VALUE:
            yield SpecError(f"a value has more than {_LONGEST_VALUE} characters", where=where)
        if not name.strip():
            yield SpecError("a value is empty", where=where)
        if (value.label or name).lower() in labels:
            yield SpecError(f"two values have the label {value.label or name}", where=where)
        labels[(value.label or name).lower()] = name
    if len({name.lower() for name in field.values}) < len(field.values):
        yield SpecError("two values have one name: upper and lower case do not count", where=place(field, "values"))
    if field.restricted and len(field.values) > _MOST_VALUES:
        yield SpecError(
            f"{len(field.values)} values, a restricted picklist has at most {_MOST_VALUES}",
            where=place(field, "values"),
        )
    if field.value_set is not None and field.restricted is False:
        yield SpecError("a picklist on a value set is always restricted", where=place(field, "restricted"))
    if len(field.default_values) > 1 and field.type is T.PICKLIST:
        yield SpecError("only one value can be the default", where=place(field, "values"))


def _formula(field: Field) -> Iterator[SpecError]:
    if field.type not in FORMULA_TYPES:
        listed = ", ".join(sorted(FORMULA_TYPES))
        yield SpecError(
            f"a formula does not result in {field.type}; it is one of: {listed}", where=field.place_of("type")
        )
    for name in _NOT_WITH_FORMULA:
        if _given(field, name) and field.place_of(name) is not field.place:
            yield SpecError(f"a formula field has no {name}", where=field.place_of(name), help="leave it out")
    if field.formula is not None and not 0 < len(field.formula) <= 3900:
        yield SpecError(
            f"the formula has {len(field.formula)} characters, 1 to 3900 are possible", where=field.place_of("formula")
        )


def _lines(field: Field) -> Iterator[SpecError]:
    ranges = {T.LONG_TEXT_AREA: (2, 50), T.HTML: (10, 50), T.MULTISELECT_PICKLIST: (3, 10)}
    if field.type in ranges and field.visible_lines is not None:
        least, most = ranges[field.type]
        if not least <= field.visible_lines <= most:
            yield SpecError(
                f"visible_lines is {field.visible_lines}, {least} to {most} are possible",
                where=place(field, "visible_lines"),
            )


def _special(item: WithFields, field: Field) -> Iterator[SpecError]:
    if isinstance(item, Event):
        yield from _of_event(field)
    if isinstance(item, MetadataType) and field.type not in METADATA_TYPES:
        yield SpecError(f"a custom metadata type has no {field.type} field", where=field.place_of("type"))
    if field.manageability is not None and not isinstance(item, MetadataType):
        yield SpecError("manageability is for custom metadata types", where=place(field, "manageability"))
    if field.type is T.METADATA_RELATIONSHIP and not isinstance(item, MetadataType):
        yield SpecError(
            "MetadataRelationship is for custom metadata types", where=field.place_of("type"), help="use Lookup"
        )
    if field.type is T.HIERARCHY and item.api_name != "User":
        yield SpecError("Hierarchy is for User only", where=field.place_of("type"), help="use Lookup")
    if (
        field.type is T.MASTER_DETAIL
        and isinstance(item, Object)
        and not item.custom
        and field.to
        and field.to.endswith("__c")
    ):
        yield SpecError(
            f"{item.api_name} is standard: it cannot be the detail of a custom object",
            where=field.place_of("type"),
            help=f"use Lookup({field.to})",
        )
    if field.type is T.MASTER_DETAIL and field.to in _NO_MASTERS:
        yield SpecError(f"{field.to} cannot be a master", where=field.place_of("type"), help=f"use Lookup({field.to})")
    if (
        field.type is T.LOOKUP
        and field.to in _NO_MASTERS
        and (field.required or field.on_delete not in (None, "SetNull"))
    ):
        yield SpecError(
            f"a lookup of {field.to} can neither be required nor restrict or cascade deletes",
            where=place(field, "required" if field.required else "on_delete"),
            help="leave required and on_delete out",
        )
    elif field.type is T.LOOKUP and field.required and field.on_delete not in ("Restrict", "Cascade"):
        yield SpecError("a required lookup needs on_delete: Restrict or Cascade", where=place(field, "required"))
    if field.type is T.SUMMARY and (field.operation == "count") == (field.summarize is not None):
        what = "count summarizes no field" if field.summarize else f"{field.operation} needs summarize"
        yield SpecError(what, where=place(field, "operation"), help=_example(T.SUMMARY))
    if field.type is T.CHECKBOX and field.default not in (None, "true", "false"):
        yield SpecError(
            f"the default of a Checkbox is true or false, not {field.default}", where=place(field, "default")
        )
    if field.case_sensitive is not None and not field.unique and not field.external_id:
        yield SpecError("case_sensitive goes with unique or external_id", where=place(field, "case_sensitive"))
    if field.type is T.AUTO_NUMBER and field.display_format is not None:
        yield from _display_format(field.display_format, place(field, "display_format"))
    if field.relationship_name is not None and len(field.relationship_name) > 40:
        yield SpecError("relationship_name has more than 40 characters", where=place(field, "relationship_name"))
    if field.type in RELATIONSHIPS and field.to == item.api_name and field.type is T.MASTER_DETAIL:
        yield SpecError(
            "an object cannot be its own master", where=field.place_of("type"), help=f"use Lookup({field.to})"
        )


def _of_event(field: Field) -> Iterator[SpecError]:
    if field.type not in EVENT_TYPES:
        yield SpecError(
            f"an event has no {field.type} field",
            where=field.place_of("type"),
            help=f"possible: {', '.join(sorted(EVENT_TYPES))}",
        )
    for name in ("unique", "external_id", "formula", "case_sensitive", "track_history"):
        if _given(field, name):
            yield SpecError(f"a field of an event has no {name}", where=place(field, name), help="leave it out")


def _display_format(text: str, where: Place) -> Iterator[SpecError]:
    from re import findall

    if len(findall(r"\{0+\}", text)) != 1 or len(text) > 30:
        yield SpecError(
            f"{text} is no number format: at most 30 characters with one {{0}}",
            where=where,
            help="such as A-{0000} or INV-{YYYY}-{000}",
        )


def _together(item: WithFields) -> Iterator[SpecError]:
    fields = item.custom_fields
    where = item.place_of_key
    keys = [field for field in fields if field.external_id or field.unique]
    if len(keys) > _MOST_KEYS:
        yield SpecError(
            f"{len(keys)} external IDs and unique fields, an object has at most {_MOST_KEYS}",
            where=keys[_MOST_KEYS].place_of_key,
        )
    masters = [field for field in fields if field.type is T.MASTER_DETAIL]
    if len(masters) > _MOST_MASTERS:
        yield SpecError(
            f"{len(masters)} masters, an object has at most {_MOST_MASTERS}", where=masters[_MOST_MASTERS].place_of_key
        )
    if masters and isinstance(item, Object) and item.sharing not in (None, "ControlledByParent"):
        yield SpecError(
            "the sharing of a detail is ControlledByParent", where=item.place_of("sharing"), help="leave sharing out"
        )
    counts = (
        (RELATIONSHIPS, _MOST_RELATIONS, "relationships"),
        (frozenset({T.SUMMARY}), _MOST_SUMMARIES, "roll-up summaries"),
    )
    for kinds, most, what in counts:
        number = sum(field.type in kinds for field in fields)
        if number > most:
            yield SpecError(f"{number} {what}, an object has at most {most}", where=where)
    if sum(bool(field.track_history) for field in fields) > _MOST_TRACKED:
        yield SpecError(f"an object tracks at most {_MOST_TRACKED} fields", where=where)
    if isinstance(item, (Event, MetadataType)) or item.api_name.endswith(("__c",)):
        return
    if item.api_name in ("Task", "Event") and fields:
        yield SpecError(
            f"custom fields of {item.api_name} are made on Activity",
            where=fields[0].place_of_key,
            help="move them to Activity",
        )
