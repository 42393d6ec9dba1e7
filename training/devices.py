"""Where a training computes: its device, bfloat16 there, and kernels that repeat themselves."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from data.errors import BadInput
from training.processes import here

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats itself with it alone


def device(name: str = "auto") -> torch.device:
    """The device called "cpu", "cuda" or "cuda:<n>"; "auto" is a GPU where there is one.

    Each process of torchrun has a GPU of its own. Raises BadInput for one that is not there.
    """
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cpu" or (name == "auto" and not found):
        return torch.device("cpu")
    _, _, number = name.partition(":")
    many = here().count > 1
    if many and number:
        raise BadInput("'cuda', of which each process takes one", repr(name), "set model.device")
    index = int(number or (os.environ.get("LOCAL_RANK", "0") if many else "0"))
    if index >= found:
        raise BadInput(
            f"{index + 1} GPUs for " + ("as many processes" if many else f"model.device={name}"),
            f"{found} that torch can use",
            "start fewer processes, or set model.device=cpu" if many else "set model.device=auto",
        )
    place = torch.device("cuda", index)
    torch.cuda.set_device(place)
    return place


def has_bf16(place: torch.device | None = None) -> bool:
    """Whether the device computes in bfloat16 natively."""
    place = place or device()
    if place.type == "cpu":
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    with torch.cuda.device(place):  # torch counts emulation as support unless told not to
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))


@contextmanager
def deterministic() -> Iterator[None]:
    """Kernels that give the same result each time, where torch has them."""
    before = torch.are_deterministic_algorithms_enabled()
    warns = torch.is_deterministic_algorithms_warn_only_enabled()
    fills = torch.utils.deterministic.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # costs time and decides nothing
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warns)
        torch.utils.deterministic.fill_uninitialized_memory = fills
