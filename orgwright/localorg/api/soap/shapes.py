"""The types of the partner API's answers: which elements they have, in which order, from which version on.

Typed clients (WSC and what is built on it, zeep, beatbox) read an answer by the WSDL that they were made from: an element that
is not in it, stands elsewhere or is missing ends the call. ``types.tsv`` holds what the partner WSDLs of API 38 to 51 and jsforce's
declarations say; elements are ordered by their names everywhere. A property that is new to one of them counts from that version on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from orgwright.localorg.api.soap.envelope import Nil, Typed

_SOAP_OF = ((bool, "xsd:boolean"), (int, "xsd:int"), (float, "xsd:double"), (str, "xsd:string"))


@dataclass(frozen=True)
class Property:
    """An element of a type; ``of`` names the type of a structured one."""

    name: str
    since: int
    presence: str
    of: str


@cache
def _types() -> Mapping[str, Sequence[Property]]:
    found: dict[str, list[Property]] = {}
    lines = resources.files(__package__).joinpath("types.tsv").read_text("utf-8").splitlines()
    for line in lines[1:]:
        kind, name, since, presence, of = line.split("\t")
        found.setdefault(kind, []).append(Property(name, int(since), presence, of))
    return found


def shaped(kind: str, values: Mapping[str, Any], api: str) -> dict[str, Any]:
    """``values`` as the type ``kind`` of an API version such as ``67.0``: what it does not have is left out.

    Raises :class:`KeyError` when an element is missing that every answer must have.
    """
    version = int(api.partition(".")[0])
    shown: dict[str, Any] = {}
    for part in _types()[kind]:
        if part.since > version:
            continue
        value = values.get(part.name)
        if value is None:
            if part.presence == "required":
                raise KeyError(f"{kind}.{part.name}")
            if part.presence == "nillable":
                shown[part.name] = Nil()
        elif part.of:
            shown[part.name] = _structured(part.of, value, api)
        elif kind == "Field" and part.name == "defaultValue":
            shown[part.name] = Typed(next(name for of, name in _SOAP_OF if isinstance(value, of)), value)
        else:
            shown[part.name] = value
    return shown


def _structured(kind: str, value: Any, api: str) -> Any:
    if isinstance(value, list | tuple):
        return [shaped(kind, one, api) for one in value]
    return shaped(kind, value, api)
