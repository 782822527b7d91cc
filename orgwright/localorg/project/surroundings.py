"""What an org has beside a project that is deployed into it: what the project itself says its orgs are made with.

- CumulusCI's flows deploy the bundles below ``unpackaged/pre`` first (``deploy_pre``) and those below ``unpackaged/post`` last
  (``deploy_post``), fill in the tokens of a namespace, and open every field to the administrator (``update_admin_profile``):
  https://cumulusci.readthedocs.io/en/stable/flows.html
- A scratch org has the settings of ``config/project-scratch-def.json``: Salesforce DX Developer Guide, Scratch Org Definition File.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from orgwright.errors import OrgwrightError, Place
from orgwright.metadata import mdapi, source
from orgwright.metadata.component import Component

_NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
_TOKEN = re.compile(rb"%%%(?:NAMESPACE|NAMESPACED_ORG|MANAGED|MANAGED_OR_NAMESPACED_ORG)(_OR_C|_DOT)?%%%")
_FILE_TOKENS = re.compile(r"___(?:NAMESPACE|NAMESPACED_ORG|MANAGED_OR_NAMESPACED_ORG)___")


def read(root: Path, faults: list[OrgwrightError]) -> tuple[Component, ...]:
    """What the org has before the project in ``root`` is deployed; errors of single files are added to ``faults``."""
    return (*_settings(root, faults), *_bundles(root, "pre", faults))


def read_last(root: Path, faults: list[OrgwrightError]) -> tuple[Component, ...]:
    """What is deployed behind the project in ``root``."""
    return tuple(_bundles(root, "post", faults))


def opens_fields(root: Path) -> bool:
    """Whether the administrator gets to see every field of the project in ``root``."""
    return (root / "cumulusci.yml").is_file()


def without_namespace(component: Component) -> Component:
    """The component with CumulusCI's tokens filled in for an org and a package without namespace."""
    if b"%%%" not in component.body and "___" not in component.name:
        return component
    body = _TOKEN.sub(lambda m: b"c" if m[1] == b"_OR_C" else b"", component.body)
    return Component(component.type, _FILE_TOKENS.sub("", component.name), body, component.meta, component.files)


def _bundles(root: Path, name: str, faults: list[OrgwrightError]) -> Iterator[Component]:
    folder = root / "unpackaged" / name
    if not (root / "cumulusci.yml").is_file() or not folder.is_dir():
        return
    for bundle in sorted(path for path in folder.iterdir() if path.is_dir()):
        try:
            if (bundle / "package.xml").is_file():
                yield from mdapi.read(bundle).components
            else:
                yield from source.read(bundle, faults=faults)
        except OrgwrightError as error:
            faults.append(error)


def _settings(root: Path, faults: list[OrgwrightError]) -> Iterator[Component]:
    file = root / "config" / "project-scratch-def.json"
    if not file.is_file():
        return
    try:
        settings = json.loads(file.read_text("utf-8")).get("settings") or {}
        for name, values in settings.items():
            yield _setting(str(name), dict(values))
    except (ValueError, TypeError, AttributeError) as error:
        faults.append(OrgwrightError(f"the settings cannot be read: {error}", where=Place(file=str(file))))


def _setting(name: str, values: dict[str, Any]) -> Component:
    type_name = name[:1].upper() + name[1:]
    element = etree.Element(f"{{{_NAMESPACE}}}{type_name}", nsmap={None: _NAMESPACE})  # type: ignore[dict-item]
    _fill(element, values)
    body = etree.tostring(element, xml_declaration=True, encoding="UTF-8")
    return Component("Settings", type_name.removesuffix("Settings"), body)


def _fill(element: etree._Element, values: dict[str, Any]) -> None:
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            child = etree.SubElement(element, f"{{{_NAMESPACE}}}{name}")
            if isinstance(one, dict):
                _fill(child, one)
            else:
                child.text = str(one).lower() if isinstance(one, bool) else str(one)
