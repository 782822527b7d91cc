"""Spec against org: validate, foresee."""

from __future__ import annotations

from orgwright.plan.compare import foresee, validate
from orgwright.plan.model import Change, Difference, Foreseen, Validation

__all__ = ["Change", "Difference", "Foreseen", "Validation", "foresee", "validate"]
