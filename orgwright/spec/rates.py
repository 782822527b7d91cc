"""Rates: how much a connector may ask of the org, as a vendor's document or Salesforce says."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as Attribute

from orgwright.spec.node import Named


class Rate(Named):
    """A rate that validation holds against what the org tells.

    ``requests`` counts API calls of the whole org (``DailyApiRequests``), ``logins`` those of the service user (``LoginHistory``).
    """

    counts: Literal["requests", "logins"]
    most: int = Attribute(ge=1)
    per: Literal["hour", "day"] = "hour"
    text: str | None = Attribute(default=None, description="What happens when it is reached, and what to do")

    @property
    def a_day(self) -> int:
        """What the rate comes to in a day."""
        return self.most * (24 if self.per == "hour" else 1)
