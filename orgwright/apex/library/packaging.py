"""Install scripts and feature parameters of packages in tests (Apex Reference Guide, InstallHandler, FeatureManagement)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from orgwright.apex.library.arguments import null_argument, only_in_tests
from orgwright.apex.library.registry import native, platform
from orgwright.apex.library.system import Version
from orgwright.apex.runtime.exceptions import NotSupported
from orgwright.apex.runtime.values import Id, PlatformObject


@platform("System.InstallContext")
class InstallContext(PlatformObject):
    """``System.InstallContext`` of a test: an installation over a version, or the first one."""

    def __init__(self, user: str, org: str, previous: Version | None, push: bool) -> None:
        self._user, self._org, self._previous, self._push = Id(user), Id(org), previous, push

    def installerId(self) -> Id:
        """The user who installs."""
        return self._user

    def organizationId(self) -> Id:
        """The org."""
        return self._org

    def previousVersion(self) -> Version | None:
        """The version that was there before."""
        return self._previous

    def isUpgrade(self) -> bool:
        """Whether there was a version before."""
        return self._previous is not None

    def isPush(self) -> bool:
        """Whether the publisher pushes the version."""
        return self._push


@platform("System.UninstallContext")
class UninstallContext(PlatformObject):
    """``System.UninstallContext`` of a test."""

    def __init__(self, user: str, org: str) -> None:
        self._user, self._org = Id(user), Id(org)

    def uninstallerId(self) -> Id:
        """The user who uninstalls."""
        return self._user

    def organizationId(self) -> Id:
        """The org."""
        return self._org


@native("Test.testInstall", context=True)
def test_install(execution: Any, handler: Any, previous: Version | None, push: bool | None = False) -> None:
    """Run an install script as for that version."""
    only_in_tests(execution, "Test.testInstall()")
    if handler is None:
        raise null_argument(1)
    host = execution.host
    execution.invoke(handler, "onInstall", InstallContext(host.user.id, host.org.id, previous, bool(push)))


@native("Test.testUninstall", context=True)
def test_uninstall(execution: Any, handler: Any) -> None:
    """Run an uninstall script."""
    only_in_tests(execution, "Test.testUninstall()")
    if handler is None:
        raise null_argument(1)
    execution.invoke(handler, "onUninstall", UninstallContext(execution.host.user.id, execution.host.org.id))


# --------------------------------------------------------------------------------- feature parameters


def _set(execution: Any, kind: str, name: str | None, value: Any) -> None:
    """In a test a feature parameter keeps what it is given; elsewhere it belongs to a package's publisher."""
    if name is None:
        raise null_argument(1)
    if not execution.in_test:
        raise NotSupported(f"FeatureManagement.setPackage{kind}Value outside of a test")
    execution.state.setdefault("feature parameters", {})[kind, name.lower()] = value


def _check(execution: Any, kind: str, name: str | None) -> Any:
    if name is None:
        raise null_argument(1)
    known = execution.state.get("feature parameters", {})
    if (kind, name.lower()) not in known:
        raise NotSupported(f"FeatureManagement.checkPackage{kind}Value of {name}, which no test has set")
    return known[kind, name.lower()]


@native("FeatureManagement.setPackageBooleanValue", context=True)
def set_boolean(execution: Any, name: str | None, value: bool | None) -> None:
    _set(execution, "Boolean", name, value)


@native("FeatureManagement.setPackageIntegerValue", context=True)
def set_integer(execution: Any, name: str | None, value: int | None) -> None:
    _set(execution, "Integer", name, value)


@native("FeatureManagement.setPackageDateValue", context=True)
def set_date(execution: Any, name: str | None, value: dt.date | None) -> None:
    _set(execution, "Date", name, value)


@native("FeatureManagement.checkPackageBooleanValue", context=True)
def check_boolean(execution: Any, name: str | None) -> Any:
    return _check(execution, "Boolean", name)


@native("FeatureManagement.checkPackageIntegerValue", context=True)
def check_integer(execution: Any, name: str | None) -> Any:
    return _check(execution, "Integer", name)


@native("FeatureManagement.checkPackageDateValue", context=True)
def check_date(execution: Any, name: str | None) -> Any:
    return _check(execution, "Date", name)
