"""Names: what an API name, an Apex name and a label may be; labels and plurals made from names."""

from __future__ import annotations

import re


def plural_of(label: str) -> str:
    """An English plural for a label that has none in the spec."""
    lower = label.lower()
    if lower.endswith(("s", "x", "z", "ch", "sh")):
        return label + "es"
    if lower.endswith("y") and lower[-2:-1] not in "aeiou":
        return label[:-1] + "ies"
    return label + "s"


def words(api_name: str) -> str:
    """A label from an API name: ``Gentrack_External_Id__c`` -> ``Gentrack External Id``."""
    base = re.sub(r"__(c|e|mdt|b|x|kav)$", "", api_name, flags=re.IGNORECASE)
    return " ".join(part for part in base.split("_") if part)
