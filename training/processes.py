"""The processes that torchrun started for one training: what they share, and how they end."""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import torch
from torch import distributed

from data.errors import BadInput

WAIT = timedelta(minutes=30)  # that the others give the first one to validate, export or upload
GRACE = timedelta(seconds=10)  # that one which fails gives the first one to close its tracked run


@dataclass(frozen=True)
class Processes:
    """This process among all of them. The first alone writes files, tracks, and shows things."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        return self.rank == 0

    def share(self, rows: int) -> slice:
        """This process's part of a batch: rows that follow one another, and so of like length.

        A batch of fewer rows than processes leaves some without any.
        """
        start, stop = (rows * number // self.count for number in (self.rank, self.rank + 1))
        return slice(start, stop)

    def gather(self, part: torch.Tensor, own: slice, rows: int) -> torch.Tensor:
        """All rows' values, of which those of the own share alone have gradients.

        Any loss of them is that of the whole batch, and its gradients add up over the processes.
        """
        if self.count == 1:
            return part
        table = part.new_zeros((rows, *part.shape[1:]))
        table[own] = part.detach()
        with _together():
            distributed.all_reduce(table)
        return torch.cat([table[: own.start], part, table[own.stop :]])

    def add_gradients(self, parameters: Iterable[torch.Tensor]) -> None:
        """Makes every gradient the sum of those of all processes."""
        if self.count == 1:
            return
        trained = [one for one in parameters if one.requires_grad]
        parts = [torch.zeros_like(one) if one.grad is None else one.grad for one in trained]
        flat = torch.cat([part.flatten() for part in parts])
        with _together():
            distributed.all_reduce(flat)
        for one, part in zip(trained, flat.split([one.numel() for one in trained]), strict=True):
            one.grad = part.view_as(one)

    def tell(self, content: bytes) -> bytes:
        """The content that the first process has."""
        if self.count == 1:
            return content
        size = torch.tensor(len(content))
        with _together():
            distributed.broadcast(size, 0)
            told = torch.empty(int(size), dtype=torch.uint8)
            if self.first:
                told = torch.frombuffer(bytearray(content), dtype=torch.uint8)
            distributed.broadcast(told, 0)
        return bytes(told.numpy())

    def agree(self, what: str, content: str) -> None:
        """Raises BadInput where this process has another content than the first."""
        if self.tell(content.encode()) != content.encode():
            raise BadInput(
                f"the same {what} for all processes of torchrun",
                f"another one for process {self.rank + 1} of {self.count}",
                "give all machines the same files",
            )

    def copy(self, tensors: Iterable[torch.Tensor]) -> None:
        """Sets the tensors to the values that they have in the first process."""
        if self.count == 1:
            return
        with _together():
            for tensor in tensors:
                distributed.broadcast(tensor, 0)

    def reseed(self, *numbers: int) -> None:
        """Where the others' dropout begins; the first one's goes on as that of a lone process."""
        if not self.first:
            seed = np.random.SeedSequence([self.rank, *numbers]).generate_state(1)
            torch.manual_seed(int(seed[0]))


def here() -> Processes:
    """This process among those that have joined; alone if torchrun did not start several."""
    if distributed.is_initialized():
        return Processes(distributed.get_rank(), distributed.get_world_size())
    if _started() > 1:
        raise BadInput(
            "one process, or several for `wiretag train`",
            f"{_started()} that torchrun started",
            "run this without torchrun",
        )
    return Processes()


@contextmanager
def joined() -> Iterator[Processes]:
    """Joins the processes that torchrun started, if it did; one that fails ends all of them.

    The one that fails first says why. The others end without a word.
    """
    if _started() == 1:
        yield here()
        return
    import torch.distributed.nn  # imported later, it would hold on to the group and its sockets

    with _together():
        store, rank, count = next(distributed.rendezvous("env://", timeout=WAIT))
        backends = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        distributed.init_process_group(
            backends, store=store, rank=rank, world_size=count, timeout=WAIT
        )
    if rank:
        logging.disable(logging.WARNING)  # the first one warns of the same
    try:
        yield here()
    except Exception:
        if not _fails_first(store, rank):
            raise SystemExit(3) from None
        raise
    finally:
        if rank == 0:
            with suppress(RuntimeError):  # the store goes with torchrun
                store.set("ended", "")
        if distributed.is_initialized():
            distributed.destroy_process_group()


def _fails_first(store: distributed.Store, rank: int) -> bool:
    """Whether no other process failed before; lets the first one end, as torchrun would kill it."""
    earlier = 0
    with suppress(RuntimeError):  # the store may be gone, and the first one may take its time
        earlier = store.add("failed", 1) - 1
        distributed.group.WORLD.abort()  # nccl would wait for the others before it ends
        distributed.destroy_process_group()  # gloo wakes those that wait for this process
        if rank:
            store.wait(["ended"], GRACE)
    return not earlier


def _started() -> int:
    """How many processes torchrun started."""
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def _together() -> Iterator[None]:
    """What torch raises where a process is gone or cannot be reached, as BadInput."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise BadInput(
            "all processes of torchrun to be there",
            f"one that is not ({str(error).splitlines()[0]})",
            "what it said tells why; the same command goes on from the last checkpoint",
        ) from None
