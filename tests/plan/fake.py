"""An org that answers what a comparison asks, from a set of components that tests change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from lxml import etree

from orgwright.metadata import Component, xml
from orgwright.org import Answer, Request
from orgwright.org.metadata import DeployOptions, DeployResult, MetadataItem, Retrieved
from orgwright.spec import standard

NOTHING = {"totalSize": 0, "records": [], "done": True}


class FakeOrg:
    """Serves retrieves, lists and composite queries; counts the calls."""

    def __init__(
        self, components: Sequence[Component], *, user: dict | None = None, edition: str = "Developer Edition"
    ) -> None:
        self.items = {component.key: component for component in components}
        self.user, self.edition = user, edition
        self.sets: list[str] = []
        self.unknown_types: set[str] = set()
        self.refuse: str | None = None
        self.missing: set[str] = set()
        self.packaged: set[tuple[str, str]] = set()
        self.licences = {"Salesforce": (10, 1)}
        self.profile = True
        self.data: dict[str, dict[str, Any]] = {}
        self.answer_to_deploy = DeployResult("0Af", "Succeeded", success=True, check_only=True, error=None)
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.allowed: dict[str, dict[str, int]] = {}
        self.calls = 0

    @property
    def metadata(self) -> FakeOrg:
        return self

    def edit(self, type: str, name: str, tag: str, text: str | None) -> None:
        """Set, or with None remove, a direct child of a component's document."""
        component = self.items[type, name]
        root = xml.parse(component.body, name=name)
        for found in xml.children(root, tag):
            root.remove(found)
        if text is not None:
            etree.SubElement(root, f"{{{xml.NAMESPACE}}}{tag}").text = text
        self.items[type, name] = Component(type, name, xml.to_bytes(root))

    def retrieve(self, wanted: Mapping[str, Sequence[str]]) -> Retrieved:
        self.calls += 2
        found = []
        for type, names in wanted.items():
            for name in names:
                if type == "CustomObject" and name not in self.missing and standard.find(name):
                    found.append(Component(type, name, xml.document("CustomObject")))
                found += [c for c in self.items.values() if c.key == (type, name)]
                if type == "CustomObject":
                    found += [
                        c for c in self.items.values() if c.name.startswith(f"{name}.") and c.type == "CustomField"
                    ]
        components = tuple({c.key: c for c in found if c.type not in self.unknown_types}.values())
        return Retrieved(components, tuple(self.item(c) for c in components))

    def item(self, component: Component) -> MetadataItem:
        managed = "installed" if component.key in self.packaged else "unmanaged"
        return MetadataItem(component.type, component.name, "", "Ada Admin", "2026-11-20T08:00:00.000Z", None, managed)

    def list(self, types: Sequence[str]) -> list[MetadataItem]:
        self.calls += 1
        return [self.item(c) for c in self.items.values() if c.type in types]

    def deploy(self, package: bytes, options: DeployOptions) -> DeployResult:
        self.calls += 2
        assert options.check_only
        return self.answer_to_deploy

    def composite(self, requests: Sequence[Request]) -> list[Answer]:
        self.calls += -(-len(requests) // 5)
        return [self.answer(unquote(request.path.partition("?q=")[2] or request.path)) for request in requests]

    def query(self, soql: str, *, tooling: bool = False) -> list[dict[str, Any]]:
        """Rows by a part of the query: what tests put into ``rows``."""
        self.calls += 1
        return next((rows for part, rows in self.rows.items() if part in soql), [])

    def count(self, soql: str) -> int:
        return len(self.query(soql))

    def limits(self) -> dict[str, dict[str, int]]:
        self.calls += 1
        return self.allowed

    def answer(self, soql: str) -> Answer:
        if self.refuse and self.refuse in soql:
            return Answer(
                400, [{"errorCode": "INVALID_TYPE", "message": f"sObject type '{self.refuse}' is not supported."}]
            )
        if "FROM Organization" in soql:
            return Answer(200, {"records": [{"OrganizationType": self.edition}]})
        if "FROM PermissionSetAssignment" in soql:
            return Answer(200, {"records": [{"PermissionSet": {"Name": name}} for name in self.sets]})
        if "FROM User " in soql:
            return Answer(200, {"records": [self.user] if self.user else []})
        if "FROM StaticResource" in soql:
            names = [name for type, name in self.items if type == "StaticResource"]
            by = {"LastModifiedDate": "2026-11-20T08:00:00.000Z", "LastModifiedBy": {"Name": "Ada Admin"}}
            return Answer(200, {"records": [{"Name": name, **by} for name in names]})
        if "FROM UserLicense" in soql:
            rows = [{"Name": n, "TotalLicenses": t, "UsedLicenses": u} for n, (t, u) in self.licences.items()]
            return Answer(200, {"records": rows})
        if "FROM Profile" in soql:
            return Answer(200, {"records": [{"Id": "00e"}] if self.profile else []})
        return Answer(200, next((body for part, body in self.data.items() if part in soql), NOTHING))
