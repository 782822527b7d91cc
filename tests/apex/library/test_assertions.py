"""Assertions: the texts that test reports show (they pass every catch)."""

from __future__ import annotations

import pytest

from tests.apex.library.table import raised, values


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("System.assert(false);", "Assertion Failed"),
        ("System.assert(false, 'why');", "Assertion Failed: why"),
        ("Assert.isTrue(false);", "Assertion Failed"),
        ("Assert.isFalse(true, 'why');", "Assertion Failed: why"),
        ("System.assertEquals(1, 2);", "Assertion Failed: Expected: 1, Actual: 2"),
        ("Assert.areEqual('a', 'A', 'case');", "Assertion Failed: case: Expected: a, Actual: A"),
        ("System.assertNotEquals(1, 1);", "Assertion Failed: Same value: 1"),
        ("Assert.areNotEqual('x', 'x', 'm');", "Assertion Failed: m: Same value: x"),
        ("Assert.areEqual(new List<Integer>{1}, new List<Integer>{2});", "Assertion Failed: Expected: (1), Actual: (2)"),
        ("Assert.isNull(1);", "Assertion Failed: Nullable object asserted with non null value"),
        ("Assert.isNotNull(null, 'm');", "Assertion Failed: Instance expected to be a non null value: m"),
        ("Assert.isInstanceOfType(1, String.class, 'm');", "Assertion Failed: The provided object is not an instance of class String: m"),
        ("Assert.isNotInstanceOfType('x', String.class, 'm');", "Assertion Failed: The provided object is an instance of class String: m"),
        ("Assert.fail();", "Assertion Failed: Assertion failed"),
        ("Assert.fail('m');", "Assertion Failed: Assertion failed: m"),
        ("try { Assert.fail('m'); } catch (Exception e) { return; }", "Assertion Failed: Assertion failed: m"),
    ],
)  # fmt: skip
def test_failures(statement: str, message: str) -> None:
    assert raised(statement) == ("System.AssertException", message)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("Assert.isTrue(true, null);", "Message parameter cannot be null"),
        ("Assert.areEqual(1, 1, null);", "Argument 3 cannot be null"),
    ],
)
def test_a_null_message_is_a_null_pointer(statement: str, message: str) -> None:
    assert raised(statement) == ("System.NullPointerException", message)


def test_numbers_are_equal_across_types_and_ids_across_lengths() -> None:
    body = """Assert.areEqual(1, 1.0); Assert.areEqual(1L, 1);
      Assert.areEqual((Id) '001000000000001AAA', '001000000000001'); Assert.isInstanceOfType(1, Integer.class); return 1;"""
    assert values(body) == 1
