"""JUnit XML: one ``testcase`` for each Apex test method, or for each check of the data model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lxml import etree

from orgwright.deliver import TestReport
from orgwright.org.tests import MethodResult
from orgwright.plan import Validation

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def tests_xml(report: TestReport) -> bytes:
    """Apex tests, one suite a class."""
    return methods_xml(report.methods)


def methods_xml(methods: Sequence[MethodResult]) -> bytes:
    """Apex test methods, one suite a class, one case a method."""
    by_class: dict[str, list[MethodResult]] = {}
    for method in methods:
        by_class.setdefault(method.class_name, []).append(method)
    return _document(_class_suite(name, by_class[name]) for name in sorted(by_class))


def differences_xml(validation: Validation, *, name: str) -> bytes:
    """Differences of the data model as failures; what agrees is one case that passed."""
    suite = _suite(f"{name} data model", validation.checked, len(validation.differences), 0.0)
    for difference in validation.differences:
        case = etree.SubElement(suite, "testcase", classname=difference.kind, name=difference.component)
        etree.SubElement(case, "failure", message=_clean(str(difference)), type="difference")
    agreed = validation.checked - len(validation.differences)
    for number in range(1, agreed + 1):
        etree.SubElement(suite, "testcase", classname="data model", name=f"check {number}")
    return _document([suite])


def _class_suite(name: str, methods: Sequence[MethodResult]) -> etree._Element:
    failed = [m for m in methods if not m.passed]
    suite = _suite(name, len(methods), len(failed), sum(m.seconds for m in methods))
    for method in methods:
        case = etree.SubElement(suite, "testcase", classname=name, name=method.method, time=f"{method.seconds:.3f}")
        if not method.passed:
            failure = etree.SubElement(case, "failure", message=_clean(method.message or ""), type=method.outcome)
            failure.text = _clean(method.stack or "")
    return suite


def _suite(name: str, tests: int, failures: int, seconds: float) -> etree._Element:
    return etree.Element(
        "testsuite", name=name, tests=str(tests), failures=str(failures), errors="0", time=f"{seconds:.3f}"
    )


def _document(suites: Iterable[etree._Element]) -> bytes:
    root = etree.Element("testsuites")
    root.extend(list(suites))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
