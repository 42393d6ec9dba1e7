"""The model families: what they learn, what they never saw, and what they refuse."""

import math

import numpy as np
import pytest

from data.codebook import load_codebook
from data.errors import BadInput
from data.examples import examples_of
from data.records import Example, Mark
from tagging.artifact import load_artifact
from training.calibration import choose_thresholds, macro_f1
from training.families.base import check_trainable, targets
from training.families.majority import MajorityConfig
from training.families.tfidf import TfidfConfig

EVENTS, ACTORS, PLACES = map(load_codebook, ("event_type", "actor_role", "geo_direction"))
MAJORITY = MajorityConfig(family="majority")
TFIDF = TfidfConfig(family="tfidf")


def place(number: int, label: str, text: str = "Lorries left Goma at noon.") -> Example:
    return Example(f"e{number}", f"d{number}", text, (Mark("mention", 13, 17),), (label,))


def actor(number: int, *labels: str) -> Example:
    text = f"The {'kind' if labels else 'old'} army slept."
    start = text.index("army")
    return Example(f"e{number}", "d", text, (Mark("mention", start, start + 4),), labels)


def fit(config, rows, codebook, watcher, validation=(), seed=1):
    return config.fit(rows, list(validation), codebook, seed, watcher)


def test_the_majority_gives_the_training_frequencies_to_every_text(watcher):
    rows = [place(n, "site" if n % 4 else "origin") for n in range(8)]
    found = fit(MAJORITY, rows, PLACES, watcher).probabilities([place(9, "site", "Else.")] * 2)
    assert found.tolist() == [[0.25, 0, 0.75, 0, 0]] * 2
    rows = [actor(1, "source", "target"), actor(2, "source"), actor(3), actor(4)]
    found = fit(MAJORITY, rows, ACTORS, watcher).probabilities(rows[:1])
    assert found.tolist() == [[0.5, 0.25, 0]]


def test_targets_are_in_the_codebooks_order():
    assert targets([place(1, "site"), place(2, "origin")], PLACES).tolist() == [2, 0]
    assert targets([actor(1, "reporter", "source"), actor(2)], ACTORS).tolist() == [
        [1, 0, 1],
        [0, 0, 0],
    ]
    assert targets([], ACTORS).shape == (0, 3) and targets([], PLACES).shape == (0,)


@pytest.mark.slow
def test_tfidf_learns_what_the_words_tell(sentences, watcher):
    for codebook in (EVENTS, ACTORS, PLACES):
        rows = examples_of(sentences, codebook).examples
        found = fit(TFIDF, rows, codebook, watcher).probabilities(rows)
        assert found.shape == (len(rows), len(codebook.labels))
        assert macro_f1(targets(rows, codebook), found, codebook) > 0.9, codebook.name
    assert watcher.rows > 0


def test_tfidf_reads_the_marked_mention_and_not_the_text_alone(watcher):
    text = "Lorries went from Tirra to Norvale."
    rows = []
    for number in range(12):
        for label, start, end in (("origin", 18, 23), ("destination", 27, 34)):
            rows.append(
                Example(f"{number}{label}", "d", text, (Mark("mention", start, end),), (label,))
            )
    found = fit(TFIDF, rows, PLACES, watcher).probabilities(rows[:2])
    assert found[0, 0] > 0.9 and found[1, 1] > 0.9


@pytest.mark.parametrize("config", [MAJORITY, TFIDF.model_copy(update={"char_ngrams": None})])
def test_labels_that_training_never_saw_get_probability_zero(config, sentences, watcher):
    for codebook in (EVENTS, ACTORS, PLACES):
        rows = examples_of(sentences, codebook).examples
        kept = codebook.labels[0]
        rows = [row for row in rows if kept not in row.labels]
        seen = {name for row in rows for name in row.labels}
        found = fit(config, rows, codebook, watcher).probabilities(rows)
        for index, name in enumerate(codebook.labels):
            assert bool(found[:, index].max() > 0) == (name in seen), name
        if not codebook.multi:
            assert found.sum(axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-5)


