"""``TabDefinition``: the custom tabs of an org (Object Reference, TabDefinition). Standard tabs are not listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orgwright.localorg.metadata.components import Components, Stored
from orgwright.localorg.soql.context import VirtualTable
from orgwright.localorg.soql.tree import Query

if TYPE_CHECKING:
    from orgwright.localorg.schema.model import SObjectType
    from orgwright.localorg.transaction import Transaction

NAME = "TabDefinition"
_EVERYWHERE = ("IsAvailableInAloha", "IsAvailableInDesktop", "IsAvailableInLightning", "IsAvailableInMobile")


def tables(tx: Transaction, soql: str, query: Query, binds: Mapping[str, Any]) -> dict[str, VirtualTable]:
    """The rows, one for each deployed tab."""
    sobject = tx.schema.sobject(NAME)
    if sobject is None:
        return {}
    rows = [_row(one, tx.schema.sobject(one.name)) for one in Components(tx).all("CustomTab")]
    return {NAME.lower(): VirtualTable(sobject, rows)}


def label(tab: Stored, sobject: SObjectType | None) -> str:
    """What a tab is called: that of an object as its records, another as it says."""
    return sobject.label_plural if sobject is not None else tab.node.value("label") or tab.name


def _row(tab: Stored, sobject: SObjectType | None) -> dict[str, object]:
    return {
        "Id": tab.id,
        "DurableId": tab.id[:15],
        "Name": tab.name,
        "Label": label(tab, sobject),
        "IsCustom": True,
        "SobjectName": sobject.name if sobject is not None else None,
        "Url": f"/{sobject.key_prefix}/o" if sobject is not None else tab.node.value("url") or None,
        **dict.fromkeys(_EVERYWHERE, True),
    }
