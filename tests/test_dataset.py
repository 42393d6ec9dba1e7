"""Examples from sentences; the dataset built from a stream of them, its hashes and its card."""

import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, List

from data import dataset
from data.codebook import load_codebook
from data.dataset import TASKS, build
from data.errors import BadInput
from data.example_files import ExampleWriter, features_of, read_examples
from data.examples import content_hash, examples_of
from data.importers import read_sentences
from data.records import Example, Mark, Mention, Role, Sentence
from data.splits import SplitConfig, split
from data.spool import Spool

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
def sentences(sentences) -> tuple[Sentence, ...]:
    """The corpus of the tests, each sentence with an end of its own: nothing repeats."""
    ends = (random.Random(row.id).randbytes(40).hex() for row in sentences)
    return tuple(
        replace(row, text=f"{row.text} {end}.", date=None)
        for row, end in zip(sentences, ends, strict=True)
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


def test_the_build_holds_the_sentences_and_the_examples_of_each_split(built, sentences):
    parts = split(sentences, SplitConfig())
    for name, rows in parts.items():
        assert list(read_sentences(built / "sentences" / f"{name}.jsonl")) == rows
        for codebook in (EVENTS, ACTORS, PLACES):
            path = built / codebook.name / f"{name}.parquet"
            assert read_examples(path, codebook) == examples_of(rows, codebook).examples


def test_labels_are_class_labels_in_the_codebooks_order(built):
    files = {name: str(built / "event_type" / f"{name}.parquet") for name in ("train", "test")}
    loaded = DatasetDict.from_parquet(files, cache_dir=str(built.parent / "cache"))
    feature = loaded["train"].features["labels"]
    assert isinstance(feature, List) and feature.feature.names == list(EVENTS.labels)
    path = built / "geo_direction" / "train.parquet"
    loaded = Dataset.from_parquet(str(path), cache_dir=str(built.parent / "cache"))
    feature = loaded.features["labels"]
    assert isinstance(feature, ClassLabel) and feature.names == list(PLACES.labels)
    assert loaded.features == features_of(PLACES)
    assert [feature.int2str(label) for label in loaded["labels"]] == [
        row.labels[0] for row in read_examples(path, PLACES)
    ]


def test_examples_of_another_task_or_no_parquet_at_all_are_refused(built, write):
    with pytest.raises(BadInput, match="examples of geo_direction"):
        read_examples(built / "event_type" / "test.parquet", PLACES)
    for name, content in (("a.parquet", b"PAR1"), ("b.parquet", b""), ("c.parquet", b"x" * 99)):
        with pytest.raises(BadInput, match=f"{name}: expected a parquet file"):
            read_examples(write(name, content), PLACES)
    with pytest.raises(BadInput, match="nothing there"):
        read_examples(built / "none.parquet", PLACES)


def test_the_card_counts_everything(built, sentences):
    card = json.loads((built / "card.json").read_text())
    assert card["split"] == SplitConfig().model_dump(mode="json")
    assert card["duplicates"]["rule"] == "group" and card["duplicates"]["repeats"] == {}
    assert card["sources"] == {
        "corpus": {"sentences": len(sentences), "articles": 42, "licenses": ["unnamed"]}
    }
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
    monkeypatch.setattr(dataset, "_card", lambda *a: (_ for _ in ()).throw(OSError))
    with pytest.raises(OSError):
        build(sentences, tmp_path / "other", SplitConfig())
    assert listing(tmp_path) == before and not (tmp_path / "other").exists()


def test_a_folder_of_other_files_is_not_replaced(sentences, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(BadInput, match="an empty place or an earlier build"):
        build(sentences, tmp_path, SplitConfig())
    assert (tmp_path / "mine.txt").read_text() == "x"


def test_a_stream_in_any_order_gives_the_same_dataset(built, sentences, tmp_path):
    """Sentences of one article may lie far apart; within it their order stays."""
    by_place = sorted(sentences, key=lambda row: int(row.id.rpartition("-")[2]))
    card = build(iter(by_place), tmp_path / "dataset", SplitConfig())
    assert card == json.loads((built / "card.json").read_text())
    for path in sorted((built / "sentences").iterdir()):
        assert (tmp_path / "dataset" / "sentences" / path.name).read_bytes() == path.read_bytes()


def test_the_hashes_are_those_of_the_examples_in_the_order_of_the_files(built, sentences):
    card = json.loads((built / "card.json").read_text())
    parts = split(sentences, SplitConfig())
    for name, rows in parts.items():
        for codebook in (EVENTS, ACTORS, PLACES):
            expected = content_hash(examples_of(rows, codebook).examples)
            assert card["tasks"][codebook.name]["hash"][name] == expected


def test_the_dataset_has_an_identity_of_its_own(built, sentences, tmp_path):
    def identity(rows, **options) -> str:
        config = options.pop("config", SplitConfig())
        return build(rows, tmp_path / "x", config, **options)["sha256"]

    known = json.loads((built / "card.json").read_text())["sha256"]
    assert identity(sentences) == known and len(known) == 64
    renamed = [replace(row, id=f"new-{row.id}") for row in sentences]
    assert identity(renamed) == known
    changed = [replace(sentences[0], text=sentences[0].text + " Again."), *sentences[1:]]
    others = {
        identity(changed),
        identity(sentences, config=SplitConfig(seed=14)),
        identity(sentences, tasks=("event_type",)),
        identity(sentences, duplicates="drop"),
    }
    assert len(others | {known}) == 5


def test_sources_are_counted_with_their_licences(sentences, tmp_path):
    named = [replace(row, source="wire", license="CC0") for row in sentences[:40]]
    named[0] = replace(named[0], license="MIT")
    card = build([*named, *sentences[40:]], tmp_path / "x", SplitConfig())
    assert card["sources"] == {
        "corpus": {"sentences": 128, "articles": 32, "licenses": ["unnamed"]},
        "wire": {"sentences": 40, "articles": 10, "licenses": ["CC0", "MIT"]},
    }


def test_a_share_of_zero_leaves_an_empty_split_that_reads(sentences, tmp_path):
    card = build(sentences, tmp_path / "x", SplitConfig(validation=0))
    assert card["sentences"]["validation"] == 0
    path = tmp_path / "x" / "event_type" / "validation.parquet"
    assert read_examples(path, EVENTS) == []


def test_an_id_that_comes_twice_is_refused_and_nothing_is_left(sentences, tmp_path, listing):
    twice = [*sentences, replace(sentences[0], text="Other words.", where="late.jsonl:9")]
    with pytest.raises(BadInput, match=r"late\.jsonl:9: expected each id once"):
        build(twice, tmp_path / "x", SplitConfig())
    assert listing(tmp_path) == []


def test_a_sentence_that_no_file_can_hold_is_refused(sentences, tmp_path):
    with pytest.raises(BadInput, match="a lone surrogate"):
        build([*sentences, replace(MARCH, text="\ud800 x")], tmp_path / "x", SplitConfig())


def repeating(sentences, *pairs: tuple[int, int]) -> list[Sentence]:
    """The sentences; the second of each pair gets the first one's text, its labels stay."""
    rows = list(sentences)
    for one, other in pairs:
        rows[other] = replace(rows[other], text=rows[one].text)
    return rows


def test_articles_that_share_a_sentence_go_to_one_split(sentences, tmp_path):
    pairs = [(place, place + 84) for place in range(0, 84, 12)]  # of articles n and n + 21
    home = split_of(sentences, tmp_path, SplitConfig())
    assert any(home[sentences[a].doc_id] != home[sentences[b].doc_id] for a, b in pairs)
    rows = repeating(sentences, *pairs)
    card = build(rows, tmp_path / "x", SplitConfig())
    home = split_of(rows, tmp_path, SplitConfig())
    assert all(home[rows[a].doc_id] == home[rows[b].doc_id] for a, b in pairs)
    found = card["duplicates"]
    assert found["repeats"] == {"exact": 7} and found["across_splits"] == {}
    assert found["groups"] == 7 and found["left_out"] == []


def split_of(rows, tmp_path: Path, config: SplitConfig, **options) -> dict[str, str]:
    build(rows, tmp_path / "home", config, **options)
    files = (tmp_path / "home" / "sentences").iterdir()
    return {row.doc_id: path.stem for path in files for row in read_sentences(path)}


def test_a_group_that_is_too_large_is_refused_with_advice(sentences, tmp_path):
    pairs = [(0, place) for place in range(4, 60, 4)]
    with pytest.raises(BadInput, match=r'at most 20% .* one of 36%; .* duplicates "drop"'):
        build(repeating(sentences, *pairs), tmp_path / "x", SplitConfig())
    build(repeating(sentences, *pairs), tmp_path / "x", SplitConfig(), duplicates="drop")


def test_repeats_across_splits_are_left_out_of_train_first_and_told(sentences, tmp_path):
    parts = split(sentences, SplitConfig())
    place = {row.id: index for index, row in enumerate(sentences)}
    train, validation, test = (
        [place[row.id] for row in parts[name]] for name in ("train", "validation", "test")
    )
    rows = repeating(
        sentences,
        (test[0], train[0]),
        (train[1], test[1]),
        (validation[0], train[2]),
        (validation[0], train[3]),
        (test[2], validation[1]),
        (test[3], validation[2]),
        (test[3], train[4]),
        (train[5], train[6]),  # within one split: both stay
    )
    card = build(rows, tmp_path / "x", SplitConfig(), duplicates="drop")
    out = {rows[index].id for index in (*train[:5], validation[1], validation[2])}
    told = card["duplicates"]["left_out"]
    assert {row["id"] for row in told} == out
    assert all(rows[place[row["id"]]].text == rows[place[row["repeats"]]].text for row in told)
    kept = {
        row.id for path in (tmp_path / "x" / "sentences").iterdir() for row in read_sentences(path)
    }
    assert kept == {row.id for row in rows} - out
    assert sum(card["sentences"].values()) == len(rows) - len(told)


def test_a_split_that_repeats_alone_is_refused(sentences, tmp_path):
    same = [replace(row, text=sentences[0].text) for row in sentences]
    with pytest.raises(BadInput, match="a sentence at least for train, found repeats alone"):
        build(same, tmp_path / "x", SplitConfig(), duplicates="drop")


def test_near_repeats_are_left_out_too(sentences, tmp_path):
    parts = split(sentences, SplitConfig())
    near = replace(parts["train"][0], text=parts["test"][0].text.upper() + " Again")
    rows = [near if row.id == near.id else row for row in sentences]
    card = build(rows, tmp_path / "x", SplitConfig(), duplicates="drop")
    assert card["duplicates"]["left_out"] == [{"id": near.id, "repeats": parts["test"][0].id}]
    assert card["duplicates"]["repeats"] == {"near": 1}


def test_leaks_are_refused_with_examples_where_asked(sentences, tmp_path, listing):
    parts = split(sentences, SplitConfig())
    build(sentences, tmp_path / "x", SplitConfig(), duplicates="refuse")
    before = listing(tmp_path)
    one, other = parts["train"][0], parts["test"][0]
    rows = [replace(row, text=other.text) if row.id == one.id else row for row in sentences]
    with pytest.raises(BadInput) as caught:
        build(rows, tmp_path / "x", SplitConfig(), duplicates="refuse")
    message = str(caught.value)
    assert "1 repeats: " in message and repr(one.id) in message and repr(other.id) in message
    assert listing(tmp_path) == before
    with pytest.raises(BadInput, match="did you mean 'refuse'"):
        build(rows, tmp_path / "y", SplitConfig(), duplicates="refused")


def test_a_spool_gives_back_what_it_took_by_article(sentences, tmp_path):
    shuffled = list(sentences)
    random.Random(3).shuffle(shuffled)
    with Spool(tmp_path / "spool") as spool:
        for row in shuffled:
            spool.add(row)
        assert len(spool) == len(sentences)
        wanted = sorted({row.doc_id for row in sentences})[::-3]
        expected = [row for doc in wanted for row in shuffled if row.doc_id == doc]
        assert [row for _, row in spool.read(wanted)] == expected
        assert list(spool.read([])) == []
        ids = {row.id for row in expected}
        assert spool.texts(ids) == {row.id: row.text for row in expected}


def test_rows_of_many_row_groups_are_all_there(tmp_path, monkeypatch):
    monkeypatch.setattr("data.example_files.ROW_GROUP", 3)
    rows = [replace(MARCH, id=str(number)) for number in range(10)]
    with ExampleWriter(tmp_path / "x.parquet", EVENTS) as writer:
        for row in rows:
            writer.add(row)
    assert read_examples(tmp_path / "x.parquet", EVENTS) == examples_of(rows, EVENTS).examples
    assert writer.count == 10 and writer.label_counts["PROTEST"] == 10
    assert Counter(writer.label_counts.values()) == {10: 2, 0: 15}
