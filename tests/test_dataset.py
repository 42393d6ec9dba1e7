"""The dataset built from a stream of sentences: its splits, files, hashes and card."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, List

from data import dataset
from data.codebook import load_codebook
from data.dataset import TASKS, build
from data.errors import BadInput
from data.example_files import features_of, read_examples
from data.examples import content_hash, examples_of
from data.importers import read_sentences
from data.records import Sentence
from data.splits import SplitConfig, split
from data.spool import Spool

EVENTS, ACTORS, PLACES = map(load_codebook, TASKS)


@pytest.fixture(scope="module")
def built(distinct, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("build") / "dataset"
    build(distinct, out, SplitConfig())
    return out


def test_the_build_holds_the_sentences_and_the_examples_of_each_split(built, distinct):
    parts = split(distinct, SplitConfig())
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


def test_the_card_counts_everything(built, distinct):
    card = json.loads((built / "card.json").read_text())
    assert card["split"] == SplitConfig().model_dump(mode="json")
    assert card["duplicates"]["rule"] == "group" and card["duplicates"]["repeats"] == {}
    assert card["sources"] == {
        "corpus": {"sentences": len(distinct), "articles": 42, "licenses": ["unnamed"]}
    }
    assert sum(card["sentences"].values()) == len(distinct)
    assert sum(card["articles"].values()) == 42
    for codebook in (EVENTS, ACTORS, PLACES):
        task = card["tasks"][codebook.name]
        made = examples_of(distinct, codebook)
        assert task["codebook_hash"] == codebook.hash
        assert sum(task["examples"].values()) == len(made.examples)
        assert sum(sum(out.values()) for out in task["left_out"].values()) == sum(
            made.left_out.values()
        )
    counts = card["tasks"]["event_type"]["labels"]
    total = {name: sum(part[name] for part in counts.values()) for name in counts["train"]}
    assert total["no event"] == sum(not row.event_types for row in distinct) == 36
    assert total["ASSAULT"] == 24 and total["SANCTION"] == 0
    assert list(total) == [*EVENTS.labels, "no event"]


def test_the_build_is_the_same_twice_and_replaces_an_earlier_one(built, distinct, tmp_path):
    out = tmp_path / "dataset"
    out.mkdir()  # an empty place is fine
    card = build(distinct, out, SplitConfig())
    (out / "old.txt").write_text("x")
    assert (
        build(distinct, out, SplitConfig()) == card == json.loads((built / "card.json").read_text())
    )
    assert not (out / "old.txt").exists()


def test_nothing_is_left_half_written_and_the_earlier_build_stays(
    distinct, tmp_path, listing, monkeypatch
):
    out = tmp_path / "dataset"
    build(distinct, out, SplitConfig())
    before = listing(tmp_path)
    bad = [*distinct[:-1], replace(distinct[-1], event_types=("NOPE",))]
    with pytest.raises(BadInput, match="'NOPE'"):
        build(bad, out, SplitConfig())
    assert listing(tmp_path) == before
    monkeypatch.setattr(dataset, "_card", lambda *a: (_ for _ in ()).throw(OSError))
    with pytest.raises(OSError):
        build(distinct, tmp_path / "other", SplitConfig())
    assert listing(tmp_path) == before and not (tmp_path / "other").exists()


def test_a_folder_of_other_files_is_not_replaced(distinct, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(BadInput, match="an empty place or an earlier build"):
        build(distinct, tmp_path, SplitConfig())
    assert (tmp_path / "mine.txt").read_text() == "x"


def test_a_stream_in_any_order_gives_the_same_dataset(built, distinct, tmp_path):
    """Sentences of one article may lie far apart; within it their order stays."""
    by_place = sorted(distinct, key=lambda row: int(row.id.rpartition("-")[2]))
    card = build(iter(by_place), tmp_path / "dataset", SplitConfig())
    assert card == json.loads((built / "card.json").read_text())
    for path in sorted((built / "sentences").iterdir()):
        assert (tmp_path / "dataset" / "sentences" / path.name).read_bytes() == path.read_bytes()


def test_the_hashes_are_those_of_the_examples_in_the_order_of_the_files(built, distinct):
    card = json.loads((built / "card.json").read_text())
    parts = split(distinct, SplitConfig())
    for name, rows in parts.items():
        for codebook in (EVENTS, ACTORS, PLACES):
            expected = content_hash(examples_of(rows, codebook).examples)
            assert card["tasks"][codebook.name]["hash"][name] == expected


def test_the_dataset_has_an_identity_of_its_own(built, distinct, tmp_path):
    def identity(rows, **options) -> str:
        config = options.pop("config", SplitConfig())
        return build(rows, tmp_path / "x", config, **options)["sha256"]

    known = json.loads((built / "card.json").read_text())["sha256"]
    assert identity(distinct) == known and len(known) == 64
    renamed = [replace(row, id=f"new-{row.id}") for row in distinct]
    assert identity(renamed) == known
    changed = [replace(distinct[0], text=distinct[0].text + " Again."), *distinct[1:]]
    others = {
        identity(changed),
        identity(distinct, config=SplitConfig(seed=14)),
        identity(distinct, tasks=("event_type",)),
        identity(distinct, duplicates="drop"),
    }
    assert len(others | {known}) == 5


def test_sources_are_counted_with_their_licences(distinct, tmp_path):
    named = [replace(row, source="wire", license="CC0") for row in distinct[:40]]
    named[0] = replace(named[0], license="MIT")
    card = build([*named, *distinct[40:]], tmp_path / "x", SplitConfig())
    assert card["sources"] == {
        "corpus": {"sentences": 128, "articles": 32, "licenses": ["unnamed"]},
        "wire": {"sentences": 40, "articles": 10, "licenses": ["CC0", "MIT"]},
    }


def test_a_share_of_zero_leaves_an_empty_split_that_reads(distinct, tmp_path):
    card = build(distinct, tmp_path / "x", SplitConfig(validation=0))
    assert card["sentences"]["validation"] == 0
    path = tmp_path / "x" / "event_type" / "validation.parquet"
    assert read_examples(path, EVENTS) == []


def test_an_id_that_comes_twice_is_refused_and_nothing_is_left(distinct, tmp_path, listing):
    twice = [*distinct, replace(distinct[0], text="Other words.", where="late.jsonl:9")]
    with pytest.raises(BadInput, match=r"late\.jsonl:9: expected each id once"):
        build(twice, tmp_path / "x", SplitConfig())
    assert listing(tmp_path) == []


def test_a_sentence_that_no_file_can_hold_is_refused(distinct, tmp_path):
    with pytest.raises(BadInput, match="a lone surrogate"):
        build([*distinct, Sentence("m-1", "m", "\ud800 x")], tmp_path / "x", SplitConfig())


def test_a_spool_gives_back_what_it_took_by_article(distinct, tmp_path):
    shuffled = list(distinct)
    random.Random(3).shuffle(shuffled)
    with Spool(tmp_path / "spool") as spool:
        for row in shuffled:
            spool.add(row)
        assert len(spool) == len(distinct)
        wanted = sorted({row.doc_id for row in distinct})[::-3]
        expected = [row for doc in wanted for row in shuffled if row.doc_id == doc]
        assert [row for _, row in spool.read(wanted)] == expected
        assert list(spool.read([])) == []
        ids = {row.id for row in expected}
        assert spool.texts(ids) == {row.id: row.text for row in expected}
