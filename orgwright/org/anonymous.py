"""Anonymous Apex with its debug log: ``executeAnonymous()`` of the SOAP API for Apex."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from orgwright.metadata import xml
from orgwright.org.errors import ApiError, Unauthorized

if TYPE_CHECKING:
    from orgwright.org.client import OrgClient

NAMESPACE: Final = "http://soap.sforce.com/2006/08/apex"
_CATEGORIES: Final = (("Apex_code", "Debug"), ("Db", "Info"), ("System", "Info"))


@dataclass(frozen=True)
class AnonymousResult:
    """How a block ended; ``line`` and ``column`` are -1 when nothing is wrong."""

    compiled: bool
    success: bool
    line: int
    column: int
    problem: str | None
    stack: str | None
    log: str

    def summary(self) -> dict[str, Any]:
        """The result as JSON shows it."""
        return {
            "compiled": self.compiled, "success": self.success, "line": self.line, "column": self.column,
            "problem": self.problem, "stack": self.stack, "log": self.log,
        }  # fmt: skip


def run_anonymous(org: OrgClient, source: str) -> AnonymousResult:
    """Run a block of Apex in an org as the connected user.

    Raises the errors of :mod:`orgwright.org.errors`; compile errors and exceptions of the block are in the result.
    """
    connection = org.connection
    categories = "".join(
        f"<apex:categories><apex:category>{name}</apex:category><apex:level>{level}</apex:level></apex:categories>"
        for name, level in _CATEGORIES
    )
    # The transport puts the session id in place of {token}: never into the user's own text.
    block = escape(source, {"{": "&#123;"})
    envelope = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:apex="{NAMESPACE}">'
        f"<soapenv:Header><apex:DebuggingHeader>{categories}</apex:DebuggingHeader>"
        "<apex:SessionHeader><apex:sessionId>{token}</apex:sessionId></apex:SessionHeader></soapenv:Header>"
        f"<soapenv:Body><apex:executeAnonymous><apex:String>{block}</apex:String></apex:executeAnonymous>"
        "</soapenv:Body></soapenv:Envelope>"
    )
    path = f"/services/Soap/s/{connection.api_version}/{connection.org_id}"
    root = xml.parse(org.transport.send_xml(path, envelope), name=path)
    fault = root.find(".//faultcode")
    if fault is not None:
        code = (fault.text or "").rpartition(":")[2]
        kind = Unauthorized if code == "INVALID_SESSION_ID" else ApiError
        raise kind(root.findtext(".//faultstring") or "", code=code, status=500, request=f"POST {path}")
    values = {str(e.tag).rpartition("}")[2]: e.text for e in root.iter() if isinstance(e.tag, str)}
    return AnonymousResult(
        compiled=values.get("compiled") == "true",
        success=values.get("success") == "true",
        line=int(values.get("line") or -1),
        column=int(values.get("column") or -1),
        problem=values.get("compileProblem") or values.get("exceptionMessage"),
        stack=values.get("exceptionStackTrace"),
        log=values.get("debugLog") or "",
    )
