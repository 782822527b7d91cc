"""The real command line against embedded orgs, in a state folder and a project of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orgwright.cli.orgs import connection_to_embedded
from orgwright.localorg import control, service
from orgwright.org import OrgClient
from tests.acceptance import forked
from tests.acceptance.forked import Ended

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Workplace:
    """A state folder, a project made by ``orgwright init``, and the commands in it."""

    home: Path
    project: Path

    def environment(self) -> dict[str, str]:
        return {**os.environ, "ORGWRIGHT_HOME": str(self.home), "HOME": str(self.home), "COLUMNS": "120"}

    def run(self, *command: str | Path, cwd: Path | None = None, **extra: str) -> Ended:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd or self.project,
            env={**self.environment(), **extra},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=forked.LONGEST,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def orgwright(self, *arguments: str | Path, cwd: Path | None = None) -> Ended:
        done = forked.orgwright([str(part) for part in arguments], cwd or self.project, self.environment())
        assert "Traceback" not in done.err, done.err
        return done

    def client(self, alias: str) -> OrgClient:
        return OrgClient(connection_to_embedded(control.show_org(alias, home=self.home)))


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    root = tmp_path_factory.mktemp("acceptance")
    place = Workplace(root / "home", root / "demo")
    place.home.mkdir()
    made = place.orgwright("init", place.project, cwd=root)
    assert made.code == 0, made.text
    yield place
    service.stop(place.home)


@pytest.fixture(scope="session")
def ready(workplace: Workplace) -> Callable[[str, str], str]:
    """An org of a kind that was brought up without data: made once, by alias."""
    made: set[str] = set()

    def org(alias: str, kind: str = "scratch") -> str:
        if alias not in made:
            control.create_org(alias, kind, home=workplace.home)
            done = workplace.orgwright("up", "gentrack", "--org", alias, "--no-seed", "--json")
            assert done.code == 0, done.text
            made.add(alias)
        return alias

    return org
