"""Every metadata type is taken, kept, listed, given back as it came, and deleted; whatever elements its documents have."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orgwright.localorg.metadata.catalog import Element, catalog
from orgwright.localorg.metadata.catalogue import Catalogue
from orgwright.localorg.metadata.components import canonical
from orgwright.localorg.metadata.document import parse, to_bytes
from orgwright.localorg.metadata.handlers.registry import HANDLERS
from orgwright.localorg.metadata.retrieve import retrieve
from orgwright.localorg.org import Org
from orgwright.metadata import zip as archive
from orgwright.metadata.types import TYPES, MetadataType

from ..deploying import NAMESPACE, deploy, failures, make_org, manifest
from . import samples

KEPT = sorted(
    (
        kind
        for kind in samples.parents()
        if kind.name not in HANDLERS and kind.name != "CustomLabels" and not kind.alias
    ),
    key=lambda kind: kind.name,
)
"""The types that an org only keeps; those with behaviour have tests of their own."""


@pytest.fixture(scope="module")
def org() -> Iterator[Org]:
    made = make_org()
    yield made
    made.close()


def package(
    kind: MetadataType, choose: samples.Choose = samples.required
) -> tuple[dict[str, bytes], dict[str, list[str]]]:
    """The files of a component with the folder that it lives in, and the members that name them."""
    name = samples.name_of(kind)
    files = samples.files(kind, name, choose)
    members = {kind.name: [name]}
    if kind.in_folder:
        assert kind.folder_type is not None
        files |= samples.files(TYPES[kind.folder_type], "Fold")
        members = {kind.name: ["Fold", name]}
    return files, members


def plain(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files with documents in one order of elements, which is all that a retrieve may change."""
    found = {}
    for path, data in files.items():
        if data.startswith(b"<") and b"xmlns" in data[:200]:
            root = parse(data)
            data = to_bytes(canonical(root, root.tag))
        found[path.removeprefix("unpackaged/")] = data
    return {path: data for path, data in found.items() if path != "package.xml"}


def back(org: Org, members: dict[str, list[str]]) -> dict[str, bytes]:
    with org.read() as tx:
        found = retrieve(tx, "09S000000000000AAA", members, "67.0")
    assert not found.messages
    return plain(archive.read(found.zip))


def listed(org: Org, type_name: str) -> list[str]:
    with org.read() as tx:
        return [one.name for one in Catalogue(tx).listing(type_name)]


@pytest.mark.parametrize("kind", KEPT, ids=lambda kind: kind.name)
def test_round_trip(org: Org, kind: MetadataType) -> None:
    files, members = package(kind)
    result = deploy(org, files, members)
    assert result["status"] == "Succeeded", failures(result)
    name = samples.name_of(kind)
    assert name in listed(org, kind.name)
    if kind.folder_type and kind.in_folder:
        assert "Fold" in listed(org, kind.folder_type) and "Fold" not in listed(org, kind.name)
    assert back(org, members) == plain(files)
    if not kind.in_folder:
        assert plain(files) == back(org, {kind.name: ["*"]})
    gone = deploy(org, {"destructiveChanges.xml": manifest({kind.name: members[kind.name][::-1]})}, {})
    assert gone["status"] == "Succeeded", failures(gone)
    assert name not in listed(org, kind.name)
    assert not kind.folder_type or not kind.in_folder or "Fold" not in listed(org, kind.folder_type)


with_documents = [
    kind for kind in KEPT if catalog().type(kind.name) is not None and kind.layout != "bundle" and not kind.children
]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(kind=st.sampled_from(with_documents), seed=st.integers(0, 2**32))
def test_any_document_comes_back_as_it_went(org: Org, kind: MetadataType, seed: int) -> None:
    chance = random.Random(seed)

    def choose(element: Element, depth: int) -> int:
        if element.name in ("fullName", "content"):
            return 0
        low = 1 if element.required else 0
        return low if depth > 2 else chance.randint(low, 2 if depth < 1 else 1)

    files, members = package(kind, choose)
    result = deploy(org, files, members)
    assert result["status"] == "Succeeded", failures(result)
    assert back(org, members) == plain(files)
    again = deploy(org, files, members)
    assert not any(
        one["changed"] or one["created"]
        for one in again["details"]["componentSuccesses"]
        if one["fullName"] != "package.xml"
    )


PARTS = sorted(
    (kind for kind in TYPES.values() if kind.parent and kind.addressable and kind.name not in HANDLERS),
    key=lambda kind: kind.name,
)
ON_OBJECTS = {
    "CustomObject",
    "Workflow",
    "SharingRules",
    "AssignmentRules",
    "AutoResponseRules",
    "EscalationRules",
    "MatchingRules",
}


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.name)
def test_parts_of_documents(org: Org, kind: MetadataType) -> None:
    parent = TYPES[str(kind.parent)]
    owner = "Account" if parent.name in ON_OBJECTS else "Owner"
    type_name = kind.name if catalog().type(kind.name) else kind.name[:1].upper() + kind.name[1:]
    key = re.compile(f"<{kind.key}>.*?</{kind.key}>")
    part = f"<{kind.tag}><{kind.key}>Kid</{kind.key}>{key.sub('', samples.body(type_name))}</{kind.tag}>"
    body = re.sub(f"<{kind.tag}>.*</{kind.tag}>", "", samples.body(parent.name))
    path = f"{parent.folder}/{owner}.{parent.suffix}"
    document = f"<{parent.name} {NAMESPACE}>{body}{part}</{parent.name}>".encode()
    name = "Kid" if kind.bare else f"{owner}.Kid"
    result = deploy(org, {path: document}, {parent.name: [owner]})
    assert result["status"] == "Succeeded", failures(result)
    assert name in listed(org, kind.name)
    alone = f"<{parent.name} {NAMESPACE}>{part}</{parent.name}>".encode()
    assert back(org, {kind.name: [name]}) == plain({path: alone})
    if parent.name != "CustomObject":
        assert back(org, {parent.name: [owner]}) == plain({path: document})
    gone = deploy(org, {"destructiveChanges.xml": manifest({kind.name: [name]})}, {})
    assert gone["status"] == "Succeeded", failures(gone)
    assert name not in listed(org, kind.name)
    if parent.name not in ("CustomObject", "SharingRules"):
        deploy(org, {path: document}, {parent.name: [owner]})
        deploy(org, {"destructiveChanges.xml": manifest({parent.name: [owner]})}, {})
        assert not listed(org, parent.name) and name not in listed(org, kind.name)
