"""A tracking store that is down, flaky, locked or refuses: nothing is lost, nothing told twice."""

import errno
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE
from mlflow.tracking import MlflowClient
from tracked_runs import EVERYTHING, by_name, check_all_arrived, client, down, speak, spoken

from data.errors import BadInput
from training.tracking import Store

pytestmark = pytest.mark.usefixtures("asked_at_once")


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
