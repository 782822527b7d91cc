"""Parameters of a spec: declared in the file, given on the command line, put in for ``{{ name }}`` and asked by ``when``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from orgwright.errors import Place
from orgwright.spec.errors import SpecError, did_you_mean
from orgwright.spec.yamltree import Items, Located, Scalar, Sequence, Spot, Table, Tree, Value

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True)
class Given:
    """A parameter with its value of this load."""

    value: Scalar
    choices: tuple[object, ...]


def declared(top: Table, given: Mapping[str, str], errors: list[SpecError]) -> dict[str, Given]:
    """The parameters of a file with the values of this load.

    Args:
        top: the file.
        given: values from outside by name, as text; they replace the defaults and take their type.
        errors: where mistakes are added.
    """
    pair = top.pairs.get("parameters")
    table = pair[1] if pair else Table(top.place)
    found: dict[str, Given] = {}
    if not isinstance(table, Table):
        return found  # the model says what is wrong with it
    for name, (key, body) in table.pairs.items():
        if not _NAME.match(name):
            errors.append(SpecError(f"parameter {name}: lower-case letters, digits and _ only", where=key.place))
        found[name] = _parameter(name, body, found, given, errors)
    for name in given:
        if name not in found:
            hint = did_you_mean(name, found) or f"parameters of this connector: {', '.join(found) or 'none'}"
            errors.append(SpecError(f"the connector has no parameter {name}", where=Place(top.place.file), help=hint))
    return found


def _parameter(
    name: str, body: Tree, known: Mapping[str, Given], given: Mapping[str, str], errors: list[SpecError]
) -> Given:
    writer = Writer(dict(known), errors)
    choices: tuple[object, ...] = ()
    default: object
    place = body.place
    if isinstance(body, Table):
        default = (
            writer.write(body.pairs["default"][1], ("parameters", name, "default")) if "default" in body.pairs else None
        )
        if "choices" in body.pairs:
            written = writer.write(body.pairs["choices"][1], ("parameters", name, "choices"))
            choices = tuple(written) if isinstance(written, list) else ()
        if "default" in body.pairs:
            place = body.pairs["default"][1].place
    else:
        default = writer.write(body, ("parameters", name))
    value = default if default is None or isinstance(default, (str, int, float, bool)) else str(default)
    if name in given:
        value = _like(given[name], value, name, place, errors)
    if choices and value not in choices:
        listed = ", ".join(str(choice) for choice in choices)
        errors.append(
            SpecError(
                f"parameter {name} is {value}, not one of: {listed}", where=replace(place, path=f"parameters.{name}")
            )
        )
    return Given(value, choices)


def _like(text: str, default: Scalar, name: str, place: Place, errors: list[SpecError]) -> Scalar:
    """A text from the command line as a value of the default's type."""
    try:
        if isinstance(default, bool):
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
        if isinstance(default, int):
            return int(text)
        if isinstance(default, float):
            return float(text)
    except (KeyError, ValueError):
        kind = "true or false" if isinstance(default, bool) else "a number"
        errors.append(
            SpecError(f"parameter {name} is {text!r}, not {kind}", where=replace(place, path=f"parameters.{name}"))
        )
        return default
    return text


class Writer:
    """Writes a tree as plain data: placeholders replaced, entries with an unmet ``when`` left out, places kept."""

    def __init__(self, parameters: Mapping[str, Given], errors: list[SpecError]) -> None:
        self.parameters, self.errors = parameters, errors
        self._used: set[str] = set()

    def write(self, tree: Tree, path: tuple[str, ...] = ()) -> object:
        """The data of a tree: ``Located`` mappings, lists and scalars."""
        if isinstance(tree, Value):
            return self.scalar(tree, path)
        if isinstance(tree, Sequence):
            items = [(number, item) for number, item in enumerate(tree.items) if self.wanted(item, path)]
            return Items(
                [self.write(item, (*path, str(number))) for number, item in items],
                [item.place.within(path) for _, item in items],
            )
        return self.table(tree, path)

    def table(self, tree: Table, path: tuple[str, ...]) -> Located:
        """A mapping with its places; knows which parameters it used."""
        outer, self._used = self._used, set()
        values: dict[str, object] = {}
        spots: dict[str, Spot] = {}
        for text, (key, value) in tree.pairs.items():
            name = self.key(text, key, path, values)
            here = (*path, name)
            if name == "when" or not self.wanted(value, here):
                if name == "when" and isinstance(value, Table):
                    self._used |= set(value.pairs)
                continue
            before, self._used = self._used, set()
            values[name] = self.write(value, here)
            spots[name] = Spot(key.place, value.place, here, frozenset(self._used))
            self._used |= before
        used, self._used = frozenset(self._used), outer | self._used
        return Located(values, tree.place.within(path), spots, used)

    def key(self, text: str, key: Value, path: tuple[str, ...], taken: Mapping[str, object]) -> str:
        """A key with its placeholders replaced; two keys that become the same are an error at the second."""
        name = _text(self.scalar(key, path)) if "{{" in text else text
        if name in taken:
            self.errors.append(SpecError(f"{name} is given twice", where=key.place.within(path)))
        return name

    def scalar(self, value: Value, path: tuple[str, ...]) -> Scalar:
        """A scalar with its placeholders replaced; one that is nothing but a placeholder takes the parameter's type."""
        if "{{" not in value.text:
            return value.typed
        whole = _PLACEHOLDER.fullmatch(value.text.strip())
        if whole:
            return self.parameter(whole[1], value, path)
        return _PLACEHOLDER.sub(lambda match: _text(self.parameter(match[1], value, path)), value.text)

    def parameter(self, name: str, value: Value, path: tuple[str, ...]) -> Scalar:
        """The value of a parameter; an unknown one is an error at its use."""
        if name not in self.parameters:
            hint = did_you_mean(name, self.parameters) or "declare it under parameters"
            self.errors.append(SpecError(f"no parameter is called {name}", where=value.place.within(path), help=hint))
            return None
        self._used.add(name)
        return self.parameters[name].value

    def wanted(self, tree: Tree, path: tuple[str, ...]) -> bool:
        """Whether the ``when`` of an entry is met: each parameter it names has the value, or one of the values, given there."""
        if not isinstance(tree, Table) or "when" not in tree.pairs:
            return True
        condition = tree.pairs["when"][1]
        if not isinstance(condition, Table):
            self.errors.append(
                SpecError(
                    "when is a mapping of parameters to values",
                    where=condition.place.within((*path, "when")),
                    help="when: {app: connected}",
                )
            )
            return True
        met = [self.met(key, asked, path) for key, asked in condition.pairs.values()]  # all of them, for their errors
        return all(met)

    def met(self, key: Value, asked: Tree, path: tuple[str, ...]) -> bool:
        """Whether one parameter has the value, or one of the values, that a condition asks for."""
        values = [item.typed for item in asked.items if isinstance(item, Value)] if isinstance(asked, Sequence) else []
        if isinstance(asked, Value):
            values = [asked.typed]
        if key.text not in self.parameters:
            hint = did_you_mean(key.text, self.parameters)
            self.errors.append(
                SpecError(f"no parameter is called {key.text}", where=key.place.within((*path, "when")), help=hint)
            )
            return True
        parameter = self.parameters[key.text]
        odd = [value for value in values if parameter.choices and value not in parameter.choices]
        if odd:
            listed = ", ".join(str(choice) for choice in parameter.choices)
            self.errors.append(
                SpecError(
                    f"{key.text} is never {odd[0]}; it is one of: {listed}", where=asked.place.within((*path, "when"))
                )
            )
        return parameter.value in values


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
