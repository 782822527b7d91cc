"""Annotations: which exist, their properties, and what they ask of a method."""

from __future__ import annotations

from orgwright.apex.check.report import Problem
from orgwright.apex.syntax import tree
from orgwright.apex.types.model import OBJECT, UNKNOWN, VOID, PlatformType, Primitive, Type, is_list, is_map, is_set
from orgwright.apex.types.symbols import ClassSymbol, MethodSymbol

_PROPERTIES: dict[str, frozenset[str]] = {
    "auraenabled": frozenset(("cacheable", "continuation", "scope")),
    "deprecated": frozenset(),
    "future": frozenset(("callout", "limits")),
    "httpdelete": frozenset(),
    "httpget": frozenset(),
    "httppatch": frozenset(),
    "httppost": frozenset(),
    "httpput": frozenset(),
    "invocablemethod": frozenset(
        ("label", "description", "callout", "category", "configurationeditor", "iconname", "capabilitytype")
    ),
    "invocablevariable": frozenset(
        ("label", "description", "required", "placeholdertext", "defaultvalue", "capabilitytype")
    ),
    "istest": frozenset(("seealldata", "isparallel", "oninstall", "critical", "testfor")),
    "jsonaccess": frozenset(("serializable", "deserializable")),
    "namespaceaccessible": frozenset(),
    "readonly": frozenset(),
    "remoteaction": frozenset(),
    "restresource": frozenset(("urlmapping",)),
    "suppresswarnings": frozenset(("value",)),
    "testsetup": frozenset(),
    "testvisible": frozenset(),
}
_ONE_PER_TYPE = frozenset(("invocablemethod", "httpdelete", "httpget", "httppatch", "httppost", "httpput"))


def annotation(annotations: tuple[tree.Annotation, ...], name: str) -> tree.Annotation | None:
    """The annotation of that lower-case name."""
    return next((a for a in annotations if a.name.lower() == name), None)


def check_annotations(modifiers: tree.Modifiers) -> None:
    """Refuse unknown and repeated annotations and unknown properties."""
    seen: set[str] = set()
    for one in modifiers.annotations:
        low = one.name.lower()
        known = _PROPERTIES.get(low)
        if known is None:
            raise Problem(one.pos, f"Annotation does not exist: {one.name}")
        if low in seen:
            raise Problem(one.pos, "Duplicate modifier")
        seen.add(low)
        for key in one.values:
            if key not in known:
                raise Problem(one.pos, f"No such property, {key}, defined on this annotation: {one.name}")


def check_method(method: MethodSymbol) -> None:
    """What @future, @AuraEnabled, @InvocableMethod and the REST annotations ask of a method."""
    for one in method.annotations:
        low = one.name.lower()
        if low == "future":
            _future(method)
        elif low == "auraenabled" and not method.static and not method.name.lower().startswith("get"):
            raise Problem(method.pos, "Non static AuraEnabled methods must be named with a prefix 'get'")
        elif low == "invocablemethod":
            _invocable(method)
        if low in _ONE_PER_TYPE:
            _only_one(method, one)


def _future(method: MethodSymbol) -> None:
    if not method.static:
        raise Problem(method.pos, "Future methods must be declared as static")
    if method.returns is not VOID and method.returns is not UNKNOWN:
        raise Problem(method.pos, "Future methods must return void")
    for kind in method.types:
        if not _primitive(kind):
            raise Problem(method.pos, f"Future methods do not support parameter type of {kind.name}")


def _primitive(kind: Type) -> bool:
    """A primitive, or a collection of primitives."""
    if isinstance(kind, PlatformType) and (is_list(kind) or is_set(kind) or is_map(kind)):
        return all(_primitive(a) for a in kind.args)
    return isinstance(kind, Primitive) and kind is not OBJECT


def _invocable(method: MethodSymbol) -> None:
    if not method.static:
        raise Problem(method.pos, "InvocableMethod methods must be declared as static")
    if len(method.types) > 1:
        raise Problem(method.pos, "Only one parameter is supported on methods with @Invocable annotation")
    for kind in method.types:
        if not is_list(kind) and kind is not UNKNOWN:
            raise Problem(
                method.pos,
                f"Unsupported parameter type {kind.name}. Valid invocable parameters must be List types like List<T> "
                "where T is a supported type",
            )


def _only_one(method: MethodSymbol, one: tree.Annotation) -> None:
    owner: ClassSymbol = method.owner
    for group in owner.methods.values():
        for other in group:
            if other is not method and other.pos < method.pos and annotation(other.annotations, one.name.lower()):
                raise Problem(method.pos, f"Only one method per type can be defined with: {one.name}")
