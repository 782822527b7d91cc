"""Measure and print: ``make bench``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.main_job import figures
from benchmarks.measure import BIN, Figure, run, table

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Print the table of figures."""
    measured: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        try:
            for figure in figures(work, ROOT):
                measured.append(figure)
                print(f"measured: {figure.name}", flush=True)
        finally:
            run([BIN / "orgwright", "org", "stop"], work / "home", ROOT)
    print("\n" + table(measured))


if __name__ == "__main__":
    main()
