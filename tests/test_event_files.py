"""Event records as files: JSON Lines that read back, inert CSV, GeoJSON that maps can draw.

After a change of the record: REWRITE=1 python -m pytest tests/test_event_files.py
"""

import csv
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import TextIO

import pytest
from event_records import RAID, TO, at, evidence, party, raid
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tagging.closed import record
from tagging.events.codes import acled_of, cameo_of
from tagging.events.files import COLUMNS, write_csv, write_geojson, write_jsonl
from tagging.events.record import EventRecord, Whereabouts

SCHEMA = Path(__file__).parent.parent / "docs" / "events.schema.json"
PLACES = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


def written(write: Callable[[Iterable[EventRecord], TextIO], None], *records: EventRecord) -> str:
    out = StringIO()
    write(records, out)
    return out.getvalue()


def schema() -> dict:
    """Drawn from the records' type hints; no key but these is known."""
    made = TypeAdapter(EventRecord).json_schema()
    for part in (made, *made["$defs"].values()):
        part["additionalProperties"] = False
        for field in part["properties"].values():
            field.pop("title", None)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "event record"}
    return head | {key: value for key, value in made.items() if key != "title"}


def test_the_documented_schema_is_that_of_the_records():
    text = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("REWRITE"):
        SCHEMA.write_text(text, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == text


def test_json_lines_read_back_as_the_records():
    other = raid(id="f" * 16, movement=None, origins=(), cameo=None)
    lines = written(write_jsonl, RAID, other).splitlines()
    assert [record(EventRecord, json.loads(line)) for line in lines] == [RAID, other]


def test_a_csv_has_a_row_a_record_and_its_columns():
    rows = list(csv.DictReader(StringIO(written(write_csv, RAID, raid(movement=None)))))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 2
    assert rows[0]["origins"] == "eastern Chad"
    assert rows[0]["origins_coordinates"] == "15.00 21.50"
    assert (rows[0]["distance_km"], rows[0]["cross_border"]) == ("200.4", "True")
    assert rows[1]["distance_km"] == ""


def test_a_csv_names_the_actor_that_the_words_stand_for():
    front = party("Rebels", None, "REB")
    told = raid(sources=(replace(front, refers_to=evidence("Chad")),))
    row = next(csv.DictReader(StringIO(written(write_csv, told))))
    assert row["sources"] == "Chad"


FORMULAS = ["=1+1", "+1", "-1", "@SUM", "\tx", "\rx", "\nx", "\uff1d1+1", "\uff0b1", "\uff20SUM"]
ALMOST = ["-1.67 29.22+1", "-1.67", "-1.67 29.22; =1", "-1.67 29.22\n"]


def row_of(record: EventRecord) -> dict[str, str]:
    return next(csv.DictReader(StringIO(written(write_csv, record), newline="")))


@pytest.mark.parametrize("start", [*FORMULAS, *ALMOST])
def test_no_cell_is_a_formula(start):
    assert row_of(raid(article=start))["article"] == f"'{start}"


def test_a_formula_shows_its_unseen_characters_as_other_cells_do():
    assert row_of(raid(article="=\u202e1"))["article"] == "'=\ufffd1"


def test_coordinates_of_the_south_are_numbers():
    nowhere = Whereabouts(evidence("Chad"), 0.5, None)
    row = row_of(raid(origins=(at(29.22, -1.67), nowhere, at(-70, -33.5)), sites=(at(-9, -8),)))
    assert row["origins_coordinates"] == "-1.67 29.22; ; -33.50 -70.00"
    assert row["sites_coordinates"] == "-8.00 -9.00"


def test_a_csv_tells_a_guessed_country_from_a_told_one():
    parties = (
        party("Rebels", "TD", "REB"),
        party("governor", "SD", "GOV", inferred=True),
        party("Chad", "TD", "GOV"),
    )
    row = row_of(raid(sources=parties, reporters=parties[1:2]))
    assert row["sources_countries"] == "TD; SD; TD"
    assert row["sources_inferred"] == "; true; "
    assert (row["reporters_inferred"], row["targets_inferred"]) == ("true", "")


def features(*records: EventRecord) -> list[dict]:
    found = json.loads(written(write_geojson, *records))
    assert found["type"] == "FeatureCollection"
    return found["features"]


def test_geojson_draws_the_way_from_origin_to_destination():
    (feature,) = features(RAID)
    assert feature["id"] == RAID.id
    assert feature["geometry"] == {
        "type": "LineString",
        "coordinates": [[21.5, 15.0], [22.45, 13.45]],
    }
    assert feature["properties"]["event_type"] == "ASSAULT"


def test_geojson_without_a_way_draws_the_best_known_point():
    nowhere = Whereabouts(evidence("Chad"), 0.5, None)
    site = raid(origins=(nowhere,), destinations=(), sites=(TO,))
    kinds = [site, raid(origins=()), raid(origins=(nowhere,), destinations=())]
    assert [each["geometry"] and each["geometry"]["coordinates"] for each in features(*kinds)] == [
        [22.45, 13.45],
        [22.45, 13.45],
        None,
    ]
    assert features() == []


def test_a_way_over_the_antimeridian_is_cut_in_two():
    (feature,) = features(raid(origins=(at(178, -18),), destinations=(at(-172, -14),)))
    assert feature["geometry"] == {
        "type": "MultiLineString",
        "coordinates": [[[178.0, -18.0], [180.0, -17.2]], [[-180.0, -17.2], [-172.0, -14.0]]],
    }


@given(PLACES, PLACES)
@example((180.0, 10.0), (-180.0, 20.0))
@example((-180.0, 10.0), (180.0, 20.0))
def test_no_line_is_longer_than_half_the_way_round(start, end):
    (feature,) = features(raid(origins=(at(*start),), destinations=(at(*end),)))
    lines = feature["geometry"]["coordinates"]
    for line in lines if feature["geometry"]["type"] == "MultiLineString" else [lines]:
        assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in line)
        assert abs(line[0][0] - line[1][0]) <= 180


