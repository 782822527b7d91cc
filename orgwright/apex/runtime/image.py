"""A program loaded for running: one dictionary of globals with the functions, classes and statics of all its units.

An image serves one transaction at a time. Code is loaded unit by unit when it is first needed and stays; statics are
taken out when a transaction leaves and put back when it comes again.
"""

from __future__ import annotations

import decimal
import sys
from collections.abc import Callable
from copy import copy
from decimal import Decimal
from types import FrameType, FunctionType, TracebackType
from typing import TYPE_CHECKING, Any

from orgwright.apex.code.units import ClassCode, UnitCode
from orgwright.apex.host import ApexFailure
from orgwright.apex.library import registry
from orgwright.apex.runtime import types
from orgwright.apex.runtime.exceptions import (
    ApexException,
    Frame,
    LimitException,
    MathException,
    NotSupported,
    NullPointerException,
    UnexpectedException,
    null_pointer,
)
from orgwright.apex.runtime.hashes import hash_of
from orgwright.apex.runtime.operators import OPERATORS
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.text import to_text
from orgwright.apex.runtime.tokens import Types, rtype_of
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import ApexObject, EnumType, find_method, platform_enum
from orgwright.apex.runtime.watchdog import resident
from orgwright.apex.types import library as declared

if TYPE_CHECKING:
    from orgwright.apex.host import Schema

#: all of Python's own names that generated code has: none of them reaches out of the image
_BUILTINS = {
    each.__name__: each for each in (Exception, bool, dict, float, int, isinstance, len, list, range, set, str, tuple)
}
#: modules that start Apex: a stack trace does not go beyond them
_ENTRIES = frozenset(("orgwright.apex.engine", "orgwright.apex.runtime.triggers"))

_EXCEPTION_METHODS = {
    (name.lower(), function.__code__.co_argcount - 1): name
    for name, function in vars(ApexException).items()
    if isinstance(function, FunctionType) and not name.startswith("_")
}
"""The platform's methods of exceptions, which those of users with the same name and number of parameters override."""


def _is_exception(name: str) -> bool:
    """Whether a platform class can be thrown, also one that the library has no Python class for."""
    known = declared.index()
    block = known.get(name.lower()) or known.get(f"system.{name.lower()}")
    return block is not None and declared.read_header(block).kind == "exception"


