"""Where the save path meets Apex triggers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orgwright.apex.host import Record, TriggerErrors, TriggerEvent


class TriggerRunner(Protocol):
    """Runs the active triggers of an object; set as ``Transaction.triggers`` by the Apex host.

    ``new`` and ``old`` hold typed values with an entry for every field; in a before event the runner changes the
    records of ``new`` in place. Uncaught Apex exceptions leave as :class:`orgwright.apex.host.ApexFailure`; the
    save path turns them into ``CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY`` on every row of the chunk.
    """

    def has(self, sobject: str, event: TriggerEvent) -> bool:
        """Whether any active trigger listens; when not, the save path makes no records for it."""

    def run(
        self, sobject: str, event: TriggerEvent, new: Sequence[Record] | None, old: Sequence[Record] | None
    ) -> TriggerErrors:
        """Run them and give back the errors that they added, by 0-based row."""
