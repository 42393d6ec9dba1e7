"""The device of a training: the one that the config names, one GPU a process, and bfloat16."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch

from data.errors import BadInput
from training.devices import device, has_bf16
from training.processes import Processes


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
