"""Names: what an API name, an Apex name and a label may be; labels and plurals made from names."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_NAME = 40
LONGEST_LABEL = 40

_DEVELOPER_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*\Z")
_SUFFIXED = re.compile(r"(?:(?P<namespace>[A-Za-z][A-Za-z0-9_]*?)__)?(?P<base>.*?)__(?P<suffix>[A-Za-z]+)\Z", re.DOTALL)

# Words that Apex keeps for itself (Apex Developer Guide, Reserved Keywords).
_RESERVED = """
abstract activate and any array as asc autonomous begin bigdecimal blob boolean break bulk by byte case cast catch char class
collect commit const continue currency date datetime decimal default delete desc do double else end enum exception exit export
extends false final finally float for from global goto group having hint if implements import in inner insert instanceof int
integer interface into join like limit list long loop map merge new not null nulls number object of on or order outer override
package parallel pragma private protected public retrieve return rollback select set short sobject sort static string super
switch synchronized system testmethod then this throw time transaction trigger true try undelete update upsert using virtual
void webservice when where while
"""
# Of these, the words of statements and declarations. The others (date, group, where, by ...) are fields in many orgs.
_OF_CODE = """
abstract autonomous bigdecimal break cast catch class const continue delete enum extends finally goto implements insert
instanceof interface new null nulls override pragma private protected public return select static super synchronized testmethod
this throw trigger try undelete update upsert virtual void webservice while
"""
RESERVED = frozenset(_RESERVED.split())
RESERVED_FOR_FIELDS = frozenset(_OF_CODE.split())


@dataclass(frozen=True)
class ApiName:
    """An API name in its parts: ``ns__Base__c``."""

    namespace: str | None
    base: str
    suffix: str | None


def split(api_name: str) -> ApiName:
    """The parts of an API name; a name without suffix is all base."""
    match = _SUFFIXED.match(api_name)
    return (
        ApiName(match["namespace"], match["base"], match["suffix"].lower()) if match else ApiName(None, api_name, None)
    )


def wrong_name(base: str, longest: int = LONGEST_NAME) -> str | None:
    """What is wrong with a name (without its suffix), or None.

    Args:
        base: the name.
        longest: how many characters it may have.
    """
    if not base:
        return "the name is empty"
    if not re.match(r"[A-Za-z]", base):
        return "a name begins with a letter"
    odd = re.search(r"[^A-Za-z0-9_]", base)
    if odd:
        return f"{odd[0]!r} may not be in a name: letters, digits and _ only"
    if "__" in base:
        return "two _ in a row may not be in a name"
    if base.endswith("_"):
        return "a name does not end with _"
    if len(base) > longest:
        return f"the name has {len(base)} characters, the longest is {longest}"
    return None if _DEVELOPER_NAME.match(base) else "it is no name"


def shorter(base: str, longest: int = LONGEST_NAME) -> str:
    """A proposal for a name that is too long: whole words, as many as fit."""
    kept = base[:longest]
    return kept.rpartition("_")[0] if "_" in kept and len(base) > longest and base[longest] != "_" else kept.rstrip("_")


def words(api_name: str) -> str:
    """A label from an API name: ``Gentrack_External_Id__c`` -> ``Gentrack External Id``."""
    return " ".join(part for part in split(api_name).base.split("_") if part)


def plural_of(label: str) -> str:
    """An English plural for a label that has none in the spec; the label itself in other scripts, or where it would get too long."""
    plural = _plural(label)
    return plural if label.isascii() and len(plural) <= LONGEST_LABEL else label


def _plural(label: str) -> str:
    lower = label.lower()
    if lower.endswith(("s", "x", "z", "ch", "sh")):
        return label + "es"
    if lower.endswith("y") and lower[-2:-1] not in "aeiou":
        return label[:-1] + "ies"
    return label + "s"


def prefix_of(connector: str) -> str:
    """The prefix of Apex names for a connector: ``point_of_rental`` -> ``PointOfRental``."""
    return "".join(part[:1].upper() + part[1:] for part in connector.split("_"))
