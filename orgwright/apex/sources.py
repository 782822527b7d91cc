"""What a compilation is given and what it complains of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Source:
    """One unit of Apex: a class or trigger file, or an anonymous block."""

    kind: Literal["class", "trigger", "anonymous"]
    name: str
    body: str
    api_version: float = 67.0
    namespace: str | None = None
    active: bool = True


@dataclass(frozen=True, order=True)
class CompileError:
    """A compile error in Salesforce's wording, at a 1-based line and column of a unit."""

    unit: str
    kind: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.unit}:{self.line}:{self.column}: {self.message}"
