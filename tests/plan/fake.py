"""An org that answers what a comparison asks, from a set of components that tests change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from urllib.parse import unquote

from lxml import etree

from orgwright.metadata import Component, xml
from orgwright.org import Answer, ApiError, Request


class FakeOrg:
    """Serves ``readMetadata`` and composite queries; counts the calls."""

    def __init__(
        self, components: Sequence[Component], *, user: dict | None = None, edition: str = "Developer Edition"
    ) -> None:
        self.items = {component.key: component for component in components}
        self.user, self.edition = user, edition
        self.sets: list[str] = []
        self.unknown_types: set[str] = set()
        self.refuse: str | None = None
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

    def read(self, type: str, names: Sequence[str]) -> dict[str, etree._Element]:
        self.calls += -(-len(names) // 10)
        if type in self.unknown_types:
            raise ApiError(f"{type} is unknown", code="sf:INVALID_TYPE", status=500)
        found = {}
        for name in names:
            root = self.record(type, name)
            if root is not None:
                found[name] = root
        return found

    def record(self, type: str, name: str) -> etree._Element | None:
        component = self.items.get(("Settings", name) if type == f"{name}Settings" else (type, name))
        if type != "CustomObject":
            return None if component is None else deepcopy(xml.parse(component.body, name=name))
        fields = [c for (t, n), c in self.items.items() if t == "CustomField" and n.startswith(f"{name}.")]
        if component is None and not fields:
            return None
        root = (
            deepcopy(xml.parse(component.body, name=name))
            if component
            else etree.Element(f"{{{xml.NAMESPACE}}}CustomObject")
        )
        for field in fields:
            element = deepcopy(xml.parse(field.body, name=field.name))
            element.tag = f"{{{xml.NAMESPACE}}}fields"
            root.append(element)
        return root

    def composite(self, requests: Sequence[Request]) -> list[Answer]:
        self.calls += 1
        return [self.query(unquote(request.path.partition("?q=")[2])) for request in requests]

    def query(self, soql: str) -> Answer:
        if self.refuse and self.refuse in soql:
            return Answer(
                400, [{"errorCode": "INVALID_TYPE", "message": f"sObject type '{self.refuse}' is not supported."}]
            )
        if "FROM Organization" in soql:
            return Answer(200, {"records": [{"OrganizationType": self.edition}]})
        if "FROM PermissionSetAssignment" in soql:
            return Answer(200, {"records": [{"PermissionSet": {"Name": name}} for name in self.sets]})
        if "FROM User" in soql:
            return Answer(200, {"records": [self.user] if self.user else []})
        kind = "ApexClass" if "FROM ApexClass" in soql else "ApexTrigger"
        asked = set(re.findall(r"'(\w+)'", soql))
        rows = []
        for (type, name), component in self.items.items():
            if type == kind and name in asked:
                meta = xml.parse(component.meta, name=name)
                rows.append({"Name": name, "Status": xml.text(meta, "status"), "Body": component.body.decode()})
        return Answer(200, {"records": rows})
