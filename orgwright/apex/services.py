"""Apex that the outside calls: REST resources and invocable methods, found in a program and run with plain values.

Follows "Exposing Apex Classes as REST Web Services" and "InvocableMethod Annotation" of the Apex Developer Guide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orgwright.apex.crossing import to_apex, to_org
from orgwright.apex.host import Refused
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.jsonread import Reader, assign, fields_of
from orgwright.apex.library.jsonwrite import instance_fields, scalar_text, serialized
from orgwright.apex.library.rest import RestRequest, RestResponse
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import JSONException
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import ApexObject
from orgwright.apex.types.model import VOID, PlatformType, SObjectType, Type, UserType, is_list
from orgwright.apex.types.symbols import ClassSymbol, FieldSymbol, MethodSymbol

if TYPE_CHECKING:
    from orgwright.apex.engine import Execution, Program
    from orgwright.apex.runtime.image import Image

VERBS = {"httpdelete": "DELETE", "httpget": "GET", "httppatch": "PATCH", "httppost": "POST", "httpput": "PUT"}


@dataclass(frozen=True)
class Resource:
    """A class with ``@RestResource``. ``methods`` are the names of its methods by HTTP method."""

    class_name: str
    url_mapping: str
    methods: Mapping[str, str]
    returns_nothing: frozenset[str]
    """The HTTP methods whose Apex method is void."""
    with_body: frozenset[str]
    """The HTTP methods whose Apex method has parameters."""

    def takes(self, verb: str) -> bool:
        """Whether the body of that HTTP method is read into parameters."""
        return verb in self.with_body


@dataclass(frozen=True)
class Call:
    """What a REST resource is told of the HTTP request."""

    method: str
    uri: str
    path: str
    body: bytes
    headers: Mapping[str, str]
    params: Mapping[str, str]
    address: str | None = None
    xml: Mapping[str, Any] | None = None
    """The body as element names with texts, mappings or lists of them, when it came as XML."""


@dataclass(frozen=True)
class Reply:
    """What a REST resource answers. ``status`` and ``body`` are None when Apex set none; ``value`` is what a method
    that is not void returned: JSON text, or a tree of names and texts for XML."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes | None
    value: Any = None


@dataclass(frozen=True)
class Parameter:
    """An input or output of an invocable method, as the actions resource describes it."""

    name: str
    label: str
    description: str | None
    type: str
    required: bool = False
    sobject: str | None = None
    apex_class: str | None = None
    many: bool = False


@dataclass(frozen=True)
class Action:
    """An ``@InvocableMethod``. ``holder`` is the class whose variables are the inputs, or None when the inputs are
    plain values."""

    class_name: str
    method: str
    label: str
    description: str | None
    category: str | None
    inputs: tuple[Parameter, ...] = ()
    outputs: tuple[Parameter, ...] = ()
    takes: int = 0
    holder: bool = False
    gives_holder: bool = False
    gives: bool = field(default=False)


def resources(program: Program) -> list[Resource]:
    """The REST resources of a program."""
    found = []
    for symbol in _classes(program):
        mapping = next((a for a in symbol.annotations if a.name.lower() == "restresource"), None)
        if mapping is None or symbol.is_test:
            continue
        methods: dict[str, str] = {}
        nothing: set[str] = set()
        with_body: set[str] = set()
        for method in _methods(symbol):
            for one in method.annotations:
                verb = VERBS.get(one.name.lower())
                if verb is not None:
                    methods[verb] = method.name
                    if method.returns is VOID:
                        nothing.add(verb)
                    if method.parameters:
                        with_body.add(verb)
        found.append(
            Resource(
                symbol.name, mapping.values.get("urlmapping", "/"), methods, frozenset(nothing), frozenset(with_body)
            )
        )
    return found


def _classes(program: Program) -> Iterator[ClassSymbol]:
    return iter(program.classes())


def _methods(symbol: ClassSymbol) -> Iterator[MethodSymbol]:
    return (method for group in symbol.methods.values() for method in group)


