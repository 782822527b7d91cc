"""Components that are kept as data name only what the org has, or what comes with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orgwright.localorg.org import Org

from ..deploying import NAMESPACE, deploy, failures, make_org


def document(kind: str, body: str) -> bytes:
    return f"<{kind} {NAMESPACE}>{body}</{kind}>".encode()


PAGE = document(
    "FlexiPage",
    "<flexiPageRegions><itemInstances><componentInstance><componentName>c:greeting</componentName></componentInstance>"
    "</itemInstances><itemInstances><componentInstance><componentName>flexipage:richText</componentName>"
    "</componentInstance></itemInstances><name>main</name><type>Region</type></flexiPageRegions>"
    "<masterLabel>P</masterLabel><template><name>flexipage:defaultAppHomeTemplate</name></template><type>AppPage</type>",
)
APP = document("CustomApplication", "<label>A</label><tabs>standard-Account</tabs><tabs>Thing</tabs>")
FIELD_SET = document(
    "CustomObject",
    "<fieldSets><fullName>S</fullName><description>S</description><displayedFields><field>Ext__c</field>"
    "<isFieldManaged>false</isFieldManaged><isRequired>false</isRequired></displayedFields><displayedFields>"
    "<field>Owner.Nickname__c</field><isFieldManaged>false</isFieldManaged><isRequired>false</isRequired></displayedFields>"
    "<label>S</label></fieldSets>",
)
LIST_VIEW = document(
    "CustomObject",
    "<listViews><fullName>L</fullName><columns>ACCOUNT.NAME</columns><columns>Ext__c</columns>"
    "<filterScope>Everything</filterScope><label>L</label></listViews>",
)
COMPONENT = {
    "aura/greeting/greeting.cmp": b"<aura:component/>",
    "aura/greeting/greeting.cmp-meta.xml": document(
        "AuraDefinitionBundle", "<apiVersion>67.0</apiVersion><description>Hi</description>"
    ),
}
TAB = {
    "tabs/Thing.tab": document("CustomTab", "<label>T</label><motif>Custom1: Heart</motif><url>https://a.example</url>")
}
FIELD = {
    "objects/Account.object": document(
        "CustomObject",
        "<fields><fullName>Ext__c</fullName><label>Ext</label><length>5</length><type>Text</type></fields>",
    )
}


@pytest.fixture
def org() -> Iterator[Org]:
    made = make_org()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("path", "data", "key", "brought", "needs", "problem"),
    [
        ("flexipages/P.flexipage", PAGE, ("FlexiPage", "P"), COMPONENT, ("AuraDefinitionBundle", "greeting"),
         "We couldn't retrieve the design time component information for component c:greeting."),
        ("applications/A.app", APP, ("CustomApplication", "A"), TAB, ("CustomTab", "Thing"),
         "In field: tab - no CustomTab named Thing found"),
        ("objects/Account.object", FIELD_SET, ("FieldSet", "Account.S"), FIELD, ("CustomField", "Account.Ext__c"),
         "In field: field - no CustomField named Account.Ext__c found"),
        ("objects/Account.object", LIST_VIEW, ("ListView", "Account.L"), FIELD, ("CustomField", "Account.Ext__c"),
         "Could not resolve list view column: Ext__c"),
    ],
)  # fmt: skip
def test_a_reference_leads_somewhere(
    org: Org,
    path: str,
    data: bytes,
    key: tuple[str, str],
    brought: dict[str, bytes],
    needs: tuple[str, str],
    problem: str,
) -> None:
    kind, name = key
    assert failures(deploy(org, {path: data}, {kind: [name]})) == [(kind, name, problem)]
    assert failures(deploy(org, brought, {needs[0]: [needs[1]]})) == []
    assert failures(deploy(org, {path: data}, {kind: [name]})) == []


def test_what_comes_in_the_same_deploy_is_found(org: Org) -> None:
    files = {"flexipages/P.flexipage": PAGE, "applications/A.app": APP, **COMPONENT, **TAB}
    members = {
        "FlexiPage": ["P"],
        "CustomApplication": ["A"],
        "AuraDefinitionBundle": ["greeting"],
        "CustomTab": ["Thing"],
    }
    assert failures(deploy(org, files, members)) == []
