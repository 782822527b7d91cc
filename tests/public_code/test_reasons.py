"""Why a method of a public code base did not pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.reasons import reason_of, uncompiled
from orgwright.localorg.project import sources, trial


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("NotSupportedByEmbeddedOrg: X.f() is not supported by the embedded org", "not supported"),
        ("System.UnexpectedException: Dependent class is invalid and needs recompilation: x", "compile"),
        ("System.AssertException: Assertion Failed: Expected: 1, Actual: 2", "wrong result"),
    ],
)
def test_failures_have_a_class(message: str, reason: str) -> None:
    assert reason_of(message) == reason


def test_methods_of_classes_that_do_not_compile_are_counted(tmp_path: Path) -> None:
    (tmp_path / "BadTest.cls").write_text(
        "@IsTest\nclass BadTest {\n    @IsTest static void one() { Nowhere n; }\n"
        "    static testMethod void two() {}\n    static void helper() {}\n}\n"
    )
    (tmp_path / "Unreadable.cls").write_text("@IsTest\nclass Unreadable {\n    void (\n}\n")
    made = trial.deploy(sources.read(tmp_path))
    assert uncompiled(made) == ["BadTest.one", "BadTest.two"]
