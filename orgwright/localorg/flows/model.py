"""A flow as it runs: resources and elements (Metadata API Developer Guide, Flow)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Given:
    """A value as a flow writes it: a literal, a text with merge fields, or the name of a resource."""

    value: Any = None
    reference: str | None = None
    merged: bool = False
    """Whether the text has merge fields (``{!Name}``)."""


@dataclass(frozen=True)
class Condition:
    """``left operator right``; in filters ``left`` is a field's name."""

    left: str
    operator: str
    right: Given


@dataclass(frozen=True)
class Test:
    """Conditions and how they are joined: ``and``, ``or``, ``1 AND (2 OR 3)``."""

    conditions: tuple[Condition, ...] = ()
    logic: str = "and"


@dataclass(frozen=True)
class Variable:
    """A variable or a constant."""

    name: str
    type: str
    many: bool = False
    object: str | None = None
    apex_class: str | None = None
    scale: int | None = None
    start: Given | None = None
    input: bool = False
    output: bool = False


@dataclass(frozen=True)
class Formula:
    """A formula resource."""

    name: str
    type: str
    expression: str


@dataclass(frozen=True)
class Template:
    """A text template."""

    name: str
    text: str


@dataclass(frozen=True)
class Element:
    """What all elements have; ``next`` and ``fault`` name elements."""

    name: str
    next: str | None = None
    fault: str | None = None


@dataclass(frozen=True)
class Change:
    """``target operator value`` of an assignment."""

    target: str
    operator: str
    value: Given


@dataclass(frozen=True)
class Assignment(Element):
    """Changes of variables and of fields of records in variables."""

    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """One way out of a decision."""

    name: str
    test: Test
    next: str | None
    when_changed: bool = False
    """Only where the record did not meet the conditions before its save."""


@dataclass(frozen=True)
class Decision(Element):
    """The first outcome that holds; ``next`` is the default one."""

    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True)
class Loop(Element):
    """For each item of a collection ``body``, then ``next``."""

    collection: str = ""
    item: str | None = None
    body: str | None = None
    backwards: bool = False


@dataclass(frozen=True)
class Lookup(Element):
    """Get Records. ``fields`` are those to keep; none means all."""

    object: str = ""
    filter: Test = Test()
    first: bool = False
    fields: tuple[str, ...] = ()
    sort: str | None = None
    descending: bool = False
    limit: Given | None = None
    output: str | None = None
    assigned: tuple[tuple[str, str], ...] = ()
    """Variables that get the values of fields: field, variable."""
    empties: bool = False
    """Whether the variables are emptied where no record is found."""


@dataclass(frozen=True)
class Write(Element):
    """Create, Update or Delete Records: those of ``input``, or of ``object`` that fit ``filter``, with ``values``."""

    operation: str = ""
    object: str | None = None
    filter: Test = Test()
    values: tuple[tuple[str, Given], ...] = ()
    input: str | None = None
    id_output: str | None = None


@dataclass(frozen=True)
class Call(Element):
    """An action or a subflow: inputs by name, outputs into variables by name."""

    kind: str = ""
    target: str = ""
    inputs: tuple[tuple[str, Given], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    automatic: bool = False
    """Whether the outputs are read by the element's name."""


@dataclass(frozen=True)
class CustomError(Element):
    """Messages that refuse the record: text, and the field that shows it."""

    messages: tuple[tuple[Given, str | None], ...] = ()


@dataclass(frozen=True)
class Processing(Element):
    """A collection sorted or filtered into one that the element's name reads."""

    kind: str = ""
    collection: str = ""
    item: str | None = None
    sorts: tuple[tuple[str | None, bool], ...] = ()
    """Fields (none: the items themselves) and whether descending."""
    limit: int | None = None
    filter: Test = Test()
    formula: str | None = None


@dataclass(frozen=True)
class Unsupported(Element):
    """An element that does not run here."""

    kind: str = ""


@dataclass(frozen=True)
class Start:
    """What starts a flow by itself; ``moment`` is empty for flows that are called."""

    moment: str = ""
    object: str = ""
    on_create: bool = False
    on_update: bool = False
    on_delete: bool = False
    filter: Test = Test()
    formula: str | None = None
    when_changed: bool = False
    order: int = 0


@dataclass(frozen=True)
class Flow:
    """One flow. Resources and elements are found by lower-case name."""

    name: str
    label: str
    type: str
    active: bool
    first: str | None
    start: Start
    variables: Mapping[str, Variable] = field(default_factory=dict)
    constants: Mapping[str, Variable] = field(default_factory=dict)
    formulas: Mapping[str, Formula] = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)
    elements: Mapping[str, Element] = field(default_factory=dict)
    outcomes: frozenset[str] = frozenset()
    """The lower-case names of what decisions come to: true once taken."""
    current: str | None = None
    """The variable of a process that holds the record it runs for; ``old`` holds the record before."""
    old: str | None = None
