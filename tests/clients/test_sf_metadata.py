"""The sf CLI on metadata: deploys of every kind, retrieves, listings, source tracking."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orgwright.localorg.control import OrgAccess
from orgwright.localorg.metadata.components import canonical
from orgwright.localorg.metadata.document import parse, to_bytes
from orgwright.metadata import manifest, mdapi, source
from orgwright.metadata.component import Component
from orgwright.metadata.types import TYPES
from tests.clients.conftest import Sf
from tests.localorg.metadata import samples

covers = pytest.mark.covers
CLASSES = Path("force-app/main/default/classes")
META = (
    '<?xml version="1.0" encoding="UTF-8"?><ApexClass xmlns="http://soap.sforce.com/2006/04/metadata">'
    "<apiVersion>67.0</apiVersion><status>Active</status></ApexClass>"
)


@pytest.fixture
def extra(sf: Sf) -> Iterator[Path]:
    """A class file beside the project's own, gone afterwards."""
    path = sf.project / CLASSES / "Extra.cls"
    path.write_text("public class Extra { public static Integer one() { return 1; } }\n")
    path.with_name("Extra.cls-meta.xml").write_text(META)
    yield path
    path.unlink(missing_ok=True)
    path.with_name("Extra.cls-meta.xml").unlink(missing_ok=True)


@covers("sf", "project deploy start", "project deploy preview", "project retrieve preview")
def test_a_tracked_deploy_leaves_nothing_to_deploy(sf: Sf, deployed: Any) -> None:
    assert deployed["success"] and deployed["numberComponentsDeployed"] == 5
    names = {one["fullName"] for one in deployed["files"]}
    assert {"Meter__c", "Meter__c.Serial__c", "Adder", "AdderTest", "Meters"} <= names
    assert sf.run("project deploy preview").result["toDeploy"] == []
    assert sf.run("project retrieve preview").result["toRetrieve"] == []
    assert sf.run("project deploy start").result["files"] == []


@covers("sf", "project retrieve start", "project retrieve preview")
def test_what_changed_in_the_org_is_retrieved(sf: Sf, deployed: Any) -> None:
    changed = "public class Remote { }"
    sf.run("data create record --use-tooling-api -s ApexClass", "-v", f"Body='{changed}'")
    waiting = sf.run("project retrieve preview").result["toRetrieve"]
    assert [one["fullName"] for one in waiting] == ["Remote"]
    sf.run("project retrieve start")
    path = sf.project / CLASSES / "Remote.cls"
    assert path.read_text() == changed
    path.unlink()
    path.with_name("Remote.cls-meta.xml").unlink()
    assert [one["fullName"] for one in sf.run("project deploy preview").result["toDelete"]] == ["Remote"]
    sf.run("project deploy start")


@covers("sf", "project deploy start")
def test_errors_name_file_line_and_column(sf: Sf, deployed: Any, extra: Path) -> None:
    extra.write_text("public class Extra {\n    Nope n;\n}\n")
    failed = sf.run(f"project deploy start --source-dir {CLASSES}/Extra.cls", code=1).json
    (problem,) = failed["result"]["details"]["componentFailures"]
    assert (problem["problem"], problem["lineNumber"], problem["columnNumber"]) == ("Invalid type: Nope", 2, 5)


@covers("sf", "project deploy validate", "project deploy quick", "project deploy report")
def test_validate_then_deploy_quickly(sf: Sf, deployed: Any, extra: Path) -> None:
    extra.write_text("public class Extra { /* soap */ }\n")
    checked = sf.run(f"project deploy validate --source-dir {CLASSES} --test-level RunLocalTests").result
    assert (checked["checkOnly"], checked["numberTestsCompleted"], checked["success"]) == (True, 1, True)
    done = sf.run(f"project deploy quick --job-id {checked['id']}").result
    assert (done["status"], done["checkOnly"]) == ("Succeeded", False)
    again = sf.run(f"project deploy report --job-id {done['id']}").result
    assert again["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("level", "tests"),
    [("NoTestRun", 0), ("RunAllTestsInOrg", 1)],  # the others: here and there below
)
@covers("sf", "project deploy start")
def test_test_levels(sf: Sf, deployed: Any, level: str, tests: int) -> None:
    found = sf.run(f"project deploy start --source-dir {CLASSES} --dry-run --test-level {level}").result
    assert (found["status"], found["numberTestsCompleted"]) == ("Succeeded", tests)


