"""The way from one place to another: heading, compass point, distance, and whether it is abroad."""

from typing import Final

from tagging.events.record import Location, Movement

COMPASS: Final = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE",
    "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
)  # fmt: skip


def movement(origin: Location, destination: Location) -> Movement:
    """The shortest way over the WGS 84 ellipsoid (Karney 2013, through geographiclib).

    The uncertainty is the sum of both radii. A way that is shorter has no heading. Nor has one
    from a pole or to the very other side of the earth a heading of its own; it gets the one that
    geographiclib chooses.
    """
    azimuth, distance = inverse(
        (origin.latitude, origin.longitude), (destination.latitude, destination.longitude)
    )
    uncertainty = origin.radius_km + destination.radius_km
    known = distance > 0 and distance >= uncertainty
    return Movement(
        azimuth=round(azimuth, 1) % 360 if known else None,
        compass=compass_point(azimuth) if known else None,
        distance_km=round(distance, 1),
        uncertainty_km=round(uncertainty, 1),
        cross_border=_crosses(origin, destination),
    )


def inverse(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """The azimuth at the start (degrees from north, 0 to 360) and the distance in km."""
    from geographiclib.geodesic import Geodesic

    way = Geodesic.WGS84.Inverse(*start, *end, Geodesic.AZIMUTH | Geodesic.DISTANCE)
    return way["azi1"] % 360, way["s12"] / 1000


def shifted(start: tuple[float, float], azimuth: float, km: float) -> tuple[float, float]:
    """The latitude and longitude that lie so many km from the start in that direction."""
    from geographiclib.geodesic import Geodesic

    way = Geodesic.WGS84.Direct(*start, azimuth, km * 1000)
    return way["lat2"], way["lon2"]


def compass_point(azimuth: float) -> str:
    """The nearest of the sixteen points; 11.25 degrees is NNE already."""
    return COMPASS[int(azimuth / 22.5 + 0.5) % 16]


def _crosses(origin: Location, destination: Location) -> bool | None:
    if origin.country is None or destination.country is None:
        return None
    return origin.country != destination.country
