"""A deploy package as it arrives: package.xml, manifests of deletions, files; each component with its place.

The ground package ``orgwright.metadata`` reads packages for clients; an org must also say where in which
file a mistake is, so it reads them again, with positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from orgwright.localorg.metadata import former, validate
from orgwright.localorg.metadata.document import DocumentError, Node, parse
from orgwright.localorg.metadata.model import Problem
from orgwright.metadata.types import TYPES, MetadataType, by_folder

MANIFESTS = ("package.xml", "destructiveChangesPre.xml", "destructiveChanges.xml", "destructiveChangesPost.xml")


@dataclass
class Item:
    """One component of a package.

    ``node`` is its declaration: the document, the part of the parent's document, or the ``-meta.xml`` of
    what has content. ``content`` is code or binary content, ``files`` the files of a bundle.
    """

    type: str
    name: str
    file: str
    node: Node | None = None
    content: bytes | None = None
    meta: bytes | None = None
    files: tuple[tuple[str, bytes], ...] = ()
    problems: list[Problem] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        return self.type, self.name.lower()

    @property
    def line(self) -> int:
        return self.node.line if self.node else 1

    @property
    def column(self) -> int:
        return self.node.column if self.node else 1


@dataclass(frozen=True)
class Deletion:
    """A component that a destructive manifest names."""

    type: str
    name: str
    file: str


@dataclass(frozen=True)
class PackageProblem:
    """A problem of a manifest or of a file that is no component."""

    name: str
    file: str
    problem: Problem


@dataclass
class Package:
    """What a deploy brings."""

    version: str | None = None
    full_name: str | None = None
    items: list[Item] = field(default_factory=list)
    before: list[Deletion] = field(default_factory=list)
    after: list[Deletion] = field(default_factory=list)
    problems: list[PackageProblem] = field(default_factory=list)
    zip_prefix: str = ""


def read(files: Mapping[str, bytes], *, single_package: bool = True, allow_missing_files: bool = False) -> Package:
    """Read the files of a deploy's zip. Problems are kept in the package and in its items, never raised."""
    prefix = _root(files, single_package)
    package = Package(zip_prefix=prefix)
    if f"{prefix}package.xml" not in files:
        package.problems.append(PackageProblem("package.xml", "", Problem("No package.xml found")))
        return package
    own = {path.removeprefix(prefix): data for path, data in files.items() if path.startswith(prefix)}
    members = _manifest(own, "package.xml", package)
    for name in ("destructiveChangesPre.xml", "destructiveChanges.xml"):
        package.before += _deletions(own, name, package)
    package.after += _deletions(own, "destructiveChangesPost.xml", package)
    items = _items(own, package)
    _select(package, members, items, allow_missing_files)
    return package


def _root(files: Mapping[str, bytes], single_package: bool) -> str:
    """The folder that holds package.xml: the root, or the one folder of a package."""
    if "package.xml" in files or single_package:
        return ""
    folders = {path.partition("/")[0] for path in files if path.count("/") == 1 and path.endswith("/package.xml")}
    return f"{folders.pop()}/" if len(folders) == 1 else ""


Members = dict[str, dict[str, str]]


def _manifest(files: Mapping[str, bytes], name: str, package: Package) -> Members:
    """The members by type and lower-case name; problems go to the package."""

    def problem(text: str, node: Node | None = None) -> None:
        place = (node.line, node.column) if node else (None, None)
        package.problems.append(PackageProblem(name, name, Problem(text, *place)))

    try:
        root = parse(files[name])
    except DocumentError as error:
        problem(f"Error parsing file: {error.message} ({error.line}:{error.column})")
        return {}
    if name == "package.xml":
        package.version = root.value("version") or None
        package.full_name = root.value("fullName") or None
    members: Members = {}
    for part in root.all("types"):
        kind = part.value("name")
        if kind not in TYPES:
            problem(f"Unknown type name '{kind}' specified in {name}", part.find("name") or part)
            continue
        known = members.setdefault(kind, {})
        for member in part.all("members"):
            named = member.text.rstrip("/")  # the sf CLI names folders of reports and dashboards with a slash
            known[named.lower()] = named
    return members


