"""A training that is killed goes on to the same weights, and it has its folder to itself."""

import copy
import errno
import hashlib
import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from data.codebook import load_codebook
from data.errors import BadInput
from data.examples import examples_of
from tagging.inputs import TextEncoder
from training import checkpoint
from training.checkpoint import Checkpoints, Identity
from training.encoders import load_encoder
from training.families.freezing import freeze_words
from training.families.transformer import FittedTransformer, MarkedClassifier, TransformerConfig
from training.fitting import Fit
from training.lock import locked
from training.losses import Loss

ROOT = Path(__file__).parent.parent
PLACES = load_codebook("geo_direction")
SAME = Identity(config="c", data="d", code="e")
EVENTS = (  # what a kill may come before
    (checkpoint, "_write"),
    (checkpoint, "write_manifest"),
    (checkpoint, "_publish"),
    (Checkpoints, "_prune"),
    (Fit, "_step"),
    (Fit, "_close_epoch"),
)


class Killed(BaseException):
    """Passes what catches an Exception, as SIGKILL would."""


@dataclass
class Fuse:
    """Counts the events of a training and kills it at one of them."""

    at: int | None = None
    count: int = 0
    names: list[str] = field(default_factory=list)

    def step(self, name: str) -> None:
        self.names.append(name)
        self.count += 1
        if self.count - 1 == self.at:
            raise Killed(name)


@pytest.fixture
def arm(monkeypatch) -> Callable[[Fuse], None]:
    """Puts the fuse before every event."""
    whole = {name: getattr(place, name) for place, name in EVENTS}

    def armed(fuse: Fuse) -> None:
        for place, name in EVENTS:

            def event(*arguments, name=name):
                fuse.step(name)
                return whole[name](*arguments)

            monkeypatch.setattr(place, name, event)

    return armed


@pytest.fixture(scope="module")
def material(tiny_encoder, sentences):
    """(config, a model as training begins it, training rows, validation rows)."""
    config = TransformerConfig(
        family="transformer", encoder=str(tiny_encoder), epochs=2, batch_size=8, bf16=False
    )
    torch.manual_seed(1)
    encoder, tokenizer, pad = load_encoder(config.encoder, PLACES.marks)
    model = MarkedClassifier(encoder, PLACES, 0.1)
    freeze_words(encoder, tokenizer.get_vocab_size() - 2)
    encode = TextEncoder(tokenizer, PLACES.marks, 32)
    rows = examples_of(sentences, PLACES).examples
    return config, FittedTransformer(model, encode, PLACES, pad, False), rows[:20], rows[20:28]


def weights(model: torch.nn.Module) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def fitted(material, watcher, checkpoints: Checkpoints | None, changes=None) -> str:
    """The hash of the weights after a fit that begins as every process would."""
    config, begun, rows, held_out = material
    torch.manual_seed(1)
    random.seed(1)
    begun = copy.deepcopy(begun)
    fit = Fit(config.model_copy(update=changes or {}), begun, 1, watcher, checkpoints)
    fit.run(rows, held_out, Loss(rows, PLACES))
    return weights(begun.model)


def every_step(folder: Path) -> Checkpoints:
    return Checkpoints(folder, SAME, every=0)


def test_checkpoints_change_no_weight_and_two_fits_are_the_same(material, watcher, tmp_path):
    plain = fitted(material, watcher, None)
    assert plain == fitted(material, watcher, None)
    assert plain == fitted(material, watcher, every_step(tmp_path / "checkpoints"))
    assert plain != fitted(material, watcher, None, {"learning_rate": 3e-4})


@pytest.mark.parametrize("every", [False, True])
def test_a_fit_killed_at_any_point_goes_on_to_the_same_weights(
    material, watcher, arm, tmp_path, monkeypatch, every
):
    monkeypatch.setattr(checkpoint, "_sync", lambda path: None)  # no power is lost here
    fuse = Fuse()
    arm(fuse)
    expected = fitted(material, watcher, every_step(tmp_path / "whole"))
    assert set(fuse.names) == {name for _, name in EVENTS}
    for point in range(fuse.count) if every else a_few(fuse.names):
        killed, again = type(watcher)(), type(watcher)()
        arm(Fuse(at=point))
        with pytest.raises(Killed):
            fitted(material, killed, every_step(tmp_path / str(point)))
        arm(Fuse())
        found = fitted(material, again, every_step(tmp_path / str(point)))
        assert found == expected, (point, fuse.names[point])
        logged = {step: values for values, step in killed.heard + again.heard}
        assert logged == {step: values for values, step in watcher.heard}
        assert again.rows == watcher.rows, "the bar begins where the fit stood"


