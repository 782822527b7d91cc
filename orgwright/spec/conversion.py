"""Lead conversion: which custom field of a lead goes on in which field of the account, contact or opportunity."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as Attribute

from orgwright.spec.node import Node

ConversionTarget = Literal["Account", "Contact", "Opportunity"]


class LeadConversion(Node):
    """Custom field mappings of the conversion of leads (LeadConvertSettings of the Metadata API Developer Guide).

    Standard fields are mapped by Salesforce itself.
    """

    fields: dict[ConversionTarget, dict[str, str]] = Attribute(
        default_factory=dict, description="Target object -> custom field of Lead -> custom field of the target"
    )
    allow_owner_change: bool | None = None
    opportunity: Literal["VisibleOptional", "VisibleRequired", "NotVisible"] | None = None
