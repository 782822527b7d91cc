"""The command line in a process of its own, forked from one that has imported what most commands need.

Importing is most of a short command's time. The wheel's test and ``apex test --watch`` start the console script itself.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orgwright import cli

LONGEST = 280.0
"""Seconds after which a command hangs."""
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    ["orgwright.cli.orgs", "orgwright.generate", "orgwright.plan", "orgwright.deliver", "orgwright.sync",
     "orgwright.localorg.project.trial", __name__]
)  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """A command that came to its end."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def text(self) -> str:
        return self.out + self.err


def orgwright(arguments: Sequence[str], cwd: Path, environment: dict[str, str]) -> Ended:
    """Run ``orgwright ARGUMENTS``."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = _PROCESSES.Process(target=_command, args=(arguments, cwd, environment, out, err))
        process.start()
        process.join(LONGEST)
        code = process.exitcode
        if code is None:
            process.kill()
            process.join()
        ended = Ended(-1 if code is None else code, out.read_text(), err.read_text())
    assert code is not None, f"orgwright {' '.join(arguments)} hangs: {ended.text}"
    return ended


def _command(arguments: Sequence[str], cwd: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    """What the console script does, with standard output and error in files."""
    for stream, path in (1, out), (2, err):
        file = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, stream)
        os.close(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["orgwright", *arguments]
    cli.main()
