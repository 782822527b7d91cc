"""Apex exceptions are Python exceptions: the platform's classes and what user classes extend.

Library code raises them directly: ``raise MathException("Divide by 0")``. What is ``uncatchable`` passes every Apex
``catch`` and ``finally`` (LimitException, failed assertions, some FinalExceptions, ``NotSupported``).
"""

# ruff: noqa: N802  the methods have the names of Apex
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from orgwright.apex.host import RecordError
from orgwright.apex.library.registry import platform

DEFAULT_MESSAGE = "Script-thrown exception"


class Frame:
    """One line of an Apex stack trace."""

    __slots__ = ("initialiser", "line", "name")

    def __init__(self, name: str, line: int, initialiser: bool = False) -> None:
        self.name, self.line, self.initialiser = name, line, initialiser

    def initialising_of(self, outer: Frame) -> bool:
        """Whether this frame is the initialisers of the constructor ``outer``: they are one line of a trace."""
        return self.initialiser and not outer.initialiser and self.name == outer.name

    def __str__(self) -> str:
        return f"{self.name}: line {self.line}, column 1"


@platform("System.Exception")
class ApexException(Exception):
    """``System.Exception``: message, cause and the trace of where it was made, then thrown."""

    apex_type: ClassVar[str] = "System.Exception"
    uncatchable = False
    # what an exception starts with, also one that JSON makes, where no constructor runs
    message: str | None = None
    cause: ApexException | None = None
    frames: tuple[Frame, ...] = ()
    thrown = False

    def __init__(self, message: Any = DEFAULT_MESSAGE, cause: ApexException | None = None) -> None:
        if isinstance(message, ApexException):
            message, cause = DEFAULT_MESSAGE, message
        super().__init__(message)
        self.message = message
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.getTypeName()}: {self.getMessage()}"

    __hash__ = Exception.__hash__

    def getMessage(self) -> str | None:
        """The message text."""
        return self.message

    def setMessage(self, message: str | None) -> None:
        """Replace the message text."""
        self.message = message

    def getCause(self) -> ApexException | None:
        """The exception that caused this one."""
        return self.cause

    def initCause(self, cause: ApexException | None) -> None:
        """Set the cause, once."""
        if self.cause is not None or cause is self:
            raise TypeException("Can't overwrite cause")
        self.cause = cause

    def getTypeName(self) -> str:
        """``System.DmlException``, or the bare name of a user class."""
        return self.__class__.apex_type

    def getStackTraceString(self) -> str:
        """Salesforce's trace text, innermost frame first: where it was thrown or, until then, where it was made."""
        return "\n".join(map(str, self.frames))

    def getLineNumber(self) -> int:
        """The line that threw it or, until then, made it."""
        return self.frames[0].line if self.frames else 1

    def getNumDml(self) -> int:
        """The number of failed rows; 0 for anything but a DmlException that DML raised."""
        return len(getattr(self, "rows", ()))


class DmlRow:
    """One failed row of a DML statement."""

    __slots__ = ("error", "id", "index", "sobject")

    def __init__(self, index: int, id: str | None, error: RecordError, sobject: str | None = None) -> None:
        self.index, self.id, self.error, self.sobject = index, id, error, sobject


class NotSupported(ApexException):
    """Something that Salesforce has and the embedded org has not. Never caught by Apex code."""

    apex_type = "NotSupportedByEmbeddedOrg"
    uncatchable = True

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not supported by the embedded org")


@platform("System.LimitException")
class LimitException(ApexException):
    """``System.LimitException``: a governor limit; it ends the transaction."""

    apex_type = "System.LimitException"
    uncatchable = True


def _define(name: str, *, namespace: str = "System", uncatchable: bool = False) -> type[ApexException]:
    attributes: dict[str, Any] = {"uncatchable": uncatchable, "__doc__": f"``{namespace}.{name}``."}
    cls = type(name, (ApexException,), attributes)
    return platform(f"{namespace}.{name}")(cls)


NullPointerException = _define("NullPointerException")
MathException = _define("MathException")
TypeException = _define("TypeException")
StringException = _define("StringException")
ListException = _define("ListException")
SObjectException = _define("SObjectException")
NoSuchElementException = _define("NoSuchElementException")
JSONException = _define("JSONException")
CalloutException = _define("CalloutException")
AsyncException = _define("AsyncException")
SecurityException = _define("SecurityException")
NoAccessException = _define("NoAccessException")
NoDataFoundException = _define("NoDataFoundException")
RequiredFeatureMissingException = _define("RequiredFeatureMissingException")
InvalidParameterValueException = _define("InvalidParameterValueException")
IllegalArgumentException = _define("IllegalArgumentException")
HandledException = _define("HandledException")
XmlException = _define("XmlException")
VisualforceException = _define("VisualforceException")
EmailException = _define("EmailException")
SearchException = _define("SearchException")
SerializationException = _define("SerializationException")
FlowException = _define("FlowException")
DuplicateMessageException = _define("DuplicateMessageException")
FinalException = _define("FinalException", uncatchable=True)
AssertException = _define("AssertException", uncatchable=True)
UnexpectedException = _define("UnexpectedException", uncatchable=True)
ExternalObjectException = _define("ExternalObjectException")
BigObjectException = _define("BigObjectException")
InvalidHeaderException = _define("InvalidHeaderException")
ProcedureException = _define("ProcedureException")
TouchHandledException = _define("TouchHandledException")
UnsupportedOperationException = _define("UnsupportedOperationException")
PlatformCacheException = _define("PlatformCacheException")
TransientCursorException = _define("TransientCursorException")
FatalCursorException = _define("FatalCursorException")


@platform("System.AuraHandledException")
class AuraHandledException(ApexException):
    """``System.AuraHandledException``: the client sees ``shown``; Apex reads it only after ``setMessage``."""

    apex_type = "System.AuraHandledException"

    def __init__(self, message: Any = DEFAULT_MESSAGE, cause: ApexException | None = None) -> None:
        super().__init__(message, cause)
        self.shown = self.message
        self.message = DEFAULT_MESSAGE


@platform("System.QueryException")
class QueryException(ApexException):
    """``System.QueryException``; ``inaccessible`` are the fields by object that were closed to the user."""

    apex_type = "System.QueryException"

    def __init__(
        self,
        message: Any = DEFAULT_MESSAGE,
        cause: ApexException | None = None,
        inaccessible: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(message, cause)
        self.inaccessible = inaccessible


@platform("System.DmlException")
class DmlException(ApexException):
    """``System.DmlException`` with the failed rows of the statement, if a statement raised it."""

    apex_type = "System.DmlException"

    def __init__(
        self, message: Any = DEFAULT_MESSAGE, cause: ApexException | None = None, rows: Sequence[DmlRow] = ()
    ) -> None:
        super().__init__(message, cause)
        self.rows = tuple(rows)


def null_pointer(message: str = "Attempt to de-reference a null object") -> ApexException:
    """The NullPointerException with that message."""
    return NullPointerException(message)
