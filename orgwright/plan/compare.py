"""Compare a connector spec with an org."""

from __future__ import annotations

from orgwright.org import OrgClient
from orgwright.plan.model import Foreseen, Validation
from orgwright.spec.model import Connector


def validate(org: OrgClient, connector: Connector) -> Validation:
    """Everything the spec says about the org's data model and access, compared with the org."""
    return Validation(0)


def foresee(org: OrgClient, connector: Connector) -> Foreseen:
    """What a deploy would create and change, and what is in its way."""
    return Foreseen()
