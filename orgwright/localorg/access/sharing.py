"""Which records a user may read, edit or dispose of, as SQL conditions of the one query path.

Follows "A Guide to Sharing Architecture" and the Apex Developer Guide (Sharing): organization-wide defaults, owners,
role hierarchy, share records, sharing rules, the implicit sharing of accounts with contacts, opportunities and cases.
A type that is open to the user costs nothing: it has no condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from orgwright.localorg.access import files
from orgwright.localorg.access.circle import CHILDREN, Circle
from orgwright.localorg.access.files import FILES
from orgwright.localorg.access.models import OPEN, Rank, ShareFields, activities_follow, model_of, parents_of, share_of
from orgwright.localorg.access.rights import UserRights
from orgwright.localorg.access.rules import Rule
from orgwright.localorg.schema.model import Field, SObjectType
from orgwright.localorg.schema.schema import Schema
from orgwright.localorg.soql.context import Level, SharingSql
from orgwright.localorg.store.tables import quote

_ACTIVITIES = ("Task", "Event")
_RANK: dict[Level, Rank] = {"read": 0, "edit": 1, "full": 2}


@dataclass(frozen=True)
class RecordSharing:
    """The records of one user. Fulfils :class:`orgwright.localorg.soql.context.Sharing`."""

    schema: Schema
    rights: UserRights
    circle: Circle
    rules: Sequence[Rule] = ()
    """The rules that reach the user."""

    def restricted(self, sobject: SObjectType, level: Level = "read") -> bool:
        """Whether the user may not do this with every record of the type."""
        if self.rights.sees_all(sobject, level) or sobject.kind not in ("object", "share", "history"):
            return False
        if sobject.name in FILES:
            return True
        model = model_of(self.schema, sobject)
        if model == "ControlledByParent":
            return any(
                self.restricted(target, needed) or (len(reference.reference_to) > 1 and not self.rights.reads(target))
                for reference, needed in self._needs(sobject, level)
                for target in self.targets(reference)
            )
        return model is not None and _RANK[level] > OPEN[model]

    def transferable(self, sobject: SObjectType) -> bool:
        """Whether everybody may give records of the type to somebody else."""
        return model_of(self.schema, sobject) in ("ReadWriteTransfer", "FullAccess")

    def condition(self, sobject: SObjectType, alias: str, level: Level, sql: SharingSql) -> str | None:
        """The condition that the user may do this with the record of ``alias``; ``None`` when he may with all."""
        if not self.restricted(sobject, level):
            return None
        if sobject.name in FILES:
            return files.condition(self, sobject, alias, level, sql)
        if model_of(self.schema, sobject) == "ControlledByParent":
            return self._by_parents(sobject, alias, level, sql)
        parts = list(self._granted(sobject, alias, level, sql))
        if sobject.name == "Account" and level == "read":
            parts += self._of_children(alias, sql)
        elif sobject.name in CHILDREN:
            parts += self._of_account(sobject, alias, level, sql)
        elif sobject.name in _ACTIVITIES and (level == "read" or activities_follow(self.schema)):
            parts += self._of_related(sobject, alias, level, sql)
        return "(" + " OR ".join(parts) + ")"

    # --- controlled by parent ---

    def _needs(self, sobject: SObjectType, level: Level) -> Iterator[tuple[Field, Level]]:
        """The parents that decide, with what the user must be able to do with them."""
        for name in parents_of(self.schema, sobject):
            reference = sobject.field(name)
            if reference is None:
                continue
            if reference.master_detail and level != "read":
                yield reference, "read" if reference.write_requires_master_read else "edit"
            else:
                yield reference, "full" if sobject.kind == "share" and level != "read" else level

    def targets(self, reference: Field) -> Iterator[SObjectType]:
        """The types that a reference can point at."""
        for name in self.schema.targets_of(reference):
            found = self.schema.sobject(name)
            if found is not None:
                yield found

    def _by_parents(self, sobject: SObjectType, alias: str, level: Level, sql: SharingSql) -> str:
        parts = []
        for reference, needed in self._needs(sobject, level):
            visible = self._points_to_visible(alias, reference, needed, sql)
            if visible is None:
                continue
            key = f"{alias}.{quote(reference.name)}"
            if reference.nillable:
                # a record without parent belongs to its owner, where it has one
                orphan = self._owned(alias) if "ownerid" in sobject.fields else "1"
                visible = f"CASE WHEN {key} IS NULL THEN {orphan} ELSE {visible} END"
            parts.append(visible)
        return "(" + " AND ".join(parts or ["1"]) + ")"

    def _points_to_visible(self, alias: str, reference: Field, level: Level, sql: SharingSql) -> str | None:
        """Whether the record that a reference names is open to the user; ``None`` when all such are."""
        key = f"{alias}.{quote(reference.name)}"
        limited = [
            (target, found)
            for target in self.targets(reference)
            if (found := self.those(target, level, sql)) is not None
        ]
        if not limited:
            return None
        if len(reference.reference_to) == 1:
            return f"{key} IN {limited[0][1]}"
        cases = " ".join(f"WHEN '{target.key_prefix}' THEN {key} IN {found}" for target, found in limited)
        return f"CASE substr({key}, 1, 3) {cases} ELSE {key} IS NOT NULL END"

    def those(self, target: SObjectType, level: Level, sql: SharingSql) -> str | None:
        """A sub-select of the Ids that are open to the user; ``None`` when all are."""
        if not self.rights.reads(target):
            return "(NULL)"
        if not self.restricted(target, level):
            return None
        if not sql.has_table(target.name.lower()):
            return "(NULL)"
        alias = sql.take_alias()
        condition = self.condition(target, alias, level, sql)
        return f'(SELECT {alias}."Id" FROM {quote(target.name)} AS {alias} WHERE {condition or 1})'

    # --- grants to the record itself ---

    def _owned(self, alias: str) -> str:
        return f'{alias}."OwnerId" IN {_listed(self.circle.owners)}'

    def _granted(self, sobject: SObjectType, alias: str, level: Level, sql: SharingSql) -> Iterator[str]:
        yield self._owned(alias)
        if level == "full":
            return
        share = share_of(self.schema, sobject)
        if share is not None and sql.has_table(share.sobject.lower()):
            yield f'{alias}."Id" IN {self._shared(share, share.level, level)}'
        for rule in self.rules:
            if rule.sobject.lower() != sobject.name.lower() or (level == "edit" and rule.level != "Edit"):
                continue
            if rule.criteria is None:
                yield f'{alias}."OwnerId" IN {_listed(rule.owners)}'
            else:
                yield f'{alias}."Id" IN ({sql.criteria(rule.criteria)})'

    def _shared(self, share: ShareFields, column: str, level: Level) -> str:
        levels = ("Read", "Edit", "All") if level == "read" else ("Edit", "All")
        return (
            f"(SELECT {quote(share.parent)} FROM {quote(share.sobject)} WHERE"
            f' "UserOrGroupId" IN {_listed(self.circle.reached)} AND {quote(column)} IN {_listed(levels)}'
            ' AND "IsDeleted" = 0)'
        )

    # --- implicit sharing ---

    def _of_children(self, alias: str, sql: SharingSql) -> Iterator[str]:
        """Whoever has a contact, opportunity or case may read its account."""
        for name in CHILDREN:
            child = self.schema.sobject(name)
            if child is None or not sql.has_table(name.lower()) or model_of(self.schema, child) == "ControlledByParent":
                continue
            own = sql.take_alias()
            granted = " OR ".join(self._granted(child, own, "read", sql))
            yield (
                f'{alias}."Id" IN (SELECT {own}."AccountId" FROM {quote(name)} AS {own}'
                f' WHERE {own}."IsDeleted" = 0 AND ({granted}))'
            )

    def _of_account(self, sobject: SObjectType, alias: str, level: Level, sql: SharingSql) -> Iterator[str]:
        """The owner of an account, and those it is shared with, have its children as far as role, share and rule say."""
        if level == "full":
            return
        account = self.schema.sobject("Account")
        key = f'{alias}."AccountId"'
        owners = self.circle.account_owners.get((sobject.name, "Read" if level == "read" else "Edit"), frozenset())
        if owners and sql.has_table("account"):
            yield f'{key} IN (SELECT "Id" FROM "Account" WHERE "OwnerId" IN {_listed(owners)})'
        share = share_of(self.schema, account) if account is not None else None
        if share is not None and sql.has_table(share.sobject.lower()):
            yield f"{key} IN {self._shared(share, f'{sobject.name}AccessLevel', level)}"
        for rule in self.rules:
            granted = rule.children.get(sobject.name, "None")
            if rule.sobject != "Account" or granted == "None" or (level == "edit" and granted != "Edit"):
                continue
            if rule.criteria is not None:
                yield f"{key} IN ({sql.criteria(rule.criteria)})"
            elif sql.has_table("account"):
                yield f'{key} IN (SELECT "Id" FROM "Account" WHERE "OwnerId" IN {_listed(rule.owners)})'

    def _of_related(self, sobject: SObjectType, alias: str, level: Level, sql: SharingSql) -> Iterator[str]:
        """Whoever sees the record that a task or event is about sees the activity."""
        for name in ("WhatId", "WhoId"):
            reference = sobject.field(name)
            if reference is not None:
                visible = self._points_to_visible(alias, reference, level, sql)
                yield visible if visible is not None else f"{alias}.{quote(name)} IS NOT NULL"


def _listed(ids: Iterable[str]) -> str:
    """Ids as an SQL list; they come from the org's own tables."""
    return "(" + ", ".join("'" + id.replace("'", "''") + "'" for id in sorted(ids)) + ")"
