"""Annotations: which exist, their properties, and what they ask of a method."""

from __future__ import annotations

from dataclasses import dataclass

from orgwright.apex.check.report import Problem
from orgwright.apex.syntax import tree
from orgwright.apex.types.model import OBJECT, UNKNOWN, VOID, PlatformType, Primitive, Type, is_list, is_map, is_set
from orgwright.apex.types.symbols import ClassSymbol, MethodSymbol


@dataclass(frozen=True)
class _Rule:
    """An annotation: its name in messages, its properties, what it may stand on, and what else that has to be."""

    name: str
    on: frozenset[str]
    properties: frozenset[str] = frozenset()
    required: tuple[str, ...] = ()
    """Properties that must be given, as Salesforce spells them."""
    words: tuple[str, ...] = ()
    """Modifiers that must be there."""
    scopes: tuple[str, ...] = ()
    """Modifiers one of which must be there."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TYPES = _set("classes interfaces enums")
_MEMBERS = _set("methods constructors fields properties")
_VALUES = _set("fields properties")
_METHOD = _set("methods")
_OPEN = ("public", "global")


def _rest(name: str) -> _Rule:
    return _Rule(name, _METHOD, words=("global", "static"))


_RULES = {
    "auraenabled": _Rule("AuraEnabled", _METHOD | _VALUES, _set("cacheable continuation scope"), scopes=_OPEN),
    "deprecated": _Rule("Deprecated", _TYPES | _MEMBERS),
    "future": _Rule("Future", _METHOD, _set("callout limits"), words=("static",)),
    "httpdelete": _rest("HttpDelete"),
    "httpget": _rest("HttpGet"),
    "httppatch": _rest("HttpPatch"),
    "httppost": _rest("HttpPost"),
    "httpput": _rest("HttpPut"),
    "invocablemethod": _Rule(
        "InvocableMethod",
        _METHOD,
        _set("label description callout category configurationeditor iconname capabilitytype"),
        words=("static",),
        scopes=_OPEN,
    ),
    "invocablevariable": _Rule(
        "InvocableVariable",
        _VALUES,
        _set("label description required placeholdertext defaultvalue capabilitytype"),
        scopes=_OPEN,
    ),
    "istest": _Rule(
        "testMethod",
        _METHOD | _TYPES,
        _set("seealldata isparallel oninstall critical testfor"),
    ),
    "jsonaccess": _Rule("JsonAccess", _set("classes"), _set("serializable deserializable")),
    "namespaceaccessible": _Rule("NamespaceAccessible", _TYPES | _MEMBERS),
    "readonly": _Rule("ReadOnly", _METHOD),
    "remoteaction": _Rule("RemoteAction", _METHOD, words=("static",), scopes=_OPEN),
    "restresource": _Rule(
        "RestResource", _set("classes"), _set("urlmapping"), required=("urlMapping",), words=("global",)
    ),
    "suppresswarnings": _Rule("SuppressWarnings", _TYPES | _MEMBERS, _set("value")),
    "testsetup": _Rule("TestSetup", _METHOD, words=("static",)),
    "testvisible": _Rule("TestVisible", _TYPES | _MEMBERS),
}
_BOOLEANS = _set("cacheable callout continuation critical isparallel oninstall required seealldata")
"""The properties that are true or false; the others are texts, but for the default value of a variable."""
_URL_LENGTH = 255
_VERBS = frozenset(("httpdelete", "httpget", "httppatch", "httppost", "httpput"))
_ONE_PER_TYPE = _VERBS | {"invocablemethod", "testsetup"}
_TESTS_APART = 28
"""The API version since which test methods stand in test classes only."""
_ONE_AURA_METHOD = 55
"""The API version since which @AuraEnabled methods cannot be overloaded."""


def annotation(annotations: tuple[tree.Annotation, ...], name: str) -> tree.Annotation | None:
    """The annotation of that lower-case name."""
    return next((a for a in annotations if a.name.lower() == name), None)


def check_annotations(modifiers: tree.Modifiers, noun: str, pos: int) -> None:
    """Refuse annotations that do not exist, stand twice, or do not fit what is declared.

    ``noun`` says in the plural what that is, as Salesforce's messages do; ``pos`` is its position.
    """
    seen: set[str] = set()
    for one in modifiers.annotations:
        low = one.name.lower()
        rule = _RULES.get(low)
        if rule is None:
            raise Problem(one.pos, f"Annotation does not exist: {one.name}")
        if low in seen:
            raise Problem(one.pos, "Duplicate modifier")
        seen.add(low)
        for key in one.values:
            if key not in rule.properties:
                raise Problem(one.pos, f"No such property, {key}, defined on this annotation: {one.name}")
            _check_value(one, key)
        if low == "jsonaccess" and not one.values:
            raise Problem(one.pos, "At least one JSON serialization control parameter must be specified")
        if low == "invocablevariable" and "static" in modifiers.words:
            raise Problem(pos, f"{rule.name} {noun} cannot be static")
        _check_place(one, rule, modifiers.words, noun, pos)
        if low == "restresource":
            _check_url(one)


def _check_value(one: tree.Annotation, key: str) -> None:
    if key in _BOOLEANS:
        if one.values[key].lower() not in ("true", "false"):
            raise Problem(one.pos, f"Invalid value for property {key} expected type Boolean")
    elif key != "defaultvalue" and key in one.numbers | one.booleans:
        raise Problem(one.pos, f"Invalid value for property {key} expected type String")


def _check_place(one: tree.Annotation, rule: _Rule, words: tuple[str, ...], noun: str, pos: int) -> None:
    if noun not in rule.on:
        raise Problem(pos, f"{rule.name} is not allowed on {noun}")
    for wanted in rule.required:
        if wanted.lower() not in one.values:
            raise Problem(one.pos, f"Required property is missing: {wanted}")
    for word in rule.words:
        if word not in words:
            raise Problem(pos, f"{rule.name} {noun} must be declared as {word}")
    if rule.scopes and not set(rule.scopes) & set(words) and "webservice" not in words:
        listed = ", ".join(rule.scopes)
        raise Problem(pos, f"{rule.name} {noun} require at least one of the following {listed}")


def _check_url(one: tree.Annotation) -> None:
    url = one.values["urlmapping"]
    if not url:
        raise Problem(one.pos, "Rest Resource url cannot be empty")
    if len(url) > _URL_LENGTH:
        raise Problem(one.pos, f"Rest Resource url cannot be longer than {_URL_LENGTH} characters")
    if not url.startswith("/"):
        raise Problem(one.pos, "Rest Resource url must begin with a forward slash, '/'")
    for i, sign in enumerate(url):
        if sign != "*":
            continue
        if url[i - 1] != "/":
            raise Problem(one.pos, "Rest Resource url wildcard, '*', must be preceded by a forward slash, '/'")
        if url[i + 1 : i + 2] not in ("", "/"):
            text = "must be followed by a forward slash, '/', or be the last character"
            raise Problem(one.pos, f"Rest Resource url wildcard, '*', {text}")


def check_test(method: MethodSymbol, modifiers: tree.Modifiers) -> None:
    """What @IsTest and @TestSetup ask of a method and of its class."""
    owner = method.owner
    name = "testMethod" if method.is_test else "TestSetup"
    if "static" not in modifiers.words:
        raise Problem(method.pos, f"{name} methods must be declared as static")
    if not owner.is_test and (method.is_test_setup or owner.api_version >= _TESTS_APART):
        raise Problem(method.pos, f"Defining type for {name} methods must be declared as IsTest")
    if method.types:
        raise Problem(method.pos, "Test methods must have no arguments")
    if method.is_test_setup and method.returns is not VOID and method.returns is not UNKNOWN:
        raise Problem(method.pos, "Test setup method must return void")
    if method.is_test_setup and owner.see_all_data:
        raise Problem(method.pos, "Test class cannot be annotated with @isTest(SeeAllData=true)")


def check_method(method: MethodSymbol) -> None:
    """What @Future, @AuraEnabled, @InvocableMethod and the REST annotations ask of a method beyond its modifiers."""
    for one in method.annotations:
        low = one.name.lower()
        if low == "future":
            _future(method)
        elif low == "auraenabled":
            _aura(method)
        elif low == "invocablemethod":
            _invocable(method)
        elif low in _VERBS:
            _verb(method, _RULES[low].name)
        if low in _ONE_PER_TYPE:
            _only_one(method, one)


def _aura(method: MethodSymbol) -> None:
    if not method.static:
        if not method.name.lower().startswith("get"):
            raise Problem(method.pos, "Non static AuraEnabled methods must be named with a prefix 'get'")
        if method.types:
            raise Problem(method.pos, "Non static AuraEnabled methods may not have parameters")
    alike = [
        one
        for one in method.owner.methods[method.name.lower()]
        if any(annotation.name.lower() == "auraenabled" for annotation in one.annotations)
    ]
    if len(alike) > 1 and method.owner.api_version >= _ONE_AURA_METHOD:
        raise Problem(method.pos, f"Overload of AuraEnabled method: {method.name} overload is not permitted")


def _verb(method: MethodSymbol, name: str) -> None:
    if annotation(method.owner.annotations, "restresource") is None:
        raise Problem(method.pos, f"Defining type for {name} methods must be declared as RestResource")
    if method.types and name in ("HttpGet", "HttpDelete"):
        raise Problem(method.pos, f"{name} methods do not support parameters")


def _future(method: MethodSymbol) -> None:
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
    if len(method.types) > 1:
        raise Problem(method.pos, "Only one parameter is supported on methods with @Invocable annotation")
    for kind in method.types:
        if not is_list(kind) and kind is not UNKNOWN:
            raise Problem(
                method.pos,
                f"Unsupported parameter type {kind.name}. Valid invocable parameters must be List types like List<T> "
                "where T is a supported type",
            )
    if method.returns not in (VOID, UNKNOWN) and not is_list(method.returns):
        raise Problem(method.pos, f"InvocableMethod methods do not support return type of {method.returns.name}")


def _only_one(method: MethodSymbol, one: tree.Annotation) -> None:
    owner: ClassSymbol = method.owner
    for group in owner.methods.values():
        for other in group:
            if other is not method and other.pos < method.pos and annotation(other.annotations, one.name.lower()):
                raise Problem(method.pos, f"Only one method per type can be defined with: {one.name}")
