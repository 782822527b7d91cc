"""The result of ``up`` as a page for people and as JUnit XML for CI."""

from orgwright.report.html import page
from orgwright.report.junit import differences_xml, tests_xml

__all__ = ["differences_xml", "page", "tests_xml"]
