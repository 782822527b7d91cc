"""What natives refuse: arguments that are null, calls outside of a test.

Instance methods of the platform answer a null argument with ``Argument cannot be null.``, static ones with the
argument's number and no full stop.
"""

from __future__ import annotations

from typing import Any

from orgwright.apex.runtime.exceptions import ApexException, TypeException, null_pointer


def null_argument(position: int | None = None) -> ApexException:
    """The NullPointerException for a null argument; with ``position`` (1-based) in the form of static methods."""
    if position is None:
        return null_pointer("Argument cannot be null.")
    return null_pointer(f"Argument {position} cannot be null")


def required(*values: Any) -> None:
    """Raise unless every argument of an instance method has a value."""
    for value in values:
        if value is None:
            raise null_argument()


def given(*values: Any) -> None:
    """Raise unless every argument of a static method has a value, naming the first that has none."""
    for position, value in enumerate(values, 1):
        if value is None:
            raise null_argument(position)


def only_in_tests(execution: Any, method: str, where: str = "test methods") -> None:
    """Raise where no test runs; ``method`` as the text names it."""
    if not execution.in_test:
        raise TypeException(f"{method} can only be called from {where}")
