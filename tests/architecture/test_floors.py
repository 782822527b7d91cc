"""The house keeps its floors: who may import whom (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "orgwright"

GROUND = {"errors", "metadata"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "metadata": {"errors"},
    "org": GROUND,
    "spec": GROUND,
    "generate": GROUND | {"spec"},
    "plan": GROUND | {"spec", "org", "generate"},
    "deliver": GROUND | {"spec", "org", "generate"},
    "sync": GROUND | {"spec", "org"},
    "workflows": GROUND | {"spec", "org", "generate", "plan", "deliver", "sync"},
    "apex": {"errors"},
    "localorg": GROUND | {"apex"},
    "report": GROUND | {"spec", "org", "plan", "deliver", "sync", "workflows"},
}
"""What a package may import besides itself; faces (cli, orgs, project) may import everything."""

FACES = {"cli"}


def packages() -> list[str]:
    names = {p.stem if p.is_file() else p.name for p in PACKAGE.iterdir()}
    return sorted(n for n in names if (PACKAGE / n / "__init__.py").exists() or (PACKAGE / f"{n}.py").exists())


def imports(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def sources(package: str) -> list[Path]:
    single = PACKAGE / f"{package}.py"
    return [single] if single.exists() else sorted((PACKAGE / package).rglob("*.py"))


def test_every_package_has_a_floor() -> None:
    assert set(packages()) - {"__init__"} <= set(MAY_IMPORT) | FACES


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_imports_go_downward(package: str) -> None:
    allowed = MAY_IMPORT[package] | {package, "__version__"}
    wrong = [
        f"{file.relative_to(ROOT)}:{line}: imports {name}"
        for file in sources(package)
        for line, name in imports(file)
        if name.split(".")[0] == "orgwright" and name.split(".")[1] not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_apex_knows_no_http_and_no_sql() -> None:
    forbidden = {"sqlite3", "httpx", "starlette", "uvicorn", "requests", "socket", "sqlalchemy", "subprocess"}
    wrong = [
        f"{file.relative_to(ROOT)}:{line}: imports {name}"
        for file in sources("apex")
        for line, name in imports(file)
        if name.split(".")[0] in forbidden
    ]
    assert not wrong, "\n".join(wrong)


def test_no_catch_all_modules() -> None:
    names = {"utils.py", "helpers.py", "common.py", "misc.py"}
    assert not [p for folder in (PACKAGE, ROOT / "tasks") for p in folder.rglob("*.py") if p.name in names]
