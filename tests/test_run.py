"""A training run: what it sees, what it leaves, and what it refuses; evaluation adds to it."""

import errno
import json
import math
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from mlflow.tracking import MlflowClient
from safetensors.torch import save_file

from data.codebook import load_codebook
from data.dataset import build
from data.errors import BadInput
from data.examples import content_hash, examples_of
from data.importers import jsonl
from data.splits import SplitConfig, split
from tagging.artifact import load_artifact
from training.checkpoint import Checkpoints
from training.config import RunConfig, load_config, to_yaml
from training.families.transformer import FittedTransformer
from training.fitting import Fit
from training.lock import locked
from training.progress import Bars
from training.run import train
from training.sources import load_data
from training.tracking import Store
from workflows.crossvalidate import run_crossvalidation
from workflows.evaluation import evaluate_artifact
from workflows.export import export_run

ACTORS = load_codebook("actor_role")
QUIET = Bars(quiet=True)


@pytest.fixture(scope="module")
def sentences(sentences):
    """The corpus of the tests, each sentence with an end of its own: nothing repeats."""
    ends = (random.Random(row.id).randbytes(40).hex() for row in sentences)
    return tuple(
        replace(row, text=f"{row.text} {end}.", date=None)
        for row, end in zip(sentences, ends, strict=True)
    )


@pytest.fixture(scope="module")
def labelled(sentences, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    jsonl.write(sentences, path)
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory, sentences, store_in) -> Path:
    """A folder with the built dataset; its runs share one tracking store."""
    folder = tmp_path_factory.mktemp("place")
    store_in(folder / "runs")
    build(sentences, folder / "dataset", SplitConfig())
    return folder


def config(place: Path, family: str = "tfidf", **changes) -> RunConfig:
    content = {
        "name": f"actors-{family}",
        "task": "actor_role",
        "data": (str(place / "dataset"),),
        "out": str(place / "runs"),
        "model": {"family": family} | ({"min_df": 3} if family == "tfidf" else {}),
    }
    return RunConfig.model_validate(content | changes)


