"""CSV and TSV tables."""

import random

import pytest
from foreign_files import refill

from data.errors import BadInput
from data.importers import jsonl, table
from data.importers.table import iso_date, read_rows
from data.mapping import Mapping, load_mapping

OWN = load_mapping("own")
GOOD = (
    "id,doc_id,text,event_types,date,tags\r\n"
    'a-1,a,"Dockers in Norvale struck, again.",PROTEST; COERCE,17 May 2023,strike|port\r\n'
    'a-2,a,"The mayor said:\r\n""No deal.""",REJECT,2023-05-18,\r\n'
    "a-3,a,Rain fell in Tirra.,NONE,,\r\n"
)


def readings(path, mapping=OWN):
    refused: list[BadInput] = []
    return list(table.read(path, refused.append, mapping)), refused


def test_a_row_is_a_sentence_with_the_cells_of_our_names(write):
    path = write("port.csv", "\ufeff" + GOOD)
    (one, two, three), refused = readings(path)
    assert not refused
    assert (one.id, one.doc_id, one.text) == ("a-1", "a", "Dockers in Norvale struck, again.")
    assert one.event_types == ("PROTEST", "COERCE") and one.tags == ("strike", "port")
    assert one.date == "2023-05-17" and one.complete
    assert two.text == 'The mayor said:\n"No deal."' and two.date == "2023-05-18"
    assert three.event_types == () and three.complete and three.date is None
    assert [row.where for row in (one, two, three)] == [f"{path}:{n}" for n in (2, 3, 5)]


def test_the_sentences_travel_on_as_json_lines(write, tmp_path):
    rows, _ = readings(write("port.csv", GOOD))
    jsonl.write(rows, tmp_path / "port.jsonl")
    assert list(jsonl.read(tmp_path / "port.jsonl", pytest.fail)) == rows


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_header_tells_the_delimiter(write, delimiter):
    lines = [("text", "event_types"), ("Nurses marched.", "PROTEST")]
    path = write("nurses.csv", "\n".join(delimiter.join(line) for line in lines))
    (one,), refused = readings(path)
    assert (one.text, one.event_types, refused) == ("Nurses marched.", ("PROTEST",), [])


def test_a_table_of_texts_alone_is_incomplete_and_named_by_file_and_line(write):
    for name in ("rain.csv", "rain.tsv"):
        (one, two), _ = readings(write(name, "text\nRain fell.\n\nIt rained on.\n"))
        assert (one.id, two.id, one.doc_id) == ("rain-2", "rain-4", "rain-2")
        assert not one.complete and one.event_types == ()


def test_an_empty_cell_of_labels_and_a_label_that_we_cannot_express_are_incomplete(write):
    mapping = Mapping(source="desk", event_types={"riot": ("PROTEST",), "gossip": None})
    path = write("x.csv", "text,event_types\nOne.,\nTwo.,gossip|riot\nThree.,riot\n")
    (one, two, three), _ = readings(path, mapping)
    assert (one.complete, two.complete, three.complete) == (False, False, True)
    assert two.event_types == ("PROTEST",) and two.source == "desk"


def test_the_mapping_names_the_columns_and_labels(write):
    mapping = Mapping(
        columns={"id": "Nr", "text": "Snippet", "event_types": "Code"},
        event_types={"strike": ("PROTEST",)},
    )
    (one,), _ = readings(write("x.csv", "Nr;Snippet;Code\n7;Dockers struck.;strike\n"), mapping)
    assert (one.id, one.text, one.event_types) == ("7", "Dockers struck.", ("PROTEST",))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id,txt", r"x\.csv:1: expected the columns text, found no 'text'; did you mean 'txt'"),
        ("text,event_type", r"the column 'event_types', found 'event_type'; rename it"),
        ("text,id,text", "each column once, found 'text' again"),
        ('"text,id', "a header, found unexpected end of data"),
        ("", "an empty file"),
        ("\n\n", "an empty file"),
    ],
)
def test_a_header_that_does_not_fit_is_told(write, header, said):
    with pytest.raises(BadInput, match=said):
        readings(write("x.csv", header))


