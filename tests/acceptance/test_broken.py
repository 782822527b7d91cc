"""Break it, and it says so."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orgwright import generate, spec
from orgwright.metadata import mdapi
from orgwright.metadata.component import Component
from orgwright.org.metadata import DeployOptions, DeployResult
from tests.acceptance.conftest import Workplace

pytestmark = pytest.mark.xdist_group("broken")
Ready = Callable[[str, str], str]


def components() -> list[Component]:
    return generate.components(spec.load(spec.find("gentrack")))


def apex() -> list[Component]:
    return [c for c in components() if c.type in {"ApexClass", "ApexTrigger"}]


def deploy(workplace: Workplace, alias: str, components: list[Component], options: DeployOptions) -> DeployResult:
    with workplace.client(alias) as org:
        return org.metadata.deploy(mdapi.to_zip(components), options)


def broken(given: list[Component], name: str, old: bytes, new: bytes) -> list[Component]:
    (victim,) = [c for c in given if c.name == name]
    assert old in victim.body
    return [replace(c, body=c.body.replace(old, new, 1)) if c is victim else c for c in given]


def publisher(given: list[Component]) -> Component:
    return next(c for c in given if c.name == "GentrackPublisher")


def test_syntax_error_names_class_line_and_column(workplace: Workplace, ready: Ready) -> None:
    alias = ready("local-broken", "scratch")
    victim = publisher(apex())
    result = deploy(
        workplace, alias, broken(apex(), victim.name, b"return payload;", b"retrun payload;"), DeployOptions()
    )
    assert not result.success
    failures = [f for f in result.failures if f.name == victim.name]
    assert failures
    line = next(n for n, text in enumerate(victim.body.splitlines(), 1) if b"return payload;" in text)
    assert failures[0].line == line
    assert failures[0].column
    assert failures[0].problem


def test_wrong_field_name_is_told_in_salesforces_words(workplace: Workplace, ready: Ready) -> None:
    alias = ready("local-broken", "scratch")
    victim = next(c for c in apex() if c.name == "GentrackObjectEventPublisher")
    result = deploy(
        workplace, alias, broken(apex(), victim.name, b"Old_Payload__c", b"Odl_Payload__c"), DeployOptions()
    )
    problems = [f.problem or "" for f in result.failures if f.name == victim.name]
    assert any("Odl_Payload__c" in problem for problem in problems), problems


def test_failed_deploy_leaves_the_org_as_it_was(workplace: Workplace, ready: Ready) -> None:
    alias = ready("local-broken", "scratch")
    victim = publisher(apex())
    deploy(workplace, alias, broken(apex(), victim.name, b"return payload;", b"retrun payload;"), DeployOptions())
    done = workplace.orgwright("deploy", "gentrack", "--org", alias, "--json")
    assert done.json["components"]["changed"] == done.json["components"]["created"] == 0


def test_removed_test_class_fails_the_gate_in_production(workplace: Workplace, ready: Ready) -> None:
    alias = ready("local-gate", "production")
    tests = [c for c in apex() if c.name.endswith("Test")]
    victim = max(tests, key=lambda c: len(c.body))
    with workplace.client(alias) as org:
        changed = [replace(c, body=c.body + b"\n") for c in apex() if c.name != victim.name]
        package = mdapi.to_zip(changed, destructive=[victim.key])
        result = org.metadata.deploy(package, DeployOptions())
    assert not result.success
    said = " ".join([*result.warnings, *(f.problem or "" for f in result.failures), result.error or ""])
    assert "test coverage" in said.lower(), said


def test_shortened_field_makes_validate_end_with_1(workplace: Workplace, ready: Ready) -> None:
    alias = ready("local-broken", "scratch")
    own = next(c for c in components() if c.key == ("CustomField", "Account.Trading_Name__c"))
    short = replace(own, body=own.body.replace(b"<length>255</length>", b"<length>80</length>"))
    try:
        assert deploy(workplace, alias, [short], DeployOptions()).success
        done = workplace.orgwright("validate", "gentrack", "--org", alias, "--json", "--junit", "build/model.xml")
        shown = workplace.orgwright("validate", "gentrack", "--org", alias)
    finally:
        deploy(workplace, alias, [own], DeployOptions())
    assert done.code == 1
    (difference,) = [d for d in done.json["differences"] if d["attribute"] == "length"]
    assert difference["component"] == "Account.Trading_Name__c"
    assert "80" in str(difference)
    assert "Trading_Name__c" in (workplace.project / "build/model.xml").read_text()
    assert shown.code == 1
    assert "Account.Trading_Name__c" in shown.out


def test_refused_row_ends_in_the_csv(workplace: Workplace, ready: Ready, tmp_path: Path) -> None:
    alias = ready("local-broken", "scratch")
    (tmp_path / "accounts.csv").write_text(f"account_number,name\nX1,Right\nX2,{'long' * 80}\nX3,Right too\n")
    (tmp_path / "contacts.csv").write_text("customer_number,account_number,last_name\nY1,X1,Lee\nY2,NOBODY,Poe\n")
    done = workplace.orgwright("seed", "gentrack", "--org", alias, "--source", tmp_path, "--json")
    assert done.code == 1
    assert done.json["state"] == "completed with errors"
    assert done.json["rows"] == {"sent": 5, "created": 3, "updated": 0, "failed": 2}
    refused = [list(csv.DictReader(Path(path).read_text().splitlines())) for path in done.json["failed_rows"]]
    (account,), (contact,) = refused
    assert (account["Gentrack_External_Id__c"], account["code"]) == ("X2", "STRING_TOO_LONG")
    assert "data value too large" in account["reason"]
    assert contact["Gentrack_External_Id__c"] == "Y2"
    assert "NOBODY" in contact["reason"]
    with workplace.client(alias) as org:
        assert (
            org.count("SELECT COUNT() FROM PermissionSetAssignment WHERE PermissionSet.Name = 'Gentrack_Bypass'") == 0
        )
    listed = workplace.orgwright("history", "--org", alias, "--json")
    assert [run["state"] for run in listed.json] == ["completed with errors"]
