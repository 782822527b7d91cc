"""A spec that was read from an org says what the org has."""

from __future__ import annotations

from pathlib import Path

import pytest

from orgwright import generate, plan, spec
from orgwright.errors import OrgwrightError
from orgwright.plan.importing import import_spec
from tests.plan.fake import FakeOrg

CONNECTOR = spec.load(Path(__file__).with_name("every_type.yml"))
COMPONENTS = generate.components(CONNECTOR)


def test_every_type_of_field_comes_back_as_it_was() -> None:
    org = FakeOrg(COMPONENTS)
    objects = [*CONNECTOR.objects, *CONNECTOR.events, *CONNECTOR.metadata_types]
    text = import_spec(org, "again", "Again", objects)
    loaded = spec.loads(text)
    mine = [c for c in COMPONENTS if c.name.partition(".")[0] in objects]
    wanted = {c.key: c.body for c in mine if c.type == "CustomField"}
    made = {c.key: c.body for c in generate.components(loaded) if c.type == "CustomField"}
    assert set(made) == set(wanted)
    assert [str(d) for d in plan.validate(org, loaded).differences] == []


def test_what_the_org_does_not_have_is_told() -> None:
    with pytest.raises(OrgwrightError, match="does not have Nope__c"):
        import_spec(FakeOrg(COMPONENTS), "again", "Again", ["Kid__c", "Nope__c"])
