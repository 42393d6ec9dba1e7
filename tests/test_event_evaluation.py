"""`wiretag evaluate events`: tables, files and MLflow; `evaluate ARTIFACT` is as it was."""

import json
import shutil
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from evaluation.events.report import load_event_report

TASKS = ("event_type", "actor_role", "geo_direction")


@pytest.fixture
def place(tmp_path, corpus, shelf, monkeypatch) -> Path:
    """A folder with two stacks of artifacts and a few labelled articles."""
    monkeypatch.chdir(tmp_path)
    for number in range(10):
        name = f"{'north' if number % 2 else 'south'}/article-{number:02d}.txt"
        Path("corpus").mkdir(exist_ok=True)
        shutil.copy(corpus / name, "corpus")
    for task in TASKS:
        shutil.copytree(shelf("tfidf", task).folder, f"models/{task}")
        shutil.copytree(shelf("majority", task).folder, f"other/models/{task}")
    return tmp_path


def test_stacks_are_scored_written_and_tracked(wiretag, place, store_in):
    store_in(Path("runs"))
    code, out, _ = wiretag(
        *("evaluate", "events", "models", "--data", "corpus", "--against", "other/models"),
        *("--report", "e.json", "--markdown", "e.md", "--json"),
    )
    found = json.loads(out)
    assert code == 0 and found["tracked"] is True and found["articles"] == 10
    report = load_event_report(Path("e.json"))
    assert (
        [stack.name for stack in report.stacks] == ["models", "other/models"] == list(found["f1"])
    )
    assert "error budget" in Path("e.md").read_text()
    client = MlflowClient(f"sqlite:///{place}/runs/mlflow.db")
    experiment = client.get_experiment_by_name("events")
    runs = client.search_runs([experiment.experiment_id])
    assert {run.info.run_name for run in runs} == {"events-models", "events-other-models"}
    tracked = next(run for run in runs if run.info.run_name == "events-models")
    f1 = next(s for s in report.stacks[0].scores if (s.level, s.agreement) == ("type", "strict")).f1
    assert tracked.data.metrics["test/corpus/type/strict/f1"] == pytest.approx(f1.value)
    assert "test/corpus/type source target/strict/gold roles" in tracked.data.metrics
    names = {file.path for file in client.list_artifacts(tracked.info.run_id, "reports")}
    assert names == {"reports/events.json", "reports/events.md"}


def test_people_get_tables_and_no_store_is_made(wiretag, place):
    code, out, _ = wiretag("evaluate", "events", "models", "--data", "corpus")
    assert code == 0 and "error budget" in out and "tracked: false" in out
    assert not Path("runs").exists()


def test_bad_input_is_one_line(wiretag, place):
    shutil.rmtree("other/models/geo_direction")
    code, _, err = wiretag("evaluate", "events", "other/models", "--data", "corpus")
    assert code == 3 and err.count("\n") == 1 and "none for place in models" in err
    code, _, err = wiretag("evaluate", "events", "corpus", "--data", "corpus")
    assert code == 3 and "an artifact folder" in err
    code, _, err = wiretag("evaluate", "events", "models", "--data", "corpus", "--report", "other")
    assert code == 3 and "expected a file to write" in err
    assert wiretag("evaluate", "events", "models")[0] == 2


def test_an_artifact_is_scored_with_and_without_its_verb(wiretag, place):
    told = []
    for verb in ([], ["artifact"]):
        code, out, _ = wiretag("evaluate", *verb, "models/event_type", "--data", "corpus", "--json")
        assert code == 0
        told.append(json.loads(out))
    assert told[0] == told[1] and told[0]["task"] == "event_type"
    code, out, _ = wiretag("evaluate", "--data", "corpus", "models/event_type", "--json")
    assert code == 0 and json.loads(out) == told[0]


def test_help_shows_both_forms(wiretag):
    code, out, _ = wiretag("evaluate", "--help")
    assert code == 0 and "artifact" in out and "events" in out
    code, out, _ = wiretag("evaluate", "events", "--help")
    assert code == 0 and "--against" in out
