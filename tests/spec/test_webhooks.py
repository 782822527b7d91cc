"""Webhooks, names of triggers and ``at_most``: what is wrong is told with its place and a way out."""

from __future__ import annotations

import pytest

from orgwright import generate, spec
from orgwright.errors import OrgwrightError
from orgwright.spec.errors import SpecErrors

BASE = """
orgwright: 1
connector: acme
label: Acme
objects: {{Contact: {{Acme_Id__c: {field}}}}}
webhooks:
  AcmeHook: {{{hook}}}
remote_sites: {{Acme: "https://acme.example.com"}}
access: {{custom_permissions: {{Acme_Bypass: {{}}}}}}
"""
HOOK = 'url: "https://acme.example.com", path: /x, from: [Contact], body: {new: $new}'


def load(hook: str = HOOK, field: str = "Text(32)") -> spec.Connector:
    return spec.loads(BASE.format(hook=hook, field=field))


def apex(connector: spec.Connector) -> dict[str, str]:
    return {c.name: c.body.decode() for c in generate.components(connector) if c.type.startswith("Apex")}


@pytest.mark.parametrize(
    ("hook", "field", "text"),
    [
        ("from: [Contact], body: {new: $new}", "Text(32)", "either url or credential"),
        (
            'url: "https://other.example.com", from: [Contact], body: {a: $new}',
            "Text(32)",
            "no remote site lets Apex call",
        ),
        ("url: acme, from: [Contact], body: {a: $new}", "Text(32)", "is no URL"),
        ("credential: Nope, from: [Contact], body: {a: $new}", "Text(32)", "no named credential Nope"),
        (HOOK.replace("$new", "$nwe"), "Text(32)", "no value \\$nwe"),
        (HOOK.replace("{new: $new}", "{}"), "Text(32)", "an empty body says nothing"),
        (HOOK.replace("[Contact]", "[Contcat]"), "Text(32)", "no object Contcat"),
        (HOOK.replace("[Contact]", "{Contact: {fields: [Nope]}}"), "Text(32)", "no field of Contact Nope"),
        (HOOK.replace("[Contact]", "{Contact: {trigger: 1st}}"), "Text(32)", "a name begins with a letter"),
        (HOOK + ", unless: Nope", "Text(32)", "no custom permission Nope"),
        (HOOK.replace("/x", "x"), "Text(32)", "a path begins with /"),
        (HOOK, "{type: Text(32), at_most: 3, unique: true}", "unique and at_most exclude each other"),
        (HOOK, "{type: Checkbox, at_most: 3}", "cannot be counted by"),
    ],
)
def test_mistakes_are_told(hook: str, field: str, text: str) -> None:
    with pytest.raises((SpecErrors, OrgwrightError), match=text):
        load(hook, field)


def test_a_named_credential_takes_the_place_of_a_url() -> None:
    text = BASE.format(hook="credential: Acme, path: /x, from: [Lead], body: {ids: $ids}", field="Text(32)")
    text += "credentials: {external: {Acme: {token_url: 'https://acme.example.com/t'}}, named: {Acme: {url: 'https://acme.example.com', credential: Acme}}}\n"
    connector = spec.loads(text)
    (record,) = [c for c in generate.components(connector) if c.type == "CustomMetadata"]
    assert b"callout:Acme/x" in record.body


def test_one_trigger_tells_everybody_about_an_object() -> None:
    field = "{type: Text(32), at_most: 3}"
    code = apex(load(HOOK.replace("[Contact]", "{Contact: {on: [delete], trigger: Acme1}}"), field))
    trigger = code["Acme1"]
    assert "(after insert, after update, after delete, after undelete)" in trigger
    assert "AcmeSharedValues.check(Trigger.new, Contact.Acme_Id__c, 3);" in trigger
    assert "AcmeHook.notify(Trigger.operationType, Trigger.new, Trigger.old);" in trigger


def test_a_connector_without_webhooks_has_none_of_their_apex() -> None:
    text = BASE.format(hook=HOOK, field="{type: Text(32), at_most: 3}")
    text = text.replace("webhooks:", "").replace(f"  AcmeHook: {{{HOOK}}}", "")
    assert set(apex(spec.loads(text))) == {
        "AcmeContactSharedTest",
        "AcmeContactTrigger",
        "AcmeSharedValues",
        "AcmeTestData",
    }