def test_one_label_of_many_can_be_learnt_alone_and_survives_the_artifact(
    watcher, shelving, tmp_path
):
    rows = [actor(n, *(("source",) if n % 2 else ())) for n in range(20)]
    made = shelving(TFIDF, ACTORS, rows, tmp_path / "lone")
    expected = made.fitted.probabilities(rows)
    assert expected[1, 0] > 0.5 > expected[0, 0] and not expected[:, 1:].any()
    loaded = load_artifact(made.folder).predict(rows)
    assert [row.probabilities["source"] for row in loaded] == expected[:, 0].tolist()
    assert loaded[1].labels == ("source",) and loaded[0].labels == ()


@pytest.mark.parametrize("family", ["majority", "tfidf", "transformer"])
def test_data_from_which_nothing_can_be_learnt_is_refused(family, transformer, watcher):
    config = {"majority": MAJORITY, "tfidf": TFIDF, "transformer": transformer()}[family]
    for rows, codebook in (
        ([], PLACES),
        ([place(1, "site")], PLACES),
        ([place(n, "site") for n in range(9)], PLACES),
        ([actor(1), actor(2)], ACTORS),
    ):
        with pytest.raises(BadInput) as caught:
            fit(config, rows, codebook, watcher)
        assert f"at least two kinds for {codebook.name}" in str(caught.value)
        assert f"{len(rows)} examples" in str(caught.value)
    check_trainable([place(1, "site"), place(2, "origin")], PLACES)


def test_tfidf_says_what_it_cannot_learn(watcher):
    rows = [actor(n, "source", *(("target",) if n % 2 else ())) for n in range(6)]
    with pytest.raises(BadInput, match="rows without the label source, found it on every row"):
        fit(TFIDF, rows, ACTORS, watcher)
    text = "Goma fell."
    rows = [
        Example(str(n), "d", text, (Mark("mention", 0, 4),), (("site", "origin")[n % 2],))
        for n in range(6)
    ]
    with pytest.raises(BadInput, match=r"words in the sentence and in each part.*empty vocab"):
        fit(TFIDF, rows, PLACES, watcher)
    with pytest.raises(BadInput, match=r"lower model\.min_df"):
        config = TfidfConfig(family="tfidf", min_df=50)
        fit(config, [place(1, "site"), place(2, "origin")], PLACES, watcher)


def test_thresholds_are_chosen_on_validation_a_label_where_it_has_enough_rows():
    rng = np.random.default_rng(0)
    gold = np.zeros((60, 3), dtype=np.int64)
    gold[:20, 0] = 1
    gold[:4, 1] = 1
    probabilities = np.full((60, 3), 0.02, dtype=np.float32)
    probabilities[:20, 0] = rng.uniform(0.22, 0.3, 20)
    probabilities[:4, 1] = 0.9
    cuts = choose_thresholds(gold, probabilities, ACTORS)
    assert set(cuts) == set(ACTORS.labels)
    assert 0.02 < cuts["source"] <= 0.22
    assert cuts["target"] == cuts["reporter"], "too few rows: the common cut"
    assert macro_f1(gold, probabilities, ACTORS) == 1.0
    assert choose_thresholds(np.zeros((0, 3), int), probabilities[:0], ACTORS) == dict.fromkeys(
        ACTORS.labels, 0.5
    )
    assert choose_thresholds(np.array([1]), np.ones((1, 5)), PLACES) is None


def test_the_score_of_an_epoch_is_macro_f1_over_the_labels_in_gold():
    gold = np.array([0, 0, 2, 2])
    probabilities = np.eye(5, dtype=np.float32)[[0, 0, 2, 1]]
    assert macro_f1(gold, probabilities, PLACES) == pytest.approx((1 + 2 / 3) / 2)
    assert macro_f1(np.zeros((3, 3), int), np.zeros((3, 3)), ACTORS) == 0.0
    assert math.isfinite(macro_f1(gold[:1], probabilities[:1], PLACES))
