"""How the page says dates, affiliations, places and probabilities."""

from functools import cache
from typing import Final

from tagging.event_page.spots import told_name
from tagging.events.record import Affiliation, EventDate, Location, Movement, Whereabouts
from tagging.gazetteer import Gazetteer

SECTORS: Final = {
    "AGR": "agriculture", "BUS": "business", "COP": "police", "CRM": "criminals",
    "CVL": "civilians", "EDU": "education", "ELI": "elites", "GOV": "government",
    "HLH": "health", "IGO": "intergovernmental", "IMG": "militant network", "JRN": "journalists",
    "JUD": "judiciary", "LAB": "labour", "LEG": "legislature", "MED": "media",
    "MIL": "military", "MNC": "multinational company", "NGO": "NGO", "OPP": "opposition",
    "PRM": "paramilitary", "PTY": "party", "REB": "rebels", "REF": "refugees",
    "REL": "religious", "SOC": "society", "SPY": "intelligence", "UAF": "unidentified armed force",
}  # fmt: skip
DATES: Final = {
    "day": "{}", "week": "week of {}", "month": "{:.7}", "season": "season from {:.7}",
    "year": "{:.4}", "unknown": "about {}",
}  # fmt: skip


def percent(value: float) -> str:
    """'93%'; what is not certain is never told as 0 or 100."""
    if 0 < value < 0.01:
        return "<1%"
    return ">99%" if 0.99 < value < 1 else f"{value:.0%}"


def counted(number: int, noun: str) -> str:
    """'1 event', '2 events'."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@cache
def _countries() -> dict[str, str]:
    places = Gazetteer.load().places.values()
    return {place.country: place.name for place in places if place.kind == "country"}


def country(code: str | None) -> str | None:
    """The country's name, or its code where the gazetteer has none."""
    return _countries().get(code, code) if code else None


def affiliated(affiliation: Affiliation) -> str:
    """'Chad, military'; "" where nothing is known."""
    sector = affiliation.sector
    place = country(affiliation.country)
    if place and affiliation.inferred:
        place += " (the article's)"
    told = (place, SECTORS.get(sector, sector) if sector else None)
    return ", ".join(part for part in told if part)


def day(date: EventDate) -> str:
    """'2019-03', or 'unknown'."""
    return DATES[date.precision].format(date.first_day) if date.first_day else "unknown"


def basis(date: EventDate) -> str:
    """What the date rests on."""
    if date.basis == "expression":
        return f"“{date.evidence.text}”" if date.evidence else "words of the sentence"
    return "the article's day" if date.basis == "article" else ""


def situated(location: Location) -> str:
    """'El Geneina, West Darfur, Sudan'."""
    parts = [told_name(location), location.admin1, country(location.country)]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def beyond(place: Whereabouts) -> str:
    """Where a place lies, without its name if its mention is that."""
    if place.location is None:
        return "where is unknown"
    name, told = told_name(place.location), situated(place.location)
    return told.removeprefix(name).removeprefix(", ") if place.evidence.text == name else told


def coordinates(location: Location) -> str:
    """'13.45° N, 22.45° E ± 10 km'."""
    north = f"{abs(location.latitude):.2f}° {'N' if location.latitude >= 0 else 'S'}"
    east = f"{abs(location.longitude):.2f}° {'E' if location.longitude >= 0 else 'W'}"
    return f"{north}, {east} ± {kilometres(location.radius_km)}"


def kilometres(value: float) -> str:
    """'1,230 km', and parts of one below ten."""
    return f"{value:,.0f} km" if value >= 10 else f"{value:.1f} km"


def way(movement: Movement) -> str:
    """'ENE, 132 ± 20 km, across a border'."""
    border = {True: "across a border", False: "within a country", None: ""}
    length = f"{movement.distance_km:,.0f} ± {kilometres(movement.uncertainty_km)}"
    told = (movement.compass, length, border[movement.cross_border])
    return ", ".join(part for part in told if part)
