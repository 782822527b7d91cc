"""Measure and print: ``make bench``, or ``python -m benchmarks [main_job] [localorg] [connectors] [apex]`` for a part."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from benchmarks import apex, connectors, localorg, main_job
from benchmarks.measure import BIN, Figure, run, table

ROOT = Path(__file__).parents[1]
PARTS = ("main_job", "localorg", "connectors", "apex")


def main() -> None:
    """Print the table of figures."""
    parts = sys.argv[1:] or list(PARTS)
    if unknown := sorted(set(parts) - set(PARTS)):
        sys.exit(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    measured: list[Figure] = []
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        if "main_job" in parts:
            try:
                for figure in main_job.figures(work, ROOT):
                    _note(measured, figure)
            finally:
                run([BIN / "orgwright", "org", "stop"], work / "home", ROOT)
        if "localorg" in parts:
            for figure in localorg.figures(work):
                _note(measured, figure)
        if "connectors" in parts:
            for figure in connectors.figures(work, ROOT):
                _note(measured, figure)
        if "apex" in parts:
            for figure in apex.figures(work, ROOT):
                _note(measured, figure)
    print("\n" + table(measured))
    print(f"\n{os.cpu_count()} processors, load before the run {before:.2f}")


def _note(measured: list[Figure], figure: Figure) -> None:
    measured.append(figure)
    print(f"measured: {figure.name}", flush=True)


if __name__ == "__main__":
    main()
