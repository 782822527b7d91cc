"""The base of everything in a connector spec: frozen, knows its place in the file, names the rows it serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, PrivateAttr, model_validator

from orgwright.errors import Place
from orgwright.spec.naming import words
from orgwright.spec.yamltree import Items, Located

_NOWHERE = Place()


class Node(BaseModel):
    """One mapping of a spec.

    ``rows`` are the rows of the vendor's document that it serves (``G3``), ``assumed`` says that no document has it,
    ``uses`` names the spec parameters that its text uses.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)

    rows: tuple[str, ...] = Field(default=(), description="Rows of the vendor's document that this serves, such as G3")
    assumed: bool = Field(
        default=False, description="Not in the vendor's documents: a default that a customer may change"
    )

    _source: Located | None = PrivateAttr(default=None)

    shorthand: ClassVar[str | None] = None
    """The attribute that a plain value (instead of a mapping) stands for."""

    @model_validator(mode="wrap")
    @classmethod
    def _keep_place(cls, data: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        node = handler(cls.expand(data))
        if isinstance(data, Located):
            node._source = data
        return node

    @classmethod
    def expand(cls, data: Any) -> Any:
        """Turn the short form of this node into the long one; what is neither passes for pydantic to refuse."""
        if cls.shorthand and isinstance(data, (str, int, float, bool)):
            return {cls.shorthand: data}
        return data

    @property
    def place(self) -> Place:
        """Where the node stands in the file; an empty place for a node made in code."""
        return self._source.place if self._source is not None else _NOWHERE

    def place_of(self, attribute: str) -> Place:
        """Where the value of an attribute stands, or the node itself when the file does not give it."""
        source = self._source
        if source is not None and attribute in source.spots:
            return source.spots[attribute].value
        return self.place

    @property
    def place_of_key(self) -> Place:
        """Where the key of an entry stands; the node itself for one that is no entry."""
        entry = self._source.entry if self._source is not None else None
        return entry.key if entry is not None else self.place

    @property
    def uses(self) -> frozenset[str]:
        """Names of the spec parameters that this node and what it holds were written with."""
        return self._source.uses if self._source is not None else frozenset()


class Named(Node):
    """A node that is an entry of a mapping: its key is its API name."""

    api_name: str = Field(default="", description="The key of the entry; never written in the body")


class Labelled(Named):
    """An entry with a label, made from its name when the spec gives none."""

    label: str = ""

    @classmethod
    def expand(cls, data: Any) -> Any:
        """Expand the short form; make the label."""
        data = super().expand(data)
        if isinstance(data, Mapping) and not data.get("label") and isinstance(data.get("api_name"), str):
            return put(data, "label", words(data["api_name"]))
        return data


def entries(data: Any, shorthand: str | None = None) -> Any:
    """Give every entry of a mapping its key as ``api_name``; expand plain values by ``shorthand``."""
    if not isinstance(data, Mapping):
        return data
    filled = {key: _entry(data, key, value, shorthand) for key, value in data.items()}
    return Located(filled, data.place, data.spots, data.uses) if isinstance(data, Located) else filled


def _entry(parent: Mapping[str, Any], key: str, value: Any, shorthand: str | None) -> Any:
    if isinstance(value, Mapping):
        return value if "api_name" in value else _keyed(put(value, "api_name", key), parent, key)
    if value is not None and (shorthand is None or isinstance(value, list)):
        return value
    body = {"api_name": key} if value is None else {str(shorthand): value, "api_name": key}
    if not isinstance(parent, Located) or key not in parent.spots:
        return body
    spot = parent.spots[key]
    return _keyed(Located(body, spot.value, {} if value is None else {str(shorthand): spot}, spot.uses), parent, key)


def _keyed(value: Mapping[str, Any], parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Tell an entry where its key stands."""
    if isinstance(value, Located) and isinstance(parent, Located) and key in parent.spots:
        value.entry = parent.spots[key]
    return value


def listed(names: list[Any]) -> dict[str, Any]:
    """Entries from a list of names alone, each at the place of its name."""
    places = names.places if isinstance(names, Items) else [Place()] * len(names)
    found: dict[str, Any] = {}
    for name, place in zip(names, places, strict=True):
        found[str(name)] = Located({"api_name": str(name)}, place, {})
    return found


def put(data: Mapping[str, Any], key: str, value: Any) -> Mapping[str, Any]:
    """The same mapping with one more entry."""
    return data.with_entry(key, value) if isinstance(data, Located) else {**data, key: value}


def nodes(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every node below a node, with its path (``objects.Account``), in the order of the file."""
    for name, info in type(node).model_fields.items():
        here = f"{path}.{info.alias or name}" if path else info.alias or name
        for key, child in _children(getattr(node, name)):
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
