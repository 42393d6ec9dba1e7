"""The table of places: whole rows, each place in its country and in its division."""

import csv
import math
import re
from collections import defaultdict
from pathlib import Path

import pytest

from tagging.lexicon import load_lexicon

FOLDER = Path(__file__).parent.parent / "tagging"
Row = dict[str, str]

COLUMNS = ["name", "aliases", "country", "kind", "admin1", "admin1_code"]
SPOT = ["latitude", "longitude", "radius_km"]
RADII = {  # km, the least and the most for each kind
    "city": (3, 60), "quarter": (1, 40), "square": (1, 2), "camp": (2, 10), "base": (2, 35),
    "crossing": (2, 12), "landmark": (2, 25), "island": (2, 900), "lake": (6, 330),
    "strait": (8, 800), "river": (15, 1500), "line": (3, 900), "mountain": (4, 2800),
    "sea": (15, 7200), "region": (6, 4100), "conflict": (3, 728),
}  # fmt: skip
# Places of a country that lie far from its middle: islands, exclaves, the ends of long lands.
FAR = """
    AR:Ushuaia AU:Christmas_Island CL:Antofagasta CL:Arica CL:Atacama CL:Calama CL:Easter_Island
    CL:Iquique CL:Punta_Arenas CO:San_Andres_island EC:Galapagos ES:Canary_Islands ES:El_Hierro
    ES:Fuerteventura ES:Gran_Canaria ES:Lanzarote ES:Tenerife FM:Yap_State GB:Lerwick
    GB:Shetland GR:Rhodes IT:Lampedusa IT:Linosa JP:Futenma JP:Henoko JP:Ishigaki JP:Kadena
    JP:Naha JP:Okinawa JP:Yonaguni KI:Kiritimati MH:Bikini_Atoll MX:Tijuana NO:Longyearbyen
    NO:Svalbard NZ:Waitangi PG:Arawa PG:Bougainville PG:Buin PG:Buka PG:Loloho PG:Panguna
    PT:Azores PT:Lajes TH:Krue_Se TH:Narathiwat TH:Pattani TH:Satun TH:Sungai_Kolok TH:Tak_Bai
    TH:Yala TW:Taiping_Island US:Alaska US:Anchorage US:Hawaii US:Honolulu US:Pearl_Harbor"""
# The same within a division.
FAR_IN_DIVISION = """
    CO:Cartagena GB:Lerwick GB:Shetland ID:Natuna IN:Cooch_Behar IN:Darjeeling IN:Dinhata
    IN:Siliguri IN:Thiruvananthapuram IT:Lampedusa IT:Linosa JP:Ishigaki JP:Yonaguni
    MX:Nuevo_Laredo PH:Thitu RU:Kunashir RU:Yuzhno-Kurilsk RU:Yuzhno-Sakhalinsk US:Pensacola"""


def rows_of(file: str) -> list[Row]:
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return rows_of("places.csv")


@pytest.fixture(scope="module")
def countries() -> dict[str, Row]:
    return {row["alpha2"]: row for row in rows_of("countries.csv")}


def spot(row: Row) -> tuple[float, float]:
    return float(row["latitude"]), float(row["longitude"])


def tag(row: Row) -> str:
    return f"{row['country']}:{row['name'].replace(' ', '_')}"


def names(row: Row) -> list[str]:
    return [name for name in (row["name"], *row["aliases"].split(";")) if name]


def km(one: Row, other: Row) -> float:
    """The distance on a sphere: near enough for these checks."""
    (south, west), (north, east) = spot(one), spot(other)
    a, b, width = math.radians(south), math.radians(north), math.radians(east - west)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(width / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half))


def misplaced(rows: list[Row], countries: dict[str, Row]) -> set[str]:
    """Rows farther from the middle of their country than 1.9 of its radii and 150 km."""
    found = set()
    for row in rows:
        land = countries.get(row["country"])
        if land and km(row, land) > 1.9 * float(land["radius_km"]) + 150:
            found.add(tag(row))
    return found


def mirrored(rows: list[Row], countries: dict[str, Row]) -> set[str]:
    """Rows on the other side of the equator or of Greenwich than the whole of their country."""
    found = set()
    for row in rows:
        if (land := countries.get(row["country"])) is None:
            continue
        radius, (latitude, longitude) = float(land["radius_km"]), spot(land)
        wide = math.cos(math.radians(latitude))
        for here, there, degree in ((0, latitude, 111.0), (1, longitude, 111.0 * wide)):
            whole = abs(there) * degree > 2 * radius
            if whole and spot(row)[here] * there < 0:
                found.add(tag(row))
    return found


