"""Small Apex programs by area of the language and the library, each with the result that a real org gives.

``tests/apex/programs/*.apex`` hold them. A program starts with ``--- name`` and ends with what it says::

    --- integers wrap
    # Apex Developer Guide, Primitive Data Types
    say(2147483647 + 1);
    => -2147483648

``say`` keeps a value's text; what was said is joined with `` | ``. ``=>`` may also name the exception that leaves the
program (``=> throws System.MathException: Divide by 0``) or a compile error (``=> error: Unexpected token``). Members of the
program's class stand between two lines of ``=====``. ``--- class X``, ``--- trigger X``, ``--- file path`` and ``--- version 67.0`` belong to the whole
file. ``#`` lines say where the result is documented.
"""

from __future__ import annotations

import functools
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orgwright.localorg.project import sources, trial

PROGRAMS = Path(__file__).parent / "programs"
META = """<?xml version="1.0" encoding="UTF-8"?>
<{kind} xmlns="http://soap.sforce.com/2006/04/metadata"><apiVersion>{version}</apiVersion><status>Active</status></{kind}>"""
SHELL = """@IsTest private class {name} {{
static List<String> said = new List<String>(); static void say(Object o) {{ said.add('' + o); }} {members}
@IsTest static void t() {{
{body}
throw new SaidException(String.join(said, ' | ')); }} public class SaidException extends Exception {{}} }}"""


@dataclass(frozen=True)
class Program:
    """One program: ``name`` is its class, ``title`` what the file calls it."""

    name: str
    title: str
    body: str
    members: str
    expected: str


@dataclass
class Area:
    """A file of programs and what they share."""

    version: str = "64.0"
    programs: list[Program] = field(default_factory=list)
    shared: dict[str, str] = field(default_factory=dict)


def _read(path: Path) -> Area:
    area = Area()
    blocks = re.split(r"(?m)^--- (.+)\n", path.read_text(encoding="utf-8"))
    for title, text in zip(blocks[1::2], blocks[2::2], strict=True):
        kind, _, rest = title.partition(" ")
        if kind == "version":
            area.version = rest
        elif kind in ("class", "trigger", "file") and "=>" not in text.split("\n")[-2:][0]:
            area.shared[f"{kind} {rest}"] = text
        else:
            area.programs.append(_program(len(area.programs), title, text))
    return area


def _program(number: int, title: str, text: str) -> Program:
    code, arrow, expected = text.rpartition("\n=> ")
    assert arrow, f"{title}: no line with what it says"
    lines = "\n".join(line for line in code.split("\n") if not line.startswith("#"))
    parts = re.split(r"(?m)^=====\n", lines)
    members, body = (parts[1], parts[2]) if len(parts) == 3 else ("", lines)
    return Program(f"P{number:03}", title, body, members, expected.rstrip("\n"))


@functools.cache
def _outcomes(path: Path) -> dict[str, str]:
    """What each program of a file says, by its class."""
    area = _read(path)
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), area)
        made = trial.deploy(sources.read(Path(folder), []))
        try:
            refused = [
                skipped for skipped in made.skipped if skipped.component_type not in ("ApexClass", "ApexTrigger")
            ]
            assert not refused, refused
            names = {program.name for program in area.programs}
            broken = [f"{fault}" for fault in made.faults if fault.name not in names]
            assert not broken, broken
            found = {fault.name: f"error: {fault.message}" for fault in reversed(made.faults)}
            for method in trial.test(made, trial.select(made, [])).methods:
                said = re.match(rf"{method.class_name}\.SaidException: ?", method.message or "")
                text = method.message or "nothing"
                found[method.class_name] = text[said.end() :] if said else f"throws {text}"
            return found
        finally:
            made.close()


def _write(folder: Path, area: Area) -> None:
    source = folder / "force-app/main/default"
    (source / "classes").mkdir(parents=True)
    (source / "triggers").mkdir()
    project = {"packageDirectories": [{"path": "force-app", "default": True}], "sourceApiVersion": area.version}
    (folder / "sfdx-project.json").write_text(json.dumps(project))
    units = {f"class {p.name}": SHELL.format(name=p.name, members=p.members, body=p.body) for p in area.programs}
    for key, text in (units | area.shared).items():
        kind, _, name = key.partition(" ")
        if kind == "file":
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(text)
            continue
        ending, element = ("cls", "ApexClass") if kind == "class" else ("trigger", "ApexTrigger")
        file = source / ("classes" if kind == "class" else "triggers") / f"{name}.{ending}"
        file.write_text(text)
        file.with_name(file.name + "-meta.xml").write_text(META.format(kind=element, version=area.version))


def _all() -> Iterator[object]:
    for path in sorted(PROGRAMS.glob("*.apex")):
        for program in _read(path).programs:
            yield pytest.param(path, program, id=f"{path.stem}: {program.title}")


@pytest.mark.parametrize(("path", "program"), _all())
def test_a_program_says_what_a_real_org_says(path: Path, program: Program) -> None:
    found = _outcomes(path).get(program.name, "nothing was run").replace("\n", "\\n")
    pattern = re.escape(program.expected).replace(r"<ID>", r"[A-Za-z0-9]{15,18}")
    assert found == program.expected or re.fullmatch(pattern, found), program.title
