"""Flows and their definitions. An org keeps one version of a flow, so a definition is active when that version is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from orgwright.localorg.metadata.components import Components, Stored
from orgwright.localorg.metadata.document import make
from orgwright.localorg.metadata.package import Item
from orgwright.localorg.metadata.tooling.stored import audit, component_table
from orgwright.localorg.metadata.tooling.table import AUDIT, Asked, Table, column, reference, table
from orgwright.localorg.store import ids

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

Row = dict[str, Any]
DEFINITION = "FlowDefinition"
_PREFIX = "300"
_VERSION = 1


def tables() -> list[Table]:
    """Flow and FlowDefinition."""
    definition = reference("DefinitionId", DEFINITION, "Definition")
    versions = (
        reference("ActiveVersionId", "Flow", "ActiveVersion"),
        reference("LatestVersionId", "Flow", "LatestVersion"),
    )
    return [
        component_table("Flow", "Flow", "301", _flow, column("Status", "picklist"), column("ProcessType", "picklist"),
                        column("VersionNumber", "int"), definition, column("Description", "textarea")),
        table(DEFINITION, _definitions, column("DeveloperName"), column("MasterLabel"), column("NamespacePrefix"),
              column("ManageableState", "picklist"), column("Description", "textarea"), column("FullName"),
              column("Metadata", "complexvalue"), *versions, *AUDIT, prefix=_PREFIX),
    ]  # fmt: skip


def _definition_id(flow: Stored) -> str:
    return str(ids.to18(_PREFIX + flow.id[3:15]))


def _active(flow: Stored) -> bool:
    return flow.node.value("status") == "Active"


def _flow(tx: Transaction, flow: Stored) -> Row:
    node = flow.node
    return {
        "Status": node.value("status") or None,
        "ProcessType": node.value("processType") or None,
        "VersionNumber": _VERSION,
        "DefinitionId": _definition_id(flow),
        "Description": node.value("description") or None,
    }


def _definitions(tx: Transaction, fields: Asked) -> Iterable[Row]:
    for flow in Components(tx).all("Flow"):
        active = _active(flow)
        yield {
            "Id": _definition_id(flow),
            "DeveloperName": flow.name,
            "FullName": flow.name,
            "MasterLabel": flow.node.value("label"),
            "NamespacePrefix": None,
            "ManageableState": "unmanaged",
            "Description": flow.node.value("description") or None,
            "ActiveVersionId": flow.id if active else None,
            "LatestVersionId": flow.id,
            "Metadata": {"activeVersionNumber": _VERSION if active else None},
            **audit(flow),
        }


def of_definition(tx: Transaction, id: str) -> Stored | None:
    """The flow that a definition's Id is about."""
    wanted = ids.to18(id)
    return next((flow for flow in Components(tx).all("Flow") if _definition_id(flow) == wanted), None)


def activated(flow: Stored, number: object) -> Item | None:
    """The flow with that version active, or none for 0 and null; ``None`` when there is no such version."""
    if number not in (None, 0, _VERSION):
        return None
    status = "Active" if number else "Obsolete" if _active(flow) else flow.node.value("status")
    kept = flow.node.without("status")
    node = make("Flow", "", *kept.children, make("status", status))
    return Item("Flow", flow.name, flow.file, node=node)
