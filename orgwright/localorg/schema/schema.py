"""All SObject types of an org at one moment."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from types import MappingProxyType
from typing import Any

from orgwright.apex.host import QueryShape
from orgwright.apex.names import bare
from orgwright.localorg.schema import custom, families, standard
from orgwright.localorg.schema.late import LateChildren, LateFields
from orgwright.localorg.schema.model import (
    ChildRelationship,
    Field,
    PicklistEntry,
    RecordType,
    SObjectType,
    ValidationRule,
)
from orgwright.localorg.schema.namespaces import NamespacedFields

_SERIALS = count(1)
_FEW_TARGETS = 2
"""Owners and the people of an activity have two kinds of target, of standard objects only."""


@dataclass(frozen=True)
class ValueSet:
    """A global value set."""

    name: str
    label: str
    values: tuple[PicklistEntry, ...]


@dataclass(frozen=True)
class ObjectChange:
    """What an org adds to a standard object, or all that a custom object is.

    ``attributes`` are those of :class:`SObjectType` that differ; ``fields`` (by lower-case name) are added, or
    replace the standard one of the same name.
    """

    name: str
    custom: bool
    attributes: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Field] = field(default_factory=dict)
    record_types: tuple[RecordType, ...] = ()
    validation_rules: tuple[ValidationRule, ...] = ()


OBJECT_FACTS = ("Label", "MasterLabel", "PluralLabel", "KeyPrefix")
"""What an object's definition tells beside its names."""


def _facts(one: SObjectType) -> tuple[str | None, ...]:
    return one.label, one.label, one.label_plural, one.key_prefix


