"""The report holds what was done, escapes what it shows, and needs nothing else."""

from __future__ import annotations

import datetime as dt

from lxml import etree, html

from orgwright.deliver import Deployment, TestReport
from orgwright.org.tests import MethodResult, UnitCoverage
from orgwright.plan import Difference, Validation
from orgwright.report import differences_xml, page, tests_xml
from orgwright.sync import ObjectCount, SeedResult
from orgwright.workflows.results import Step, UpResult

NASTY = "<script>alert(1)</script> & \x00 ]]>"
METHODS = (
    MethodResult("ATest", "works", "Pass", None, None, 0.012),
    MethodResult("ATest", "breaks", "Fail", NASTY, "Class.ATest.breaks: line 3, column 1", 0.5),
)
RESULT = UpResult(
    connector="acme",
    org="uat",
    status="failed",
    steps=(Step("deploy", "2 of 2", 1.5), Step("test", NASTY, 0.5)),
    deployment=Deployment(("ApexClass:A",), (), ("CustomField:Account.X__c",), ("0Af",)),
    tests=TestReport(METHODS, (UnitCoverage("A", "ApexClass", (1, 3), (2,)),), 66.7, ("A: too little",)),
    validation=Validation(9, (Difference("field", "Account.X__c", "length", "80", "32"),)),
    seed=SeedResult("2026-11-22-1", "completed", (ObjectCount("Account", 10, 6, 4, 0),), (), 0),
    reason=NASTY,
)
NOW = dt.datetime(2026, 11, 22, 3, 4, tzinfo=dt.UTC)


def shown() -> str:
    return page(RESULT, {"A": "class A {\n  <b>\n}"}, label="Acme", now=NOW)


def test_page_is_self_contained_and_escapes_everything() -> None:
    text = shown()
    document = html.fromstring(text)
    assert not document.xpath("//script | //link | //img | //@src | //@href")
    assert "<script>alert" not in text
    assert "alert(1)" in document.text_content()


def test_page_marks_each_line_as_the_tests_saw_it() -> None:
    lines = html.fromstring(shown()).xpath("//pre/div")
    assert [line.get("class") for line in lines] == ["covered", "missed", "covered"]
    assert [line.text_content() for line in lines] == ["1class A {", "2  <b>", "3}"]


def test_page_shows_every_part() -> None:
    text = html.fromstring(shown()).text_content()
    for part in (
        "Account.X__c",
        "length is 32 in the org, 80 in the spec",
        "ATest",
        "66.7 %",
        "2026-11-22 03:04 UTC",
        "Account",
    ):
        assert part in text


def test_junit_has_a_case_for_each_method_and_survives_any_text() -> None:
    root = etree.fromstring(tests_xml(RESULT.tests or TestReport((), (), 100, ())))
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite] == ["works", "breaks"]
    failure = suite[1][0]
    assert failure.get("message") == NASTY.replace("\x00", "\ufffd")
    assert failure.text == "Class.ATest.breaks: line 3, column 1"


def test_junit_of_the_data_model_counts_all_checks() -> None:
    (suite,) = etree.fromstring(differences_xml(RESULT.validation or Validation(0), name="acme"))
    assert (suite.get("tests"), suite.get("failures"), len(suite)) == ("9", "1", 9)


def test_summary_has_every_key_and_null_for_what_was_not_reached() -> None:
    full = RESULT.summary()
    assert full["components"] == {"created": 1, "changed": 0, "unchanged": 1}
    assert full["tests"] == {"run": 2, "passed": 1, "failed": 1, "coverage": 66.7, "classes": {"A": 66.67}}
    assert full["data_model"]["checked"] == 9
    assert {k: full["rows"][k] for k in ("sent", "created", "updated", "failed")} == {
        "sent": 10,
        "created": 6,
        "updated": 4,
        "failed": 0,
    }
    assert full["seconds"] == 2.0
    empty = UpResult("acme", "uat").summary()
    assert [empty[key] for key in ("components", "tests", "data_model", "rows", "report")] == [None] * 5
