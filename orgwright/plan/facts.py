"""A metadata document as flat facts (``valueSet.restricted`` -> ``true``), so that two of them can be compared one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from orgwright.metadata import Component, xml

Facts = Mapping[str, str]

# What tells repeated elements of one name apart, in the order in which it is looked for.
_NAMED_BY = (
    "fullName",
    "field",
    "object",
    "apexClass",
    "name",
    "externalCredentialPrincipal",
    "parameterName",
    "parameterType",
    "valueName",
    "outputObject",
    "inputField",
)
# What an absent element means; only these are compared where the spec is silent.
_DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "CustomField": {"unique": "false", "externalId": "false", "required": "false", "formula": ""},
}
# Where the org's answer need not be what was deployed: names of the parent, and what Salesforce works out by itself.
_LEFT_OUT: Mapping[str, frozenset[str]] = {
    "CustomField": frozenset({"fullName", "startingNumber", "populateExistingRows"}),
    "CustomObject": frozenset({"fullName", "nameField.startingNumber"}),
    "ConnectedApp": frozenset({"oauthConfig.consumerKey", "oauthConfig.consumerSecret"}),
}

_KEPT = 20_000
"""Components whose facts are kept: more than a connector has."""

# Picklists merge on deploy: further values of the org stay, and are no difference.
_MERGED = frozenset({"values"})
_LABEL = "label of "


def even(attribute: str, expected: str, actual: str | None) -> bool:
    """Whether the org's value of an attribute (None: it says nothing of it) is what is expected."""
    if actual is None:
        # a value that is not there has no label: that it is not there is told already
        return expected in ("", "false") or attribute.startswith(_LABEL)
    if attribute in _MERGED:
        return set(expected.split(", ")) <= set(actual.split(", "))
    return expected == actual


def facts_of(kind: str, root: xml.Element) -> dict[str, str]:
    """The facts of a document.

    Args:
        kind: metadata type (``CustomField``), which decides on defaults and on what is left out.
        root: the document, or the record or element of an answer that holds the same children.
    """
    found = dict(_DEFAULTS.get(kind, {}))
    for path, text in _walk(root, ""):
        if path in found and path not in _DEFAULTS.get(kind, {}):
            found[path] = ", ".join(sorted([*found[path].split(", "), text]))
        else:
            found[path] = text
    for path in _LEFT_OUT.get(kind, ()):
        found.pop(path, None)
    if kind == "CustomField":
        return _field(found)
    return found


@lru_cache(maxsize=_KEPT)
def of_component(component: Component) -> Facts:
    """The facts of a declarative component. A plan asks for them several times, so they are kept."""
    return facts_of(component.type, xml.parse(component.body, name=component.name))


def _walk(element: xml.Element, path: str) -> Iterator[tuple[str, str]]:
    for child in element.iterchildren("*"):
        here = f"{path}{xml.local(child)}"
        if next(child.iterchildren("*"), None) is None:
            yield here, " ".join((child.text or "").split())
        else:
            key = _key(child)
            yield from _walk(child, f"{here}[{key}]." if key is not None else f"{here}.")


def _key(element: xml.Element) -> str | None:
    """What tells an element apart from others of its name."""
    texts: dict[str, str | None] = {}
    for child in element.iterchildren("*"):
        texts.setdefault(xml.local(child), child.text)
    return next((text for tag in _NAMED_BY if (text := texts.get(tag))), None)


def _field(found: dict[str, str]) -> dict[str, str]:
    """Fields say their picklist values as one list, with labels that differ, and keep their attributes' own names."""
    if not any(path.startswith("valueSet.") for path in found):
        return found
    prefix = "valueSet.valueSetDefinition.value["
    values = [path for path in found if path.startswith(prefix) and path.endswith("].fullName")]
    rest = {path: text for path, text in found.items() if not path.startswith("valueSet.valueSetDefinition.")}
    active = [found[path] for path in values if found.get(path.removesuffix("fullName") + "isActive") != "false"]
    if values:
        rest["values"] = ", ".join(active)
        default = [found[p] for p in values if found.get(p.removesuffix("fullName") + "default") == "true"]
        rest["default value"] = ", ".join(default)
        rest["sorted"] = found.get("valueSet.valueSetDefinition.sorted", "false")
        for path in values:
            rest[f"{_LABEL}{found[path]}"] = found.get(path.removesuffix("fullName") + "label") or found[path]
    for path in list(rest):
        if path.startswith("valueSet."):
            rest[path.removeprefix("valueSet.")] = rest.pop(path)
    return rest
