"""Apex classes and triggers: their rows and sources. Compiling comes after all components of a deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgwright.localorg.apexhost.sources import header, without_comments
from orgwright.localorg.metadata.components import Components, Stored
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

MAX_API_VERSION = 67.0
_MAX_LENGTH = 1_000_000
_USAGES = {
    "before insert": "UsageBeforeInsert", "after insert": "UsageAfterInsert", "before update": "UsageBeforeUpdate",
    "after update": "UsageAfterUpdate", "before delete": "UsageBeforeDelete", "after delete": "UsageAfterDelete",
    "after undelete": "UsageAfterUndelete",
}  # fmt: skip


_CUSTOM = ("__c", "__e", "__mdt")


class ApexHandler(Handler):
    """Classes and triggers."""

    rank = 60

    def __init__(self, sobject: str) -> None:
        self.sobject = sobject

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        version = float(node.value("apiVersion") or 0)
        if version > MAX_API_VERSION:
            raise Rejected(Problem(f'Error: The {item.name} apiVersion can\'t be "{node.value("apiVersion")}"', 1, 1))
        body = (item.content or b"").decode("utf-8", "replace")
        if len(body) > _MAX_LENGTH:
            raise Rejected(Problem(f"Body: data value too large (max length={_MAX_LENGTH})", 1, 1))
        draft.apex_changed = True
        status = node.value("status") or "Active"
        if status == "Deleted":
            raise Rejected(Problem("status Deleted: delete the component with destructiveChanges.xml instead", 1, 1))
        fields: dict[str, Any] = {
            "ApiVersion": version,
            "Status": status,
            "IsValid": True,
            "Body": body,
            "LengthWithoutComments": len(without_comments(body)),
        }
        if self.sobject == "ApexTrigger":
            fields |= _usage(draft.tx, body)
        if old is not None:
            draft.tx.update_setup(old.id, fields)
            return old.id
        return draft.tx.insert_setup(self.sobject, {"Name": item.name, **fields})

    def delete(self, stored: Stored, draft: Draft) -> None:
        draft.tx.delete_setup(stored.id)
        draft.apex_changed = True


class TestSuiteHandler(Handler):
    """Apex test suites: rows that name their classes."""

    __test__ = False
    rank = 61

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        assert item.node is not None
        tx = draft.tx
        classes = []
        for member in item.node.all("testClassName"):
            stored = draft.components.get("ApexClass", member.text)
            if stored is None:
                text = f"In field: testClassName - no ApexClass named {member.text} found"
                raise Rejected(Problem(text, member.line, member.column))
            classes.append(stored.id)
        id = old.id if old is not None else tx.insert_setup("ApexTestSuite", {"TestSuiteName": item.name})
        self._clear(id, draft)
        for class_id in classes:
            tx.insert_setup("TestSuiteMembership", {"ApexTestSuiteId": id, "ApexClassId": class_id})
        return id

    def delete(self, stored: Stored, draft: Draft) -> None:
        self._clear(stored.id, draft)
        draft.tx.delete_setup(stored.id)

    def _clear(self, id: str, draft: Draft) -> None:
        soql = f"SELECT Id FROM TestSuiteMembership WHERE ApexTestSuiteId = '{id}'"
        for row in draft.tx.query(soql, access="system").records:
            draft.tx.delete_setup(row.fields["Id"])


def _usage(tx: Transaction, body: str) -> dict[str, Any]:
    found = header(body)
    if found is None:
        return {}
    # A custom object stands there by its Id: its name may be longer than the field.
    stored = Components(tx).get("CustomObject", found.sobject)
    custom = stored is not None and found.sobject.lower().endswith(_CUSTOM)
    entity = stored.id[:15] if stored is not None and custom else found.sobject
    return {"TableEnumOrId": entity, "UsageIsBulk": False, **{c: e in found.events for e, c in _USAGES.items()}}
