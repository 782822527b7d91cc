"""A handbook tells everything that the spec says, whatever the spec."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree, html

from orgwright import spec
from orgwright.report import handbook
from orgwright.spec.model import Connector

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=spec.names(ROOT))
def connector(request: pytest.FixtureRequest) -> Connector:
    return spec.load(spec.find(request.param, ROOT))


def test_every_field_event_and_step_is_in_it(connector: Connector) -> None:
    made = handbook(connector)
    text = html.fromstring(made.html).text_content()
    wanted = [field.api_name for _, field in connector.custom_fields]
    wanted += [*connector.events, *connector.access.permission_sets, *connector.parameters]
    wanted += [step.text for step in (*connector.steps, *connector.requires.steps)]
    missing = [word for word in wanted if " ".join(word.split()) not in " ".join(text.split())]
    assert not missing


def test_diagram_is_valid_svg_with_a_box_for_each_object(connector: Connector) -> None:
    root = etree.fromstring(handbook(connector).diagram.encode())
    titles = root.xpath("//*[local-name()='text'][@font-weight]/text()")
    assert set(titles) >= {*connector.objects, *connector.events}
    assert len(titles) == len(set(titles))


def test_nothing_overlaps_in_the_diagram(connector: Connector) -> None:
    root = etree.fromstring(handbook(connector).diagram.encode())
    boxes = [
        tuple(int(box.get(name)) for name in ("x", "y", "width", "height"))
        for box in root.xpath("//*[local-name()='rect']")
    ]
    for number, (x, y, width, height) in enumerate(boxes):
        for left, top, wide, high in boxes[number + 1 :]:
            assert x + width <= left or left + wide <= x or y + height <= top or top + high <= y


def test_hostile_text_stays_text_and_circles_end() -> None:
    made = handbook(
        spec.loads(
            """
orgwright: 1
connector: acme
label: "Acme <script>alert(1)</script>"
objects:
  A__c:
    label: A
    Other__c: {type: Lookup(B__c), help: "a | b <i>c</i>\\n\\n# no heading"}
  B__c:
    label: B
    Back__c: Lookup(A__c)
"""
        )
    )
    document = html.fromstring(made.html)
    assert not document.xpath("//script | //i")
    assert [h.text for h in document.xpath("//h2")] == ["Parameters", "Data model", "Security", "Set-up"]
    assert "a | b <i>c</i> # no heading" in document.text_content()
