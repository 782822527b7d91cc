"""``System.Location`` and ``Address`` (Apex Reference Guide): points on the earth."""

from __future__ import annotations

import math
from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime.exceptions import InvalidParameterValueException
from orgwright.apex.runtime.values import PlatformObject

_RADIUS = {"km": 6371.009, "mi": 3958.761}


@platform("System.Location")
class Location(PlatformObject):
    """A latitude and a longitude."""

    def __init__(self, latitude: float | None = None, longitude: float | None = None) -> None:
        self.latitude, self.longitude = latitude, longitude

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Location) and (self.latitude, self.longitude) == (other.latitude, other.longitude)

    def __hash__(self) -> int:
        return hash((self.latitude, self.longitude))

    def getLatitude(self) -> float | None:
        """Degrees north."""
        return self.latitude

    def getLongitude(self) -> float | None:
        """Degrees east."""
        return self.longitude


@native("Location.newInstance")
def new_location(latitude: Any, longitude: Any) -> Location:
    if latitude is None or longitude is None:
        raise null_argument()
    return Location(float(latitude), float(longitude))


@native("Location.getDistance(Location, Location, String)", "Location.getDistance(Location, String)")
def distance(one: Location | None, other: Location | None, unit: str | None) -> float | None:
    """The distance along the great circle."""
    if one is None or other is None or unit is None:
        raise null_argument()
    radius = _RADIUS.get(unit.lower())
    if radius is None:
        raise InvalidParameterValueException(f"Invalid unit: {unit}. Must be mi or km.")
    if None in (one.latitude, one.longitude, other.latitude, other.longitude):
        return None
    a1, b1, a2, b2 = (
        math.radians(float(value or 0)) for value in (one.latitude, one.longitude, other.latitude, other.longitude)
    )
    half = math.sin((a2 - a1) / 2) ** 2 + math.cos(a1) * math.cos(a2) * math.sin((b2 - b1) / 2) ** 2
    return 2 * radius * math.asin(math.sqrt(half))
