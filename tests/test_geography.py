"""Place mentions resolve to the place that they mean, and to none where the tables have none."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagging.events.record import Location
from tagging.gazetteer import Gazetteer, Place, Spot
from tagging.geography.movement import inverse
from tagging.geography.resolve import Resolver, home_of, resolve
from tagging.geography.spelling import folded, loose
from tagging.geography.surfaces import readings

WORDS = ["the", "north", "of", "Zed's", "eastern", "Kotar", "region", ",", "road"]
FAR_FLUNG = {
    "AU",
    "CL",
    "CO",
    "EC",
    "ES",
    "JP",
    "NO",
    "PG",
    "PT",
    "US",
}  # long, or with far islands
ROOT = Path(__file__).parent.parent


def found(surface: str, *near: str, home: str | None = None) -> Location:
    places = [place for name in near if (place := resolve(name)) is not None]
    assert len(places) == len(near)
    place = resolve(surface, places, home)
    assert place is not None, surface
    return place


def small(*rows: tuple[str, str, str, str, float, float, float]) -> Resolver:
    """A resolver that knows these (name, kind, country, admin1, latitude, longitude, radius)."""
    namesakes: dict[str, tuple[Place, ...]] = {}
    for name, kind, country, admin1, *spot in rows:
        place = Place(name, kind, country, admin1, spot=Spot(*spot))
        namesakes[name] = (*namesakes.get(name, ()), place)
    first = {name: places[0] for name, places in namesakes.items()}
    return Resolver(Gazetteer(first, {"Zedian": "ZZ"}, frozenset(), namesakes))


ZED = small(
    ("Zed", "country", "ZZ", "", 10.0, 20.0, 200.0),
    ("Kotar", "city", "ZZ", "Kotar", 11.0, 20.0, 5.0),
    ("North Kotar", "region", "ZZ", "North Kotar", 12.0, 20.0, 60.0),
    ("Camp Alder", "base", "YY", "", -3.0, 40.0, 3.0),
    ("Zirra", "river", "", "", 9.0, 21.0, 150.0),
    ("Twin", "city", "ZZ", "East", 10.5, 21.5, 5.0),
    ("Twin", "city", "YY", "West", -3.5, 41.0, 5.0),
    ("Great", "capital", "XX", "", 50.0, 0.0, 15.0),
    ("Great", "town", "ZZ", "East", 10.0, 22.0, 5.0),
    ("Qolvara", "city", "ZZ", "East", 10.0, 20.5, 5.0),
    ("Kolvarra", "city", "YY", "West", -3.0, 41.0, 5.0),
    ("Beyra", "city", "ZZ", "Beyra", 11.5, 19.0, 5.0),
    ("Beyra", "region", "ZZ", "Beyra", 11.0, 19.0, 80.0),
)


@pytest.mark.parametrize(
    ("surface", "name", "modifier", "radius"),
    [
        ("Kotar", "Kotar", None, 5),
        ("KOTAR", "Kotar", None, 5),
        ("“Kotar,”", "Kotar", None, 5),
        ("the Kotar region", "Kotar", None, 100),
        ("eastern Kotar region", "Kotar", "eastern", 50),
        ("south-western Zed", "Zed", "south-western", 100),
        ("southwest Zed", "Zed", "southwest", 100),
        ("central Zed", "Zed", "central", 100),
        ("the far north of Zed", "Zed", "north", 100),
        ("Zed's south", "Zed", "south", 100),
        ("Zed's Kotar", "Kotar", None, 5),
        ("Kotar's", "Kotar", None, 5),
        ("Kotar, Zed", "Kotar", None, 5),
        ("North Kotar", "North Kotar", None, 60),
        ("North Kotar province", "North Kotar", None, 100),
        ("Kotar airport", "Kotar", None, 20),
        ("Kotar international airport", "Kotar", None, 20),
        ("the port of Kotar", "Kotar", None, 20),
        ("the outskirts of Kotar", "Kotar", None, 50),
        ("Kotar road", "Kotar", None, 50),
        ("the Camp Alder base", "Camp Alder", None, 20),
        ("deep inside Zedian territory", "Zed", None, 200),
        ("northern Zedian soil", "Zed", "northern", 100),
        ("Zirra river", "Zirra", None, 150),
        ("Zirra River", "Zirra", None, 150),
        ("Kotar river", "Kotar", None, 50),  # one that flows by the town
        ("Zirrah", "Zirra", None, 150),
        ("Beyra", "Beyra", None, 5),  # the town
        ("Beyra province", "Beyra", None, 100),
        ("Al-Kottar", "Kotar", None, 5),
    ],
)
def test_words_around_a_name(surface: str, name: str, modifier: str | None, radius: float) -> None:
    place = ZED.resolve(surface)
    assert place is not None
    assert (place.name, place.modifier, place.radius_km) == (name, modifier, radius)


@pytest.mark.parametrize(
    "surface",
    [
        "Kotar Hills",  # hills that are only named after it
        "Mount Kotar",
        "Kotas",  # one letter off is another town
        "Kotor",
        "Kotar Street",  # a street that is only named after the town
        "Kotar River",  # a name of its own
        "Kolvara",  # heard so, it is one of two
        "Zed market",  # may be anywhere in the land
        "Zed river",  # a country is no river
        "Zedian",
        "Zedians",
        "Kotar, Yond",
        "Kotar, Twin",
        "region",
        "the north",
        "northern",
        "",
        "'s",
        ", ,",
    ],
)
def test_what_the_tables_do_not_have_stays_unknown(surface: str) -> None:
    assert ZED.resolve(surface) is None


@pytest.mark.parametrize(
    ("surface", "north", "east"),
    [
        ("northern Zed", 1, 0),
        ("south Zed", -1, 0),
        ("eastern Zed", 0, 1),
        ("southwest Zed", -1, -1),
    ],
)
def test_a_compass_word_moves_the_point_by_half_the_radius(
    surface: str, north: int, east: int
) -> None:
    place = ZED.resolve(surface)
    assert place is not None
    _, km = inverse((10.0, 20.0), (place.latitude, place.longitude))
    assert km == pytest.approx(100, abs=0.1) and place.radius_km == 100
    assert (round(place.latitude - 10, 1) > 0) - (round(place.latitude - 10, 1) < 0) == north
    assert (round(place.longitude - 20, 1) > 0) - (round(place.longitude - 20, 1) < 0) == east


def test_a_namesake_of_the_articles_country_or_neighbourhood_is_taken() -> None:
    kotar = ZED.resolve("Kotar")
    alder = ZED.resolve("Camp Alder")
    assert kotar and alder

    def country(near: list[Location], home: str | None = None) -> str | None:
        place = ZED.resolve("Twin", near, home)
        return place.country if place else None

    assert country([]) == "ZZ"  # the first listed
    assert country([], "YY") == "YY"
    assert country([alder]) == "YY"
    assert country([alder], "ZZ") == "ZZ"  # one voice each: the first listed
    assert country([kotar], "YY") == "ZZ"


def test_a_small_namesake_needs_a_neighbour() -> None:
    kotar = ZED.resolve("Kotar")
    assert kotar
    at_home, beside = ZED.resolve("Great", home="ZZ"), ZED.resolve("Great", [kotar])
    assert at_home and at_home.country == "XX"
    assert beside and beside.country == "ZZ"


def test_a_town_comes_before_its_region_even_where_only_the_region_is_near() -> None:
    beside = Location("x", "city", "ZZ", None, None, 14.3, 19.0, 5.0)
    place = ZED.resolve("Beyra", [beside])
    assert place and place.kind == "city"


def test_an_article_settles_its_namesakes_by_its_other_places() -> None:
    located = ZED.locate(["Twin", "Camp Alder", "Nowhere", "Twin airport"])
    assert located["Nowhere"] is None
    assert [located[name].country for name in ("Twin", "Twin airport")] == ["YY", "YY"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("surface", "near", "home", "country"),
    [
        ("Tripoli", [], None, "LY"),
        ("Tripoli", ["Beirut"], None, "LB"),
        ("Tripoli", [], "LB", "LB"),
        ("Santiago", [], None, "CL"),
        ("Santiago", ["Havana"], "CU", "CU"),
        ("Georgia", [], None, "GE"),
        ("Georgia", ["Tbilisi"], None, "GE"),
        ("Georgia", [], "US", "US"),
        ("Niger", [], "NG", "NE"),
        ("Congo", [], None, "CD"),
        ("Congo", ["Brazzaville"], "CG", "CG"),
        ("Victoria", [], "AU", "AU"),
        ("San Juan", [], "AR", "AR"),
        ("Hyderabad", [], None, "IN"),
        ("Hyderabad", ["Islamabad"], "PK", "PK"),
        ("Granada", ["Managua"], None, "NI"),
        ("Valencia", [], "VE", "VE"),
        ("Cordoba", [], "AR", "AR"),
        ("Moscow", [], "US", "RU"),
        ("Paris", ["Washington"], "US", "FR"),
    ],
)
def test_names_that_several_places_have(
    surface: str, near: list[str], home: str | None, country: str
) -> None:
    assert found(surface, *near, home=home).country == country


@pytest.mark.parametrize(
    ("surface", "country", "admin1_code"),
    [
        ("N’Djamena", "TD", "TD-ND"),
        ("Ndjamena", "TD", "TD-ND"),
        ("SÃO TOMÉ", "ST", None),
        ("Bogotá", "CO", "CO-DC"),
        ("KYIV", "UA", "UA-30"),
        ("Tripoli, Lebanon", "LB", "LB-AS"),
        ("southwest Niger", "NE", None),
        ("deep inside Malian territory", "ML", None),
        ("Tripoli airport", "LY", "LY-TB"),
        ("Doha", "QA", "QA-DA"),
    ],
)
def test_real_names(surface: str, country: str, admin1_code: str | None) -> None:
    place = found(surface)
    assert (place.country, place.admin1_code) == (country, admin1_code)


@pytest.mark.parametrize(
    ("dateline", "country"),
    [
        ("GOMA, Congo, May 24", "CD"),
        ("DJIBOUTI, April 28", "DJ"),
        ("KABUL, Afghanistan, Feb. 9", "AF"),
        ("Nowhere, May 4", None),
        ("", None),
    ],
)
def test_the_home_of_a_dateline(dateline: str, country: str | None) -> None:
    assert home_of(dateline) == country


@given(st.text(max_size=60))
def test_any_text_is_read_to_an_end(surface: str) -> None:
    place = ZED.resolve(surface)
    assert place is None or -90 <= place.latitude <= 90


@given(
    st.lists(
        st.sampled_from(["the", "north", "of", "Zed's", "eastern", "Kotar", "region", ",", "road"]),
        max_size=9,
    )
)
def test_words_in_any_order_are_read_to_an_end(words: list[str]) -> None:
    assert len(list(readings(" ".join(words)))) < 400
    ZED.resolve(" ".join(words))


def test_spellings_meet_and_towns_do_not() -> None:
    assert folded("Saint-Étienne’s") == folded("ST. ETIENNES")
    assert loose("Al-Qamishli") == loose("Kamishli") is not None
    assert loose("Zouwara") == loose("Zuwara")
    assert loose("Hama") is None  # too short to bend
    assert loose("Kotar") != loose("Kotor")


def test_every_country_and_capital_has_a_place_that_agrees() -> None:
    with (ROOT / "tagging" / "countries.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, strict=True))
    for row in rows:
        centre = (float(row["latitude"]), float(row["longitude"]))
        capitals = row["capital"].split(";")
        columns = [row[f"capital_{key}"].split(";") for key in ("latitude", "longitude")]
        codes = row["capital_admin1_code"].split(";")
        assert [len(column) for column in columns] == [len(capitals)] * 2, row["name"]
        assert len(codes) == len(row["capital_admin1"].split(";")) == len(capitals), row["name"]
        assert all(code == "" or code.startswith(f"{row['alpha2']}-") for code in codes)
        for latitude, longitude in zip(*columns, strict=True):
            _, km = inverse(centre, (float(latitude), float(longitude)))
            assert km <= 1.6 * float(row["radius_km"]), row["name"]


def test_every_place_lies_in_its_country() -> None:
    lands = {place.country: place.spot for place in _all_places() if place.kind == "country"}
    for place in _all_places():
        assert place.spot is not None, place
        assert abs(place.spot.latitude) <= 90 and abs(place.spot.longitude) <= 180, place
        assert place.spot.radius_km > 0, place
        assert not place.admin1_code or place.admin1_code.startswith(f"{place.country}-"), place
        land = lands.get(place.country)
        if land and place.kind in ("city", "town", "capital"):
            _, km = inverse(
                (land.latitude, land.longitude), (place.spot.latitude, place.spot.longitude)
            )
            assert km <= (4.5 if place.country in FAR_FLUNG else 2.7) * land.radius_km, place


def _all_places() -> set[Place]:
    return {place for places in Gazetteer.load().namesakes.values() for place in places}
