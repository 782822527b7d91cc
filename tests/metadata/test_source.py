"""The source format: small files, the same bytes every time, and everything that real projects hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from orgwright.metadata import Component, mdapi, source, xml, zip

META = xml.document("ApexClass", [("apiVersion", "67.0"), ("status", "Active")])


def doc(tag: str, *content: tuple[str, xml.Content]) -> bytes:
    return xml.document(tag, content)


def resource(content_type: str) -> bytes:
    return doc("StaticResource", ("cacheControl", "Public"), ("contentType", content_type))


COMPONENTS = (
    Component("ApexClass", "Foo", b"public class Foo {}\n", META),
    Component("ApexTrigger", "FooTrigger", b"trigger FooTrigger on Account (before insert) {}\n", doc("ApexTrigger")),
    Component("AuraDefinitionBundle", "box", files=(("box.cmp", b"<aura:component/>"), ("box.cmp-meta.xml", b"<A/>"))),
    Component("CustomField", "Account.Acme_Id__c", doc("CustomField", ("fullName", "Acme_Id__c"), ("type", "Text"))),
    Component("CustomLabels", "CustomLabels", doc("CustomLabels", ("labels", [("fullName", "A")]))),
    Component("CustomMetadata", "Type.Record", doc("CustomMetadata", ("label", "R"))),
    Component("CustomObject", "Acme__e", doc("CustomObject", ("eventType", "HighVolume"))),
    Component("CustomObject", "Thing__c", doc("CustomObject", ("label", "Thing"))),
    Component("Document", "Acme/terms.txt", b"terms", doc("Document", ("name", "terms"))),
    Component("EmailTemplate", "Acme/Hi", b"hello", doc("EmailTemplate", ("name", "Hi"))),
    Component("Layout", "Account-Account %28Sales%29 Layout", doc("Layout")),
    Component("LightningComponentBundle", "hello", files=(("hello.html", b"<template/>"), ("hello.js", b"1"))),
    Component("ListView", "Thing__c.All", doc("ListView", ("fullName", "All"), ("label", "All"))),
    Component("Report", "Acme/Sub/Monthly", doc("Report", ("name", "Monthly"))),
    Component("ReportFolder", "Acme", doc("ReportFolder", ("name", "Acme"))),
    Component("ReportFolder", "Acme/Sub", doc("ReportFolder", ("name", "Sub"))),
    Component("StaticResource", "logo", b"\x89PNG", resource("image/png")),
)


def test_written_and_read_back(tmp_path: Path) -> None:
    first = source.write(COMPONENTS, tmp_path)
    assert len(first.created) == len(source.files(COMPONENTS)) and not first.changed
    assert source.read(tmp_path) == tuple(sorted(COMPONENTS))


def test_writing_again_changes_nothing_and_removes_nothing(tmp_path: Path) -> None:
    source.write(COMPONENTS, tmp_path)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    again = source.write(reversed(COMPONENTS[:3]), tmp_path)
    assert not again.created and not again.changed and len(again.unchanged) == 6
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()} == before


def test_the_layout_is_that_of_sf(tmp_path: Path) -> None:
    paths = set(source.files(COMPONENTS))
    assert {
        "classes/Foo.cls",
        "classes/Foo.cls-meta.xml",
        "objects/Account/fields/Acme_Id__c.field-meta.xml",
        "objects/Acme__e/Acme__e.object-meta.xml",
        "objects/Thing__c/listViews/All.listView-meta.xml",
        "lwc/hello/hello.js",
        "reports/Acme.reportFolder-meta.xml",
        "reports/Acme/Sub/Monthly.report-meta.xml",
        "staticresources/logo.png",
        "staticresources/logo.resource-meta.xml",
        "documents/Acme/terms.document-meta.xml",
        "documents/Acme/terms.txt",
        "email/Acme/Hi.email",
        "labels/CustomLabels.labels-meta.xml",
    } <= paths


def test_source_and_package_hold_the_same(tmp_path: Path) -> None:
    source.write(COMPONENTS, tmp_path)
    package = mdapi.read_zip(mdapi.to_zip(source.read(tmp_path)))
    assert [c.key for c in package.components] == [c.key for c in sorted(COMPONENTS)]


def test_a_zipped_resource_is_a_folder(tmp_path: Path) -> None:
    content = {"css/a.css": b"a{}", "b.js": b"1"}
    source.write([Component("StaticResource", "site", zip.write(content), resource("application/zip"))], tmp_path)
    assert (tmp_path / "staticresources/site/css/a.css").read_bytes() == b"a{}"
    (read,) = source.read(tmp_path)
    assert dict(read.files) == content
    packed = mdapi.files([read])["staticresources/site.resource"]
    assert zip.read(packed) == content


def test_translations_come_together(tmp_path: Path) -> None:
    folder = tmp_path / "objectTranslations/Account-de"
    folder.mkdir(parents=True)
    (folder / "Account-de.objectTranslation-meta.xml").write_bytes(
        doc("CustomObjectTranslation", ("validationRules", [("name", "R")]))
    )
    (folder / "A__c.fieldTranslation-meta.xml").write_bytes(
        doc("CustomFieldTranslation", ("label", "Eins"), ("name", "A__c"))
    )
    (read,) = source.read(tmp_path)
    root = xml.parse(read.body, name="x")
    assert read.key == ("CustomObjectTranslation", "Account-de")
    assert xml.text(root, "fields/label") == "Eins" and xml.text(root, "validationRules/name") == "R"


def test_files_of_no_component_are_passed_over(tmp_path: Path) -> None:
    source.write(COMPONENTS, tmp_path)
    for name in (
        "README.md",
        ".eslintrc.json",
        "lwc/jsconfig.json",
        "lwc/hello/__tests__/hello.test.js",
        "classes/notes.txt",
        "scripts/x.cls",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert source.read(tmp_path) == tuple(sorted(COMPONENTS))


def test_classes_in_sub_folders(tmp_path: Path) -> None:
    folder = tmp_path / "main/default/classes/triggers/account"
    folder.mkdir(parents=True)
    (folder / "A.cls").write_bytes(b"class A {}")
    (folder / "A.cls-meta.xml").write_bytes(META)
    assert [c.key for c in source.read(tmp_path)] == [("ApexClass", "A")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes/Lost.cls-meta.xml", "content of ApexClass Lost is missing"),
        ("odd/x.nonsense-meta.xml", r"end in \.nonsense-meta\.xml"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_bytes(META)
    with pytest.raises(source.SourceError, match=text) as caught:
        source.read(tmp_path)
    assert caught.value.where is not None and caught.value.where.file == str(tmp_path / name)


def test_several_package_directories(tmp_path: Path) -> None:
    (tmp_path / "sfdx-project.json").write_text(
        '{"packageDirectories": [{"path": "one", "default": true}, {"path": "two"}]}'
    )
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert source.project_folders(tmp_path) == (tmp_path / "one", tmp_path / "two")


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"packageDirectories": [{"path": "../out"}]}', '{"packageDirectories": [{"path": "gone"}]}']
)
def test_a_bad_project_file_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "sfdx-project.json").write_text(content)
    with pytest.raises(source.SourceError):
        source.project_folders(tmp_path)


def test_blank_lines_before_the_declaration_of_a_child_are_no_part_of_it(tmp_path: Path) -> None:
    field = tmp_path / "objects/Job__c/fields/Note__c.field-meta.xml"
    field.parent.mkdir(parents=True)
    field.write_bytes(b'\n<?xml version="1.0"?>\n<CustomField><fullName>Note__c</fullName></CustomField>')
    (found,) = source.read(tmp_path)
    assert found.body.startswith(b"<?xml")
