"""Dependent picklists in describes: the bitmaps that clients decode."""

from __future__ import annotations

import base64
from typing import Any

from tests.localorg.deploying import NAMESPACE, deploy

from .conftest import Site, V


def picklist(name: str, values: str, controller: str = "", settings: str = "") -> str:
    inner = "".join(
        f"<value><fullName>{one}</fullName><default>false</default><label>{one}</label></value>"
        for one in values.split()
    )
    control = f"<controllingField>{controller}</controllingField>" if controller else ""
    return (
        f"<fields><fullName>{name}</fullName><label>{name}</label><type>Picklist</type><valueSet>{control}<restricted>true</restricted>"
        f"<valueSetDefinition><sorted>false</sorted>{inner}</valueSetDefinition>{settings}</valueSet></fields>"
    )


def setting(value: str, *controlling: str) -> str:
    inner = "".join(f"<controllingFieldValue>{one}</controllingFieldValue>" for one in controlling)
    return f"<valueSettings>{inner}<valueName>{value}</valueName></valueSettings>"


def decoded(field: dict[str, Any]) -> dict[str, list[int]]:
    """The places of controlling values by value, as the guide's sample reads them."""
    found = {}
    for entry in field["picklistValues"]:
        bits = base64.b64decode(entry["validFor"])
        found[entry["value"]] = [n for n in range(len(bits) * 8) if bits[n >> 3] & (0x80 >> n % 8)]
    return found


def test_values_name_the_controlling_values_that_they_go_with(site: Site) -> None:
    entry = site.runtime.registry.create("dependent", "scratch")
    many = " ".join(f"c{n}" for n in range(30))
    parts = (
        picklist("Land__c", "NL UK DE"),
        picklist(
            "Town__c",
            "Delft Leeds Border",
            "Land__c",
            setting("Delft", "NL") + setting("Leeds", "UK") + setting("Border", "NL", "DE"),
        ),
        "<fields><fullName>Open__c</fullName><defaultValue>false</defaultValue><label>Open</label><type>Checkbox</type></fields>",
        picklist("Mood__c", "Glad Sad", "Open__c", setting("Glad", "checked") + setting("Sad", "unchecked")),
        picklist("Many__c", many),
        picklist("Few__c", "x", "Many__c", setting("x", "c29")),
    )
    body = (
        f"<CustomObject {NAMESPACE}><deploymentStatus>Deployed</deploymentStatus><label>Spot</label><pluralLabel>Spots</pluralLabel>"
        f"<nameField><label>Name</label><type>Text</type></nameField><sharingModel>ReadWrite</sharingModel>{''.join(parts)}</CustomObject>"
    )
    names = ("Land__c", "Town__c", "Open__c", "Mood__c", "Many__c", "Few__c")
    rights = "".join(
        f"<fieldPermissions><editable>true</editable><field>Spot__c.{one}</field><readable>true</readable></fieldPermissions>"
        for one in names
    )
    files = {
        "objects/Spot__c.object": body.encode(),
        "profiles/Admin.profile": f"<Profile {NAMESPACE}><custom>false</custom>{rights}</Profile>".encode(),
    }
    done = deploy(site.runtime.registry.open("dependent"), files, {"CustomObject": ["Spot__c"], "Profile": ["Admin"]})
    assert done["success"], done["details"]
    with site.client(entry) as client:
        fields = {one["name"]: one for one in client.get(f"{V}/sobjects/Spot__c/describe").json()["fields"]}
        layout = client.get(f"{V}/sobjects/Spot__c/describe/layouts").json()
    assert (fields["Town__c"]["controllerName"], fields["Town__c"]["dependentPicklist"]) == ("Land__c", True)
    assert decoded(fields["Town__c"]) == {"Delft": [0], "Leeds": [1], "Border": [0, 2]}
    assert fields["Town__c"]["picklistValues"][0]["validFor"] == "gAAA"
    assert decoded(fields["Mood__c"]) == {"Glad": [1], "Sad": [0]}
    assert decoded(fields["Few__c"]) == {"x": [29]}
    assert {one["validFor"] for one in fields["Land__c"]["picklistValues"]} == {None}
    (mapping,) = layout["recordTypeMappings"]
    towns = next(one for one in mapping["picklistsForRecordType"] if one["picklistName"] == "Town__c")
    assert towns["picklistValues"][0]["validFor"] == "gAAA"
