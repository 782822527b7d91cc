"""What goes wrong while a flow runs."""

from __future__ import annotations

UNHANDLED = "An unhandled fault has occurred in this flow"


class Fault(Exception):
    """A failure that the element's fault path may take; its text is ``$Flow.FaultMessage``."""


class Refusal(Exception):
    """The messages of a Custom Error element: text, and the field that shows it."""

    def __init__(self, messages: list[tuple[str, str | None]]) -> None:
        super().__init__("; ".join(text for text, _ in messages))
        self.messages = messages


class Unrunnable(Exception):
    """A part of a flow that the embedded org does not run; no fault path takes it."""


def unset(path: str) -> Fault:
    """A record that is not there was asked for a field."""
    return Fault(f"The flow failed to access the value for {path} because it hasn't been set or assigned.")
