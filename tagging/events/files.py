"""Event records as JSON Lines, CSV and GeoJSON; each writes one record at a time."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final, TextIO

from data.pages import visible
from tagging.events.record import EventRecord, Location, Party, Whereabouts

PLACES: Final = ("origins", "destinations", "sites", "transits")
PARTIES: Final = ("sources", "targets", "reporters")
COLUMNS: Final = (
    "id",
    "article",
    "sentences",
    "date",
    "date_precision",
    "date_basis",
    "background",
    "event_type",
    "quad_class",
    "cameo",
    "acled",
    *(f"{role}{part}" for role in PARTIES for part in ("", "_countries", "_inferred", "_sectors")),
    *(f"{role}{part}" for role in PLACES for part in ("", "_countries", "_coordinates")),
    "azimuth",
    "compass",
    "distance_km",
    "cross_border",
    "probability",
    "joint",
    "text",
    "start",
    "end",
)
_COORDINATES: Final = r"(?:-?\d+\.\d\d -?\d+\.\d\d|; )+\Z"
_FORMULA: Final = re.compile(rf"(?!{_COORDINATES})[=+\-@\t\r\n＝＋－＠]")
Writer = Callable[[Iterable[EventRecord], TextIO], None]


def write_jsonl(records: Iterable[EventRecord], out: TextIO) -> None:
    """A record a line, whole."""
    for record in records:
        out.write(json.dumps(to_dict(record), ensure_ascii=False) + "\n")


def write_csv(records: Iterable[EventRecord], out: TextIO) -> None:
    """A record a row under COLUMNS (RFC 4180); several values in a cell are parted by "; "."""
    table = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    table.writeheader()
    for record in records:
        table.writerow({name: _cell(value) for name, value in _row(record).items()})


def write_geojson(records: Iterable[EventRecord], out: TextIO) -> None:
    """A feature a record (RFC 7946): the way from origin to destination, else the best point."""
    out.write('{"type": "FeatureCollection", "features": [')
    for number, record in enumerate(records):
        feature = {
            "type": "Feature",
            "id": record.id,
            "geometry": _geometry(record),
            "properties": _row(record),
        }
        out.write(",\n" if number else "\n")
        out.write(json.dumps(feature, ensure_ascii=False))
    out.write("\n]}\n")


WRITERS: Final[dict[str, Writer]] = {
    "events.jsonl": write_jsonl,
    "events.csv": write_csv,
    "events.geojson": write_geojson,
}


def to_dict(record: EventRecord) -> dict[str, Any]:
    """The record as JSON has it; probabilities with six digits."""
    found: dict[str, Any] = _rounded(asdict(record))
    return found


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_rounded(each) for each in value]
    return value


def _row(record: EventRecord) -> dict[str, Any]:
    """The flat form: names, countries, sectors and coordinates in columns of their own."""
    move = record.movement
    row: dict[str, Any] = {
        "id": record.id,
        "article": record.article,
        "sentences": "; ".join(map(str, record.sentences)),
        "date": record.date.first_day,
        "date_precision": record.date.precision,
        "date_basis": record.date.basis,
        "background": record.date.background,
        "event_type": record.event_type,
        "quad_class": record.quad_class,
        "cameo": record.cameo,
        "acled": record.acled,
    }
    for role in PARTIES:
        row |= _party_columns(role, getattr(record, role))
    for role in PLACES:
        row |= _place_columns(role, getattr(record, role))
    return row | {
        "azimuth": _rounded(move.azimuth) if move else None,
        "compass": move.compass if move else None,
        "distance_km": round(move.distance_km, 1) if move else None,
        "cross_border": move.cross_border if move else None,
        "probability": round(record.probability, 6),
        "joint": round(record.joint, 6),
        "text": record.evidence.text,
        "start": record.evidence.start,
        "end": record.evidence.end,
    }


def _party_columns(role: str, parties: Sequence[Party]) -> dict[str, str]:
    named = [(party.refers_to or party.evidence).text for party in parties]
    return {
        role: "; ".join(named),
        f"{role}_countries": "; ".join(party.affiliation.country or "" for party in parties),
        f"{role}_inferred": "; ".join(
            "true" if party.affiliation.inferred else "" for party in parties
        ),
        f"{role}_sectors": "; ".join(party.affiliation.sector or "" for party in parties),
    }


def _place_columns(role: str, places: Sequence[Whereabouts]) -> dict[str, str]:
    found = [place.location for place in places]
    return {
        role: "; ".join(place.evidence.text for place in places),
        f"{role}_countries": "; ".join((one.country or "") if one else "" for one in found),
        f"{role}_coordinates": "; ".join(
            f"{one.latitude:.2f} {one.longitude:.2f}" if one else "" for one in found
        ),
    }


def _cell(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return value
    return f"'{visible(value)}" if _FORMULA.match(value) else visible(value)


def _geometry(record: EventRecord) -> dict[str, Any] | None:
    origin, destination = _first(record.origins), _first(record.destinations)
    if origin and destination:
        return _line(origin, destination)
    point = _first(record.sites) or destination or origin
    return {"type": "Point", "coordinates": _position(point)} if point else None


def _first(places: Sequence[Whereabouts]) -> Location | None:
    return next((place.location for place in places if place.location), None)


def _position(place: Location) -> list[float]:
    return [round(place.longitude, 4), round(place.latitude, 4)]


def _line(start: Location, end: Location) -> dict[str, Any]:
    """A straight line; one that crosses the antimeridian is cut there in two."""
    (x, y), (to_x, to_y) = _position(start), _position(end)
    if abs(to_x - x) == 360:  # both on the antimeridian
        to_x = x
    if abs(to_x - x) <= 180:
        return {"type": "LineString", "coordinates": [[x, y], [to_x, to_y]]}
    edge = 180.0 if x > 0 else -180.0
    beyond = to_x + 2 * edge
    cut = round(y + (to_y - y) * (edge - x) / (beyond - x), 4)
    return {
        "type": "MultiLineString",
        "coordinates": [[[x, y], [edge, cut]], [[-edge, cut], [to_x, to_y]]],
    }
