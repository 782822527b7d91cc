"""Operations of the SOAP API for Apex: anonymous blocks, test runs (SOAP API Developer Guide, "Apex-Related Calls")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from orgwright.localorg.api.http import Answer, Request
from orgwright.localorg.api.permissions import need
from orgwright.localorg.api.soap.envelope import Call, answer, texts
from orgwright.localorg.jobs import anonymous, debuglog, testruns
from orgwright.localorg.jobs.runner import Selection
from orgwright.localorg.metadata.document import Node

Operation = Callable[[Request, Call], Any]


def execute_anonymous(request: Request, call: Call) -> Answer:
    """``executeAnonymous(String)``; the debug log comes in the header when a DebuggingHeader asks for it."""
    # The one argument is taken by its place: clients call it String (as the WSDL does) or apexcode.
    source = call.body.children[0].text if call.body.children else ""
    need(request, "AuthorApex")
    asked = call.header.find("DebuggingHeader")
    found = anonymous.execute(
        request.org, request.user_id, source, operation=request.path, levels=_levels(asked) if asked else None
    )
    header = ""
    if asked is not None:
        log = escape("".join(c for c in found.log if c >= " " or c in "\t\n\r"))
        header = f"<soapenv:Header><DebuggingInfo><debugLog>{log}</debugLog></DebuggingInfo></soapenv:Header>"
    return answer("s", "executeAnonymous", found.to_dict(), header=header)


def _levels(header: Node) -> dict[str, str] | None:
    """The levels by category that a DebuggingHeader asks for; None when it names none."""
    asked = {one.value("category").upper(): one.value("level").upper() for one in header.all("categories")}
    everything = asked.pop("ALL", None)
    return {category: everything for category in debuglog.CATEGORIES if everything} | asked or None


def run_tests(request: Request, call: Call) -> Any:
    """``runTests(RunTestsRequest)``: at once."""
    asked = call.body.find("RunTestsRequest")
    everything = asked is None or asked.flag("allTests")
    classes = None if everything else tuple(texts(asked, "classes")) if asked else ()
    return testruns.of(request.org).run_now(request.user_id, Selection(classes=classes)).to_dict()


OPERATIONS: Mapping[str, Operation] = {"executeAnonymous": execute_anonymous, "runTests": run_tests}
