"""Test records: what an object needs before it can be inserted, and the Apex that makes it.

Standard objects are told by ``test_records.tsv`` of the templates, custom objects and custom fields by the spec.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from orgwright.errors import OrgwrightError, Place
from orgwright.generate.names import Names, words_apart
from orgwright.generate.text import quoted
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
    FieldType.TEXT_AREA: "'Test ' + i",
    FieldType.LONG_TEXT_AREA: "'Test ' + i",
    FieldType.HTML: "'Test ' + i",
    FieldType.PHONE: "'555' + i",
    FieldType.URL: "'https://example.com/' + i",
    FieldType.DATE: "Date.today()",
    FieldType.DATE_TIME: "Datetime.now()",
    FieldType.TIME: "Time.newInstance(12, 0, 0, 0)",
}
MANY = 201
"""More records than a trigger sees at once."""


class NoTestRecord(OrgwrightError):
    """An object of which no test record can be made."""


@dataclass(frozen=True)
class Need:
    """What records of one object need: values by field, ``->Parent`` and ``=>Parent`` for parents.

    ``many``: how many of them a test can make, which is little where a unique field is short.
    """

    object: str
    change: str | None
    values: dict[str, str] = field(default_factory=dict)
    undeletable: bool = True
    many: int = MANY


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
        owners = ("Task", "Event") if item.api_name == "Activity" else (item.api_name,)
        for owner in owners:
            base = found.get(owner) or (_custom(item) if item.custom and not item.custom_setting else None)
            if base is not None:
                found[owner] = _with_required(base, item, connector)
    return found


def _with_required(base: Need, item: Object, connector: Connector) -> Need:
    required = [f for f in item.custom_fields if _is_required(f)]
    values = {name: value for f in required for name, value in _values(f, connector)}
    most = min((capacity(f) // 4 for f in required if _apart(f)), default=MANY)
    return Need(base.object, base.change, base.values | values, base.undeletable, min(base.many, most))


def _custom(item: Object) -> Need:
    named = item.name_field is None or item.name_field.type == "Text"
    return Need(item.api_name, "Name" if named else None, {"Name": "text"} if named else {})


def _apart(item: Field) -> bool:
    """Whether records may not all have the same value."""
    return item.unique or item.at_most is not None


def capacity(item: Field) -> int:
    """How many values made of a number the field takes, as far as tests ask."""
    digits = item.digits or item.scale if item.precision is not None else item.length
    return int(10 ** min(digits or 3, 3))


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
    if item.computed:
        return False
    if item.default is not None:  # which would be the same in all records
        return item.unique
    return item.required or item.type is FieldType.MASTER_DETAIL


def _values(item: Field, connector: Connector) -> list[tuple[str, str]]:
    """What a test gives a required field; a location has two."""
    if item.type is FieldType.LOCATION:
        base = item.api_name.removesuffix("__c")
        return [(f"{base}__Latitude__s", "1"), (f"{base}__Longitude__s", "1")]
    return [(item.api_name, _value(item, connector))]


def _value(item: Field, connector: Connector) -> str:
    if item.to is not None:
        return f"->{item.to}"
    number = "serial++" if _apart(item) else "i"
    if item.type is FieldType.PICKLIST:
        values = connector.value_sets[item.value_set].values if item.value_set else item.values
        active = next((name for name, value in values.items() if value.active), None)
        if active is not None:
            return quoted(active)
    if item.type in (FieldType.TEXT, FieldType.ENCRYPTED_TEXT):
        cut = "" if _apart(item) or (item.length or 0) >= len(str(MANY)) else f".right({item.length})"
        return f"String.valueOf({number}){cut}"
    if item.type is FieldType.EMAIL:
        return f"'test' + {number} + '@example.com'"
    if item.precision is not None:
        return fitting(item, number if _apart(item) else "1")
    value = _BY_TYPE.get(item.type) if item.type else None
    if value is None:
        raise NoTestRecord(f"no test value is known for a required {item.type} field", where=item.place)
    return value


def fitting(item: Field, number: str) -> str:
    """A whole number as a value of a number field: its last digit is the last decimal where the field has no other digits."""
    return number if item.digits else f"{number} * 0.{'1'.rjust(item.scale or 1, '0')}"


def builders(wanted: Mapping[str, Place | None], known: Mapping[str, Need], names: Names) -> tuple[Builder, ...]:
    """The builders for ``wanted`` objects, each with the place in the spec that asks for it, and for all their parents; by name.

    Raises:
        NoTestRecord: for an object that is not known, or parents that go in a circle.
    """
    done: dict[str, Builder] = {}
    for name in sorted(wanted):
        _build(name, known, names, done, (), wanted[name])
    return tuple(done[name] for name in sorted(done))


def _build(
    name: str,
    known: Mapping[str, Need],
    names: Names,
    done: dict[str, Builder],
    above: tuple[str, ...],
    place: Place | None,
) -> None:
    if name in done:
        return
    if name in above:
        raise NoTestRecord(f"no test record can be made: {' needs '.join((*above, name))}", where=place)
    if name not in known:
        raise NoTestRecord(
            f"it is not known what a test record of {name} needs",
            where=place,
            help="describe the object in the spec, or add a line for it to templates/apex/test_records.tsv of your project",
        )
    parents: list[Parent] = []
    values: list[tuple[str, str]] = []
    words = words_apart(known[name].values)
    for api_name, given in known[name].values.items():
        if given[:2] not in ("->", "=>"):
            values.append((api_name, _VALUES.get(given, given)))
            continue
        parent = given[2:]
        _build(parent, known, names, done, (*above, name), place)
        base = words[api_name]
        variable = base[:1].lower() + base[1:] + "Parents"
        each = given.startswith("=>")
        parents.append(Parent(parent, variable, names.builder(parent), each))
        values.append((api_name, f"{variable}[{'i' if each else '0'}].Id"))
    done[name] = Builder(name, names.builder(name), tuple(parents), tuple(values))
