"""The places of an article are read in the light of its dateline, or of its other places."""

import pytest

from tagging.geography.places import Places


def country(places: Places, name: str) -> str | None:
    place = places.find(name)
    assert place is not None, name
    return place.country


@pytest.mark.parametrize(
    ("name", "dateline", "expected"),
    [
        ("Tripoli", None, "LY"),
        ("Tripoli", "BEIRUT, Lebanon, May 2", "LB"),
        ("Hyderabad", "DELHI, India, May 2", "IN"),
        ("Hyderabad", "KARACHI, Pakistan, May 2", "PK"),
    ],
)
def test_the_dateline_decides_among_namesakes(name, dateline, expected):
    assert country(Places.of([name], dateline), name) == expected


def test_the_dateline_is_home_even_where_most_places_lie_elsewhere():
    places = Places.of(["Mombasa", "Kisumu", "Kampala"], "KAMPALA, Uganda, May 2")
    assert places.home == "UG"


@pytest.mark.parametrize("dateline", [None, "", "VENDRAKAR, May 2"])
def test_without_a_known_dateline_the_most_frequent_country_is_home(dateline):
    places = Places.of(["Kampala", "Mombasa", "Kisumu"], dateline)
    assert places.home == "KE"


def test_the_most_frequent_country_decides_among_namesakes():
    places = Places.of(["Karachi", "Lahore", "Islamabad", "Hyderabad"], None)
    assert (places.home, country(places, "Hyderabad")) == ("PK", "PK")


def test_an_unknown_name_is_nowhere():
    places = Places.of(["Vendrakar"], None)
    assert places == Places({"Vendrakar": None}, None)
    assert places.find("Vendrakar") is None
    assert places.find("Nairobi") is None  # no name of the article
