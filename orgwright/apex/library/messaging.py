"""``System.Messaging`` (Apex Reference Guide, Messaging Namespace). No mail leaves the embedded org."""

from __future__ import annotations

import re
from typing import Any

from orgwright.apex.host import RecordError
from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.enums import status_code
from orgwright.apex.library.registry import native, platform
from orgwright.apex.library.textshape import text_list
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List, values_in
from orgwright.apex.runtime.exceptions import DmlRow, EmailException, IllegalArgumentException, NotSupported
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import EnumValue, PlatformObject, parse_id

_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


@platform("Messaging.SendEmailError")
class SendEmailError(PlatformObject):
    """``Messaging.SendEmailError``."""

    __slots__ = ("error", "target")

    def __init__(self, error: RecordError, target: str | None) -> None:
        self.error, self.target = error, target

    def getMessage(self) -> str:
        """The text."""
        return self.error.message

    def getStatusCode(self) -> EnumValue:
        """The constant of ``System.StatusCode``."""
        return status_code(self.error.code)

    def getFields(self) -> List:
        """The fields concerned."""
        return text_list(self.error.fields)

    def getTargetObjectId(self) -> str | None:
        """The Id of the record that the mail was for."""
        return self.target


@platform("Messaging.SendEmailResult")
class SendEmailResult(PlatformObject):
    """``Messaging.SendEmailResult``."""

    __slots__ = ("errors",)

    def __init__(self, errors: list[SendEmailError]) -> None:
        self.errors = errors

    def isSuccess(self) -> bool:
        """Whether the mail was taken."""
        return not self.errors

    def getErrors(self) -> List:
        """What was wrong."""
        rtype = RType("platform", SendEmailError.apex_type, (), SendEmailError)
        return List(types.list_of(rtype), list(self.errors))


@native("Messaging.sendEmail", context=True)
def send_email(execution: Any, mails: List | None, all_or_none: bool | None = True) -> List:
    """Check mails as a real org does and keep them in ``execution.state["mails"]``; none leaves."""
    if mails is None:
        raise null_argument()
    kept: list[Any] = execution.state.setdefault("mails", [])
    results, failed = [], []
    for index, mail in enumerate(values_in(mails)):
        error = _fault(mail)
        if error is None:
            kept.append(mail)
            results.append(SendEmailResult([]))
        else:
            failed.append(DmlRow(index, None, error))
            results.append(SendEmailResult([SendEmailError(error, None)]))
    if failed and all_or_none:
        first = failed[0]
        failure = EmailException(
            f"SendEmail failed. First exception on row {first.index}; first error: {first.error.code}, "
            f"{first.error.message}: [{', '.join(first.error.fields)}]"
        )
        failure.rows = tuple(failed)  # type: ignore[attr-defined]
        raise failure
    execution.limits.count("emailinvocations")
    rtype = RType("platform", SendEmailResult.apex_type, (), SendEmailResult)
    return List(types.list_of(rtype), results)


def _recipients(mail: Any, name: str) -> list[str]:
    found = next((getattr(mail, key) for key in mail.properties if key.lower() == name), None)
    return [] if found is None else [str(item) for item in values_in(found)]


def _get(mail: Any, name: str) -> Any:
    return next((getattr(mail, key) for key in mail.properties if key.lower() == name), None)


def _fault(mail: Any) -> RecordError | None:
    if mail is None:
        raise null_argument()
    if mail.apex_type != "Messaging.SingleEmailMessage":
        raise NotSupported(f"Messaging.sendEmail of a {mail.apex_type}")
    target, template = _get(mail, "targetobjectid"), _get(mail, "templateid")
    names = ("toaddresses", "ccaddresses", "bccaddresses")
    if target is None and not any(_recipients(mail, name) for name in names):
        return RecordError("REQUIRED_FIELD_MISSING", "Add a recipient to send an email.")
    for name, field in zip(names, ("toAddresses", "ccAddresses", "bccAddresses"), strict=True):
        for address in _recipients(mail, name):
            if parse_id(address) is None and not _ADDRESS.fullmatch(address):
                return RecordError("INVALID_EMAIL_ADDRESS", f"Email address is invalid: {address}", (field,))
    if template is None and not (_get(mail, "plaintextbody") or _get(mail, "htmlbody")):
        return RecordError("REQUIRED_FIELD_MISSING", "Missing body, need at least one of html or plainText", ())
    return None


@native("Messaging.reserveSingleEmailCapacity", "Messaging.reserveMassEmailCapacity")
def reserve_capacity(count: int) -> None:
    if count is None:
        raise null_argument()


@native("Messaging.CustomNotification.send")
def send_notification(notification: Any, users: Any) -> None:
    """Nobody's bell rings in the embedded org; a notification without a part that it needs is refused."""
    if users is None:
        raise null_argument()
    for part in ("notificationTypeId", "title", "body"):
        if not getattr(notification, part):
            raise IllegalArgumentException(f"Missing required field: {part}")
    if not (notification.targetId or notification.targetPageRef):
        raise IllegalArgumentException("Missing required field: targetId or targetPageRef")
