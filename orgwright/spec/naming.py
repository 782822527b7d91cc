"""Names: what an API name, an Apex name and a label may be; labels and plurals made from names."""

from __future__ import annotations


def plural_of(label: str) -> str:
    """An English plural for a label that has none in the spec."""
    lower = label.lower()
    if lower.endswith(("s", "x", "z", "ch", "sh")):
        return label + "es"
    if lower.endswith("y") and lower[-2:-1] not in "aeiou":
        return label[:-1] + "ies"
    return label + "s"
