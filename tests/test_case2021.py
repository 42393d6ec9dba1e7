"""CASE 2021's snippets."""

import random

import pytest
from foreign_files import refill

from data.codebook import load_codebook
from data.errors import BadInput
from data.importers import case2021
from data.mapping import load_mapping

MAPPING = load_mapping("case2021")
HEADER = "id\tEventSnippet\tSubType\n"
GOOD = (
    HEADER + "4\tWarplanes struck a village near Kasmara. Six died.\tAIR_STRIKE\n"
    '9\t"A sign read ""Bread now"" as bakers marched. "\tPEACE_PROTEST\n'
    "12\tA dam broke above Ostmark.\tMAN_MADE_DISASTER\n"
    "13\tThe envoys of Tirra left for home.\tDIPLO\n"
)


def readings(path):
    refused: list[BadInput] = []
    return list(case2021.read(path, refused.append, MAPPING)), refused


def test_a_snippet_is_a_sentence_of_its_own_article(write):
    path = write("snippets.tsv", GOOD)
    rows, refused = readings(path)
    assert not refused
    assert [(row.id, row.doc_id) for row in rows] == [
        (f"case2021-{number}", f"case{number}") for number in (4, 9, 12, 13)
    ]
    assert [row.event_types for row in rows] == [("ASSAULT",), ("PROTEST",), (), ()]
    assert [row.complete for row in rows] == [True, True, True, False]
    assert rows[1].text == 'A sign read "Bread now" as bakers marched.'
    assert rows[0].source == "case2021_task2" and rows[3].where == f"{path}:5"


def test_the_mapping_speaks_plover():
    labels = {name for names in MAPPING.event_types.values() for name in names or ()}
    assert labels <= set(load_codebook("event_type").labels) and len(MAPPING.event_types) == 30


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("5\tMen fought.\tARMED_CLASHES", "did you mean 'ARMED_CLASH'"),
        ("5\tMen fought.", "3 cells, found 2"),
        ("5\t \tARREST", "a sentence"),
        ("4\tMen fought.\tARREST", "each id once"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(write, bad, said):
    rows, refused = readings(write("snippets.tsv", GOOD + bad + "\n"))
    assert len(rows) == 4 and len(refused) == 1
    assert "snippets.tsv:6: expected" in str(refused[0]) and said in str(refused[0])


def test_another_table_is_refused(write):
    with pytest.raises(BadInput, match="no 'SubType'"):
        readings(write("snippets.tsv", "id\tEventSnippet\tType\n"))


def test_mutated_files_give_rows_or_refusals_alone(write):
    dice = random.Random(11)
    path = write("fuzz.tsv", "")
    for _ in range(2_000):
        raw = bytearray(GOOD.encode())
        for _ in range(dice.randint(1, 5)):
            at = dice.randrange(len(raw))
            raw[at : at + dice.randint(0, 3)] = dice.choice(
                [b"", b'"', b"\t", b"\n", b"\r", b";", b"|", b"\xff", b"\0", raw[at : at + 30]]
            )
        refused: list[BadInput] = []
        refill(path, bytes(raw))
        try:
            rows = list(case2021.read(path, refused.append, MAPPING))
        except BadInput as error:
            assert "fuzz.tsv" in str(error)
            continue
        assert all(row.text and row.id.startswith("case2021-") for row in rows)
        assert all(error.path and error.line for error in refused)
