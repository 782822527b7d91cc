"""Documents of packages of former API versions."""

from __future__ import annotations

import pytest

from orgwright.localorg.metadata import former
from orgwright.localorg.metadata.document import parse
from orgwright.localorg.metadata.validate import check

PAGE = (
    "<FlexiPage><flexiPageRegions><componentInstances><componentName>flexipage:richText</componentName>"
    "</componentInstances><name>main</name><type>Region</type></flexiPageRegions><masterLabel>P</masterLabel>"
    "{template}<type>HomePage</type></FlexiPage>"
)


@pytest.mark.parametrize(
    ("text", "until", "names"),
    [
        ("<CustomTab><mobileReady>true</mobileReady><motif>Custom1: Heart</motif></CustomTab>", "45.0", ["motif"]),
        ("<CustomApplication><tab>Idea__c</tab></CustomApplication>", "42.0", ["tabs"]),
        ("<FlexiPage><pageTemplate>home:desktop</pageTemplate></FlexiPage>", "38.0", ["template"]),
    ],
)
def test_an_element_is_known_as_long_as_its_version_had_it(text: str, until: str, names: list[str]) -> None:
    document = parse(text.encode())
    old = former.current(document, until)
    assert [child.tag for child in old.children] == names
    assert not any(problem.unknown for problem in check(old, old.tag))
    new = former.current(document, f"{float(until) + 1}")
    assert [problem.unknown for problem in check(new, new.tag) if problem.unknown] == [True]


def test_components_of_a_page_s_region_became_items() -> None:
    page = former.current(parse(PAGE.format(template="<pageTemplate>home:desktop</pageTemplate>").encode()), "38.0")
    assert page.find("template") is not None and page.all("template")[0].value("name") == "home:desktop"
    item = page.all("flexiPageRegions")[0].all("itemInstances")[0]
    assert item.all("componentInstance")[0].value("componentName") == "flexipage:richText"
    template = "<template><name>home:desktop</name></template>"
    later = check(former.current(parse(PAGE.format(template=template).encode()), "49.0"), "FlexiPage")
    assert ["componentInstances invalid at this location in type FlexiPageRegion" in p.text for p in later] == [True]


def test_a_list_setting_s_visibility_is_that_of_the_object() -> None:
    text = "<CustomObject><customSettingsVisibility>protected</customSettingsVisibility></CustomObject>"
    assert former.current(parse(text.encode()), "33.0").value("visibility") == "Protected"
