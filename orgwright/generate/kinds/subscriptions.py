"""How Apex subscribers of platform events are run."""

from __future__ import annotations

from orgwright.generate.kinds.pairs import document
from orgwright.metadata import Component


def subscriber_configs(trigger: str, label: str, batch_size: int, user: str | None) -> tuple[Component, ...]:
    """Batch size and running user of a platform event trigger (PlatformEventSubscriberConfig)."""
    body = document(
        "PlatformEventSubscriberConfig",
        [("batchSize", batch_size), ("masterLabel", label), ("platformEventConsumer", trigger), ("user", user)],
    )
    return (Component("PlatformEventSubscriberConfig", f"{trigger}Config", body),)
