"""What one part of a connector says about another: lookups, permissions, mappings, sample tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orgwright.spec import naming, standard
from orgwright.spec.data import KINDS
from orgwright.spec.data import Mapping as DataMapping
from orgwright.spec.errors import SpecError, did_you_mean, unknown
from orgwright.spec.field import RELATIONSHIPS, Field, FieldType
from orgwright.spec.model import Connector, Object
from orgwright.spec.node import Node

SYSTEM_FIELDS = frozenset(
    {"Id", "Name", "OwnerId", "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "CurrencyIsoCode"}
)


class Known:
    """What a spec can refer to: its own parts and what every org brings."""

    def __init__(self, connector: Connector) -> None:
        self.connector = connector
        self.namespaces = {package.namespace for package in connector.requires.packages if package.namespace}
        self.settings = {
            setting.api_name.lower() for setting in connector.requires.settings if setting.value is not False
        }

    def object(self, name: str) -> bool:
        """Whether there is an object (event, metadata type) of this name."""
        connector = self.connector
        if name in connector.objects or name in connector.events or name in connector.metadata_types:
            return True
        return standard.find(name) is not None or naming.split(name).namespace in self.namespaces

    def object_names(self) -> list[str]:
        """All names for a suggestion."""
        connector = self.connector
        return [*connector.objects, *connector.events, *connector.metadata_types, *standard.names()]

    def field(self, sobject: str, name: str) -> bool | None:
        """Whether an object has a field; None when the object is a package's and so unknown."""
        own = (
            self.connector.objects.get(sobject)
            or self.connector.events.get(sobject)
            or self.connector.metadata_types.get(sobject)
        )
        if own is None and sobject in ("Task", "Event"):
            own = self.connector.objects.get("Activity")
        if own is not None and name in own.fields and own.fields[name].custom:
            return True
        name_parts = naming.split(name)
        if name_parts.namespace in self.namespaces or naming.split(sobject).namespace in self.namespaces:
            return None
        facts = standard.find(sobject)
        if facts is not None:
            return facts.field(name) is not None
        return name in SYSTEM_FIELDS

    def field_names(self, sobject: str) -> list[str]:
        """All fields for a suggestion."""
        own = self.connector.objects.get(sobject) or self.connector.events.get(sobject)
        facts = standard.find(sobject)
        return [*(own.fields if own else ()), *(facts.fields if facts else SYSTEM_FIELDS)]


def check_links(connector: Connector) -> Iterator[SpecError]:
    """All errors of references."""
    known = Known(connector)
    for item in connector.objects.values():
        yield from _object(known, item)
    for name, field in _all_fields(connector):
        yield from _relationship(known, name, field)
    yield from _relationship_names(connector)
    yield from _access(known)
    yield from _credentials(connector)
    yield from _seed(known)
    yield from _sample(connector)


def _all_fields(connector: Connector) -> Iterator[tuple[str, Field]]:
    for section in (connector.objects, connector.events, connector.metadata_types):
        for name, item in section.items():
            for field in item.custom_fields:
                yield name, field


def _object(known: Known, item: Object) -> Iterator[SpecError]:
    facts = standard.find(item.api_name)
    missing = [name for name in (facts.settings if facts else ()) if name.lower() not in known.settings]
    if missing:
        yield SpecError(
            f"{item.api_name} exists only where {missing[0]} is on",
            where=item.place_of_key,
            help=f"add {missing[0]} to requires.settings",
        )
    masters = (known.connector.connector, "salesforce", "both")
    for field in item.fields.values():
        if not field.custom and known.field(item.api_name, field.api_name) is False:
            help = (
                did_you_mean(field.api_name, known.field_names(item.api_name))
                or f"a custom field is called {field.api_name}__c and has a type"
            )
            yield SpecError(f"{item.api_name} has no field {field.api_name}", where=field.place_of_key, help=help)
        if field.master is not None and field.master not in masters:
            yield SpecError(
                f"nobody is called {field.master}; a master is one of: {', '.join(masters)}",
                where=field.place_of("master"),
            )