# ------------------------------------------------------------------------------------------------ REST resources


def call(execution: Execution, resource: Resource, asked: Call, *, xml: bool = False) -> Reply:
    """Run a resource's method for an HTTP request; ``xml``: the value is wanted as a tree.

    Raises :class:`orgwright.apex.host.Refused` for a body that does not fit the parameters, and
    :class:`orgwright.apex.host.ApexFailure` for what the method throws.
    """
    name = resource.methods[asked.method]
    with execution.running() as image:
        arguments = _arguments(execution, image, resource.class_name, name, asked)
        request, response = _request(asked, bool(arguments)), RestResponse()
        execution.transaction.state.update({"rest request": request, "rest response": response})
        value = execution.call_static(resource.class_name, name, arguments)
        given = execution.transaction.state.get("rest response") or response
        headers = {str(key): str(item) for key, item in given.headers.entries() if item is not None}
        shown = None
        if asked.method not in resource.returns_nothing:
            shown = tree(value) if xml else serialized(value, omit_nulls=True)
        return Reply(given.statusCode, headers, given.responseBody, shown)


def _request(asked: Call, has_parameters: bool) -> RestRequest:
    request = RestRequest()
    request.httpMethod, request.remoteAddress = asked.method, asked.address
    request.requestURI, request.resourcePath = asked.uri, asked.path
    request.requestBody = None if has_parameters else asked.body
    for key, item in asked.headers.items():
        request.addHeader(key, item)
    for key, item in asked.params.items():
        request.addParameter(key, item)
    return request


def _arguments(execution: Execution, image: Image, owner: str, name: str, asked: Call) -> list[Any]:
    wanted = _signature(image, owner, name)
    if not wanted:
        return []
    if asked.xml is not None:
        values = {key: _shaped(item, wanted[key]) for key, item in asked.xml.items() if key in wanted}
        unknown = next((key for key in asked.xml if key not in wanted), None)
        if unknown is not None:
            raise Refused("INVALID_FIELD", f"Unexpected parameter encountered during deserialization: {unknown}", 400)
        text = json.dumps(values)
    elif not asked.body.strip():
        text = "The HTTP entity body is required, but this request has no entity body."
        raise Refused("JSON_PARSER_ERROR", text, 400)
    else:
        text = asked.body.decode("utf-8-sig", "replace")
    try:
        return _read(Reader(text, execution.transaction), wanted)
    except JSONException as problem:
        raise Refused("JSON_PARSER_ERROR", str(problem.getMessage()), 400) from None


def _signature(image: Image, owner: str, name: str) -> dict[str, RType]:
    """The parameters of a static method with their types."""
    q = owner.lower()
    if image.load(q) is None:
        raise LookupError(f"no class {owner}")
    code = next(m for m in image.codes[q].methods if m.static and m.name.lower() == name.lower())
    return {n: image.rtype(spec) for n, spec in zip(code.parameter_names, code.parameters, strict=True)}


def _read(reader: Reader, wanted: Mapping[str, RType]) -> list[Any]:
    """The arguments out of a JSON object that has a member for each."""
    start = reader.root()
    if start.kind != "START_OBJECT":
        raise JSONException("Malformed JSON: Expected '{' at the beginning of object")
    found: dict[str, Any] = dict.fromkeys(wanted)
    while (name := reader.token()).kind != "END_OBJECT":
        target = wanted.get(str(name.value))
        if target is None:
            raise reader.fail(f"Unexpected parameter encountered during deserialization: {name.value}", name.end)
        value = reader.token()
        found[str(name.value)] = reader.untyped(value) if target.kind == "object" else reader.typed(value, target, None)
    return list(found.values())


