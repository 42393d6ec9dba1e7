"""The way between two places: geodesic facts hold everywhere on the earth."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tagging.events.record import Location
from tagging.geography.movement import COMPASS, compass_point, inverse, movement, shifted

LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)
POINTS = st.tuples(LATITUDES, LONGITUDES)
HALF_MERIDIAN_KM = 20_004.0  # from pole to pole; no shortest way is longer


def at(
    latitude: float, longitude: float, radius: float = 0.0, country: str | None = "AA"
) -> Location:
    return Location("x", "city", country, None, None, latitude, longitude, radius)


@given(POINTS, POINTS)
def test_the_way_back_is_as_long(start: tuple[float, float], end: tuple[float, float]) -> None:
    there, back = movement(at(*start), at(*end)), movement(at(*end), at(*start))
    assert there.distance_km == pytest.approx(back.distance_km, abs=0.11)
    assert 0 <= there.distance_km <= HALF_MERIDIAN_KM


@given(st.tuples(st.floats(-80, 80), LONGITUDES), st.floats(0, 360), st.floats(1, 9_000))
def test_who_walks_the_azimuth_arrives(
    start: tuple[float, float], azimuth: float, km: float
) -> None:
    heading, distance = inverse(start, shifted(start, azimuth, km))
    assert distance == pytest.approx(km, rel=1e-6)
    assert abs((heading - azimuth + 180) % 360 - 180) < 1e-3


@given(st.floats(-60, 60), LONGITUDES, st.floats(0, 360), st.floats(1, 50))
def test_over_a_short_way_the_back_azimuth_is_opposite(
    latitude: float, longitude: float, azimuth: float, km: float
) -> None:
    start = (latitude, longitude)
    back, _ = inverse(shifted(start, azimuth, km), start)
    assert abs((back - azimuth) % 360 - 180) < 1.0


@given(POINTS, st.floats(0, 500))
def test_the_same_point_has_no_heading(point: tuple[float, float], radius: float) -> None:
    way = movement(at(*point, radius), at(*point, radius))
    assert (way.azimuth, way.compass, way.distance_km) == (None, None, 0.0)


@given(POINTS, POINTS, st.floats(0, 3_000), st.floats(0, 3_000))
def test_no_heading_within_the_uncertainty(
    start: tuple[float, float], end: tuple[float, float], first: float, second: float
) -> None:
    way = movement(at(*start, first), at(*end, second))
    assert way.uncertainty_km == pytest.approx(first + second, abs=0.06)
    assume(abs(way.distance_km - way.uncertainty_km) > 0.2)
    assert (way.azimuth is not None) == (way.distance_km > way.uncertainty_km)
    assert (way.azimuth is None) == (way.compass is None)
    assert way.azimuth is None or 0 <= way.azimuth < 360


@pytest.mark.parametrize("latitude", [-60.0, 0.0, 52.0])
def test_the_antimeridian_is_no_wall(latitude: float) -> None:
    way = movement(at(latitude, 179.5), at(latitude, -179.5))
    assert way.distance_km < 112
    assert way.compass == "E"
    assert movement(at(latitude, -179.5), at(latitude, 179.5)).compass == "W"
    assert movement(at(latitude, 180), at(latitude, -180)).distance_km == 0


@given(LONGITUDES, LONGITUDES)
def test_a_pole_has_one_place_and_one_way_out(longitude: float, other: float) -> None:
    assert movement(at(90, longitude), at(90, other)).distance_km == 0
    assert movement(at(50, longitude), at(90, other)).compass == "N"
    assert movement(at(-50, longitude), at(-90, other)).compass == "S"
    way = movement(at(90, longitude), at(-90, other))
    assert way.distance_km == pytest.approx(20_003.9, abs=0.2)


@given(st.floats(0, 360, exclude_max=True))
def test_the_compass_point_is_the_nearest(azimuth: float) -> None:
    middle = COMPASS.index(compass_point(azimuth)) * 22.5
    assert abs((azimuth - middle + 180) % 360 - 180) <= 11.25 + 1e-9


def test_a_way_that_is_known() -> None:
    goma, kigali = at(-1.68, 29.22, 5, "CD"), at(-1.95, 30.06, 15, "RW")
    way = movement(goma, kigali)
    assert way.distance_km == pytest.approx(98, abs=1)
    assert way.compass == "ESE" and way.azimuth == pytest.approx(107.7, abs=0.5)
    assert way.uncertainty_km == 20
    assert way.cross_border is True


@pytest.mark.parametrize(
    ("first", "second", "crosses"),
    [("ML", "ML", False), ("ML", "NE", True), (None, "NE", None), ("ML", None, None)],
)
def test_a_border_is_crossed_between_two_known_countries(
    first: str | None, second: str | None, crosses: bool | None
) -> None:
    assert movement(at(0, 0, country=first), at(5, 5, country=second)).cross_border is crosses
