"""Flags: a checkbox that says a record has changed and waits to be fetched, and the Apex that sets it."""

from __future__ import annotations

from pydantic import Field as Attribute

from orgwright.spec.node import Named
from orgwright.spec.watcher import Watcher


class FlagSource(Named):
    """An object whose changes set the flag. ``when_changed`` empty: a change of any field that people or systems write."""

    when_changed: tuple[str, ...] = Attribute(
        default=(), description="Updates set the flag only if one of these fields changed"
    )


class Flag(Watcher):
    """A checkbox that Apex sets when a record is new or another of its fields changes. The key is the field, which every object has.

    Whoever fetched the record sets the flag to false again; that alone is no change.
    """

    sources: dict[str, FlagSource] = Attribute(alias="on")

    @property
    def field(self) -> str:
        """API name of the checkbox."""
        return self.api_name
