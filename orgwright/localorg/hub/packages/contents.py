"""Packages as deploys: into an org, and out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from orgwright.localorg.metadata import deploys, profiles
from orgwright.localorg.metadata import package as packages
from orgwright.localorg.metadata.document import Node, make
from orgwright.localorg.metadata.handlers.registry import handler
from orgwright.localorg.metadata.model import DeployOptions, DeployResult, TestLevel
from orgwright.localorg.metadata.package import Deletion, Item, Package
from orgwright.metadata import zip as archive
from orgwright.metadata.component import Component
from orgwright.metadata.types import TYPES

if TYPE_CHECKING:
    from orgwright.localorg.org import Org

Member = tuple[str, str]
_ADMIN = "Admin"
_GRANTS = ("classAccesses", "pageAccesses", "customPermissions", "fieldPermissions", "objectPermissions",
           "applicationVisibilities", "tabVisibilities")  # fmt: skip
_OPTIONS = DeployOptions(test_level=TestLevel.NO_TEST_RUN, ignore_warnings=True, allow_missing_files=True)


def read(data: bytes) -> Package:
    """The package in a zip; its files may lie in one folder."""
    return packages.read(archive.read(data), single_package=False, allow_missing_files=True)


def members(package: Package) -> list[Member]:
    """What a package brings, by type and name."""
    return [(item.type, item.name) for item in package.items]


def deploy(org: Org, user_id: str, package: Package, gone: Iterable[Member] = ()) -> list[str]:
    """Bring a package into an org, and take away what its new version no longer has; the errors, none when all went well."""
    package.after += _deletions(gone)
    brought = [(item.type, item.name) for item in package.items if item.type != "Profile"]
    return _errors(deploys.of(org).deploy_now(user_id, package, _OPTIONS)) or _open_to_admins(org, user_id, brought)


def _open_to_admins(org: Org, user_id: str, brought: Sequence[Member]) -> list[str]:
    """Give the administrators' profile access to what a package brought ("Install for Admins Only")."""
    with org.read(user_id) as tx:
        profile = profiles.shown(tx, _ADMIN, [Component(kind, name, b"") for kind, name in brought])
    if profile is None:
        return []
    granted = [_granted(node) for node in profile.children if node.tag in _GRANTS]
    if not granted:
        return []
    item = Item("Profile", _ADMIN, f"profiles/{_ADMIN}.profile", node=make("Profile", "", *granted))
    return _errors(deploys.of(org).deploy_now(user_id, Package(items=[item]), _OPTIONS))


def _granted(node: Node) -> Node:
    """The grant with everything in it switched on."""
    on = {"false": "true", "Hidden": "DefaultOn"}
    children = [
        child if child.tag == "default" else make(child.tag, on.get(child.text, child.text)) for child in node.children
    ]
    return make(node.tag, "", *children)


def remove(org: Org, user_id: str, installed: Sequence[Member]) -> list[str]:
    """Take everything that a package brought out of an org; the errors, none when all is gone."""
    return _errors(deploys.of(org).deploy_now(user_id, Package(before=_deletions(installed)), _OPTIONS))


def _deletions(gone: Iterable[Member]) -> list[Deletion]:
    """What depends on others goes first; parts go with their parents."""
    known = set(gone)
    parents = {(kind, name.lower()) for kind, name in known}
    found = []
    for kind, name in sorted(known, key=lambda one: (-handler(one[0]).rank, one)):
        parent = TYPES[kind].parent
        if parent is None or (parent, name.partition(".")[0].lower()) not in parents or TYPES[kind].bare:
            found.append(Deletion(kind, name, "uninstall"))
    return found


def _errors(result: DeployResult) -> list[str]:
    if result.success:
        return []
    found = [f"{message.full_name}: {message.problem}" for message in result.failures]
    return found or [result.error_message or "The package could not be deployed"]
