"""Where the behaviours of standard objects are found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from orgwright.localorg.dml.rows import Row
from orgwright.localorg.dml.typeplan import TypePlan

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

Act = Callable[["Transaction", TypePlan, Sequence[Row], bool], None]
Removal = Callable[["Transaction", TypePlan, Sequence[Row]], None]

BEFORE: dict[str, list[Act]] = defaultdict(list)
AFTER: dict[str, list[Act]] = defaultdict(list)
BEFORE_DELETE: dict[str, list[Removal]] = defaultdict(list)
AFTER_DELETE: dict[str, list[Removal]] = defaultdict(list)


def before(*sobjects: str) -> Callable[[Act], Act]:
    """Register for the moment before rows are validated and written."""

    def register(act: Act) -> Act:
        for name in sobjects:
            BEFORE[name].append(act)
        return act

    return register


def after(*sobjects: str) -> Callable[[Act], Act]:
    """Register for the moment after rows are written."""

    def register(act: Act) -> Act:
        for name in sobjects:
            AFTER[name].append(act)
        return act

    return register


def before_delete(*sobjects: str) -> Callable[[Removal], Removal]:
    """Register for the moment before rows are deleted."""

    def register(act: Removal) -> Removal:
        for name in sobjects:
            BEFORE_DELETE[name].append(act)
        return act

    return register


def after_delete(*sobjects: str) -> Callable[[Removal], Removal]:
    """Register for the moment after rows are deleted."""

    def register(act: Removal) -> Removal:
        for name in sobjects:
            AFTER_DELETE[name].append(act)
        return act

    return register