def _shaped(value: Any, target: RType) -> Any:
    """A part of an XML body as the JSON that the type takes."""
    if target.kind == "map":
        raise Refused("UNSUPPORTED_MEDIA_TYPE", f"The parameter type {target.name} is not supported in XML", 415)
    if target.kind in ("list", "set"):
        items = value if isinstance(value, list) else [value]
        return [_shaped(item, target.args[0]) for item in items]
    if isinstance(value, Mapping):
        if target.kind == "class":
            known = {name: found[2] for name, found in fields_of(target).items()}
            return {k: _shaped(v, known[k.lower()]) if k.lower() in known else v for k, v in value.items()}
        return dict(value)
    if value is None:
        return None if target.kind != "string" else ""
    if target.kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower(), value)
    return value


def tree(value: Any) -> Any:
    """A value as names, texts, lists: what XML shows. Maps and lists by themselves have no form in XML."""
    if value is None:
        return None
    if isinstance(value, SObject):
        inner = {name: _inner(item) for name, item in value.fields.items()}
        return {"type": value.sobject_type.name, **inner}
    if isinstance(value, ApexObject):
        return {name: _inner(item) for name, item in instance_fields(value) if item is not None}
    if isinstance(value, (List, Map)):
        raise Refused("NOT_ACCEPTABLE", "The XML return type specified for format is not supported", 406)
    return _plain(value)


def _inner(value: Any) -> Any:
    return [tree(item) for item in value.items] if isinstance(value, List) else tree(value)


def _plain(value: Any) -> str:
    text = scalar_text(value)
    if text is None:
        raise Refused("NOT_ACCEPTABLE", "The XML return type specified for format is not supported", 406)
    return str(json.loads(text)) if text.startswith('"') else text


# ------------------------------------------------------------------------------------------------ invocable methods


def actions(program: Program) -> list[Action]:
    """The invocable methods of a program, by class."""
    found = []
    for symbol in _classes(program):
        for method in _methods(symbol):
            one = next((a for a in method.annotations if a.name.lower() == "invocablemethod"), None)
            if one is not None and not symbol.is_test:
                found.append(_action(symbol, method, one.values))
    return sorted(found, key=lambda action: action.class_name.lower())


def _action(symbol: ClassSymbol, method: MethodSymbol, values: Mapping[str, str]) -> Action:
    taken = _element(method.types[0]) if method.types else None
    given = None if method.returns is VOID else _element(method.returns)
    inputs = _parameters(taken, method.parameters[0][0] if method.parameters else "")
    return Action(
        symbol.name,
        method.name,
        values.get("label") or method.name,
        values.get("description"),
        values.get("category"),
        inputs,
        _parameters(given, "output"),
        len(method.types),
        isinstance(taken, UserType),
        isinstance(given, UserType),
        given is not None,
    )


def _element(kind: Type) -> Type:
    return kind.args[0] if isinstance(kind, PlatformType) and is_list(kind) else kind


def _parameters(kind: Type | None, name: str) -> tuple[Parameter, ...]:
    if kind is None:
        return ()
    if isinstance(kind, UserType) and kind.symbol.kind == "class":
        return tuple(_variable(one, values) for one, values in _variables(kind.symbol))
    return (_parameter(name, name, None, kind, False),)


def _variables(symbol: ClassSymbol) -> Iterator[tuple[FieldSymbol, Mapping[str, str]]]:
    parent = symbol.parent
    if parent is not None:
        yield from _variables(parent)
    for one in symbol.fields.values():
        for annotation in one.annotations:
            if annotation.name.lower() == "invocablevariable":
                yield one, annotation.values


def _variable(one: FieldSymbol, values: Mapping[str, str]) -> Parameter:
    required = values.get("required", "").lower() == "true"
    return _parameter(one.name, values.get("label") or one.name, values.get("description"), one.type, required)