def a_few(names: list[str]) -> list[int]:
    """Of every kind of event one in the middle and the last."""
    places = {name: [at for at, each in enumerate(names) if each == name] for name in names}
    return sorted({row[k] for row in places.values() for k in (len(row) // 2, -1)})


def test_a_fit_killed_again_and_again_goes_on_to_the_same_weights(
    material, watcher, arm, tmp_path, monkeypatch
):
    monkeypatch.setattr(checkpoint, "_sync", lambda path: None)
    expected = fitted(material, watcher, None)
    kills, found = 0, None
    while found is None:
        arm(Fuse(at=15))
        try:
            found = fitted(material, watcher, every_step(tmp_path / "checkpoints"))
        except Killed:
            kills += 1
    assert found == expected and kills >= 3


def test_what_was_the_best_epoch_stays_the_best(material, watcher, tmp_path, monkeypatch):
    """The scores of epochs before the kill decide still: best weights, score and patience."""

    def run(folder, broken):
        scores = iter([0.2, 0.6, 0.5, 0.4, 0.3, 0.9][broken:])
        monkeypatch.setattr("training.families.transformer.macro_f1", lambda *_: next(scores))
        return fitted(material, watcher, every_step(folder), {"epochs": 9, "patience": 2})

    expected = run(tmp_path / "whole", 0)
    assert [step for _, step in watcher.heard] == [1, 2, 3, 4]
    count, whole = iter(range(99)), Fit._close_epoch
    monkeypatch.setattr(Fit, "_close_epoch", lambda self: (whole(self), kill(next(count) == 2)))
    with pytest.raises(Killed):
        run(tmp_path / "killed", 0)
    monkeypatch.setattr(Fit, "_close_epoch", whole)
    assert run(tmp_path / "killed", 3) == expected
    assert [step for _, step in watcher.heard][4:] == [1, 2, 3, 4]


def kill(now: bool) -> None:
    if now:
        raise Killed


def test_another_encoder_under_the_same_name_is_not_gone_on_with(
    material, watcher, tmp_path, caplog
):
    fitted(material, watcher, every_step(tmp_path / "checkpoints"))
    config, begun, rows, held_out = material
    other = copy.deepcopy(begun)
    with torch.no_grad():
        other.model.encoder.get_input_embeddings().frozen.weight[7, 7] += 1e-3
    expected = fitted((config, other, rows, held_out), watcher, None)
    found = fitted((config, other, rows, held_out), watcher, every_step(tmp_path / "checkpoints"))
    assert found == expected and "the encoder is not the one of" in caplog.text


def test_a_full_disk_does_not_stop_training(material, watcher, tmp_path, monkeypatch, caplog):
    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    expected = fitted(material, watcher, None)
    monkeypatch.setattr(checkpoint, "_write", full)
    assert fitted(material, watcher, every_step(tmp_path / "checkpoints")) == expected
    assert "No space left on device" in caplog.text


def test_one_of_many_gets_the_folder_and_the_others_are_told_at_once(tmp_path):
    """Each try is a lock of its own, as in another process."""

    def attempt(number: int) -> str:
        try:
            with locked(tmp_path / "run"):
                inside.append(number)
                gate.result()
            return "won"
        except BadInput as error:
            return str(error)

    for _ in range(5):
        gate: Future[None] = Future()
        inside: list[int] = []
        with ThreadPoolExecutor(12) as pool:
            tries = [pool.submit(attempt, number) for number in range(12)]
            limit = time.monotonic() + 5
            while sum(each.done() for each in tries) < 11 and time.monotonic() < limit:
                time.sleep(0.01)
            gate.set_result(None)
        found = [each.result() for each in tries]
        assert found.count("won") == 1 == len(inside)
        assert all("another run is writing there" in each for each in found if each != "won")
    assert not list(tmp_path.iterdir()), "the lock leaves nothing behind"
    with locked(tmp_path / "run"), locked(tmp_path / "other"):
        pass


def bench(*arguments: str) -> tuple[int, str]:
    """Exit status and output of benchmarks/kill_and_resume.py."""
    command = [sys.executable, ROOT / "benchmarks" / "kill_and_resume.py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_five_real_kills_lose_nothing():
    status, out = bench("--kills", "5")
    assert status == 0 and "kills: 5" in out, out
    assert "lost: 0" in out and "final weights identical: yes" in out


@pytest.mark.slow
def test_fifty_processes_want_one_folder_and_one_gets_it():
    status, out = bench("--racers", "50")
    assert status == 0 and "50 processes, one folder: 1 winner" in out, out
