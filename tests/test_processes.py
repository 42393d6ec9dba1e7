"""Several processes of torchrun train as one would, end together, and leave one of each thing."""

import json
import re
import shutil
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from mlflow.tracking import MlflowClient
from torchrun_jobs import FITS, PLACES, config, fit, torchrun

from data.errors import BadInput
from data.importers import jsonl
from tagging.artifact import load_artifact
from training.config import RunConfig, to_yaml
from training.families.transformer import TransformerConfig
from training.processes import Processes, here, joined
from training.progress import Bars
from training.run import identity, train
from training.sources import TrainingData


@pytest.fixture(scope="module")
def material(tiny_encoder, sentences, tmp_path_factory) -> Path:
    """A folder with labelled rows and an encoder without dropout; to be copied, not changed."""
    folder = tmp_path_factory.mktemp("material")
    shutil.copytree(tiny_encoder, folder, dirs_exist_ok=True)
    settings = json.loads((folder / "config.json").read_text())
    none = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(settings | none))
    jsonl.write(sentences, folder / "rows.jsonl")
    return folder


@pytest.fixture
def folder(material, tmp_path) -> Path:
    return Path(shutil.copytree(material, tmp_path / "here"))


@pytest.fixture(scope="module")
def fits(material, tmp_path_factory):
    """What all fits come to in each of two processes."""
    folder = Path(shutil.copytree(material, tmp_path_factory.mktemp("fits") / "here"))
    done = torchrun("fits", folder)
    assert done.status == 0, done.said
    return [json.loads((folder / f"fits-{rank}.json").read_text()) for rank in (0, 1)]


@pytest.mark.parametrize("name", FITS)
def test_two_processes_learn_what_one_learns(name, fits, material):
    alone, (first, second) = fit(name, material), (found[name] for found in fits)
    assert first == second, "weights, gradients and scores, to the bit"
    assert len(first["norms"]) == len(alone["norms"])
    assert first["norms"] == pytest.approx(alone["norms"], rel=2e-3)
    assert np.array(first["probabilities"]) == pytest.approx(np.array(alone["probabilities"]), 2e-3)
    for ours, expected in zip(first["heard"], alone["heard"], strict=True):
        assert ours == pytest.approx(expected, rel=2e-3)
    assert name != "an early stop" or len(first["heard"]) < 9


def test_a_killed_torchrun_goes_on_to_the_same_weights(fits, folder):
    assert torchrun("killed", folder).status != 0
    assert not (folder / "killed-1.txt").exists(), "no process goes on alone"
    done = torchrun("resumed", folder)
    assert done.said.count("going on from epoch 2, batch 2") == 1, done.said
    found = {(folder / f"resumed-{rank}.txt").read_text() for rank in (0, 1)}
    assert found == {fits[0]["dropout"]} == {fits[1]["dropout"]}


def write(made: RunConfig, folder: Path) -> None:
    (folder / "config.yaml").write_text(to_yaml(made))


def tracked(folder: Path):
    client = MlflowClient(f"sqlite:///{folder}/runs/mlflow.db")
    return client.search_runs([client.get_experiment_by_name("geo_direction").experiment_id])


@pytest.mark.parametrize(
    ("family", "made"), [("tfidf", [""]), ("transformer", ["seed-1", "seed-2"])]
)
def test_a_run_of_two_processes_leaves_and_says_all_things_once(family, made, folder):
    write(config(folder, family), folder)
    done = torchrun("train", folder)
    assert done.status == 0, done.said
    assert done.out.count("validation_macro_f1: ") == 1
    runs = tracked(folder)
    assert {run.info.status for run in runs} == {"FINISHED"}
    parents = [run for run in runs if run.data.tags.get("kind") == "seeds"]
    children = [run for run in runs if run not in parents]
    assert len(parents) == len(made) - 1 and len(children) == len(made)
    assert {run.data.tags["processes"] for run in children} == {"2"}
    place = folder / "runs" / family
    assert sorted(place.rglob("artifact")) == [place / each / "artifact" for each in made]
    for each in made:
        assert load_artifact(place / each / "artifact").card.seed == int(each[-1:] or 1)
    assert not [path for path in place.rglob("*") if path.suffix in (".lock", ".part")]
    exports = Counter(f"export {each or family}" for each in made)
    titles = Counter(re.findall(r"^(.+): \d+ in [\d.]+ s$", done.said, re.MULTILINE))
    assert titles == exports + Counter({f"{family} geo_direction": len(made)})


@pytest.mark.parametrize(
    ("fault", "said"),
    [("an error", "this is said once"), ("no number", "a finite loss, found nan in epoch 1")],
)
def test_what_stops_one_process_stops_all_at_once_with_one_message(fault, said, folder):
    write(config(folder, "transformer").one_seed(1), folder)
    done = torchrun(fault, folder)
    took = time.time() - float((folder / "broken").read_text())
    assert done.status != 0 and took < 60, took
    assert "timed out" not in done.said, "the first is told at once, and has time to close its run"
    assert done.said.count("error: ") == 1 == done.said.count(said), done.said
    assert done.said.count("Traceback") == 1, "torchrun's own"
    assert [run.info.status for run in tracked(folder)] == ["FAILED"]
    assert not list((folder / "runs" / "transformer").glob("artifact"))


def test_the_shares_of_a_batch_are_all_of_it_in_its_order():
    for count in (1, 2, 3, 5):
        for rows in range(12):
            parts = [range(rows)[Processes(rank, count).share(rows)] for rank in range(count)]
            assert [row for part in parts for row in part] == list(range(rows))
            assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_lone_process_does_nothing_beside_its_training(monkeypatch):
    for name in ("all_reduce", "broadcast", "init_process_group"):
        monkeypatch.delattr(torch.distributed, name)
    with joined() as alone:
        assert alone == here()
    alone, values = here(), torch.ones(3, 2, requires_grad=True)
    assert alone == Processes(0, 1) and alone.first
    assert alone.gather(values, alone.share(3), 3) is values
    before = torch.get_rng_state()
    values.sum().backward()
    grad = values.grad
    alone.add_gradients([values])
    alone.copy([values])
    alone.reseed(1, 2)
    alone.agree("encoder", "a")
    assert alone.tell(b"so") == b"so" and values.grad is grad
    assert torch.equal(torch.get_rng_state(), before)


def test_the_other_processes_dropout_depends_on_seed_rank_and_step_alone():
    def drawn(rank: int, *numbers: int) -> float:
        Processes(rank, 3).reseed(*numbers)
        return float(torch.rand(1))

    places = [(rank, seed, step) for rank in (1, 2) for seed in (1, 2) for step in (0, 1, 2)]
    first = {place: drawn(*place) for place in places}
    assert len(set(first.values())) == len(places)
    assert {place: drawn(*place) for place in reversed(places)} == first


def test_a_verb_that_shares_no_work_is_refused_under_torchrun(tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(BadInput, match="found 2 that torchrun started; run this without torchrun"):
        train(config(tmp_path, "tfidf"), TrainingData([], []), bars=Bars(quiet=True))
    assert not list(tmp_path.iterdir())
    monkeypatch.delenv("WORLD_SIZE")
    assert here() == Processes()


def test_a_device_is_no_part_of_what_a_checkpoint_must_agree_with(folder):
    data, one = TrainingData([], []), config(folder, "transformer")
    model = one.model.model_copy(update={"device": "cuda:1"})
    assert identity(one, PLACES, data) == identity(
        one.model_copy(update={"model": model}), PLACES, data
    )
    with pytest.raises(ValueError, match="device"):
        TransformerConfig(family="transformer", device="gpu")
