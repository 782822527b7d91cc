"""What every org brings: standard objects and their fields, from ``standard.tsv``, read object by object when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class StandardField:
    """A standard field."""

    name: str
    type: str
    createable: bool
    updateable: bool
    required: bool
    key: bool
    needs_feature: bool
    length: int | None
    targets: tuple[str, ...]
    relationship: str | None


@dataclass(frozen=True, slots=True)
class StandardObject:
    """A standard object; ``settings`` (such as ``Quote.enableQuote``) switch it on, empty: every org has it."""

    name: str
    label: str
    plural: str
    triggerable: bool
    createable: bool
    settings: tuple[str, ...]
    fields: dict[str, StandardField]

    def field(self, name: str) -> StandardField | None:
        """A field by its API name, whatever the case."""
        found = self.fields.get(name)
        return found or next((f for f in self.fields.values() if f.name.lower() == name.lower()), None)

    def relationship(self, name: str) -> StandardField | None:
        """The reference field with this relationship name."""
        return next(
            (f for f in self.fields.values() if f.relationship and f.relationship.lower() == name.lower()), None
        )


@cache
def _lines() -> dict[str, str]:
    text = resources.files(__package__).joinpath("standard.tsv").read_text(encoding="utf-8")
    return {line.partition("\t")[0].lower(): line for line in text.splitlines() if not line.startswith("#")}


@cache
def names() -> tuple[str, ...]:
    """API names of all standard objects known."""
    return tuple(line.partition("\t")[0] for line in _lines().values())


@cache
def find(name: str) -> StandardObject | None:
    """A standard object by its API name, whatever the case; None when there is none."""
    line = _lines().get(name.lower())
    if line is None:
        return None
    api_name, label, plural, flags, settings, fields = line.split("\t")
    return StandardObject(
        api_name,
        label,
        plural,
        "t" in flags,
        "c" in flags,
        tuple(settings.split(",")) if settings else (),
        {field.name: field for field in map(_field, fields.split(" "))},
    )


def _field(text: str) -> StandardField:
    name, kind, flags, length, targets, relationship = (text.split(":") + [""] * 5)[:6]
    return StandardField(
        name,
        kind,
        "c" in flags,
        "u" in flags,
        "r" in flags,
        "k" in flags,
        "f" in flags,
        int(length) if length else None,
        tuple(targets.split("|")) if targets else (),
        relationship or None,
    )
