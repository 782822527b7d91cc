"""``JSON.deserialize``, ``deserializeStrict`` and ``deserializeUntyped``."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.encoding import decoded_base64
from orgwright.apex.library.jsontext import JsonProblem, Scanner, Token
from orgwright.apex.library.jsonvalues import ValueProblem, date_of, moment_of, time_of
from orgwright.apex.library.numbertext import digits_value
from orgwright.apex.library.registry import native
from orgwright.apex.library.typetoken import Type
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.compare import as_id
from orgwright.apex.runtime.exceptions import ApexException, JSONException, null_pointer
from orgwright.apex.runtime.keyed import Map, Set
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.tokens import field_type, rtype_of
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import Field, Long, all_fields

UNTYPED_MAP = types.map_of(types.STRING, types.OBJECT)
UNTYPED_LIST = types.list_of(types.OBJECT)
_NO_OBJECT = "Malformed JSON: Expected '{' at the beginning of object"
_INT_MAX, _LONG_MAX = (1 << 31) - 1, (1 << 63) - 1


def located(problem: JsonProblem) -> ApexException:
    """The exception of ``JSON.deserialize`` for text that is no JSON."""
    return JSONException(f"{problem.what} at [line:{problem.line}, column:{problem.column}]")


# ------------------------------------------------------------------------------------------- untyped


@native("JSON.deserializeUntyped")
def deserialize_untyped(text: str | None) -> Any:
    """Maps, lists, texts, Booleans; whole numbers as Integer or Long by their size, others as Decimal."""
    _given(text)
    assert text is not None
    try:
        found = json.loads(
            text,
            object_pairs_hook=_untyped_map,
            parse_float=Decimal,
            parse_int=_untyped_whole,
            parse_constant=_constant,
        )
    except (ValueError, RecursionError):
        reader = Reader(text)
        return reader.untyped(reader.root())
    return _untyped_value(found)


def _given(text: str | None) -> None:
    if text is None:
        raise null_pointer("null input to JSON parser")


def _constant(text: str) -> NoReturn:
    raise ValueError(text)


def _untyped_map(pairs: list[tuple[str, Any]]) -> Map:
    return Map(UNTYPED_MAP, {name: _untyped_value(value) for name, value in pairs})


def _untyped_value(value: Any) -> Any:
    return List(UNTYPED_LIST, [_untyped_value(item) for item in value]) if value.__class__ is list else value


def untyped_number(value: int) -> int:
    """A whole number as Integer or, when it is too large for one, as Long."""
    return value if -_INT_MAX - 1 <= value <= _INT_MAX else Long(value)


def _untyped_whole(text: str) -> int:
    value = digits_value(text)
    if not -_LONG_MAX - 1 <= value <= _LONG_MAX:
        raise ValueError(text)
    return untyped_number(value)


# --------------------------------------------------------------------------------------------- typed


@native("JSON.deserialize", context=True)
def deserialize(execution: Any, text: str | None, type: Type | None) -> Any:
    return _deserialize(execution, text, type, strict=False)


@native("JSON.deserializeStrict", context=True)
def deserialize_strict(execution: Any, text: str | None, type: Type | None) -> Any:
    return _deserialize(execution, text, type, strict=True)


def _deserialize(execution: Any, text: str | None, type: Type | None, strict: bool) -> Any:
    _given(text)
    if type is None:
        raise null_argument()
    if type.rtype.kind in ("list", "set") and str(text).lstrip().startswith('"'):
        raise JSONException(
            "Malformed JSON: Expected '[' at the beginning of List/Set"
        )  # the text is not read any further
    reader = Reader(str(text), execution, strict)
    return reader.typed(reader.root(), type.rtype, None)


class Reader:
    """Reads the value of a JSON text into a type."""

    def __init__(self, text: str, execution: Any = None, strict: bool = False) -> None:
        self.scanner = Scanner(text)
        self.execution, self.strict = execution, strict

    def token(self) -> Token:
        """The next token, which must be there."""
        try:
            found = self.scanner.next()
        except JsonProblem as problem:
            raise located(problem) from None
        assert found is not None
        return found

    def root(self) -> Token:
        """The first token."""
        try:
            found = self.scanner.next()
        except JsonProblem as problem:
            raise located(problem) from None
        if found is None:
            raise JSONException("No content to map to Object due to end of input")
        return found

    def fail(self, what: str, offset: int | None = None) -> ApexException:
        """The exception with the parser's place at the end."""
        line, column = self.scanner.place(self.scanner.at if offset is None else offset)
        return JSONException(f"{what} at [line:{line}, column:{column}]")

    # ---------------------------------------------------------------------------------- any value

    def untyped(self, token: Token) -> Any:
        """The value that starts with a token, as ``deserializeUntyped`` gives it."""
        kind = token.kind
        if kind == "START_OBJECT":
            values: dict[Any, Any] = {}
            while (name := self.token()).kind != "END_OBJECT":
                values[name.value] = self.untyped(self.token())
            return Map(UNTYPED_MAP, values)
        if kind == "START_ARRAY":
            items: list[Any] = []
            while (item := self.token()).kind != "END_ARRAY":
                items.append(self.untyped(item))
            return List(UNTYPED_LIST, items)
        if kind == "VALUE_NUMBER_INT":
            if not -_LONG_MAX - 1 <= token.value <= _LONG_MAX:
                raise self.fail(f"Numeric value ({token.value}) out of range of long (-{_LONG_MAX + 1} - {_LONG_MAX})")
            return untyped_number(token.value)
        return token.value

    def skip(self, token: Token) -> None:
        """Pass over the value that starts with a token."""
        depth = 0
        while True:
            if token.kind in ("START_OBJECT", "START_ARRAY"):
                depth += 1
            elif token.kind in ("END_OBJECT", "END_ARRAY"):
                depth -= 1
            if depth == 0:
                return
            token = self.token()

    # ------------------------------------------------------------------------------------ by type

    def typed(self, token: Token, target: RType, holder: Token | None) -> Any:
        """The value that starts with a token as one of that type. ``holder``: the object that it is a field of."""
        if token.kind == "VALUE_NULL":
            return None
        kind = target.kind
        if kind == "list":
            return self.list_of(token, target)
        if kind == "set":
            self.expect_list(token)
            return Set.of(target, self.elements(target.args[0]))
        if kind == "map":
            return self.map_of(token, target)
        if kind == "sobject":
            return self.row(token, target)
        if kind == "object":
            raise JSONException("Apex Type unsupported in JSON: Object")
        if kind == "class":
            return self.instance(token, target)
        if token.kind in ("START_OBJECT", "START_ARRAY"):
            members = getattr(target.python, "json_members", None)
            if members is not None and token.kind == "START_OBJECT":
                return self.platform_object(target, members)
            if kind in ("interface", "platform", "enum"):
                raise JSONException(f"Apex Type unsupported in JSON: {target.name}")
            raise JSONException("Illegal value for primitive")
        return self.plain(token, target, holder)

    def platform_object(self, target: RType, members: dict[str, RType]) -> Any:
        """A platform object that tells which members JSON may give it; the case of their names is ignored."""
        python: Any = target.python
        proper = {name.lower(): name for name in members}
        values: dict[str, Any] = {}
        while (name := self.token()).kind != "END_OBJECT":
            value = self.token()
            member = proper.get(name.value.lower())
            if member is None:
                self.skip(value)
            else:
                values[member] = self.typed(value, members[member], None)
        if hasattr(python, "from_json"):
            return python.from_json(values)
        made = python()
        for member, given in values.items():
            setattr(made, member, given)
        return made

    def expect_list(self, token: Token) -> None:
        """Refuse anything but an array."""
        if token.kind != "START_ARRAY":
            raise JSONException("Malformed JSON: Expected '[' at the beginning of List/Set")

    def elements(self, element: RType) -> list[Any]:
        """The rest of an array."""
        items: list[Any] = []
        while (item := self.token()).kind != "END_ARRAY":
            items.append(self.untyped(item) if element.kind == "object" else self.typed(item, element, None))
        return items

    def list_of(self, token: Token, target: RType) -> List:
        """An array; for SObject lists also the object that a query result is."""
        element = target.args[0]
        if token.kind == "START_OBJECT" and element.kind == "sobject":
            return self.query_result(target)
        self.expect_list(token)
        return List.of(target, self.elements(element))

    def query_result(self, target: RType) -> List:
        """``{"totalSize": n, "done": true, "records": [...]}``."""
        rows = List(target)
        while (name := self.token()).kind != "END_OBJECT":
            value = self.token()
            if name.value == "records" and value.kind == "START_ARRAY":
                rows = List.of(target, self.elements(target.args[0]))
            else:
                self.skip(value)
        return rows

    def map_of(self, token: Token, target: RType) -> Map:
        """An object with keys and values of the map's types."""
        if token.kind != "START_OBJECT":
            raise JSONException(_NO_OBJECT)
        key, element = target.args
        pairs: list[tuple[Any, Any]] = []
        while (name := self.token()).kind != "END_OBJECT":
            value = self.token()
            read = self.untyped(value) if element.kind == "object" else self.typed(value, element, None)
            pairs.append((self.map_key(name, key), read))
        return Map.of(target, pairs)

    def map_key(self, name: Token, key: RType) -> Any:
        """The key of a name."""
        if key.kind in ("string", "object"):
            return name.value
        return self.plain(Token("VALUE_STRING", name.value, name.start, name.end), key, None)

    # ----------------------------------------------------------------------------- user classes

    def instance(self, token: Token, target: RType) -> Any:
        """An object of a user class: fields by name, case as declared; setters run."""
        if token.kind != "START_OBJECT":
            raise JSONException(_NO_OBJECT)
        fields = fields_of(target)
        made = empty_instance(target, fields)
        while (name := self.token()).kind != "END_OBJECT":
            value = self.token()
            found = fields.get(name.value.lower())
            if found is None:
                if self.strict:
                    raise JSONException(f"Unknown field: {target.name}.{name.value}")
                self.skip(value)
                continue
            declared, attribute, type, transient = found
            if transient:
                if self.strict:
                    raise JSONException(f"Field is not deserializable: {target.name}.{declared}")
                self.skip(value)
                continue
            assign(made, declared, attribute, self.typed(value, type, token))
        return made

    # --------------------------------------------------------------------------------- SObjects

    def row(self, token: Token, target: RType) -> SObject:
        """A record: ``attributes``, wherever they stand, name its type when the target is SObject."""
        if token.kind != "START_OBJECT":
            raise JSONException(_NO_OBJECT)
        made = SObject(self.execution.types.get(self.type_ahead() if target.name == "SObject" else target.name))
        while (name := self.token()).kind != "END_OBJECT":
            value = self.token()
            if name.value == "attributes" and value.kind == "START_OBJECT":
                self.skip(value)
            else:
                self.row_field(made, name.value, value)
        return made

    def type_ahead(self) -> str:
        """The type that the attributes of the object name of which the first token was read; nothing else is read."""
        mark = self.scanner.mark()
        while (name := self.token()).kind != "END_OBJECT":
            value = self.token()
            if name.value != "attributes" or value.kind != "START_OBJECT":
                self.skip(value)
                continue
            named = self.untyped(value).data.get("type")
            if named is not None and self.execution.host.schema.sobject(named) is not None:
                self.scanner.back(mark)
                return str(named)
        raise JSONException("JSON object must have attributes that name the type of the sObject")

    def row_field(self, row: SObject, name: str, value: Token) -> None:
        """Set a plain field, a parent or child records from a JSON member."""
        token = row.sobject_type
        field = token.field(name)
        if field is not None:
            wanted = field_type(field)
            if wanted.kind == "boolean" and value.value in ("true", "false"):
                # fields of records take texts, which fields of classes do not
                row.fields[field.name] = value.value == "true"
            else:
                row.fields[field.name] = self.typed(value, wanted, None)
            return
        parent = token.parents.get(name.lower())
        if parent is not None and parent.relationship_name is not None:
            kind = parent.reference_to[0] if len(parent.reference_to) == 1 else "SObject"
            row.fields[parent.relationship_name] = self.typed(value, rtype_of(kind), None)
            return
        child = token.child(name)
        if child is not None and child.relationship_name is not None:
            read = self.typed(value, types.list_of(rtype_of(child.child)), None)
            row.fields[child.relationship_name] = read
            return
        if value.kind == "START_ARRAY":
            raise JSONException(f"No field name specified on column for sobject of type {token.name}")
        if self.strict:
            raise JSONException(f"No such column '{name}' on sobject of type {token.name}")
        self.skip(value)

    # ------------------------------------------------------------------------------ plain values

    def plain(self, token: Token, target: RType, holder: Token | None) -> Any:
        """A number, text, Boolean, date ... from a scalar token."""
        kind, value = target.kind, token.value
        if kind == "string":
            return self.text(token)
        if kind in ("integer", "long"):
            return self.whole(token, kind, holder)
        if kind in ("double", "decimal"):
            return self.number(token, kind, holder)
        if kind == "boolean":
            if value.__class__ is bool:
                return value
            raise self.fail(f"Illegal value for boolean: {self.text(token)}")
        if kind == "id":
            return as_id(self.text(token))
        if kind == "enum":
            found = target.enum.find(self.text(token)) if target.enum is not None else None
            if found is None:
                raise self.fail(f"Illegal value for enum {target.name}: {self.text(token)}")
            return found
        if kind in ("date", "datetime", "time", "blob"):
            return self.moment(token, kind)
        raise JSONException(f"Apex Type unsupported in JSON: {target.name}")

    def text(self, token: Token) -> str:
        """The text of a scalar as it stands in the JSON."""
        if token.kind == "VALUE_STRING":
            return str(token.value)
        return self.scanner.text[token.start : token.end]

    def not_a_number(self, token: Token, holder: Token | None) -> ApexException:
        """Java's NumberFormatException, placed where the object begins."""
        offset = holder.end if holder is not None else None
        return self.fail(f'For input string: "{self.text(token)}"', offset)

    def whole(self, token: Token, kind: str, holder: Token | None) -> int:
        """An Integer or Long; as a field of an object by Java's parseInt, else as the JSON parser reads numbers."""
        most = _INT_MAX if kind == "integer" else _LONG_MAX
        value = token.value
        if token.kind == "VALUE_NUMBER_FLOAT" and holder is None:
            value = int(value)
        elif token.kind == "VALUE_STRING":
            digits = value.removeprefix("-").removeprefix("+")
            if not (digits.isascii() and digits.isdigit()):
                raise self.not_a_number(token, holder)
            value = digits_value(value)
        elif token.kind != "VALUE_NUMBER_INT":
            raise self.not_a_number(token, holder)
        if not -most - 1 <= value <= most:
            if holder is not None:
                raise self.not_a_number(token, holder)
            raise self.fail(
                f"Numeric value ({self.text(token)}) out of range of {'int' if kind == 'integer' else 'long'}"
            )
        return int(value)

    def number(self, token: Token, kind: str, holder: Token | None) -> Any:
        """A Double or Decimal."""
        value = token.value
        if value.__class__ is bool:
            raise self.not_a_number(token, holder)
        if token.kind == "VALUE_STRING":
            try:
                value = Decimal(value.strip())
            except ArithmeticError:
                raise self.not_a_number(token, holder) from None
        return float(value) if kind == "double" else Decimal(value)

    def moment(self, token: Token, kind: str) -> Any:
        """A Date, Datetime, Time or Blob from its text."""
        try:
            return read_moment(self.text(token), kind)
        except ValueProblem as problem:
            raise self.fail(str(problem)) from None


def fields_of(target: RType) -> dict[str, Field]:
    """The instance fields of a user class and its parents by lower-case name."""
    return all_fields(target.python) if target.python else {}


def empty_instance(target: RType, fields: dict[str, Field]) -> Any:
    """An object whose fields are all null: neither constructor nor initialisers run."""
    if target.python is None:
        raise JSONException(f"Apex Type unsupported in JSON: {target.name}")
    python: Any = target.python
    made = python.__new__(python)
    for _, attribute, _, _ in fields.values():
        setattr(made, attribute, None)
    return made


def assign(made: Any, declared: str, attribute: str, value: Any) -> None:
    """Set a field; a property's setter runs."""
    setter = getattr(made, f"set:{declared.lower()}", None)
    if setter is not None:
        setter(value)
    else:
        setattr(made, attribute, value)


def read_moment(text: str, kind: str) -> Any:
    """The Date, Datetime, Time or Blob that a JSON text means. Raises :class:`ValueProblem`."""
    if kind == "date":
        return date_of(text)
    if kind == "datetime":
        return moment_of(text)
    if kind == "time":
        return time_of(text)
    return decoded_base64(text)
