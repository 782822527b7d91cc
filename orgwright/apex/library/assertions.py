"""``System.Assert`` and the assertions of ``System`` (Apex Reference Guide, Assert Class): the exact texts."""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.registry import native
from orgwright.apex.library.typetoken import Type
from orgwright.apex.runtime.compare import equals
from orgwright.apex.runtime.exceptions import ApexException, AssertException, null_pointer
from orgwright.apex.runtime.text import to_text

_NONE = object()


def _failed(text: str = "") -> ApexException:
    return AssertException(f"Assertion Failed{text}")


def _prefixed(message: Any) -> str:
    """A message in front of the values."""
    return ": " if message is _NONE else f": {_text(message)}: "


def _text(message: Any) -> str:
    return to_text(message)


# --------------------------------------------------------------------------- System.assert and kin


@native("System.assert")
def system_assert(condition: bool | None, message: Any = _NONE) -> None:
    if condition is None:
        raise null_pointer()
    if not condition:
        raise (
            _failed()
            if message is _NONE
            else _failed(f": {_text(message)}".rstrip() if message == "" else f": {_text(message)}")
        )


@native("System.assertEquals")
def assert_equals(expected: Any, actual: Any, message: Any = _NONE) -> None:
    if not equals(expected, actual):
        raise _failed(f"{_prefixed(message)}Expected: {to_text(expected)}, Actual: {to_text(actual)}")


@native("System.assertNotEquals")
def assert_not_equals(expected: Any, actual: Any, message: Any = _NONE) -> None:
    if equals(expected, actual):
        raise _failed(f"{_prefixed(message)}Same value: {to_text(expected)}")


# ------------------------------------------------------------------------------------------- Assert


def _third(message: Any) -> None:
    if message is None:
        raise null_argument(3)


def _given(message: Any) -> None:
    if message is None:
        raise null_pointer("Message parameter cannot be null")


@native("Assert.areEqual")
def are_equal(expected: Any, actual: Any, message: Any = _NONE) -> None:
    _third(message)
    assert_equals(expected, actual, message)


@native("Assert.areNotEqual")
def are_not_equal(expected: Any, actual: Any, message: Any = _NONE) -> None:
    _third(message)
    assert_not_equals(expected, actual, message)


@native("Assert.isTrue")
def is_true(condition: bool | None, message: Any = _NONE) -> None:
    _given(message)
    system_assert(condition, message)


@native("Assert.isFalse")
def is_false(condition: bool | None, message: Any = _NONE) -> None:
    _given(message)
    if condition is None:
        raise null_pointer()
    system_assert(not condition, message)


def _suffixed(text: str, message: Any) -> ApexException:
    return _failed(f": {text}" + ("" if message is _NONE else f": {message}"))


@native("Assert.isNull")
def is_null(value: Any, message: Any = _NONE) -> None:
    _given(message)
    if value is not None:
        raise _suffixed("Nullable object asserted with non null value", message)


@native("Assert.isNotNull")
def is_not_null(value: Any, message: Any = _NONE) -> None:
    _given(message)
    if value is None:
        raise _suffixed("Instance expected to be a non null value", message)


def _is_instance(value: Any, expected: Type | None) -> bool:
    if expected is None:
        raise null_argument(2)
    return value is not None and expected.rtype.accepts(value)


@native("Assert.isInstanceOfType")
def is_instance_of_type(value: Any, expected: Type | None, message: Any = _NONE) -> None:
    _third(message)
    if not _is_instance(value, expected):
        assert expected is not None
        raise _suffixed(f"The provided object is not an instance of class {expected.getName()}", message)


@native("Assert.isNotInstanceOfType")
def is_not_instance_of_type(value: Any, unwanted: Type | None, message: Any = _NONE) -> None:
    _third(message)
    if _is_instance(value, unwanted):
        assert unwanted is not None
        raise _suffixed(f"The provided object is an instance of class {unwanted.getName()}", message)


@native("Assert.fail")
def fail(message: Any = _NONE) -> None:
    _given(message)
    raise _suffixed("Assertion failed", message)
