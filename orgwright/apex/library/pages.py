"""Visualforce values that controllers and their tests use: page references, messages, options, cookies."""

from __future__ import annotations

import urllib.parse
from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.enums import enum
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import ApexException, NotSupported, VisualforceException
from orgwright.apex.runtime.keyed import Map
from orgwright.apex.runtime.sobject import SObject
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import EnumValue, PlatformObject

_TEXTS = types.map_of(types.STRING, types.STRING)


@platform("System.PageReference")
class PageReference(PlatformObject):
    """``System.PageReference``: a URL with parameters."""

    def __init__(self, target: str | SObject | None) -> None:
        if target is None:
            raise null_argument()
        text = f"/{target.fields.get('Id')}" if isinstance(target, SObject) else target
        parts = urllib.parse.urlsplit(text)
        self._base = urllib.parse.urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        self._anchor: str | None = parts.fragment or None
        self._redirect = False
        self._parameters = Map(_TEXTS, {}, folds=True)
        self._headers = Map(_TEXTS, {}, folds=True)
        self._cookies: dict[str, Cookie] = {}
        for name, value in urllib.parse.parse_qsl(parts.query, keep_blank_values=True):
            self._parameters.put(name, value)

    def getUrl(self) -> str:
        """The URL with its parameters, by name."""
        pairs = [(name, "" if value is None else value) for name, value in self._parameters.entries()]
        pairs.sort(key=lambda pair: pair[0].lower())
        query = urllib.parse.urlencode(pairs, errors="replace")
        return self._base + (f"?{query}" if query else "") + (f"#{self._anchor}" if self._anchor else "")

    def apex_text(self, limit: int | None = None) -> str:
        """``System.PageReference[/apex/x]``."""
        return f"System.PageReference[{self.getUrl()}]"

    def getParameters(self) -> Map:
        """The parameters, to be read and changed."""
        return self._parameters

    def getHeaders(self) -> Map:
        """The headers, to be read and changed."""
        return self._headers

    def getCookies(self) -> Map:
        """The cookies by name."""
        rtype = RType("platform", Cookie.apex_type, (), Cookie)
        return Map.of(types.map_of(types.STRING, rtype), list(self._cookies.items()))

    def setCookies(self, cookies: Any) -> None:
        """Add cookies."""
        for cookie in cookies:
            self._cookies[cookie.name] = cookie

    def getAnchor(self) -> str | None:
        """What stands behind the hash sign."""
        return self._anchor

    def setAnchor(self, anchor: str | None) -> PageReference:
        """Set what stands behind the hash sign."""
        self._anchor = anchor
        return self

    def getRedirect(self) -> bool:
        """Whether the browser is sent there."""
        return self._redirect

    def setRedirect(self, redirect: bool | None) -> PageReference:
        """Whether the browser is sent there."""
        self._redirect = bool(redirect)
        return self


@platform("System.Cookie")
class Cookie(PlatformObject):
    """``System.Cookie``."""

    def __init__(
        self, name: str, value: str, path: str, age: int, secure: bool, same_site: str = "", http_only: bool = False
    ) -> None:
        self.name, self._value, self._path, self._age = name, value, path, age
        self._secure, self._same_site, self._http_only = secure, same_site, http_only

    def getName(self) -> str:
        """The name."""
        return self.name

    def getValue(self) -> str:
        """The value."""
        return self._value

    def getPath(self) -> str:
        """The path it belongs to."""
        return self._path

    def getMaxAge(self) -> int:
        """Seconds that it lives, -1 for the session."""
        return self._age

    def isSecure(self) -> bool:
        """Whether only https carries it."""
        return self._secure

    def getSameSite(self) -> str:
        """Strict, Lax or None."""
        return self._same_site

    def isHttpOnly(self) -> bool:
        """Whether scripts cannot read it."""
        return self._http_only


