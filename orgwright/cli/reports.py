"""Where reports go."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgwright.spec.model import Connector
    from orgwright.workflows.results import UpResult


def write_page(result: UpResult, connector: Connector, project: Path, now: dt.datetime) -> UpResult:
    """Write the HTML page below ``build/report`` and note it in the result."""
    from orgwright import report

    path = project / "build" / "report" / f"{connector.connector}-{result.org}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    sources = {
        file.name.split(".")[0]: file.read_text(encoding="utf-8")
        for kind in ("*.cls", "*.trigger")
        for file in (project / "force-app").rglob(kind)
    }
    path.write_text(report.page(result, sources, label=connector.label, now=now), encoding="utf-8")
    return replace(result, report=str(path.relative_to(project)))