@covers("sf", "project deploy start")
def test_too_little_coverage_stops_a_deploy(sf: Sf, deployed: Any, extra: Path) -> None:
    line = f"project deploy start --source-dir {CLASSES} --dry-run --test-level RunSpecifiedTests --tests AdderTest"
    failed = sf.run(line, code=1).json["result"]
    warnings = json.dumps(failed["details"]["runTestResult"]["codeCoverageWarnings"])
    assert "at least 75% test coverage is required" in warnings


@covers("sf", "project deploy start")
def test_deletions_before_and_after(sf: Sf, deployed: Any, extra: Path) -> None:
    sf.run(f"project deploy start --source-dir {CLASSES}/Extra.cls --ignore-conflicts")
    types = "<types><members>{}</members><name>ApexClass</name></types>"
    package = '<Package xmlns="http://soap.sforce.com/2006/04/metadata">{}<version>67.0</version></Package>'
    (sf.project / "package.xml").write_text(package.format(""))
    (sf.project / "gone.xml").write_text(package.format(types.format("Extra")))
    line = "project deploy start --manifest package.xml --ignore-conflicts"
    done = sf.run(f"{line} --pre-destructive-changes gone.xml").result
    (deleted,) = [one for one in done["details"]["componentSuccesses"] if one["deleted"]]
    assert deleted["fullName"] == "Extra"
    sf.run(f"project deploy start --source-dir {CLASSES}/Extra.cls --ignore-conflicts")
    done = sf.run(f"{line} --post-destructive-changes gone.xml").result
    assert any(one["deleted"] for one in done["details"]["componentSuccesses"])


@covers("sf", "project deploy start", "project deploy resume", "project deploy cancel")
def test_deploys_are_resumed_and_what_is_done_cannot_be_cancelled(sf: Sf, deployed: Any, extra: Path) -> None:
    extra.write_text("public class Extra { /* resumed */ }\n")
    started = sf.run(f"project deploy start --async --source-dir {CLASSES}/Extra.cls --ignore-conflicts").result
    assert sf.run(f"project deploy resume --job-id {started['id']}").result["status"] == "Succeeded"
    late = sf.run(f"project deploy cancel --job-id {started['id']}", code=1).json
    assert late["name"] == "CannotCancelDeployError"


@covers("sf", "project retrieve start", "project generate manifest")
def test_retrieves_by_name_wildcard_and_manifest(sf: Sf, deployed: Any) -> None:
    target = sf.project / "got"
    target.mkdir()
    sf.run("project generate manifest --from-org dev --name everything")
    listed = (sf.project / "everything.xml").read_text()
    for name in ("Adder", "Meter__c", "Meters", "Meter__c.Serial__c"):
        assert f"<members>{name}</members>" in listed
    ways = ("-m ApexClass:Adder", "-m ApexClass:Add* -m CustomObject:Meter__c", "--manifest small.xml")
    (sf.project / "small.xml").write_text(
        '<Package xmlns="http://soap.sforce.com/2006/04/metadata"><types><members>*</members><name>ApexClass</name>'
        "</types><version>67.0</version></Package>"
    )
    for way in ways:
        found = sf.run(f"project retrieve start --output-dir got {way}").result
        assert "Adder" in {one["fullName"] for one in found["files"]}, way
        own = (sf.project / CLASSES / "Adder.cls").read_bytes()
        assert next(target.rglob("Adder.cls")).read_bytes() == own
    field = next(target.rglob("Serial__c.field-meta.xml")).read_text()
    assert "<externalId>true</externalId>" in field
    shutil.rmtree(target)


@covers("sf", "org list metadata", "org list metadata-types")
def test_listings(sf: Sf, deployed: Any) -> None:
    assert {"Adder", "AdderTest"} <= {one["fullName"] for one in sf.run("org list metadata -m ApexClass").result}
    types = {one["xmlName"] for one in sf.run("org list metadata-types").result["metadataObjects"]}
    assert {"ApexClass", "CustomObject", "PermissionSet", "NamedCredential"} <= types


