"""Test records: what an object needs before it can be inserted, and the Apex that makes it.

Standard objects are told by ``test_records.tsv`` of the templates, custom objects and custom fields by the spec.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from orgwright.errors import OrgwrightError
from orgwright.generate.names import pascal
from orgwright.spec import standard as facts
from orgwright.spec.model import Connector, Field, FieldType, Object

_EVERYWHERE = ("User", "Account", "Contact", "Lead", "Case", "Task", "Event", "Campaign", "Asset", "Profile")
"""Objects of every org, the first of which that a connector does not watch is a stranger to it."""
_VALUES = {
    "text": "'Test ' + i",
    "date": "Date.today()",
    "datetime": "Datetime.now()",
    "@standardPricebook": "Test.getStandardPricebookId()",
}
_BY_TYPE = {
    FieldType.TEXT: "String.valueOf(i)",
    FieldType.TEXT_AREA: "'Test ' + i",
    FieldType.LONG_TEXT_AREA: "'Test ' + i",
    FieldType.HTML: "'Test ' + i",
    FieldType.ENCRYPTED_TEXT: "String.valueOf(i)",
    FieldType.EMAIL: "'test' + i + '@example.com'",
    FieldType.PHONE: "'555' + i",
    FieldType.URL: "'https://example.com/' + i",
    FieldType.NUMBER: "1",
    FieldType.CURRENCY: "1",
    FieldType.PERCENT: "1",
    FieldType.DATE: "Date.today()",
    FieldType.DATE_TIME: "Datetime.now()",
    FieldType.TIME: "Time.newInstance(12, 0, 0, 0)",
}
_CHANGEABLE = frozenset(
    {
        FieldType.TEXT,
        FieldType.TEXT_AREA,
        FieldType.LONG_TEXT_AREA,
        FieldType.NUMBER,
        FieldType.CURRENCY,
        FieldType.PERCENT,
        FieldType.DATE,
        FieldType.DATE_TIME,
        FieldType.CHECKBOX,
    }
)


class NoTestRecord(OrgwrightError):
    """An object of which no test record can be made."""


class CannotChange(OrgwrightError):
    """An object without a field that a test could change."""


@dataclass(frozen=True)
class Need:
    """What records of one object need: values by field, ``->Parent`` and ``=>Parent`` for parents."""

    object: str
    change: str | None
    values: dict[str, str] = field(default_factory=dict)
    undeletable: bool = True


@dataclass(frozen=True)
class Parent:
    """A parent that a builder makes first; ``each``: one for every record."""

    object: str
    variable: str
    method: str
    each: bool


@dataclass(frozen=True)
class Builder:
    """One method of the test data class."""

    object: str
    method: str
    parents: tuple[Parent, ...]
    values: tuple[tuple[str, str], ...]


def method_of(sobject: str) -> str:
    """Name of the builder of an object: ``newOrderItem``."""
    return f"new{pascal(sobject)}"


def standard(table: str) -> dict[str, Need]:
    """The needs of standard objects from the text of ``test_records.tsv``."""
    needs = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            name, recycle, change, *cells = line.split("\t")
            values = dict(cell.split("=", 1) for cell in cells)
            needs[name] = Need(name, change, values, recycle == "bin")
    return needs


def needs(connector: Connector, table: str) -> dict[str, Need]:
    """The needs of every object that the table or the spec knows; required custom fields of the spec are added."""
    found = standard(table)
    for item in connector.objects.values():
        base = found.get(item.api_name) or (_custom(item) if item.custom and not item.custom_setting else None)
        if base is not None:
            required = {f.api_name: _value(f) for f in item.custom_fields if _is_required(f)}
            found[item.api_name] = Need(base.object, base.change, base.values | required, base.undeletable)
    return found


def _custom(item: Object) -> Need:
    named = item.name_field is None or item.name_field.type == "Text"
    change = "Name" if named else next((f.api_name for f in item.custom_fields if changeable(f)), None)
    return Need(item.api_name, change, {"Name": "text"} if named else {})


def changeable(item: Field) -> bool:
    """Whether an update test can give the field another value."""
    return item.type in _CHANGEABLE and not item.computed


def is_text(connector: Connector, sobject: str, name: str) -> bool:
    """Whether a field takes the text ``case``, twice if need be."""
    item = connector.objects.get(sobject)
    own = item.fields.get(name) if item else None
    if own is not None and own.type is not None:
        return own.type is FieldType.TEXT and (own.length or 0) >= len("case") and not own.unique
    known = facts.find(sobject)
    found = known.field(name) if known else None
    return (found is not None and found.type == "string") or (found is None and name == "Name")


def stranger(watched: Iterable[str]) -> str | None:
    """An object that is none of these."""
    return next((name for name in _EVERYWHERE if name not in set(watched)), None)


def _is_required(item: Field) -> bool:
    if item.computed or item.default is not None:
        return False
    return item.required or item.type is FieldType.MASTER_DETAIL


def _value(item: Field) -> str:
    if item.to is not None:
        return f"->{item.to}"
    if item.type is FieldType.PICKLIST and item.values:
        return f"'{next(iter(item.values))}'"
    value = _BY_TYPE.get(item.type) if item.type else None
    if value is None:
        raise NoTestRecord(f"no test value is known for a required {item.type} field", where=item.place)
    return value


def builders(wanted: Iterable[str], known: dict[str, Need]) -> tuple[Builder, ...]:
    """The builders for ``wanted`` objects and all their parents, by name.

    Raises:
        NoTestRecord: for an object that is not known, or parents that go in a circle.
    """
    done: dict[str, Builder] = {}
    for name in sorted(wanted):
        _build(name, known, done, ())
    return tuple(done[name] for name in sorted(done))


def _build(name: str, known: dict[str, Need], done: dict[str, Builder], above: tuple[str, ...]) -> None:
    if name in done:
        return
    if name in above:
        raise NoTestRecord(f"no test record can be made: {' needs '.join((*above, name))}")
    if name not in known:
        raise NoTestRecord(
            f"it is not known what a test record of {name} needs",
            help="describe the object in the spec, or add a line for it to templates/apex/test_records.tsv of your project",
        )
    parents: list[Parent] = []
    values: list[tuple[str, str]] = []
    for api_name, given in known[name].values.items():
        if given[:2] not in ("->", "=>"):
            values.append((api_name, _VALUES.get(given, given)))
            continue
        parent = given[2:]
        _build(parent, known, done, (*above, name))
        base = pascal(api_name)
        variable = base[:1].lower() + base[1:] + "Parents"
        each = given.startswith("=>")
        parents.append(Parent(parent, variable, method_of(parent), each))
        values.append((api_name, f"{variable}[{'i' if each else '0'}].Id"))
    done[name] = Builder(name, method_of(name), tuple(parents), tuple(values))
