"""Pack the facts about standard objects into the form that the embedded org loads.

The facts come as one JSON document (format ``orgwright standard objects``, see README.md in this folder); an
org needs a few of some thousand objects within milliseconds. So the packed file has one header line (index, value
sets) and one compressed part for each object, which is read when the object is first asked for.

Usage: ``python -m orgwright.localorg.data.pack FACTS.json orgwright/localorg/data/standard_objects.pack``
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path
from typing import Any

FLAGS = (
    "nillable", "createable", "updateable", "defaultedOnCreate", "unique", "idLookup", "nameField", "autoNumber",
    "caseSensitive", "restrictedPicklist", "permissionable", "calculated", "namePointing", "polymorphic",
    "htmlFormatted", "encrypted", "filterable", "sortable", "groupable", "dependentPicklist",
)  # fmt: skip
OBJECT_FLAGS = (
    "createable", "updateable", "deletable", "undeletable", "queryable", "searchable", "retrieveable",
    "replicateable", "layoutable", "mergeable", "triggerable", "feedEnabled", "mruEnabled", "activateable",
    "customSetting", "recordTypeable", "platformEvent",
)  # fmt: skip
EXTRAS = (
    "length", "precision", "scale", "digits", "compoundFieldName", "extraTypeInfo", "defaultValue", "referenceTo",
    "relationshipName", "picklist", "picklistLabels", "picklistDefault", "picklistSet", "feature",
)  # fmt: skip
_LONG = ("textarea", "string", "anyType")


def pack(facts: dict[str, Any]) -> bytes:
    """The packed document of ``facts``; the same facts always give the same bytes.

    With a list ``only``, the other objects are not packed: they serve as the far side of child relationships.
    """
    known = {name: o for name, o in sorted(facts["objects"].items()) if o.get("api") != "tooling"}
    only = facts.get("only")
    objects = known if only is None else {name: known[name] for name in sorted(only)}
    bodies: list[bytes] = []
    index: dict[str, Any] = {}
    offset = 0
    for name, entry in objects.items():
        body = zlib.compress(_dump(_body(entry, known, facts)), 9)
        index[name] = [
            entry["label"],
            entry["labelPlural"],
            entry["keyPrefix"],
            _bits(entry, OBJECT_FLAGS),
            entry.get("enabledBy", []),
            entry["families"],
            offset,
            len(body),
        ]
        bodies.append(body)
        offset += len(body)
    header = {"version": 2, "objects": index, "valueSets": _dump(facts["valueSets"]).decode()}
    return b"".join([_dump(header), b"\n", *bodies])


def _body(entry: dict[str, Any], objects: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """Fields, child relationships, and the names of the permission booleans without their common prefix."""
    body = {"f": [_field(f, facts) for f in entry["fields"]], "c": _children(entry, objects)}
    if entry.get("permissionFields"):
        body["p"] = [name.removeprefix("Permissions") for name in entry["permissionFields"]["names"]]
    return body


def _bits(entry: dict[str, Any], names: tuple[str, ...]) -> int:
    return sum(1 << i for i, name in enumerate(names) if entry.get(name) is True)


def _field(entry: dict[str, Any], facts: dict[str, Any]) -> list[Any]:
    full = {**facts["fieldDefaults"], **facts["typeDefaults"][entry["type"]], **entry}
    if entry["type"] in _LONG and entry.get("length", 0) > 255:
        full.update({k: entry.get(k, False) for k in ("filterable", "sortable", "groupable")})
    extras = {k: entry[k] for k in EXTRAS if entry.get(k) not in (None, 0, [], {})}
    return [entry["name"], entry["label"], entry["type"], _bits(full, FLAGS), extras]


def _children(entry: dict[str, Any], objects: dict[str, Any]) -> list[Any]:
    """Rows of child, field, relationship name, cascade, restrict, feature that the field needs."""
    rows = []
    for relation in entry["childRelationships"]:
        child = objects.get(relation["childSObject"])
        if child is None:
            continue
        field = next((f for f in child["fields"] if f["name"] == relation["field"]), None)
        if field is None:
            continue
        flags = int(relation["cascadeDelete"]) | int(relation["restrictedDelete"]) << 1
        rows.append([child["name"], field["name"], relation["relationshipName"], flags, field.get("feature")])
    return rows


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def main(arguments: list[str]) -> int:
    """Read the facts, write the packed file."""
    source, target = (Path(a) for a in arguments)
    target.write_bytes(pack(json.loads(source.read_text(encoding="utf-8"))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
