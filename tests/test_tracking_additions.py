"""What is said of a run after its end: files, tags of models, also while the store is down."""

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import FEATURE_DISABLED
from mlflow.tracking import MlflowClient
from tracked_runs import client, down, spoken

from training.tracking import Store

pytestmark = pytest.mark.usefixtures("asked_at_once")


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
