"""Suspects: confident learning on problems whose errors are known, and the job that finds them."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from data.errors import BadInput
from data.importers import jsonl, read_sentences
from data.records import Role
from evaluation.suspects import confident_joint, label_suspects, suspects
from training.config import load_config
from workflows.suspects import find_suspects

CLASSES, ROWS, SHARE = 4, 1000, 0.06


def test_the_confident_joint_of_six_rows_by_hand():
    gold = np.array([0, 0, 0, 1, 1, 1])
    p = np.array([0.9, 0.8, 0.1, 0.2, 0.45, 0.7])  # of class 0
    # Thresholds: class 0 (0.9 + 0.8 + 0.1) / 3 = 0.6, class 1 (0.8 + 0.55 + 0.3) / 3 = 0.55.
    # Rows 0 and 1 are surely 0, rows 2 to 4 surely 1, and row 5 surely 0.
    found = confident_joint(gold, np.column_stack([p, 1 - p]))
    assert found.tolist() == [[2, 1], [1, 2]]
    (worst, other) = suspects(gold, np.column_stack([p, 1 - p]))
    assert (worst.row, worst.given, worst.suggested) == (2, 0, 1)
    assert worst.margin == pytest.approx(0.1 - 0.9) and other.row == 5


def test_the_joint_is_scaled_to_the_counts_given():
    gold = np.array([0, 0, 0, 0, 1, 1])
    p = np.array([0.9, 0.9, 0.2, 0.6, 0.1, 0.1])
    # Class 0's threshold is 0.65, class 1's 0.9: rows 2 and 3 are sure of neither.
    found = confident_joint(gold, np.column_stack([p, 1 - p]))
    assert found.tolist() == [[4, 0], [0, 2]]


def test_a_class_of_which_nobody_is_sure_or_which_nobody_has_counts_as_it_is():
    gold = np.array([0, 0, 2, 2])
    table = np.array([[0.6, 0.3, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.4, 0.3, 0.3]])
    found = confident_joint(gold, table)
    assert not np.isnan(found).any() and found.sum(axis=1).tolist() == [2, 0, 2]
    assert all(suspect.suggested != 1 for suspect in suspects(gold, table))


def test_who_keeps_the_more_probable_class_is_no_suspect():
    gold = np.array([0] * 9 + [1] * 9)
    p = np.array([0.95] * 8 + [0.6] + [0.7] * 9)  # class 1 is believed from 0.3 on
    table = np.column_stack([p, 1 - p])
    assert confident_joint(gold, table)[0, 1] > 0
    assert suspects(gold, table) == []


def noisy(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Given labels of which a share is wrong, probabilities of a fair model, and what is wrong."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, CLASSES, ROWS)
    wrong = rng.random(ROWS) < SHARE
    gold = np.where(wrong, (truth + rng.integers(1, CLASSES, ROWS)) % CLASSES, truth)
    logits = rng.normal(size=(ROWS, CLASSES))
    logits[np.arange(ROWS), truth] += 5
    table = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return gold, table, wrong


def precision(found: list, wrong: np.ndarray) -> float:
    """Among as many of the surest as there are errors."""
    planted = int(wrong.sum())
    return sum(bool(wrong[suspect.row]) for suspect in found[:planted]) / planted


@pytest.mark.parametrize("seed", range(3))
def test_known_errors_are_found_and_by_chance_alone_they_are_not(seed):
    gold, table, wrong = noisy(seed)
    found = suspects(gold, table)
    assert precision(found, wrong) > 0.8
    assert [one.margin for one in found] == sorted(one.margin for one in found)
    joint = confident_joint(gold, table)
    assert joint.sum() == pytest.approx(ROWS)
    assert 0.5 * wrong.sum() < ROWS - np.trace(joint) < 2 * wrong.sum()
    shuffled = np.random.default_rng(seed).permutation(table)
    assert precision(suspects(gold, shuffled), wrong) < 3 * SHARE


def test_each_label_of_several_is_doubted_by_itself():
    rng = np.random.default_rng(5)
    truth = (rng.random((600, 3)) < [0.5, 0.2, 0.1]).astype(np.int64)
    wrong = rng.random(truth.shape) < SHARE
    gold = np.where(wrong, 1 - truth, truth)
    logits = rng.normal(size=truth.shape) + 10 * truth - 5
    by_label = label_suspects(gold, 1 / (1 + np.exp(-logits)))
    assert len(by_label) == 3
    for label, found in enumerate(by_label):
        assert precision(found, wrong[:, label]) > 0.8
        assert all(one.given == gold[one.row, label] == 1 - one.suggested for one in found)


def config_of(task: str, data, tmp_path, family: str = "tfidf", **model):
    path = tmp_path / f"{task}.yaml"
    if family == "tfidf":  # words alone: quick
        model = {"char_ngrams": None, "word_ngrams": [1, 1], "context": ["near_left"]}
    content = {"name": "x", "task": task, "data": [str(data)], "out": str(tmp_path / "runs")}
    path.write_text(json.dumps(content | {"model": {"family": family, **model}}))
    return load_config(path)


@pytest.fixture
def spoilt(sentences, tmp_path):
    """The corpus with a wrong event type in 6 sentences and a wrong direction in 6 others."""
    chosen = random.Random(3).sample(range(len(sentences)), 6)
    rows = list(sentences)
    for place in chosen:
        other = "AID" if rows[place].event_types != ("AID",) else "PROTEST"
        rows[place] = replace(rows[place], event_types=(other,))
    places = [
        place for place, row in enumerate(rows) if any(m.kind == "place" for m in row.mentions)
    ]
    moved = random.Random(4).sample(places, 6)
    for place in moved:
        mentions = tuple(
            replace(one, roles=(Role("transit"),)) if one.kind == "place" else one
            for one in rows[place].mentions
        )
        rows[place] = replace(rows[place], mentions=mentions)
    jsonl.write(rows, tmp_path / "spoilt.jsonl")
    wrong = {rows[place].id for place in chosen}, {rows[place].id for place in moved}
    return tmp_path / "spoilt.jsonl", dict(zip(("event_type", "geo_direction"), wrong, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("task", ["event_type", "geo_direction"])
def test_planted_errors_lead_the_list(spoilt, tmp_path, task):
    data, wrong = spoilt
    found = find_suspects(config_of(task, data, tmp_path), 3, tmp_path / "s.jsonl", quiet=True)
    json.dumps(found, allow_nan=False)
    rows = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    assert found["suspects"] == len(rows) > 0 and found["rows"] >= 100
    first = {row["id"].partition("@")[0] for row in rows[:6]}
    assert len(first & wrong[task]) >= 4
    assert [row["margin"] for row in rows] == sorted(row["margin"] for row in rows)
    source = {row.id: row for row in read_sentences(data)}
    for row in rows:
        sentence = source[row["id"].partition("@")[0]]
        assert row["where"] == sentence.where and row["doc_id"] == sentence.doc_id
        assert row["given"] != row["suggested"] and -1 <= row["margin"] < 0
        assert row["text"].replace("[[", "").replace("]]", "") == sentence.text
        assert ("[[" in row["text"]) == (task == "geo_direction")
    assert not (tmp_path / "runs").exists()


def test_a_missing_and_a_superfluous_label_are_named(spoilt, tmp_path):
    data, _ = spoilt
    config = config_of("event_type", data, tmp_path)
    find_suspects(config, 3, tmp_path / "s.jsonl", quiet=True)
    rows = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    none = "no event"
    for row in rows:
        given, suggested = set(row["given"]) - {none}, set(row["suggested"]) - {none}
        assert set(row["p"]) == given ^ suggested
        for label, p in row["p"].items():
            assert (p > 0.5) == (label in suggested)
        assert row["margin"] == pytest.approx(
            min(2 * p - 1 if label in given else 1 - 2 * p for label, p in row["p"].items()),
            abs=1e-3,
        )


def test_no_model_has_seen_the_article_of_a_row_that_it_doubts(corpus, tmp_path, monkeypatch):
    from training.families.majority import FittedMajority, MajorityConfig

    seen: list[tuple[set[str], set[str]]] = []
    fit, probabilities = MajorityConfig.fit, FittedMajority.probabilities

    def fitting(self, train, *rest):
        seen.append(({row.doc_id for row in train}, set()))
        return fit(self, train, *rest)

    def asked(self, examples):
        seen[-1][1].update(row.doc_id for row in examples)
        return probabilities(self, examples)

    monkeypatch.setattr(MajorityConfig, "fit", fitting)
    monkeypatch.setattr(FittedMajority, "probabilities", asked)
    config = config_of("actor_role", corpus, tmp_path, "majority")
    find_suspects(config, 3, tmp_path / "s.jsonl", quiet=True)
    assert len(seen) == 3 and all(held_out and not held_out & known for known, held_out in seen)
    assert len(set.union(*(held_out for _, held_out in seen))) == 42


def test_the_first_suspects_are_printed_and_their_texts_do_nothing(
    spoilt, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "400")  # no path is broken in two
    data, _ = spoilt
    rows = [
        replace(row, text=row.text.replace(".", "\x1b]0;x\x07[red]."))
        for row in list(read_sentences(data))[:80]
    ]
    jsonl.write(rows, tmp_path / "loud.jsonl")
    config = config_of("event_type", tmp_path / "loud.jsonl", tmp_path)
    find_suspects(config, 3, tmp_path / "s.jsonl", quiet=False)
    shown = capsys.readouterr().out
    assert "loud.jsonl:" in shown and "[red]" in shown and "\x1b" not in shown


def test_an_encoder_of_a_run_may_doubt_too(corpus, tiny_encoder, tmp_path):
    model = {"encoder": str(tiny_encoder), "epochs": 1, "bf16": False, "max_length": 32}
    config = config_of("geo_direction", corpus, tmp_path, "transformer", **model)
    assert find_suspects(config, 2, tmp_path / "s.jsonl", quiet=True)["rows"] > 0


def test_rows_without_gold_labels_and_bad_folds_are_refused(sentences, tmp_path):
    bare = [replace(row, mentions=(), complete=False) for row in sentences]
    jsonl.write(bare, tmp_path / "bare.jsonl")
    config = config_of("event_type", tmp_path / "bare.jsonl", tmp_path)
    with pytest.raises(BadInput, match="rows with a gold label of event_type"):
        find_suspects(config, 3, tmp_path / "s.jsonl", quiet=True)
    with pytest.raises(BadInput, match="folds"):
        find_suspects(config, 1000, tmp_path / "s.jsonl", quiet=True)
    with pytest.raises(BadInput, match="a folder"):
        jsonl.write(sentences, tmp_path / "all.jsonl")
        whole = config_of("event_type", tmp_path / "all.jsonl", tmp_path)
        find_suspects(whole, 3, tmp_path, quiet=True)
