"""Writing files so that a second time changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Written:
    """What writing did, as paths relative to the root."""

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def write_files(files: Mapping[str, bytes], root: Path) -> Written:
    """Write ``files`` by relative path below ``root``; a file that already has the content is left alone, none is removed."""
    done: dict[str, list[str]] = {"created": [], "changed": [], "unchanged": []}
    for name in sorted(files):
        path = root / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
            done["created"].append(name)
        elif path.read_bytes() != files[name]:
            path.write_bytes(files[name])
            done["changed"].append(name)
        else:
            done["unchanged"].append(name)
    return Written(*(tuple(done[k]) for k in ("created", "changed", "unchanged")))
