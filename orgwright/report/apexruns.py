"""Apex test runs as files that other tools read: JUnit XML, Cobertura XML, the sf CLI's coverage JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree


@dataclass(frozen=True)
class UnitLines:
    """Coverage of one class or trigger: ``lines`` has every line that counts, with 1 where it ran."""

    name: str
    kind: str
    file: str
    lines: Mapping[int, int]

    @property
    def covered(self) -> int:
        """The number of lines that ran."""
        return sum(1 for hits in self.lines.values() if hits)

    @property
    def percent(self) -> float:
        """Covered lines in per cent; a unit without lines that count is wholly covered."""
        return 100.0 * self.covered / len(self.lines) if self.lines else 100.0


def cobertura(units: Sequence[UnitLines], *, root: str, timestamp: int) -> bytes:
    """Coverage as Cobertura XML (``coverage-04.dtd``); ``root`` is the folder that the files' paths begin at."""
    counted, covered = sum(len(u.lines) for u in units), sum(u.covered for u in units)
    rate = _rate(covered, counted)
    attributes = {
        "line-rate": rate, "branch-rate": "0", "lines-covered": str(covered), "lines-valid": str(counted),
        "branches-covered": "0", "branches-valid": "0", "complexity": "0", "version": "1", "timestamp": str(timestamp),
    }  # fmt: skip
    document = etree.Element("coverage", attributes)
    sources = etree.SubElement(document, "sources")
    etree.SubElement(sources, "source").text = root
    packages = etree.SubElement(document, "packages")
    package = etree.SubElement(
        packages, "package", {"name": "main", "line-rate": rate, "branch-rate": "0", "complexity": "0"}
    )
    classes = etree.SubElement(package, "classes")
    for unit in units:
        _class(classes, unit)
    return etree.tostring(
        document,
        xml_declaration=True,
        encoding="UTF-8",
        pretty_print=True,
        doctype='<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">',
    )


def _rate(covered: int, counted: int) -> str:
    return f"{covered / counted if counted else 1.0:.4f}"


def _class(classes: etree._Element, unit: UnitLines) -> None:
    rate = _rate(unit.covered, len(unit.lines))
    one = etree.SubElement(
        classes,
        "class",
        {"name": unit.name, "filename": unit.file, "line-rate": rate, "branch-rate": "0", "complexity": "0"},
    )
    etree.SubElement(one, "methods")
    lines = etree.SubElement(one, "lines")
    for number, hits in sorted(unit.lines.items()):
        etree.SubElement(lines, "line", {"number": str(number), "hits": str(hits), "branch": "false"})


def sf_json(units: Sequence[UnitLines]) -> bytes:
    """Coverage as ``test-result-codecoverage.json`` of ``sf apex run test --code-coverage``."""
    found: list[dict[str, Any]] = [
        {
            "name": unit.name,
            "totalLines": len(unit.lines),
            "lines": {str(number): hits for number, hits in sorted(unit.lines.items())},
            "totalCovered": unit.covered,
            "coveredPercent": round(unit.percent),
        }
        for unit in units
    ]
    return json.dumps(found, indent=2).encode()
