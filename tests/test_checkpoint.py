"""Checkpoints: whole or not there, the newest valid one wins, and nothing of another training."""

import errno
import json
import os
import random
import resource
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from training import checkpoint
from training.checkpoint import Checkpoints, Generators, Identity, State, code_hash

SAME = Identity(config="c", data="d", code="e")
SHUFFLE = np.random.default_rng(7).bit_generator.state


@dataclass
class Saved:
    """A folder of checkpoints; the n-th one stands in epoch n and holds the number n."""

    folder: Path

    def open(self, identity: Identity = SAME) -> Checkpoints:
        made = Checkpoints(self.folder, identity)
        made.run = "a-run"
        return made

    def save(self, number: int, to: Checkpoints | None = None) -> None:
        tensors = {"weight": torch.full((40,), float(number)), "rows": torch.arange(number)}
        state = State(epoch=number, shuffle=SHUFFLE, loss=0.1 * number)
        (to or self.open()).save(state, {"model": tensors, "best": {}, "optimizer": tensors})

    def found(self) -> int | None:
        """The epoch of the checkpoint that a new process would go on from, with its tensors."""
        start = self.open().start
        if start is None:
            return None
        number = start.header.state.epoch
        assert torch.equal(start.tensors("model")["weight"], torch.full((40,), float(number)))
        assert torch.equal(start.tensors("optimizer")["rows"], torch.arange(number))
        assert start.tensors("best") == {}
        return number

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def saved(tmp_path) -> Saved:
    return Saved(tmp_path / "run" / "checkpoints")


def test_the_newest_of_two_is_gone_on_from_and_older_ones_are_removed(saved):
    assert saved.found() is None and saved.open().found_run() is None
    for number in (1, 2, 3):
        saved.save(number)
        assert saved.found() == number
    assert saved.names() == ["000002", "000003"]
    start = saved.open().start
    assert start.header.state.shuffle == SHUFFLE and start.header.state.loss == 0.1 * 3
    assert saved.open().found_run() == "a-run"
    saved.open().remove()
    assert saved.found() is None and not saved.folder.exists()


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def test_a_checkpoint_with_a_flipped_bit_is_left_out_for_the_older_one(saved, caplog):
    saved.save(1)
    saved.save(2)
    newest = saved.folder / "000002"
    dice = random.Random(0)
    for path in sorted(newest.iterdir()):
        content = path.read_bytes()
        for bit in dice.sample(range(8 * len(content)), 12):
            flip(path, bit)
            if path.name != "MANIFEST.json" or json_changed(content, path):
                caplog.clear()
                assert saved.found() == 1, (path.name, bit)
                assert "damaged" in caplog.text and "000002" in caplog.text
            path.write_bytes(content)
    assert saved.found() == 2


def json_changed(content: bytes, path: Path) -> bool:
    """A flip may turn one white space of the manifest into another."""
    try:
        return json.loads(content) != json.loads(path.read_bytes())
    except ValueError:
        return True


@pytest.mark.parametrize("name", ["model.safetensors", "checkpoint.json", "MANIFEST.json"])
def test_a_checkpoint_that_lacks_a_file_or_its_end_is_left_out(saved, name):
    saved.save(1)
    saved.save(2)
    path = saved.folder / "000002" / name
    content = path.read_bytes()
    for size in (0, 1, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:size])
        assert saved.found() == (2 if json_is_whole(path) else 1)
    path.unlink()
    assert saved.found() == 1
    path.write_bytes(content)
    (path.parent / "more.json").write_text("{}")
    assert saved.found() == 1


def json_is_whole(path: Path) -> bool:
    """Of a manifest that lost nothing but the line break at its end."""
    return path.name == "MANIFEST.json" and path.read_bytes().endswith(b"}")


def test_a_damaged_checkpoint_does_not_push_out_the_sound_one(saved):
    saved.save(1)
    saved.save(2)
    flip(saved.folder / "000002" / "model.safetensors", 999)
    going_on = saved.open()
    assert going_on.start.header.state.epoch == 1
    saved.save(3, going_on)
    assert saved.names() == ["000001", "000003"] and saved.found() == 3


