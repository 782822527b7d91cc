"""Deep copies of Apex values between transactions: what a job carries, statics that change their image."""

from __future__ import annotations

from typing import Any

from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.compare import key_of
from orgwright.apex.runtime.exceptions import ApexException
from orgwright.apex.runtime.image import Image
from orgwright.apex.runtime.keyed import Map, Set
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import ApexObject, PlatformObject


class Frozen:
    """A value outside of any image; :func:`thaw` makes it live again."""

    __slots__ = ("data", "kind", "name")

    def __init__(self, kind: str, name: Any, data: Any) -> None:
        self.kind, self.name, self.data = kind, name, data


def freeze(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """A deep copy of a value that no longer refers to classes of an image."""
    memo = {} if memo is None else memo
    found = memo.get(id(value))
    if found is not None:
        return found
    if isinstance(value, (ApexObject, ApexException)) and hasattr(value, "apex_code"):
        made = memo[id(value)] = Frozen("object", value.apex_code.q, {})
        made.data = {name: freeze(item, memo) for name, item in value.__dict__.items()}
        return made
    if isinstance(value, SObject):
        made = memo[id(value)] = Frozen("sobject", (value.sobject_type.name, value.queried, value.clone_source), {})
        made.data = {name: freeze(item, memo) for name, item in value.fields.items()}
        return made
    if isinstance(value, List):
        made = memo[id(value)] = Frozen("list", describe(value.rtype), [])
        made.data = [freeze(item, memo) for item in value.items]
        return made
    if isinstance(value, Set):
        return Frozen("set", describe(value.rtype), [freeze(item, memo) for item in value.keys_listed()])
    if isinstance(value, Map):
        made = memo[id(value)] = Frozen("map", (describe(value.rtype), value.folds), [])
        made.data = [(freeze(k, memo), freeze(v, memo)) for k, v in value.entries()]
        return made
    if isinstance(value, tuple):
        return tuple(freeze(item, memo) for item in value)
    if isinstance(value, PlatformObject) and hasattr(value, "__dict__"):
        made = memo[id(value)] = Frozen("platform", value.__class__, {})
        made.data = {name: freeze(item, memo) for name, item in value.__dict__.items()}
        return made
    return value


def thaw(value: Any, image: Image, memo: dict[int, Any] | None = None) -> Any:
    """The value of :func:`freeze` with the classes of an image."""
    memo = {} if memo is None else memo
    if value.__class__ is tuple:
        return tuple(thaw(item, image, memo) for item in value)
    if value.__class__ is not Frozen:
        return value
    found = memo.get(id(value))
    if found is not None:
        return found
    made: Any
    if value.kind in ("object", "platform"):
        made = memo[id(value)] = _instance(value, image)
        for name, item in value.data.items():
            setattr(made, name, thaw(item, image, memo))
        return made
    if value.kind == "sobject":
        name, queried, source = value.name
        made = memo[id(value)] = SObject(image.types.get(name))
        made.queried, made.clone_source = queried, source
        made.fields.update((name, thaw(item, image, memo)) for name, item in value.data.items())
        return made
    if value.kind == "list":
        made = memo[id(value)] = List(restore(value.name, image))
        made.items.extend(thaw(item, image, memo) for item in value.data)
        return made
    if value.kind == "set":
        made = Set(restore(value.name, image))
        made.data.update((key_of(k) if made._wraps else k, None) for k in (thaw(i, image, memo) for i in value.data))
        return made
    made = memo[id(value)] = Map(restore(value.name[0], image), folds=value.name[1])
    for key, item in value.data:
        live = thaw(key, image, memo)
        made.data[key_of(live) if made._wraps else live] = thaw(item, image, memo)
    return made


def _instance(value: Frozen, image: Image) -> Any:
    if value.kind == "platform":
        return object.__new__(value.name)
    image.load(value.name.split(".", 1)[0])
    cls = image.globals["C:" + value.name]
    return cls.__new__(cls)


def describe(rtype: RType) -> Any:
    """A type without the classes of an image: user types by their ``q``."""
    if rtype.args:
        return (rtype.kind, rtype.name, tuple(describe(a) for a in rtype.args))
    code = getattr(rtype.python, "apex_code", None)
    if code is not None:
        return f"user:{code.q}"
    return f"user:{rtype.name.lower()}" if rtype.kind in ("class", "interface", "enum") and not rtype.python else rtype


def restore(described: Any, image: Image) -> RType:
    """The type of :func:`describe` in an image."""
    from orgwright.apex.runtime import types

    if isinstance(described, RType):
        return described
    if isinstance(described, str):
        try:
            return image.rtype(described)
        except KeyError:
            return types.OBJECT
    kind, name, arguments = described
    inner = tuple(restore(a, image) for a in arguments)
    return types.collection_of(kind, inner) if kind in ("list", "set", "map") else RType(kind, name, inner)


__all__ = ["freeze", "thaw"]
