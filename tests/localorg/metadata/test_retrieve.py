"""What a retrieve brings, by what its manifest names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orgwright.localorg.metadata.catalogue import Catalogue
from orgwright.localorg.metadata.retrieve import retrieve
from orgwright.localorg.org import Org
from orgwright.metadata import zip as archive

from ..deploying import NAMESPACE, deploy, failures, fields, make_org

LABEL = (
    "<labels><fullName>{0}</fullName><language>en_US</language><protected>false</protected>"
    "<shortDescription>{0}</shortDescription><value>{0}</value></labels>"
)


@pytest.fixture(scope="module")
def org() -> Iterator[Org]:
    made = make_org()
    labels = f"<CustomLabels {NAMESPACE}>{LABEL.format('One')}{LABEL.format('Two')}</CustomLabels>"
    thing = (
        f"<CustomObject {NAMESPACE}><deploymentStatus>Deployed</deploymentStatus><label>Thing</label><nameField>"
        "<label>Name</label><type>Text</type></nameField><pluralLabel>Things</pluralLabel>"
        "<sharingModel>ReadWrite</sharingModel></CustomObject>"
    )
    files = {
        "labels/CustomLabels.labels": labels.encode(),
        "objects/Thing__c.object": thing.encode(),
        **fields("Account", "<fullName>Ext__c</fullName><label>Ext</label><length>5</length><type>Text</type>"),
    }
    members = {
        "CustomLabel": ["One", "Two"],
        "CustomObject": ["Account", "Thing__c"],
        "CustomField": ["Account.Ext__c"],
    }
    assert failures(deploy(made, files, members)) == []
    yield made
    made.close()


def retrieved(org: Org, members: dict[str, list[str]]) -> dict[str, str]:
    with org.read() as tx:
        found = retrieve(tx, "09S000000000000AAA", members, "67.0")
    assert found.messages == ()
    return {path.removeprefix("unpackaged/"): data.decode() for path, data in archive.read(found.zip).items()}


@pytest.mark.parametrize(
    ("members", "names"),
    [
        ({"CustomLabels": ["CustomLabels"]}, ["One", "Two"]),
        ({"CustomLabels": ["*"]}, ["One", "Two"]),
        ({"CustomLabel": ["*"]}, ["One", "Two"]),
        ({"CustomLabel": ["Two"]}, ["Two"]),
    ],
)
def test_labels_come_in_one_file(org: Org, members: dict[str, list[str]], names: list[str]) -> None:
    found = retrieved(org, members)
    assert sorted(found) == ["labels/CustomLabels.labels", "package.xml"]
    assert [n for n in ("One", "Two") if f"<fullName>{n}</fullName>" in found["labels/CustomLabels.labels"]] == names


def test_the_labels_document_is_listed(org: Org) -> None:
    with org.read() as tx:
        assert [(one.name, one.file) for one in Catalogue(tx).listing("CustomLabels")] == [
            ("CustomLabels", "labels/CustomLabels.labels")
        ]


def test_a_wildcard_does_not_match_standard_objects(org: Org) -> None:
    assert sorted(retrieved(org, {"CustomObject": ["*"]})) == ["objects/Thing__c.object", "package.xml"]
    assert "objects/Account.object" in retrieved(org, {"CustomObject": ["Account", "*"]})


def test_labels_are_tracked_one_by_one() -> None:
    org = make_org()
    labels = f"<CustomLabels {NAMESPACE}>{LABEL.format('One')}</CustomLabels>".encode()
    deployed = deploy(org, {"labels/CustomLabels.labels": labels}, {"CustomLabels": ["CustomLabels"]})
    assert failures(deployed) == []
    with org.read() as tx:
        assert [tuple(row) for row in tx.sql("SELECT type, name FROM _source_member")] == [("CustomLabel", "One")]
    org.close()
