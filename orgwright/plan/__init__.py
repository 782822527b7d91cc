"""Spec against org: validate, foresee, drift."""

from __future__ import annotations

from orgwright.plan.compare import validate
from orgwright.plan.foresee import foresee
from orgwright.plan.model import Change, Difference, Foreseen, Validation
from orgwright.plan.record import Record, Recorded

__all__ = ["Change", "Difference", "Foreseen", "Record", "Recorded", "Validation", "foresee", "validate"]
