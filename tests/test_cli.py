"""The command line: exit status by verb, one JSON object, quick help, nothing half-written."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = """The army shelled Nairobi from Mombasa on Sunday, wounding farmers.

Hundreds of students marched through Nairobi against the army.
"""
VERBS = [
    ["quickstart"],
    ["data", "import"],
    ["data", "check"],
    ["data", "build"],
    ["data", "agreement"],
    ["data", "merge"],
    ["data", "suspects"],
    ["data", "export"],
    ["data", "card"],
    ["train"],
    ["crossvalidate"],
    ["search"],
    ["curve"],
    ["evaluate", "artifact"],
    ["evaluate", "events"],
    ["bench"],
    ["behave"],
    ["explain"],
    ["report", "verify"],
    ["report", "weak"],
    ["report", "doubts"],
    ["report", "seeds"],
    ["report", "pareto"],
    ["compare"],
    ["gate"],
    ["export"],
    ["tag"],
]


@pytest.fixture
def place(tmp_path, corpus, shelf, monkeypatch) -> Path:
    """A folder to work in, with a corpus, artifacts, a dataset file and a page."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(corpus, "corpus")
    for family, task in (("tfidf", "event_type"), ("tfidf", "actor_role")):
        shutil.copytree(shelf(family, task).folder, f"models/{task}")
    shutil.copytree(shelf("majority", "event_type").folder, "run/artifact")
    Path("page.txt").write_text(PAGE)
    Path("bad.jsonl").write_text('{"id": "a"}\n')
    Path("bad.txt").write_bytes(b"\xff\xfe")
    Path("bad.yaml").write_text("name: x\ntask: event_typ\ndata: corpus\nmodl: {}\n")
    Path("task.yaml").write_text(
        "name: x\ntask: event_typ\ndata: corpus\nmodel: {family: majority}\n"
    )
    return tmp_path


def one_object(out: str) -> dict:
    assert out.count("\n") == 1, out
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def test_labelled_sentences_are_imported_checked_and_built(wiretag, place):
    code, out, _ = wiretag("data", "import", "inline", "corpus", "--out", "all.jsonl", "--json")
    assert code == 0
    assert one_object(out) == {"written": 168, "refused": 0, "out": "all.jsonl"}
    code, out, _ = wiretag("data", "check", "all.jsonl", "--json")
    assert one_object(out)["sentences"] == {"all": 168} and code == 0
    code, out, _ = wiretag("data", "build", "all.jsonl", "--out", "built", "--seed", 5, "--json")
    card = one_object(out)
    assert code == 0 and card["split"]["seed"] == 5
    assert card == json.loads(Path("built/card.json").read_text())
    code, out, _ = wiretag("data", "agreement", "all.jsonl", "corpus", "--json")
    assert code == 0 and one_object(out)["event_type"]["all"]["kappa"] == 1.0


