"""Flags: a checkbox that says a record has changed and waits to be fetched, and the Apex that sets it."""

from __future__ import annotations

from typing import Any

from pydantic import Field as Attribute
from pydantic import field_validator

from orgwright.spec.node import Named, entries, listed


class FlagSource(Named):
    """An object whose changes set the flag. ``when_changed`` empty: a change of any field that people or systems write."""

    when_changed: tuple[str, ...] = Attribute(
        default=(), description="Updates set the flag only if one of these fields changed"
    )


class Flag(Named):
    """A checkbox that Apex sets when a record is new or another of its fields changes. The key is the field, which every object has.

    Whoever fetched the record sets the flag to false again; that alone is no change. The flag stays as it is for a user who holds
    one of the custom permissions in ``unless``, and for the connector's own writes: those of holders of ``echo``.
    """

    sources: dict[str, FlagSource] = Attribute(alias="on")
    unless: tuple[str, ...] = ()
    echo: str | None = Attribute(
        default=None, description="Custom permission of the connector's own user: its writes are not sent back"
    )

    @field_validator("sources", mode="before")
    @classmethod
    def _sources(cls, data: Any) -> Any:
        return listed(data) if isinstance(data, list) else entries(data)

    @field_validator("unless", mode="before")
    @classmethod
    def _unless(cls, data: Any) -> Any:
        return (data,) if isinstance(data, str) else data

    @property
    def field(self) -> str:
        """API name of the checkbox."""
        return self.api_name

    @property
    def silenced_by(self) -> tuple[str, ...]:
        """The custom permissions whose holders leave the flag alone."""
        return tuple(dict.fromkeys([*self.unless, *([self.echo] if self.echo else [])]))
