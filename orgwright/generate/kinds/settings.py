"""Org settings: one file a settings type."""

from __future__ import annotations

from collections.abc import Iterable

from orgwright.generate.kinds.pairs import document
from orgwright.metadata import Component
from orgwright.spec.model import Setting


def settings(items: Iterable[Setting]) -> tuple[Component, ...]:
    """The settings that the connector switches on, by type: ``Account`` becomes ``settings/Account.settings``."""
    by_type: dict[str, dict[str, bool | str | int]] = {}
    for item in items:
        by_type.setdefault(item.type, {})[item.name] = item.value
    return tuple(
        Component("Settings", name, document(f"{name}Settings", by_type[name].items())) for name in sorted(by_type)
    )
