"""The types that come with another one: its history, feed, shares and change events (sObject Describe, associateEntityType)."""

from __future__ import annotations

_COMPANIONS = ("ChangeEvent", "FieldHistory", "History", "Feed", "Share")
_NO_COMPANIONS = frozenset(("OpportunityHistory", "ActivityHistory", "LoginHistory", "VerificationHistory"))
"""Objects of their own whose names end like one."""


def companion_kind(name: str) -> str | None:
    """What a type is that comes with another one (Share, History, Feed, ChangeEvent); ``None`` for any other."""
    found = next((kind for kind in _COMPANIONS if name.endswith(kind)), None)
    return None if found is None or name in _NO_COMPANIONS or name == found else found.removeprefix("Field")


def companion_parent(name: str) -> str | None:
    """The name of the type that such a type comes with."""
    found = next((kind for kind in _COMPANIONS if name.endswith(kind)), None)
    if companion_kind(name) is None or found is None:
        return None
    base = name.removesuffix(found)
    return f"{base}c" if base.endswith("__") else base
