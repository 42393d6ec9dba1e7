"""`wiretag gate`: exit status, files, accepted reports without ids, tags on the MLflow run."""

import json
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml

from data.codebook import load_codebook
from data.dataset import TASKS
from data.records import Mention, Role, Sentence
from evaluation.consistency import fault_in
from evaluation.gate.accepted import anonymous
from evaluation.gate.checks import Check
from evaluation.gate.config import Rules
from evaluation.gate.decision import gate
from evaluation.gate.junit import render_junit
from evaluation.gate.markdown import render_gate
from evaluation.metrics import Value
from evaluation.report import Report, load_report, save_report
from evaluation.score import score
from tagging.artifact import Prediction

ROOT = Path(__file__).parent.parent
PLACES = load_codebook("geo_direction")
TEXT = "The secret convoy left Goma at noon."
PAYLOAD = "<script>alert(1)</script>|`*[x](http://e.example)*@all\x1b[31m"


class Fake:
    """A model of 80%, or of less by `spoilt`."""

    def __init__(self, spoilt: float = 0.0, run_id: str | None = None) -> None:
        self.spoilt, self.codebook, self.manifest_hash = spoilt, PLACES, "0" * 64
        self.card = SimpleNamespace(family="tfidf", run_id=run_id, git_commit=None, seed=1)

    def predict(self, examples, batch_size=32, progress=None):
        draws = np.random.default_rng(0).random((len(examples), 2))
        found = []
        for example, (draw, more) in zip(examples, draws, strict=True):
            gold = PLACES.labels.index(example.labels[0])
            right = draw < 0.8 and more >= self.spoilt
            label = PLACES.labels[gold if right else (gold + 1) % 5]
            told = {name: 0.8 if name == label else 0.05 for name in PLACES.labels}
            found.append(Prediction((label,), told, 1.0))
        return found


