"""Runs that are broken off, fail or lose their store, and the run that comes after."""

import errno
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from run_configs import QUIET, client, config
from safetensors.torch import save_file

from data.errors import BadInput
from training.checkpoint import Checkpoints
from training.config import RunConfig, to_yaml
from training.families.transformer import FittedTransformer
from training.fitting import Fit
from training.lock import locked
from training.publishing import publish
from training.run import train
from training.sources import load_data
from training.tracking import Store


@pytest.fixture
def tiny(place, tiny_encoder, monkeypatch):
    """Configs of a tiny transformer whose artifact is its weights: exporting takes seconds."""

    def weights_alone(stage: Path, fields, fitted, *more) -> None:
        if isinstance(fitted, FittedTransformer):
            save_file(fitted.model.state_dict(), stage / "model.onnx")
        else:
            publish(stage, fields, fitted, *more)

    monkeypatch.setattr("training.run.publish", weights_alone)
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


def test_a_disk_that_fills_up_under_the_artifact_ends_the_run_and_the_next_one_finishes_it(
    place, tiny, monkeypatch, wiretag, tmp_path, caplog
):
    chosen = tiny("filled")
    (tmp_path / "run.yaml").write_text(to_yaml(chosen))

    def full(stage, *_):
        (stage / "model.onnx").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("training.run.publish", full)
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
