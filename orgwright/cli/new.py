"""``orgwright new``: a commented spec to begin with."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from orgwright.errors import OrgwrightError, Place


@click.command(name="new")
@click.argument("name")
@click.option("--label", help="Label of the connector, such as 'Acme billing'.")
@click.option("--object", "objects", multiple=True, metavar="OBJECT", help="An object that gets a key of the vendor's.")
@click.option("--publish/--no-publish", default=None, help="Publish an event for each change of those objects.")
def command(name: str, label: str | None, objects: tuple[str, ...], publish: bool | None) -> None:
    """Write connectors/NAME/connector.yml, with a comment at each part. On a terminal it asks for what is not given."""
    from orgwright import spec

    file = Path("connectors") / name / "connector.yml"
    if file.exists():
        raise OrgwrightError("is there already", where=Place(file=str(file)), help="choose another name")
    if sys.stdin.isatty():
        label = label or click.prompt("Label", default=name.replace("_", " ").capitalize())
        objects = objects or tuple(click.prompt("Objects, with blanks between", default="Account Contact").split())
        publish = publish if publish is not None else click.confirm("Publish an event for each change?", default=False)
    text = "".join(starter(name, label or name.replace("_", " ").capitalize(), objects or ("Account",), bool(publish)))
    spec.loads(text, name=str(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    click.echo(f"{file} is written. Next:\n  orgwright spec check {name}\n  orgwright plan {name} --org local")


def starter(name: str, label: str, objects: tuple[str, ...], publish: bool) -> Iterator[str]:
    """The lines of a first spec: a key on each object, rights to it, and an event if it publishes."""
    prefix = "_".join(part.capitalize() for part in name.split("_") if part)
    key = f"{prefix}_Id__c"
    yield "# A connector spec: docs/connector-spec.md explains every part; 'orgwright spec schema' completes in editors.\n"
    yield f"orgwright: 1\nconnector: {name}\nlabel: {json.dumps(label, ensure_ascii=False)}\n\n"
    yield "# What a customer may change with --set NAME=VALUE.\n"
    yield "parameters:\n  key_length: {default: 64, assumed: true, help: Length of the vendor's keys}\n\n"
    yield "# Objects with the fields that the connector brings. A key is an external ID: loads find their records by it.\nobjects:\n"
    for sobject in objects:
        yield f'  {sobject}:\n    {key}: {{type: "Text({{{{ key_length }}}})", external_id: true, unique: true}}\n'
    if publish:
        yield "\n# Platform events, and which changes are published.\nevents:\n"
        yield f"  {prefix}_Change__e:\n    publish: after_commit\n    fields: {{Operation__c: Text(16), Object__c: Text(80), "
        yield "Before__c: LongTextArea(32768), After__c: LongTextArea(32768)}\n"
        yield f"publish:\n  {prefix}_Change__e:\n    from: [{', '.join(objects)}]\n    on: [insert, update, delete, undelete]\n"
        yield "    set: {Operation__c: $operation, Object__c: $object, Before__c: $old, After__c: $new}\n"
    yield "\n# Salesforce opens a new field to nobody: this permission set does.\naccess:\n  permission_sets:\n"
    rights = ", ".join(f"{sobject}: edit" for sobject in objects)
    yield f"    {prefix}_User: {{label: {json.dumps(label[:35] + ' user', ensure_ascii=False)}, objects: {{{rights}}}, fields: edit}}\n"
    yield f"  deployer: [{prefix}_User]    # whoever brings an org up\n"
