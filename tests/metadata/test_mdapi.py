"""The metadata format: what goes into a deploy zip comes out again, in the same bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwright.metadata import Component, mdapi, xml, zip


def field(name: str, *extra: tuple[str, xml.Content]) -> Component:
    return Component("CustomField", name, xml.document("CustomField", [("fullName", name.split(".")[1]), *extra]))


META = xml.document("ApexClass", [("apiVersion", "67.0"), ("status", "Active")])
EVENT = Component(
    "CustomObject", "Acme__e", xml.document("CustomObject", [("eventType", "HighVolume"), ("label", "Acme")])
)
COMPONENTS = (
    Component("ApexClass", "Foo", b"public class Foo {}\n", META),
    field("Account.Acme_Id__c", ("label", "A & B"), ("length", 64), ("type", "Text")),
    field("Acme__e.Payload__c"),
    EVENT,
    Component("Settings", "Account", xml.document("AccountSettings", [("enableAccountTeams", True)])),
    Component("ReportFolder", "Acme", xml.document("ReportFolder", [("name", "Acme")])),
    Component("Report", "Acme/Monthly", xml.document("Report", [("name", "Monthly")])),
    Component(
        "LightningComponentBundle", "hello", files=(("hello.html", b"<template/>"), ("hello.js", b"export default 1"))
    ),
    Component("StaticResource", "logo", b"\x89PNG", xml.document("StaticResource", [("contentType", "image/png")])),
    Component("Document", "Acme/terms.txt", b"terms", xml.document("Document", [("name", "terms")])),
)


def test_what_is_packed_is_read_back() -> None:
    package = mdapi.read_zip(mdapi.to_zip(COMPONENTS))
    assert package.components == tuple(sorted(COMPONENTS))
    assert package.version == "67.0"
    assert package.unknown == ()
    assert package.paths["CustomField", "Acme__e.Payload__c"] == "objects/Acme__e.object"
    assert package.paths["ApexClass", "Foo"] == "classes/Foo.cls"


def test_the_bytes_do_not_depend_on_the_order() -> None:
    assert mdapi.to_zip(COMPONENTS) == mdapi.to_zip(reversed(COMPONENTS))


def test_manifest_lists_children_and_no_parent_that_is_not_there() -> None:
    members = mdapi.read_zip(mdapi.to_zip(COMPONENTS)).members
    assert members["CustomField"] == ("Account.Acme_Id__c", "Acme__e.Payload__c")
    assert members["CustomObject"] == ("Acme__e",)
    assert members["Report"] == ("Acme", "Acme/Monthly")
    assert "ReportFolder" not in members


def test_a_listed_object_that_only_holds_fields_is_a_component() -> None:
    files = mdapi.files([field("Account.A__c")])
    files["package.xml"] = (
        files["package.xml"].replace(b"CustomField<", b"CustomObject<").replace(b"Account.A__c", b"Account")
    )
    package = mdapi.read_zip(zip.write(files))
    assert [c.key for c in package.components] == [("CustomField", "Account.A__c"), ("CustomObject", "Account")]


def test_deletions_before_and_after() -> None:
    data = mdapi.to_zip((), destructive=[("ApexClass", "Old")], before=[("ApexTrigger", "First"), ("ApexClass", "B")])
    package = mdapi.read_zip(data)
    assert package.destructive == {"ApexClass": ("Old",)}
    assert package.before == {"ApexClass": ("B",), "ApexTrigger": ("First",)}


def test_package_inside_one_folder() -> None:
    files = {f"unpackaged/{path}": content for path, content in mdapi.files(COMPONENTS).items()}
    package = mdapi.read_zip(zip.write(files))
    assert package.components == tuple(sorted(COMPONENTS))
    assert package.paths["ApexClass", "Foo"] == "unpackaged/classes/Foo.cls"


def test_no_manifest_and_unknown_types_are_errors() -> None:
    with pytest.raises(mdapi.PackageError, match=r"No package\.xml"):
        mdapi.read_zip(zip.write({"classes/Foo.cls": b""}))
    with pytest.raises(mdapi.PackageError, match="Nonsense is not a metadata type"):
        mdapi.to_zip([Component("Nonsense", "X")])


def test_files_of_no_type_are_told() -> None:
    files = mdapi.files(COMPONENTS) | {"nowhere/x.y": b"", "classes/readme.txt": b""}
    assert mdapi.read_zip(zip.write(files)).unknown == ("classes/readme.txt", "nowhere/x.y")


def test_a_broken_object_names_file_and_line() -> None:
    files = mdapi.files([EVENT]) | {"objects/Bad__c.object": b"<CustomObject>\n<fields></oops>\n</CustomObject>"}
    with pytest.raises(xml.XmlError) as caught:
        mdapi.read_zip(zip.write(files))
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == ("objects/Bad__c.object", 2)


def test_merged_objects_keep_types_of_values() -> None:
    body = (
        b'<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        b'<label>L</label><value xsi:nil="true"/></CustomObject>'
    )
    merged = mdapi.files([Component("CustomObject", "A__c", body), field("A__c.B__c")])["objects/A__c.object"]
    assert b'xsi:nil="true"' in merged
    assert xml.text(xml.parse(merged, name="x"), "fields/fullName") == "B__c"


names = st.from_regex(r"[A-Z][a-z]{1,8}__c", fullmatch=True)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).map(str.strip).filter(bool)
some_fields = st.dictionaries(st.tuples(names, names), texts, max_size=6).map(
    lambda found: [field(f"{owner}.{name}", ("label", label)) for (owner, name), label in found.items()]
)
some_classes = st.dictionaries(st.from_regex(r"[A-Z][a-z]{1,8}", fullmatch=True), st.binary(), max_size=3).map(
    lambda found: [Component("ApexClass", name, body, META) for name, body in found.items()]
)


@given(some_fields, some_classes)
def test_any_components_survive_the_way_there_and_back(fields: list[Component], classes: list[Component]) -> None:
    assert mdapi.read_zip(mdapi.to_zip([*fields, *classes])).components == tuple(sorted([*fields, *classes]))
