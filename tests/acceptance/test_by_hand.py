"""Whatever the spec says of a component, of every kind: when it is changed by hand in the org, the plan names it, and an apply mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from orgwright import deliver, generate, plan, spec
from orgwright.localorg import control
from orgwright.metadata import Component, mdapi, xml
from orgwright.org import OrgClient
from orgwright.org.metadata import DeployOptions
from orgwright.plan.compare import KINDS
from tests.acceptance.conftest import Workplace

pytestmark = pytest.mark.xdist_group("by_hand")
EVERYTHING = Path(__file__).parents[1] / "generate" / "everything.yml"
# Numbers, and words of an enumeration, with another one that an org takes.
_OTHERS = {
    "PublishAfterCommit": "PublishImmediately",
    "PublishImmediately": "PublishAfterCommit",
    "BlankAsZero": "BlankAsBlank",
    "Restrict": "SetNull",
    "lastFour": "all",
    "asterisk": "X",
    "ReadWrite": "Private",
    "Enabled": "Disabled",
    "Deployed": "InDevelopment",
}
_NOT_TRIED = {
    "startingNumber",
    "fullName",
    "type",
    "referenceTo",
    "field",
    "object",
    "apexClass",
    "name",
    "valueName",
    "summarizedField",
}


def leaves(root: etree._Element, path: str = "") -> Iterator[tuple[str, etree._Element]]:
    for child in root:
        here = f"{path}/{xml.local(child)}"
        if len(child):
            yield from leaves(child, here)
        elif child.text and xml.local(child) not in _NOT_TRIED:
            yield here, child


def another(text: str) -> Iterator[str]:
    if text in ("true", "false"):
        yield "false" if text == "true" else "true"
    elif text.replace(".", "").isdigit():
        yield str(int(float(text)) + 1)
        yield str(int(float(text)) - 1)
    elif text in _OTHERS:
        yield _OTHERS[text]
    else:
        yield f"{text}/x" if text.startswith("https:") else f"{text} x"


def changes(component: Component) -> Iterator[tuple[str, Component]]:
    """The component with one element changed, and which one."""
    if component.type in ("ApexClass", "ApexTrigger"):
        yield "body", replace(component, body=component.body + b"\n// by hand\n")
        if component.type == "ApexTrigger":
            yield "status", replace(component, meta=(component.meta or b"").replace(b"Active", b"Inactive"))
        return
    count = len(list(leaves(xml.parse(component.body, name=component.name))))
    for number in range(count):
        for option in range(2):
            root = xml.parse(component.body, name=component.name)
            path, leaf = list(leaves(root))[number]
            texts = list(another(leaf.text or ""))
            if option < len(texts):
                leaf.text = texts[option]
                yield path, replace(component, body=xml.to_bytes(root))


@pytest.fixture(scope="module")
def org(workplace: Workplace) -> Iterator[OrgClient]:
    control.create_org("local-by-hand", "sandbox", home=workplace.home)
    with workplace.client("local-by-hand") as client:
        yield client


def by_hand(org: OrgClient, every: tuple[Component, ...], tried: set[tuple[str, str]]) -> dict[str, str]:
    """Change one attribute of each component that was not tried yet, as far as the org lets; by component."""
    done: dict[str, str] = {}
    # code last: what comes with it compiles only while the rest is as it was
    for component in sorted(every, key=lambda one: (one.type in ("ApexClass", "ApexTrigger"), one.key)):
        for path, other in changes(component):
            if (component.type, path) in tried:
                continue
            if org.metadata.deploy(mdapi.to_zip([other]), DeployOptions()).success:
                tried.add((component.type, path))
                done[component.name] = path
                break
    return done


def test_every_attribute_of_every_kind(org: OrgClient) -> None:
    connector = spec.load(EVERYTHING)
    stages = [stage.components for stage in generate.stages(connector)]
    every = tuple(component for stage in stages for component in stage)
    deliver.deploy(org, stages, DeployOptions())
    assert plan.foresee(org, connector, components=every).empty
    tried: set[tuple[str, str]] = set()
    while changed := by_hand(org, every, tried):
        foreseen = plan.foresee(org, connector, components=every, adopt=True)
        told = {change.component for change in (*foreseen.change, *foreseen.in_the_way)}
        assert {name: path for name, path in changed.items() if name not in told} == {}
        assert told <= set(changed), "and nothing else"
        deliver.deploy(org, stages, DeployOptions())
        again = plan.foresee(org, connector, components=every)
        assert (again.create, again.change, again.in_the_way) == ((), (), ())
    assert set(KINDS) - {type for type, _ in tried} == {"ConnectedApp"}, "which no org of today creates"
    assert len(tried) > 60


CREW = """orgwright: 1
connector: crew
label: Crew
objects: {Account: {Crew_Id__c: Text(9)}}
access:
  permission_sets: {Crew: {label: Crew, objects: {Account: edit}, fields: edit}}
  user: {username: crew@example.org, email: crew@example.org, last_name: Crew, alias: crew, permission_sets: [Crew]}
"""


def test_the_service_user(workplace: Workplace) -> None:
    folder = workplace.project / "connectors" / "crew"
    folder.mkdir(parents=True)
    (folder / "connector.yml").write_text(CREW)
    command = ("crew", "--org", "local-crew")
    assert workplace.orgwright("plan", *command, "--out", "build/crew.plan").code == 0
    assert workplace.orgwright("apply", "build/crew.plan").code == 0
    with workplace.client("local-crew") as client:
        (user,) = client.query("SELECT Id FROM User WHERE Username = 'crew@example.org'")
        (other,) = client.query("SELECT Id FROM Profile WHERE Name = 'System Administrator'")
        (given,) = client.query(
            "SELECT Id FROM PermissionSetAssignment WHERE Assignee.Username = 'crew@example.org' AND PermissionSet.Name = 'Crew'"
        )
        client.remove("PermissionSetAssignment", given["Id"])
        by_hand = {"IsActive": False, "Email": "else@example.org", "ProfileId": other["Id"]}
        client.update("User", user["Id"], by_hand)
    planned = workplace.orgwright("plan", *command, "--detailed-exitcode", "--out", "build/crew.plan")
    assert planned.code == 2, planned.text
    for told in (
        "~ crew@example.org",
        "active false -> true",
        "email else@example.org -> crew@example.org",
        "profile System Administrator -> Standard User",
        "permission set Crew not assigned -> assigned",
    ):
        assert told in planned.out, planned.out
    done = workplace.orgwright("apply", "build/crew.plan")
    assert done.code == 0, done.text
    assert workplace.orgwright("plan", *command, "--detailed-exitcode").code == 0