@dataclass(frozen=True)
class Schema:
    """Immutable; edited by the functions of :mod:`orgwright.localorg.schema.edit`.

    ``settings`` holds the org settings that were deployed (``QuoteSettings.enableQuote``), ``features`` those of a
    scratch org definition, ``changes`` what differs from the standard objects, by lower-case name.
    """

    settings: Mapping[str, Any] = field(default_factory=lambda: dict(standard.DEFAULT_SETTINGS))
    features: frozenset[str] = frozenset()
    changes: Mapping[str, ObjectChange] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """Texts of custom labels by their API name."""
    components: Mapping[str, str] = field(default_factory=dict)
    """Names of the components that Apex names as types or pages, by type and name in lower case (``flow.close_case``)."""
    value_sets: Mapping[str, ValueSet] = field(default_factory=dict)
    """Global value sets by lower-case API name."""
    namespace: str | None = None
    """The namespace of the code, which may name its own types with it."""
    _types: dict[str, SObjectType | None] = field(default_factory=dict, repr=False, compare=False)
    _lazy: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    # --- the protocol of apex/host.py -------------------------------------------------

    @property
    def fingerprint(self) -> str:
        """Changes whenever anything that a compilation could see changes."""
        if "fingerprint" not in self._lazy:
            parts: list[Any] = [sorted(self.settings.items()), sorted(self.features), sorted(self.labels.items())]
            parts += [self.changes[name] for name in sorted(self.changes)]
            parts += [self.value_sets[name] for name in sorted(self.value_sets)]
            parts += sorted(self.components)
            parts += [self.namespace] if self.namespace else []
            self._lazy["fingerprint"] = hashlib.sha256(repr(parts).encode()).hexdigest()
        return str(self._lazy["fingerprint"])

    def sobject(self, name: str) -> SObjectType | None:
        """The type of that API name, case ignored; ``None`` when the org has none."""
        lower = name.lower()
        try:
            return self._types[lower]
        except KeyError:
            made = self._types[lower] = (
                self._make(lower) if self.namespace is None else self._own(lower, self.namespace)
            )
            return made

    def _own(self, lower: str, namespace: str) -> SObjectType | None:
        """As :meth:`_make`, where the namespace may stand before the names of objects, fields and relationships."""
        made = self._make(lower)
        if made is not None:
            return replace(made, fields=NamespacedFields(namespace, made.fields), namespace=namespace)
        name = bare(namespace, lower)
        return self.sobject(name) if name is not None else None

    def sobject_names(self) -> Iterable[str]:
        """API names of all types, sorted."""
        if "names" not in self._lazy:
            self._lazy["names"] = tuple(sorted(self._names()))
        names: tuple[str, ...] = self._lazy["names"]
        return names

    @property
    def object_facts(self) -> str:
        """:data:`OBJECT_FACTS` of every type by its API name, as JSON."""
        if "object_facts" not in self._lazy:
            types = filter(None, map(self.sobject, self.sobject_names()))
            self._lazy["object_facts"] = json.dumps(
                {one.name: dict(zip(OBJECT_FACTS, _facts(one), strict=True)) for one in types}
            )
        return str(self._lazy["object_facts"])

    def sobject_of_id(self, id: str) -> SObjectType | None:
        """The type that an Id's key prefix belongs to."""
        name = self.prefixes.get(id[:3])
        if name is None and standard.EVERY_OBJECT in self.features:
            name = standard.feature_prefixes().get(id[:3])
        return self.sobject(name) if name else None

    def standard_entry(self, name: str) -> standard.Entry | None:
        """The facts of a standard object of that name, case ignored, whether or not it is switched on."""
        return standard.entry_of(name.lower(), self.features)

    def check_query(self, soql: str) -> QueryShape:
        """Check a SOQL text in which each bind stands as ``:name``; raise :class:`QueryProblem`."""
        from orgwright.localorg.soql.check import check_text  # the checker needs the schema's types

        return check_text(self, soql)

    def has_label(self, name: str) -> bool:
        """Whether there is a custom label of that name, case ignored."""
        return self.label(name) is not None

    def label(self, name: str) -> str | None:
        """The text of a custom label."""
        if "labels" not in self._lazy:
            self._lazy["labels"] = {k.lower(): v for k, v in self.labels.items()}
        text: str | None = self._lazy["labels"].get(name.lower())
        return text

    def component(self, kind: str, name: str) -> str | None:
        """The API name of a flow, page or DataWeave script of that name, case ignored."""
        return self.components.get(f"{kind}.{name}".lower())

    @property
    def serial(self) -> int:
        """Another number for every schema object of this process, for caches."""
        number: int = self._lazy.setdefault("serial", next(_SERIALS))
        return number

    # --- more ------------------------------------------------------------------------

    def targets_of(self, reference: Field) -> tuple[str, ...]:
        """The names of the types that a reference can point at; that of a file or a task takes custom objects too."""
        names = reference.reference_to
        if len(names) <= _FEW_TARGETS or reference.custom:
            return names
        return names + tuple(c.name for c in self.changes.values() if c.custom and c.name.lower().endswith("__c"))

    @property
    def prefixes(self) -> Mapping[str, str]:
        """Names of the types by key prefix."""
        if "prefixes" not in self._lazy:
            every = standard.EVERY_OBJECT in self.features
            known = standard.entries().values()
            found = {e.key_prefix: e.name for e in known if e.key_prefix and (every or self._is_on(e))}
            for change in self.changes.values():
                if change.custom and change.attributes.get("key_prefix"):
                    found[change.attributes["key_prefix"]] = change.name
            self._lazy["prefixes"] = found
        prefixes: Mapping[str, str] = self._lazy["prefixes"]
        return prefixes

    @property
    def feature_set(self) -> frozenset[str]:
        """The features that decide on single standard fields."""
        if "features" not in self._lazy:
            by_setting = {f for f, setting in standard.FEATURE_SETTINGS.items() if self.setting(setting)}
            self._lazy["features"] = standard.ALWAYS_ON | self.features | by_setting
        on: frozenset[str] = self._lazy["features"]
        return on

    def setting(self, name: str) -> Any:
        """The value of an org setting, ``None`` when it was never set."""
        return self.settings.get(name)

    def edited(self, touched: Iterable[str] | None = None, **changes: Any) -> Schema:
        """A copy with other values; ``touched`` names the types that must be made anew (``None``: all)."""
        if touched is None:
            return replace(self, **changes, _types={}, _lazy={})
        stale = {name.lower() for name in touched}
        kept: dict[str, SObjectType | None]
        kept = {k: v for k, v in self._types.items() if k not in stale and v is not None and not families.is_one(k)}
        return replace(self, **changes, _types=kept, _lazy={})

    def _names(self) -> Iterator[str]:
        for entry in standard.entries().values():
            if self._is_on(entry):
                yield entry.name
                if "ChangeEvent" in entry.families:
                    yield entry.name + "ChangeEvent"
        for change in self.changes.values():
            if change.custom:
                yield change.name
                yield from families.of_custom(change.name, change.attributes)

    def _is_on(self, entry: standard.Entry) -> bool:
        return all(self._switch(s) for s in entry.enabled_by)

    def _named(self, lower: str) -> standard.Entry | None:
        """The facts of a standard object that is there when it is named."""
        found = self.standard_entry(lower)
        if found is None:
            return None
        if standard.EVERY_OBJECT not in self.features:
            return found if self._is_on(found) else None
        asked = standard.ASKED_SETTINGS.intersection(found.enabled_by)
        return found if all(map(self._switch, asked)) else None

    def _switch(self, name: str) -> bool:
        if name.partition("(")[0].strip() in self.features:
            return True
        return bool(self.settings.get(name))

    def _make(self, lower: str) -> SObjectType | None:
        change = self.changes.get(lower)
        if change is not None and change.custom:
            return self._custom(change)
        entry = self._named(lower)
        if entry is not None:
            return self._standard(entry, change)
        return families.make(lower, self.sobject)

    def _standard(self, entry: standard.Entry, change: ObjectChange | None) -> SObjectType:
        lower = entry.name.lower()
        record_types = change.record_types if change else ()
        features = self.feature_set | {"RecordTypes"} if record_types else self.feature_set

        def fields() -> Mapping[str, Field]:
            found = {f.name.lower(): f for f in standard.fields(lower, features)}
            if lower in ("task", "event") and "activity" in self.changes:
                found.update(self.changes["activity"].fields)
            if change is not None:
                found.update(change.fields)
            return found

        def children() -> Sequence[ChildRelationship]:
            own = [c for c in standard.children(lower, features) if self._exists(c.child)]
            return (*own, *self._lookups.get(lower, ()))

        flags: dict[str, Any] = {
            "createable": entry.has("createable"),
            "updateable": entry.has("updateable"),
            "deletable": entry.has("deletable"),
            "undeletable": entry.has("undeletable"),
            "queryable": entry.has("queryable"),
            "searchable": entry.has("searchable"),
            "retrieveable": entry.has("retrieveable"),
            "replicateable": entry.has("replicateable"),
            "layoutable": entry.has("layoutable"),
            "mergeable": entry.has("mergeable"),
            "triggerable": entry.has("triggerable"),
            "feed_enabled": entry.has("feedEnabled"),
            "mru_enabled": entry.has("mruEnabled"),
            "activateable": entry.has("activateable"),
            "record_typeable": entry.has("recordTypeable"),
            "custom_setting": entry.has("customSetting"),
            "enable_history": "History" in entry.families,
            "kind": "event" if entry.has("platformEvent") else "object",
        }
        base = SObjectType(
            name=entry.name,
            label=entry.label,
            label_plural=entry.label_plural,
            key_prefix=entry.key_prefix,
            fields=LateFields(fields),
            children=LateChildren(children),
            junctions=standard.junctions(lower),
            record_types=record_types,
            validation_rules=change.validation_rules if change else (),
            **flags,
        )
        return replace(base, **change.attributes) if change is not None and change.attributes else base

    def _exists(self, name: str) -> bool:
        return self._named(name.lower()) is not None

    @property
    def _lookups(self) -> Mapping[str, tuple[ChildRelationship, ...]]:
        """Child relationships that custom reference fields make, by lower-case parent name."""
        if "lookups" not in self._lazy:
            found: dict[str, list[ChildRelationship]] = defaultdict(list)
            for change in self.changes.values():
                for one in change.fields.values():
                    if not one.custom or not one.reference_to:
                        continue
                    name = f"{one.child_relationship_name}__r" if one.child_relationship_name else None
                    # a field of activities is one of tasks and of events: both stand under its name
                    for owner in ("Task", "Event") if change.name == "Activity" else (change.name,):
                        child = ChildRelationship(owner, one.name, name, one.cascade_delete, one.restricted_delete)
                        for parent in one.reference_to:
                            found[parent.lower()].append(child)
            self._lazy["lookups"] = {k: tuple(v) for k, v in found.items()}
        lookups: Mapping[str, tuple[ChildRelationship, ...]] = self._lazy["lookups"]
        return lookups

    def _custom(self, change: ObjectChange) -> SObjectType:
        attributes = {"label": change.name, "label_plural": change.name, **change.attributes}
        lower = change.name.lower()
        own = list(change.fields.values())
        fields = {f.name.lower(): f for f in (*_system_fields(change, own, self.feature_set), *own)}
        hanging = (c for c in families.hanging_on(change.name, attributes) if self._exists(c.child))
        children = (*families.children_of(change.name, attributes), *hanging, *self._lookups.get(lower, ()))
        return SObjectType(
            name=change.name,
            custom=True,
            fields=MappingProxyType(fields),
            children=children,
            record_types=change.record_types,
            validation_rules=change.validation_rules,
            **attributes,
        )


