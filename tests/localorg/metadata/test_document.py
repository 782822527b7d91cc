"""Metadata XML with positions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright.localorg.metadata.document import DocumentError, Node, make, parse, to_bytes

OBJECT = b"""<?xml version="1.0" encoding="UTF-8"?>
<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata">
    <fields>
        <fullName>A__c</fullName>
        <inlineHelpText>1 &lt; 2</inlineHelpText>
        <externalId/>
    </fields>
</CustomObject>
"""


def test_places_are_behind_the_start_tag() -> None:
    root = parse(OBJECT)
    field = root.all("fields")[0]
    # The column 13 that every deploy log of an object's field shows.
    assert (field.line, field.column) == (3, 13)
    name = field.find("fullName")
    assert name is not None and (name.line, name.column) == (4, 19)
    assert field.end == (7, 14)


def test_columns_count_characters_not_bytes() -> None:
    root = parse("<A>\u00e4\u00f6<b>x</b></A>".encode())
    assert root.children[0].column == 9


def test_a_greater_than_sign_in_an_attribute_does_not_end_the_tag() -> None:
    root = parse(b'<A><b at="1>2">x</b></A>')
    assert (root.children[0].column, root.children[0].text) == (16, "x")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"<a><b></a>", (1, 9)),
        (b"<a>\n  &nope;</a>", (2, 3)),
        (b"", (1, 1)),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', (1, 13)),
        (b"<a>" * 500, (1, 301)),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', (1, 1)),
    ],
)
def test_what_cannot_be_read_names_its_place(data: bytes, place: tuple[int, int]) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(data)
    assert (caught.value.line, caught.value.column) == place


def test_other_encodings() -> None:
    text = '<?xml version="1.0" encoding="{}"?><a>\u00e9</a>'
    assert parse(text.format("ISO-8859-1").encode("latin-1")).text == "\u00e9"
    assert parse(text.format("UTF-16").encode("utf-16")).text == "\u00e9"
    assert parse(b"\xef\xbb\xbf<a>x</a>").text == "x"


def test_values_of_custom_metadata_keep_their_type_and_nil() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    root = parse(f'<M {xsi}><v xsi:type="xsd:double">1.5</v><v xsi:nil="true"/></M>'.encode())
    again = parse(to_bytes(root))
    assert [(v.xsi_type, v.nil, v.text) for v in again.children] == [("double", False, "1.5"), (None, True, "")]


_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20).map(str.strip)
_NAMES = st.from_regex(r"[a-zA-Z]{1,8}", fullmatch=True)
_NODES: st.SearchStrategy[Node] = st.recursive(
    st.builds(make, _NAMES, _TEXT),
    lambda inner: st.builds(lambda tag, kids: make(tag, "", *kids), _NAMES, st.lists(inner, min_size=1, max_size=4)),
    max_leaves=20,
)


def _plain(node: Node) -> object:
    return (node.tag, node.text, [_plain(child) for child in node.children])


@given(_NODES)
def test_written_documents_read_back(node: Node) -> None:
    assert _plain(parse(to_bytes(node))) == _plain(node)
