"""What orgs that were retrieved whole hold and deploy again, though describes do not tell it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orgwright.localorg.access.models import activities_follow
from orgwright.localorg.metadata.catalogue import Catalogue
from orgwright.localorg.org import Org

from ..deploying import NAMESPACE, deploy, failures, make_org


@pytest.fixture
def org() -> Iterator[Org]:
    made = make_org()
    yield made
    made.close()


def document(kind: str, body: str) -> bytes:
    return f"<{kind} {NAMESPACE}>{body}</{kind}>".encode()


@pytest.mark.parametrize("name", ["Lead.CampaignId", "Task.Phone", "Event.Attendees", "EmailMessage.MessageSize"])
def test_fields_that_only_metadata_tells(org: Org, name: str) -> None:
    sobject, _, field = name.partition(".")
    layout = (
        "<layoutSections><customLabel>false</customLabel><detailHeading>true</detailHeading><editHeading>true</editHeading>"
        f"<layoutColumns><layoutItems><behavior>Edit</behavior><field>{field}</field></layoutItems></layoutColumns>"
        "<style>OneColumn</style></layoutSections>"
    )
    files = {
        f"objects/{sobject}.object": document("CustomObject", f"<fields><fullName>{field}</fullName></fields>"),
        f"layouts/{sobject}-Own.layout": document("Layout", layout),
    }
    members = {"CustomField": [name], "Layout": [f"{sobject}-Own"]}
    assert failures(deploy(org, files, members)) == []
    assert org.schema.sobject(sobject).field(field) is None  # type: ignore[union-attr]
    typo = {f"layouts/{sobject}-Own.layout": document("Layout", layout.replace(field, "Nope"))}
    problem = f"In field: field - no CustomField named {sobject}.Nope found"
    assert failures(deploy(org, typo, {"Layout": [f"{sobject}-Own"]})) == [("Layout", f"{sobject}-Own", problem)]


@pytest.mark.parametrize(
    "name",
    [
        "Account.Tier",
        "Asset.Uuid",
        "Case.BusinessHoursId",
        "Case.IsClosedOnCreate",
        "Contact.Pronouns",
        "Lead.Pronouns",
    ],
)
def test_fields_that_every_org_has(org: Org, name: str) -> None:
    sobject, _, field = name.partition(".")
    assert org.schema.sobject(sobject).field(field) is not None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("sobject", "model"),
    [("Contract", "ReadWrite"), ("CampaignMember", "ControlledByCampaign"), ("Pricebook2", "ReadSelect")],
)
def test_sharing_models_of_their_own(org: Org, sobject: str, model: str) -> None:
    files = {f"objects/{sobject}.object": document("CustomObject", f"<sharingModel>{model}</sharingModel>")}
    assert failures(deploy(org, files, {"CustomObject": [sobject]})) == []
    wrong = {f"objects/{sobject}.object": document("CustomObject", "<sharingModel>FullAccess</sharingModel>")}
    problem = f"Invalid sharing model: FullAccess is not a valid sharing model for {sobject}"
    assert failures(deploy(org, wrong, {"CustomObject": [sobject]}))[0][2] == problem


def test_activities_are_an_object_in_metadata(org: Org) -> None:
    field = "<fields><fullName>Ext__c</fullName><label>Ext</label><length>5</length><type>Text</type></fields>"
    body = f"<enableFeeds>false</enableFeeds>{field}<sharingModel>ControlledByParent</sharingModel>"
    files = {"objects/Activity.object": document("CustomObject", body)}
    members = {"CustomObject": ["Activity"], "CustomField": ["Activity.Ext__c"]}
    assert failures(deploy(org, files, members)) == []
    assert activities_follow(org.schema)
    assert org.schema.sobject("Activity") is None
    with org.read() as tx:
        found, missing = Catalogue(tx).components("CustomObject", ["Activity"])
    assert (missing, [one.key for one in found]) == (
        [],
        [("CustomObject", "Activity"), ("CustomField", "Activity.Ext__c")],
    )
    assert b"<sharingModel>ControlledByParent</sharingModel>" in found[0].body


def test_a_document_needs_no_extension(org: Org) -> None:
    folder = "<accessType>Public</accessType><name>Papers</name><publicFolderAccess>ReadOnly</publicFolderAccess>"
    meta = "<internalUseOnly>false</internalUseOnly><name>Read me</name><public>true</public>"
    files = {
        "documents/Papers-meta.xml": document("DocumentFolder", folder),
        "documents/Papers/Readme": b"text",
        "documents/Papers/Readme-meta.xml": document("Document", meta),
    }
    assert failures(deploy(org, files, {"Document": ["Papers", "Papers/Readme"]})) == []


def test_translations_of_lookup_filters_may_translate_one_message(org: Org) -> None:
    body = "<fields><lookupFilter><errorMessage>Nein</errorMessage></lookupFilter><name>ParentId</name></fields>"
    files = {"objectTranslations/Account-de.objectTranslation": document("CustomObjectTranslation", body)}
    assert failures(deploy(org, files, {"CustomObjectTranslation": ["Account-de"]})) == []
