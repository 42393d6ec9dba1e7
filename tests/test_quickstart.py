"""The main job from end to end on a small corpus, and the commands that the README names."""

import json
import re
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from data.codebook import load_codebook
from data.dataset import TASKS
from data.example_files import read_examples
from data.importers import read_sentences
from evaluation.report import load_report
from tagging.artifact import load_artifact
from workflows import quickstart

ROOT = Path(__file__).parent.parent
VIEWS = "evaluation/test.jsonl"  # of a run's artifacts
PAGE = """PORT ELLIS, March 3 - The army shelled Nairobi from Mombasa on Sunday, wounding farmers.

Hundreds of students marched through Nairobi, police said.
"""
MORE = """headline: Ferries
dateline: TIRRA, May 2
date: 2011-05-02
style: local
region: europe

none :: Ferrymen left {Tirra|origin} before the wind rose.
none :: Ferrymen reached {Tirra|destination} before the wind rose.
"""


@pytest.fixture(scope="module")
def done(corpus, tiny_encoder, tmp_path_factory):
    """(the folder that the quickstart filled, what it returned), with the tiny encoder."""
    place = tmp_path_factory.mktemp("quickstart")
    for task in (*TASKS, "mention"):
        for name in quickstart.MODELS if task in TASKS else ("minilm",):
            shipped = (quickstart.CONFIGS / task / f"{name}.yaml").read_text()
            tiny = shipped.replace("encoder: minilm", f"encoder: {tiny_encoder}")
            tiny = re.sub(r"epochs: \d+", "epochs: 1", tiny)
            tiny = tiny.replace("data/contrast", str(place / "more"))
            assert (name == "minilm") == ("encoder" in shipped) == (str(tiny_encoder) in tiny)
            path = place / "configs" / task / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(tiny)
    (place / "pages").mkdir()
    (place / "pages" / "page.txt").write_text(PAGE)
    more = place / "more"
    more.mkdir()
    (more / "contrast.txt").write_text(MORE)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setattr(quickstart, "CONFIGS", place / "configs")
        patch.setattr(quickstart, "PAGES", place / "pages")
        out = place / "out"
        return out, quickstart.run_quickstart(corpus, out, quiet=True)


def test_every_promised_file_is_there(done, sentences):
    out, found = done
    made = {path.name for path in out.iterdir()}
    assert made == {
        "dataset",
        "runs",
        "reports",
        "report.html",
        "report.md",
        "mentions.json",
        "events.json",
        "events.md",
        "artifacts",
        "tagged",
        "page.html",
    }
    rows = [
        row
        for name in ("train", "validation", "test")
        for row in read_sentences(out / "dataset" / "sentences" / f"{name}.jsonl")
    ]
    assert sorted(row.id for row in rows) == sorted(row.id for row in sentences)
    for task in TASKS:
        assert (out / "dataset" / task / "test.parquet").exists()
        assert set(found) >= {task, "verdict", "report", "artifacts", "tagged", "page", "minutes"}
        assert all(family in found[task] for family in ("majority", "tfidf", "transformer"))
    assert not list(out.rglob("*.part"))
    assert "type + source + target" in (out / "events.md").read_text(encoding="utf-8")
    json.dumps(found)


def test_an_auxiliary_set_trains_and_is_not_scored(done):
    out, _ = done
    run = MlflowClient(f"sqlite:///{out.absolute()}/runs/mlflow.db")
    report = load_report(out / "reports" / "geo_direction-tfidf.json")
    assert not any(row.doc_id == "contrast" for row in report.predictions)
    rows = read_examples(
        out / "dataset" / "geo_direction" / "train.parquet", load_codebook("geo_direction")
    )
    trained = run.get_run(report.artifact.run_id).data.metrics["train/examples"]
    assert trained == sum(not row.derived for row in rows) + 2


def test_every_model_has_a_report_on_the_same_rows_and_a_tracked_run(done):
    out, _ = done
    client = MlflowClient(f"sqlite:///{out.absolute()}/runs/mlflow.db")
    for task in TASKS:
        rows = set()
        for model in quickstart.MODELS:
            report = load_report(out / "reports" / f"{task}-{model}.json")
            assert report.task == task
            rows.add(report.dataset.rows_sha256)
            card = load_artifact(out / "runs" / f"{task}-{model}" / "artifact").card
            run = client.get_run(card.run_id)
            score = run.data.metrics["test/test.jsonl/macro_f1"]
            assert score == report.macro_f1.value and run.info.status == "FINISHED"
            views = {entry.path for entry in client.list_artifacts(card.run_id, VIEWS)}
            assert {f"{VIEWS}/report.html", f"{VIEWS}/labels.json"} <= views
        assert len(rows) == 1


def test_the_report_is_one_page_that_loads_nothing(done):
    out, found = done
    page = (out / "report.html").read_text(encoding="utf-8")
    lower = page.lower()
    assert "<script" not in lower and "javascript:" not in lower
    assert not re.search(r"(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", lower)
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", lower)
    assert "<svg" in lower and found["verdict"].split(".")[0] in re.sub(r"\s+", " ", page)
    text = (out / "report.md").read_text(encoding="utf-8")
    assert all(task in page and task in text for task in TASKS)


def test_an_artifact_of_each_task_loads_and_the_page_is_tagged(done):
    out, _ = done
    for task in TASKS:
        artifact = load_artifact(out / "artifacts" / task)
        assert artifact.card.task == task
        assert artifact.codebook.hash == load_codebook(task).hash
    lines = [
        json.loads(line) for line in (out / "tagged" / "sentences.jsonl").read_text().splitlines()
    ]
    assert len(lines) == 2 and all(line["event_types"] is not None for line in lines)
    assert load_artifact(out / "artifacts" / "mention").mentions(["The army shelled Nairobi."])
    for line in lines:
        assert PAGE[line["start"] : line["end"]] == line["text"]
    page = (out / "page.html").read_text(encoding="utf-8")
    assert "students" in page and "<svg" in page


def test_what_the_quickstart_needs_is_in_the_repository():
    pages = list(quickstart.PAGES.glob("*.txt"))
    assert len(pages) == 3 and quickstart.PAGES.is_relative_to(ROOT)
    for task in TASKS:
        for model in quickstart.MODELS:
            assert (quickstart.CONFIGS / task / f"{model}.yaml").is_file()
    assert (quickstart.CONFIGS / "mention" / "minilm.yaml").is_file()


def test_the_readmes_make_commands_are_targets_of_the_makefile():
    named = re.findall(r"^\s*(?:\$ )?make ([a-z-]+)", (ROOT / "README.md").read_text(), re.M)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    assert {"quickstart", "test"} <= set(named) <= set(targets)


def test_the_readmes_wiretag_commands_exist():
    import typer

    from wiretag import app

    verbs = typer.main.get_command(app).commands
    blocks = re.findall(r"^```.*?\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    lines = re.findall(r"^\s*(?:\$ )?wiretag (.+)$", "\n".join(blocks), re.M)
    assert lines
    for line in lines:
        first, second = [*line.split(), ""][:2]
        assert first in verbs, line
        if first == "data":
            assert second in verbs["data"].commands, line