def _system_fields(change: ObjectChange, own: list[Field], features: frozenset[str]) -> tuple[Field, ...]:
    kind = change.attributes.get("kind", "object")
    if kind == "event":
        return custom.event_fields()
    if kind == "metadata":
        return custom.metadata_type_fields()
    if kind == "big":
        return (custom.ID, custom.CREATED_DATE, custom.CREATED_BY)
    name = next((f for f in own if f.name_field), custom.name_field(f"{change.attributes.get('label', 'Record')} Name"))
    currency = (custom.CURRENCY,) if "MultiCurrency" in features else ()
    if kind == "setting":
        hierarchy = change.attributes.get("custom_setting_type") == "Hierarchy"
        located = custom.SETUP_OWNER if hierarchy else replace(custom.SETUP_OWNER, unique=False)
        return (custom.ID, custom.IS_DELETED, name, located, *currency, *custom.AUDIT)
    detail = any(f.master_detail for f in own)
    record_type = (custom.RECORD_TYPE,) if change.record_types else ()
    activity = (custom.LAST_ACTIVITY,) if change.attributes.get("enable_activities") else ()
    owner = () if detail else (custom.OWNER,)
    return (custom.ID, *owner, custom.IS_DELETED, name, *record_type, *currency, *custom.AUDIT, *activity)