@platform("System.SelectOption")
class SelectOption(PlatformObject):
    """``System.SelectOption``."""

    def __init__(self, value: str, label: str, disabled: bool | None = False) -> None:
        self._value, self._label, self._disabled, self._escape = value, label, bool(disabled), True

    def sort_key(self) -> tuple[str, str]:
        """Options are sorted by value, then by label (Apex Developer Guide, List Sorting)."""
        return self._value or "", self._label or ""

    def getValue(self) -> str:
        """What is sent."""
        return self._value

    def setValue(self, value: str) -> None:
        """What is sent."""
        self._value = value

    def getLabel(self) -> str:
        """What is shown."""
        return self._label

    def setLabel(self, label: str) -> None:
        """What is shown."""
        self._label = label

    def getDisabled(self) -> bool:
        """Whether it cannot be chosen."""
        return self._disabled

    def setDisabled(self, disabled: bool | None) -> None:
        """Whether it cannot be chosen."""
        self._disabled = bool(disabled)

    def getEscapeItem(self) -> bool:
        """Whether the label is escaped."""
        return self._escape

    def setEscapeItem(self, escape: bool | None) -> None:
        """Whether the label is escaped."""
        self._escape = bool(escape)


# ----------------------------------------------------------------------------------------- messages


@platform("ApexPages.Message")
class Message(PlatformObject):
    """``ApexPages.Message``."""

    def __init__(self, severity: EnumValue, summary: str, detail: str | None = None, id: str | None = None) -> None:
        self._severity, self._summary, self._detail, self._id = severity, summary, detail, id

    def getSeverity(self) -> EnumValue:
        """How grave it is."""
        return self._severity

    def getSummary(self) -> str:
        """The text."""
        return self._summary

    def getDetail(self) -> str:
        """More text; the summary when none was given."""
        return self._summary if self._detail is None else self._detail

    def getComponentLabel(self) -> str | None:
        """The label of the component it belongs to."""
        return self._id


def _messages(execution: Any) -> list[Message]:
    found: list[Message] = execution.state.setdefault("page messages", [])
    return found


@native("ApexPages.addMessage", context=True)
def add_message(execution: Any, message: Message | None) -> None:
    if message is None:
        raise null_argument()
    _messages(execution).append(message)


@native("ApexPages.addMessages", context=True)
def add_messages(execution: Any, error: ApexException | None) -> None:
    if error is None:
        raise null_argument()
    severity = enum("ApexPages.Severity")["ERROR"]
    rows = getattr(error, "rows", ())
    texts = [row.error.message for row in rows] or [error.getMessage() or ""]
    _messages(execution).extend(Message(severity, text, text) for text in texts)


@native("ApexPages.getMessages", context=True)
def get_messages(execution: Any) -> List:
    rtype = RType("platform", Message.apex_type, (), Message)
    return List(types.list_of(rtype), list(_messages(execution)))


@native("ApexPages.hasMessages()", context=True)
def has_messages(execution: Any) -> bool:
    return bool(_messages(execution))


@native("ApexPages.hasMessages(ApexPages.Severity)", context=True)
def has_messages_of(execution: Any, severity: EnumValue) -> bool:
    return any(message.getSeverity() == severity for message in _messages(execution))


@native("ApexPages.currentPage", "System.currentPageReference", context=True)
def current_page(execution: Any) -> PageReference | None:
    """The page that ``Test.setCurrentPage`` set; tests have an empty one until then. Null outside of a page."""
    found: PageReference | None = execution.state.get("page")
    if found is None and execution.in_test:
        found = execution.state["page"] = PageReference("")
    return found


@native("PageReference.getContent", "PageReference.getContentAsPDF", context=True)
def content(execution: Any, page: PageReference) -> Any:
    """No page is rendered here; in tests none is in Salesforce either."""
    if execution.in_test:
        raise VisualforceException("Methods defined as TestMethod do not support getContent call")
    raise NotSupported("PageReference.getContent")


@native("Test.clearApexPageMessages", context=True)
def clear_messages(execution: Any) -> None:
    _messages(execution).clear()
