"""What is committed is what is generated, and generating is the same every time."""

from __future__ import annotations

from pathlib import Path

import pytest

from orgwright import generate, spec
from orgwright.metadata import source

ROOT = Path(__file__).parents[2]
CONNECTORS = sorted(p.parent.name for p in (ROOT / "connectors").glob("*/connector.yml"))


@pytest.mark.parametrize("name", CONNECTORS)
def test_force_app_is_what_the_connector_generates(name: str) -> None:
    connector = spec.load(ROOT / "connectors" / name / "connector.yml")
    wanted = source.files(generate.components(connector))
    folder = ROOT / "force-app/main" / name
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert sorted(found) == sorted(wanted)
    assert [path for path in wanted if found[path] != wanted[path]] == []
    assert (ROOT / "orgs" / f"{name}.json").read_bytes() == generate.scratch_definition(connector)


def test_no_source_of_connectors_that_are_gone() -> None:
    assert sorted(p.name for p in (ROOT / "force-app/main").iterdir()) == CONNECTORS


def test_generating_twice_gives_the_same_bytes(everything: spec.Connector) -> None:
    assert generate.components(everything) == generate.components(everything)


def test_settings_come_first(everything: spec.Connector) -> None:
    first, second = generate.stages(everything)
    assert (first.name, {c.type for c in first.components}) == ("settings", {"Settings"})
    assert sorted([*first.components, *second.components]) == list(generate.components(everything))


def test_a_project_overrides_templates_file_by_file(gentrack: spec.Connector, tmp_path: Path) -> None:
    (tmp_path / "apex").mkdir()
    (tmp_path / "apex/Trigger.trigger.j2").write_text(
        "trigger {{ name }} on {{ object }} (after insert) { /* ours */ }\n"
    )
    ours = {c.key: c for c in generate.components(gentrack, templates=tmp_path)}
    shipped = {c.key: c for c in generate.components(gentrack)}
    changed = {key for key in shipped if ours[key] != shipped[key]}
    assert {kind for kind, _ in changed} == {"ApexTrigger"} and len(changed) == 4
    assert b"/* ours */" in ours["ApexTrigger", "GentrackAccountTrigger"].body
