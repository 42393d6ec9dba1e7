"""From a trained run to the champion: train, evaluate, gate, export, by the command line."""

import json
from pathlib import Path

import pytest
from tracked_runs import client

CONFIG = "name: {0}\ntask: actor_role\ndata: dataset\nmodel: {{family: {0}}}\n"


@pytest.fixture
def here(place, tmp_path, monkeypatch, store_in) -> Path:
    """A folder with the dataset and an empty tracking store."""
    (tmp_path / "dataset").symlink_to(place / "dataset")
    store_in(tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def trained(here, wiretag):
    """Trains a family and scores it on all articles, which are enough for the gate."""

    def train(family: str, rows: Path) -> None:
        Path(f"{family}.yaml").write_text(CONFIG.format(family))
        assert wiretag("train", f"{family}.yaml", "--json")[0] == 0
        scored = ["--data", rows, "--report", f"{family}.json", "--json"]
        assert wiretag("evaluate", f"runs/{family}/artifact", *scored)[0] == 0

    return train


@pytest.fixture
def champion(wiretag):
    def export(family: str, *more: str) -> tuple[int, dict]:
        options = ["--out", "served", "--register", "roles", "--alias", "champion", "--json"]
        code, out, err = wiretag("export", f"runs/{family}", *options, *more)
        return code, json.loads(out or json.dumps({"error": err}))

    return export


def test_only_what_the_gate_passed_becomes_the_champion(trained, champion, wiretag, corpus, here):
    trained("majority", corpus)
    code, found = champion("majority")
    assert code == 1 and "has not judged this artifact" in found["refused"]
    assert Path("served/artifact.json").exists() and found["version"] == "1"
    assert wiretag("gate", "majority.json", "accepted.json", "--update")[0] == 0
    code, found = champion("majority")
    assert (code, found["gate"], found["alias"], found["new"]) == (0, "first", "champion", False)

    trained("tfidf", corpus)
    code, found = champion("tfidf")
    assert code == 1 and found["refused"].startswith("champion of roles stays at version 1: ")
    assert wiretag("gate", "tfidf.json", "accepted.json", "--update")[0] == 0
    code, found = champion("tfidf")
    assert (code, found["gate"], found["version"]) == (0, "pass", "2")

    assert wiretag("gate", "majority.json", "accepted.json")[0] == 1
    code, found = champion("majority")
    assert code == 1 and "the gate said 'fail' on corpus" in found["refused"]
    code, found = champion("majority", "--force")
    assert (code, found["version"], found["alias"]) == (0, "1", "champion")
    version = client(here / "runs").get_model_version_by_alias("roles", "champion")
    assert version.version in (1, "1") and version.tags["gate.forced"] == "champion"
    assert version.tags["gate.verdict"] == "fail"


def test_an_alias_without_a_model_to_register_is_wrong_use(wiretag, here):
    code, out, err = wiretag("export", "runs/x", "--out", "served", "--alias", "champion")
    assert code == 2 and "--register" in err and out == ""
    code, _, err = wiretag(
        "export", "runs/x", "--out", "served", "--register", "m", "--alias", "best"
    )
    assert code == 2 and "champion" in err
