"""What tells other systems of changes: publishers of platform events, and webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field as Attribute
from pydantic import field_validator

from orgwright.spec.field import FieldType
from orgwright.spec.node import Named
from orgwright.spec.watcher import Watcher
from orgwright.spec.yamltree import Located

Operation = Literal["insert", "update", "delete", "undelete"]
OPERATIONS: tuple[Operation, ...] = ("insert", "update", "delete", "undelete")
TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT_AREA})
"""Fields of events that hold texts."""


class PublisherSource(Named):
    """An object whose changes are published. ``fields`` empty: all fields that the trigger sees."""

    on: tuple[Operation, ...] = ()
    fields: tuple[str, ...] = ()
    when_changed: tuple[str, ...] = Attribute(
        default=(), description="Updates are published only if one of these fields changed"
    )
    trigger: str | None = Attribute(
        default=None, description="Name of the object's trigger, where it is not to be made of prefix and object"
    )


class Teller(Watcher):
    """Something that tells of changes of objects, ``from`` them, ``on`` these operations."""

    sources: dict[str, PublisherSource] = Attribute(alias="from")
    on: tuple[Operation, ...] = OPERATIONS

    def operations(self, sobject: str) -> tuple[Operation, ...]:
        """The operations that are told for an object."""
        wanted = self.sources[sobject].on or self.on
        return tuple(operation for operation in OPERATIONS if operation in wanted)

    def counting(self, sobject: str) -> tuple[str, ...]:
        """The fields of which one has to change for an update to be told; none: any update is, or none."""
        return self.sources[sobject].when_changed if "update" in self.operations(sobject) else ()


class Publisher(Teller):
    """Publishes an event for changes of objects. The key is the event.

    ``set`` gives event fields from ``$operation`` (insert ...), ``$object`` (API name), ``$old`` and ``$new`` (the record as JSON,
    empty where there is none), ``$id`` or a literal value.
    """

    set: dict[str, str]

    @field_validator("set", mode="before")
    @classmethod
    def _literals(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        texts = {key: _text(value) for key, value in data.items()}
        return data.with_values(texts) if isinstance(data, Located) else texts

    @property
    def event(self) -> str:
        """API name of the event."""
        return self.api_name


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


class Webhook(Teller):
    """Sends changes of objects to a web service: one POST with JSON for each run of a trigger, from a queueable job. The key is the Apex class.

    ``url`` is kept in a record of custom metadata, where an administrator can change it; its host needs a remote site. With
    ``credential``, a named credential, ``path`` is what follows its URL. ``body`` gives the keys of the JSON object: ``$operation``
    (insert ...), ``$trigger_operation`` (AFTER_INSERT ...), ``$object`` (API name), ``$new`` and ``$old`` (lists of records; empty where
    there are none), ``$ids``, ``$user``, ``$org``, or a literal text. What the web service could not take is sent again ``retries``
    times, then kept.
    """

    url: str | None = None
    credential: str | None = Attribute(default=None, description="Named credential, instead of a URL")
    path: str = ""
    body: dict[str, str]
    timeout: int = Attribute(default=10000, ge=1, le=120000, description="Milliseconds")
    retries: int = Attribute(default=3, ge=0, le=9)

    @property
    def endpoint(self) -> str:
        """What Apex calls: the URL, or ``callout:Credential/path``."""
        return f"callout:{self.credential}{self.path}" if self.credential else f"{self.url}{self.path}"
