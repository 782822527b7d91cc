"""What single standard objects do beyond their fields: computed values, own rules, records made along.

Each module registers functions for its objects. ``before_save`` runs after the before triggers and may set
values or refuse rows; ``after_save`` runs when the rows are written, before the after triggers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orgwright.localorg.access.models import is_share
from orgwright.localorg.dml.behaviours.registry import AFTER, AFTER_DELETE, BEFORE, BEFORE_DELETE
from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan
from orgwright.localorg.schema.model import ChildRelationship, SObjectType

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

from orgwright.localorg.dml.behaviours import activities, emails, hub, names, orders, people  # noqa: F401 isort:skip
from orgwright.localorg.dml.behaviours import sales, setup, shares, topics  # noqa: F401 isort:skip

_RESTRICTS = {
    ("Product2", "OpportunityLineItem", "Product2Id"),
    ("Product2", "OrderItem", "Product2Id"),
}

_READS = {
    # old values that a type's behaviours look at, where that is less than all
    "Contact": ("FirstName", "MiddleName", "LastName", "Suffix", "AccountId"),
    "Lead": ("FirstName", "MiddleName", "LastName", "Suffix"),
}


def reads(sobject: str) -> tuple[str, ...] | None:
    """The old values that the type's behaviours look at; ``None`` when it may be any."""
    if sobject in _READS:
        return _READS[sobject]
    return None if sobject in BEFORE or sobject in AFTER else ()


def acts_on(sobject: SObjectType) -> bool:
    """Whether anything of this package happens to new records of the type."""
    return sobject.name in BEFORE or sobject.name in AFTER or is_share(sobject)


def restricts(parent: str, relation: ChildRelationship) -> bool:
    """Whether these children keep the parent from being deleted, where the facts do not say so."""
    return (parent, relation.child, relation.field) in _RESTRICTS


def before_save(tx: Transaction, plan: TypePlan, rows: Sequence[Row], *, creating: bool) -> None:
    """Run what the type does before it is validated and written."""
    acts = BEFORE.get(plan.sobject.name, ())
    if is_share(plan.sobject):
        acts = (*acts, shares.share_rules)
    for act in acts:
        act(tx, plan, rows, creating)
    if acts:
        # a feature that is off takes fields away
        for row in rows:
            for name in [name for name in row.values if name.lower() not in plan.fields]:
                del row.values[name]


def after_save(tx: Transaction, plan: TypePlan, rows: Sequence[Row], *, creating: bool) -> None:
    """Run what the type does once it is written."""
    for act in AFTER.get(plan.sobject.name, ()):
        act(tx, plan, rows, creating)
    if not creating and "ownerid" in plan.fields:
        shares.drop_manual_shares(tx, plan, rows)


def before_delete(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """Run what the type does before rows go."""
    for act in BEFORE_DELETE.get(plan.sobject.name, ()):
        act(tx, plan, rows)


def after_delete(tx: Transaction, plan: TypePlan, rows: Sequence[Row]) -> None:
    """Run what the type does once rows are gone."""
    for act in AFTER_DELETE.get(plan.sobject.name, ()):
        act(tx, plan, rows)
