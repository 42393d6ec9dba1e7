"""What a run trains on: train and validation of the dataset, and never test."""

import json
from dataclasses import replace

import pytest
from run_configs import ACTORS, config

from data.dataset import build
from data.errors import BadInput
from data.examples import content_hash, examples_of
from data.importers import jsonl
from data.splits import SplitConfig, split
from training.sources import load_data


def test_training_sees_train_and_validation_and_never_test(place, distinct, labelled):
    parts = split(distinct, SplitConfig())
    data = load_data(config(place))
    assert data.train == examples_of(parts["train"], ACTORS).examples
    assert data.validation == examples_of(parts["validation"], ACTORS).examples
    test = {row.doc_id for row in parts["test"]}
    assert not test & {row.doc_id for row in data.train + data.validation}
    assert load_data(config(place, data=(str(labelled),))) == replace(data, card=None)
    assert data.hash == {
        "train": content_hash(data.train),
        "validation": content_hash(data.validation),
    }


def test_a_missing_test_split_does_not_matter(distinct, tmp_path):
    build(distinct, tmp_path / "dataset", SplitConfig())
    (tmp_path / "dataset" / "actor_role" / "test.parquet").unlink()
    (tmp_path / "dataset" / "sentences" / "test.jsonl").unlink()
    assert load_data(config(tmp_path)).train


def test_derived_labels_and_unwanted_labels_are_not_trained_on(distinct, tmp_path):
    marked = [
        replace(row, mentions=tuple(replace(m, derived=m.start > 10) for m in row.mentions))
        for row in distinct
    ]
    jsonl.write(marked, tmp_path / "rows.jsonl")
    everything = config(tmp_path, data=(str(tmp_path / "rows.jsonl"),))
    rows = load_data(everything).train
    assert rows and all(row.marks[0].start <= 10 for row in rows)
    kept = load_data(everything.model_copy(update={"labels": ("source", "target")})).train
    assert kept == [row for row in rows if row.labels and "reporter" not in row.labels]
    with pytest.raises(BadInput, match="did you mean 'source'"):
        load_data(everything.model_copy(update={"labels": ("sources",)}))


def test_a_dataset_of_another_codebook_or_task_is_refused(distinct, tmp_path):
    build(distinct, tmp_path / "dataset", SplitConfig(), tasks=("actor_role",))
    with pytest.raises(BadInput, match="a dataset of event_type"):
        load_data(config(tmp_path, task="event_type"))
    card = tmp_path / "dataset" / "card.json"
    content = json.loads(card.read_text())
    content["tasks"]["actor_role"]["codebook_hash"] = "0" * 64
    card.write_text(json.dumps(content))
    with pytest.raises(BadInput, match="built with this codebook actor_role"):
        load_data(config(tmp_path))


def test_the_same_rows_twice_are_refused(labelled, tmp_path):
    with pytest.raises(BadInput, match="each id once over all data"):
        load_data(config(tmp_path, data=(str(labelled), str(labelled))))