@pytest.mark.parametrize("part", ["config", "data", "code"])
def test_checkpoints_of_another_training_are_removed_and_that_is_said(saved, part, caplog):
    saved.save(1)
    other = saved.open(SAME.model_copy(update={part: "other"}))
    assert other.start is None and other.found_run() is None
    assert f"of another {part}: starting afresh" in caplog.text
    assert caplog.text.count("\n") == 1 and not saved.folder.exists()


FAILING = [("write_manifest", 0), ("_publish", 0)]
FAILING += [("_write", number) for number in range(4)]  # three files of tensors and the state
FAILING += [("_sync", number) for number in range(6)]  # these, the manifest and their folder


@pytest.mark.parametrize(("step", "failing"), FAILING)
def test_a_full_disk_costs_a_checkpoint_and_no_more(saved, step, failing, monkeypatch, caplog):
    """Whichever write fails first: the last checkpoint stays, and training may go on."""
    saved.save(1)
    whole, calls = getattr(checkpoint, step), iter(range(99))

    def full(*arguments):
        if next(calls) == failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(*arguments)

    monkeypatch.setattr(checkpoint, step, full)
    saved.save(2)
    assert "No space left on device; the last one stays" in caplog.text
    assert saved.found() == 1 and saved.names() == ["000001"]
    monkeypatch.undo()
    saved.save(3)
    assert saved.found() == 3


def test_a_disk_that_is_really_full_leaves_the_old_checkpoint(saved, caplog):
    saved.save(1)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for size in (0, 10, 100, 300):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            saved.save(2)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert saved.found() == 1 and saved.names() == ["000001"], size
    assert caplog.text.count("no checkpoint: ") == 4


def test_what_a_kill_leaves_of_a_write_is_written_over(saved):
    saved.save(1)
    stage = saved.folder / "000002.part"
    shutil.copytree(saved.folder / "000001", stage)
    (stage / "old.safetensors").write_bytes(b"x")
    assert saved.found() == 1
    saved.save(2)
    assert saved.found() == 2 and saved.names() == ["000001", "000002"]


def test_every_file_and_both_folders_reach_the_disk_before_and_after_the_rename(saved, monkeypatch):
    events = []
    rename, sync = os.rename, checkpoint._sync
    monkeypatch.setattr(os, "rename", lambda a, b: (events.append("rename"), rename(a, b)))
    monkeypatch.setattr(checkpoint, "_sync", lambda path: (events.append(path.name), sync(path)))
    saved.save(1)
    at = events.index("rename")
    files = {path.name for path in (saved.folder / "000001").iterdir()}
    assert set(events[:at]) == {*files, "000001.part"} and events[at - 1] == "000001.part"
    assert events[at + 1 :] == ["checkpoints"]


def test_a_checkpoint_is_due_after_a_while(saved, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now[0])
    made = saved.open()
    assert made.every == 60 and not made.due()
    now[0] += 60
    assert made.due()
    saved.save(1, made)
    assert not made.due()


def test_the_random_generators_go_on_where_they_stood():
    torch.manual_seed(3)
    random.seed(3)
    random.gauss(0, 1)  # keeps a second number back
    kept = Generators.model_validate_json(Generators.now().model_dump_json())
    drawn = torch.rand(5), random.gauss(0, 1), random.random()
    torch.manual_seed(4)
    random.seed(4)
    kept.restore()
    again = torch.rand(5), random.gauss(0, 1), random.random()
    assert torch.equal(drawn[0], again[0]) and drawn[1:] == again[1:]


def test_the_code_that_decides_the_weights_is_part_of_a_training(monkeypatch, tmp_path):
    before = code_hash()
    assert code_hash() == before
    for name in checkpoint.CODE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(checkpoint.ROOT / name, tmp_path / name)
    monkeypatch.setattr(checkpoint, "ROOT", tmp_path)
    assert code_hash() == before
    (tmp_path / "training" / "fitting.py").write_text("pass\n")
    assert code_hash() != before
    monkeypatch.undo()
    monkeypatch.setattr(checkpoint.metadata, "version", lambda name: "0")
    assert code_hash() != before
