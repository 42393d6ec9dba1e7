"""`wiretag compare` from the command line: files, folders, seeds, and the table that it writes."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from compared_models import Fake, sentences

from data.codebook import load_codebook
from evaluation.report import Report, save_report
from evaluation.score import score

PLACES = load_codebook("geo_direction")


def report(name: str, family: str, accuracy: float, seed: int = 1) -> Report:
    model = Fake(family, accuracy, seed, trained=seed)
    return score(model, sentences(60, 12), name=name, dataset="d", resamples=50)


@pytest.fixture
def runs(tmp_path, monkeypatch) -> Path:
    """Folders as training leaves them: reports of two models, and JSON that is no report."""
    monkeypatch.chdir(tmp_path)
    for seed, accuracy in ((1, 0.9), (2, 0.8), (3, 0.85)):
        save_report(
            report("net", "transformer", accuracy, seed), Path(f"runs/net/seed-{seed}/report.json")
        )
    save_report(report("words", "tfidf", 0.4), Path("runs/words/report.json"))
    Path("runs/words/card.json").write_text('{"name": "words"}')
    Path("runs/words/odd.json").write_bytes(b"\xff{")
    Path("runs/words/folder.json").mkdir()
    return tmp_path / "runs"


def test_folders_stand_for_the_reports_below_them(wiretag, runs):
    code, out, _ = wiretag("compare", "runs/net", "runs/words", "--json")
    found = json.loads(out)
    assert code == 0
    lines = found["tasks"]["geo_direction"]
    assert [(line["model"], line["seeds"], line["dataset"]) for line in lines] == [
        ("net", 3, "d"), ("words", 1, "d")
    ]  # fmt: skip
    assert lines[0]["difference"] is None and lines[1]["difference"]["high"] < 0
    assert lines[0]["seed_sd"] > 0 and lines[1]["seed_sd"] is None


def test_a_report_that_is_named_twice_or_kept_by_mlflow_too_counts_once(wiretag, runs):
    shutil.copytree("runs/net/seed-1", "runs/mlartifacts/geo_direction/1/artifacts/reports")
    code, out, err = wiretag("compare", "runs", "runs/words", "runs/net/seed-1/report.json")
    assert code == 0, err
    assert "net" in out and "words" in out and "± " in out


def test_a_folder_without_a_report_is_named(wiretag, runs):
    Path("empty").mkdir()
    Path("empty/card.json").write_text('{"schema_version": 2}')
    code, _, err = wiretag("compare", "runs/net", "empty")
    assert code == 3 and "empty" in err and "report" in err and "Traceback" not in err


def test_a_broken_report_below_a_folder_is_told_and_not_left_out(wiretag, runs):
    path = Path("runs/words/report.json")
    path.write_text(path.read_text()[:-100])
    code, _, err = wiretag("compare", "runs")
    assert code == 3 and "runs/words/report.json" in err


@pytest.mark.parametrize("ending", ["md", "tex", "csv"])
def test_the_table_is_written_in_the_form_of_its_ending(wiretag, runs, ending):
    code, out, _ = wiretag("compare", "runs", "--table", f"t.{ending}", "--sources", "--json")
    assert code == 0 and json.loads(out)["table"] == f"t.{ending}"
    text = Path(f"t.{ending}").read_text(encoding="utf-8")
    assert "net" in text and "words" in text
    if ending == "csv":
        assert [row["place"] for row in csv.DictReader(text.splitlines())] == ["best", ""]


def test_another_ending_is_refused_before_a_page_is_written(wiretag, runs):
    code, _, err = wiretag("compare", "runs", "--table", "t.xlsx", "--html", "o.html")
    assert code == 3 and ".tex" in err and not Path("o.html").exists()


def test_people_see_a_table_and_the_verdict(wiretag, runs):
    code, out, _ = wiretag("compare", "runs")
    assert code == 0 and "geo_direction (d)" in out and "verdict: On geo_direction" in out
    assert "tasks:" not in out and "as the mean" not in out.split("verdict")[0]


def test_page_and_markdown_show_models_of_several_seeds(wiretag, runs):
    code, _, err = wiretag("compare", "runs", "--html", "o.html", "--markdown", "o.md")
    assert code == 0, err
    for name in ("o.html", "o.md"):
        text = Path(name).read_text(encoding="utf-8")
        assert "net" in text and "words" in text


def test_the_report_verbs_take_folders_too(wiretag, runs):
    code, out, _ = wiretag("report", "seeds", "runs/net", "--json")
    assert code == 0 and json.loads(out)["seeds"] == 3
    code, out, _ = wiretag("report", "pareto", "runs", "--json")
    assert code == 0 and json.loads(out)["points"] == []
