"""Lead conversion: the org's one LeadConvertSettings component."""

from __future__ import annotations

from orgwright.generate.kinds.pairs import Pairs, document
from orgwright.metadata import Component
from orgwright.spec.model import LeadConversion


def lead_conversion(item: LeadConversion) -> tuple[Component, ...]:
    """Custom field mappings of the conversion, by target (Metadata API Developer Guide, LeadConvertSettings)."""
    content: Pairs = [
        ("allowOwnerChange", item.allow_owner_change),
        ("opportunityCreationOptions", item.opportunity),
    ]
    for target in sorted(item.fields):
        pairs = item.fields[target]
        fields: Pairs = [
            ("mappingFields", [("inputField", source), ("outputField", pairs[source])]) for source in sorted(pairs)
        ]
        if fields:
            content.append(("objectMapping", [("inputObject", "Lead"), *fields, ("outputObject", target)]))
    return (Component("LeadConvertSettings", "LeadConvertSettings", document("LeadConvertSettings", content)),)
