"""``Database.DMLOptions`` (Apex Reference Guide): its headers are there from the start, to be filled in."""

from __future__ import annotations

from orgwright.apex.library.registry import platform
from orgwright.apex.runtime.values import PlatformObject


@platform("Database.DMLOptions.AssignmentRuleHeader")
class AssignmentRuleHeader(PlatformObject):
    """Which assignment rule runs for cases and leads."""

    def __init__(self) -> None:
        self.AssignmentRuleId: str | None = None
        self.UseDefaultRule: bool | None = None


@platform("Database.DMLOptions.DuplicateRuleHeader")
class DuplicateRuleHeader(PlatformObject):
    """How duplicate rules apply."""

    def __init__(self) -> None:
        self.AllowSave: bool | None = None
        self.RunAsCurrentUser: bool | None = None


@platform("Database.DMLOptions.EmailHeader")
class EmailHeader(PlatformObject):
    """Which mails are sent; none leaves the embedded org."""

    def __init__(self) -> None:
        self.TriggerAutoResponseEmail: bool | None = None
        self.TriggerOtherEmail: bool | None = None
        self.TriggerUserEmail: bool | None = None


@platform("Database.DMLOptions")
class DMLOptions(PlatformObject):
    """``Database.DMLOptions``."""

    def __init__(self) -> None:
        self.AllowFieldTruncation: bool | None = None
        self.AssignmentRuleHeader = AssignmentRuleHeader()
        self.DuplicateRuleHeader = DuplicateRuleHeader()
        self.EmailHeader = EmailHeader()
        self.LocaleOptions: str | None = None
        self.OptAllOrNone: bool | None = None
