"""A component belongs to one package: it moves to another once its first package has left it out (DX Developer Guide, "Migrate
Deprecated Metadata from Unlocked Packages")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from orgwright.localorg.hub.packages.contents import Member
from orgwright.localorg.hub.packages.tables import INSTALLED
from orgwright.localorg.metadata.components import Components
from orgwright.localorg.metadata.tooling import kept

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

Row = dict[str, Any]
_SHARED = frozenset({"Profile", "Settings", "StandardValueSet", "CustomLabels"})
"""Types whose components are the org's own, or mere holders of others: packages change them and do not own them."""


def key(member: Sequence[str]) -> Member:
    """What a component is known by, whatever the case of its name."""
    return member[0], member[1].lower()


def conflicts(tx: Transaction, package_id: str, brought: Iterable[Member]) -> list[str]:
    """Why these components cannot be that package's: others that are installed have them."""
    found = []
    own = {key(one): one for one in brought if _owned(one)}
    for row in kept.all_of(tx, INSTALLED):
        if row["SubscriberPackageId"] == package_id:
            continue
        left = {key(one) for one in row.get("Deprecated", ())}
        for kind, name in (own[one] for one in map(key, row["Members"]) if one in own and one not in left):
            there = Components(tx).get(kind, name)
            if there is not None:
                found.append(
                    f'Cannot add component of type:{kind} named:{name} subjectId:"{there.id}" to this package because it is an '
                    f'installed component in another package with packageId:"{row["SubscriberPackageId"]}".'
                )
    return found


def common(first: Iterable[Member], second: Iterable[Member]) -> list[Member]:
    """The components of the first that the second would own, too."""
    others = {key(one) for one in second}
    return [one for one in first if _owned(one) and key(one) in others]


def take(tx: Transaction, package_id: str, brought: Iterable[Member]) -> None:
    """Let what a package brings be no other package's any more."""
    own = {key(one) for one in brought if _owned(one)}
    for row in kept.all_of(tx, INSTALLED):
        left = [one for one in row["Members"] if key(one) not in own]
        if row["SubscriberPackageId"] != package_id and len(left) < len(row["Members"]):
            deprecated = [one for one in row.get("Deprecated", ()) if key(one) not in own]
            kept.put(tx, INSTALLED, {**row, "Members": left, "Deprecated": deprecated})


def _owned(member: Member) -> bool:
    kind, name = member
    return kind not in _SHARED and not (kind == "CustomObject" and "__" not in name)
