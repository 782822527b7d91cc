"""XML from strangers: read when harmless, refused with a place when not."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright.metadata import xml

LAUGHS = (
    b'<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>\n<l x="&b;">&b;</l>'
)
XXE = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r>&x;</r>'


@pytest.mark.parametrize(
    ("data", "line", "text"),
    [
        (LAUGHS, 3, "not allowed"),
        (XXE, 1, "not allowed"),
        (XXE.decode().encode("utf-16"), 1, "encoding"),
        (b'<?xml version="1.0" encoding="UTF-7"?><r/>', 1, "encoding"),
        (b"", 1, "empty"),
        (b"<a>\n<b></a>", 2, "mismatch"),
        (b"<a>&nbsp;</a>", 1, "nbsp"),
        (b"<a>" * 300 + b"</a>" * 300, 1, "depth"),
    ],
)
def test_refused_with_a_place(data: bytes, line: int, text: str) -> None:
    with pytest.raises(xml.XmlError, match=text) as caught:
        xml.parse(data, name="bad.xml")
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == ("bad.xml", line)


def test_layout_is_salesforces() -> None:
    body = xml.document(
        "CustomField", [("fullName", "A__c"), ("unique", False), ("length", 3), ("skip", None), ("v", [("w", "<&>")])]
    )
    assert body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">\n'
        "    <fullName>A__c</fullName>\n    <unique>false</unique>\n    <length>3</length>\n"
        "    <v>\n        <w>&lt;&amp;&gt;</w>\n    </v>\n</CustomField>\n"
    )


def test_a_doctype_in_text_is_only_text() -> None:
    root = xml.parse(b"<?xml version='1.0'?><r><![CDATA[<!DOCTYPE html>]]></r>", name="x")
    assert root.text == "<!DOCTYPE html>"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_any_text_survives(value: str) -> None:
    root = xml.parse(xml.document("A", [("b", value)]), name="x")
    assert xml.text(root, "b") == value


@given(st.binary(max_size=200))
def test_nonsense_never_raises_anything_else(data: bytes) -> None:
    with contextlib.suppress(xml.XmlError):
        xml.parse(data, name="x")
