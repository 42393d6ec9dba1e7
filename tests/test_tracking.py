"""Tracking: local sqlite under the runs' folder, the environment's store, states of a run."""

import errno
import os
import signal
import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import FEATURE_DISABLED, TEMPORARILY_UNAVAILABLE
from mlflow.tracking import MlflowClient

from data.errors import BadInput
from training.tracking import MAX_PARAMETER, Run, Store, download


def client(folder: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{folder.absolute()}/mlflow.db")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, store_in) -> Path:
    """One store for the module."""
    made = tmp_path_factory.mktemp("runs")
    store_in(made)
    return made


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


@pytest.mark.slow
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


def down(patch: pytest.MonkeyPatch) -> None:
    """An address where nobody answers."""
    patch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


@pytest.fixture(autouse=True)
def asked_at_once(monkeypatch):
    """No store counts as silent because of an earlier test, or for a minute."""
    monkeypatch.setattr("training.tracking.PAUSE", 0.0)
    monkeypatch.setattr("training.tracking._silent", {})


def spoken(folder: Path, run_id: str) -> dict[str, list[tuple[int, float]]]:
    """Every metric of a run, point by point."""
    names = client(folder).get_run(run_id).data.metrics
    histories = {name: client(folder).get_metric_history(run_id, name) for name in names}
    return {
        name: sorted((point.step, point.value) for point in points)
        for name, points in histories.items()
    }


def by_name(folder: Path, name: str) -> list:
    experiment = client(folder).get_experiment_by_name("event_type").experiment_id
    return client(folder).search_runs([experiment], f"tags.mlflow.runName = '{name}'")


def speak(run: Run, path: Path) -> None:
    """What a training says, and says again if it goes on from before an epoch's end."""
    run.parameters({"model": {"c": 10.0}, "seed": 1})
    run.metrics({"train/examples": 90})
    for epoch in (1, 2, 3):
        run.metrics({"loss": 1 / epoch, "f1": epoch / 7}, epoch)
    path.write_text("labels: []")
    run.file(path, "kept")
    run.tags({"late": "yes"})


EVERYTHING = {
    "train/examples": [(0, 90.0)],
    "loss": [(1, 1.0), (2, 0.5), (3, 1 / 3)],
    "f1": [(1, 1 / 7), (2, 2 / 7), (3, 3 / 7)],
}


def check_all_arrived(folder: Path, name: str) -> None:
    (found,) = by_name(folder, name)
    assert found.info.status == "FINISHED" and found.info.end_time >= found.info.start_time
    assert spoken(folder, found.info.run_id) == EVERYTHING
    assert found.data.params == {"model.c": "10.0", "seed": "1"}
    assert found.data.tags["late"] == "yes" and found.data.tags["given"] == "at the start"
    files = client(folder).list_artifacts(found.info.run_id, "kept")
    assert [each.path for each in files] == ["kept/config.yaml"]


def test_a_store_that_is_down_all_the_time_gets_everything_from_the_next_run(
    folder, tmp_path, monkeypatch, caplog
):
    down(monkeypatch)
    with Store(folder).run("event_type", "outage", {"given": "at the start"}) as run:
        speak(run, tmp_path / "config.yaml")
    assert "kept in" in caplog.text and "outage/journal.jsonl" in caplog.text
    assert (folder / "outage" / "journal.jsonl").exists() and not by_name(folder, "outage")
    monkeypatch.undo()
    assert Store(folder).existing(run.id) is None
    with Store(folder).run("event_type", "next", {}):
        pass
    check_all_arrived(folder, "outage")
    assert not (folder / "outage").exists()
    late = Store(folder).existing(run.id)  # the id that the artifact's card carries
    assert late.id == by_name(folder, "outage")[0].info.run_id


def test_the_password_of_a_store_is_not_shown(folder, monkeypatch, caplog):
    down(monkeypatch)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:canary@127.0.0.1:9")
    with Store(folder).run("event_type", "secret", {}) as run:
        run.metrics({"loss": 1.0})
    assert "127.0.0.1:9" in caplog.text and "canary" not in caplog.text
    assert "canary" not in (folder / "secret" / "journal.jsonl").read_text()
    monkeypatch.undo()
    Store(folder).sync()


def test_a_child_of_a_run_that_had_no_id_yet_finds_its_parent(folder, monkeypatch):
    with monkeypatch.context() as patch:
        down(patch)
        with Store(folder).run("event_type", "family", {}) as parent:
            child = Store(folder).run("event_type", "1", {}, parent.id, folder / "family" / "1")
            with child:
                pass
    with Store(folder).run("event_type", "next", {}):
        pass
    (made,) = by_name(folder, "family")
    (child,) = by_name(folder, "1")
    assert child.data.tags["mlflow.parentRunId"] == made.info.run_id


CALLS = ("create_run", "log_batch", "log_artifact", "set_terminated", "get_metric_history")


class Flaky:
    """A store whose n-th call fails, before or after it did what was asked."""

    def __init__(self, patch: pytest.MonkeyPatch, failing: int | None, after: bool) -> None:
        self.count = 0
        for name, whole in {name: getattr(MlflowClient, name) for name in CALLS}.items():

            def call(*arguments, whole=whole, **named):
                self.count += 1
                fails = self.count - 1 == failing
                if fails and not after:
                    raise MlflowException("database is locked", TEMPORARILY_UNAVAILABLE)
                found = whole(*arguments, **named)
                if fails:
                    raise OSError("the connection was closed")
                return found

            patch.setattr(MlflowClient, name, call)


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at_the_end", [False, True])
def test_whichever_call_fails_everything_arrives_and_nothing_twice(
    folder, tmp_path, monkeypatch, after, at_the_end
):
    """Where the store answers again: at once, or when the next run starts."""
    name = f"flaky-{after}-{at_the_end}"
    with monkeypatch.context() as patch:
        flaky = Flaky(patch, None, after)
        with Store(folder).run("event_type", "counted", {"given": "at the start"}) as run:
            speak(run, tmp_path / "config.yaml")
    for failing in range(flaky.count):
        one = f"{name}-{failing}"
        with monkeypatch.context() as patch:
            if at_the_end:
                patch.setattr("training.tracking.PAUSE", 60.0)
            Flaky(patch, failing, after)
            with Store(folder).run("event_type", one, {"given": "at the start"}) as run:
                speak(run, tmp_path / "config.yaml")
        monkeypatch.setattr("training.tracking._silent", {})
        Store(folder).sync()
        check_all_arrived(folder, one)
        assert not (folder / one).exists(), "what was sent is not kept"


def test_a_run_that_goes_on_says_nothing_twice(folder, tmp_path):
    with pytest.raises(KeyboardInterrupt), Store(folder).run("event_type", "on", {}) as run:
        run.metrics({"train/examples": 90})
        run.metrics({"loss": 1.0, "f1": 1 / 7}, 1)
        raise KeyboardInterrupt
    assert client(folder).get_run(run.id).info.status == "FAILED"
    tags = {"given": "at the start"}
    with Store(folder).run("event_type", "on", tags, resume=lambda: run.key) as again:
        assert client(folder).get_run(run.id).info.status == "RUNNING"
        speak(again, tmp_path / "config.yaml")
    assert again.id == run.id
    check_all_arrived(folder, "on")


def kill(folder: Path, name: str, path: Path) -> None:
    """A process that says all but its end, and a piece of a line, and is no more."""
    child = os.fork()
    if not child:
        with Store(folder).run("event_type", name, {"given": "at the start"}) as run:
            speak(run, path)
            with run.journal.path.open("ab") as file:
                file.write(b'\n{"kind": "metrics", "figures": {"lo')
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


@pytest.mark.parametrize("outage", [False, True])
def test_what_a_killed_run_said_arrives_and_the_run_shows_as_killed(
    folder, tmp_path, monkeypatch, outage
):
    name = f"killed-{outage}"
    with monkeypatch.context() as patch:
        if outage:
            down(patch)
        kill(folder, name, tmp_path / "config.yaml")
    with Store(folder).run("event_type", "next", {}):
        pass
    (found,) = by_name(folder, name)
    assert found.info.status == "KILLED" and spoken(folder, found.info.run_id) == EVERYTHING
    assert not (folder / name).exists()


def test_a_run_that_still_writes_is_not_ended_by_another(folder):
    with Store(folder).run("event_type", "long", {}) as run:
        run.metrics({"loss": 1.0})
        with Store(folder).run("event_type", "short", {}):
            pass
        run.metrics({"loss": 0.5}, 1)
        assert client(folder).get_run(run.id).info.status == "RUNNING"
        with (
            pytest.raises(BadInput, match="another run is writing there"),
            Store(folder).run("event_type", "long", {}),
        ):
            pass
    assert spoken(folder, run.id) == {"loss": [(0, 1.0), (1, 0.5)]}


def test_the_next_run_in_a_folder_does_not_lose_the_unsent_ones(folder, tmp_path, monkeypatch):
    """One was killed in the middle of a line; all that follows is read nevertheless."""
    path, tags = tmp_path / "config.yaml", {"given": "at the start"}
    with monkeypatch.context() as patch:
        down(patch)
        kill(folder, "thrice", path)
        with Store(folder).run("event_type", "thrice", tags) as run:
            speak(run, path)
    with Store(folder).run("event_type", "thrice", tags) as run:
        speak(run, path)
    found = {each.info.run_id: each.info.status for each in by_name(folder, "thrice")}
    assert sorted(found.values()) == ["FINISHED", "FINISHED", "KILLED"] and run.id in found
    assert all(spoken(folder, each) == EVERYTHING for each in found)


def test_a_file_that_a_later_run_replaced_is_not_taken_for_the_earlier_one(
    folder, tmp_path, monkeypatch, caplog
):
    path = tmp_path / "config.yaml"
    with monkeypatch.context() as patch:
        down(patch)
        with Store(folder).run("event_type", "old", {}) as run:
            speak(run, path)
    os.utime(path, (time.time() + 60, time.time() + 60))
    Store(folder).sync()
    (found,) = by_name(folder, "old")
    assert not client(folder).list_artifacts(found.info.run_id, "kept")
    assert "config.yaml was removed or replaced meanwhile" in caplog.text


def test_what_an_evaluation_adds_during_an_outage_arrives_later(folder, monkeypatch):
    with Store(folder).run("event_type", "scored", {}) as run:
        run.metrics({"loss": 1.0})
    with monkeypatch.context() as patch:
        down(patch)
        late = Store(folder).existing(run.id)
        late.metrics({"test/macro_f1": 0.5})
        late.tags({"rows_sha256": "abc"})
    assert "test/macro_f1" not in spoken(folder, run.id)
    Store(folder).sync()
    assert spoken(folder, run.id) == {"loss": [(0, 1.0)], "test/macro_f1": [(0, 0.5)]}
    found = client(folder).get_run(run.id)
    assert found.data.tags["rows_sha256"] == "abc" and found.info.status == "FINISHED"
    assert not (folder / ".unsent").exists()


def test_a_file_that_is_added_during_an_outage_may_go_meanwhile(folder, tmp_path, monkeypatch):
    with Store(folder).run("event_type", "added", {}) as run:
        pass
    note = tmp_path / "note.md"
    note.write_text("read me")
    with monkeypatch.context() as patch:
        down(patch)
        Store(folder).existing(run.id).file(note, "gate")
    note.unlink()
    assert not client(folder).list_artifacts(run.id, "gate")
    Store(folder).sync()
    (file,) = client(folder).list_artifacts(run.id, "gate")
    assert file.path == "gate/note.md"
    assert not (folder / ".unsent").exists()


def test_tags_reach_every_model_version_of_the_run_and_no_other(folder, monkeypatch):
    with Store(folder).run("event_type", "registered", {}) as run:
        pass
    with Store(folder).run("event_type", "another", {}) as other:
        pass
    known = client(folder)
    known.create_registered_model("tagger")
    versions = [known.create_model_version("tagger", "file:///x", each.id) for each in (run, other)]
    with monkeypatch.context() as patch:
        down(patch)
        Store(folder).existing(run.id).model_tags({"gate.verdict": "fail"})
    Store(folder).sync()
    tags = [known.get_model_version("tagger", each.version).tags for each in versions]
    assert tags == [{"gate.verdict": "fail"}, {}]


def test_a_store_without_a_registry_holds_nothing_up(folder, monkeypatch, caplog):
    def absent(*arguments: object, **named: object) -> None:
        raise MlflowException("no registry", FEATURE_DISABLED)

    with Store(folder).run("event_type", "unregistered", {}) as run:
        pass
    monkeypatch.setattr(MlflowClient, "search_model_versions", absent)
    late = Store(folder).existing(run.id)
    late.model_tags({"gate.verdict": "pass"})
    late.tags({"gate.verdict": "pass"})
    assert "the tracking store refuses model tags" in caplog.text
    assert client(folder).get_run(run.id).data.tags["gate.verdict"] == "pass"
    assert not (folder / ".unsent").exists()


def test_what_the_store_refuses_holds_nothing_else_up(folder, caplog):
    with Store(folder).run("event_type", "refused", {}) as run:
        run.parameters({"c": 1})
        run.parameters({"c": 2})
        run.metrics({"loss": 1.0})
    assert "the tracking store refuses parameters" in caplog.text
    assert spoken(folder, run.id) == {"loss": [(0, 1.0)]}
    assert client(folder).get_run(run.id).info.status == "FINISHED"


def test_a_run_that_somebody_deleted_stops_nothing(folder):
    with Store(folder).run("event_type", "deleted", {}) as run:
        client(folder).delete_run(run.id)
        run.metrics({"loss": 1.0})
    assert Store(folder).existing(run.id) is None
    with Store(folder).run("event_type", "deleted", {}, resume=lambda: run.key) as again:
        again.metrics({"loss": 1.0})
    assert again.id != run.id and spoken(folder, again.id) == {"loss": [(0, 1.0)]}


def test_a_full_disk_under_the_journal_stops_no_run(folder, monkeypatch, caplog):
    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("training.journal.os.fsync", full)
    with Store(folder).run("event_type", "full", {}) as run:
        run.metrics({"loss": 1.0})
    assert "not journalled: " in caplog.text
    assert spoken(folder, run.id) == {"loss": [(0, 1.0)]}


@pytest.mark.slow
def test_a_database_that_is_really_locked_holds_nothing_up_for_long(folder, tmp_path):
    """MLflow itself waits for 20 seconds; the store is then left alone until the end."""
    with Store(folder).run("event_type", "locked", {"given": "at the start"}) as run:
        other = sqlite3.connect(folder / "mlflow.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("training.tracking.PAUSE", 60.0)
            speak(run, tmp_path / "config.yaml")
        assert time.monotonic() - began < 45
        other.execute("ROLLBACK")
        other.close()
    check_all_arrived(folder, "locked")