def test_a_column_that_the_mapping_names_must_be_there(write):
    mapping = Mapping(columns={"text": "Snippet", "event_types": "SubType"})
    with pytest.raises(BadInput, match="no 'SubType'; did you mean 'Subtype'"):
        readings(write("x.csv", "Snippet,Subtype\n"), mapping)
    with pytest.raises(BadInput, match="did you mean 'event_types'"):
        readings(write("x.csv", "text\n"), Mapping(columns={"event_type": "text"}))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("b,B fell.,AIDE,", "did you mean 'AID'"),
        ("b, ,AID,", "a sentence, found an empty cell"),
        ("b,B fell.,AID,,", "4 cells, found 5; quote the cells"),
        ("b,B fell.,AID", "4 cells, found 3"),
        ("a,B fell.,AID,", "each id once, found 'a' again"),
        ("b,B fell.,AID,17.5.2023", "a date, found '17.5.2023'; write it as 2023-05-17"),
        ("b,B fell.,AID,2023-02-30", "a date"),
        ('b,"B fell.,AID,', "close each quote"),
        ('b,"B "fell.",AID,', "close each quote"),
        ("b,B\rfell.,AID,", "a row of cells"),
        (b"b,B\xfffell.,AID,", "UTF-8 text, found byte 0xff"),
        ("b,B\0fell.,AID,", "a NUL character"),
        ("b," + "x" * 200_000 + ",AID,", "field larger"),
        ("b," + "x" * 1_000_000 + ",AID,", "lines of at most"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_are_read(write, bad, said):
    raw = bad if isinstance(bad, bytes) else bad.encode()
    head = b'id,text,event_types,date\na,"A\nfell.",AID,\n'
    rows, refused = readings(write("x.csv", head + raw + b'\nc,C fell.,AID,\nd,"D",AID,\n'))
    assert [row.id for row in rows] == ["a", "c", "d"] and len(refused) == 1
    assert "x.csv:4: expected" in str(refused[0]) and said in str(refused[0])


def test_a_line_that_is_not_text_breaks_the_quoted_cell_round_it(write):
    raw = b'text\n"One\n\xff\ntwo."\nThree.\n'
    rows, refused = readings(write("x.csv", raw))
    assert [row.text for row in rows] == ["Three."]
    assert [error.line for error in refused] == [3, 2, 4]


def test_a_quote_left_open_costs_no_other_row(write):
    lines = [f"{n},Row {n}.,AID" for n in range(2, 3000)]
    lines[10] = '12,"Row 12.,AID'
    rows, refused = readings(write("x.csv", "\n".join(["id,text,event_types", *lines])))
    assert len(rows) == len(lines) - 1 and [error.line for error in refused] == [12]


def test_a_row_without_end_is_not_gathered_in_memory(write, monkeypatch):
    monkeypatch.setattr(table, "MAX_LINE", 1_000)
    rows, refused = readings(write("x.csv", 'text,id\n"A,\n' + '",",\n' * 2_000))
    assert refused[0].line == 2 and "1000 characters" in str(refused[0])
    assert len(rows) + len(refused) == 2_001


@pytest.mark.parametrize("cell", ["1 June 2020", "2020-06-01"])
def test_dates_become_iso(cell):
    assert iso_date(cell) == "2020-06-01" and iso_date("") is None


def test_mutated_tables_give_rows_or_refusals_alone(write):
    dice = random.Random(7)
    path = write("fuzz.csv", "")
    for _ in range(2_000):
        raw = bytearray(GOOD.encode())
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(raw))
            raw[at : at + dice.randint(0, 3)] = dice.choice(
                [b"", b'"', b",", b"\n", b"\r", b"\t", b"\xff", b"\0", raw[at : at + 40], b"\xf0"]
            )
        refused: list[BadInput] = []
        refill(path, bytes(raw))
        try:
            rows = list(table.read(path, refused.append, OWN))
        except BadInput as error:
            assert "fuzz.csv" in str(error)
            continue
        assert all(row.text.strip() and row.where for row in rows)
        assert all(error.path and error.line for error in refused)


def test_every_line_of_a_table_is_read_or_refused(write):
    dice = random.Random(3)
    bad = ["x,y,z,q", 'n,"open,AID', "n,,AID", "n,N fell.,AIDE"]
    lines = [f"{n},Row {n}.,AID" if dice.random() < 0.6 else dice.choice(bad) for n in range(2_000)]
    path = write("x.csv", "\n".join(["id,text,event_types", *lines]))
    rows, refused = readings(path)
    told = [int(row.where.rpartition(":")[2]) for row in rows] + [error.line for error in refused]
    assert sorted(told) == list(range(2, 2_002))


def test_rows_are_read_for_other_importers(write):
    path = write("x.csv", "a,b\n1, 2 \n")
    (row,) = read_rows(path, pytest.fail, ("a",))
    assert (row.line, row.cells) == (2, {"a": "1", "b": "2"})
