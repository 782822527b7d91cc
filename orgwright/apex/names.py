"""Names of custom objects, fields and relationships with the namespace of the code before them."""

from __future__ import annotations

_SUFFIXES = (
    "__c", "__r", "__mdt", "__e", "__b", "__x", "__pc", "__pr", "__s", "__share", "__history", "__feed", "__changeevent",
)  # fmt: skip


def bare(namespace: str | None, name: str) -> str | None:
    """A custom name without the ``namespace``; ``None`` when it does not begin with it."""
    if namespace is None:
        return None
    prefix, rest = f"{namespace.lower()}__", name[len(namespace) + 2 :]
    return rest if name.lower().startswith(prefix) and rest.lower().endswith(_SUFFIXES) else None
