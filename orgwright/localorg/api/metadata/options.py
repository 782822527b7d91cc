"""Deploy options as clients send them, over REST or SOAP, and the start of a deploy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orgwright.localorg.api.http import ApiError, Request
from orgwright.localorg.metadata import deploys, gates
from orgwright.localorg.metadata.model import DeployOptions, TestLevel
from orgwright.metadata.zip import ZipError

WAIT = 2.0
"""Seconds that the answer to a deploy waits for its end: a small one is done before the first poll."""

_DEFAULTS = DeployOptions()


def deploy_options(values: Mapping[str, Any]) -> DeployOptions:
    """The options of a client; booleans may come as text (CumulusCI sends them so)."""

    def flag(name: str, default: bool) -> bool:
        value = values.get(name)
        if value is None or value == "":
            return default
        return value if isinstance(value, bool) else str(value).lower() in ("true", "1")

    level: TestLevel | None = None
    if values.get("testLevel"):
        try:
            level = TestLevel(str(values["testLevel"]))
        except ValueError:
            text = f"'{values['testLevel']}' is not a valid value for the enum 'TestLevel'"
            raise ApiError("INVALID_FIELD", text) from None
    tests = values.get("runTests") or ()
    return DeployOptions(
        check_only=flag("checkOnly", _DEFAULTS.check_only),
        ignore_warnings=flag("ignoreWarnings", _DEFAULTS.ignore_warnings),
        rollback_on_error=flag("rollbackOnError", _DEFAULTS.rollback_on_error),
        purge_on_delete=flag("purgeOnDelete", _DEFAULTS.purge_on_delete),
        allow_missing_files=flag("allowMissingFiles", _DEFAULTS.allow_missing_files),
        single_package=flag("singlePackage", False),
        test_level=level,
        run_tests=tuple(str(t) for t in tests if t),
    )


def start(request: Request, data: bytes, options: DeployOptions) -> str:
    """Start a deploy in the background; its Id."""
    with request.org.read(request.user_id) as tx:
        if not (tx.rights.has("ModifyMetadata") or tx.rights.has("ModifyAllData")):
            text = "You do not have permission to deploy: Modify Metadata Through Metadata API Functions or Modify All Data is needed"
            raise ApiError("INSUFFICIENT_ACCESS", text, 403)
    try:
        id, work = deploys.of(request.org).start(request.user_id, data, options)
    except gates.InvalidOptions as error:
        raise ApiError(error.code, error.message) from None
    except ZipError as error:
        raise ApiError("INVALID_ZIP_FILE", str(error)) from None
    request.runtime.submit(f"deploy {id}", work, wait=WAIT)
    return id
