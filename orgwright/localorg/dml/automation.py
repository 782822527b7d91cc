"""Where the save path meets what is automated without code: flows and processes that records start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from orgwright.apex.host import Record, RecordError

Moment = Literal["before save", "after save", "before delete"]
Errors = Mapping[int, tuple[RecordError, ...]]
"""Errors by 0-based row."""


class FlowRunner(Protocol):
    """Runs the flows that records start; given to an org as ``Org.flow_factory``."""

    def has(self, sobject: str, moment: Moment, *, creating: bool = False) -> bool:
        """Whether any active flow is started then; when not, the save path makes no records for it."""

    def run(self, moment: Moment, records: Sequence[Record], old: Sequence[Record] | None) -> Errors:
        """Run them for the records; before a save they change the records in place."""
