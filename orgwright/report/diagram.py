"""The data model of a connector as an SVG: a box for each object, a line for each reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from orgwright.spec.model import Connector

WIDTH: Final = 250
ROW: Final = 18
HEAD: Final = 28
GAP_X: Final = 110
GAP_Y: Final = 36
MARGIN: Final = 16


@dataclass(frozen=True)
class Box:
    """An object: its name, the fields shown in it, whether the connector creates it."""

    name: str
    rows: tuple[str, ...]
    custom: bool
    event: bool = False

    @property
    def height(self) -> int:
        """Height in pixels."""
        return HEAD + ROW * len(self.rows) + 8


@dataclass(frozen=True)
class Line:
    """A reference from a child to its parent, named after the field or relationship."""

    child: str
    parent: str
    name: str


@dataclass(frozen=True)
class Placed:
    """A box at its place."""

    box: Box
    x: int
    y: int


def boxes(connector: Connector) -> tuple[Box, ...]:
    """Objects and events, with the fields that the connector adds."""
    objects = [
        Box(name, tuple(f"{f.api_name}  {f.written_type}" for f in item.custom_fields), item.custom)
        for name, item in connector.objects.items()
    ]
    known = set(connector.objects)
    others = {name for line in lines(connector) for name in (line.child, line.parent)} - known
    events = [
        Box(name, tuple(f"{f.api_name}  {f.written_type}" for f in event.custom_fields), True, True)
        for name, event in connector.events.items()
    ]
    return (*objects, *(Box(name, (), False) for name in sorted(others)), *events)


def lines(connector: Connector) -> tuple[Line, ...]:
    """References: lookups that the connector creates, and parents that its load fills."""
    found: dict[tuple[str, str, str], Line] = {}
    for name, field in connector.custom_fields:
        if field.to is not None:
            found[name, field.to, field.api_name] = Line(name, field.to, field.api_name)
    for mapping in connector.seed.ordered:
        for column in mapping.parents:
            relation = column.relationship or ""
            parent = next(
                (o for o in connector.objects if o == relation or o.removesuffix("__c") == relation[:-3]), relation
            )
            found[mapping.api_name, parent, relation] = Line(mapping.api_name, parent, relation)
    return tuple(line for line in found.values() if line.child != line.parent)


def svg(connector: Connector) -> str:
    """The diagram. Parents stand left of their children."""
    placed = _place(boxes(connector), lines(connector))
    by_name = {item.box.name: item for item in placed}
    width = max((item.x + WIDTH for item in placed), default=0) + MARGIN
    height = max((item.y + item.box.height for item in placed), default=0) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="system-ui, sans-serif" font-size="12">',
        f"<title>{escape(connector.label)}: data model</title>",
    ]
    leaving: Counter[str] = Counter()
    for line in lines(connector):
        parts.append(_line(by_name[line.child], by_name[line.parent], line.name, leaving[line.child]))
        leaving[line.child] += 1
    for item in placed:
        parts += _box(item)
    return "\n".join([*parts, "</svg>", ""])


def _place(all_boxes: Sequence[Box], all_lines: Sequence[Line]) -> tuple[Placed, ...]:
    columns: dict[int, list[Box]] = {}
    depth = _depths(all_boxes, all_lines)
    last = max(depth.values(), default=0) + 1
    for box in all_boxes:
        columns.setdefault(last if box.event else depth[box.name], []).append(box)
    return tuple(_column(columns))


def _column(columns: dict[int, list[Box]]) -> Iterator[Placed]:
    for number, column in enumerate(sorted(columns)):
        y = MARGIN
        for box in columns[column]:
            yield Placed(box, MARGIN + number * (WIDTH + GAP_X), y)
            y += box.height + GAP_Y


def _depths(all_boxes: Sequence[Box], all_lines: Sequence[Line]) -> dict[str, int]:
    """How far each object is from those without parents; a circle of references is cut where it closes."""
    parents: dict[str, set[str]] = {box.name: set() for box in all_boxes}
    for line in all_lines:
        parents[line.child].add(line.parent)
    depths: dict[str, int] = {}

    def depth(name: str, seen: frozenset[str]) -> int:
        if name not in depths:
            above = [depth(p, seen | {name}) for p in sorted(parents[name]) if p not in seen | {name}]
            if seen:
                return 1 + max(above, default=-1)
            depths[name] = 1 + max(above, default=-1)
        return depths[name]

    for box in all_boxes:
        depth(box.name, frozenset())
    return depths


def _line(child: Placed, parent: Placed, name: str, number: int) -> str:
    """The line of one reference; the ``number`` of references that left the child before keeps them apart."""
    x1, y1 = child.x, child.y + 14 + 13 * number
    x2, y2 = parent.x + WIDTH, parent.y + HEAD // 2
    if parent.x >= child.x:
        x1, x2 = child.x + WIDTH, parent.x + WIDTH
    middle = x1 - GAP_X // 2 - 7 * number if parent.x < child.x else max(x1, x2) + GAP_X // 3
    return (
        f'<path d="M{x1} {y1} H{middle} V{y2} H{x2}" fill="none" stroke="#8a97a5" stroke-width="1.3"/>'
        f'<circle cx="{x2}" cy="{y2}" r="3.5" fill="#8a97a5"/>'
        f'<text x="{x1 - 4 if parent.x < child.x else x1 + 4}" y="{y1 - 4}" fill="#5d6b7a" font-size="10" '
        f'text-anchor="{"end" if parent.x < child.x else "start"}">{escape(name)}</text>'
    )


def _box(item: Placed) -> Iterator[str]:
    box, x, y = item.box, item.x, item.y
    color = "#7a4ea3" if box.event else "#0b5cab" if box.custom else "#41505f"
    yield f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{box.height}" rx="7" fill="#ffffff" stroke="{color}"/>'
    yield f'<path d="M{x} {y + HEAD} v-{HEAD - 7} q0 -7 7 -7 h{WIDTH - 14} q7 0 7 7 v{HEAD - 7} z" fill="{color}"/>'
    yield f'<text x="{x + 10}" y="{y + 19}" fill="#ffffff" font-weight="600">{escape(box.name)}</text>'
    for number, row in enumerate(box.rows, start=1):
        yield f'<text x="{x + 10}" y="{y + HEAD + ROW * number - 2}" fill="#1c2530">{escape(row)}</text>'