class Tripwire(list[int]):
    """Stands in for coverage lists when a limit is crossed; ``text`` is that of the LimitException."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def __setitem__(self, index: Any, value: Any) -> None:
        raise LimitException(self._text)


class Image:
    """One loaded copy of a program.

    ``unit_code`` gives the code of a unit by its ``q``, or None.
    """

    def __init__(self, unit_code: Callable[[str], UnitCode | None], schema: Schema) -> None:
        self._unit_code = unit_code
        self.types = Types(schema)
        self.units: dict[str, UnitCode] = {}
        self.codes: dict[str, ClassCode] = {}
        self.display: dict[str, str] = {}
        self._versions: dict[str, float] = {}
        self.sharing: dict[str, str] = {}
        """How functions run, as far as their classes say: with, without or inherited."""
        self._rtypes: dict[str, RType] = {}
        self._stateful: list[tuple[ClassCode, tuple[str, ...]]] = []
        self._built: set[str] = set()
        self.coverage: Any = None
        self._tripwire: Tripwire | None = None
        self.globals: dict[str, Any] = {
            **OPERATORS,
            "__builtins__": _BUILTINS,
            "_x": None,
            "_initialise": self.initialise,
            "_static": self.static,
            "_invoke": self.invoke,
            "_invoke_extended": self.invoke_extended,
            "_super_call": self.super_call,
            "_caught": self.caught,
            "_made": self.made,
            "_describe_sobject": self._describe_sobject,
            "_describe_field": self._describe_field,
        }

    # ------------------------------------------------------------------ loading

    def load(self, q: str) -> UnitCode | None:
        """Load a unit and all that it needs; ``None`` when the program has no such unit."""
        unit = self.units.get(q)
        if unit is not None:
            return unit
        unit = self._unit_code(q)
        if unit is not None:
            self.adopt(unit)
        return unit

    def adopt(self, unit: UnitCode) -> None:
        """Load a unit, be it part of the program or an anonymous block, and all that it needs: all or nothing."""
        units = self._missing(unit)
        for one in units:
            self._define(one)
        for one in units:
            self._fill(one)
        codes = [code for one in units for code in one.classes]
        for code in codes:
            self.build(code.q)
        for code in codes:
            self._settle(code)

    def _missing(self, unit: UnitCode) -> list[UnitCode]:
        """The unit and those that it needs, at any remove, that are not loaded yet."""
        found = {unit.q: unit}
        waiting = [unit]
        while waiting:
            for q in waiting.pop().needs:
                if q in self.units or q in found:
                    continue
                needed = self._unit_code(q)
                if needed is None:
                    raise UnexpectedException(f"Dependent class is invalid and needs recompilation: {q}")
                found[q] = needed
                waiting.append(needed)
        return list(found.values())

    def _define(self, unit: UnitCode) -> None:
        """Define the functions of a unit."""
        self.units[unit.q] = unit
        for code in unit.classes:
            self.codes[code.q] = code
            self._reset(code)
            statics = tuple(f.attribute for f in code.fields if f.static and f.constant is None)
            if statics or code.static_init:
                self._stateful.append((code, statics))
        self.display.update(unit.display)
        self.sharing.update(unit.sharing)
        self._versions.update(dict.fromkeys(unit.display, unit.api_version))
        self.globals["c:" + unit.q] = self._lines(unit)
        exec(unit.code, self.globals)  # noqa: S102  # our own generated code

    def _fill(self, unit: UnitCode) -> None:
        """Make the constants of a unit."""
        for name, parts in unit.constants.items():
            if name not in self.globals:
                self.globals[name] = self.constant(parts)

    def _lines(self, unit: UnitCode) -> list[int]:
        if self._tripwire is not None:
            return self._tripwire
        if self.coverage is not None:
            found: list[int] = self.coverage.hits(unit)
            return found
        return [0] * unit.lines

    def cover(self, coverage: Any) -> None:
        """Record what runs from now on in that coverage."""
        if coverage is not self.coverage:
            self.coverage = coverage
            self._lay_lines()

    def _lay_lines(self) -> None:
        for q, unit in list(self.units.items()):  # a watching thread may come while units are loaded
            self.globals["c:" + q] = self._lines(unit)

    def trip(self, text: str) -> None:
        """Make the next statement of any unit raise a LimitException with that text."""
        self._tripwire = Tripwire(text)
        self._lay_lines()

    def untrip(self) -> None:
        """Undo :meth:`trip`."""
        if self._tripwire is not None:
            self._tripwire = None
            self._lay_lines()

    # ------------------------------------------------------------------ types and constants

    def rtype(self, spec: str) -> RType:
        """The run-time type of a type spec (see ``code.names.spec``)."""
        found = self._rtypes.get(spec)
        if found is None:
            found = self._rtypes[spec] = self._make_rtype(spec)
        return found

    def _make_rtype(self, spec: str) -> RType:
        primitive = types.PRIMITIVES.get(spec.lower())
        if primitive is not None:
            return primitive
        kind, _, rest = spec.partition(":")
        if kind == "sobject":
            return rtype_of(rest)
        if kind == "user":
            return self._user_rtype(rest)
        if spec == "NULL":
            return types.OBJECT
        name, _, inner = rest.partition("<")
        arguments = tuple(self.rtype(part) for part in split_arguments(inner[:-1])) if inner else ()
        if arguments and name in ("System.List", "System.Set", "System.Map"):
            return types.collection_of(name[7:].lower(), arguments)
        if kind == "enum":
            return RType("enum", name)
        shown = f"{name}<{','.join(a.name for a in arguments)}>" if arguments else name
        return RType("platform", shown, arguments, registry.find_class(name))

    def _user_rtype(self, q: str) -> RType:
        code = self.codes.get(q)
        if code is None:
            self.load(q.split(".", 1)[0])
            code = self.codes[q]
        found = self._rtypes.get(f"user:{q}")
        if found is not None:
            return found
        kind: Any = {"interface": "interface", "enum": "enum"}.get(code.kind, "class")
        made = RType(kind, code.name)
        if kind == "enum":
            made.enum = EnumType(code.name, code.constants)
        self._rtypes[f"user:{q}"] = made
        return made

    def constant(self, parts: tuple[str, ...]) -> Any:
        """The value of a constant of generated code."""
        kind, *rest = parts
        if kind == "type":
            return self.rtype(rest[0])
        if kind == "decimal":
            return Decimal(rest[0])
        if kind == "native":
            return registry.by_key(rest[0])
        if kind == "class":
            return registry.find_class(rest[0]) or _unknown_exception(rest[0])
        if kind == "sobject":
            return self.types.get(rest[0])
        if kind == "field":
            return self.types.get(rest[0]).field_token(rest[1])
        if kind == "enum":
            return platform_enum(rest[0], *rest[1].split(","))[rest[2]]
        if kind == "enumtype":
            return platform_enum(rest[0], *rest[1].split(","))
        if kind == "userenum":
            return self.rtype(f"user:{rest[0]}").enum[rest[1]]
        if kind == "userenumtype":
            return self.rtype(f"user:{rest[0]}").enum
        if kind == "typevalue":
            return self.type_value(self.rtype(rest[0]))
        raise ValueError(f"constant {parts}")

    def type_value(self, rtype: RType) -> Any:
        """The ``System.Type`` of a type."""
        cls = registry.find_class("System.Type")
        if cls is None:
            raise NotSupported("System.Type")
        return cls(rtype)

    # ------------------------------------------------------------------ classes

    def build(self, q: str) -> None:
        """Make the Python class of a user class, its base first."""
        if q in self._built:
            return
        self._built.add(q)
        code = self.codes[q]
        rtype = self.rtype(f"user:{q}")
        if code.kind == "enum":
            return
        base: type = ApexObject
        if code.super and code.super.startswith("user:"):
            parent = code.super[5:]
            if parent not in self.codes:
                self.load(parent.split(".", 1)[0])
            self.build(parent)
            base = self.globals["C:" + parent]
        elif code.super:
            name = code.super.partition(":")[2].partition("<")[0]
            base = registry.find_class(name) or (ApexException if _is_exception(name) else ApexObject)
        made = type(code.name, (base,), self._namespace(code, rtype, base))
        rtype.python = made
        self.globals["C:" + q] = made

    def _settle(self, code: ClassCode) -> None:
        """Resolve the types of fields and parameters, which may name any class."""
        cls: Any = self.globals.get("C:" + code.q)
        if cls is None:
            return
        cls.apex_fields = tuple(
            (f.name, f.attribute, self.rtype(f.type), f.transient) for f in code.fields if not f.static
        )
        methods: dict[str, list[tuple[str, tuple[Any, ...]]]] = {}
        for method in code.methods:
            if not method.abstract and (not method.static or method.attribute in cls.__dict__):
                parameters = tuple(self.rtype(p) for p in method.parameters)
                methods.setdefault(method.name.lower(), []).append((method.attribute, parameters))
        cls.apex_methods = methods

    def _namespace(self, code: ClassCode, rtype: RType, base: type) -> dict[str, Any]:
        space: dict[str, Any] = {
            "apex_type": code.name,
            "apex_supers": frozenset(code.supers),
            "rtype": rtype,
            "apex_code": code,
            "apex_image": self,
            "apex_begin": self.globals.get(f"{code.q}.<fields>"),
        }
        for field in code.fields:
            if not field.static:
                space[field.attribute] = None
                for kind, there in (("get", field.getter), ("set", field.setter)):
                    function = self.globals.get(f"{code.q}.{kind}:{field.name.lower()}")
                    if there and function is not None:
                        space[f"{kind}:{field.name.lower()}"] = function
        for method in code.methods:
            if method.abstract:
                continue
            function = self.globals[method.function]
            if method.static:
                # A static method may fulfil an interface's method, so that it is called on an instance.
                if not hasattr(base, method.attribute):
                    space[method.attribute] = staticmethod(function)
                continue
            space[method.attribute] = function
            if issubclass(base, ApexException):
                alias = _EXCEPTION_METHODS.get((method.name.lower(), len(method.parameters)))
                if alias:
                    space[alias] = function
        for asked, attribute in code.bridges:
            space.setdefault(asked, _bridge(attribute))
        self.compare_by(space)
        return space

    @staticmethod
    def compare_by(space: dict[str, Any]) -> None:
        """What has ``equals`` and ``hashCode`` of its own is compared and hashed by them."""
        equal = "equals(object)" if "equals(object)" in space else None
        hashed = "hashcode()" if "hashcode()" in space else None
        if equal is not None:
            function = space[equal]
            space["__eq__"] = lambda self, other: bool(function(self, other))
            space["__ne__"] = lambda self, other: not function(self, other)
            space["__hash__"] = object.__hash__
        if hashed is not None:
            code = space[hashed]
            space["__hash__"] = lambda self: hash(code(self))

    # ------------------------------------------------------------------ statics

    def initialise(self, q: str) -> None:
        """Run the static initialisers of a class, once in a transaction."""
        self.globals["i:" + q] = True
        self.globals[q + ".<clinit>"]()

    def ready(self, q: str) -> None:
        """See to it that a class is loaded and its statics are initialised."""
        if q not in self.codes:
            self.load(q.split(".", 1)[0])
        if not self.globals.get("i:" + q):
            self.initialise(q)

    def static(self, q: str, name: str) -> Any:
        """A static field of a class that may not be initialised yet."""
        self.ready(q)
        return self.globals[name]

    def _reset(self, code: ClassCode) -> None:
        self.globals["i:" + code.q] = not code.static_init
        for field in code.fields:
            if field.static:
                self.globals[field.attribute] = field.constant

    def detach(self) -> dict[str, Any]:
        """Take the statics out, as a transaction leaves."""
        kept: dict[str, Any] = {}
        for code, statics in self._stateful:
            name = "i:" + code.q
            kept[name] = self.globals[name]
            for static in statics:
                kept[static] = self.globals[static]
            self._reset(code)
        self.globals["_x"] = None
        return kept

    def attach(self, execution: Any, statics: dict[str, Any], coverage: Any) -> None:
        """Serve a transaction, with the statics it left."""
        self.untrip()
        self.cover(coverage)
        self.globals["_x"] = execution
        self.globals.update(statics)

    def hand_over(self, execution: Any, coverage: Any) -> None:
        """Serve another transaction that shares the statics of the one before: a test and what it started."""
        self.untrip()
        self.cover(coverage)
        self.globals["_x"] = execution

    # ------------------------------------------------------------------ calls

    def invoke(self, receiver: Any, name: str, *arguments: Any) -> Any:
        """An instance method by name, on a user object, a platform object or a plain value."""
        if receiver is None:
            raise null_pointer()
        attribute = find_method(receiver.__class__, name, arguments)
        if attribute is not None:
            return getattr(receiver, attribute)(*arguments)
        lowered = name.lower()
        own = getattr(receiver, name, None)
        if own is not None and callable(own) and hasattr(receiver, "apex_type"):
            if getattr(own, "contextual", False):
                return own(self.globals["_x"], *arguments)
            return own(*arguments)
        if lowered == "equals" and len(arguments) == 1:
            return OPERATORS["_equals"](receiver, arguments[0])
        if lowered == "hashcode":
            return hash_of(receiver)
        if lowered == "tostring":
            return to_text(receiver)
        if lowered == "clone" and not arguments and isinstance(receiver, ApexObject):
            return copy(receiver)  # as Java's clone: another object with the same field values
        found = registry.find(getattr(receiver, "apex_type", types.name_of(receiver)), name)
        if found is not None:
            return found.function(*([self.globals["_x"]] if found.context else []), receiver, *arguments)
        raise NotSupported(f"{types.name_of(receiver)}.{name}")

    def invoke_extended(self, receiver: Any, name: str, signature: str, *arguments: Any) -> Any:
        """A method of a platform class that user classes extend: theirs, where the receiver's class has it."""
        if receiver is None:
            raise null_pointer()
        attribute = find_method(receiver.__class__, name, arguments)
        if attribute is None:
            raise NotSupported(signature)
        return getattr(receiver, attribute)(*arguments)

    def super_call(self, receiver: Any, name: str, *arguments: Any) -> Any:
        """``super.f()`` of a platform method: exceptions, ``toString``, ``equals``, ``hashCode``."""
        if isinstance(receiver, ApexException):
            own = getattr(ApexException, name, None)
            if own is not None:
                return own(receiver, *arguments)
        lowered = name.lower()
        if lowered == "equals":
            return receiver is arguments[0]
        if lowered == "hashcode":
            return object.__hash__(receiver) & 0x7FFFFFFF
        if lowered == "tostring":
            return f"{receiver.apex_type}:[]"
        raise NotSupported(f"super.{name}")

    def version_of(self, function: str) -> float:
        """The API version of the class that a function belongs to."""
        return self._versions.get(function, 0.0)

    def _describe_sobject(self, token: Any) -> Any:
        return self._described("Schema.SObjectType", token)

    def _describe_field(self, token: Any) -> Any:
        return self._described("Schema.SObjectField", token)

    def _described(self, type_name: str, token: Any) -> Any:
        found = registry.find(type_name, "getDescribe")
        if found is None:
            raise NotSupported(f"{type_name}.getDescribe")
        return found.function(*([self.globals["_x"]] if found.context else []), token)

    # ------------------------------------------------------------------ errors

    def caught(self, error: BaseException) -> ApexException:
        """The Apex exception that an error means to a ``catch``; raised again when nothing may catch it."""
        found = self.translated(error)
        if found.uncatchable:
            raise found
        return found

    def translated(self, error: BaseException) -> ApexException:
        """The Apex exception that a Python error of generated code means, with its stack frames."""
        trace = error.__traceback__
        if isinstance(error, ApexException):
            found: ApexException = error
        elif isinstance(error, RecursionError):
            found = LimitException("Maximum stack depth reached: 1001")
        elif isinstance(error, MemoryError):
            found = LimitException(f"Apex heap size too large: {resident()}")
        elif isinstance(error, decimal.Overflow):
            found = MathException("Overflow")
        elif isinstance(error, ApexFailure):
            found = refused(error)
        elif self._is_null(error):
            right = "and 'NoneType'" in str(error) and "decimal.Decimal" in str(error)
            found = NullPointerException("Argument cannot be null.") if right else null_pointer()
        else:
            found = UnexpectedException(f"Internal error of the embedded org: {type(error).__name__}: {error}")
            found.__cause__ = error
        if not found.thrown:
            found.thrown = True
            found.frames = self._frames(trace)
        return found

    def made(self, exception: ApexException) -> ApexException:
        """An exception that ``new`` made, with the frames of that place."""
        if not exception.frames:
            exception.frames = _joined(self._outer_frames(sys._getframe(1)))
        return exception

    def line(self) -> int:
        """The Apex line that runs now, asked from within a platform call; 0 when no Apex runs."""
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_globals is self.globals and frame.f_code.co_name in self.display:
                return frame.f_lineno
            frame = frame.f_back  # type: ignore[assignment]
        return 0

    def _is_null(self, error: BaseException) -> bool:
        """Whether a Python error is a null at a generated site: anything else is a fault of the engine."""
        if not isinstance(error, (AttributeError, TypeError)):
            return False
        last: TracebackType | None = error.__traceback__
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        if last is None or last.tb_frame.f_code.co_name not in self.display:
            return False
        return "NoneType" in str(error)

    def _frames(self, trace: TracebackType | None) -> tuple[Frame, ...]:
        found: list[Frame] = []
        display, space = self.display, self.globals
        first = trace.tb_frame if trace is not None else None
        while trace is not None:
            code = trace.tb_frame.f_code
            if trace.tb_frame.f_globals is space and code.co_name in display:
                found.append(Frame(display[code.co_name], trace.tb_lineno, code.co_name.endswith(".<fields>")))
            trace = trace.tb_next
        found.reverse()
        return _joined([*found, *self._outer_frames(first.f_back if first is not None else None)])

    def _outer_frames(self, outer: FrameType | None) -> list[Frame]:
        """The Apex frames from one outwards to where the platform called Apex."""
        found: list[Frame] = []
        while outer is not None and outer.f_globals.get("__name__") not in _ENTRIES:
            name = outer.f_code.co_name
            if outer.f_globals is self.globals and name in self.display:
                found.append(Frame(self.display[name], outer.f_lineno, name.endswith(".<fields>")))
            outer = outer.f_back
        return found


def _joined(found: list[Frame]) -> tuple[Frame, ...]:
    return tuple(frame for index, frame in enumerate(found) if not (index and found[index - 1].initialising_of(frame)))


def refused(failure: ApexFailure) -> ApexException:
    """What the org itself refused, as an exception that Apex cannot catch."""
    cls = type(failure.type_name, (ApexException,), {"apex_type": failure.type_name, "uncatchable": True})
    made: ApexException = cls(failure.message)
    return made


def _bridge(attribute: str) -> Any:
    """A method that hands its arguments to another one of the same object."""
    return lambda self, *arguments: getattr(self, attribute)(*arguments)


def split_arguments(text: str) -> list[str]:
    """Type arguments at the top level."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        if char == "<":
            depth += 1
        elif char == ">":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


_unknown: dict[str, type[ApexException]] = {}


def _unknown_exception(name: str) -> type[ApexException]:
    """A platform class that nothing raises: an empty class, so that ``catch`` and ``new`` of it work."""
    found = _unknown.get(name)
    if found is None:
        found = _unknown[name] = type(name.rsplit(".", 1)[-1], (ApexException,), {"apex_type": name})
    return found


__all__ = ["Image", "SObject"]
