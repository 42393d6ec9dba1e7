"""The PLV benchmark's TSV."""

import pytest

from data.codebook import load_codebook
from data.errors import BadInput
from data.examples import examples_of
from data.importers import jsonl, read_sentences
from data.records import Mark, Mention, Role

HEADER = "sentence_id\tsentence\tmarked_sentence\tsource\tgold_root"


def tsv(write, *rows: str):
    return write("plv.tsv", "\n".join([HEADER, *rows]) + "\n")


def row(number: int, marked: str, root: str = "AID") -> str:
    return f"{number}\t-\t{marked}\t-\t{root}"


def test_a_row_is_a_sentence_with_its_two_actors(write):
    path = tsv(write, row(7, "The <s>🛶 navy</s> fed <t>traders</t> at sea."))
    (made,) = read_sentences(path)
    assert (made.id, made.doc_id, made.text) == (
        "plv-7",
        "plv-7",
        "The 🛶 navy fed traders at sea.",
    )
    assert made.mentions == (
        Mention(4, 10, "actor", (Role("source"),)),
        Mention(15, 22, "actor", (Role("target"),)),
    )
    assert made.event_types == ("AID",) and made.source == "plv"
    assert made.where == f"{path}:2"


def test_marks_may_nest_coincide_or_be_missing(write):
    nested, same, missing = read_sentences(
        tsv(
            write,
            row(1, "The <s>army of <t>Tirra</t></s> fed it."),
            row(2, "<s><t>Two armies</t></s> met.", "CONSULT"),
            row(3, "<t>Traders</t> were fed."),
        )
    )
    assert [(m.start, m.end) for m in nested.mentions] == [(4, 17), (12, 17)]
    assert nested.text == "The army of Tirra fed it."
    assert set(same.mentions[0].role_names) == {"source", "target"} and len(same.mentions) == 1
    assert missing.mentions == (Mention(0, 7, "actor", (Role("target"),)),)


def test_rows_of_one_sentence_share_an_article_and_have_their_own_ids(write, tmp_path):
    rows = list(
        read_sentences(
            tsv(
                write,
                row(1, "<s>A</s> fed <t>B</t> and C."),
                row(1, "<s>A</s> fed B and <t>C</t>."),
                row(2, "A fed <s>B</s> and <t>C</t>."),
                row(3, "<s>A</s> slept by <t>B</t>."),
            )
        )
    )
    assert [one.id for one in rows] == ["plv-1", "plv-1-2", "plv-2", "plv-3"]
    assert [one.doc_id for one in rows] == ["plv-1", "plv-1", "plv-1", "plv-3"]
    jsonl.write(rows, tmp_path / "plv.jsonl")
    assert list(read_sentences(tmp_path / "plv.jsonl")) == rows


def test_quoted_cells_and_further_columns_are_read(write):
    (made,) = read_sentences(tsv(write, row(1, '"<s>He</s> said ""no"" to <t>it</t>."', "REJECT")))
    assert made.text == 'He said "no" to it.'


def test_an_example_carries_both_marks(write):
    rows = read_sentences(tsv(write, row(1, "<s>A</s> fed <t>B</t>."), row(2, "<t>B</t> ate.")))
    both, one = examples_of(rows, load_codebook("plv_root")).examples
    assert both.marks == (Mark("source", 0, 1), Mark("target", 6, 7)) and both.labels == ("AID",)
    assert one.marks == (Mark("target", 0, 1),)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (row(2, "<s>A</s> fed <t>B</t>.", "AIDE"), "did you mean 'AID'?"),
        (row(2, "<s>A</s> fed <t>B."), "each mark closed"),
        (row(2, "A</s> fed B."), "marks <s>"),
        (row(2, "<s></s> fed B."), "marks <s>"),
        (row(2, "<s>A<s> fed</s> B."), "closed before it opens again"),
        (row(2, " "), "a sentence"),
        ("2\t-\t<s>A</s> fed.", "5 cells, found 3"),
        (row(2, "<s>A</s> fed\r<t>B</t>."), "cells parted by tabs"),
        (row(2, "<s>A</s>" + "x" * 200_000), "cells parted by tabs"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_are_read(write, bad, said):
    path = tsv(write, row(1, "<s>A</s> fed <t>B</t>."), bad, row(3, "<s>A</s> fed <t>C</t>."))
    refused: list[BadInput] = []
    rows = list(read_sentences(path, refuse=refused.append))
    assert [one.id for one in rows] == ["plv-1", "plv-3"] and len(refused) == 1
    assert "plv.tsv:3: expected" in str(refused[0]) and said in str(refused[0])
    with pytest.raises(BadInput):
        list(read_sentences(path))


def test_missing_columns_are_named(write):
    path = write("plv.tsv", "sentence_id\tsentence\n1\tA\n")
    with pytest.raises(BadInput, match=r"plv\.tsv:1: .*no marked_sentence, gold_root"):
        list(read_sentences(path))
