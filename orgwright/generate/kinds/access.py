"""Custom permissions and permission sets."""

from __future__ import annotations

from collections.abc import Iterable

from orgwright.generate.kinds.pairs import Pairs, document, ordered
from orgwright.metadata import Component
from orgwright.spec.model import Connector, CustomPermission, ObjectRight, PermissionSet

_NEEDS: dict[str, tuple[str, ...]] = {
    "create": ("read",),
    "edit": ("read",),
    "delete": ("edit", "read"),
    "view_all": ("read",),
    "modify_all": ("view_all", "delete", "edit", "read"),
}
_ELEMENTS = {
    "allowCreate": "create",
    "allowDelete": "delete",
    "allowEdit": "edit",
    "allowRead": "read",
    "modifyAllRecords": "modify_all",
    "viewAllRecords": "view_all",
}


def custom_permissions(item: CustomPermission) -> tuple[Component, ...]:
    """A custom permission that Apex asks for."""
    body = document(
        "CustomPermission", [("description", item.description), ("isLicensed", False), ("label", item.label)]
    )
    return (Component("CustomPermission", item.api_name, body),)


def permission_sets(item: PermissionSet, connector: Connector, classes: Iterable[str]) -> tuple[Component, ...]:
    """A permission set; ``classes`` are those that ``classes: all`` stands for."""
    open_classes = sorted(classes if item.classes == "all" else item.classes)
    external = connector.credentials.external
    content: Pairs = [
        ("label", item.label),
        ("description", item.description),
        ("license", item.license),
        ("hasActivationRequired", False),
    ]
    content += [("classAccesses", [("apexClass", name), ("enabled", True)]) for name in open_classes]
    content += [("customPermissions", [("enabled", True), ("name", name)]) for name in sorted(item.custom_permissions)]
    content += [
        ("externalCredentialPrincipalAccesses", _principal(f"{name}-{external[name].principal}"))
        for name in sorted(item.credentials)
    ]
    content += [("fieldPermissions", _field(*entry)) for entry in sorted(connector.field_permissions(item))]
    content += [("objectPermissions", _rights(name, item.objects[name])) for name in sorted(item.objects)]
    content += [("userPermissions", [("enabled", True), ("name", name)]) for name in sorted(item.user_permissions)]
    return (Component("PermissionSet", item.api_name, document("PermissionSet", content)),)


def _principal(name: str) -> Pairs:
    return [("enabled", True), ("externalCredentialPrincipal", name)]


def _field(name: str, editable: bool) -> Pairs:
    return [("editable", editable), ("field", name), ("readable", True)]


def _rights(name: str, given: Iterable[ObjectRight]) -> Pairs:
    held: set[str] = set(given)
    for right in tuple(held):
        held.update(_NEEDS.get(right, ()))
    return ordered([*((element, right in held) for element, right in _ELEMENTS.items()), ("object", name)])