def _relationship(known: Known, owner: str, field: Field) -> Iterator[SpecError]:
    if field.type in RELATIONSHIPS and field.to is not None and not known.object(field.to):
        extra = (
            ("EntityDefinition", "FieldDefinition", "EntityParticle")
            if field.type is FieldType.METADATA_RELATIONSHIP
            else ()
        )
        if field.to in extra:
            return
        where = field.place_of("to") if field.place_of("to") is not field.place else field.place_of("type")
        help = (
            did_you_mean(field.to, known.object_names())
            or f"describe {field.to} under objects, or the package that brings it under requires.packages"
        )
        yield SpecError(f"there is no object {field.to}", where=where, help=help)
    if field.value_set is not None and field.value_set not in known.connector.value_sets:
        hint = did_you_mean(field.value_set, known.connector.value_sets) or "describe it under value_sets"
        yield SpecError(f"there is no value set {field.value_set}", where=field.place_of("value_set"), help=hint)
    if field.controlled_by is not None and known.field(owner, field.controlled_by) is False:
        yield SpecError(f"{owner} has no field {field.controlled_by}", where=field.place_of("controlled_by"))
    for attribute in ("through", "summarize"):
        path = getattr(field, attribute)
        if path is None:
            continue
        child, _, name = path.partition(".")
        where = field.place_of(attribute) if field.place_of(attribute) is not field.place else field.place_of("type")
        if not known.object(child) or known.field(child, name) is False:
            yield SpecError(f"there is no field {path}", where=where, help="Child__c.Field__c")


def _relationship_names(connector: Connector) -> Iterator[SpecError]:
    seen: dict[tuple[str, str], str] = {}
    for owner, field in _all_fields(connector):
        if field.relationship_name is None or field.to is None:
            continue
        key = (field.to.lower(), field.relationship_name.lower())
        first = seen.setdefault(key, f"{owner}.{field.api_name}")
        if first != f"{owner}.{field.api_name}":
            yield SpecError(
                f"{field.to} has the child relationship {field.relationship_name} already, from {first}",
                where=field.place_of("relationship_name"),
                help="give another relationship_name",
            )


def _access(known: Known) -> Iterator[SpecError]:
    access = known.connector.access
    for item in access.permission_sets.values():
        for name in item.objects:
            if not known.object(name):
                yield unknown("object", name, known.object_names(), item.place_of("objects"))
        for name in item.custom_permissions:
            if name not in access.custom_permissions:
                yield unknown("custom permission", name, access.custom_permissions, item.place_of("custom_permissions"))
        for name in item.credentials:
            if name not in known.connector.credentials.external:
                yield unknown(
                    "external credential", name, known.connector.credentials.external, item.place_of("credentials")
                )
        if isinstance(item.fields, Mapping):
            own = [f"{owner}.{field.api_name}" for owner, field in known.connector.custom_fields]
            for name in item.fields:
                sobject, _, field = name.partition(".")
                if name not in own and known.field(sobject, field) is False:
                    yield unknown("field", name, own, item.place_of("fields"))
        if item.fields == "edit" and not item.objects:
            yield SpecError(
                "fields can be opened only with their objects", where=item.place_of("fields"), help="give objects too"
            )
    holders: list[tuple[Node | None, tuple[str, ...]]] = [
        (access.user, access.user.permission_sets if access.user else ()),
        (access.app, access.app.permission_sets if access.app else ()),
        (access, access.deployer),
    ]
    outage = known.connector.outage
    if outage.bypass is not None and outage.bypass not in access.permission_sets:
        yield unknown("permission set", outage.bypass, access.permission_sets, outage.place_of("bypass"))
    for node, names in holders:
        for name in names:
            if node is not None and name not in access.permission_sets:
                attribute = "deployer" if node is access else "permission_sets"
                yield unknown("permission set", name, access.permission_sets, node.place_of(attribute))


def _credentials(connector: Connector) -> Iterator[SpecError]:
    credentials = connector.credentials
    for named in credentials.named.values():
        if named.credential not in credentials.external:
            yield unknown("external credential", named.credential, credentials.external, named.place_of("credential"))
        if not named.url.startswith("https://"):
            yield SpecError("the URL of a named credential begins with https://", where=named.place_of("url"))
    for external in credentials.external.values():
        if external.protocol.startswith("oauth") and not external.token_url:
            yield SpecError(f"{external.protocol} needs token_url", where=external.place_of("protocol"))
    for site in connector.remote_sites.values():
        if not site.url.startswith("https://") and not (site.plain_http and site.url.startswith("http://")):
            yield SpecError(
                "the URL of a remote site begins with https://",
                where=site.place_of("url"),
                help="for http:// write plain_http: true",
            )


def _seed(known: Known) -> Iterator[SpecError]:
    seed = known.connector.seed
    for name in seed.order:
        if name not in seed.objects:
            yield unknown("mapping", name, seed.objects, seed.place_of("order"))
    for item in seed.objects.values():
        if seed.order and item.api_name not in seed.order:
            yield SpecError(
                f"{item.api_name} is not in the load order",
                where=item.place_of_key,
                help="add it to seed.order, or leave order out",
            )
        yield from _mapping(known, item)
    place = {name: number for number, name in enumerate(seed.order)}
    for item in seed.objects.values():
        for column in item.parents:
            parent = parent_of(known.connector, item.api_name, column.relationship or "")
            if parent in place and item.api_name in place and place[parent] > place[item.api_name]:
                yield SpecError(f"{item.api_name} is loaded before its parent {parent}", where=seed.place_of("order"))


