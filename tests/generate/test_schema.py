"""Every generated document against the schema of the Metadata API itself (the WSDL inside the simple-salesforce wheel, version 63)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources

import pytest
from lxml import etree

from orgwright import generate, spec
from orgwright.metadata import xml

XSD = "{http://www.w3.org/2001/XMLSchema}"
# elements that the Metadata API guide and real orgs have, but not this WSDL
ALSO = {"CustomField": ("displayLocationInDecimal",)}


@cache
def types() -> dict[str, etree._Element]:
    pytest.importorskip("simple_salesforce")
    wsdl = resources.files("simple_salesforce").joinpath("metadata.wsdl").read_bytes()
    root = etree.fromstring(wsdl)
    return {t.get("name", ""): t for t in root.iter(f"{XSD}complexType", f"{XSD}simpleType") if t.get("name")}


def problems(element: etree._Element, type_name: str, path: str) -> Iterator[str]:
    kind = types().get(type_name)
    if kind is None:
        return
    if kind.tag == f"{XSD}simpleType":
        allowed = [e.get("value") for e in kind.iter(f"{XSD}enumeration")]
        if allowed and element.text not in allowed:
            yield f"{path}: {element.text} is not one of {type_name}"
        return
    known = {e.get("name", ""): e for e in kind.iter(f"{XSD}element")}
    if kind.find(f".//{XSD}extension") is not None:
        known = {"fullName": etree.Element("e", type="xsd:string", minOccurs="0"), **known}
    known |= {name: etree.Element("e", type="xsd:boolean", minOccurs="0") for name in ALSO.get(type_name, ())}
    order = ["fullName", *sorted(known.keys() - {"fullName"})] if type_name in ALSO else list(known)
    names = [xml.local(child) for child in element]
    for name in names:
        if name not in known:
            yield f"{path}: {name} is not in {type_name}"
    ranks = [order.index(name) for name in names if name in known]
    if ranks != sorted(ranks):
        yield f"{path}: not in the order of {type_name}: {names}"
    for name, wanted in known.items():
        if wanted.get("minOccurs") != "0" and name not in names and name != "fullName":
            yield f"{path}: {name} is missing"
        if wanted.get("maxOccurs", "1") == "1" and names.count(name) > 1:
            yield f"{path}: {name} is there {names.count(name)} times"
    for child in element:
        declared = known.get(xml.local(child))
        if declared is not None:
            yield from problems(child, (declared.get("type") or "").partition(":")[2], f"{path}.{xml.local(child)}")


@pytest.mark.parametrize("which", ["gentrack", "everything"])
def test_documents_follow_the_schema(which: str, request: pytest.FixtureRequest) -> None:
    connector: spec.Connector = request.getfixturevalue(which)
    found = []
    for component in generate.components(connector):
        root = xml.parse(component.meta or component.body, name=component.name)
        assert xml.local(root) == (f"{component.name}Settings" if component.type == "Settings" else component.type)
        found += list(problems(root, xml.local(root), f"{component.type} {component.name}"))
    assert found == []


def test_the_check_can_fail() -> None:
    bad = xml.element("CustomField", [("label", "x"), ("fullName", "y"), ("type", "Nonsense"), ("made_up", "z")])
    assert len(list(problems(bad, "CustomField", "CustomField"))) == 3