def test_a_text_in_two_splits_fails_the_check(wiretag, place):
    for name, text in (
        ("train", "The army fell asleep beside the river."),
        ("test", "Nobody came to the fair."),
    ):
        row = {"id": name, "doc_id": name, "text": text, "spans": [], "event_types": []}
        path = Path(f"built/sentences/{name}.jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(row) + "\n")
    assert wiretag("data", "check", "built")[0] == 0
    other = Path("built/sentences/test.jsonl")
    same = "The ARMY fell  asleep beside the river"
    other.write_text(other.read_text().replace("Nobody came to the fair", same))
    code, out, err = wiretag("data", "check", "built", "--json")
    assert code == 1 and one_object(out)["leaks"] and "Traceback" not in err


def test_bad_rows_are_left_out_only_where_that_is_asked(wiretag, place, listing):
    good = {"id": "g", "doc_id": "d", "text": "T.", "spans": [], "event_types": []}
    Path("mixed.jsonl").write_text(f'{json.dumps(good)}\n{{"id": "a"}}\nnull\n')
    before = listing(place)
    code, _, err = wiretag("data", "import", "jsonl", "mixed.jsonl", "--out", "out.jsonl")
    assert code == 3 and "mixed.jsonl:2: expected" in err and listing(place) == before
    code, out, err = wiretag(
        "data", "import", "jsonl", "mixed.jsonl", "--out", "out.jsonl", "--skip-bad", "--json"
    )
    assert code == 0 and one_object(out) == {"written": 1, "refused": 2, "out": "out.jsonl"}
    assert "refused: mixed.jsonl:2" in err and "refused: mixed.jsonl:3" in err
    assert len(Path("out.jsonl").read_text().splitlines()) == 1


def test_a_run_is_trained_scored_compared_gated_and_exported(wiretag, place):
    wiretag("data", "build", "corpus", "--out", "built", "--test", 0.3)
    config = "name: {0}\ntask: actor_role\ndata: built\nmodel: {{family: {0}}}\n"
    for name in ("tfidf", "majority"):
        Path(f"{name}.yaml").write_text(config.format(name))
        code, out, _ = wiretag("train", f"{name}.yaml", "seeds=3", "--json")
        trained = one_object(out)
        assert code == 0 and trained["artifact"] == f"runs/{name}/artifact"
        arguments = ["--data", "built/sentences/test.jsonl", "--report", f"{name}.json", "--texts"]
        code, out, _ = wiretag("evaluate", trained["artifact"], *arguments, "--json")
        scored = one_object(out)
        assert code == 0 and scored["tracked"] is True and Path(scored["report"]).exists()
    code, out, _ = wiretag(
        "compare", "tfidf.json", "majority.json", "--html", "r.html", "--markdown", "r.md", "--json"
    )
    models = [line["model"] for line in one_object(out)["tasks"]["actor_role"]]
    assert code == 0 and models == ["tfidf", "majority"]
    assert "tfidf" in Path("r.html").read_text() and "tfidf" in Path("r.md").read_text()
    for name in ("tfidf", "majority"):  # all 42 articles: enough to tell
        wiretag("evaluate", f"runs/{name}/artifact", "--data", "corpus", "--report", f"{name}.json")
    code, out, _ = wiretag("gate", "majority.json", "tfidf.json", "--json")
    assert (code, one_object(out)["outcome"]) == (1, "fail")
    code, out, _ = wiretag("gate", "tfidf.json", "tfidf.json", "--json")
    assert (code, one_object(out)["outcome"]) == (0, "pass")
    code, out, _ = wiretag("export", trained["run"], "--out", "served", "--json")
    assert code == 0 and one_object(out)["model"] == "majority"
    code, out, _ = wiretag("crossvalidate", "majority.yaml", "data=corpus", "--folds", 2, "--json")
    assert code == 0 and len(one_object(out)["folds"]) == 2


def test_a_report_is_verified_searched_and_set_beside_its_price(wiretag, place, store_in):
    store_in(Path("runs"))
    Path("m.yaml").write_text(
        "name: m\ntask: geo_direction\ndata: corpus\nmodel: {family: tfidf, min_df: 3}\n"
    )
    trained = one_object(wiretag("train", "m.yaml", "--json")[1])["artifact"]
    score = ["evaluate", trained, "--data", "corpus", "--cost", "--report", "m.json", "--json"]
    assert wiretag(*score)[0] == 0
    assert wiretag("report", "verify", "m.json")[0] == 0
    code, out, _ = wiretag("report", "weak", "m.json", "--json")
    assert code == 0 and one_object(out)["candidates"] > 0
    code, out, _ = wiretag("report", "pareto", "m.json", "--price", "artifact_mb", "--json")
    assert code == 0 and one_object(out)["points"][0]["price"] > 0
    code, out, _ = wiretag("report", "doubts", "m.json", "--json")
    assert code == 0 and "rows" in one_object(out)
    code, out, err = wiretag("report", "seeds", "m.json")
    assert code == 3 and "two reports or more" in err
    report = json.loads(Path("m.json").read_text())
    row = report["predictions"][0]["id"]
    code, out, _ = wiretag("explain", trained, "--data", "corpus", "--row", row, "--json")
    assert code == 0 and len(one_object(out)["words"]) > 3
    report["headline"]["metrics"]["macro_f1"]["value"] = 0.5
    Path("m.json").write_text(json.dumps(report))
    code, _, err = wiretag("report", "verify", "m.json")
    assert code == 3 and "macro_f1" in err


def test_a_page_is_tagged(wiretag, place):
    code, out, _ = wiretag(
        "tag", "models", "page.txt", "--out", "tagged", "--html", "page.html", "--json"
    )
    found = one_object(out)
    lines = [json.loads(line) for line in Path("tagged/sentences.jsonl").read_text().splitlines()]
    assert code == 0 and found["sentences"] == len(lines) == 2 and found["pages"] == 1
    text = Path("page.txt").read_text()
    assert [text[line["start"] : line["end"]] for line in lines] == [line["text"] for line in lines]
    assert [one["type"] for one in lines[0]["event_types"]] == ["ASSAULT"]
    events = [json.loads(line) for line in Path("tagged/events.jsonl").read_text().splitlines()]
    assert events[0]["event_type"] == "ASSAULT" and len(events) == found["events"]
    assert "ASSAULT" in Path("page.html").read_text() and found["html"] == "page.html"
    code, out, _ = wiretag("tag", "models", "page.txt")
    assert code == 0 and "ASSAULT" in out and "students" in out and not out.startswith("{")


BAD = {
    "import: format": (["data", "import", "jsnl", "bad.jsonl", "--out", "o"], "'jsonl'"),
    "import: row": (["data", "import", "jsonl", "bad.jsonl", "--out", "o"], "bad.jsonl:1: "),
    "import: out is a folder": (
        ["data", "import", "inline", "corpus", "--out", "models"],
        "found a folder",
    ),
    "import: out is below a file": (
        ["data", "import", "inline", "corpus", "--out", "page.txt/x/y.jsonl"],
        "page.txt",
    ),
    "check: missing": (["data", "check", "no.jsonl"], "nothing there"),
    "check: ending": (["data", "check", "bad.yaml"], "name the format"),
    "build: row": (["data", "build", "bad.jsonl", "--out", "o"], "bad.jsonl:1: "),
    "build: twice": (["data", "build", "corpus", "corpus", "--out", "o"], "each id once"),
    "build: share": (["data", "build", "corpus", "--out", "o", "--test", "2"], "test: "),
    "build: other files": (["data", "build", "corpus", "--out", "models"], "an earlier build"),
    "agreement": (["data", "agreement", "corpus", "bad.jsonl"], "bad.jsonl:1: "),
    "train: config": (["train", "bad.yaml"], "did you mean 'model'?"),
    "train: missing": (["train", "no.yaml"], "nothing there"),
    "train: task": (["train", "task.yaml"], "did you mean 'event_type'?"),
    "train: data": (["train", "task.yaml", "task=event_type", "data=nowhere"], "nothing there"),
    "train: override": (["train", "task.yaml", "task"], "an override key=value"),
    "crossvalidate: folds": (
        ["crossvalidate", "task.yaml", "task=event_type", "--folds", "99"],
        "2 to 41 folds",
    ),
    "evaluate: artifact": (["evaluate", "corpus", "--data", "corpus"], "MANIFEST.json"),
    "evaluate: data": (["evaluate", "models/event_type", "--data", "bad.jsonl"], "bad.jsonl:1: "),
    "evaluate: labels": (
        ["evaluate", "models/actor_role", "--data", "corpus", "--labels", "sauce"],
        "'source'",
    ),
    "evaluate: report": (
        ["evaluate", "models/event_type", "--data", "corpus", "--report", "corpus"],
        "corpus",
    ),
    "compare: no report": (["compare", "bad.jsonl", "--html", "o.html"], "bad.jsonl"),
    "compare: missing": (["compare", "no.json", "--markdown", "o.md"], "no.json"),
    "gate: no report": (["gate", "bad.jsonl", "bad.jsonl"], "bad.jsonl"),
    "gate: config": (["gate", "bad.jsonl", "bad.jsonl", "--config", "bad.yaml"], "bad.yaml"),
    "export: nothing": (["export", "corpus", "--out", "o"], "train first"),
    "export: other files": (["export", "run", "--out", "corpus"], "an earlier artifact"),
    "export: out is a file": (["export", "run", "--out", "page.txt"], "page.txt"),
    "tag: artifacts": (["tag", "corpus", "page.txt", "--out", "o"], "export first"),
    "tag: missing": (["tag", "models", "page.txt", "no.txt", "--out", "o"], "nothing there"),
    "tag: folder": (["tag", "models", "models", "--out", "o"], "a folder with .txt"),
    "tag: bytes": (["tag", "models", "bad.txt"], "UTF-16 text"),
    "tag: out": (["tag", "models", "page.txt", "--out", "corpus"], "an empty folder"),
    "tag: page": (["tag", "models", "page.txt", "--html", "corpus"], "found a folder"),
    "tag: int8": (["tag", "models", "page.txt", "--int8"], "load it as fp32"),
    "quickstart: corpus": (["quickstart", "--corpus", "models", "--out", "o"], "models"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_exit_3_and_leaves_nothing(wiretag, place, listing, name):
    arguments, said = BAD[name]
    before = listing(place)
    code, out, err = wiretag(*arguments, "--json")
    assert code == 3, (out, err)
    lines = err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: ") and said in lines[0], err
    assert out == "" and listing(place) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["trian"],
        ["train"],
        ["data", "build", "corpus"],
        ["evaluate", "models/event_type"],
        ["crossvalidate", "task.yaml", "--folds", "1"],
        ["data", "build", "corpus", "--out", "o", "--seed", "x"],
        ["tag", "models", "page.txt", "--loud"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_exit_2_with_a_hint(wiretag, place, listing, arguments):
    before = listing(place)
    code, out, err = wiretag(*arguments)
    assert code == 2 and out == "" and "Usage" in err and "Traceback" not in err
    assert listing(place) == before


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_explains_itself(wiretag, verb):
    code, out, _ = wiretag(*verb, "--help")
    assert code == 0 and "--json" in out and " ".join(verb) in out


def test_help_imports_nothing_heavy():
    code = (
        "import sys, wiretag\n"
        "sys.argv = ['wiretag', 'train', '--help']\n"
        "try:\n    wiretag.main()\nexcept SystemExit as left:\n    assert not left.code\n"
        "heavy = {'torch', 'mlflow', 'transformers', 'datasets', 'sklearn', 'numpy'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert "HEAVY []" in done.stdout and "KEY=VALUE" in done.stdout


def test_the_command_itself_shows_no_traceback(place):
    done = subprocess.run(
        [sys.executable, "-m", "wiretag", "data", "check", "bad.jsonl"],
        capture_output=True,
        text=True,
        cwd=place,
    )
    assert done.returncode == 3 and done.stdout == ""
    assert done.stderr.startswith("error: bad.jsonl:1: expected") and done.stderr.count("\n") == 1