def _deletions(files: Mapping[str, bytes], name: str, package: Package) -> list[Deletion]:
    if name not in files:
        return []
    found = []
    for kind, members in _manifest(files, name, package).items():
        for member in members.values():
            if member == "*":
                text = f"Wildcards are not allowed in {name}: {kind}"
                package.problems.append(PackageProblem(name, name, Problem(text)))
            else:
                found.append(Deletion(folder_kind(kind, member), member, name))
    return found


def _items(files: Mapping[str, bytes], package: Package) -> list[Item]:
    """All components that the files make up."""
    items: list[Item] = []
    bundles: dict[tuple[str, str], list[tuple[str, bytes]]] = {}
    sites: dict[str, bytes] = {}
    for path, data in files.items():
        if path in MANIFESTS:
            continue
        folder, _, rest = path.partition("/")
        kind = _kind(folder, rest)
        if kind is not None and kind.name == "ExperienceBundle" and "/" not in rest:
            sites[rest.removesuffix("-meta.xml").removesuffix(".site")] = data
        elif kind is None:
            package.problems.append(
                PackageProblem(
                    path, path, Problem(f"Unknown file: {path} is in no folder of a metadata type", warning=True)
                )
            )
        elif kind.layout == "bundle" or kind.name == "ExperienceBundle":
            bundle, inner = _inside(kind, rest)
            bundles.setdefault((kind.name, bundle), []).append((inner, data))
        elif kind.has_meta_file:
            if not path.endswith("-meta.xml"):
                items.append(_with_content(kind, path, rest, data, files.get(f"{path}-meta.xml")))
        elif kind.folder_of and path.removesuffix("-meta.xml") in files:
            continue  # of a document without an extension
        elif not path.endswith("-meta.xml") or kind.folder_of:
            items += _from_document(kind, path, rest, data, package.version)
    for (type_name, bundle), parts in bundles.items():
        items.append(Item(type_name, bundle, f"{TYPES[type_name].folder}/{bundle}", files=tuple(sorted(parts))))
    return items + _sites(sites, items)


def _inside(kind: MetadataType, rest: str) -> tuple[str, str]:
    """The bundle that a file belongs to, and its path there. A digital experience is named after its kind: ``site/Name``."""
    parts = rest.split("/")
    depth = 2 if kind.name == "DigitalExperienceBundle" and len(parts) > 2 else 1
    return "/".join(parts[:depth]), "/".join(parts[depth:])


def _sites(sites: Mapping[str, bytes], items: list[Item]) -> list[Item]:
    """The documents of experience bundles, which stand beside the folders: put to their items, or items of their own."""
    found = {item.name: item for item in items if item.type == "ExperienceBundle"}
    alone = []
    for name, data in sites.items():
        if name not in found:
            found[name] = Item("ExperienceBundle", name, f"experiences/{name}.site-meta.xml")
            alone.append(found[name])
        found[name].content, found[name].meta = b"", data
        _declare(found[name], data, "ExperienceBundle")
    return alone


def _kind(folder: str, rest: str) -> MetadataType | None:
    kinds = by_folder(folder)
    name = rest.removesuffix("-meta.xml")
    is_meta = name != rest
    for kind in kinds:
        if kind.suffix and name.endswith(f".{kind.suffix}") and not (kind.folder_of and not is_meta):
            return kind
    last = name.rpartition("/")[2]
    if is_meta and "." not in last:  # the document of a folder: reports/Name-meta.xml
        own = next((k for k in kinds if k.folder_of and not k.alias), None)
        if own is not None:
            return own
    return next(
        (k for k in kinds if k.layout in ("bundle", "mixed") and (rest.count("/") or k.layout == "mixed")), None
    )


def _stem(kind: MetadataType, rest: str) -> str:
    rest = rest.removesuffix("-meta.xml")
    suffix = f".{kind.suffix}"
    if kind.suffix and rest.endswith(suffix):
        rest = rest.removesuffix(suffix)
    if kind.inside is not None:
        return kind.full_name(rest)
    return rest if kind.in_folder or kind.folder_of else rest.rpartition("/")[2]


