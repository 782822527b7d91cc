"""The rows of the vendor's documents: where a connector serves each, by which command, shown by which test; as a table for its README."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orgwright.spec.data import Step
from orgwright.spec.loader import load
from orgwright.spec.model import Ask, Connector, Parameter
from orgwright.spec.node import nodes

HEADER = "| Row | What the vendor asks | Where | Command | Test |"
_COMMANDS = {
    "seed": ("seed",),
    "outage": ("seed",),
    "sample": ("seed",),
    "requires": ("up", "validate"),
    "rates": ("validate",),
}
_ONE_OF_A_KIND = ("requires", "flags", "rates", "lead_conversion", "seed", "outage")


@dataclass
class Service:
    """How one row is served. Keys keep the order of the file; a value says with which ``--set`` a part is there, empty for always.

    ``parts`` are places in the spec, ``steps`` what a person does, ``commands`` those of orgwright that do it.
    """

    parts: dict[str, str] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)
    commands: dict[str, None] = field(default_factory=dict)


def services(file: Path) -> dict[str, Service]:
    """Row -> how the connector serves it, whatever its parameters: one after the other gets each of its other values.

    Raises:
        SpecErrors: the spec is not sound, or not with one of these values.
    """
    usual = load(file)
    found: dict[str, Service] = {}
    _add(found, usual, "")
    for name, parameter in usual.parameters.items():
        for value in _others(parameter):
            _add(found, load(file, {name: value}), f"{name}={value}")
    return found


def table(file: Path) -> str:
    """The Markdown table of the rows that ``asks`` of a spec lists, without a line break at the end. Errors as those of ``services``."""
    found = services(file)
    lines = [_line(ask, found.get(row, Service())) for row, ask in load(file).asks.items()]
    return "\n".join([HEADER, "|---|---|---|---|---|", *lines])


def put_table(page: str, made: str) -> str:
    """A README with this table in place of its present one, or at its end when it has none."""
    lines = page.splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith("| Row |")), None)
    if start is None:
        return f"{page.rstrip()}\n\n## What the vendor's documents ask, and where it is\n\n{made}\n".lstrip()
    end = start
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    return "\n".join([*lines[:start], made, *lines[end:]]) + "\n"


def _others(parameter: Parameter) -> Iterator[str]:
    values = parameter.choices or ((True, False) if isinstance(parameter.default, bool) else ())
    for value in values:
        if value != parameter.default:
            yield str(value).lower() if isinstance(value, bool) else str(value)


def _add(found: dict[str, Service], connector: Connector, setting: str) -> None:
    for path, node in nodes(connector):
        for row in node.rows:
            service = found.setdefault(row, Service())
            section, *names = path.split(".")
            if isinstance(node, Step):
                service.steps.setdefault("step" if node.side == "salesforce" else "vendor's step", setting)
                commands = [" ".join(node.command.split()[:2])] if node.command else []
            else:
                service.parts.setdefault(section if section in _ONE_OF_A_KIND else f"{section}.{names[0]}", setting)
                commands = [f"orgwright {command}" for command in _COMMANDS.get(section, ("up",))]
            service.commands |= dict.fromkeys(commands)


def _line(ask: Ask, service: Service) -> str:
    text = ask.text + (f" ({', '.join(ask.documents)})" if ask.documents else "")
    where = [*_grouped(service.parts), *(_with(step, setting) for step, setting in service.steps.items())]
    tests = ", ".join(f"`{test}`" for test in ask.tests) or ("written step" if service.steps else "")
    cells = (ask.api_name, text, "; ".join(where), ", ".join(f"`{command}`" for command in service.commands), tests)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _grouped(parts: Mapping[str, str]) -> Iterator[str]:
    """``objects.Lead`` and ``objects.Contact`` as one: the section, then the names in it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for part, setting in parts.items():
        section, _, name = part.partition(".")
        groups.setdefault((section, setting), []).extend([name] if name else [])
    for (section, setting), names in groups.items():
        text = (
            f"`{section}.{names[0]}`"
            if len(names) == 1
            else f"`{section}`: {', '.join(names)}"
            if names
            else f"`{section}`"
        )
        yield _with(text, setting)


def _with(text: str, setting: str) -> str:
    return f"{text} with `{setting}`" if setting else text
