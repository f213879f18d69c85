"""Operators of place, for posts that carry one. There is no gazetteer: a place is where posts that name it say they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import regex
from psycopg.sql import SQL, Composable, Literal

from oscine import text
from oscine.search.operators.base import Operator, Reading, Unanswerable, adjacent, matching

KILOMETRES = {"km": 1.0, "mi": 1.609344}
DEGREE = 111.2  # kilometres of latitude
DEFAULT_RADIUS = 10.0
WIDEST = 20_040.0  # half the way around
_RADIUS = regex.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(km|mi)", regex.IGNORECASE)
_DISTANCE = SQL(
    "12742 * asin(sqrt(least(1.0, sin(radians({lat} - p.lat) / 2) ^ 2"
    " + cos(radians({lat})) * cos(radians(p.lat)) * sin(radians({lon} - p.lon) / 2) ^ 2)))"
)


class Near(NamedTuple):
    """A place by its name and, where the query gives one, kilometres around it."""

    name: str
    radius: float | None


class Circle(NamedTuple):
    """A place by its coordinates in degrees, and kilometres around it."""

    lat: float
    lon: float
    radius: float


def _radius(value: str) -> float:
    found = _RADIUS.fullmatch(value)
    if not found:
        raise ValueError("takes a distance such as 15km or 10mi")
    return min(float(found[1]) * KILOMETRES[found[2].lower()], WIDEST)


def _within(value: str, reading: Reading) -> float:
    if not any(_stands(read, reading.beside[name], reading) for name, read in PLACES.items() if name in reading.beside):
        raise Unanswerable("it needs near: or geocode: beside it")
    return _radius(value)


def _beside(reading: Reading) -> float | None:
    try:
        return _radius(reading.beside["within"])
    except (KeyError, ValueError):  # what is wrong with `within:` is told where it stands
        return None


def _named(value: str, reading: Reading) -> str:
    if value.lower() == "me":
        raise Unanswerable("where you are is not known here")
    if not text.tokens(value):
        raise ValueError("takes the name of a place")
    return value


def _near(value: str, reading: Reading) -> Near:
    return Near(_named(value, reading), _beside(reading))


def _circle(value: str, reading: Reading) -> Circle:
    parts = value.split(",")
    try:
        lat, lon = float(parts[0]), float(parts[1])
        if len(parts) not in (2, 3) or not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise ValueError
        return Circle(lat, lon, _radius(parts[2]) if len(parts) == 3 else _beside(reading) or DEFAULT_RADIUS)
    except (ValueError, IndexError):
        raise ValueError("takes latitude, longitude and a distance, such as 45.07,7.68,15km") from None


PLACES: dict[str, Callable[[str, Reading], object]] = {"near": _named, "geocode": _circle}


def _stands(read: Callable[[str, Reading], object], value: str, reading: Reading) -> bool:
    """Whether an operator is understood; one that is not is searched as words, and has nothing around it."""
    try:
        read(value, reading)
    except (ValueError, Unanswerable):
        return False
    return True


def _holds(name: str) -> Composable:
    return matching(adjacent(text.place_tokens(name)))


def _around(lat: Composable, lon: Composable, radius: float) -> Composable:
    """Within a distance: a band of latitudes, which an index serves, and then the great circle (haversine formula)."""
    band = SQL("p.lat BETWEEN {lat} - {width} AND {lat} + {width}").format(lat=lat, width=Literal(radius / DEGREE))
    return SQL("({} AND {} <= {})").format(band, _DISTANCE.format(lat=lat, lon=lon), Literal(radius))


def _is_near(place: Near) -> Composable:
    """Posts that name the place, and those whose coordinates are around the middle of where the posts that name it are."""
    if place.radius is None:
        return _holds(place.name)
    middle = SQL("(SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY p.{}) FROM seen p WHERE {} AND p.lat IS NOT NULL)")
    lat, lon = (middle.format(SQL(axis), _holds(place.name)) for axis in ("lat", "lon"))
    return SQL("({} OR {})").format(_holds(place.name), _around(lat, lon, place.radius))


def _in_circle(circle: Circle) -> Composable:
    return _around(Literal(circle.lat), Literal(circle.lon), circle.radius)


def _is_place(name: str) -> Composable:
    return SQL("{} AND lower(p.place) = lower({})").format(_holds(name), Literal(name))


def _kilometres(radius: float) -> str:
    return f"{radius:.4g} km"


def _means_near(place: Near) -> str:
    return f"from {place.name}" if place.radius is None else f"from {place.name} or within {_kilometres(place.radius)} of it"


ALL = [
    Operator("near", 'near:"new york"', "from a place whose name holds this, as the posts themselves name it", "place", _near, _means_near, _is_near),
    Operator("place", "place:Turin", "from the place with exactly this name", "place", _named, lambda v: f"from the place {v}", _is_place),
    Operator("geocode", "geocode:45.07,7.68,15km", "from within a distance (km or mi) of a latitude and longitude", "place", _circle,
             lambda v: f"from within {_kilometres(v.radius)} of {v.lat:g}, {v.lon:g}", _in_circle),
    Operator("within", "within:15km", "how far around near: or geocode:, in km or mi", "place", _within, lambda v: f"within {_kilometres(v)}"),
]  # fmt: skip
