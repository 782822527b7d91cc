"""Page layouts over REST and SOAP: the one that was deployed, the one of a profile, the one that nobody made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from lxml import etree

from orgwright.localorg.registry import OrgEntry
from tests.localorg.deploying import NAMESPACE, deploy

from .conftest import Site, V

TEXT = "<fullName>{}</fullName><label>{}</label><length>40</length><type>Text</type>"
KIND = (
    "<fullName>Kind__c</fullName><label>Kind</label><type>Picklist</type><valueSet><restricted>true</restricted><valueSetDefinition>"
    "<sorted>false</sorted><value><fullName>Flat</fullName><default>false</default><label>Flat</label></value><value>"
    "<fullName>House</fullName><default>false</default><label>House</label></value></valueSetDefinition></valueSet>"
)
HOME = "<fullName>Home__c</fullName><label>Home</label><referenceTo>Place__c</referenceTo><relationshipName>Doors</relationshipName><type>Lookup</type>"
RECORD_TYPE = (
    "<recordTypes><fullName>Rented</fullName><active>true</active><label>Rented</label><picklistValues><picklist>Kind__c</picklist>"
    "<values><fullName>Flat</fullName><default>false</default></values></picklistValues></recordTypes>"
)


def custom_object(label: str, *parts: str) -> bytes:
    return (
        f"<CustomObject {NAMESPACE}><deploymentStatus>Deployed</deploymentStatus><label>{label}</label><pluralLabel>{label}s</pluralLabel>"
        f"<nameField><label>{label} Name</label><type>Text</type></nameField><sharingModel>ReadWrite</sharingModel>{''.join(parts)}</CustomObject>"
    ).encode()


def field(body: str) -> str:
    return f"<fields>{body}</fields>"


def layout(*columns: str, more: str = "") -> bytes:
    inner = "".join(f"<layoutColumns>{column}</layoutColumns>" for column in columns)
    return (
        f"<Layout {NAMESPACE}><layoutSections><customLabel>true</customLabel><detailHeading>true</detailHeading><editHeading>false</editHeading>"
        f"<label>The place</label>{inner}<style>TwoColumnsLeftToRight</style></layoutSections>{more}</Layout>"
    ).encode()


def item(field: str, behavior: str = "Edit") -> str:
    return f"<layoutItems><behavior>{behavior}</behavior><field>{field}</field></layoutItems>"


@pytest.fixture(scope="module")
def entry(site: Site) -> OrgEntry:
    made = site.runtime.registry.create("layouts", "scratch")
    related = "<relatedLists><fields>NAME</fields><fields>Colour__c</fields><relatedList>Door__c.Home__c</relatedList><sortField>NAME</sortField><sortOrder>Desc</sortOrder></relatedLists>"
    both = layout(
        item("Name", "Required") + item("Kind__c"),
        item("Street__c", "Readonly") + "<layoutItems><emptySpace>true</emptySpace></layoutItems>",
        more=related,
    )
    readable = "".join(
        f"<fieldPermissions><editable>true</editable><field>{name}</field><readable>true</readable></fieldPermissions>"
        for name in ("Door__c.Colour__c", "Door__c.Home__c", "Place__c.Kind__c", "Place__c.Street__c")
    )
    admin = (
        f"<Profile {NAMESPACE}><custom>false</custom>{readable}<layoutAssignments><layout>Place__c-Short</layout><recordType>Place__c.Rented</recordType>"
        "</layoutAssignments><layoutAssignments><layout>Place__c-Place Layout</layout></layoutAssignments></Profile>"
    )
    files = {
        "objects/Place__c.object": custom_object(
            "Place", field(TEXT.format("Street__c", "Street")), field(KIND), RECORD_TYPE
        ),
        "objects/Door__c.object": custom_object("Door", field(TEXT.format("Colour__c", "Colour")), field(HOME)),
        "layouts/Place__c-Place Layout.layout": both,
        "layouts/Place__c-Short.layout": layout(item("Name", "Required")),
        "profiles/Admin.profile": admin.encode(),
    }
    members = {
        "CustomObject": ["Place__c", "Door__c"],
        "Layout": ["Place__c-Place Layout", "Place__c-Short"],
        "Profile": ["Admin"],
        "RecordType": ["Place__c.Rented"],
    }
    done = deploy(site.runtime.registry.open("layouts"), files, members)
    assert done["success"], done["details"]
    return made


@pytest.fixture
def client(site: Site, entry: OrgEntry) -> Iterator[httpx.Client]:
    with site.client(entry) as made:
        yield made


def shown(section: dict[str, Any]) -> list[list[str | None]]:
    """The fields of a section, row by row."""
    return [
        [part["value"] for item in row["layoutItems"] for part in item["layoutComponents"]]
        for row in section["layoutRows"]
    ]


def test_the_layouts_of_a_profile_by_record_type(client: httpx.Client) -> None:
    found = client.get(f"{V}/sobjects/Place__c/describe/layouts").json()
    rented, master = found["recordTypeMappings"]
    assert (rented["name"], master["name"], rented["layoutId"] != master["layoutId"]) == ("Rented", "Master", True)
    by_id = {one["id"]: one for one in found["layouts"]}
    (section,) = by_id[master["layoutId"]]["editLayoutSections"]
    assert (section["heading"], section["useHeading"], section["tabOrder"], section["columns"]) == (
        "The place",
        False,
        "LeftToRight",
        2,
    )
    assert by_id[master["layoutId"]]["detailLayoutSections"][0]["useHeading"] is True
    assert shown(section) == [["Name", "Street__c"], ["Kind__c", None]]
    name, street = section["layoutRows"][0]["layoutItems"]
    assert (name["required"], name["editableForNew"], street["required"], street["editableForUpdate"]) == (
        True,
        True,
        False,
        False,
    )
    assert street["layoutComponents"][0]["details"]["length"] == 40
    assert [one["layoutComponents"][0]["tabOrder"] for row in section["layoutRows"] for one in row["layoutItems"]] == [
        1,
        2,
        3,
        4,
    ]
    assert shown(by_id[rented["layoutId"]]["editLayoutSections"][0]) == [["Name"]]
    values = {
        one["picklistName"]: [v["value"] for v in one["picklistValues"]] for one in rented["picklistsForRecordType"]
    }
    assert values["Kind__c"] == ["Flat"]
    one = client.get(f"{V}/sobjects/Place__c/describe/layouts/{rented['recordTypeId']}").json()
    assert one == by_id[rented["layoutId"]]
    assert client.get(f"{V}/sobjects/Place__c/describe/layouts/012000000000001AAA").status_code == 404


def test_related_lists_of_lookups(client: httpx.Client) -> None:
    found = client.get(f"{V}/sobjects/Place__c/describe/layouts/012000000000000AAA").json()
    (related,) = found["relatedLists"]
    assert (related["sobject"], related["field"], related["name"]) == ("Door__c", "Home__c", "Doors__r")
    assert [one["fieldApiName"] for one in related["columns"]] == ["Name", "Colour__c"]
    assert related["sort"] == [{"ascending": False, "column": "Door__c.NAME"}]


def test_what_nobody_laid_out_has_a_layout_of_its_own(client: httpx.Client) -> None:
    door = client.get(f"{V}/sobjects/Door__c/describe/layouts").json()["layouts"][0]
    first, system = door["detailLayoutSections"]
    assert shown(first) == [["Name", "OwnerId"]] and shown(system) == [["CreatedById", "LastModifiedById"]]
    account = client.get(f"{V}/sobjects/Account/describe/layouts/012000000000000AAA").json()
    parts = {
        part["value"]: part
        for row in account["editLayoutSections"][0]["layoutRows"]
        for one in row["layoutItems"]
        for part in one["layoutComponents"]
    }
    assert {"Name", "OwnerId", "Industry", "BillingAddress"} <= set(parts) and "BillingCity" not in parts
    assert "BillingCity" in [one["value"] for one in parts["BillingAddress"]["components"]]
    assert client.get(f"{V}/sobjects/ApexLog/describe/layouts").status_code == 404


def test_layouts_by_soap(site: Site, entry: OrgEntry) -> None:
    urn = "urn:partner.soap.sforce.com"
    with site.client(entry) as http:
        body = "<describeLayout><sObjectType>Place__c</sObjectType><recordTypeIds>012000000000000AAA</recordTypeIds></describeLayout>"
        text = (
            f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><SessionHeader xmlns="{urn}"><sessionId>'
            f'{http.headers["authorization"].removeprefix("Bearer ")}</sessionId></SessionHeader></e:Header><e:Body xmlns="{urn}">{body}</e:Body></e:Envelope>'
        )
        answer = http.post("/services/Soap/u/60.0", content=text)
    assert answer.status_code == 200, answer.text
    (result,) = etree.fromstring(answer.content).iter(f"{{{urn}}}result")
    names = [one.tag.removeprefix(f"{{{urn}}}") for one in result]
    assert names == ["layouts", "recordTypeMappings", "recordTypeSelectorRequired"]
    values = [one.text for one in result[0].iter(f"{{{urn}}}value") if one.text]
    assert values[:3] == ["Name", "Street__c", "Kind__c"]