def client(place: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{place.absolute()}/runs/mlflow.db")


@pytest.fixture(scope="module")
def trained(place):
    return train(config(place), load_data(config(place)), bars=QUIET)


def test_training_sees_train_and_validation_and_never_test(place, sentences, labelled):
    parts = split(sentences, SplitConfig())
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


def test_a_missing_test_split_does_not_matter(sentences, tmp_path):
    build(sentences, tmp_path / "dataset", SplitConfig())
    (tmp_path / "dataset" / "actor_role" / "test.parquet").unlink()
    (tmp_path / "dataset" / "sentences" / "test.jsonl").unlink()
    assert load_data(config(tmp_path)).train


def test_derived_labels_and_unwanted_labels_are_not_trained_on(sentences, tmp_path):
    marked = [
        replace(row, mentions=tuple(replace(m, derived=m.start > 10) for m in row.mentions))
        for row in sentences
    ]
    jsonl.write(marked, tmp_path / "rows.jsonl")
    everything = config(tmp_path, data=(str(tmp_path / "rows.jsonl"),))
    rows = load_data(everything).train
    assert rows and all(row.marks[0].start <= 10 for row in rows)
    kept = load_data(everything.model_copy(update={"labels": ("source", "target")})).train
    assert kept == [row for row in rows if row.labels and "reporter" not in row.labels]
    with pytest.raises(BadInput, match="did you mean 'source'"):
        load_data(everything.model_copy(update={"labels": ("sources",)}))


def test_a_dataset_of_another_codebook_or_task_is_refused(sentences, tmp_path):
    build(sentences, tmp_path / "dataset", SplitConfig(), tasks=("actor_role",))
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


@pytest.mark.slow
def test_two_runs_of_one_config_make_the_same_model(place, trained):
    again = train(config(place, name="again"), load_data(config(place)), bars=QUIET)
    rows = load_data(config(place)).validation
    first, second = load_artifact(trained.artifact), load_artifact(again.artifact)
    assert first.predict(rows) == second.predict(rows) and first.card.run_id != second.card.run_id


@pytest.mark.slow
def test_evaluation_adds_its_scores_to_the_run_that_trained(place, trained, tmp_path):
    data = place / "dataset" / "sentences" / "test.jsonl"
    path = tmp_path / "report.json"
    found = evaluate_artifact(
        trained.artifact, data, path, None, False, tmp_path / "no-runs", quiet=True
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
    assert evaluate_artifact(moved, data, None, None, False, tmp_path, True)["tracked"] is False


@pytest.mark.slow
def test_a_run_can_be_exported_by_folder_or_by_id(place, trained, tmp_path):
    for number, name in enumerate((str(trained.artifact.parent), trained.run_id)):
        out = tmp_path / str(number)
        found = export_run(name, out, place / "runs")
        assert load_artifact(out).manifest_hash == found["manifest"]
        assert found["manifest"] == load_artifact(trained.artifact).manifest_hash
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


@pytest.fixture
def tiny(place, tiny_encoder, monkeypatch):
    """Configs of a tiny transformer whose artifact is its weights: exporting takes seconds."""

    def write(self, stage: Path) -> dict[str, object]:
        save_file(self.model.state_dict(), stage / "model.onnx")
        return {"runtime": "onnx", "max_length": 32, "pad_id": 0}

    monkeypatch.setattr(FittedTransformer, "write", write)
    monkeypatch.setattr(Checkpoints, "due", lambda self: True)
    monkeypatch.setattr("training.checkpoint._sync", lambda path: None)  # no power is lost here
    options = {"family": "transformer", "encoder": str(tiny_encoder), "bf16": False}

    def made(name: str, **changes) -> RunConfig:
        model = {**options, "epochs": 2, "max_length": 32, **changes}
        return config(place, "transformer", name=name, model=model)

    return made


def weights(place: Path, name: str) -> bytes:
    return (place / "runs" / name / "artifact" / "model.onnx").read_bytes()


def stop_at(patch: pytest.MonkeyPatch, step: int, error: type[BaseException]) -> None:
    """Breaks off before that step of the training."""
    whole, count = Fit._step, iter(range(999))

    def stopped(self, rows):
        if next(count) == step:
            raise error
        return whole(self, rows)

    patch.setattr(Fit, "_step", stopped)


@pytest.mark.slow
def test_the_same_command_goes_on_with_the_same_run(place, tiny, monkeypatch, caplog, listing):
    chosen = tiny("going-on")
    data = load_data(chosen)
    train(tiny("whole"), data, bars=QUIET)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stop_at(patch, 9, KeyboardInterrupt)
        train(chosen, data, bars=QUIET)
    folder = place / "runs" / "going-on"
    header = json.loads(max(folder.glob("checkpoints/*/checkpoint.json")).read_bytes())
    experiment = client(place).get_experiment_by_name("actor_role").experiment_id
    (first,) = client(place).search_runs([experiment], f"tags.`wiretag.run` = '{header['run']}'")
    assert first.info.status == "FAILED" and not (folder / "artifact").exists()
    steps = []
    monkeypatch.setattr(
        Fit, "_loss", lambda self, rows, w=Fit._loss: (steps.append(1), w(self, rows))[1]
    )
    again = train(chosen, data, bars=QUIET)
    assert again.run_id == first.info.run_id and "going on from epoch" in caplog.text
    assert len(steps) == 2 * -(-len(data.train) // 16) - 9, "no step is done again"
    assert weights(place, "going-on") == weights(place, "whole")
    found = client(place).get_run(again.run_id)
    assert found.info.status == "FINISHED"
    for name in ("train/loss", "validation/macro_f1", "train/examples"):
        points = client(place).get_metric_history(again.run_id, name)
        steps_of = [point.step for point in points]
        assert len(steps_of) == len(set(steps_of)) > 0, name
    assert {path.split("/")[0] for path in listing(folder)} == {"artifact", "config.yaml"}
    assert train(chosen, data, bars=QUIET).run_id != again.run_id, "a finished run begins anew"


@pytest.mark.slow
def test_another_config_or_other_data_begin_anew_and_the_old_artifact_stays_until_then(
    place, tiny, monkeypatch, caplog
):
    data = load_data(tiny("changed"))
    train(tiny("changed"), data, bars=QUIET)
    old = weights(place, "changed")
    fewer = replace(data, train=data.train[:-20])
    for config_, rows, said in (
        (tiny("changed"), data, ""),
        (tiny("changed", dropout=0.2), data, "of another config: starting afresh"),
        (tiny("changed", dropout=0.2), fewer, "of another data: starting afresh"),
    ):
        caplog.clear()
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            stop_at(patch, 3, KeyboardInterrupt)
            train(config_, rows, bars=QUIET)
        assert said in caplog.text and weights(place, "changed") == old
    caplog.clear()
    train(tiny("changed", dropout=0.2), fewer, bars=QUIET)
    assert "going on from epoch 1, batch 4" in caplog.text
    assert weights(place, "changed") != old


def test_a_loss_that_breaks_keeps_the_checkpoint_and_a_lower_rate_begins_anew(
    place, tiny, monkeypatch, caplog
):
    data = load_data(tiny("broken"))
    whole = Fit._loss
    steps = iter(range(99))
    with monkeypatch.context() as patch, pytest.raises(BadInput, match="a finite loss, found nan"):
        patch.setattr(
            Fit,
            "_loss",
            lambda self, rows: whole(self, rows) * (1 if next(steps) < 4 else math.nan),
        )
        train(tiny("broken"), data, bars=QUIET)
    assert list((place / "runs" / "broken").glob("checkpoints/*/MANIFEST.json"))
    train(tiny("broken", learning_rate=1e-5), data, bars=QUIET)
    assert "of another config: starting afresh" in caplog.text


def test_a_second_run_in_the_folder_is_refused_at_once(place, tiny):
    chosen = tiny("alone")
    with locked(place / "runs" / "alone"), pytest.raises(BadInput, match="another run is writing"):
        train(chosen, load_data(chosen), bars=QUIET)
    assert not (place / "runs" / "alone").exists()


@pytest.mark.slow
def test_a_disk_that_fills_up_under_the_artifact_ends_the_run_and_the_next_one_finishes_it(
    place, tiny, monkeypatch, wiretag, tmp_path, caplog
):
    chosen = tiny("filled")
    (tmp_path / "run.yaml").write_text(to_yaml(chosen))

    def full(self, stage):
        (stage / "model.onnx").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(FittedTransformer, "write", full)
        code, _, err = wiretag("train", tmp_path / "run.yaml")
    folder = place / "runs" / "filled"
    assert code == 3 and "No space left on device" in err and "Traceback" not in err
    assert {path.name for path in folder.iterdir()} == {"checkpoints"}
    code, _, err = wiretag("train", tmp_path / "run.yaml")
    assert code == 0 and "going on from epoch 3, batch 1" in caplog.text
    assert {path.name for path in folder.iterdir()} == {"artifact", "config.yaml"}


def test_a_training_does_not_notice_that_the_store_is_down(place, tiny, monkeypatch):
    chosen = tiny("offline")
    data = load_data(chosen)
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        made = train(chosen, data, bars=QUIET)
    assert (place / "runs" / "offline" / "journal.jsonl").exists()
    train(config(place, "majority", name="next"), data, bars=QUIET)
    run = Store(place / "runs").find(made.run_id)
    assert run.info.status == "FINISHED" and run.info.run_name == "offline"
    losses = client(place).get_metric_history(run.info.run_id, "train/loss")
    assert [point.step for point in losses] == [1, 2]
    listed = {entry.path for entry in client(place).list_artifacts(run.info.run_id, "artifact")}
    assert "artifact/MANIFEST.json" in listed
    assert not (place / "runs" / "offline" / "journal.jsonl").exists()


@pytest.mark.slow
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
