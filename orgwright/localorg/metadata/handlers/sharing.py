"""Sharing rules and sharing reasons: refused when they cannot be worked out, in force once they are kept."""

from __future__ import annotations

from orgwright.localorg.access import rules
from orgwright.localorg.access.models import MODELS, model_of
from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.draft import Draft, Rejected
from orgwright.localorg.metadata.handlers.base import Handler
from orgwright.localorg.metadata.model import Problem
from orgwright.localorg.metadata.package import Item
from orgwright.localorg.schema import edit
from orgwright.localorg.schema.model import SObjectType
from orgwright.localorg.schema.schema import Schema

_WIDTH = {"Private": 0, "Read": 1, "ReadWrite": 2, "ReadWriteTransfer": 3, "FullAccess": 4}


class SharingRuleHandler(Handler):
    """One rule of an object's sharing rules."""

    rank = 85

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        node = item.node
        assert node is not None
        draft.flush()
        found = list(rules.problems(draft.tx, item.type, item.name.partition(".")[0], node))
        if found:
            raise Rejected(*(Problem(text, node.line, node.column) for text in found))
        draft.tx.forget_rights()
        return None

    def delete(self, stored: Stored, draft: Draft) -> None:
        draft.tx.forget_rights()


class SharingReasonHandler(Handler):
    """Apex sharing reasons of a custom object."""

    rank = 47

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        target = draft.sobject(item.name.partition(".")[0])
        if target is None or not target.custom:
            raise Rejected(Problem("Sharing reasons need a custom object", item.line, item.column))
        draft.schema = edit.with_component(draft.schema, "SharingReason", item.name)
        draft.apex_changed = True
        return None

    def delete(self, stored: Stored, draft: Draft) -> None:
        draft.schema = edit.with_component(draft.schema, "SharingReason", stored.name, False)
        draft.apex_changed = True


def model_problem(schema: Schema, sobject: SObjectType | None, name: str, model: str, external: str) -> str | None:
    """What is wrong with the sharing models of an object."""
    allowed = MODELS.get(name, ("Private", "Read", "ReadWrite", "ControlledByParent"))
    if sobject is not None and not sobject.custom and name not in MODELS:
        allowed = tuple(filter(None, (model_of(schema, sobject),))) or allowed
    if model and model not in allowed:
        return f"Invalid sharing model: {model} is not a valid sharing model for {name}"
    if external and model and _WIDTH.get(external, 0) > _WIDTH.get(model, 4):
        return f"External sharing model {external} can not be wider than the internal sharing model {model}"
    return None