@covers("sf", "project deploy start", "project delete source")
def test_source_is_deleted_here_and_there(sf: Sf, deployed: Any, extra: Path) -> None:
    sf.run(f"project deploy start --source-dir {CLASSES}/Extra.cls --ignore-conflicts")
    gone = sf.run("project delete source --metadata ApexClass:Extra --no-prompt").result
    assert [(one["fullName"], one["state"]) for one in gone["deletedSource"]][:1] == [("Extra", "Deleted")]
    assert not extra.exists()


@covers("sf", "project convert source", "project convert mdapi", "project deploy start", "project retrieve start")
def test_metadata_format(sf: Sf, deployed: Any) -> None:
    sf.run("project convert source --output-dir mdapi")
    done = sf.run("project deploy start --metadata-dir mdapi --test-level RunLocalTests").result
    assert (done["status"], done["numberTestsCompleted"]) == ("Succeeded", 1)
    sf.run("project convert mdapi --root-dir mdapi --output-dir source")
    assert next((sf.project / "source").rglob("Serial__c.field-meta.xml")).is_file()
    line = "project retrieve start --manifest mdapi/package.xml --target-metadata-dir fetched --unzip"
    sf.run(line)
    own = (sf.project / CLASSES / "Adder.cls").read_bytes()
    assert next((sf.project / "fetched").rglob("Adder.cls")).read_bytes() == own
    for name in ("mdapi", "source", "fetched"):
        shutil.rmtree(sf.project / name)


@covers("sf", "project deploy start", "project deploy resume", "project deploy report", "project deploy validate",
        "project deploy quick")  # fmt: skip
def test_deploys_over_rest(sf: Sf, deployed: Any) -> None:
    env = {"SF_ORG_METADATA_REST_DEPLOY": "true"}
    line = f"--source-dir {CLASSES} --test-level RunSpecifiedTests --tests AdderTest"
    started = sf.run(f"project deploy start --async --ignore-conflicts {line}", env=env).result
    done = sf.run(f"project deploy resume --job-id {started['id']}", env=env).result
    assert (done["status"], done["numberTestsCompleted"]) == ("Succeeded", 1)
    checked = sf.run(f"project deploy validate {line}", env=env).result
    shown = sf.run(f"project deploy report --job-id {checked['id']}", env=env).result
    assert (shown["checkOnly"], shown["status"]) == (True, "Succeeded")
    quick = sf.run(f"project deploy quick --job-id {checked['id']}", env=env).result
    assert (quick["status"], quick["checkOnly"]) == ("Succeeded", False)


KINDS = (
    "Report",
    "Dashboard",
    "Document",
    "EmailTemplate",
    "Territory2Model",
    "Territory2Type",
    "CustomNotificationType",
    "Scontrol",
)


@covers("sf", "project deploy start", "project retrieve start")
def test_folders_documents_and_territories_make_the_round_trip_in_source_format(sf: Sf, dev: OrgAccess) -> None:
    """Types whose source format is not one file each; a component of each goes in and comes back the same."""
    files: dict[str, bytes] = {}
    for name in KINDS:
        kind = TYPES[name]
        files |= samples.files(kind, samples.name_of(kind))
        if kind.in_folder and kind.folder_type:
            files |= samples.files(TYPES[kind.folder_type], "Fold")
    for name in ("Territory2", "Territory2Rule"):
        files |= samples.files(TYPES[name], "Sample.Part")
    given = mdapi.read_files({**files, "package.xml": manifest.build({}, "67.0")}).components
    source.write(given, sf.project / "many" / "main" / "default")
    try:
        sf.run("project deploy start --source-dir many")
        types = sorted({c.type for c in given if not TYPES[c.type].folder_of})
        shutil.rmtree(sf.project / "many" / "main")
        named = [word for c in given if c.type in types for word in ("-m", f"{c.type}:{c.name.removesuffix('.txt')}")]
        sf.run("project retrieve start --output-dir many", *named)
        back = {component.key: component for component in source.read(sf.project / "many")}
        for one in given:
            if not TYPES[one.type].folder_of:
                assert plain(back[one.key]) == plain(one)
    finally:
        shutil.rmtree(sf.project / "many")


def plain(component: Component) -> tuple[object, ...]:
    """A component with its documents in one order."""
    parts = (component.body, component.meta)
    return (component.key, *(to_bytes(canonical(parse(p), "x")) if p and p.startswith(b"<") else p for p in parts))
