"""Components that are also plain rows: static resources, credentials."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.handlers.integration import NamedCredentialHandler
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item

Fields = Callable[[Item], dict[str, Any]]


class RowHandler(Handler):
    """A component with one row; ``fields`` makes the row's values from the component."""

    def __init__(self, sobject: str, fields: Fields, *, name: str = "DeveloperName", rank: int = 45) -> None:
        self.sobject, self.fields, self.name, self.rank = sobject, fields, name, rank

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        known = draft.tx.schema.sobject(self.sobject)
        if known is None:
            raise Rejected(
                Problem(f"Not available for deploy for this organization: {item.type}", item.line, item.column)
            )
        fields = {name: value for name, value in self.values(item, draft).items() if known.field(name) is not None}
        if old is not None:
            draft.tx.update_setup(old.id, fields)
            return old.id
        return draft.tx.insert_setup(self.sobject, fields)

    def values(self, item: Item, draft: Draft) -> dict[str, Any]:
        """The values of the row, also such as its object does not have."""
        return {self.name: item.name, **self.fields(item)}

    def delete(self, stored: Stored, draft: Draft) -> None:
        draft.tx.delete_setup(stored.id)


class NamedCredentialRowHandler(RowHandler):
    """Named credentials: checks, then the row."""

    def __init__(self) -> None:
        super().__init__("NamedCredential", named_credential, rank=NamedCredentialHandler.rank)
        self._checks = NamedCredentialHandler()

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        self._checks.apply(item, draft, old)
        return super().apply(item, draft, old)


def named_credential(item: Item) -> dict[str, Any]:
    """The row of a named credential."""
    node = item.node
    assert node is not None
    endpoint = node.value("endpoint")
    for parameter in node.all("namedCredentialParameters"):
        if parameter.value("parameterType") == "Url":
            endpoint = parameter.value("parameterValue")
    return {"MasterLabel": node.value("label"), "Language": "en_US", "Endpoint": endpoint or None}


def static_resource(item: Item) -> dict[str, Any]:
    """The row of a static resource."""
    node, content = item.node, item.content or b""
    assert node is not None
    return {
        "ContentType": node.value("contentType"),
        "CacheControl": node.value("cacheControl") or "Private",
        "Description": node.value("description") or None,
        "Body": base64.b64encode(content).decode("ascii"),
        "BodyLength": len(content),
    }


def cache_partition(item: Item) -> dict[str, Any]:
    """The row of a partition of the platform cache."""
    node = item.node
    assert node is not None
    return {
        "MasterLabel": node.value("masterLabel"),
        "Language": "en_US",
        "Description": node.value("description") or None,
        "IsDefaultPartition": node.flag("isDefaultPartition"),
    }
