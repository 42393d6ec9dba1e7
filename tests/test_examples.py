"""Examples from sentences: their labels, marks, files and hash."""

from collections import Counter
from dataclasses import replace

import pytest

from data.codebook import load_codebook
from data.dataset import TASKS
from data.errors import BadInput
from data.example_files import ExampleWriter, read_examples
from data.examples import content_hash, examples_of
from data.records import Example, Mark, Mention, Role, Sentence

EVENTS, ACTORS, PLACES, PLV = map(load_codebook, (*TASKS, "plv_root"))
MARCH = Sentence(
    "m-1",
    "m",
    "Nurses marched in Tirra and Norvale, police said.",
    (
        Mention(0, 6, "actor", (Role("target", "COERCE"), Role("source", "PROTEST"))),
        Mention(18, 23, "place", (Role("site"),)),
        Mention(28, 35, "place", (Role("site"), Role("origin"))),
        Mention(37, 43, "actor", ()),
    ),
    ("PROTEST", "COERCE"),
    source="wire",
    tags=("reported",),
)


def test_a_sentence_is_an_example_with_labels_in_the_codebooks_order():
    made = examples_of([MARCH], EVENTS)
    assert made.examples == [
        Example("m-1", "m", MARCH.text, (), ("PROTEST", "COERCE"), "wire", ("reported",))
    ]
    assert made.left_out == {}
    swapped = replace(MARCH, event_types=("COERCE", "PROTEST"))
    assert examples_of([swapped], EVENTS).examples == made.examples


def test_a_mention_is_an_example_of_its_kind():
    nurses, police = examples_of([MARCH], ACTORS).examples
    assert (nurses.id, nurses.marks) == ("m-1@0-6", (Mark("mention", 0, 6),))
    assert nurses.labels == ("source", "target") and police.labels == ()
    places = examples_of([MARCH], PLACES)
    assert [row.labels for row in places.examples] == [("site",)]
    assert places.left_out == {"not exactly one label": 1}


def test_incomplete_types_are_no_negatives_and_are_counted():
    rows = [replace(MARCH, complete=False), replace(MARCH, event_types=("AID",))]
    made = examples_of(rows, EVENTS)
    assert len(made.examples) == 1
    assert made.left_out == {"event types incomplete: an absent type is not a negative": 1}
    assert examples_of(rows, ACTORS).left_out == {}


def test_a_single_label_task_of_sentences_takes_one_type_and_marks_the_first_of_each_role():
    two = Mention(37, 43, "actor", (Role("source"),))
    rows = [
        replace(MARCH, event_types=("PROTEST",), mentions=(*MARCH.mentions, two)),
        replace(MARCH, event_types=()),
    ]
    made = examples_of(rows, PLV)
    assert [row.marks for row in made.examples] == [(Mark("source", 0, 6), Mark("target", 0, 6))]
    assert made.left_out == {"not exactly one event type": 1}


def test_a_sentence_of_several_events_is_an_example_each_with_the_marks_of_that_event():
    made = examples_of([MARCH], PLV).examples
    assert [(row.labels, row.marks) for row in made] == [
        (("PROTEST",), (Mark("source", 0, 6),)),
        (("COERCE",), (Mark("target", 0, 6),)),
    ]
    assert len({row.id for row in made}) == 2


def test_derived_labels_stay_marked_in_the_file_too(tmp_path):
    mention = Mention(18, 23, "place", (Role("background"),), derived=True)
    sentence = replace(MARCH, mentions=(mention,))
    (row,) = examples_of([sentence], PLACES).examples
    assert row.derived
    path = tmp_path / "x.parquet"
    with ExampleWriter(path, PLACES) as writer:
        writer.add(sentence)
    assert read_examples(path, PLACES) == [row]


@pytest.mark.parametrize(
    ("sentence", "codebook", "said"),
    [
        (replace(MARCH, event_types=("PROTSET",)), EVENTS, "did you mean 'PROTEST'?"),
        (replace(MARCH, event_types=("CONCEED",)), PLV, "labels of the codebook plv_root"),
        (
            replace(MARCH, mentions=(Mention(0, 6, "actor", (Role("sauce"),)),)),
            ACTORS,
            "did you mean 'source'?",
        ),
    ],
)
def test_a_label_that_the_codebook_does_not_know_is_refused_where_it_stands(
    sentence, codebook, said
):
    with pytest.raises(BadInput) as caught:
        examples_of([replace(sentence, where="rows.jsonl:7")], codebook)
    message = str(caught.value)
    assert message.startswith("rows.jsonl:7: expected") and "'m-1'" in message and said in message


def test_the_hash_sees_labels_texts_marks_and_order_but_no_renamed_ids(distinct):
    rows = examples_of(distinct, ACTORS).examples
    expected = content_hash(rows)
    assert content_hash([replace(row, id=f"new-{row.id}", source="x") for row in rows]) == expected
    flipped = ("target",) if rows[5].labels != ("target",) else ("source",)
    mark = rows[5].marks[0]
    for changed in (
        replace(rows[5], labels=flipped),
        replace(rows[5], text=rows[5].text + " "),
        replace(rows[5], doc_id="other"),
        replace(rows[5], marks=(replace(mark, end=mark.end - 1),)),
    ):
        assert content_hash([*rows[:5], changed, *rows[6:]]) != expected
    assert content_hash([*rows[1:], rows[0]]) != expected
    assert content_hash([]) != content_hash(rows[:1])


def test_rows_of_many_row_groups_are_all_there(tmp_path, monkeypatch):
    monkeypatch.setattr("data.example_files.ROW_GROUP", 3)
    rows = [replace(MARCH, id=str(number)) for number in range(10)]
    with ExampleWriter(tmp_path / "x.parquet", EVENTS) as writer:
        for row in rows:
            writer.add(row)
    assert read_examples(tmp_path / "x.parquet", EVENTS) == examples_of(rows, EVENTS).examples
    assert writer.count == 10 and writer.label_counts["PROTEST"] == 10
    assert Counter(writer.label_counts.values()) == {10: 2, 0: 15}
