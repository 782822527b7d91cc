"""What the save path must know of a type, worked out once for all its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from orgwright.apex.host import LateRecord, Record, RecordError
from orgwright.localorg.dml.coerce import Coercer, Refused, coercer
from orgwright.localorg.dml.columns import Column, column
from orgwright.localorg.dml.request import RawForm
from orgwright.localorg.schema.model import Field, PicklistEntry, RecordType, SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.store.forms import Decoder, typed_decoder

SYSTEM_FIELDS = frozenset(
    ("Id", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp", "IsDeleted")
)
_CHECKS_ITSELF = frozenset(("CreatedById", "LastModifiedById"))


@dataclass
class TypePlan:
    """A type prepared for saving."""

    sobject: SObjectType
    schema: Schema
    fields: Mapping[str, Field] = field(init=False)
    stored: tuple[Field, ...] = field(init=False)
    required: tuple[str, ...] = field(init=False)
    references: tuple[Field, ...] = field(init=False)
    filtered: tuple[Field, ...] = field(init=False)
    """Lookups with a required filter."""
    unique: tuple[Field, ...] = field(init=False)
    auto_numbers: tuple[Field, ...] = field(init=False)
    defaults: tuple[tuple[str, Any], ...] = field(init=False)
    default_formulas: tuple[Field, ...] = field(init=False)
    """Fields whose default must be worked out."""
    misfits: tuple[RecordError, ...] = field(init=False)
    """What is wrong with defaults that their fields cannot hold: a deploy takes them, a new record that needs one fails."""
    calculated: tuple[Field, ...] = field(init=False)
    """Formula fields and roll-ups."""
    record_type_values: Mapping[str | None, Mapping[str, frozenset[str]]] = field(init=False)
    """What record types offer, by Id: lower-case values of restricted picklists by field name."""
    booleans: Mapping[str, int] = field(init=False)
    record_type_defaults: dict[str | None, dict[str, str | None]] = field(init=False)
    """The picklists of each record type with the value that it begins with, which goes before the field's own."""
    _coercers: dict[tuple[str, RawForm], Coercer] = field(default_factory=dict)
    _columns: dict[str, Column] = field(default_factory=dict)
    _setup_coercers: dict[str, Coercer] = field(default_factory=dict)
    _decoders: tuple[tuple[str, Decoder], ...] = field(init=False)
    _decoder_of: Mapping[str, Decoder] = field(init=False)
    _blank: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.fields = self.sobject.fields
        self.stored = tuple(f for f in self.fields.values() if f.stored)
        self.required = tuple(f.name for f in self.stored if f.required)
        self.references = tuple(f for f in self.stored if f.reference_to and f.name not in _CHECKS_ITSELF)
        self.filtered = tuple(f for f in self.references if f.lookup_filter and not f.lookup_filter.optional)
        self.unique = tuple(f for f in self.stored if f.unique and f.type != "id")
        self.auto_numbers = tuple(f for f in self.stored if f.auto_number and f.display_format)
        self.booleans = {f.name: int(bool(f.default_value)) for f in self.stored if f.type == "boolean"}
        self.record_type_values = self._offered()
        self.default_formulas = tuple(f for f in self.stored if worked_out(f))
        self.calculated = tuple(f for f in self.fields.values() if f.formula is not None or f.summary is not None)
        self.misfits = ()
        self.defaults = tuple(self._default_values())
        self.record_type_defaults = {r.id: dict(self._presets(r)) for r in self.sobject.record_types if r.picklists}
        decoders = ((f.name, typed_decoder(f.type, f.scale)) for f in self.stored)
        self._decoders = tuple((name, decode) for name, decode in decoders if decode is not None)
        self._decoder_of = dict(self._decoders)
        self._blank = {f.name: False if f.type == "boolean" else None for f in self.stored}

    def _offered(self) -> dict[str | None, dict[str, frozenset[str]]]:
        found: dict[str | None, dict[str, frozenset[str]]] = {}
        for record_type in self.sobject.record_types:
            offered = {
                name: frozenset(entry.value.lower() for entry in entries)
                for name, entries in record_type.picklists.items()
                if (one := self.fields.get(name.lower())) is not None and one.restricted_picklist
            }
            if offered:
                found[record_type.id] = offered
        return found

    def _default_values(self) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = []
        for one in self.stored:
            if one.custom and (chosen := preset(one.picklist)) is not None:
                found.append((one.name, chosen))
                continue
            if one.default_value is None or not one.createable or not one.defaulted_on_create or worked_out(one):
                continue
            if one.type == "boolean":
                if one.default_value:
                    found.append((one.name, 1))
            else:
                try:
                    found.append((one.name, self.coercer(one, "typed")(one.default_value)))
                except Refused as refused:
                    self.misfits += (refused.error,)
        return found

    def _presets(self, record_type: RecordType) -> Iterator[tuple[str, str | None]]:
        """A custom picklist without a default here begins empty; a standard one keeps its own default."""
        for name, entries in record_type.picklists.items():
            one, chosen = self.fields.get(name.lower()), preset(entries)
            if one is not None and (one.custom or chosen is not None):
                yield one.name, chosen

    def coercer(self, one: Field, raw: RawForm) -> Coercer:
        """The field's coercer for that form of input."""
        key = (one.name, raw)
        made = self._coercers.get(key)
        if made is None:
            made = self._coercers[key] = coercer(one, raw, self._prefixes(one))
        return made

    def column(self, one: Field) -> Column:
        """As :meth:`coercer` for a column of CSV cells."""
        made = self._columns.get(one.name)
        if made is None:
            made = self._columns[one.name] = column(one, self.coercer(one, "csv"))
        return made

    def setup_coercer(self, one: Field) -> Coercer:
        """As :meth:`coercer` for what the platform itself writes: it may use values that users may not."""
        made = self._setup_coercers.get(one.name)
        if made is None:
            open_field = replace(one, restricted_picklist=False) if one.restricted_picklist else one
            made = coercer(open_field, "typed", None)
            self._setup_coercers[one.name] = made
        return made

    def _prefixes(self, one: Field) -> dict[str, str] | None:
        if not one.reference_to:
            return None
        found = {}
        for name in self.schema.targets_of(one):
            target = self.schema.sobject(name)
            if target is None or target.key_prefix is None:
                return None
            found[target.key_prefix] = target.name
        return found

    def typed(self, stored: Mapping[str, Any]) -> Record:
        """The typed record of a stored row, with an entry for every field."""
        return Record(self.sobject.name, self._typed_values(stored))

    def typed_part(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Typed values of some stored ones."""
        decoders = self._decoder_of
        return {name: decoders[name](v) if v is not None and name in decoders else v for name, v in stored.items()}

    def late(self, id: str | None, stored: Mapping[str, Any]) -> LateRecord:
        """As :meth:`typed`, worked out when it is first read: ``stored`` may not change until then."""
        return LateRecord(self.sobject.name, id, partial(self._typed_values, stored))

    def late_change(self, old: LateRecord, changed: Mapping[str, Any]) -> LateRecord:
        """As :meth:`late` for a row after a change: ``old`` with the stored values of ``changed``."""
        return LateRecord(self.sobject.name, old.id, partial(self._changed_values, old, changed))

    def _typed_values(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        values = {**self._blank, **stored}
        for name, decode in self._decoders:
            value = values[name]
            if value is not None:
                values[name] = decode(value)
        return values

    def _changed_values(self, old: LateRecord, changed: Mapping[str, Any]) -> dict[str, Any]:
        values = {**(old.fields if old.made else old.make()), **changed}
        decoders = self._decoder_of
        for name, value in changed.items():
            if value is not None and name in decoders:
                values[name] = decoders[name](value)
        return values


def worked_out(one: Field) -> bool:
    """Whether the default is a formula, no mere literal."""
    text = one.default_formula
    if text is None or not one.createable:
        return False
    return text.strip().lower() not in ("true", "false") if one.type == "boolean" else one.default_value is None


class TypePlans:
    """Plans of the types of one schema."""

    def __init__(self) -> None:
        self._plans: dict[str, TypePlan] = {}

    def get(self, sobject: SObjectType, schema: Schema) -> TypePlan:
        """The plan of ``sobject``, made when the type is new or has changed."""
        plan = self._plans.get(sobject.name)
        if plan is None or plan.sobject is not sobject:
            plan = self._plans[sobject.name] = TypePlan(sobject, schema)
        return plan


def preset(entries: Sequence[PicklistEntry]) -> str | None:
    """The default of a picklist: set on create by every API when the field is left out."""
    return next((entry.value for entry in entries if entry.default and entry.active), None)