def made(model: Fake, documents: int = 40, name: str = "m") -> Report:
    sentences = [
        Sentence(
            f"private-{n * 7 % 400:03}",
            f"patient-{n % documents * 3 % documents:02}",
            TEXT,
            (Mention(23, 27, "place", (Role(PLACES.labels[n * 7 // 5 % 5]),)),),
        )
        for n in range(400)
    ]
    return score(
        model, sentences, name=name, dataset="My set/v1.jsonl", resamples=200, with_text=True
    )


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> Path:
    """Reports of a good, a spoilt and a small set."""
    folder = tmp_path_factory.mktemp("reports")
    save_report(made(Fake()), folder / "good.json")
    save_report(made(Fake(0.2)), folder / "bad.json")
    save_report(made(Fake(), documents=20), folder / "small.json")
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("candidate", "accepted", "status", "outcome"),
    [
        ("good", "good", 0, "pass"),
        ("good", "bad", 0, "pass"),
        ("bad", "good", 1, "fail"),
        ("small", "small", 4, "not enough data"),
    ],
)
def test_the_exit_status_tells_the_verdict(
    wiretag, reports, here, candidate, accepted, status, outcome
):
    paths = reports / f"{candidate}.json", reports / f"{accepted}.json"
    code, out, _ = wiretag("gate", *paths, "--json")
    assert code == status and json.loads(out)["outcome"] == outcome
    code, out, _ = wiretag("gate", *paths)
    assert code == status and f"outcome: {outcome}" in out and "macro-F1" in out
    assert not list(here.iterdir())


def test_a_config_decides_what_may_be_lost(wiretag, reports, write, here):
    lax = write(
        "lax.yaml",
        "defaults: {macro_f1: {margin: 0.5}, labels: null, slices: null, calibration: null}\n",
    )
    paths = reports / "bad.json", reports / "good.json"
    assert wiretag("gate", *paths, "--config", lax)[0] == 0
    own = "tasks: {geo_direction: {macro_f1: {margin: 0.01}}}\n"
    strict = write("strict.yaml", lax.read_text() + own)
    assert wiretag("gate", *paths, "--config", strict)[0] == 1
    code, _, err = wiretag("gate", *paths, "--config", write("bad.yaml", "margin: 0.03"))
    assert code == 3 and "unknown key 'margin'" in err


def test_the_first_report_is_accepted_only_when_asked(wiretag, reports, here):
    code, out, err = wiretag("gate", reports / "good.json", "accepted/g.json", "--json")
    assert code == 3 and out == "" and "--update" in err and not list(here.iterdir())
    code, out, _ = wiretag("gate", reports / "good.json", "accepted/g.json", "--update", "--json")
    assert code == 0 and json.loads(out)["outcome"] == "first"
    assert wiretag("gate", reports / "good.json", "accepted/g.json")[0] == 0
    code, out, _ = wiretag("gate", reports / "bad.json", "accepted", "--update", "--json")
    assert (
        code == 0 and Path("accepted/geo_direction-v1.json").exists()
    )  # a folder: by task and set


def test_only_force_accepts_what_failed(wiretag, reports, here):
    wiretag("gate", reports / "good.json", "g.json", "--update")
    before = Path("g.json").read_bytes()
    code, out, _ = wiretag("gate", reports / "bad.json", "g.json", "--update", "--json")
    assert code == 1 and json.loads(out)["accepted_report"] == "unchanged"
    assert Path("g.json").read_bytes() == before
    code, out, _ = wiretag("gate", reports / "bad.json", "g.json", "--update", "--force", "--json")
    assert code == 1 and json.loads(out)["accepted_report"] == "g.json"
    assert wiretag("gate", reports / "bad.json", "g.json")[0] == 0
    assert wiretag("gate", reports / "good.json", "g.json", "--update")[0] == 0
    assert Path("g.json").read_bytes() == before


def test_an_accepted_report_tells_no_id_and_no_text_and_is_a_report(wiretag, reports, here):
    wiretag("gate", reports / "good.json", "g.json", "--update")
    text = Path("g.json").read_text()
    assert not re.search("private|patient|secret|convoy|Goma", text)
    plain, hidden = load_report(reports / "good.json"), load_report(Path("g.json"))
    assert hidden.anonymous and hidden.headline == plain.headline
    assert wiretag("report", "verify", "g.json")[0] == 0


def test_hashing_keeps_every_interval():
    """Documents are drawn in the order of their names, which the hashes must not change."""
    report = made(Fake(), documents=37)
    assert fault_in(anonymous(report), redraw=True) is None
    assert [row.text for row in anonymous(report).rows()] == [None] * 400


def test_junit_has_a_case_a_check(wiretag, reports, here):
    wiretag("gate", reports / "bad.json", reports / "good.json", "--junit", "g.xml")
    suite = ElementTree.parse("g.xml").getroot()
    cases = {case.get("name"): case for case in suite}
    assert suite.tag == "testsuite" and int(suite.get("tests")) == len(cases) == len(suite)
    failed = [name for name, case in cases.items() if case.find("failure") is not None]
    assert "macro-F1" in failed and int(suite.get("failures")) == len(failed)
    assert "worse" in cases["macro-F1"].find("failure").get("message")
    assert cases["cost"].find("skipped") is not None and len(cases["metrics"]) == 1
    wiretag("gate", reports / "small.json", reports / "small.json", "--junit", "s.xml")
    suite = ElementTree.parse("s.xml").getroot()
    assert suite.get("errors") == "1" and suite[0].find("error") is not None


def test_markdown_leads_with_the_verdict_and_folds_the_rest(wiretag, reports, here):
    wiretag("gate", reports / "bad.json", reports / "good.json", "--markdown", "g.md")
    text = Path("g.md").read_text()
    assert text.startswith("### Gate: fail\n") and "| macro-F1 | fail |" in text
    assert text.index("macro-F1 changed by") < text.index("| check |") < text.index("<details>")
    assert text.count("<details>") == text.count("</details>") == 2


def hostile(count: int):
    verdict = gate(made(Fake(0.2), name=PAYLOAD), made(Fake(), name=PAYLOAD))
    effect = Value(value=-0.2, low=-0.3, high=-0.1)
    named = {"name": f"slice tag {PAYLOAD}", "reason": PAYLOAD * 3, "effect": effect, "limit": 0.1}
    outcomes = ("fail", "pass", "not enough data", "not measured")
    more = [Check(outcome=outcomes[n % 4], **named) for n in range(count)]
    reasons = (*verdict.reasons, *(check.reason for check in more))
    return verdict.model_copy(update={"checks": (*verdict.checks, *more), "reasons": reasons})


def test_names_cannot_act_in_markdown_or_xml():
    text = render_gate(hostile(8))
    tags = set(re.findall(r"<[^>]*>", text))
    assert tags == {"<details>", "</details>", "<summary>", "</summary>"}
    assert not re.search(r"(?<![\w\u200b])@all|\]\(|`|\x1b", text)
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert {line.count("|") for line in rows} == {6}
    root = ElementTree.fromstring(render_junit(hostile(8)))
    assert "<script>" in root[-1].get("name") and "\x1b" not in root[-1].get("name")


def test_markdown_stays_under_60_kb_and_says_what_it_left_out():
    text = render_gate(hostile(400))
    assert len(text.encode()) < 60_000 and "more, left out for length" in text
    assert text.count("<details>") == text.count("</details>") == 3
    assert "left out" not in render_gate(hostile(8))


def test_the_run_and_its_model_versions_are_told(wiretag, here, store_in):
    from training.tracking import Store

    store_in(here / "runs")
    store = Store(here / "runs")
    with store.run("geo_direction", "candidate", {}) as run:
        pass
    store.client.create_registered_model("places")
    version = store.client.create_model_version("places", "file:///nowhere", run.id)
    save_report(made(Fake()), Path("old.json"))
    save_report(made(Fake(0.2, run.id)), Path("new.json"))
    code, out, _ = wiretag("gate", "new.json", "old.json", "--json")
    assert code == 1 and json.loads(out)["tracked"] is True
    told = store.client.get_run(run.id).data.tags
    assert told["gate.verdict"] == "fail" and told["gate.accepted"] == "m"
    assert "macro-F1" in told["gate.failed_checks"]
    (file,) = store.client.list_artifacts(run.id, "gate")
    assert file.path == "gate/My-set-v1.jsonl.md"
    found = store.client.get_model_version("places", version.version).tags
    assert found["gate.verdict"] == "fail"
    save_report(made(Fake(0.0, "0" * 32)), Path("unknown.json"))
    code, out, _ = wiretag("gate", "unknown.json", "old.json", "--json")
    assert code == 0 and json.loads(out)["tracked"] is False


def test_the_shipped_accepted_reports_are_anonymous_and_of_todays_codebooks():
    paths = sorted((ROOT / "evaluation" / "accepted").glob("*.json"))
    assert paths
    for path in paths:
        report = load_report(path)
        assert report.anonymous and not any(row.text for row in report.predictions), path
        assert report.codebook.hash == load_codebook(report.task).hash, path
        assert report.headline.documents >= Rules().macro_f1.min_documents, path


@pytest.mark.parametrize("task", TASKS)
def test_the_gated_model_trains_on_what_its_config_names(task):
    asked = ["make", "--dry-run", f"gate-{task}"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (data,) = re.findall(r"wiretag train \S+ 'data=(.*)' out=", told)
    config = (ROOT / "configs" / task / "tfidf.yaml").read_text()
    wanted = yaml.safe_load(config.replace("data/corpus", "runs/gate/dataset"))["data"]
    assert yaml.safe_load(data) == wanted


def test_ci_calls_verbs_that_are_there_and_actions_of_a_version():
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    workflow = (ROOT / ".github" / "workflows" / "gate.yml").read_text()
    for text in (workflow, (ROOT / ".ci" / "run").read_text()):
        called = set(re.findall(r"^[\s-]*(?:run: )?make (?:--\S+ )*(\S+)", text, re.MULTILINE))
        assert "gate" in called and called <= verbs
    actions = re.findall(r"uses: (\S+)", workflow)
    assert actions and all(re.fullmatch(r"actions/[a-z-]+@v\d+", each) for each in actions)
    assert yaml.safe_load(workflow)["jobs"] and "secrets" not in workflow
