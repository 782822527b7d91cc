"""Functions of places: DISTANCE between two of them, GEOLOCATION for one by its coordinates."""

from __future__ import annotations

import math
from decimal import Decimal

from orgwright.localorg.formula.library import function
from orgwright.localorg.formula.problem import FormulaError

RADIUS = {"km": 6371.009, "mi": 3958.761}
"""The mean radius of the earth in the units of DISTANCE."""
Place = tuple[float | None, float | None]


def distance(one: Place, other: Place, unit: str) -> float | None:
    """The distance along the great circle; ``None`` where a coordinate is missing."""
    if one[0] is None or one[1] is None or other[0] is None or other[1] is None:
        return None
    a1, b1, a2, b2 = map(math.radians, (one[0], one[1], other[0], other[1]))
    half = math.sin((a2 - a1) / 2) ** 2 + math.cos(a1) * math.cos(a2) * math.sin((b2 - b1) / 2) ** 2
    return 2 * RADIUS[unit] * math.asin(math.sqrt(half))


@function("GEOLOCATION", "L", "N N")
def _place(latitude: Decimal, longitude: Decimal) -> Place:
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise FormulaError("Latitude or longitude out of range in GEOLOCATION() function")
    return float(latitude), float(longitude)


@function("DISTANCE", "N", "L L T")
def _distance(one: Place, other: Place, unit: str) -> Decimal:
    if unit.lower() not in RADIUS:
        raise FormulaError(f"'{unit}' is no unit of distance")
    found = distance(one, other, unit.lower())
    return Decimal(repr(found))
