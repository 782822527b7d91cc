"""Natives and declarations belong together: a native that nothing declares can never be called."""

from __future__ import annotations

import re

import pytest

from orgwright.apex.library import registry
from orgwright.apex.types.library import index

NOT_DECLARED_THERE = re.compile(r"enum\.|sobject\.get(?:instance|orgdefaults|values|all)\b")
"""Members that the checker gives to enums and to custom settings."""


def _natives() -> list[str]:
    registry.load()
    return sorted(registry._natives)


@pytest.mark.parametrize("key", _natives())
def test_a_native_is_declared(key: str) -> None:
    key = key.removeprefix("get ").removeprefix("set ")
    if NOT_DECLARED_THERE.match(key):
        return
    name, bracket, parameters = key.partition("(")
    owner, _, member = name.rpartition(".")
    block = index().get(owner) or index().get(f"system.{owner}")
    assert block is not None, f"no class {owner}"
    lines = [line.strip().lower().replace(", ", ",") for line in block.splitlines()[1:]]
    plain = [line for line in lines if re.search(rf"(?:^| ){re.escape(member)}(?:\(|$)", line)]
    if member == "<init>":
        plain = [line for line in lines if line.startswith("(")]
    assert plain, f"{owner} has no {member}"
    if bracket:
        wanted = "(" + parameters
        assert any(line.replace(" ", "").endswith(wanted) for line in plain), f"{key}: {plain}"


def test_platform_classes_are_declared() -> None:
    registry.load()
    known = {name.removeprefix("system.") for name in index()} | set(index())
    assert {key for key in registry._classes if key not in known} == set()
