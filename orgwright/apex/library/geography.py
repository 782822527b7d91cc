"""``System.Location`` and ``Address`` (Apex Reference Guide): points on the earth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.registry import native, platform
from orgwright.apex.runtime.exceptions import InvalidParameterValueException
from orgwright.apex.runtime.text import to_text
from orgwright.apex.runtime.values import PlatformObject

_CODES = ("countryCode", "stateCode")
_RADIUS = {"km": 6371.009, "mi": 3958.761}


def _degrees(value: Any) -> float | None:
    return None if value is None else float(value)


@platform("System.Location")
class Location(PlatformObject):
    """A latitude and a longitude."""

    def __init__(self, latitude: float | None = None, longitude: float | None = None) -> None:
        self.latitude, self.longitude = latitude, longitude

    is_compound = True

    @classmethod
    def of_record(cls, parts: Mapping[str, Any]) -> Location:
        """The value of a compound field, by the names that the REST API gives its parts."""
        return cls(_degrees(parts.get("latitude")), _degrees(parts.get("longitude")))

    def json_fields(self) -> dict[str, Any]:
        """Its parts as they are serialised."""
        return self._parts()

    def _parts(self) -> dict[str, Any]:
        return {"latitude": self.latitude, "longitude": self.longitude}

    def apex_text(self, limit: int | None = None) -> str:
        """``System.Location[getLatitude=1.5;getLongitude=2.5;]``."""
        parts = (f"get{name[0].upper()}{name[1:]}={to_text(value, limit)};" for name, value in self._parts().items())
        return f"{self.apex_type}[{''.join(parts)}]"

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


@platform("System.Address")
class Address(Location):
    """``System.Address``: the value of a compound address field."""

    PARTS = ("city", "country", "countryCode", "geocodeAccuracy", "postalCode", "state", "stateCode", "street")

    def __init__(self) -> None:
        super().__init__()
        for name in self.PARTS:
            setattr(self, name, None)

    @classmethod
    def of_record(cls, parts: Mapping[str, Any]) -> Address:
        """The value of a compound field, by the names that the REST API gives its parts."""
        made = cls()
        made.latitude, made.longitude = _degrees(parts.get("latitude")), _degrees(parts.get("longitude"))
        for name in cls.PARTS:
            setattr(made, name, parts.get(name))
        return made

    def json_fields(self) -> dict[str, Any]:
        """Its parts by name as they are serialised: codes only where the org has them."""
        return {name: value for name, value in self._parts().items() if value is not None or name not in _CODES}

    def _parts(self) -> dict[str, Any]:
        parts = {name: getattr(self, name) for name in self.PARTS} | super()._parts()
        return {name: parts[name] for name in sorted(parts)}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(tuple(self._parts().values()))

    def getCity(self) -> Any:
        """The city."""
        return self.city  # type: ignore[attr-defined]

    def getCountry(self) -> Any:
        """The country, by its name."""
        return self.country  # type: ignore[attr-defined]

    def getCountryCode(self) -> Any:
        """The country's ISO code, in orgs with picklists of countries."""
        return self.countryCode  # type: ignore[attr-defined]

    def getGeocodeAccuracy(self) -> Any:
        """How exact latitude and longitude are."""
        return self.geocodeAccuracy  # type: ignore[attr-defined]

    def getPostalCode(self) -> Any:
        """The postal code."""
        return self.postalCode  # type: ignore[attr-defined]

    def getState(self) -> Any:
        """The state, by its name."""
        return self.state  # type: ignore[attr-defined]

    def getStateCode(self) -> Any:
        """The state's ISO code, in orgs with picklists of states."""
        return self.stateCode  # type: ignore[attr-defined]

    def getStreet(self) -> Any:
        """The street."""
        return self.street  # type: ignore[attr-defined]


@native("Location.newInstance")
def new_location(latitude: Any, longitude: Any) -> Location:
    if latitude is None or longitude is None:
        raise null_argument()
    return Location(float(latitude), float(longitude))


@native(
    "Location.getDistance(Location, Location, String)", "Location.getDistance(Location, String)", "Address.getDistance"
)
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
