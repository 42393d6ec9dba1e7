"""ACLED's event export."""

import csv
import io
import random

import pytest
from foreign_files import refill

from data.codebook import load_codebook
from data.errors import BadInput
from data.importers import acled, jsonl
from data.mapping import load_mapping
from data.records import Mention, Role

MAPPING = load_mapping("acled")
COLUMNS = (
    "event_id_cnty event_date year time_precision disorder_type event_type sub_event_type actor1 "
    "assoc_actor_1 inter1 actor2 assoc_actor_2 inter2 interaction civilian_targeting iso region "
    "country admin1 admin2 admin3 location latitude longitude geo_precision source source_scale "
    "notes fatalities tags timestamp"
)
NAMES = COLUMNS.split()
CLASH = {
    "event_id_cnty": "NOR12",
    "event_date": "17 May 2023",
    "year": "2023",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Military Forces of Norvale (2019-)",
    "actor2": "Tirra Front",
    "region": "Northern Europe",
    "country": "Norvale",
    "location": "Kasmara",
    "source": "Norvale Herald",
    "notes": "On 17 May 2023, Military Forces of Norvale clashed with Tirra Front near Kasmara.",
    "fatalities": "3",
}


def export(*rows, delimiter=",") -> str:
    out = io.StringIO()
    table = csv.DictWriter(out, NAMES, delimiter=delimiter, lineterminator="\r\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def readings(path):
    refused: list[BadInput] = []
    return list(acled.read(path, refused.append, MAPPING)), refused


def named(sentence):
    return [
        (sentence.text[one.start : one.end], one.kind, *one.role_names) for one in sentence.mentions
    ]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_the_notes_are_the_text_and_what_they_name_is_derived(write, tmp_path, delimiter):
    path = write("export.csv", "\ufeff" + export(CLASH, delimiter=delimiter))
    (made,), refused = readings(path)
    assert not refused and made.text == CLASH["notes"]
    assert (made.id, made.doc_id, made.date) == ("NOR12", "NOR12", "2023-05-17")
    assert made.region == "Northern Europe" and made.source == "acled"
    assert made.event_types == ("ASSAULT",) and made.complete and made.where == f"{path}:2"
    both = (Role("source"), Role("target"))
    assert made.mentions == (
        Mention(16, 42, "actor", both, derived=True),
        Mention(56, 67, "actor", both, derived=True),
        Mention(73, 80, "place", (Role("site"),), derived=True),
    )
    jsonl.write([made], tmp_path / "out.jsonl")
    assert list(jsonl.read(tmp_path / "out.jsonl", pytest.fail)) == [made]


@pytest.mark.parametrize(
    ("event", "actor1", "actor2"),
    [
        ("Violence against civilians/Attack", ["source"], ["target"]),
        ("Explosions/Remote violence/Shelling/artillery/missile attack", ["source"], ["target"]),
        ("Protests/Excessive force against protesters", ["source", "target"], ["source"]),
        ("Protests/Peaceful protest", ["source"], None),
        ("Strategic developments/Agreement", ["source", "target"], ["source", "target"]),
        ("Strategic developments/Arrests", ["source"], ["target"]),
        ("Strategic developments/Other", None, None),
        ("Strategic developments/Headquarters or base established", None, None),
    ],
)
def test_the_event_type_tells_the_roles_of_the_actors(write, event, actor1, actor2):
    kinds = ("Explosions/Remote violence", "Violence against civilians", "Protests")
    kind = next((one for one in kinds if event.startswith(one)), "Strategic developments")
    row = CLASH | {
        "event_type": kind,
        "sub_event_type": event.removeprefix(kind + "/"),
        "actor1": "Police (Norvale)",
        "actor2": "Dockers",
        "notes": "Police came upon Dockers in Kasmara.",
    }
    (made,), _ = readings(write("export.csv", export(row)))
    wanted = [("Police", actor1), ("Dockers", actor2)]
    actors = [(name, "actor", *roles) for name, roles in wanted if roles is not None]
    assert named(made) == [*actors, ("Kasmara", "place", "site")]


def test_all_sub_event_types_are_mapped_to_plover():
    known = set(load_codebook("event_type").labels)
    assert len(MAPPING.event_types) == 25
    assert {name for names in MAPPING.event_types.values() for name in names or ()} <= known


def test_an_event_that_plover_cannot_express_is_incomplete(write):
    row = CLASH | {"event_type": "Strategic developments", "sub_event_type": "Other"}
    (made,), _ = readings(write("export.csv", export(row)))
    assert made.event_types == () and not made.complete


@pytest.mark.parametrize(
    ("notes", "found"),
    [
        ("The front was quiet.", []),
        ("TirraFront and Tirra Fronts, Kasmaran.", []),
        ("Kasmara Tirra Front took Kasmara.", [("Kasmara", 0), ("Tirra Front", 8)]),
        ("In (Kasmara), Tirra Front.", [("Kasmara", 4), ("Tirra Front", 14)]),
        ("Tirra Front", [("Tirra Front", 0)]),
        ("XKasmara, Kasmara.", [("Kasmara", 10)]),
    ],
)
def test_only_whole_words_are_found(write, notes, found):
    (made,), _ = readings(write("export.csv", export(CLASH | {"notes": notes})))
    assert [(made.text[m.start : m.end], m.start) for m in made.mentions] == found


def test_a_place_inside_an_actors_name_is_no_site(write):
    row = CLASH | {"actor2": "Kasmara Guard", "notes": "Kasmara Guard fled Kasmara."}
    (made,), _ = readings(write("export.csv", export(row)))
    assert [(m.start, m.kind) for m in made.mentions] == [(0, "actor"), (19, "place")]


def test_one_name_for_both_sides_is_one_mention(write):
    row = CLASH | {"actor1": "Clan Militia", "actor2": "Clan Militia", "notes": "Clan Militia."}
    row |= {"event_type": "Violence against civilians", "sub_event_type": "Attack"}
    (made,), _ = readings(write("export.csv", export(row)))
    assert named(made) == [("Clan Militia", "actor", "source", "target")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sub_event_type": "Armed clashes"}, "did you mean 'Battles/Armed clash'"),
        ({"event_date": "17 Mai 2023"}, "a date, found '17 Mai 2023'"),
        ({"notes": " "}, "a cell notes, found an empty one"),
        ({"event_id_cnty": ""}, "a cell event_id_cnty"),
        ({"event_id_cnty": "NOR12"}, "each event_id_cnty once"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(write, change, said):
    two = CLASH | {"notes": "Two\nlines.", "event_id_cnty": "NOR13"}
    bad = CLASH | {"event_id_cnty": "NOR14"} | change
    last = CLASH | {"event_id_cnty": "NOR15", "event_date": "2023-05-17"}
    rows, refused = readings(write("export.csv", export(CLASH, two, bad, last)))
    assert [row.id for row in rows] == ["NOR12", "NOR13", "NOR15"]
    (error,) = refused
    assert "export.csv:5: expected" in str(error) and said in str(error)


def test_a_missing_column_is_told(write):
    with pytest.raises(BadInput, match="no 'notes'; did you mean 'note'"):
        readings(write("export.csv", export(CLASH).replace(",notes,", ",note,")))


def test_mutated_exports_give_rows_or_refusals_alone(write):
    dice = random.Random(13)
    good = export(CLASH, CLASH | {"event_id_cnty": "NOR13", "notes": "Tirra Front\nleft."}).encode()
    header = good.index(b"\n") + 1
    path = write("fuzz.csv", "")
    for trial in range(2_000):
        raw = bytearray(good)
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(0 if trial % 10 == 0 else header, len(raw))
            raw[at : at + dice.randint(0, 3)] = dice.choice(
                [b"", b'"', b",", b"\n", b"\r", b"(", b"/", b"\xff", b"\0", raw[at : at + 40]]
            )
        refill(path, bytes(raw))
        refused: list[BadInput] = []
        try:
            rows = list(acled.read(path, refused.append, MAPPING))
        except BadInput as error:
            assert trial % 10 == 0 and "fuzz.csv" in str(error)
            continue
        for row in rows:
            assert all(0 <= span.start < span.end <= len(row.text) for span in row.mentions)
        assert all(error.path and error.line for error in refused)
