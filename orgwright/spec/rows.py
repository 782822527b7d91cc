"""Which part of a connector serves which row of the vendor's documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orgwright.spec.data import Step
from orgwright.spec.model import Connector
from orgwright.spec.node import Node


def served(connector: Connector) -> dict[str, tuple[str, ...]]:
    """Row -> paths in the spec that serve it (``objects.Account``), both in the order of the file."""
    found: dict[str, list[str]] = {}
    for path, node in nodes(connector):
        for row in node.rows:
            found.setdefault(row, []).append(path)
    return {row: tuple(paths) for row, paths in found.items()}


def nodes(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every node below a node, with its path."""
    for name, info in type(node).model_fields.items():
        value = getattr(node, name)
        here = f"{path}.{info.alias or name}" if path else info.alias or name
        for key, child in _children(value):
            child_path = f"{here}.{key}" if key else here
            yield child_path, child
            yield from nodes(child, child_path)


def _children(value: object) -> Iterator[tuple[str, Node]]:
    if isinstance(value, Node):
        yield "", value
    elif isinstance(value, Mapping):
        yield from ((str(key), item) for key, item in value.items() if isinstance(item, Node))
    elif isinstance(value, tuple):
        yield from ((str(number), item) for number, item in enumerate(value) if isinstance(item, Node))


def where(connector: Connector) -> dict[str, tuple[str, ...]]:
    """Row -> where it is served, as a table for people says it: parts of the spec, commands, and steps that a person takes."""
    found: dict[str, dict[str, None]] = {}
    for path, node in nodes(connector):
        for row in node.rows:
            found.setdefault(row, {})[_said(path, node)] = None
    return {row: tuple(said) for row, said in found.items()}


def _said(path: str, node: Node) -> str:
    if isinstance(node, Step):
        side = "step" if node.side == "salesforce" else "vendor's step"
        return f"`{node.command}`" if node.command else side
    section, *names = path.split(".")
    one = section in ("flags", "rates", "lead_conversion") or not names
    return f"`{section}`" if one else f"`{section}.{names[0]}`"
