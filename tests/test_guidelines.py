"""Models that are told whose guidelines a row follows, from the input to the folds' reports."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from run_configs import QUIET, config

from data.codebook import load_codebook
from data.errors import BadInput
from data.examples import examples_of
from data.importers import read_sentences
from data.records import Example, Mark
from evaluation.recorded import Recorded
from evaluation.rendering.model_card import render_model_card
from tagging.artifact import load_artifact
from training.checkpoint import Checkpoints, Identity
from training.fitting import Fit
from training.run import identity, train
from training.sources import TrainingData, load_data
from workflows.comparing import compare_reports
from workflows.crossvalidate import run_crossvalidation
from workflows.evaluation import Wanted, evaluate_artifact

PLACES, MENTIONS = load_codebook("geo_direction"), load_codebook("mention")


def conflicting(count: int) -> list[Example]:
    """One text, which one source calls an origin and another a site, as a third does."""
    text, mark = "Traders saw Goma at noon.", Mark("mention", 12, 16)
    labels = {"near": "origin", "far": "site", "ours": "site"}
    names = list(labels)
    return [
        Example(f"{row}", f"d{row}", text, (mark,), (labels[name],), source=name)
        for row, name in ((row, names[row % 3]) for row in range(count))
    ]


@pytest.fixture
def taught(transformer, watcher):
    rows = conflicting(48)
    chosen = transformer(
        epochs=12, learning_rate=3e-3, head_learning_rate=1e-2, dropout=0, guidelines=("near",)
    )
    return chosen.fit(rows, rows[:6], PLACES, 1, watcher), rows


def test_a_model_learns_what_each_set_means_by_the_same_words(taught, watcher):
    fitted, rows = taught
    found = [PLACES.labels[best] for best in fitted.probabilities(rows[:3]).argmax(axis=1)]
    assert found == ["origin", "site", "site"]
    assert watcher.heard[-1][0]["validation/macro_f1"] == 1.0, "validation is told"
    unknown = [replace(rows[0], source=name) for name in ("", "elsewhere")]
    plain = fitted.probabilities(unknown)
    assert np.array_equal(plain[0], plain[1])
    assert not np.allclose(plain[0], fitted.probabilities(rows[:1])[0], atol=0.02)


def test_half_of_a_named_source_is_told_and_another_half_each_epoch(
    taught, transformer, watcher, monkeypatch
):
    fitted, rows = taught
    told, seen = len(fitted.text_encoder.encode(rows[:1])[0].ids), []
    drawn = Fit._drawn

    def kept(self):
        seen.append([len(one.ids) == told for one in drawn(self)])
        return drawn(self)

    monkeypatch.setattr(Fit, "_drawn", kept)
    transformer(epochs=6, guidelines=("near",)).fit(rows * 4, [], PLACES, 1, watcher)
    near = np.array(seen).reshape(6, -1, 3)
    assert not near[:, :, 1:].any(), "the other sources never are"
    assert (np.abs(near[:, :, 0].mean(axis=1) - 0.5) < 0.15).all()
    both = near[:, :, 0].any(axis=0) & ~near[:, :, 0].all(axis=0)
    assert both.mean() > 0.9, "each row in both forms"


def test_a_source_without_rows_and_a_task_of_words_are_refused(transformer, watcher):
    with pytest.raises(BadInput, match=r"model\.guidelines, found 'neer'; did you mean 'near'"):
        transformer(guidelines=("near", "neer")).fit(conflicting(6), [], PLACES, 1, watcher)
    row = Example("r", "d", "Goma slept.", (Mark("place", 0, 4),), source="near")
    with pytest.raises(BadInput, match=r"no model\.guidelines for mention"):
        transformer(guidelines=("near",)).fit([row], [], MENTIONS, 1, watcher)


def test_a_fit_killed_in_a_later_epoch_draws_what_it_would_have_drawn(
    transformer, watcher, tmp_path
):
    rows, chosen = conflicting(24), transformer(epochs=3, guidelines=("near",), batch_size=8)
    whole = chosen.fit(rows, [], PLACES, 1, watcher).probabilities(rows)
    same = Identity(config="c", data="d", code="e")

    class Killed(Exception):
        pass

    class Stops(type(watcher)):
        def metrics(self, values, step):
            if step == 2:
                raise Killed

    with pytest.raises(Killed):
        first = Checkpoints(tmp_path / "c", same, every=0)
        chosen.fit(rows, [], PLACES, 1, Stops(), first)
    second = Checkpoints(tmp_path / "c", same, every=0)
    assert second.start and second.start.header.state.epoch == 2
    again = chosen.fit(rows, [], PLACES, 1, watcher, second).probabilities(rows)
    assert np.array_equal(whole, again)


def test_a_checkpoint_of_other_sources_is_not_gone_on_from():
    rows = conflicting(6)
    renamed = [replace(row, source="far") for row in rows]

    def of(train, **changes):
        model = {"family": "transformer"} | changes
        chosen = config(Path("x"), task="geo_direction", model=model)
        return identity(chosen, PLACES, TrainingData(train, [])).data

    assert of(rows) == of(renamed)
    assert of(rows, guidelines=("far",)) != of(renamed, guidelines=("far",))


def test_folds_are_scored_told_and_untold(place, labelled, tiny_encoder):
    lines = [json.loads(line) for line in labelled.read_text().splitlines()]
    half = [line | {"source": ("near", "")[number % 2]} for number, line in enumerate(lines)]
    data = place / "half.jsonl"
    data.write_text("".join(json.dumps(line) + "\n" for line in half))
    model = {"family": "transformer", "encoder": str(tiny_encoder), "epochs": 1}
    model |= {"max_length": 32, "bf16": False, "guidelines": ["near"]}
    chosen = config(
        place, "transformer", name="two", data=(str(data),), task="geo_direction", model=model
    )
    found = run_crossvalidation(chosen, 2, quiet=True)
    folder = place / "runs" / "two-folds" / "seed-1"
    told, untold = (
        {row["id"]: row for row in json.loads((folder / name).read_text())["predictions"]}
        for name in ("report.json", "untold.json")
    )
    assert told.keys() == untold.keys() and set(found["untold"]) >= {"value", "low", "high"}
    for row in told.values():
        same = row["probabilities"] == untold[row["id"]]["probabilities"]
        assert same == (row.get("source") != "near"), row["id"]
    tasks = compare_reports([place / "runs" / "two-folds"], None, None)["tasks"]
    assert {line["model"] for line in tasks["geo_direction"]} == {"two", "two, untold"}

    artifact = load_artifact(folder / "2" / "artifact")
    assert artifact.card.guidelines == ("near",)
    row = next(
        one for one in examples_of(read_sentences(data), PLACES).examples if one.source == "near"
    )
    (plain,) = Recorded(artifact, told=False).predict([row])
    assert plain == artifact.predict([replace(row, source="")])[0] != artifact.predict([row])[0]


def test_a_run_with_guidelines_calibrates_on_told_rows_and_exports(place, tiny_encoder):
    rows = load_data(config(place))
    data = TrainingData(
        [replace(row, source="near") for row in rows.train],
        [replace(row, source="near") for row in rows.validation],
    )
    model = {"family": "transformer", "encoder": str(tiny_encoder), "epochs": 1}
    model |= {"max_length": 32, "bf16": False, "guidelines": ["near"]}
    made = train(config(place, "transformer", name="near", model=model), data, bars=QUIET)
    artifact = load_artifact(made.artifact)
    assert artifact.card.guidelines == ("near",)
    told = artifact.predict(data.validation)
    plain = artifact.predict([replace(row, source="") for row in data.validation])
    assert [one.probabilities for one in told] != [one.probabilities for one in plain]
    assert "Guidelines" in render_model_card(artifact, []) and "<code>near</code>" in (
        render_model_card(artifact, [])
    )

    lines = (place / "dataset" / "sentences" / "test.jsonl").read_text().splitlines()
    near = place / "near.jsonl"
    near.write_text("".join(json.dumps(json.loads(x) | {"source": "near"}) + "\n" for x in lines))
    for untold, name in ((False, "near"), (True, "near, untold")):
        path = place / f"{name}.json"
        evaluate_artifact(made.artifact, near, path, Wanted(untold=untold), place / "runs", True)
        report = json.loads(path.read_text())
        rows = [row["probabilities"] for row in report["predictions"]]
        assert report["model"] == name
        asked = examples_of(read_sentences(near), artifact.codebook).examples
        asked = [replace(row, source="") for row in asked] if untold else asked
        expected = [one.probabilities for one in artifact.predict(asked)]
        assert rows == [pytest.approx(one, abs=1e-6) for one in expected]
