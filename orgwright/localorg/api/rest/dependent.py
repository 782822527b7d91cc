"""Dependent picklists: which values of the controlling field each value goes with, as describe tells it.

``validFor`` is a bitmap in Base64: bit N, counted from the most significant one, stands for value N of the controlling field, or for
false (0) and true (1) of a checkbox (SOAP API Developer Guide, "PicklistEntry").
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from orgwright.localorg.metadata.components import Components
from orgwright.localorg.schema.model import Field, SObjectType

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

_GROUP = 3
"""Bitmaps are whole groups of Base64: three bytes."""
_CHECKBOX = ("unchecked", "checked")
ValidFor = Mapping[str, Mapping[str, str]]


def valid_for(tx: Transaction, sobject: SObjectType) -> ValidFor:
    """Bitmaps by field and value, in lower case, of the dependent picklists of an object."""
    found: dict[str, Mapping[str, str]] = {}
    for field in sobject.fields.values():
        controller = (
            sobject.field(field.controller_name) if field.dependent_picklist and field.controller_name else None
        )
        if controller is not None:
            found[field.name.lower()] = _bitmaps(tx, sobject, field, controller)
    return found


def _bitmaps(tx: Transaction, sobject: SObjectType, field: Field, controller: Field) -> Mapping[str, str]:
    stored = Components(tx).get("CustomField", f"{sobject.name}.{field.name}")
    values = stored.node.find("valueSet") if stored is not None else None
    checkbox = controller.type == "boolean"
    order = _CHECKBOX if checkbox else [entry.value.lower() for entry in controller.picklist]
    chosen: dict[str, set[int]] = {entry.value.lower(): set() for entry in field.picklist}
    for setting in values.all("valueSettings") if values is not None else ():
        given = (node.text.lower() for node in setting.all("controllingFieldValue"))
        places = {order.index(name) for name in given if name in order}
        chosen.setdefault(setting.value("valueName").lower(), set()).update(places)
    return {value: _bitmap(places, len(order)) for value, places in chosen.items()}


def _bitmap(places: Iterable[int], count: int) -> str:
    size = -(-count // (8 * _GROUP)) * _GROUP
    bits = sum(1 << (8 * size - 1 - place) for place in places)
    return base64.b64encode(bits.to_bytes(size, "big")).decode()
