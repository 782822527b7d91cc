"""``AppMenuItem``: the apps of an org, from its deployed apps and connected apps (Object Reference, AppMenuItem)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orgwright.localorg.metadata.components import Components, Stored
from orgwright.localorg.soql.context import VirtualTable
from orgwright.localorg.soql.tree import Query
from orgwright.localorg.store import ids

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

NAME = "AppMenuItem"
_TYPES = {"CustomApplication": "TabSet", "ConnectedApp": "ConnectedApplication"}


def tables(tx: Transaction, soql: str, query: Query, binds: Mapping[str, Any]) -> dict[str, VirtualTable]:
    """The rows, sorted as the app menu is: by label, since nobody has moved any."""
    sobject = tx.schema.sobject(NAME)
    if sobject is None:
        return {}
    components = Components(tx)
    apps = [one for type_name in _TYPES for one in components.all(type_name)]
    apps.sort(key=lambda one: (_label(one).lower(), one.name))
    return {NAME.lower(): VirtualTable(sobject, [_row(one, place) for place, one in enumerate(apps, 1)])}


def _row(app: Stored, place: int) -> dict[str, object]:
    return {
        "Id": ids.to18(f"0DS{app.id[3:15]}"),
        "ApplicationId": app.id,
        "Description": app.node.value("description") or None,
        "IsAccessible": True,
        "IsDeleted": False,
        "IsVisible": True,
        "Label": _label(app),
        "Name": app.name,
        "SortOrder": place,
        "StartUrl": app.node.value("startUrl") or None,
        "Type": _TYPES[app.type],
    }


def _label(app: Stored) -> str:
    return app.node.value("label") or app.name
