"""The record of the last apply: what a connector brought into an org, kept in that org.

Several people and machines work on one org, so the record lies where all of them see it: a static resource
``Orgwright_<connector>``, deployed in the same transaction as the connector itself. It holds the facts of every component,
so that drift and removal need neither the spec nor the machine that applied it. It holds no times and no names of users:
the org keeps those of the static resource, and the same spec gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from orgwright.errors import OrgwrightError, Place
from orgwright.metadata import Component, xml
from orgwright.plan import facts
from orgwright.plan.facts import Facts

CODE = ("ApexClass", "ApexTrigger")
PREFIX = "Orgwright_"
FORMAT = 1

Key = tuple[str, str]


class RecordUnreadable(OrgwrightError):
    """The record of an org was written by a later version, or by hand."""


@dataclass(frozen=True)
class Recorded:
    """One component as it was applied. ``created``: it was not in the org before; only such ones are ever deleted."""

    type: str
    name: str
    created: bool
    facts: Facts


@dataclass(frozen=True)
class Record:
    """What the last apply of a connector brought, by type and name in lower case."""

    connector: str
    components: Mapping[Key, Recorded] = field(default_factory=dict)
    modified: str = ""
    modified_by: str = ""

    @property
    def resource(self) -> str:
        """Name of the static resource."""
        return resource_name(self.connector)

    def component(self) -> Component:
        """The static resource that keeps the record; the same record gives the same bytes."""
        entries = [
            {"type": one.type, "name": one.name, "created": one.created, "facts": dict(sorted(one.facts.items()))}
            for _, one in sorted(self.components.items())
        ]
        content = {"orgwright": FORMAT, "connector": self.connector, "components": entries}
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        meta = xml.document(
            "StaticResource",
            [
                ("cacheControl", "Private"),
                ("contentType", "application/json"),
                ("description", f"What orgwright applied for the connector {self.connector}. Do not edit."),
            ],
        )
        return Component("StaticResource", self.resource, body, meta)

    def without(self, keys: Iterable[Key]) -> Record:
        """The record without some components."""
        gone = set(keys)
        return replace(self, components={key: one for key, one in self.components.items() if key not in gone})


def resource_name(connector: str) -> str:
    """The static resource of a connector: API names have no double and no trailing underscore."""
    return PREFIX + re.sub(r"_+", "_", connector).strip("_")


def key_of(component: Component) -> Key:
    """Type and name in lower case: how the org tells components apart."""
    return component.type, component.name.lower()


def facts_to_keep(component: Component) -> Facts:
    """The facts of a component; of code its status and the digest of its text."""
    if component.type not in CODE:
        return facts.of_component(component)
    meta = xml.parse(component.meta, name=component.name) if component.meta else None
    status = (xml.text(meta, "status") if meta is not None else "") or "Active"
    return {"status": status, "body": digest(component.body.decode("utf-8", "replace"))}


def digest(text: str) -> str:
    """What tells two texts apart, line ends and blanks at the ends left out."""
    return hashlib.sha256(text.replace("\r\n", "\n").strip().encode()).hexdigest()[:32]


def parse(body: bytes, name: str, *, modified: str = "", modified_by: str = "") -> Record:
    """The record in a static resource.

    Raises:
        RecordUnreadable: it is not one of this format.
    """
    try:
        data = json.loads(body)
        if data["orgwright"] != FORMAT:
            raise RecordUnreadable(
                f"the record has the format {data['orgwright']}, this version reads {FORMAT}",
                where=Place(path=f"StaticResource {name}"),
                help="use the newer orgwright that wrote it",
            )
        entries = [Recorded(e["type"], e["name"], bool(e["created"]), dict(e["facts"])) for e in data["components"]]
        found = {(one.type, one.name.lower()): one for one in entries}
        return Record(str(data["connector"]), found, modified, modified_by)
    except (ValueError, KeyError, TypeError) as fault:
        raise RecordUnreadable(
            f"the record of an apply cannot be read: {fault}",
            where=Place(path=f"StaticResource {name}"),
            help="somebody edited it; delete the static resource and apply again: what is in the org counts as adopted",
        ) from fault
