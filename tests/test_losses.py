"""The loss: weights, and labels that may be missing."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from data.codebook import load_codebook
from data.records import Example
from training.losses import Loss

PLACES, ACTORS = load_codebook("geo_direction"), load_codebook("actor_role")
RANDOM = torch.Generator().manual_seed(0)


def example(*labels: str, **more) -> Example:
    return Example("i", "d", "T", labels=labels, **more)


def rows(count: int) -> np.ndarray:
    return np.arange(count)


def test_without_more_it_is_torchs_own_mean():
    found = [example("site"), example("origin"), example("site")]
    logits = torch.randn(3, 5, generator=RANDOM)
    wanted = torch.tensor([PLACES.labels.index(one.labels[0]) for one in found])
    loss = Loss(found, PLACES)(logits, rows(3))
    assert loss == pytest.approx(functional.cross_entropy(logits, wanted))


def test_a_row_of_weight_two_counts_as_two_rows():
    once = [example("site", weight=2.0), example("origin")]
    logits = torch.randn(2, 5, generator=RANDOM)
    twice = [example("site"), example("site"), example("origin")]
    loss = Loss(once, PLACES)(logits, rows(2))
    assert loss == pytest.approx(Loss(twice, PLACES)(logits[[0, 0, 1]], rows(3)))


def test_a_label_that_may_be_missing_is_not_held_against_the_model():
    gold, logits = ("source",), torch.tensor([[2.0, 3.0, -1.0]])
    whole = Loss([example(*gold)], ACTORS)
    part = Loss([example(*gold, complete=False)], ACTORS)
    moved = logits + torch.tensor([[0.0, 5.0, 5.0]])
    assert part(logits, rows(1)) == pytest.approx(part(moved, rows(1)))
    assert whole(moved, rows(1)) > whole(logits, rows(1))
    better = logits + torch.tensor([[1.0, 0.0, 0.0]])
    assert part(better, rows(1)) < part(logits, rows(1))
