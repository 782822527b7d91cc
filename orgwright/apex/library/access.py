"""``System.AccessLevel`` (Apex Reference Guide): user mode and system mode of database operations."""

from __future__ import annotations

from orgwright.apex.host import AccessMode
from orgwright.apex.library.registry import getter, platform
from orgwright.apex.runtime.exceptions import NotSupported
from orgwright.apex.runtime.values import PlatformObject


@platform("System.AccessLevel")
class AccessLevel(PlatformObject):
    """One of the two modes, perhaps with a permission set added."""

    __slots__ = ("mode", "permission_set")

    def __init__(self, mode: AccessMode, permission_set: str | None = None) -> None:
        self.mode, self.permission_set = mode, permission_set

    def withPermissionSetId(self, id: str) -> AccessLevel:
        """The same mode with the rights of a permission set."""
        return AccessLevel(self.mode, id)

    def plain_mode(self) -> AccessMode:
        """The mode; a permission set cannot be added in the embedded org."""
        if self.permission_set is not None:
            raise NotSupported("AccessLevel.withPermissionSetId")
        return self.mode


_SYSTEM, _USER = AccessLevel("system"), AccessLevel("user")


@getter("AccessLevel.SYSTEM_MODE")
def system_mode() -> AccessLevel:
    return _SYSTEM


@getter("AccessLevel.USER_MODE")
def user_mode() -> AccessLevel:
    return _USER
