"""Every connector that ships, on every kind of org, alone and together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orgwright import spec
from orgwright.localorg import control
from tests.acceptance.conftest import Workplace

pytestmark = pytest.mark.xdist_group("connectors")
NAMES = spec.names(Path(__file__).parents[2])


def up(workplace: Workplace, name: str, alias: str, *more: str) -> dict[str, Any]:
    done = workplace.orgwright("up", name, "--org", alias, "--json", *more)
    assert done.code == 0, done.text
    result: dict[str, Any] = done.json
    assert result["data_model"]["differences"] == []
    if result["tests"]["run"]:
        assert result["tests"]["failed"] == 0
        assert {unit: share for unit, share in result["tests"]["classes"].items() if share < 100} == {}
    return result


@pytest.mark.parametrize("kind", ["scratch", "sandbox", "production"])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "gentrack"])
def test_connector_alone(name: str, kind: str, workplace: Workplace) -> None:
    alias = f"local-{name}-{kind}"
    control.create_org(alias, kind, home=workplace.home)
    first = up(workplace, name, alias)
    assert first["components"]["created"] > 0
    assert not first["rows"] or (first["rows"]["failed"], first["rows"]["created"] > 100) == (0, True)
    if kind == "scratch":  # in the others all connectors are brought up again, below
        stays(workplace, name, alias)


def stays(workplace: Workplace, name: str, alias: str) -> None:
    again = up(workplace, name, alias)
    assert (again["components"]["created"], again["components"]["changed"]) == (0, 0), name
    assert not again["rows"] or again["rows"]["created"] == 0, name


def test_point_of_rental_in_a_professional_edition_org(workplace: Workplace) -> None:
    made = workplace.orgwright(
        "org", "create", "local-professional", "--kind", "production", "--edition", "Professional"
    )
    assert made.code == 0, made.text
    first = up(workplace, "point_of_rental", "local-professional")
    assert (first["components"]["created"] > 50, first["tests"]["run"], first["rows"]["failed"]) == (True, 0, 0)
    stays(workplace, "point_of_rental", "local-professional")


@pytest.mark.parametrize("kind", ["scratch", "sandbox", "production"])
def test_all_connectors_in_one_org(kind: str, workplace: Workplace) -> None:
    alias = f"local-all-{kind}"
    control.create_org(alias, kind, home=workplace.home)
    for name in NAMES:
        up(workplace, name, alias)
    for name in NAMES:
        stays(workplace, name, alias)
    if kind == "scratch":
        loads_are_silent_for_others_when_asked(workplace, alias)


def loads_are_silent_for_others_when_asked(workplace: Workplace, alias: str) -> None:
    """CINNOX loads contacts, of which Gentrack publishes events."""
    for bypass, silent in (((), False), (("--bypass", "Gentrack_Bypass"), True)):
        done = workplace.orgwright("seed", "cinnox", "--org", alias, "--size", "20", "--json", *bypass)
        assert done.code == 0, done.text
        assert (done.json["events"] == 0) is silent
    with workplace.client(alias) as org:
        held = "SELECT PermissionSet.Name FROM PermissionSetAssignment WHERE PermissionSet.Name LIKE '%_Bypass'"
        assert list(org.query(held)) == [], "what the loads gave is taken back"
    for command in ("seed", "up"):
        unknown = workplace.orgwright(command, "cinnox", "--org", alias, "--size", "20", "--bypass", "Nobody")
        assert unknown.code != 0
        assert "the org has no permission set Nobody" in unknown.text