REBEL, ARMY, CIVILIAN = (party("Rebels", None, sector) for sector in ("REB", "MIL", "CVL"))
UNKNOWN = party("Rebels", None, None)


@pytest.mark.parametrize(
    ("kind", "text", "sources", "targets", "cameo", "acled"),
    [
        ("ASSAULT", "They shelled the town.", [], [], "19", "Explosions/Remote violence"),
        ("ASSAULT", "A bomb exploded.", [], [], "18", "Explosions/Remote violence"),
        ("ASSAULT", "They clashed.", [REBEL], [ARMY], "19", "Battles"),
        ("ASSAULT", "He was shot.", [REBEL], [CIVILIAN], "19", "Violence against civilians"),
        ("ASSAULT", "He was shot.", [UNKNOWN], [CIVILIAN], "18", "Violence against civilians"),
        ("ASSAULT", "He was shot.", [UNKNOWN], [UNKNOWN], "18", None),
        ("AGREE", "They signed.", [REBEL], [ARMY], "03", "Strategic developments"),
        ("AGREE", "They signed.", [CIVILIAN], [CIVILIAN], "03", None),
        ("PROTEST", "They marched.", [CIVILIAN], [], "14", "Protests"),
        ("CONSULT", "They met.", [], [], "04", None),
        ("OTHER", "They met.", [], [], None, None),
    ],
)
def test_codes_of_other_schemes(kind, text, sources, targets, cameo, acled):
    assert cameo_of(kind, text, sources) == cameo
    assert acled_of(kind, text, sources, targets) == acled


def test_every_event_type_has_a_cameo_root():
    from data.codebook import load_codebook

    assert all(cameo_of(name, "", []) for name in load_codebook("event_type").labels)
