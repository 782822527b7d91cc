"""What only a deploy can tell, found out by one that keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orgwright.metadata import Component, mdapi
from orgwright.org.metadata import DeployOptions
from orgwright.plan.model import Cause, Reason
from orgwright.plan.snapshot import Org

# Since Spring '26 orgs create connected apps only where Salesforce Support switched that on, which no API tells.
_DOUBTFUL = ("ConnectedApp",)


def rehearse(org: Org, create: Sequence[Component]) -> Mapping[str, Reason]:
    """Reasons, by component, why the org would not create what it may not create: connected apps.

    Sends those components alone, check-only. An answer that is about something else they need is none of this.
    """
    doubtful = [component for component in create if component.type in _DOUBTFUL]
    if not doubtful:
        return {}
    result = org.metadata.deploy(mdapi.to_zip(doubtful), DeployOptions(check_only=True))
    named = {component.name: component for component in doubtful}
    return {
        failure.name: Reason(
            Cause.CONNECTED_APP, f"{failure.problem} (or set the app's kind to external_client in the spec)"
        )
        for failure in result.failures
        if failure.name in named and "connected app" in (failure.problem or "").lower()
    }
