"""The wheel works outside the checkout: templates and connectors come inside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.xdist_group("wheel")


def run(command: list[str | Path], cwd: Path, home: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**environment, "HOME": str(home), "ORGWRIGHT_HOME": str(home / "orgwright")},
        capture_output=True,
        text=True,
        timeout=560,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wheel_brings_an_org_up_in_an_empty_environment(tmp_path: Path) -> None:
    run([sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path / "dist", ROOT], tmp_path, tmp_path)
    (wheel,) = (tmp_path / "dist").glob("orgwright-*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    bin = tmp_path / "venv" / "bin"
    # what is not imported need not be compiled
    pip = [sys.executable, "-m", "pip", "--python", bin / "python", "install", "--no-compile", "--quiet", wheel]
    subprocess.run([str(part) for part in pip], check=True, timeout=560)
    run([bin / "orgwright", "init", "demo"], tmp_path, tmp_path)
    try:
        result = json.loads(
            run([bin / "orgwright", "up", "gentrack", "--org", "local", "--json"], tmp_path / "demo", tmp_path)
        )
    finally:
        run([bin / "orgwright", "org", "stop"], tmp_path, tmp_path)
    assert result["status"] == "ok"
    assert result["rows"]["created"] > 3000
    assert result["tests"]["coverage"] == 100
