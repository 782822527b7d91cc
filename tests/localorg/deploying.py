"""A small language for deploys in tests: files in, result out, on an org in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from orgwright.localorg.apexhost.attach import attach
from orgwright.localorg.metadata import deploys
from orgwright.localorg.metadata.model import DeployOptions
from orgwright.localorg.org import Org, OrgKind
from orgwright.metadata import zip as archive

NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
NAMESPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


def make_org(kind: OrgKind = "scratch", clock: Any = lambda: NOW) -> Org:
    """An org in memory with everything attached."""
    org = Org.create(None, alias="test", kind=kind, clock=clock, seed=1)
    attach(org)
    return org


def manifest(members: Mapping[str, list[str]]) -> bytes:
    """A package.xml."""
    types = "".join(
        f"<types>{''.join(f'<members>{m}</members>' for m in names)}<name>{kind}</name></types>"
        for kind, names in members.items()
    )
    return f"<Package {NAMESPACE}>{types}<version>67.0</version></Package>".encode()


def apex(
    name: str, body: str, *, kind: str = "class", version: str = "67.0", status: str = "Active"
) -> dict[str, bytes]:
    """The files of a class or trigger."""
    folder, suffix, root = (
        ("classes", "cls", "ApexClass") if kind == "class" else ("triggers", "trigger", "ApexTrigger")
    )
    meta = f"<{root} {NAMESPACE}><apiVersion>{version}</apiVersion><status>{status}</status></{root}>"
    return {f"{folder}/{name}.{suffix}": body.encode(), f"{folder}/{name}.{suffix}-meta.xml": meta.encode()}


def fields(sobject: str, *bodies: str) -> dict[str, bytes]:
    """An object's file with fields, one element a line."""
    inner = "".join(f"    <fields>\n        {body}\n    </fields>\n" for body in bodies)
    return {f"objects/{sobject}.object": f"<CustomObject {NAMESPACE}>\n{inner}</CustomObject>\n".encode()}


def deploy(org: Org, files: Mapping[str, bytes], members: Mapping[str, list[str]], **options: Any) -> dict[str, Any]:
    """Deploy files to their end; the result as REST shows it."""
    data = archive.write({"package.xml": manifest(members), **files})
    id, work = deploys.of(org).start(org.record.admin_id, data, DeployOptions(**options))
    work()
    return deploys.of(org).status(id)


def failures(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Type, name and problem of what failed."""
    return [(m["componentType"], m["fullName"], m["problem"]) for m in result["details"]["componentFailures"]]


def flags(result: Mapping[str, Any]) -> dict[str, str]:
    """What became of each component: created, changed, deleted or unchanged."""
    found = {}
    for message in result["details"]["componentSuccesses"]:
        state = next((flag for flag in ("deleted", "created", "changed") if message[flag]), "unchanged")
        found[f"{message['componentType']}:{message['fullName']}"] = state
    return found
