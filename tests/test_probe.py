"""The probe: what a frozen encoder tells, learnt by a logistic regression, and its export."""

from dataclasses import replace

import numpy as np
import pytest

from data.codebook import load_codebook
from data.errors import BadInput
from data.examples import examples_of
from data.records import Example
from tagging.artifact import load_artifact
from training.calibration import macro_f1
from training.encoders import load_encoder
from training.families.base import targets
from training.families.probe import ProbeConfig

EVENTS, ACTORS, PLACES = map(load_codebook, ("event_type", "actor_role", "geo_direction"))


@pytest.fixture
def probe(tiny_encoder) -> ProbeConfig:
    return ProbeConfig(family="probe", encoder=str(tiny_encoder), c=10.0, max_length=64)


def lines(*pairs: tuple[str, tuple[str, ...]]) -> list[Example]:
    return [
        Example(f"e{number}", f"d{number}", text, (), labels)
        for number, (text, labels) in enumerate(pairs)
    ]


def test_it_learns_what_a_linear_layer_can_tell(probe, sentences, watcher):
    for codebook in (EVENTS, ACTORS, PLACES):
        rows = examples_of(sentences, codebook).examples
        found = probe.fit(rows, [], codebook, 1, watcher).probabilities(rows)
        assert macro_f1(targets(rows, codebook), found, codebook) > 0.6, codebook.name
    assert watcher.rows > 0


def test_the_encoder_stays_as_it_was_and_the_seed_decides_nothing(probe, sentences, watcher):
    rows = examples_of(sentences, PLACES).examples
    first, second = (probe.fit(rows, [], PLACES, seed, watcher) for seed in (1, 2))
    assert (first.probabilities(rows) == second.probabilities(rows)).all()
    encoder, _, _ = load_encoder(probe.encoder, PLACES.marks)
    tuned = first.model.encoder.state_dict()
    for name, before in encoder.state_dict().items():
        if not name.startswith("pooler"):  # the encoder's file has none
            assert (tuned[name] == before).all(), name


def test_a_label_without_rows_is_never_found(probe, sentences, watcher):
    for codebook in (EVENTS, PLACES):
        rows = examples_of(sentences, codebook).examples
        gone = codebook.labels[0]
        rows = [row for row in rows if gone not in row.labels]
        found = probe.fit(rows, [], codebook, 1, watcher).probabilities(rows)
        assert found[:, 0].max() < 1e-6


def test_two_labels_of_a_task_of_many_share_the_probability(probe, watcher):
    rows = [
        row
        for number in range(6)
        for row in lines((f"Guns fell silent {number}.", ("AGREE",)), ("Fish sold.", ("ASSAULT",)))
    ]
    codebook = load_codebook("plv_root")
    found = probe.fit(rows, [], codebook, 1, watcher).probabilities(rows[:2])
    first, second = map(codebook.labels.index, ("AGREE", "ASSAULT"))
    assert found[0, first] > 0.5 > found[0, second] and found[1, second] > 0.5
    assert found.sum(axis=1) == pytest.approx(np.ones(2), abs=1e-5)


def test_an_absent_label_of_an_incomplete_row_is_no_evidence_against_it(probe, watcher):
    rows = lines(*[("Troops marched at dawn.", ("MOBILIZE",))] * 4, *[("Fish sold well.", ())] * 4)
    unsure = [
        replace(row, complete=False, labels=("PROTEST",)) for row in rows[:4] for _ in range(8)
    ]
    place = EVENTS.labels.index("MOBILIZE")
    kept = probe.fit([*rows, *unsure], [], EVENTS, 1, watcher).probabilities(rows[:1])
    punished = [replace(row, complete=True) for row in unsure]
    lost = probe.fit([*rows, *punished], [], EVENTS, 1, watcher).probabilities(rows[:1])
    assert kept[0, place] > 0.9 and lost[0, place] < kept[0, place] - 0.2


def test_a_rows_weight_is_how_much_it_counts(probe, watcher):
    rows = lines(("Fish sold.", ("AID",)), ("Fish sold.", ("ASSAULT",)), ("Snow.", ("REJECT",)))
    codebook = load_codebook("plv_root")
    heavy = [replace(row, weight=20.0 if row.labels == ("ASSAULT",) else 1.0) for row in rows]
    plain = probe.model_copy(update={"class_weight": None})
    found = plain.fit(heavy, [], codebook, 1, watcher).probabilities(rows[:1])
    assert codebook.labels[int(found[0].argmax())] == "ASSAULT"


def test_the_artifact_says_what_the_model_said(probe, sentences, shelving, tmp_path):
    rows = examples_of(sentences, ACTORS).examples
    mild = probe.model_copy(update={"c": 0.1})
    made = shelving(mild, ACTORS, rows, tmp_path / "probe")
    expected = made.fitted.probabilities(rows)
    loaded = load_artifact(made.folder).predict(rows)
    found = [[row.probabilities[name] for name in ACTORS.labels] for row in loaded]
    assert np.abs(np.array(found) - expected).max() < 1e-5


def test_rows_of_one_kind_are_refused(probe, watcher):
    with pytest.raises(BadInput, match="at least two kinds"):
        probe.fit(lines(("Fish.", ("AID",)), ("Snow.", ("AID",))), [], EVENTS, 1, watcher)
