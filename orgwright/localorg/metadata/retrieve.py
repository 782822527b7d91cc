"""retrieve: the components that a manifest names, as a zip in metadata format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgwright.localorg.metadata.catalogue import Catalogue, Listed
from orgwright.localorg.metadata.components import canonical
from orgwright.localorg.metadata.document import to_bytes
from orgwright.localorg.metadata.profiles import shown
from orgwright.metadata import manifest, mdapi
from orgwright.metadata import zip as archive
from orgwright.metadata.component import Component
from orgwright.metadata.types import TYPES

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction


@dataclass(frozen=True)
class Retrieved:
    """The answer to a retrieve; ``messages`` are pairs of file and problem."""

    id: str
    zip: bytes
    files: tuple[Listed, ...] = ()
    messages: tuple[tuple[str, str], ...] = field(default=())


def retrieve(
    tx: Transaction, id: str, members: Mapping[str, Sequence[str]], version: str, *, single_package: bool = True
) -> Retrieved:
    """Gather what the manifest names; what the org does not have is a message."""
    catalogue = Catalogue(tx)
    components: list[Component] = []
    messages: list[tuple[str, str]] = []
    for type_name, names in members.items():
        if type_name not in TYPES:
            messages.append(("package.xml", f"Unknown type name '{type_name}' specified in package.xml"))
            continue
        found, missing = catalogue.components(type_name, names)
        components += found
        messages += [
            ("unpackaged/package.xml", f"Entity of type '{type_name}' named '{name}' cannot be found")
            for name in missing
        ]
    unique = list({component.key: component for component in components}.values())
    unique = [_profile(tx, one, unique) if one.type == "Profile" else one for one in unique]
    files = mdapi.files(unique, api_version=version)
    files["package.xml"] = manifest.build({t: tuple(sorted(set(n))) for t, n in sorted(members.items())}, version)
    prefix = "" if single_package else "unpackaged/"
    # Unpackaged content is always below unpackaged/, whatever singlePackage says (Metadata API guide, retrieve).
    prefix = prefix or "unpackaged/"
    data = archive.write({prefix + path: content for path, content in files.items()})
    stored = catalogue.listed(unique)
    return Retrieved(id, data, tuple(stored), tuple(messages))


def _profile(tx: Transaction, profile: Component, package: Sequence[Component]) -> Component:
    node = shown(tx, profile.name, package)
    return profile if node is None else Component("Profile", profile.name, to_bytes(canonical(node, "Profile")))
