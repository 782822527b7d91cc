"""Bad input: one clear error with the place, exit code 1 or 2, nothing half-done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orgwright.localorg import control
from tests.acceptance.conftest import Workplace

pytestmark = pytest.mark.xdist_group("broken")
Ready = Callable[[str, str], str]

SPEC = """\
orgwright: 1
connector: acme
label: Acme
objects:
  Account:
    {field}
"""


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("Acme_Id__c: {type: Text(20), uniqe: true}", "unique"),
        ("Acme_Id__c: Txt(20)", "Text"),
        ("Acme_Id__c: Text(300)", "the longest is 255"),
        ("Acme_Id__c: Text(20)\n    acme_id__c: Text(20)", "Acme_Id__c"),
        (f"{'A' * 41}__c: Text(20)", "40"),
        ("Acme_Id__c: Lookup(Nowhere__c)", "Nowhere__c"),
        ("Acme Id__c: Text(20)", "Acme Id__c"),
    ],
)
def test_bad_spec_is_told_with_its_line(workplace: Workplace, tmp_path: Path, field: str, said: str) -> None:
    spec = tmp_path / "connector.yml"
    spec.write_text(SPEC.format(field=field))
    done = workplace.orgwright("up", spec, "--org", "local-bad", "--json")
    assert done.code == 2
    assert "connector.yml:" in done.err
    assert said in done.err
    assert not (workplace.home / "orgs" / "local-bad").exists(), "no org is made for a spec that is wrong"


def test_yaml_bomb_is_refused(workplace: Workplace, tmp_path: Path) -> None:
    spec = tmp_path / "connector.yml"
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10))
    spec.write_text(f"a0: &a0 [x, x, x, x, x, x, x, x, x]\n{levels}\n")
    done = workplace.orgwright("spec", "check", spec)
    assert done.code == 2
    assert "error:" in done.err


@pytest.mark.parametrize(
    ("accounts", "said"),
    [
        (b"name\nFine\n", "account_number is missing"),
        (b"account_number,name\nBAD,a\nBAD,b\n", "accounts.csv:3"),
        (b"account_number,name\nBAD,caf\xe9\n", "accounts.csv:2"),
    ],
)
def test_bad_source_sends_nothing(
    workplace: Workplace, ready: Ready, tmp_path: Path, accounts: bytes, said: str
) -> None:
    alias = ready("local-broken", "scratch")
    (tmp_path / "accounts.csv").write_bytes(accounts)
    done = workplace.orgwright("seed", "gentrack", "--org", alias, "--source", tmp_path)
    assert done.code == 2
    assert said in done.err
    with workplace.client(alias) as org:
        assert org.count("SELECT COUNT() FROM Account WHERE Gentrack_External_Id__c = 'BAD' OR Name = 'Fine'") == 0


def test_unknown_org_is_told(workplace: Workplace) -> None:
    done = workplace.orgwright("validate", "gentrack", "--org", "nowhere")
    assert done.code == 2
    assert "nobody knows an org 'nowhere'" in done.err


def test_org_that_is_full_stops_the_work(workplace: Workplace) -> None:
    control.create_org("local-full", "scratch", limits={"DailyApiRequests": 3}, home=workplace.home)
    done = workplace.orgwright("up", "gentrack", "--org", "local-full")
    assert done.code == 2
    assert "REQUEST_LIMIT_EXCEEDED" in done.err


def test_unknown_connector_is_told(workplace: Workplace) -> None:
    done = workplace.orgwright("up", "gentrak", "--org", "local-bad")
    assert done.code == 2
    assert "gentrack" in done.err
