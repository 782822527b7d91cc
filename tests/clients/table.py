"""The table of docs/compatibility.md, made from the marks of the tests that run the real programs.

usage: python -m tests.clients.table     rewrites the table between its two marks
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent.parent / "docs" / "compatibility.md"
BEGIN, END = "<!-- table: made by python -m tests.clients.table -->", "<!-- end of table -->"


@dataclass(frozen=True, order=True)
class Entry:
    """A command and the tests that run it."""

    program: str
    command: str
    test: str


def entries() -> list[Entry]:
    """What the tests of this folder declare with ``covers(program, *commands)``."""
    found = []
    for path in sorted(FOLDER.glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found += [Entry(*pair, f"{path.stem}::{node.name}") for pair in _covered(node)]
    return sorted(found)


def _covered(test: ast.FunctionDef) -> list[tuple[str, str]]:
    pairs = []
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "covers":
            program, *commands = [ast.literal_eval(argument) for argument in mark.args]
            pairs += [(program, command) for command in commands]
    return pairs


def table() -> str:
    """The table as Markdown: a row for each command, with the tests that assert on it."""
    rows: dict[tuple[str, str], list[str]] = {}
    for entry in entries():
        words = entry.test.partition("::test_")[2].replace("_", " ")
        rows.setdefault((entry.program, entry.command), []).append(words)
    lines = ["| program | command | what its test asserts |", "|---|---|---|"]
    lines += [f"| {program} | `{command}` | {'; '.join(tests)} |" for (program, command), tests in sorted(rows.items())]
    return "\n".join(lines)


def page(text: str) -> str:
    """The page with the table as it is now."""
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
