"""An actor's words tell its country and PLOVER sector; where they do not, it is told by neither."""

from pathlib import Path

import pytest

import tagging.events.affiliation as affiliations
from tagging.events.affiliation import affiliation, at_home, joined
from tagging.events.record import Affiliation

SECTORS = Path(affiliations.__file__).parent / "sectors.txt"
NATIONAL = (
    "GOV JUD LEG MIL COP OPP PTY REB PRM SPY UAF CVL ELI BUS EDU MED LAB AGR JRN REF REL SOC CRM"
)
PLOVER = {*NATIONAL.split(), "IGO", "NGO", "IMG"}
FRONTS = ("first", "lead")
UNSURE = ("rank", "office")


@pytest.mark.parametrize(
    ("surface", "country", "sector"),
    [
        ("U.S. troops", "US", "MIL"),
        ("a U.S. Army sergeant", "US", "MIL"),
        ("the U.S.'s ambassador", "US", "GOV"),
        ("U.S.", "US", "GOV"),
        ("soldiers from the U.S.", "US", "MIL"),
        ("U.K. government", "GB", "GOV"),
        ("U.A.E. army", "AE", "MIL"),
        ("D.R. Congo army", "CD", "MIL"),
        ("U.S.-backed rebels", None, "REB"),
        ("Kenyan police", "KE", "COP"),
        ("Kenyans", "KE", "CVL"),
        ("Nairobi", "KE", "GOV"),
        ("Kenyan and Ugandan troops", None, "MIL"),
        ("South\nSudan", "SS", "GOV"),
        (" South  Sudan ", "SS", "GOV"),
        ("Vendrakar", None, None),
    ],
)
def test_the_words_tell_country_and_sector(surface, country, sector):
    assert affiliation(surface) == Affiliation(country, sector)


@pytest.mark.parametrize(
    "surface",
    ["U.N.", "U.N. envoy", "UN envoy", "EU ambassadors", "OAU envoy", "U.N. refugee agency"],
)
def test_a_known_organisation_in_front_decides_and_has_no_country(surface):
    assert affiliation(surface) == Affiliation(None, "IGO")


@pytest.mark.parametrize(
    ("surface", "sector"),
    [
        ("officials", "GOV"),
        ("Kenyan officials", "GOV"),
        ("local officials", "GOV"),
        ("health officials", "GOV"),
        ("chief election official", "GOV"),
        ("officials in the refugee camps", "GOV"),
        ("spokesman for the officials", "GOV"),
        ("officials' spokesman", "GOV"),
        ("union officials", "LAB"),
        ("union officials' spokesman", "LAB"),
        ("officials of the union", "LAB"),
        ("party officials", "PTY"),
        ("church officials", "REL"),
        ("company officials", "BUS"),
        ("hospital officials", "MED"),
        ("police officials", "COP"),
        ("military officials", "MIL"),
        ("opposition officials", "OPP"),
        ("rebel officials", "REB"),
        ("former officials", "ELI"),
        ("an envoy", "GOV"),
        ("church envoy", "REL"),
    ],
)
def test_an_official_is_of_what_stands_around_and_else_of_the_government(surface, sector):
    assert affiliation(surface).sector == sector


@pytest.mark.parametrize(
    ("surface", "sector"),
    [
        ("police chief", "COP"),
        ("chairman of the council", "GOV"),
        ("chairman", None),
        ("a group of miners", "LAB"),
        ("rebel commanders", "REB"),
        ("rebel soldiers", "REB"),
        ("opposition lawyers", "OPP"),
        ("gunmen of the liberation front", "REB"),
        ("former ministers", "ELI"),
        ("locals", "CVL"),
    ],
)
def test_ranks_bands_and_words_in_front(surface, sector):
    assert affiliation(surface).sector == sector


def test_what_the_words_leave_open_the_name_tells_that_they_stand_for():
    named = Affiliation("KE", "MIL")
    assert joined(Affiliation(None, None), named) == named
    assert joined(Affiliation("UG", None), named) == Affiliation("UG", "MIL")
    assert joined(Affiliation(None, "REB"), named) == Affiliation("KE", "REB")
    assert joined(Affiliation("UG", "REB"), named) == Affiliation("UG", "REB")


def home(surface: str, country: str | None) -> Affiliation:
    return at_home(affiliation(surface), surface, country)


def test_the_articles_country_is_inferred_only_where_no_words_name_one():
    assert home("police", "KE") == Affiliation("KE", "COP", inferred=True)
    assert home("Ugandan police", "KE") == Affiliation("UG", "COP", inferred=False)
    assert home("police", None) == Affiliation(None, "COP", inferred=False)


def test_several_named_countries_leave_none_to_infer():
    assert home("Ugandan and Rwandan troops", "KE") == Affiliation(None, "MIL")
    assert home("U.S. and British troops", "KE") == Affiliation(None, "MIL")
    assert home("both governments", "KE") == Affiliation(None, "GOV")


@pytest.mark.parametrize("surface", ["UN envoy", "Red Cross", "Hezbollah", "Vendrakar"])
def test_actors_of_no_country_or_no_known_sector_have_no_home(surface):
    assert home(surface, "KE") == affiliation(surface)
    assert home(surface, "KE").country is None


def sections() -> list[tuple[str, str]]:
    """The entries of sectors.txt as (section, entry)."""
    found, section = [], ""
    for line in SECTORS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#"):
            found += [(section, entry) for entry in line.split()]
    return found


def test_every_sector_of_the_table_is_plovers():
    told = {section for section, _ in sections()} - {*FRONTS, *UNSURE, "band"}
    led = {entry.partition("=")[2] for section, entry in sections() if section in FRONTS}
    assert told == PLOVER
    assert led <= PLOVER


def test_no_word_of_the_table_is_listed_twice():
    nouns = [entry for section, entry in sections() if section not in (*FRONTS, "band")]
    fronts = [entry.partition("=")[0] for section, entry in sections() if section in FRONTS]
    for words in (nouns, fronts):
        assert sorted(words) == sorted(set(words))
