"""Tracking: local sqlite under the runs' folder, the environment's store, states of a run."""

import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from tracked_runs import client, down

from data.errors import BadInput
from training.tracking import MAX_PARAMETER, Store, download

pytestmark = pytest.mark.usefixtures("asked_at_once")


def test_a_run_keeps_parameters_metrics_tags_and_files(folder, tmp_path):
    store = Store(folder)
    (tmp_path / "a.txt").write_text("x")
    with store.run("event_type", "first", {"family": "tfidf"}) as run:
        run.parameters({"model": {"c": 10.0, "n": {"low": 1}}, "long": "x" * 9000})
        run.parameters({f"p{number}": number for number in range(230)})
        run.metrics({"loss": 0.5, "undefined": None}, 1)
        run.metrics({"loss": 0.25}, 2)
        run.file(tmp_path / "a.txt", "kept")
        run.tags({"late": "yes"})
    found = client(folder).get_run(run.id)
    assert found.info.status == "FINISHED" and found.info.run_name == "first"
    many = {f"p{number}": str(number) for number in range(230)}
    few = {"model.c": "10.0", "model.n.low": "1", "long": "x" * MAX_PARAMETER}
    assert found.data.params == few | many
    assert found.data.metrics == {"loss": 0.25}
    history = client(folder).get_metric_history(run.id, "loss")
    assert [(point.step, point.value) for point in history] == [(1, 0.5), (2, 0.25)]
    assert found.data.tags["family"] == "tfidf" and found.data.tags["late"] == "yes"
    assert list((folder / "mlartifacts").rglob("kept/a.txt"))


def test_a_run_that_breaks_is_failed_and_a_child_names_its_parent(folder):
    store = Store(folder)
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), store.run("event_type", "broken", {}) as run:
            raise error
        assert client(folder).get_run(run.id).info.status == "FAILED"
    with store.run("event_type", "child", {}, parent=run.id) as child:
        pass
    assert client(folder).get_run(child.id).data.tags["mlflow.parentRunId"] == run.id


def test_experiments_are_made_once(folder):
    store = Store(folder)
    assert store.experiment("geo_direction") == Store(folder).experiment("geo_direction")
    assert store.experiment("geo_direction") != store.experiment("actor_role")


def test_the_environment_may_name_another_store(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
    with Store(tmp_path / "here").run("event_type", "elsewhere", {}) as run:
        pass
    assert not (tmp_path / "here" / "mlflow.db").exists()
    assert client(folder).get_run(run.id).info.run_name == "elsewhere"


def test_two_stores_of_one_process_do_not_mix(folder, tmp_path):
    other = Store(tmp_path)
    with Store(folder).run("event_type", "here", {}) as run:
        pass
    assert "MLFLOW_TRACKING_URI" not in os.environ
    assert other.existing(run.id) is None and Store(folder).existing(run.id) is not None
    assert (tmp_path / "mlflow.db").exists()


def test_an_unknown_run_is_refused_with_the_store(folder, tmp_path):
    store = Store(folder)
    assert store.existing("0" * 32) is None
    with pytest.raises(BadInput, match=r"'nope'; store: sqlite:"):
        download(store, "nope", tmp_path)


def _first_use(folder: Path, name: str) -> str:
    with Store(folder).run("event_type", name, {}) as run:
        run.metrics({"loss": 1.0})
    return run.id


@pytest.mark.slow
def test_parallel_first_uses_of_a_store_all_arrive(tmp_path):
    with ProcessPoolExecutor(3) as pool:
        ids = list(pool.map(_first_use, [tmp_path] * 3, ("one", "two", "three")))
    assert len(set(ids)) == 3
    for run_id in ids:
        found = client(tmp_path).get_run(run_id)
        assert found.info.status == "FINISHED" and found.data.metrics == {"loss": 1.0}


def test_a_store_that_does_not_answer_is_named(tmp_path, monkeypatch):
    down(monkeypatch)
    with pytest.raises(BadInput, match=r"127\.0\.0\.1:9.*MLFLOW_TRACKING_URI"):
        download(Store(tmp_path), "0" * 32, tmp_path)
