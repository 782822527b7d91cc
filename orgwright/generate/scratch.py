"""Scratch-org definitions: an org that has what the connector requires, before anything is deployed."""

from __future__ import annotations

import json

from orgwright.spec.model import Connector

EDITIONS = ("Developer", "Enterprise", "Professional", "Group")


def scratch_definition(connector: Connector) -> bytes:
    """A scratch-org definition file (Salesforce DX Developer Guide): edition, features and settings that the connector requires."""
    wanted = {edition.removesuffix(" Edition") for edition in connector.requires.editions}
    edition = next((e for e in EDITIONS if e in wanted), "Enterprise" if wanted else "Developer")
    definition: dict[str, object] = {
        "orgName": connector.label,
        "edition": edition,
        "hasSampleData": False,
    }
    if connector.requires.features:
        definition["features"] = sorted(connector.requires.features)
    settings: dict[str, dict[str, object]] = {}
    for item in connector.requires.settings:
        name = f"{item.type[:1].lower()}{item.type[1:]}Settings"
        settings.setdefault(name, {})[item.name] = item.value
    if settings:
        definition["settings"] = {name: settings[name] for name in sorted(settings)}
    return (json.dumps(definition, indent=2, ensure_ascii=False) + "\n").encode()
