"""What publishers, webhooks and flags have in common: the objects that they watch, and the users whose changes do not count."""

from __future__ import annotations

from typing import Any

from pydantic import Field as Attribute
from pydantic import field_validator

from orgwright.spec.node import Named, entries, listed


class Watcher(Named):
    """Something that watches changes of objects, its ``sources``: a list of names, or a mapping.

    Changes by holders of a custom permission in ``unless`` do not count, nor do the connector's own writes: those of holders of ``echo``.
    """

    unless: tuple[str, ...] = ()
    echo: str | None = Attribute(
        default=None, description="Custom permission of the connector's own user: its writes are not sent back"
    )

    @field_validator("sources", mode="before", check_fields=False)
    @classmethod
    def _sources(cls, data: Any) -> Any:
        return listed(data) if isinstance(data, list) else entries(data)

    @field_validator("unless", mode="before")
    @classmethod
    def _unless(cls, data: Any) -> Any:
        return (data,) if isinstance(data, str) else data

    @property
    def silenced_by(self) -> tuple[str, ...]:
        """The custom permissions whose holders' changes do not count."""
        return tuple(dict.fromkeys([*self.unless, *([self.echo] if self.echo else [])]))
