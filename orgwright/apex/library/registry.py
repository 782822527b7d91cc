"""How platform methods get their Python: decorators that the modules of ``library/`` use.

There are two ways to implement a platform type, and they mix freely:

1. A Python class whose methods have the Apex methods' names. Generated code calls the method directly::

       @platform("System.HttpRequest")
       class HttpRequest(PlatformObject):
           def setEndpoint(self, value): ...
           @contextual
           def send(self, execution, value): ...      # gets the Execution after ``self``

   ``new HttpRequest(...)`` becomes ``HttpRequest(...)`` unless ``<init>`` is registered as a native. Attributes
   whose names are those of declared properties serve as the properties.

2. A function for a method, needed for types whose values are plain Python values (String, Integer, Date, SObject ...)
   and for static methods::

       @native("String.length")                    # instance methods get the receiver first; it is never None
       @native("String.valueOf(Date)")             # a signature wins over a bare name
       @native("Database.query", context=True)     # the Execution comes first
       @native("Url.<init>(String)")               # constructors
       @getter("Url.host")   @setter("RestContext.request", context=True)     # properties; static ones get no receiver

Keys ignore case and blanks, ``System.`` before a type may be left out; types of other namespaces keep theirs
(``Database.SaveResult.getId``, ``Schema.DescribeFieldResult.getName``). A declared method without a native fails when
it is called with "not supported by the embedded org". List, Set and Map live in ``runtime/collections.py``, exceptions
in ``runtime/exceptions.py``; both are platform classes of the first kind.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])
_C = TypeVar("_C", bound=type)

_QUALIFIER = re.compile(r"\bsystem\.(?=\w+[.<])")
_PARAMETER_QUALIFIER = re.compile(r"\bsystem\.")


@dataclass(frozen=True)
class Native:
    """The Python of one platform method; with ``context`` it gets the Execution as first argument."""

    key: str
    function: Callable[..., Any]
    context: bool = False


_natives: dict[str, Native] = {}
_classes: dict[str, type] = {}


def normal(key: str) -> str:
    """A key in the form of the tables: lower case, no blanks, types without ``System.``."""
    key = key.replace(" ", "").lower()
    name, bracket, parameters = key.partition("(")
    return _QUALIFIER.sub("", name) + bracket + _PARAMETER_QUALIFIER.sub("", parameters)


def type_key(name: str) -> str:
    """The table form of a platform type's name: ``System.List<String>`` gives ``list``."""
    key = name.split("<", 1)[0].replace(" ", "").lower()
    return key[7:] if key.startswith("system.") and key != "system." else key


def _register(kind: str, keys: tuple[str, ...], context: bool) -> Callable[[_F], _F]:
    def decorate(function: _F) -> _F:
        for key in keys:
            full = kind + normal(key)
            if full in _natives:
                raise ValueError(f"two natives for {kind}{key}")
            _natives[full] = Native(full, function, context)
        return function

    return decorate


def native(*keys: str, context: bool = False) -> Callable[[_F], _F]:
    """Register the Python of platform methods or constructors (``X.<init>``)."""
    return _register("", keys, context)


def getter(*keys: str, context: bool = False) -> Callable[[_F], _F]:
    """Register the Python that reads platform properties."""
    return _register("get ", keys, context)


def setter(*keys: str, context: bool = False) -> Callable[[_F], _F]:
    """Register the Python that writes platform properties (receiver if any, then the value)."""
    return _register("set ", keys, context)


def platform(*names: str) -> Callable[[_C], _C]:
    """Register a Python class as the platform types of these qualified names; the first is its run-time name."""

    def decorate(cls: _C) -> _C:
        for name in names:
            _classes[type_key(name)] = cls
        cls.apex_type = names[0]  # type: ignore[attr-defined]
        return cls

    return decorate


def contextual(function: _F) -> _F:
    """Mark a method of a platform class: it gets the Execution after ``self``."""
    function.contextual = True  # type: ignore[attr-defined]
    return function


def find(type_name: str, member: str, parameters: Sequence[str] = ()) -> Native | None:
    """The native of a method, the one of its exact signature first."""
    return _find("", type_name, member, parameters)


def find_getter(type_name: str, member: str) -> Native | None:
    """The native that reads a property."""
    return _find("get ", type_name, member, ())


def find_setter(type_name: str, member: str) -> Native | None:
    """The native that writes a property."""
    return _find("set ", type_name, member, ())


def _find(kind: str, type_name: str, member: str, parameters: Sequence[str]) -> Native | None:
    load()
    name = f"{kind}{type_key(type_name)}.{member.lower()}"
    signature = _PARAMETER_QUALIFIER.sub("", ",".join(parameters).replace(" ", "").lower())
    return _natives.get(f"{name}({signature})") or _natives.get(name)


def by_key(key: str) -> Callable[..., Any]:
    """The function of a native by the key of its :class:`Native`."""
    load()
    return _natives[key].function


def find_class(type_name: str) -> type | None:
    """The Python class of a platform type, if it has one; types that only hold data get theirs made."""
    load()
    key = type_key(type_name)
    found = _classes.get(key)
    if found is None:
        beans = importlib.import_module("orgwright.apex.library.beans")
        found = beans.find(key)
    return found


_loaded = False
_loading = threading.RLock()


def load() -> None:
    """Import every module of the library once, so that all natives are registered."""
    global _loaded
    if _loaded:
        return
    with _loading:
        for name in ("exceptions", "collections", "sobject", "operators"):
            importlib.import_module(f"orgwright.apex.runtime.{name}")
        package = importlib.import_module("orgwright.apex.library")
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
        _loaded = True
