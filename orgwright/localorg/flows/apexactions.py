"""Apex that flows call: invocable methods, in the Apex transaction of the save or call that started the flow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orgwright.apex.host import Refused
from orgwright.localorg.apexhost.host import Runner, attach_runner
from orgwright.localorg.apexhost.program import PROGRAMS

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


class Actions:
    """Calls the invocable methods of an org's classes."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    def __call__(self, class_name: str, inputs: Sequence[dict[str, Any]]) -> list[Any]:
        """The outputs for each of the inputs. Raises ``ApexFailure`` or ``Refused``."""
        from orgwright.apex import services

        host = self._runner().host
        found = next(
            (a for a in services.actions(host.built.program) if a.class_name.lower() == class_name.lower()), None
        )
        if found is None:
            raise Refused("INVALID_ACTION", f"The Apex action {class_name} can't be found.", 400)
        return services.invoke_plain(host.execution, found, inputs)

    def _runner(self) -> Runner:
        runner = self.tx.triggers
        if not isinstance(runner, Runner):
            runner = attach_runner(self.tx, PROGRAMS.current(self.tx.org, self.tx))
            self.tx.triggers = runner
        return runner
