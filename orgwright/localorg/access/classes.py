"""Who may call which Apex class from outside: by profile and permission sets (``classAccesses``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction


def may_call(tx: Transaction, class_id: str) -> bool:
    """Whether the running user may call the class: those who write Apex may call every class."""
    if tx.rights.has("AuthorApex") or tx.rights.has("ModifyAllData"):
        return True
    return class_id in tx.rights.entities
