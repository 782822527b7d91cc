"""Deploy packages: manifests, files, and what they name."""

from __future__ import annotations

from orgwright.localorg.metadata.package import Package, read

OBJECT = b"""<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata">
    <fields>
        <fullName>One__c</fullName>
        <label>One</label>
        <length>5</length>
        <type>Text</type>
    </fields>
    <fields>
        <fullName>Two__c</fullName>
        <label>Two</label>
        <oops>5</oops>
        <type>Date</type>
    </fields>
    <label>Thing</label>
</CustomObject>
"""
META = b"<ApexClass><apiVersion>67.0</apiVersion><status>Active</status></ApexClass>"


def manifest(*types: tuple[str, str]) -> bytes:
    body = "".join(f"<types><members>{member}</members><name>{name}</name></types>" for name, member in types)
    return f'<Package xmlns="http://soap.sforce.com/2006/04/metadata">{body}<version>67.0</version></Package>'.encode()


def keys(package: Package) -> list[tuple[str, str]]:
    return [(item.type, item.name) for item in package.items]


def test_an_object_brings_its_children() -> None:
    found = read({"package.xml": manifest(("CustomObject", "Thing__c")), "objects/Thing__c.object": OBJECT})
    assert keys(found) == [
        ("CustomObject", "Thing__c"),
        ("CustomField", "Thing__c.One__c"),
        ("CustomField", "Thing__c.Two__c"),
    ]
    assert found.problems == []
    broken = found.items[2]
    assert [p.text for p in broken.problems] == [
        "Error parsing file: Element oops invalid at this location in type CustomField (11:15)"
    ]
    assert found.items[0].problems == []
    assert (broken.line, broken.column) == (8, 13)


def test_only_the_named_fields_of_an_object() -> None:
    found = read({"package.xml": manifest(("CustomField", "thing__c.one__c")), "objects/Thing__c.object": OBJECT})
    assert keys(found) == [("CustomField", "Thing__c.One__c")]
    assert [(p.name, p.problem.text, p.problem.warning) for p in found.problems] == [
        ("Thing__c.Two__c", "Not in package.xml", True)
    ]


def test_what_is_named_but_absent() -> None:
    found = read({"package.xml": manifest(("ApexClass", "Gone"))})
    text = "An object 'Gone' of type ApexClass was named in package.xml, but was not found in zipped directory"
    assert [(p.file, p.problem.text) for p in found.problems] == [("package.xml", text)]
    assert read({"package.xml": manifest(("ApexClass", "Gone"))}, allow_missing_files=True).problems == []


def test_code_and_its_meta_file() -> None:
    files = {
        "package.xml": manifest(("ApexClass", "*")),
        "classes/A.cls": b"class A {}",
        "classes/A.cls-meta.xml": META,
    }
    item = read(files).items[0]
    assert (item.name, item.content, item.node and item.node.value("apiVersion")) == ("A", b"class A {}", "67.0")
    del files["classes/A.cls-meta.xml"]
    assert [p.text for p in read(files).items[0].problems] == ["No metadata file found for: classes/A.cls"]


def test_unknown_types_and_unreadable_manifests() -> None:
    found = read({"package.xml": manifest(("Nonsense", "A"))})
    assert [p.problem.text for p in found.problems] == ["Unknown type name 'Nonsense' specified in package.xml"]
    broken = read({"package.xml": b"<Package><types></Package>"})
    assert broken.problems[0].problem.text.startswith("Error parsing file: mismatched tag")
    assert read({}).problems[0].problem.text == "No package.xml found"


def test_folders_of_packages_only_without_single_package() -> None:
    files = {"pkg/package.xml": manifest(("CustomObject", "Thing__c")), "pkg/objects/Thing__c.object": OBJECT}
    assert read(files).problems[0].problem.text == "No package.xml found"
    assert len(read(files, single_package=False).items) == 3


def test_deletions_before_and_after() -> None:
    files = {
        "package.xml": manifest(),
        "destructiveChanges.xml": manifest(("ApexClass", "A")),
        "destructiveChangesPost.xml": manifest(("CustomField", "Account.B__c")),
    }
    found = read(files)
    assert [(d.type, d.name) for d in found.before] == [("ApexClass", "A")]
    assert [(d.type, d.name) for d in found.after] == [("CustomField", "Account.B__c")]
    files["destructiveChanges.xml"] = manifest(("ApexClass", "*"))
    assert "Wildcards" in read(files).problems[0].problem.text


def test_labels_bundles_and_static_resources() -> None:
    files = {
        "package.xml": manifest(
            ("CustomLabels", "CustomLabels"), ("LightningComponentBundle", "tile"), ("StaticResource", "R")
        ),
        "labels/CustomLabels.labels": b"<CustomLabels><labels><fullName>Hi</fullName><language>en_US</language>"
        b"<protected>false</protected><shortDescription>Hi</shortDescription><value>Hello</value></labels></CustomLabels>",
        "lwc/tile/tile.js": b"export default 1",
        "lwc/tile/tile.html": b"<template/>",
        "staticresources/R.resource": b"\x00\x01",
        "staticresources/R.resource-meta.xml": b"<StaticResource><cacheControl>Public</cacheControl>"
        b"<contentType>text/plain</contentType></StaticResource>",
    }
    found = read(files)
    assert found.problems == []
    assert set(keys(found)) == {
        ("CustomLabels", "CustomLabels"),
        ("CustomLabel", "Hi"),
        ("LightningComponentBundle", "tile"),
        ("StaticResource", "R"),
    }
    bundle = next(item for item in found.items if item.type == "LightningComponentBundle")
    assert [path for path, _ in bundle.files] == ["tile.html", "tile.js"]
