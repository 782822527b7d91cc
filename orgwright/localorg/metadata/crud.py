"""Single components: createMetadata, updateMetadata, upsertMetadata, deleteMetadata. Each is a small deploy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from orgwright.localorg.metadata import deploys, validate
from orgwright.localorg.metadata.catalogue import Catalogue
from orgwright.localorg.metadata.document import Node
from orgwright.localorg.metadata.model import DeployOptions, TestLevel
from orgwright.localorg.metadata.package import Deletion, Item, Package
from orgwright.metadata.types import TYPES

if TYPE_CHECKING:
    from orgwright.localorg.org import Org

Mode = Literal["create", "update", "upsert"]


@dataclass(frozen=True)
class Outcome:
    """What became of one component; ``errors`` are pairs of status code and text."""

    name: str
    created: bool = False
    errors: tuple[tuple[str, str], ...] = ()


def save(org: Org, user_id: str, documents: Sequence[Node], mode: Mode, version: str) -> list[Outcome]:
    """Save documents one after the other; each names its type by ``xsi:type`` and itself by ``fullName``."""
    return [_save_one(org, user_id, document, mode, version) for document in documents]


def _save_one(org: Org, user_id: str, document: Node, mode: Mode, version: str) -> Outcome:
    kind, name = document.xsi_type or "", document.value("fullName")
    if not name:
        return Outcome("", errors=(("REQUIRED_FIELD_MISSING", "Required field is missing: fullName"),))
    with org.read(user_id) as tx:
        exists = Catalogue(tx).read(kind, name) is not None
    if mode == "create" and exists:
        text = "This unique name already exists or has been previously used."
        return Outcome(name, errors=(("DUPLICATE_DEVELOPER_NAME", text),))
    if mode == "update" and not exists:
        text = f"no {kind} named {name} found"
        return Outcome(name, errors=(("INVALID_CROSS_REFERENCE_KEY", text),))
    found = Package(version=version, items=items(kind, name, document))
    if not found.items:
        return Outcome(name, errors=(("INVALID_TYPE", f"Unknown metadata type: {kind}"),))
    errors, created = run(org, user_id, found)
    return Outcome(name, created, errors)


def items(kind: str, name: str, document: Node) -> list[Item]:
    """The items of a document: itself, and the children inside it."""
    settings = kind.endswith("Settings") and kind not in TYPES
    type_name = "Settings" if settings else kind
    if type_name not in TYPES:
        return []
    found_type = TYPES[type_name]
    child = found_type.parent is not None
    own = name.partition(".")[2] if child and "." in name else name
    parts = [c for c in document.children if c.tag != "fullName"]
    children = [Node("fullName", text=own), *parts] if child else parts
    tags = {c.tag: c for c in found_type.children if c.addressable and c.tag}
    node = Node(kind if not child else type_name, document.line, document.column, children=children).without(*tags)
    item = Item(type_name, name, "", node=node, problems=validate.check(node, kind))
    found = [item]
    for part in document.children:
        inner = tags.get(part.tag)
        if inner is not None:
            full = part.value(inner.key)
            checked = validate.check(part, inner.name)
            found.append(Item(inner.name, full if inner.bare else f"{name}.{full}", "", node=part, problems=checked))
    return found


def delete(org: Org, user_id: str, kind: str, names: Sequence[str]) -> list[Outcome]:
    """Delete components one after the other."""
    outcomes = []
    for name in names:
        if kind not in TYPES:
            outcomes.append(Outcome(name, errors=(("INVALID_TYPE", f"Unknown metadata type: {kind}"),)))
            continue
        errors, _ = run(org, user_id, Package(before=[Deletion(kind, name, "")]))
        outcomes.append(Outcome(name, errors=errors))
    return outcomes


def deploy(org: Org, user_id: str, package: Package, *, check_only: bool = False) -> dict[str, Any]:
    """Deploy a small package at once: the status, as ``checkDeployStatus`` gives it."""
    production = org.record.kind == "production"
    options = DeployOptions(test_level=None if production else TestLevel.NO_TEST_RUN, check_only=check_only)
    found = deploys.of(org)
    id, work = found.start_package(user_id, package, options)
    work()
    return found.status(id)


def run(org: Org, user_id: str, package: Package) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Deploy a small package at once: its errors, and whether anything was created."""
    status = deploy(org, user_id, package)
    failures = status["details"]["componentFailures"]
    errors = tuple(
        ("INVALID_FIELD" if f["problemType"] == "Error" else "UNKNOWN_EXCEPTION", f["problem"]) for f in failures
    )
    if not errors and not status["success"]:
        errors = (("UNKNOWN_EXCEPTION", status["errorMessage"] or "The component could not be saved"),)
    return errors, any(s["created"] for s in status["details"]["componentSuccesses"])
