"""Several processes of torchrun train as one would, end together, and leave one of each thing.

torchrun starts this file too: `run(JOB, FOLDER)` is what each process then does.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mlflow.tracking import MlflowClient

from data.codebook import load_codebook
from data.errors import BadInput
from data.examples import examples_of
from data.importers import jsonl, read_sentences
from tagging.artifact import load_artifact
from training.checkpoint import Checkpoints, Identity
from training.config import RunConfig, to_yaml
from training.devices import device, has_bf16
from training.families.transformer import FittedTransformer, TransformerConfig
from training.fitting import Fit
from training.processes import Processes, here, joined
from training.progress import Bars
from training.run import identity, train
from training.sources import TrainingData

ROOT = Path(__file__).parent.parent
PLACES, ACTORS = load_codebook("geo_direction"), load_codebook("actor_role")
TINY = {"epochs": 2, "batch_size": 8, "bf16": False, "max_length": 32, "dropout": 0}
FITS = {  # each with the rows that it trains on: 21 in batches of 8, 8 and 5
    "single label": ({}, PLACES),
    "a last batch of one row": ({"batch_size": 4}, PLACES),
    "labels and rows that weigh unlike": ({"class_weight": "balanced"}, PLACES),
    "several labels": ({"freeze_layers": 1, "freeze_embeddings": False}, ACTORS),
    "two passes": ({"rdrop": 1.0, "batch_size": 7}, PLACES),
    "an early stop": ({"patience": 1, "epochs": 9, "head_learning_rate": 1e-9}, PLACES),
}


class Passes(torch.nn.Module):
    """Makes the two passes of R-Drop unlike as dropout does, but the same whoever computes them."""

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return states
        place, half = here(), len(states) // 2
        first = [1.0] * half + [1.3] * half
        scale = first if place.count == 1 else [(1.0, 1.3)[place.rank]] * len(states)
        return states * torch.tensor(scale)[:, None]


class Heard:
    """A Watcher that keeps the metrics."""

    def __init__(self) -> None:
        self.values: list[dict[str, float]] = []

    def stage(self, title, total):
        return nullcontext(lambda done: None)

    def metrics(self, values, step):
        self.values.append(values)


def weights(model: torch.nn.Module) -> str:
    digest = sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


@contextmanager
def norms():
    """The norms of the gradients of each step."""
    whole, found = torch.nn.utils.clip_grad_norm_, []

    def clip(parameters, limit):
        found.append(float(norm := whole(parameters, limit)))
        return norm

    torch.nn.utils.clip_grad_norm_ = clip
    yield found
    torch.nn.utils.clip_grad_norm_ = whole


def examples(folder: Path, codebook):
    rows = examples_of(list(read_sentences(folder / "rows.jsonl")), codebook).examples
    return [replace(row, weight=3.0 if at % 4 == 0 else 1.0) for at, row in enumerate(rows)]


def fit(name: str, folder: Path) -> dict[str, object]:
    """What a fit comes to in this process."""
    changes, codebook = FITS[name]
    config = TransformerConfig(family="transformer", encoder=str(folder), **TINY | changes)
    rows, heard, whole = examples(folder, codebook), Heard(), Fit.run

    def run(self, *arguments):
        if self.config.rdrop:
            self.model.dropout = Passes()
        whole(self, *arguments)

    Fit.run = run
    with norms() as found:
        fitted = config.fit(rows[:21], rows[21:40], codebook, 1, heard)
    Fit.run = whole
    return {
        "weights": weights(fitted.model),
        "norms": found,
        "heard": heard.values,
        "probabilities": fitted.probabilities(rows[21:40]).tolist(),
    }


def fit_with_checkpoints(folder: Path) -> str:
    """The hash of the last weights; with dropout, and a checkpoint each step."""
    config = TransformerConfig(family="transformer", encoder=str(folder), **TINY | {"dropout": 0.2})
    same = Identity(config="c", data="d", code="e")
    rows = examples(folder, PLACES)
    checkpoints = Checkpoints(folder / "checkpoints", same, every=0) if here().first else None
    fitted = config.fit(rows[:21], [], PLACES, 1, Heard(), checkpoints)
    return weights(fitted.model)


def at_step(number: int, job) -> None:
    """Does the job before that step of a fit, counted from 0."""
    whole, count = Fit._step, iter(range(10**6))
    Fit._step = lambda self, rows: (next(count) == number and job(), whole(self, rows))[1]


def command(*arguments: object) -> None:
    """The command line with these arguments."""
    import wiretag

    sys.argv = ["wiretag", *map(str, arguments)]
    wiretag.main()


def config(folder: Path, family: str) -> RunConfig:
    """A run of the rows; of the transformer one a seed, for the first seed and the second."""
    model = {"family": family}
    if family == "transformer":
        model |= TINY | {"encoder": str(folder)}
    content = {"name": family, "task": "geo_direction", "out": str(folder / "runs"), "model": model}
    seeds = [1, 2] if family == "transformer" else [1]
    return RunConfig.model_validate(content | {"data": str(folder / "rows.jsonl"), "seeds": seeds})


def run(job: str, folder: Path) -> None:
    """What a process of torchrun does."""
    rank = int(os.environ["RANK"])
    if job == "fits":
        with joined():
            found = {name: fit(name, folder) for name in FITS}
            found["dropout"] = fit_with_checkpoints(folder)
        (folder / f"fits-{rank}.json").write_text(json.dumps(found))
    elif job in ("killed", "resumed"):
        with joined() as processes:
            if job == "killed" and processes.first:
                at_step(4, lambda: os.kill(os.getpid(), signal.SIGKILL))
            (folder / f"{job}-{rank}.txt").write_text(fit_with_checkpoints(folder))
    else:
        if rank == 1 and job in FAULTS:
            at_step(2, lambda: FAULTS[job](folder))
        command("train", folder / "config.yaml")


def broken(folder: Path) -> None:
    (folder / "broken").write_text(str(time.time()))
    raise BadInput("a step", "none", "this is said once")


def no_number(folder: Path) -> None:
    (folder / "broken").write_text(str(time.time()))
    whole = FittedTransformer.logits
    FittedTransformer.logits = lambda self, batch: whole(self, batch) * float("nan")


FAULTS = {"an error": broken, "no number": no_number}


def torchrun(job: str, folder: Path) -> SimpleNamespace:
    """Two processes that do a job: exit status, what they print, what they and torchrun say."""
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*start, __file__, job, folder],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=300,
    )
    return SimpleNamespace(status=done.returncode, out=done.stdout, said=done.stderr)


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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "said"),
    [("an error", "this is said once"), ("no number", "a finite loss, found nan in epoch 1")],
)
def test_what_stops_one_process_stops_all_at_once_with_one_message(fault, said, folder):
    write(config(folder, "transformer").one_seed(1), folder)
    done = torchrun(fault, folder)
    took = time.time() - float((folder / "broken").read_text())
    assert done.status != 0 and took < 20, took
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


@pytest.fixture
def gpus(monkeypatch):
    """Lets torch tell of so many GPUs of that generation; returns which one was chosen last."""
    chosen: list[torch.device] = []

    def pretend(count: int, generation: int = 8) -> list[torch.device]:
        cuda = torch.cuda
        monkeypatch.setattr(cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(cuda, "device_count", lambda: count)
        monkeypatch.setattr(cuda, "set_device", chosen.append)
        monkeypatch.setattr(cuda, "current_device", lambda: 0)
        monkeypatch.setattr(cuda, "device", nullcontext)
        monkeypatch.setattr(cuda, "_check_bf16_tensor_supported", lambda place: True)  # emulated
        properties = SimpleNamespace(major=generation)
        monkeypatch.setattr(cuda, "get_device_properties", lambda place: properties)
        return chosen

    return pretend


def test_the_device_is_the_one_that_the_config_names(gpus):
    gpus(0)
    assert device("auto") == device("cpu") == torch.device("cpu")
    for name, needed in (("cuda", 1), ("cuda:3", 4)):
        with pytest.raises(BadInput, match=f"{needed} GPUs for model.device={name}, found 0"):
            device(name)
    chosen = gpus(2)
    assert device("cpu") == torch.device("cpu") and not chosen
    assert [str(device(name)) for name in ("auto", "cuda", "cuda:1")] == [
        "cuda:0",
        "cuda:0",
        "cuda:1",
    ]
    assert str(chosen[-1]) == "cuda:1"
    with pytest.raises(BadInput, match=r"3 GPUs for model.device=cuda:2, found 2"):
        device("cuda:2")


def test_each_process_has_a_gpu_of_its_own(gpus, monkeypatch):
    gpus(2)
    monkeypatch.setattr("training.devices.here", lambda: Processes(1, 3))
    for rank, found in (("0", "cuda:0"), ("1", "cuda:1")):
        monkeypatch.setenv("LOCAL_RANK", rank)
        assert str(device("auto")) == str(device("cuda")) == found
    with pytest.raises(BadInput, match="'cuda', of which each process takes one, found 'cuda:1'"):
        device("cuda:1")
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(BadInput, match="3 GPUs for as many processes, found 2"):
        device("auto")
    assert device("cpu").type == "cpu"


def test_bfloat16_is_for_gpus_that_have_it(gpus):
    for generation, expected in ((7, False), (8, True), (9, True)):
        gpus(1, generation)
        assert has_bf16(torch.device("cuda", 0)) is expected
    assert has_bf16(torch.device("cpu")) == torch.ops.mkldnn._is_mkldnn_bf16_supported()


def test_a_device_is_no_part_of_what_a_checkpoint_must_agree_with(folder):
    data, one = TrainingData([], []), config(folder, "transformer")
    model = one.model.model_copy(update={"device": "cuda:1"})
    assert identity(one, PLACES, data) == identity(
        one.model_copy(update={"model": model}), PLACES, data
    )
    with pytest.raises(ValueError, match="device"):
        TransformerConfig(family="transformer", device="gpu")


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
