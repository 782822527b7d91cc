"""The examples of the documentation are specs that load and pass the JSON Schema."""

import re
from pathlib import Path

import pytest

from orgwright import spec

PAGE = Path(__file__).parents[2] / "docs" / "connector-spec.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_loads(text: str) -> None:
    assert spec.loads(text, name=PAGE.name).label == "Acme billing"


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 8
