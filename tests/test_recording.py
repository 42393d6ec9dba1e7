"""What evaluations add to MLflow runs: scores, a table, plots and a page; nothing is lost."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from mlflow.tracking import MlflowClient

from data.codebook import load_codebook
from data.records import Mention, Role, Sentence
from evaluation.report import Report, save_report
from evaluation.score import score
from tagging.artifact import Prediction
from training import tracking
from training.config import RunConfig
from training.tracking import Store
from workflows.comparing import compare_reports
from workflows.crossvalidate import run_crossvalidation
from workflows.recording import known_run, labels_table, place_of, record, views

PLACES, ACTORS = load_codebook("geo_direction"), load_codebook("actor_role")
HOSTILE = "<script>alert(1)</script>]]>"


class Model:
    """Says the first label of the codebook to every other row, else the gold ones."""

    manifest_hash = "0" * 64

    def __init__(self, codebook) -> None:
        self.codebook = codebook
        self.card = SimpleNamespace(family="tfidf", run_id=None, git_commit=None, seed=1)

    def predict(self, examples, batch_size=32, progress=None):
        first = self.codebook.labels[0]
        chosen = [e.labels if n % 2 else (first,) for n, e in enumerate(examples)]
        return [Prediction(labels, self.shares(labels), 0.9) for labels in chosen]

    def shares(self, labels: tuple[str, ...]) -> dict[str, float]:
        rest = 0.1 / (len(self.codebook.labels) - 1)
        return {name: 0.9 if name in labels else rest for name in self.codebook.labels}


def report(codebook=PLACES, name: str = "m", dataset: str = "test.jsonl") -> Report:
    kind, labels = ("place", PLACES.labels) if codebook is PLACES else ("actor", ACTORS.labels)
    rows = [
        Sentence(
            f"s{n}", f"doc{n % 10}", "Lorries left Goma at noon.",
            (Mention(13, 17, kind, (Role(labels[n % len(labels)]),)),),
        )
        for n in range(120)
    ]  # fmt: skip
    return score(Model(codebook), rows, name=name, dataset=dataset, resamples=50, with_text=True)


@pytest.fixture
def tracked(tmp_path, store_in):
    """(the artifact of a run that has ended, the folder of its store, MLflow's client)."""
    runs = tmp_path / "runs"
    store_in(runs)
    store = Store(runs)
    with store.run("geo_direction", "m", {}) as run:
        made = run.id
    artifact = SimpleNamespace(card=SimpleNamespace(run_id=made), folder=runs / "m" / "artifact")
    return artifact, runs, MlflowClient(store.uri)


def listed(client: MlflowClient, run: str, folder: str) -> list[str]:
    return [entry.path.removeprefix(f"{folder}/") for entry in client.list_artifacts(run, folder)]


def test_scores_table_plots_and_page_are_on_the_run(tracked, tmp_path):
    artifact, runs, client = tracked
    found, run = report(), artifact.card.run_id
    save_report(found, tmp_path / "r.json")
    assert record(found, artifact, runs, tmp_path / "r.json")
    assert listed(client, run, "reports") == ["r.json"]
    assert listed(client, run, "evaluation/test.jsonl") == [
        "confusion.svg", "labels.json", "reliability.svg", "report.html"
    ]  # fmt: skip
    figures = client.get_run(run).data.metrics
    assert figures["test/test.jsonl/macro_f1"] == found.macro_f1.value
    assert figures["test/test.jsonl/macro_f1_low"] == found.macro_f1.low
    page = Path(client.download_artifacts(run, "evaluation/test.jsonl/report.html", str(tmp_path)))
    assert f"{found.macro_f1.value * 100:.1f}" in page.read_text()


def test_mlflow_reads_the_table_of_the_labels(tracked, monkeypatch):
    artifact, runs, client = tracked
    found, run = report(), artifact.card.run_id
    record(found, artifact, runs, None)
    experiment = client.get_run(run).info.experiment_id
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{runs}/mlflow.db")  # where it looks
    table = client.load_table(experiment, "evaluation/test.jsonl/labels.json", [run])
    assert list(table["label"]) == list(PLACES.labels)
    assert list(table["gold"]) == [24] * 5
    f1 = [line.f1.value for line in found.headline.labels]
    assert list(table["f1"]) == pytest.approx(f1)


def test_a_second_set_of_rows_does_not_replace_the_first(tracked):
    artifact, runs, client = tracked
    for dataset in ("test.jsonl", "../other set"):
        record(report(dataset=dataset), artifact, runs, None)
    assert listed(client, artifact.card.run_id, "evaluation") == ["other-set", "test.jsonl"]
    assert place_of(report(dataset="..")) == "evaluation/-"


def test_a_silent_store_gets_all_of_it_later(tracked, monkeypatch, tmp_path):
    artifact, runs, client = tracked
    found = report()
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        patch.setattr(tracking, "_silent", {})
        assert record(found, artifact, runs, None)
    assert client.list_artifacts(artifact.card.run_id, "evaluation") == []
    Store(runs).sync()
    run = artifact.card.run_id
    assert len(listed(client, run, "evaluation/test.jsonl")) == 4
    page = Path(client.download_artifacts(run, "evaluation/test.jsonl/report.html", str(tmp_path)))
    assert "test.jsonl" in page.read_text()
    assert client.get_run(run).data.metrics["test/test.jsonl/macro_f1"] == found.macro_f1.value
    assert not (runs / tracking.UNSENT).exists()


def test_a_crossvalidation_keeps_and_tells_the_views_of_every_seed(corpus, tmp_path, store_in):
    runs = tmp_path / "runs"
    store_in(runs)
    config = RunConfig(
        name="m", task="geo_direction", data=str(corpus), seeds=[1, 2], out=str(runs),
        model={"family": "majority"},
    )  # fmt: skip
    run_crossvalidation(config, 2, quiet=True)
    store = Store(runs)
    experiment = store.client.get_experiment_by_name("geo_direction").experiment_id
    named = {run.info.run_name: run for run in store.client.search_runs([experiment])}
    parent = named["m-folds"]
    for seed in ("seed-1", "seed-2"):
        kept = {path.name for path in (runs / "m-folds" / seed / "evaluation").iterdir()}
        assert {"report.html", "labels.json"} <= kept
        assert set(listed(store.client, parent.info.run_id, f"evaluation/{seed}")) == kept
    history = store.client.get_metric_history(parent.info.run_id, "test/all folds/macro_f1")
    assert [point.step for point in history] == [1, 2]
    fold = next(run for name, run in named.items() if name != "m-folds")
    assert len(store.client.list_artifacts(fold.info.run_id, "evaluation")) == 1
    (line,) = compare_reports([runs / "m-folds"], None, None)["tasks"]["geo_direction"]
    assert (line["model"], line["seeds"], line["dataset"]) == ("m", 2, "all folds")


def test_an_artifact_of_no_known_run_is_not_recorded(tracked):
    artifact, runs, _ = tracked
    artifact.card.run_id = None
    assert record(report(), artifact, runs, None) is False


def test_the_first_folder_with_a_store_is_asked_for_the_run(tracked, tmp_path, store_in):
    artifact, runs, _ = tracked
    run = artifact.card.run_id
    assert known_run(run, tmp_path / "none", runs).id == run
    assert known_run(run, tmp_path / "none") is known_run("", runs) is None
    store_in(tmp_path / "other")
    assert known_run(run, tmp_path / "other", runs) is None


def test_plots_are_whole_pictures_of_their_own():
    for name, text in views(report()).items():
        if name.endswith(".svg"):
            root = ElementTree.fromstring(text)
            assert root.tag == "{http://www.w3.org/2000/svg}svg" and "width" in root.attrib
            style = root.find("{http://www.w3.org/2000/svg}style").text
            named = set(re.findall(r"var\((--[a-z0-9-]+)\)", style))
            assert named and all(f"{each}:" in style for each in named)
            assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_a_multi_label_task_has_no_confusion_plot_and_its_empty_set_in_the_table():
    found = report(ACTORS)
    assert sorted(views(found)) == ["labels.json", "reliability.svg", "report.html"]
    table = labels_table(found)
    assert [row[0] for row in table["data"]] == [*ACTORS.labels, ACTORS.none]
    assert all(len(row) == len(table["columns"]) for row in table["data"])


def test_names_and_texts_are_inert_in_every_view():
    found = report(name=HOSTILE)
    hostile = found.model_copy(
        update={"predictions": tuple(
            row.model_copy(update={"text": HOSTILE}) for row in found.predictions
        )}
    )  # fmt: skip
    made = views(hostile)
    assert "<script" not in made["report.html"].lower()
    assert json.loads(made["labels.json"])["columns"][0] == "label"
