"""What people see while the work goes on."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from orgwright.sync import Progress
    from orgwright.workflows.results import Step


def print_step(step: Step) -> None:
    """A step in one line: name, what it did, seconds; further lines of its text below."""
    first, *more = step.text.splitlines() or [""]
    click.echo(f" {step.name:<10}{first:<60}{step.seconds:>7.1f} s")
    for line in more:
        click.echo(f" {'':<10}{line}")


class RowBars:
    """A progress bar for each object of a load; nothing where nobody watches."""

    def __init__(self, *, shown: bool | None = None) -> None:
        self._shown = sys.stderr.isatty() if shown is None else shown
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bars

            self._bars = Bars(
                TextColumn(" {task.description:<26}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[trouble]}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        if self._bars is not None:
            self._bars.stop()

    def update(self, progress: Progress) -> None:
        """Show how far an object is."""
        if self._bars is None:
            return
        trouble = f"{progress.failed:,} refused" if progress.failed else ""
        if progress.sobject not in self._tasks:
            self._tasks[progress.sobject] = self._bars.add_task(progress.sobject, total=progress.rows, trouble=trouble)
        self._bars.update(self._tasks[progress.sobject], completed=progress.done, trouble=trouble)
