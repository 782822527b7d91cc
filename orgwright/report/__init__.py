"""What people read: the result of ``up`` as a page and as JUnit XML, and a connector's handbook."""

from orgwright.report.handbook import Handbook, handbook
from orgwright.report.html import page
from orgwright.report.junit import differences_xml, tests_xml

__all__ = ["Handbook", "differences_xml", "handbook", "page", "tests_xml"]
