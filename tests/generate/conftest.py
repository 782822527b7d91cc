"""Connectors for tests: the shipped one, and one that uses everything the spec can say."""

from __future__ import annotations

from pathlib import Path

import pytest

from orgwright import spec

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def gentrack() -> spec.Connector:
    return spec.load(ROOT / "connectors/gentrack/connector.yml")


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> spec.Connector:
    folder = tmp_path_factory.mktemp("connector")
    (folder / "connector.yml").write_text((Path(__file__).parent / "everything.yml").read_text("utf-8"), "utf-8")
    return spec.load(folder / "connector.yml")
