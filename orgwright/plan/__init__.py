"""Spec against org: validate, foresee, drift."""

from __future__ import annotations

from orgwright.plan.compare import validate
from orgwright.plan.drift import Drift, Drifted, drift
from orgwright.plan.foresee import foresee
from orgwright.plan.model import Cause, Change, Difference, Foreseen, Validation
from orgwright.plan.record import Record, Recorded

__all__ = [
    "Cause",
    "Change",
    "Difference",
    "Drift",
    "Drifted",
    "Foreseen",
    "Record",
    "Recorded",
    "Validation",
    "drift",
    "foresee",
    "validate",
]
