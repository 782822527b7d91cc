"""Every connector of the project against the rows of its vendor's documents: none is missing, each is served and shown, the README says so."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from orgwright import generate, spec
from orgwright.cli.spec import command
from orgwright.spec.rows import put_table, services, table

TESTS = Path(__file__).parents[1]
connectors = pytest.mark.parametrize("name", spec.names(TESTS.parent))


@connectors
def test_the_readme_holds_what_the_command_prints(name: str) -> None:
    printed = CliRunner().invoke(command, ["rows", name], catch_exceptions=False).output
    page = spec.find(name).with_name("README.md").read_text(encoding="utf-8")
    assert f"\n\n{printed}" in page, f"orgwright spec rows {name} --write"
    assert page.count("| Row |") == 1


@connectors
def test_no_row_is_missing(name: str) -> None:
    """That ``asks`` holds all of ``asked``, and ``rows`` no others, is checked when a spec is loaded."""
    connector = spec.load(spec.find(name))
    assert connector.asked
    assert set(services(spec.find(name))) == set(connector.asks)


@connectors
def test_every_row_has_a_test_or_a_written_step(name: str) -> None:
    served = services(spec.find(name))
    asks = spec.load(spec.find(name)).asks
    assert [row for row, ask in asks.items() if not ask.tests and not served[row].steps] == []


@connectors
def test_every_test_that_is_named_exists(name: str) -> None:
    connector = spec.load(spec.find(name))
    classes = {item.name: item.body.decode() for item in generate.components(connector) if item.type == "ApexClass"}
    named = {test for ask in connector.asks.values() for test in ask.tests}
    assert sorted(test for test in named if not exists(test, classes)) == []


def exists(test: str, classes: dict[str, str]) -> bool:
    """Whether ``file::function`` is a test below tests/, or ``Class`` or ``Class.method`` one among generated classes."""
    file, colons, function = test.partition("::")
    if colons:
        path = TESTS / file
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
        return function.startswith("test_") and function in {
            n.name for n in tree.body if isinstance(n, ast.FunctionDef)
        }
    name, _, method = test.partition(".")
    body = classes.get(name, "")
    return "@IsTest" in body and (not method or re.search(rf"\bvoid {method}\(", body) is not None)


def test_a_test_that_is_gone_is_noticed() -> None:
    classes = {"OneTest": "@IsTest private class OneTest { @IsTest static void works() {} }", "One": "class One {}"}
    assert exists("spec/test_rows.py::test_a_test_that_is_gone_is_noticed", classes)
    assert exists("OneTest", classes)
    assert exists("OneTest.works", classes)
    gone = ["spec/test_rows.py::test_gone", "spec/test_gone.py::test_a", "spec/test_rows.py::exists"]
    assert not [test for test in [*gone, "OneTest.work", "TwoTest", "One"] if exists(test, classes)]


SPEC = """\
orgwright: 1
connector: acme
label: Acme
documents: {M: Manual}
asked: [A1-A3]
asks:
  A1: {text: Fields | keys, documents: [M], tests: [spec/test_acme.py::test_fields]}
  A2: An app
  A3: A key in the portal
parameters:
  app: {default: false, help: With an app}
objects:
  Account:
    Acme_Id__c: {type: Text(32), rows: [A1]}
  Contact:
    Acme_Id__c: {type: Text(32), rows: [A1]}
steps:
  - {text: Make an app, when: {app: true}, rows: [A2]}
  - {text: Make a key, side: vendor, command: orgwright validate acme --org ORG, rows: [A3]}
"""
MADE = """\
| Row | What the vendor asks | Where | Command | Test |
|---|---|---|---|---|
| A1 | Fields \\| keys (M) | `objects`: Account, Contact | `orgwright up` | `spec/test_acme.py::test_fields` |
| A2 | An app | step with `app=true` |  | written step |
| A3 | A key in the portal | vendor's step | `orgwright validate` | written step |"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "connector.yml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_parts_steps_and_what_hangs_on_a_parameter(file: Path) -> None:
    assert table(file) == MADE


def test_the_table_is_written_into_the_readme_and_again(file: Path) -> None:
    page = file.with_name("README.md")
    for before in (None, "# Acme\n\nMine.\n\n| Row | Old |\n|---|---|\n| A1 | gone |\n\n## After\n"):
        if before is not None:
            page.write_text(before, encoding="utf-8")
        assert CliRunner().invoke(command, ["rows", str(file), "--write"], catch_exceptions=False).exit_code == 0
        written = page.read_text(encoding="utf-8")
        assert written.startswith("# Acme\n")
        assert MADE in written
        assert put_table(written, MADE) == written
    assert written == f"# Acme\n\nMine.\n\n{MADE}\n\n## After\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  A2: An app\n", "", "5:8: row A2 is missing in asks"),
        ("[A1-A3]", "[A1-A2]", "9:3: A3 is not in A1-A2"),
        ("[A1-A3]", "[A3-A1]", "5:8: A3-A1 is no range of rows"),
        ("[A1-A3]", "[A1-B3]", "5:8: A1-B3 is no range of rows"),
        ("documents: [M]", "documents: [N]", "7:40: no document is called N"),
        ("rows: [A3]", "rows: [A4]", "19:88: asks has no row A4"),
    ],
)
def test_mistakes_are_told_with_their_place(old: str, new: str, told: str) -> None:
    with pytest.raises(spec.SpecErrors) as caught:
        spec.loads(SPEC.replace(old, new, 1))
    found = [f"{e.where.line}:{e.where.column}: {e.what}" for e in caught.value.errors if e.where]
    assert told in found