def _parameter(name: str, label: str, description: str | None, kind: Type, required: bool) -> Parameter:
    inner = _element(kind)
    many = inner is not kind
    if isinstance(inner, SObjectType):
        return Parameter(name, label, description, "SOBJECT", required, inner.name, None, many)
    if isinstance(inner, UserType):
        return Parameter(name, label, description, "APEX", required, None, inner.symbol.qualified, many)
    shown = {"ID": "ID", "DOUBLE": "DOUBLE", "DECIMAL": "DOUBLE", "LONG": "LONG"}.get(
        inner.name.upper(), inner.name.upper()
    )
    return Parameter(name, label, description, shown, required, None, None, many)


def invoke(execution: Execution, action: Action, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Run an invocable method once for all inputs; the outputs as JSON values, one mapping for each input.

    Raises :class:`orgwright.apex.host.Refused` for inputs that do not fit, and :class:`orgwright.apex.host.ApexFailure`.
    """
    try:
        return _invoked(execution, action, rows, _from_json, _to_json)
    except JSONException as problem:
        raise Refused("INVALID_API_INPUT", str(problem.getMessage()), 400) from None


def invoke_plain(execution: Execution, action: Action, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """As :func:`invoke` with values of :mod:`orgwright.apex.crossing`, as flows have them."""

    def enter(execution: Execution, value: Any, target: RType) -> Any:
        try:
            return to_apex(execution.transaction, value, target)
        except (ValueError, ArithmeticError):
            raise Refused("INVALID_API_INPUT", f"{value} is no value of type {target.name}", 400) from None

    return _invoked(execution, action, rows, enter, to_org)


def _invoked(
    execution: Execution,
    action: Action,
    rows: Sequence[Mapping[str, Any]],
    enter: Callable[[Execution, Any, RType], Any],
    leave: Callable[[Any], Any],
) -> list[Any]:
    """Run an invocable method; ``enter`` and ``leave`` turn the caller's values into Apex's and back."""
    with execution.running() as image:
        arguments = []
        if action.takes:
            target = next(iter(_signature(image, action.class_name, action.method).values()))
            given = [_input(execution, action, row, target.args[0], enter) for row in rows]
            arguments = [List.of(target, given)]
        value = execution.call_static(action.class_name, action.method, arguments)
        if not action.gives or value is None:
            return [None] * len(rows)
        if not isinstance(value, List):
            raise null_argument()
        return [_output(action, item, leave) for item in value.items]


def _input(
    execution: Execution,
    action: Action,
    row: Mapping[str, Any],
    target: RType,
    enter: Callable[[Execution, Any, RType], Any],
) -> Any:
    known = {one.name.lower(): one for one in action.inputs}
    unknown = next((name for name in row if name.lower() not in known), None)
    if unknown is not None:
        raise Refused("INVALID_API_INPUT", f"Unknown input parameter: {unknown}", 400)
    given = {name.lower(): value for name, value in row.items() if value is not None}
    missing = next((one.name for one in action.inputs if one.required and one.name.lower() not in given), None)
    if missing is not None:
        raise Refused("REQUIRED_FIELD_MISSING", f"Missing required input parameter: {missing}", 400)
    if not action.holder:
        return enter(execution, next(iter(given.values()), None), target)
    made = execution.transaction.construct(target)
    fields = fields_of(target)
    for name, value in given.items():
        declared, attribute, kind, _ = fields[name]
        assign(made, declared, attribute, enter(execution, value, kind))
    return made


def _from_json(execution: Execution, value: Any, target: RType) -> Any:
    """A JSON value as one of the type; a record may come without ``attributes`` when the type tells what it is."""
    reader = Reader(json.dumps(value, default=float), execution.transaction)
    token = reader.root()
    return reader.untyped(token) if target.kind == "object" else reader.typed(token, target, None)


def _to_json(value: Any) -> Any:
    return json.loads(serialized(value))


def _output(action: Action, value: Any, leave: Callable[[Any], Any]) -> Any:
    if value is None:
        return None
    if action.gives_holder and isinstance(value, ApexObject):
        shown = {one.name.lower() for one in action.outputs}
        return {name: leave(item) for name, item in instance_fields(value) if name.lower() in shown}
    return {"output": leave(value)}
