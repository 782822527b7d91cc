"""The real programs, installed once, and one server for all that use them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

from orgwright.localorg import control, service
from orgwright.localorg.control import OrgAccess

ROOT = Path(__file__).parent.parent.parent
PROJECT = Path(__file__).parent / "project"
QUIET = {"SF_DISABLE_TELEMETRY": "true", "SF_SKIP_NEW_VERSION_CHECK": "true", "SF_DISABLE_LOG_FILE": "true"}
"""The environment in which the CLI tells nobody, asks for no update and keeps no log."""
BOOLEAN_TAIL = 4_000


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "covers(program, *commands): the commands of a program that the test runs")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What uses the sf CLI stays on one worker: one server, one sign-in, one installation."""
    for item in items:
        if {"sf", "cci"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("sf"))


@dataclass(frozen=True)
class Ran:
    """One run of the CLI."""

    code: int
    out: str
    error: str

    @property
    def json(self) -> Any:
        """What ``--json`` printed."""
        return json.loads(self.out)

    @property
    def result(self) -> Any:
        return self.json["result"]


class Running:
    """A command that goes on; ``shown`` is what it has said so far."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.shown = ""

    def read(self) -> None:
        for line in self._stream:
            self.shown += line


@dataclass
class Sf:
    """The sf CLI with a home and a project of its own. ``commands`` are those that ran, by name."""

    program: Path
    home: Path
    project: Path
    commands: list[str] = field(default_factory=list)

    def run(self, line: str, *more: str, code: int = 0, as_json: bool = True, env: dict[str, str] | None = None) -> Ran:
        """Run ``sf LINE MORE...``: words of ``line`` are arguments, ``more`` are taken as they are; ``code`` is expected."""
        arguments = [*line.split(), *more, *(["--json"] if as_json else [])]
        done = subprocess.run(
            [str(self.program), *arguments],
            cwd=self.project,
            env={**self._environment(), **(env or {})},
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.commands.append(name_of(line))
        shown = f"sf {' '.join(arguments)}\n{done.stdout[-BOOLEAN_TAIL:]}\n{done.stderr[-BOOLEAN_TAIL:]}"
        assert done.returncode == code, f"exit code {done.returncode}, not {code}: {shown}"
        return Ran(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def started(self, line: str) -> Iterator[Running]:
        """Start ``sf LINE``, which runs until it is stopped at the end of the block; what it shows is read all the time."""
        arguments = line.split()
        with subprocess.Popen(
            [str(self.program), *arguments],
            cwd=self.project,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            self.commands.append(name_of(line))
            assert process.stdout is not None
            running = Running(process.stdout)
            reader = threading.Thread(target=running.read)
            reader.start()
            try:
                yield running
            finally:
                process.terminate()
                reader.join(timeout=30)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **QUIET, "HOME": str(self.home), "SF_IMPROVED_CODE_COVERAGE": "false"}

    def login(self, org: OrgAccess, *flags: str) -> None:
        """``org login access-token`` for an embedded org, by its alias."""
        env = {"SF_ACCESS_TOKEN": org.access_token}
        where = f"--instance-url {org.instance_url} --alias {org.alias}"
        self.run(f"org login access-token {where} --no-prompt", *flags, env=env)


def name_of(line: str) -> str:
    """The command in a line: its words up to the first flag or value."""
    words: list[str] = []
    for word in line.split():
        if word.startswith("-") or not word.replace("-", "").isalnum():
            break
        words.append(word)
    return " ".join(words)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The installed programs; only where npm is absent, and never in CI, is their absence excused."""
    if shutil.which("npm") is None and not os.environ.get("CI"):
        pytest.skip("npm is not installed")
    done = subprocess.run([str(ROOT / ".ci" / "sf")], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip()) / "node_modules"


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder whose server is stopped at the end."""
    home = tmp_path_factory.mktemp("state") / "orgs"
    yield home
    service.stop(home)


@pytest.fixture(scope="session")
def dev(state: Path) -> OrgAccess:
    """A scratch org."""
    return control.create_org("dev", home=state)


@pytest.fixture(scope="session")
def hub(state: Path) -> OrgAccess:
    """A production org, which is a Dev Hub."""
    return control.create_org("hub", "production", home=state)


@pytest.fixture(scope="session")
def signed_in(node_modules: Path, dev: OrgAccess, hub: OrgAccess, tmp_path_factory: pytest.TempPathFactory) -> Sf:
    """The CLI, signed in to both orgs, in a project whose source is deployed to the scratch org."""
    project = tmp_path_factory.mktemp("sf") / "project"
    shutil.copytree(PROJECT, project)
    home = tmp_path_factory.mktemp("home")
    found = Sf(node_modules / ".bin" / "sf", home, project)
    found.login(dev, "--set-default")
    found.login(hub, "--set-default-dev-hub")
    return found


@pytest.fixture(scope="session")
def deployed(signed_in: Sf) -> Any:
    """The result of the project's first deploy."""
    made = signed_in.run("project deploy start").result
    signed_in.run("org assign permset --name Meters")
    return made


@pytest.fixture
def sf(signed_in: Sf, request: pytest.FixtureRequest) -> Iterator[Sf]:
    """The CLI for one test, which must run exactly the commands that its mark ``covers`` names."""
    own = Sf(signed_in.program, signed_in.home, signed_in.project)
    yield own
    mark = request.node.get_closest_marker("covers")
    assert mark is not None and mark.args[0] == "sf", "say with @covers('sf', ...) which commands the test runs"
    run = set(own.commands)
    missing = {known for known in mark.args[1:] if known not in run}
    assert not missing, f"declared and not run: {missing} of {run}"
