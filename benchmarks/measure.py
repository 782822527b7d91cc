"""Time whole commands: several runs, the median."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent
_RATES = ("rows/s", "1/s")


@dataclass(frozen=True)
class Figure:
    """One line of the table: seconds (median), the target if there is one, and how a peer did."""

    name: str
    value: float
    unit: str = "s"
    target: float | None = None
    peer: str = ""
    peer_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """How often the peer's figure holds ours, more than 1 being better for us whatever the unit."""
        if self.peer_value is None or not self.value or not self.peer_value:
            return None
        return self.peer_value / self.value if self.unit not in _RATES else self.value / self.peer_value

    @property
    def met(self) -> bool | None:
        """Whether the target is met: at most so many seconds or MB, at least so many rows a second."""
        if self.target is None:
            return None
        return self.value >= self.target if self.unit in _RATES else self.value <= self.target


def median(job: Callable[[], object], runs: int = 5, before: Callable[[], object] = lambda: None) -> float:
    """Median seconds of a job; ``before`` is not counted."""
    times = []
    for _ in range(runs):
        before()
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def run(command: Sequence[str | Path], home: Path, cwd: Path) -> str:
    """Run a command to its end in a state folder of its own; fail loudly."""
    environment = {**os.environ, "ORGWRIGHT_HOME": str(home), "CUMULUSCI_DISABLE_REFRESH": "1"}
    done = subprocess.run([str(c) for c in command], cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def peak_memory(command: Sequence[str | Path], home: Path, cwd: Path) -> float:
    """Peak memory of a command in MB, as the system accounts for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    pid = os.fork()
    if pid == 0:
        os.environ["ORGWRIGHT_HOME"] = str(home)
        os.chdir(cwd)
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.execv(str(command[0]), [str(c) for c in command])
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with status {status} (peak of others: {before})")
    return usage.ru_maxrss / 1024


def table(figures: Sequence[Figure]) -> str:
    """The figures as text."""
    lines = [f"{'figure':<52}{'ours':>14}{'target':>12}{'':>6}{'peer':>34}{'ratio':>8}"]
    for figure in figures:
        ours = f"{figure.value:,.0f} {figure.unit}" if figure.unit != "s" else f"{figure.value:.3f} s"
        target = "" if figure.target is None else f"{figure.target:,g}"
        met = {None: "", True: "ok", False: "MISS"}[figure.met]
        peer = ""
        if figure.peer_value is not None:
            shown = f"{figure.peer_value:,.0f}" if figure.unit != "s" else f"{figure.peer_value:.3f} s"
            peer = f"{figure.peer} {shown}"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.1f}x"
        lines.append(f"{figure.name:<52}{ours:>14}{target:>12}{met:>6}{peer:>34}{ratio:>8}")
    return "\n".join(lines)
