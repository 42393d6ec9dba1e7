"""The search: tries points of the space over folds, goes on where it was killed, tells the best."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from data.errors import BadInput
from training.search import run_search
from training.tracking import Store

pytestmark = pytest.mark.slow
BASE = """name: places
task: geo_direction
data: corpus
out: runs
model: {family: tfidf, char_ngrams: null}
"""
SEARCH = {
    "config": "base.yaml",
    "trials": 4,
    "folds": 3,
    "space": {"model.c": {"low": 0.01, "high": 10.0, "log": True}, "model.min_df": [1, 2]},
}


@pytest.fixture
def place(tmp_path, corpus, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(corpus, "corpus")
    Path("base.yaml").write_text(BASE)
    Path("search.yaml").write_text(yaml.safe_dump(SEARCH))
    return tmp_path


def search(**changes) -> dict:
    Path("search.yaml").write_text(yaml.safe_dump(SEARCH | changes))
    return run_search(Path("search.yaml"), [], quiet=True)


def test_the_best_point_is_a_config_that_trains(place, wiretag):
    found = search()
    assert found["trials"] == 4 and 0 < found["best"]["macro_f1"] <= 1
    best = yaml.safe_load(Path(found["config"]).read_text())
    assert best["model"]["c"] == found["best"]["model.c"]
    code, _, err = wiretag("train", found["config"], "--json")
    assert code == 0, err
    trials = json.loads(Path("runs/places-search/trials.json").read_text())
    complete = [trial["score"] for trial in trials if trial["state"] == "COMPLETE"]
    assert max(complete) == found["best"]["macro_f1"]


def test_a_killed_search_goes_on_and_repeats_no_trial(place, monkeypatch):
    calls = []
    original = run_search.__globals__["_Search"]._score

    def dying(self, config, fold, run):
        calls.append(config)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return original(self, config, fold, run)

    monkeypatch.setattr("training.search._Search._score", dying)
    with pytest.raises(KeyboardInterrupt):
        search()
    before = len(calls)
    found = search()
    assert found["trials"] == 4
    assert len(calls) - before <= 3 * 3 and search()["trials"] == 4
    client = Store(Path("runs")).client
    (experiment,) = client.search_experiments(filter_string="name = 'geo_direction'")
    runs = client.search_runs([experiment.experiment_id])
    kinds = [run.data.tags.get("kind") for run in runs]
    assert kinds.count("trial") >= 4 and kinds.count("search") == 3


def test_another_space_in_the_same_folder_is_refused(place):
    search(trials=1)
    with pytest.raises(BadInput, match="another space"):
        search(trials=1, seed=2)


def test_a_key_that_the_config_does_not_know_is_refused(place):
    with pytest.raises(BadInput, match=r"model\.cc"):
        search(space={"model.cc": [1, 2]})
    with pytest.raises(BadInput, match="low must lie below high"):
        search(space={"model.c": {"low": 2, "high": 1}})