def _mapping(known: Known, item: DataMapping) -> Iterator[SpecError]:
    if not known.object(item.api_name):
        yield unknown("object", item.api_name, known.object_names(), item.place_of_key)
        return
    if not item.key:
        yield SpecError(
            "the mapping has no key", where=item.place_of_key, help="key: the external ID that the upsert goes by"
        )
    elif item.key not in item.columns:
        yield SpecError(
            f"no column fills the key {item.key}", where=item.place_of_key, help=f"add {item.key}: its source column"
        )
    own = known.connector.objects.get(item.api_name)
    key = own.fields.get(item.key) if own else None
    if key is not None and key.custom and not key.external_id:
        yield SpecError(
            f"{item.key} is no external ID", where=item.place_of("key"), help="external_id: true at the field"
        )
    for column in item.columns.values():
        if column.relationship is None:
            if known.field(item.api_name, column.field) is False:
                yield unknown(
                    f"field of {item.api_name}", column.field, known.field_names(item.api_name), column.place_of_key
                )
            continue
        parent = parent_of(known.connector, item.api_name, column.relationship)
        if parent is None:
            if naming.split(item.api_name).namespace is None and naming.split(column.relationship).namespace is None:
                yield SpecError(f"{item.api_name} has no relationship {column.relationship}", where=column.place_of_key)
        elif known.field(parent, column.field) is False:
            yield unknown(f"field of {parent}", column.field, known.field_names(parent), column.place_of_key)
    yield from _writable(item)
    for name, constant in item.constants.items():
        if known.field(item.api_name, name) is False:
            yield unknown(f"field of {item.api_name}", name, known.field_names(item.api_name), constant.place)
        if (constant.value is None) == (constant.query is None):
            yield SpecError("a constant has either value or query", where=constant.place)


def _writable(item: DataMapping) -> Iterator[SpecError]:
    """A mapping fills what a standard object needs, and nothing that cannot be written."""
    facts = standard.find(item.api_name)
    if facts is None or not item.columns:
        return
    filled = {column.field.lower() for column in item.columns.values() if not column.relationship}
    filled |= {name.lower() for name in item.constants}
    for column in item.parents:
        reference = facts.relationship(column.relationship or "")
        filled |= {reference.name.lower()} if reference else set()
    missing = [field.name for field in facts.fields.values() if field.required and not field.needs_feature]
    missing = [name for name in missing if name.lower() not in filled]
    if missing:
        yield SpecError(
            f"a new {item.api_name} needs {', '.join(missing)}",
            where=item.place_of_key,
            help="add a column or a constant",
        )
    for column in item.columns.values():
        field = None if column.relationship else facts.field(column.field)
        if field is not None and not field.createable and field.name != "Id":
            yield SpecError(f"{item.api_name}.{field.name} cannot be written", where=column.place_of_key)


def parent_of(connector: Connector, sobject: str, relationship: str) -> str | None:
    """The object that a relationship of an object leads to; None when there is no such relationship.

    A polymorphic relationship leads to the target that the connector loads.
    """
    own = connector.objects.get(sobject)
    if relationship.lower().endswith("__r") and own is not None:
        field = own.fields.get(relationship[:-1] + "c")
        return field.to if field is not None else None
    facts = standard.find(sobject)
    found = facts.relationship(relationship) if facts else None
    if found is None or not found.targets:
        return None
    return next((target for target in found.targets if target in connector.seed.objects), found.targets[0])


def _sample(connector: Connector) -> Iterator[SpecError]:
    tables = connector.sample.tables
    needed: dict[str, set[str]] = {}
    for item in connector.seed.objects.values():
        wanted = needed.setdefault(item.table, set())
        for filled in item.columns.values():
            wanted.update(filled.sources)
            if filled.lookup is not None and filled.lookup.through is not None:
                through = filled.lookup.through
                needed.setdefault(through.table, set()).update((through.source, through.target))
    for table in tables.values():
        for name in sorted(needed.get(table.api_name, set()) - set(table.columns)):
            yield SpecError(
                f"the sample table {table.api_name} has no column {name}",
                where=table.place_of_key,
                help="the mapping needs it",
            )
        if table.per is not None and table.count is not None:
            yield SpecError("per and count exclude each other", where=table.place_of_key)
        for column in table.columns.values():
            kinds = [kind for kind in KINDS if getattr(column, kind) is not None]
            if len(kinds) != 1:
                yield SpecError(f"exactly one of {', '.join(KINDS)} is given", where=column.place)
            if column.parent is not None and column.parent not in tables:
                yield unknown("sample table", column.parent, tables, column.place_of("parent"))
