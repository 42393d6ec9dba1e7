"""Examples from sentences, the built dataset, its hash and its card; and what `check` finds."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from datasets import ClassLabel, DatasetDict, List, load_dataset

from data import dataset
from data.codebook import load_codebook
from data.dataset import TASKS, build, content_hash, examples_of, read_examples, to_dataset_dict
from data.errors import BadInput
from data.importers import read_sentences
from data.records import Example, Mark, Mention, Role, Sentence
from data.splits import SplitConfig, split

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


@pytest.fixture(scope="module")
def built(sentences, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("build") / "dataset"
    build(sentences, out, SplitConfig())
    return out


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
    rows = [replace(MARCH, event_types=("PROTEST",), mentions=(*MARCH.mentions, two)), MARCH]
    made = examples_of(rows, PLV)
    assert [row.marks for row in made.examples] == [(Mark("source", 0, 6), Mark("target", 0, 6))]
    assert made.left_out == {"not exactly one event type": 1}


def test_derived_labels_stay_marked_in_the_file_too(tmp_path):
    mention = Mention(18, 23, "place", (Role("background"),), derived=True)
    (row,) = examples_of([replace(MARCH, mentions=(mention,))], PLACES).examples
    assert row.derived
    path = tmp_path / "x.parquet"
    to_dataset_dict({"train": [row]}, PLACES)["train"].to_parquet(str(path))
    assert read_examples(path, PLACES) == [row]


@pytest.mark.parametrize(
    ("sentence", "codebook", "said"),
    [
        (replace(MARCH, event_types=("PROTSET",)), EVENTS, "did you mean 'PROTEST'?"),
        (replace(MARCH, event_types=("CONCEDE",)), PLV, "labels of the codebook plv_root"),
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


def test_the_build_holds_the_sentences_and_the_examples_of_each_split(built, sentences):
    parts = split(sentences, SplitConfig())
    for name, rows in parts.items():
        assert list(read_sentences(built / "sentences" / f"{name}.jsonl")) == rows
        for codebook in (EVENTS, ACTORS, PLACES):
            path = built / codebook.name / f"{name}.parquet"
            assert read_examples(path, codebook) == examples_of(rows, codebook).examples


def test_labels_are_class_labels_in_the_codebooks_order(built):
    files = {name: str(built / "event_type" / f"{name}.parquet") for name in ("train", "test")}
    loaded = load_dataset("parquet", data_files=files, cache_dir=str(built.parent / "cache"))
    assert isinstance(loaded, DatasetDict)
    feature = loaded["train"].features["labels"]
    assert isinstance(feature, List) and feature.feature.names == list(EVENTS.labels)
    splits = {"train": examples_of([MARCH], PLACES).examples}
    feature = to_dataset_dict(splits, PLACES)["train"].features["labels"]
    assert isinstance(feature, ClassLabel) and feature.names == list(PLACES.labels)


def test_the_card_counts_everything(built, sentences):
    card = json.loads((built / "card.json").read_text())
    assert card["split"] == {"test": 0.15, "validation": 0.15, "seed": 13}
    assert sum(card["sentences"].values()) == len(sentences)
    assert sum(card["articles"].values()) == 42
    for codebook in (EVENTS, ACTORS, PLACES):
        task = card["tasks"][codebook.name]
        made = examples_of(sentences, codebook)
        assert task["codebook_hash"] == codebook.hash
        assert sum(task["examples"].values()) == len(made.examples)
        assert sum(sum(out.values()) for out in task["left_out"].values()) == sum(
            made.left_out.values()
        )
    counts = card["tasks"]["event_type"]["labels"]
    total = {name: sum(part[name] for part in counts.values()) for name in counts["train"]}
    assert total["no event"] == sum(not row.event_types for row in sentences) == 36
    assert total["ASSAULT"] == 24 and total["SANCTION"] == 0
    assert list(total) == [*EVENTS.labels, "no event"]


def test_the_build_is_the_same_twice_and_replaces_an_earlier_one(built, sentences, tmp_path):
    out = tmp_path / "dataset"
    out.mkdir()  # an empty place is fine
    card = build(sentences, out, SplitConfig())
    (out / "old.txt").write_text("x")
    assert (
        build(sentences, out, SplitConfig())
        == card
        == json.loads((built / "card.json").read_text())
    )
    assert not (out / "old.txt").exists()


def test_the_hash_sees_labels_texts_marks_and_order_but_no_renamed_ids(sentences):
    rows = examples_of(sentences, ACTORS).examples
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


def test_nothing_is_left_half_written_and_the_earlier_build_stays(
    sentences, tmp_path, listing, monkeypatch
):
    out = tmp_path / "dataset"
    build(sentences, out, SplitConfig())
    before = listing(tmp_path)
    bad = [*sentences[:-1], replace(sentences[-1], event_types=("NOPE",))]
    with pytest.raises(BadInput, match="'NOPE'"):
        build(bad, out, SplitConfig())
    assert listing(tmp_path) == before
    monkeypatch.setattr(dataset, "to_dataset_dict", lambda *a: (_ for _ in ()).throw(OSError))
    with pytest.raises(OSError):
        build(sentences, tmp_path / "other", SplitConfig())
    assert listing(tmp_path) == before and not (tmp_path / "other").exists()


def test_a_folder_of_other_files_is_not_replaced(sentences, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(BadInput, match="an empty place or an earlier build"):
        build(sentences, tmp_path, SplitConfig())
    assert (tmp_path / "mine.txt").read_text() == "x"
