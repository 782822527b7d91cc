"""Page layouts that nobody deployed: listed, retrieved, deployed back, assigned."""

from __future__ import annotations

import io
import zipfile

from orgwright.localorg.metadata.catalogue import Catalogue
from orgwright.localorg.metadata.retrieve import retrieve
from orgwright.localorg.org import Org
from tests.localorg.deploying import NAMESPACE, deploy, failures, flags, make_org

THING = (
    f"<CustomObject {NAMESPACE}><deploymentStatus>Deployed</deploymentStatus><label>R&amp;D (new)</label><pluralLabel>Things</pluralLabel>"
    "<nameField><label>Name</label><type>Text</type></nameField><sharingModel>ReadWrite</sharingModel></CustomObject>"
)
OWN = "Thing__c-R%26D %28new%29 Layout"
SHORT = (
    f"<Layout {NAMESPACE}><layoutSections><layoutColumns><layoutItems><behavior>Required</behavior><field>Name</field></layoutItems>"
    "</layoutColumns><style>OneColumn</style></layoutSections></Layout>"
)


def retrieved(org: Org, members: dict[str, list[str]]) -> tuple[dict[str, bytes], tuple[tuple[str, str], ...]]:
    """The files of a retrieve without its manifest, below no folder, and its messages."""
    with org.read() as tx:
        found = retrieve(tx, "id", members, "67.0")
    with zipfile.ZipFile(io.BytesIO(found.zip)) as data:
        files = {name.removeprefix("unpackaged/"): data.read(name) for name in data.namelist()}
    del files["package.xml"]
    return files, found.messages


def test_an_org_has_layouts_that_can_be_retrieved_and_deployed_back() -> None:
    org = make_org()
    assert deploy(org, {"objects/Thing__c.object": THING.encode()}, {"CustomObject": ["Thing__c"]})["success"]
    with org.read() as tx:
        names = [one.name for one in Catalogue(tx).listing("Layout")]
    known = {"Account-Account Layout", "CampaignMember-Campaign Member Page Layout", "CaseClose-Close Case Layout",
             "DandBCompany-D%26B Company Layout", "OpportunityLineItem-Opportunity Product Layout", OWN}  # fmt: skip
    assert known <= set(names)
    files, messages = retrieved(org, {"Layout": ["*"]})
    assert messages == () and sorted(files) == sorted(f"layouts/{name}.layout" for name in names)
    account = files["layouts/Account-Account Layout.layout"].decode()
    assert account.count("<field>BillingAddress</field>") == 1 and "<field>BillingCity</field>" not in account
    assert files[f"layouts/{OWN}.layout"].count(b"<field>") == 4  # name, owner, who made and who changed it

    again = deploy(org, files, {"Layout": names})
    assert failures(again) == []
    assert flags(again)["Layout:Account-Account Layout"] == "changed"
    assert retrieved(org, {"Layout": ["*"]})[0] == files


def test_a_deployed_layout_takes_the_place_of_the_own_one() -> None:
    org = make_org()
    name = "Contact-Contact Layout"
    assert deploy(org, {f"layouts/{name}.layout": SHORT.encode()}, {"Layout": [name]})["success"]
    files, messages = retrieved(org, {"Layout": [name, "Contact-Other"]})
    assert files[f"layouts/{name}.layout"].count(b"<field>") == 1
    assert messages == (("unpackaged/package.xml", "Entity of type 'Layout' named 'Contact-Other' cannot be found"),)


def test_a_profile_assigns_the_own_layout_of_an_object_without_another() -> None:
    org = make_org()
    own = ["Account-Account Layout", "Contact-Contact Layout"]
    assigned = f"<Profile {NAMESPACE}><layoutAssignments><layout>Contact-Short</layout></layoutAssignments></Profile>"
    made = {"layouts/Contact-Short.layout": SHORT.encode(), "profiles/Admin.profile": assigned.encode()}
    assert deploy(org, made, {"Layout": ["Contact-Short"], "Profile": ["Admin"]})["success"]
    files, _ = retrieved(org, {"Layout": [*own, "Contact-Short"], "Profile": ["Admin"]})
    shown = files["profiles/Admin.profile"].decode()
    assert [name for name in (*own, "Contact-Short") if f"<layout>{name}</layout>" in shown] == [
        own[0],
        "Contact-Short",
    ]
