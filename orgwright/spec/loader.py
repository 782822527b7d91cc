"""``connector.yml`` -> ``Connector``: read, put parameters in, validate, check; all errors of a file at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from orgwright.errors import Place
from orgwright.spec import yamltree
from orgwright.spec.check import check
from orgwright.spec.check_fields import check_fields
from orgwright.spec.check_names import check_names
from orgwright.spec.errors import SpecError, SpecErrors, did_you_mean
from orgwright.spec.model import IDENTIFIER, Connector
from orgwright.spec.parameters import Writer, declared
from orgwright.spec.resolve import resolve
from orgwright.spec.yamltree import Items, Located


def load(path: Path, parameters: Mapping[str, str] | None = None) -> Connector:
    """Read a connector spec.

    Args:
        path: the file, or the folder that holds ``connector.yml``.
        parameters: values for the spec's parameters, as text, in place of their defaults.

    Raises:
        SpecErrors: every mistake in the file, each with its place.
        SpecError: the file is missing or cannot be read as YAML.
    """
    file = path / "connector.yml" if path.is_dir() else path
    try:
        with file.open("rb") as stream:
            data = stream.read(yamltree.LONGEST_FILE + 1)
    except OSError as error:
        raise SpecError(f"cannot be read: {error.strerror}", where=Place(str(file))) from None
    return loads(data, name=_shown(file), parameters=parameters)


def loads(data: bytes | str, *, name: str = "connector.yml", parameters: Mapping[str, str] | None = None) -> Connector:
    """Read a connector spec from text; arguments and errors as those of ``load``."""
    top = yamltree.parse(data.encode() if isinstance(data, str) else data, name)
    errors: list[SpecError] = []
    given = declared(top, parameters or {}, errors)
    written = Writer(given, errors).table(top, ())
    try:
        connector = Connector.model_validate(written)
    except ValidationError as error:
        details = error.errors(include_url=False)
        errors.extend(_told(detail, written) for detail in details)
        errors.extend(_further(written, [detail["loc"] for detail in details]))
        raise SpecErrors(_distinct(errors)) from None
    values = {key: item.model_copy(update={"value": given[key].value}) for key, item in connector.parameters.items()}
    connector = connector.model_copy(update={"parameters": values})
    connector = resolve(connector, errors)
    errors.extend(check(connector))
    if errors:
        raise SpecErrors(_distinct(errors))
    return connector


def _further(written: Located, wrong: list[tuple[int | str, ...]]) -> list[SpecError]:
    """Errors of names and fields in what is left when the entries that cannot be read are taken out.

    References are not checked then: they may lead to what was taken out.
    """
    for loc in wrong:
        parent: object = written
        depth = 3 if loc[:1] and loc[0] in ("objects", "events", "metadata_types") and len(loc) > 3 else 1
        path = [step for step in loc if step != "fields"][:depth]
        for step in path[:-1]:
            parent = parent.get(str(step)) if isinstance(parent, dict) else None
        if isinstance(parent, dict) and path:
            inner = parent.get("fields")
            parent.pop(str(path[-1]), None)
            if isinstance(inner, dict):
                inner.pop(str(path[-1]), None)
    try:
        rest = Connector.model_validate(written)
    except ValidationError:
        return []
    rest = resolve(rest, [])
    return [*check_names(rest), *check_fields(rest)]


def _shown(file: Path) -> str:
    """The path as an error shows it: from the working folder when it is below."""
    absolute = file.resolve()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(file)


def _distinct(errors: list[SpecError]) -> list[SpecError]:
    seen: dict[tuple[str, str], SpecError] = {}
    for error in errors:
        seen.setdefault((str(error.where), error.what), error)
    return list(seen.values())


@dataclass
class _Reached:
    """How far the location of a pydantic error leads into the data of a file."""

    node: Located
    key: str | None
    place: Place
    value: object
    rest: tuple[int | str, ...]


def _told(detail: ErrorDetails, top: Located) -> SpecError:
    """A pydantic error in our words, at its place in the file."""
    loc = detail["loc"]
    at = _follow(top, loc)
    if detail["type"] == "extra_forbidden" and not at.rest:
        key = str(loc[-1])
        where = replace(at.node.spots[key].key, width=len(key)) if key in at.node.spots else at.place
        return SpecError(f"unknown key {key}", where=where, help=_similar_key(loc, key))
    if detail["type"] == "missing":
        return SpecError(f"{loc[-1]} is missing", where=at.place)
    return SpecError(_message(detail), where=at.place, help=_help(detail))


def _follow(top: Located, loc: tuple[int | str, ...]) -> _Reached:
    at = _Reached(top, None, top.place, top, ())
    for number, step in enumerate(loc):
        value = at.value
        if isinstance(value, Located) and str(step) in value.spots:
            at = _Reached(value, str(step), value.spots[str(step)].value, value[str(step)], ())
        elif isinstance(value, Items) and isinstance(step, int) and step < len(value):
            at = _Reached(at.node, at.key, value.places[step], value[step], ())
        elif not (isinstance(value, Located) and step == "fields"):  # fields may stand directly in their object
            return replace(at, rest=loc[number:])
    return at


def _message(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    given = detail["input"]
    shown = f", not {given!r}" if isinstance(given, (str, int, float, bool)) else ""
    if kind in ("enum", "literal_error"):
        return f"{given} is not allowed; it is one of: {context['expected']}".replace("'", "")
    words = {
        "string_type": f"wants text{shown}; put it in quotes",
        "bool_parsing": f"wants true or false{shown}",
        "bool_type": f"wants true or false{shown}",
        "int_parsing": f"wants a whole number{shown}",
        "int_type": f"wants a whole number{shown}",
        "int_from_float": f"wants a whole number{shown}",
        "model_type": "wants a mapping",
        "dict_type": f"wants a mapping{shown}",
        "tuple_type": f"wants a list{shown}",
        "string_pattern_mismatch": f"{given!r} does not match {context.get('pattern')}",
    }
    return words.get(kind, detail["msg"])


def _help(detail: ErrorDetails) -> str | None:
    if detail["type"] in ("enum", "literal_error") and isinstance(detail["input"], str):
        expected = str(detail.get("ctx", {}).get("expected", "")).replace(" or ", ", ").replace("'", "")
        return did_you_mean(detail["input"], [word.strip() for word in expected.split(",")])
    if detail["type"] == "string_pattern_mismatch" and detail.get("ctx", {}).get("pattern") == IDENTIFIER:
        return "begin with a small letter and go on with small letters, digits and _"
    if detail["type"] == "model_type" and isinstance(detail["input"], list | tuple):
        model = _model_at(detail["loc"])
        if model is not None and "when_changed" in model.model_fields:
            return f"write {{when_changed: [{', '.join(map(str, detail['input']))}]}}"
    return None


def _similar_key(loc: tuple[int | str, ...], key: str) -> str | None:
    model = _model_at(loc[:-1])
    if model is None:
        return None
    known = [field.alias or name for name, field in model.model_fields.items() if name != "api_name"]
    return did_you_mean(key, known) or f"known here: {', '.join(sorted(known))}"


def _model_at(loc: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model that a location leads to, by the annotations."""
    current: Any = Connector
    for step in loc:
        if isinstance(current, type) and issubclass(current, BaseModel):
            fields = {field.alias or name: field for name, field in current.model_fields.items()}
            found = fields.get(str(step))
            if found is None:
                return None
            current = found.annotation
            if not _is_container(current):
                current = next(_models_in(current), None)
        else:
            current = next(_models_in(current), None)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _is_container(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) in (dict, tuple)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and not hasattr(annotation, "__origin__"):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for part in getattr(annotation, "__args__", ()):
        yield from _models_in(part)