def outside_division(rows: list[Row], divisions: list[Row]) -> set[str]:
    """Rows farther from the middle of their division than 1.8 of its radii and 30 km."""
    lands = ("region", "conflict", "island")
    middle = {
        (row["country"], row["admin1"]): row
        for row in divisions
        if row["country"] and row["kind"] in lands and row["admin1"] == row["name"]
    }
    found = set()
    for row in rows:
        land = middle.get((row["country"], row["admin1"]))
        if land and km(row, land) > 1.8 * float(land["radius_km"]) + 30:
            found.add(tag(row))
    return found


def test_the_rows_are_whole_and_sorted(rows: list[Row]) -> None:
    assert len(rows) >= 4600 and list(rows[0]) == [*COLUMNS, *SPOT]
    keys = [(row["country"], row["name"], row["kind"]) for row in rows]
    assert keys == sorted(keys) and len(set(keys)) == len(keys)
    for row in rows:
        assert None not in row.values() and all(cell == cell.strip() for cell in row.values()), row
        assert re.fullmatch("[A-Z]{2}|", row["country"]), row
        assert len(names(row)) == len(set(names(row))), row


def test_a_name_stands_once_in_a_country_but_for_a_town_and_its_land(rows: list[Row]) -> None:
    bearers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        for name in names(row):
            bearers[row["country"], name].append(row["kind"])
    several = {key: kinds for key, kinds in bearers.items() if len(kinds) > 1}
    assert several == {("UA", "Dnipro"): ["city", "river"], ("UZ", "Fergana"): ["city", "region"]}


def test_every_spot_is_on_the_earth_and_of_its_kinds_size(rows: list[Row]) -> None:
    for row in rows:
        assert all(re.fullmatch(r"-?\d{1,3}\.\d\d", row[cell]) for cell in SPOT[:2]), row
        latitude, longitude = spot(row)
        assert -90 <= latitude <= 90 and -180 <= longitude <= 180, row
        least, most = RADII[row["kind"]]
        assert least <= float(row["radius_km"]) <= most, row


def test_divisions_have_one_code_and_codes_one_division(rows: list[Row]) -> None:
    codes, divisions = defaultdict(set), defaultdict(set)
    for row in rows:
        if row["admin1_code"]:
            code = rf"{row['country']}-[A-Z0-9]{{1,3}}"
            assert row["admin1"] and re.fullmatch(code, row["admin1_code"]), row
            divisions[row["admin1_code"]].add(row["admin1"])
        if row["admin1"]:
            assert row["country"], row
            codes[row["country"], row["admin1"]].add(row["admin1_code"])
    assert [key for key, found in codes.items() if len(found) > 1] == []
    assert [key for key, found in divisions.items() if len(found) > 1] == []


def test_no_two_cities_stand_on_one_spot(rows: list[Row]) -> None:
    cities = defaultdict(list)
    for row in rows:
        if row["kind"] == "city":
            cities[spot(row)].append(tag(row))
    assert [several for several in cities.values() if len(several) > 1] == []


def test_places_lie_in_their_country(rows: list[Row], countries: dict[str, Row]) -> None:
    assert misplaced(rows, countries) == set(FAR.split())
    assert mirrored(rows, countries) == {"KI:Kiritimati"}  # a land on both sides of 180°


def test_places_lie_in_their_division(rows: list[Row]) -> None:
    divisions = [*rows_of("world.csv"), *rows]
    assert outside_division(rows, divisions) == set(FAR_IN_DIVISION.split())


def test_the_checks_see_a_wrong_sign_swapped_figures_and_a_wrong_digit(
    rows: list[Row], countries: dict[str, Row]
) -> None:
    place = {tag(row): row for row in rows}
    kano, quito = place["NG:Kano"], place["EC:Guayaquil"]
    south = {**kano, "latitude": "-" + kano["latitude"]}
    west = {**place["PK:Lahore"], "longitude": "-74.34"}
    swapped = {**quito, "latitude": quito["longitude"], "longitude": quito["latitude"]}
    digit = {**place["NG:Maiduguri"], "latitude": "18.84"}
    assert misplaced([south, west, swapped], countries) == {tag(south), tag(west), tag(swapped)}
    assert mirrored([west], countries) == {tag(west)}
    assert outside_division([digit], rows) == {tag(digit)}


def test_no_single_name_is_a_given_name_or_a_common_word(rows: list[Row]) -> None:
    lexicon = load_lexicon()
    known = {"Don", "Milan", "Nice", "Split"}  # since the first table
    words = lexicon["given names"] | lexicon["titles"] | {"Man", "Mary", "Reading", "Mobile"}
    words |= {"March", "Phoenix", "Hail", "Same", "Point", "Pool", "Plum", "Mango", "Sale", "Fort"}
    taken = {name for row in rows for name in names(row) if name in words}
    assert taken <= known
