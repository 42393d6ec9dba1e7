"""A training run: what it leaves, exports and refuses; evaluation adds to it."""

import json
import shutil
from dataclasses import replace

import pytest
import yaml
from run_configs import ACTORS, QUIET, client, config

from data.errors import BadInput
from tagging.artifact import load_artifact
from training.config import load_config
from training.run import train
from training.sources import load_data
from workflows.crossvalidate import run_crossvalidation
from workflows.evaluation import Wanted, evaluate_artifact
from workflows.export import export_run


@pytest.fixture(scope="module")
def trained(place):
    return train(config(place), load_data(config(place)), bars=QUIET)


def test_a_run_leaves_artifact_config_and_record(place, trained):
    folder = place / "runs" / "actors-tfidf"
    assert trained.artifact == folder / "artifact"
    assert load_config(folder / "config.yaml") == config(place)
    assert yaml.safe_load((folder / "config.yaml").read_text())["model"]["c"] == 10.0
    card = load_artifact(trained.artifact).card
    data = load_data(config(place))
    assert (card.run_id, card.dataset_hash, card.codebook_hash) == (
        trained.run_id,
        data.hash,
        ACTORS.hash,
    )
    assert card.seed == 1 and set(card.thresholds) == set(ACTORS.labels)
    assert card.validation == {"macro_f1": trained.validation_macro_f1}
    assert {"numpy", "scikit-learn", "torch", "onnxruntime"} <= set(card.versions)
    found = client(place).get_run(trained.run_id)
    assert found.info.status == "FINISHED" and found.info.run_name == "actors-tfidf"
    assert found.data.params["model.c"] == "10.0" and found.data.params["seeds"] == "[1]"
    for name in ("train", "validation"):
        assert found.data.tags[f"dataset_hash.{name}"] == data.hash[name]
        assert found.data.metrics[f"{name}/examples"] == len(getattr(data, name))
    assert found.data.tags["codebook_hash"] == ACTORS.hash
    assert {"git_commit", "git_dirty", "family", "task"} <= set(found.data.tags)
    assert found.data.metrics["validation/macro_f1"] == trained.validation_macro_f1 > 0
    listed = {entry.path for entry in client(place).list_artifacts(trained.run_id, "artifact")}
    assert "artifact/MANIFEST.json" in listed


def test_two_runs_of_one_config_make_the_same_model(place, trained):
    again = train(config(place, name="again"), load_data(config(place)), bars=QUIET)
    rows = load_data(config(place)).validation
    first, second = load_artifact(trained.artifact), load_artifact(again.artifact)
    assert first.predict(rows) == second.predict(rows) and first.card.run_id != second.card.run_id


def test_evaluation_adds_its_scores_to_the_run_that_trained(place, trained, tmp_path):
    data = place / "dataset" / "sentences" / "test.jsonl"
    path = tmp_path / "report.json"
    found = evaluate_artifact(
        trained.artifact, data, path, Wanted(), tmp_path / "no-runs", quiet=True
    )
    assert found["tracked"] is True and found["rows"] > 0
    run = client(place).get_run(trained.run_id)
    assert run.data.metrics["test/test.jsonl/macro_f1"] == found["macro_f1"]["value"]
    assert "test/test.jsonl/f1/source" in run.data.metrics
    assert run.info.status == "FINISHED" and not (tmp_path / "no-runs").exists()
    listed = [entry.path for entry in client(place).list_artifacts(trained.run_id, "reports")]
    assert listed == ["reports/report.json"]
    moved = tmp_path / "moved" / "deep" / "artifact"
    export_run(str(trained.artifact), moved, place / "runs")
    assert evaluate_artifact(moved, data, None, Wanted(), tmp_path, True)["tracked"] is False


def test_a_run_can_be_exported_by_folder_or_by_id(place, trained, tmp_path):
    manifests = set()
    for number, name in enumerate((str(trained.artifact.parent), trained.run_id)):
        out = tmp_path / str(number)
        found = export_run(name, out, place / "runs")
        assert load_artifact(out).manifest_hash == found["manifest"]
        manifests.add(found["manifest"])
        assert load_artifact(out).card == load_artifact(trained.artifact).card
        same = [path for path in trained.artifact.iterdir() if path.name != "MANIFEST.json"]
        assert all((out / path.name).read_bytes() == path.read_bytes() for path in same)
        assert "Not evaluated" in (out / "README.md").read_text()
    assert len(manifests) == 1
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x.txt").write_text("x")
    with pytest.raises(BadInput, match="an empty place or an earlier artifact"):
        export_run(trained.run_id, tmp_path / "mine", place / "runs")
    with pytest.raises(BadInput, match="a run's folder with an artifact"):
        export_run(str(tmp_path / "mine"), tmp_path / "out", place / "runs")


def test_a_damaged_artifact_is_not_exported_over_a_sound_one(place, trained, tmp_path, listing):
    out = tmp_path / "served"
    export_run(str(trained.artifact), out, place / "runs")
    damaged = tmp_path / "damaged"
    shutil.copytree(trained.artifact, damaged)
    (damaged / "model.skops").write_bytes(b"x")
    before = listing(tmp_path)
    with pytest.raises(BadInput, match="the sha256"):
        export_run(str(damaged), out, place / "runs")
    assert listing(tmp_path) == before and load_artifact(out)


def test_a_run_that_fails_is_marked_and_leaves_no_artifact(place, listing):
    rows = load_data(config(place))
    one = replace(rows, train=[row for row in rows.train if row.labels == ("source",)])
    before = listing(place / "runs" / "actors-tfidf")
    with pytest.raises(BadInput, match="at least two kinds"):
        train(config(place), one, bars=QUIET)
    experiment = client(place).get_experiment_by_name("actor_role")
    last = client(place).search_runs([experiment.experiment_id], max_results=1)[0]
    assert last.info.status == "FAILED"
    assert listing(place / "runs" / "actors-tfidf") == before
    with pytest.raises(BadInput):
        train(config(place, name="fresh"), one, bars=QUIET)
    assert not (place / "runs" / "fresh").exists()


def test_cross_validation_scores_each_row_once(place, labelled):
    crossed = config(place, "majority", name="crossed", data=(str(labelled),), task="geo_direction")
    found = run_crossvalidation(crossed, 3, quiet=True)
    folder = place / "runs" / "crossed-folds" / "seed-1"
    report = json.loads((folder / "report.json").read_text())
    ids = [row["id"] for row in report["predictions"]]
    assert len(ids) == len(set(ids)) == found["rows"]
    assert len(found["folds"]) == 3 and found["mean"] == pytest.approx(sum(found["folds"]) / 3)
    cards = [load_artifact(folder / str(number) / "artifact").card for number in (1, 2, 3)]
    assert len({card.dataset_hash["train"] for card in cards}) == 3
    parents = {client(place).get_run(card.run_id).data.tags["mlflow.parentRunId"] for card in cards}
    assert len(parents) == 1


def test_a_transformer_run_logs_every_epoch_and_answers_alike(place, tiny_encoder):
    model = {
        "family": "transformer",
        "encoder": str(tiny_encoder),
        "epochs": 2,
        "max_length": 32,
        "bf16": False,
    }
    chosen = config(place, "transformer", model=model)
    made = train(chosen, load_data(chosen), bars=QUIET)
    for name in ("train/loss", "validation/macro_f1"):
        history = client(place).get_metric_history(made.run_id, name)
        assert {1, 2} <= {point.step for point in history}, name
    card = load_artifact(made.artifact).card
    assert card.runtime == "onnx" and card.max_length == 32 and card.pad_id == 0
