"""What an org has: the components that listMetadata, readMetadata and retrieve show.

Besides what was deployed these are things that every org has by itself: standard objects and their fields,
profiles, settings, page layouts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from orgwright.localorg.metadata.catalog import catalog
from orgwright.localorg.metadata.components import Components, Stored, canonical
from orgwright.localorg.metadata.document import Node, make, to_bytes
from orgwright.localorg.metadata.handlers.permissions import profile_metadata_name
from orgwright.localorg.metadata.handlers.values import STANDARD_VALUE_SETS
from orgwright.localorg.metadata.package import folder_kind
from orgwright.localorg.metadata.pagelayouts import own_layout, own_names
from orgwright.metadata.component import Component
from orgwright.metadata.types import TYPES

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction
    from orgwright.localorg.schema.model import Field, SObjectType

_EPOCH = "1970-01-01T00:00:00.000Z"
_FIELD_TYPES = {
    "string": "Text", "textarea": "TextArea", "boolean": "Checkbox", "int": "Number", "double": "Number", "long": "Number",
    "currency": "Currency", "percent": "Percent", "date": "Date", "datetime": "DateTime", "time": "Time",
    "email": "Email", "phone": "Phone", "url": "Url", "picklist": "Picklist", "multipicklist": "MultiselectPicklist",
    "reference": "Lookup", "location": "Location", "encryptedstring": "EncryptedText",
}  # fmt: skip
_OBJECT_CHILDREN = tuple(child for child in TYPES["CustomObject"].children)


class Listed:
    """One component that the org has, deployed or its own."""

    def __init__(self, tx: Transaction, type: str, name: str, stored: Stored | None) -> None:
        self.type, self.name, self.stored = type, name, stored
        kind = TYPES[type]
        folder, suffix = kind.folder, kind.suffix
        if kind.parent:
            parent = TYPES[kind.parent]
            folder, suffix = parent.folder, parent.suffix
            name = kind.parent if kind.bare else name.partition(".")[0]
        own = f"{kind.path(name)}.{suffix}" if not kind.parent else f"{folder}/{name}.{suffix}"
        self.file = stored.file if stored else own
        self.id = stored.id if stored else ""
        self.created = stored.created if stored else _EPOCH
        self.modified = stored.modified if stored else _EPOCH
        self.created_by = stored.created_by if stored else tx.org.record.admin_id
        self.modified_by = stored.modified_by if stored else tx.org.record.admin_id


class Catalogue:
    """Reads the components of an org within one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._components = Components(tx)
        self._known: dict[tuple[str, str], Stored | None] = {}

    def _stored(self, type: str, name: str) -> Stored | None:
        """A component that was deployed. A manifest names an object and each of its fields, so what was read is kept."""
        key = (type, name.lower())
        if key not in self._known:
            self._known[key] = self._components.get(type, name)
        return self._known[key]

    def _children_of(self, type: str, parent: str) -> list[Stored]:
        found = self._components.children(type, parent)
        self._known.update(((type, one.name.lower()), one) for one in found)
        return found

    # --- lists ------------------------------------------------------------------------

    def listing(self, type: str) -> list[Listed]:
        """Every component of a type."""
        stored = {one.name.lower(): one for one in self._components.all(type)}
        found = [Listed(self._tx, type, one.name, one) for one in stored.values()]
        found += [Listed(self._tx, type, name, None) for name in self._own(type) if name.lower() not in stored]
        return sorted(found, key=lambda one: one.name.lower())

    def listed(self, components: Iterable[Component]) -> list[Listed]:
        """File properties of retrieved components."""
        return [Listed(self._tx, c.type, c.name, self._stored(c.type, c.name)) for c in components]

    def _own(self, type: str) -> Iterable[str]:
        if type == "CustomObject":
            return [s.name for s in self._standard_objects()]
        if type == "CustomLabels":
            return [type] if self._components.all("CustomLabel") else []
        if type == "Profile":
            rows = self._tx.query("SELECT Name FROM Profile", access="system").records
            return [profile_metadata_name(r.fields["Name"]) for r in rows]
        if type == "Settings":
            return catalog().settings()
        if type == "StandardValueSet":
            return STANDARD_VALUE_SETS
        if type == "Layout":
            return own_names(self._tx.schema)
        return []

    def _standard_objects(self) -> Iterator[SObjectType]:
        for name in self._tx.schema.sobject_names():
            found = self._tx.schema.sobject(name)
            if found is not None and not found.custom and found.layoutable:
                yield found

    # --- documents --------------------------------------------------------------------

    def read(self, type: str, name: str) -> Node | None:
        """The document of a component as readMetadata shows it, with its full name; objects with all their children."""
        if type.endswith("Settings") and type != "Settings" and type not in TYPES:
            return self._settings(name, type)
        if type == "Settings":
            return self._settings(name, f"{name}Settings")
        if type == "CustomObject":
            return self._object(name, with_children=True)
        stored = self._stored(type, name)
        if stored is not None:
            own = _named(stored.node, stored.name, type)
            parts = [make(str(TYPES[one.type].tag), "", *one.node.children) for one in self._components.parts(stored)]
            return make(type, "", *own.children, *parts)
        if type == "CustomField":
            sobject, _, field_name = name.partition(".")
            target = self._tx.schema.sobject(sobject)
            field = target.field(field_name) if target else None
            return _named(_standard_field(field), f"{target.name}.{field.name}", type) if target and field else None
        if type == "Profile" and any(one.name.lower() == name.lower() for one in self.listing("Profile")):
            return make(type, "", make("fullName", name), make("custom", "false"), make("userLicense", "Salesforce"))
        if type == "StandardValueSet":
            return self._value_set(name)
        if type == "Layout":
            return own_layout(self._tx.schema, name)
        return None

    def _settings(self, name: str, type: str) -> Node | None:
        kind = catalog().type(type)
        if kind is None or not kind.is_metadata:
            return None
        stored = self._stored("Settings", name)
        given = {child.tag: child for child in stored.node.children} if stored else {}
        children = [make("fullName", name)]
        for element in kind.elements.values():
            if element.name in given:
                children.append(given[element.name])
            elif element.type == "boolean":
                value = self._tx.schema.setting(f"{type}.{element.name}")
                children.append(make(element.name, "true" if value else "false"))
        return make(type, "", *children)

    def _value_set(self, name: str) -> Node | None:
        for sobject, field_name in STANDARD_VALUE_SETS.get(name, ())[:1]:
            target = self._tx.schema.sobject(sobject)
            field = target.field(field_name) if target else None
            if field is None:
                return None
            values = [
                make(
                    "standardValue",
                    "",
                    make("fullName", e.value),
                    make("default", _flag(e.default)),
                    make("label", e.label),
                )
                for e in field.picklist
            ]
            return make("StandardValueSet", "", make("fullName", name), make("sorted", "false"), *values)
        return None

    def _object(self, name: str, *, with_children: bool) -> Node | None:
        target = self._tx.schema.sobject(name)
        if target is None:
            return self._activity(with_children) if name.lower() == "activity" else None
        stored = self._stored("CustomObject", name)
        children = [make("fullName", target.name)]
        if stored is not None:
            children += [child for child in stored.node.children if child.tag != "fullName"]
        elif not target.custom:
            children += [make("label", target.label), make("pluralLabel", target.label_plural)]
        if with_children:
            children += self._children(target)
        return make("CustomObject", "", *children)

    def _activity(self, with_children: bool) -> Node:
        """Activity, which is no SObject of its own: the custom fields of tasks and events are made on it."""
        stored = self._stored("CustomObject", "Activity")
        children = [child for child in stored.node.children if child.tag != "fullName"] if stored else []
        if with_children:
            fields = self._children_of("CustomField", "Activity")
            children += [_named(one.node, one.name.partition(".")[2], "fields") for one in fields]
        return make("CustomObject", "", make("fullName", "Activity"), *children)

    def _children(self, target: SObjectType) -> Iterator[Node]:
        for kind in _OBJECT_CHILDREN:
            assert kind.tag is not None
            for stored in self._children_of(kind.name, target.name):
                yield _named(stored.node, stored.name.partition(".")[2], kind.tag)
            if kind.name == "CustomField":
                yield from (_named(_standard_field(f), f.name, "fields") for f in self._standard_fields(target))

    # --- retrieve ---------------------------------------------------------------------

    def components(self, type: str, names: Iterable[str]) -> tuple[list[Component], list[str]]:
        """The components that a package manifest's members name, and the names that match nothing."""
        found: list[Component] = []
        missing: list[str] = []
        for name in names:
            if name == "*":
                found += self._all(type)
                continue
            matched = self._component(type, name)
            if matched:
                found += matched
            else:
                missing.append(name)
        return found, missing

    def _all(self, type: str) -> Iterator[Component]:
        if type == "Settings":
            for name in catalog().settings():
                yield from self._component(type, name)
            return
        if type == "CustomLabels":
            yield from self._component(type, type)
            return
        names = [stored.name for stored in self._components.all(type)]
        if type == "Layout":
            names = [one.name for one in self.listing(type)]
        for name in names:
            if type != "CustomObject" or "__" in name:  # a wildcard does not match standard objects
                yield from self._component(type, name)

    def _component(self, type: str, name: str) -> list[Component]:
        if type == "CustomObject":
            return self._object_components(name)
        if type == "CustomLabels":
            return [one.component() for one in self._components.all("CustomLabel")]
        stored = self._stored(type, name) or self._stored(folder_kind(type, name), name)
        if stored is None and type == "Document":  # the sf CLI leaves the extension out
            found = (one for one in self._components.all(type) if one.name.rpartition(".")[0].lower() == name.lower())
            stored = next(found, None)
        if stored is not None and type != "Settings":
            return [stored.component(), *(part.component() for part in self._components.parts(stored))]
        node = self.read(type, name)
        if node is None:
            return []
        child = TYPES[type].parent is not None
        body = node if child else node.without("fullName")
        if child:
            body = _named(node, name.partition(".")[2], type)
        return [Component(type, name, to_bytes(canonical(body, node.tag if type == "Settings" else type)))]

    def _object_components(self, name: str) -> list[Component]:
        target = self._tx.schema.sobject(name)
        node = self._object(name, with_children=False)
        if node is None:
            return []
        own = node.value("fullName")
        found = [Component("CustomObject", own, to_bytes(canonical(node.without("fullName"), "CustomObject")))]
        for kind in _OBJECT_CHILDREN:
            found += [one.component() for one in self._children_of(kind.name, own)]
        if target is None:
            return found
        told = {one.name.lower() for one in found}
        for field in self._standard_fields(target):
            name = f"{target.name}.{field.name}"
            if name.lower() not in told:
                node = make("CustomField", "", make("fullName", field.name), *_retrieved_field(field))
                found.append(Component("CustomField", name, to_bytes(canonical(node, "CustomField"))))
        return found

    def _standard_fields(self, target: SObjectType) -> Iterator[Field]:
        """The fields that every org has on a standard object and that its metadata tells."""
        if not target.custom:
            for field in target.fields.values():
                if not field.custom and field.createable and field.compound_field_name is None:
                    yield field


def _named(node: Node, name: str, tag: str) -> Node:
    """A copy of a document under another tag, its full name first."""
    return make(tag, "", make("fullName", name), *(child for child in node.children if child.tag != "fullName"))


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _retrieved_field(field: Field) -> list[Node]:
    """What a retrieve tells of a standard field: whether it is tracked, and the type of what has values or a target."""
    kind = _FIELD_TYPES.get(field.type, "Text") if field.type in ("picklist", "multipicklist", "reference") else None
    told = [make("trackFeedHistory", "false"), make("trackHistory", _flag(field.track_history))]
    return told + ([make("type", kind)] if kind else [])


def _standard_field(field: Field) -> Node:
    """What the Metadata API tells of a standard field."""
    children = [make("label", field.label)]
    if field.length and field.type in ("string", "textarea"):
        children.append(make("length", str(field.length)))
    if field.reference_to:
        children.append(make("referenceTo", field.reference_to[0]))
    children.append(make("required", _flag(field.required)))
    children.append(make("type", _FIELD_TYPES.get(field.type, "Text")))
    return make("CustomField", "", *children)
