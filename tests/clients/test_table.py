"""docs/compatibility.md says what the tests here run, no more and no less."""

from __future__ import annotations

from tests.clients import table


def test_the_page_is_up_to_date() -> None:
    text = table.PAGE.read_text()
    assert text == table.page(text), "run: python -m tests.clients.table"


def test_every_test_with_the_cli_says_what_it_runs() -> None:
    commands = {entry.command for entry in table.entries() if entry.program == "sf"}
    assert {"project deploy start", "data query", "apex run test", "org create scratch"} <= commands