def folder_kind(type_name: str, name: str) -> str:
    """The type that a member of a manifest is of: a name without a slash in a type that lives in folders is a folder."""
    kind = TYPES.get(type_name)
    if kind is None or not kind.in_folder or not kind.folder_type or "/" in name or name == "*":
        return type_name
    return kind.folder_type


def _with_content(kind: MetadataType, path: str, rest: str, data: bytes, meta: bytes | None) -> Item:
    item = Item(kind.name, _stem(kind, rest), path, content=data, meta=meta)
    if meta is None:
        item.problems.append(Problem(f"No metadata file found for: {path}", 1, 1))
        return item
    _declare(item, meta, kind.name)
    item.problems = [replace(problem, in_meta=True) for problem in item.problems]
    return item


def _declare(item: Item, document: bytes, root_type: str, version: str | None = None) -> None:
    try:
        item.node = former.current(parse(document), version)
    except DocumentError as error:
        text = f"Error parsing file: {error.message} ({error.line}:{error.column})"
        item.problems.append(Problem(text, error.line, error.column))
        return
    item.problems += validate.check(item.node, item.node.tag if root_type == "Settings" else root_type)


def _from_document(kind: MetadataType, path: str, rest: str, data: bytes, version: str | None) -> Iterable[Item]:
    parent = Item(kind.name, _stem(kind, rest), path)
    _declare(parent, data, kind.name, version)
    if parent.node is None or not kind.children:
        return [parent]
    found = [parent]
    tags = {child.tag: child for child in kind.children if child.addressable and child.tag}
    for node in parent.node.children:
        child = tags.get(node.tag)
        if child is None:
            continue
        name = node.value(child.key)
        item = Item(child.name, name if child.bare else f"{parent.name}.{name}", path, node=node)
        if not name:
            item.problems.append(
                Problem(f"element {child.key} missing for a child of type {child.name}", node.line, node.column)
            )
        item.problems += _take(parent.problems, node)
        found.append(item)
    parent.node = parent.node.without(*tags)
    return found


def _take(problems: list[Problem], node: Node) -> list[Problem]:
    """The problems inside a child's part of the document, taken from its parent."""
    start, end = (node.line, node.column), node.end
    inside = [p for p in problems if p.line is not None and start <= (p.line, p.column or 1) <= end]
    for problem in inside:
        problems.remove(problem)
    return inside


def _select(package: Package, members: Members, items: list[Item], allow_missing_files: bool) -> None:
    """Keep what package.xml names, and say what it names in vain and what it does not name."""
    unused = {kind: dict(names) for kind, names in members.items()}
    for item in items:
        kind = TYPES[item.type]
        lower = item.name.lower()
        named = {**members.get(kind.folder_of or "", {}), **members.get(item.type, {})}
        # The sf CLI names documents without the extension that belongs to their names.
        names = {lower, lower.rpartition(".")[0]} if item.type == "Document" else {lower}
        for each in (item.type, kind.folder_of or ""):
            for one in names:
                unused.get(each, {}).pop(one, None)
        parent = lower.rpartition(".")[0] if kind.parent else ""
        with_parent = bool(kind.parent) and _names(members.get(kind.parent or "", {}), parent, kind.bare)
        if names & named.keys() or "*" in named or with_parent:
            package.items.append(item)
        elif not _has_named_children(item, kind, members):
            package.problems.append(
                PackageProblem(
                    item.name, item.file, Problem("Not in package.xml", item.line, item.column, warning=True)
                )
            )
    for kind_name, left in unused.items():
        for name in left.values():
            if name == "*" or allow_missing_files:
                continue
            text = f"An object '{name}' of type {kind_name} was named in package.xml, but was not found in zipped directory"
            package.problems.append(PackageProblem(name, "package.xml", Problem(text)))


def _names(parents: Mapping[str, str], parent: str, bare: bool) -> bool:
    return "*" in parents or parent in parents or (bare and bool(parents))


def _has_named_children(item: Item, kind: MetadataType, members: Members) -> bool:
    """Whether the item is only the frame around children that are named themselves."""
    prefix = f"{item.name.lower()}."
    for child in kind.children:
        named = members.get(child.name, {})
        if (child.bare and named) or any(name.startswith(prefix) for name in named) or "*" in named:
            return True
    return False
