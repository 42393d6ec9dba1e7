"""The loss: weights, rows without gold, labels that may be missing, and what teachers say."""

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
    loss = Loss(found, PLACES, labelled=3)(logits, rows(3))
    assert loss == pytest.approx(functional.cross_entropy(logits, wanted))


def test_balanced_weights_are_torchs_weighted_mean():
    found = [example("site"), example("origin"), example("site"), example("site")]
    made = Loss(found, PLACES, labelled=4, balanced=True)
    logits = torch.randn(4, 5, generator=RANDOM)
    wanted = torch.tensor([PLACES.labels.index(one.labels[0]) for one in found])
    whole = functional.cross_entropy(logits, wanted, weight=made.balance)
    assert made(logits, rows(4)) == pytest.approx(whole)
    assert made.balance[1] == made.balance.max() or made.balance[2] < made.balance[1]


def test_a_row_of_weight_two_counts_as_two_rows():
    once = [example("site", weight=2.0), example("origin")]
    logits = torch.randn(2, 5, generator=RANDOM)
    twice = [example("site"), example("site"), example("origin")]
    loss = Loss(once, PLACES, labelled=2)(logits, rows(2))
    assert loss == pytest.approx(Loss(twice, PLACES, labelled=3)(logits[[0, 0, 1]], rows(3)))


def test_a_label_that_may_be_missing_is_not_held_against_the_model():
    gold, logits = ("source",), torch.tensor([[2.0, 3.0, -1.0]])
    whole = Loss([example(*gold)], ACTORS, labelled=1)
    part = Loss([example(*gold, complete=False)], ACTORS, labelled=1)
    moved = logits + torch.tensor([[0.0, 5.0, 5.0]])
    assert part(logits, rows(1)) == pytest.approx(part(moved, rows(1)))
    assert whole(moved, rows(1)) > whole(logits, rows(1))
    better = logits + torch.tensor([[1.0, 0.0, 0.0]])
    assert part(better, rows(1)) < part(logits, rows(1))


@pytest.mark.parametrize("codebook", [PLACES, ACTORS])
def test_rows_without_gold_learn_from_the_teachers_alone(codebook):
    label = codebook.labels[0]
    found = [example(label), example()]
    said = np.full((2, len(codebook.labels)), 0.2, np.float32)
    logits = torch.randn(2, len(codebook.labels), generator=RANDOM)
    made = Loss(found, codebook, labelled=1, said=said, share=1e6)
    other = Loss(found, codebook, labelled=1, said=said, share=0.0)
    assert made(logits[[1]], rows(2)[1:]) == pytest.approx(other(logits[[1]], rows(2)[1:]))
    assert made(logits[[0]], rows(1)) > other(logits[[0]], rows(1)) + 100


def test_the_teachers_loss_is_least_where_the_student_agrees():
    said = np.array([[0.1, 0.6, 0.1, 0.1, 0.1]], np.float32)
    made = Loss([example()], PLACES, labelled=0, said=said, share=0.5)
    agreed = torch.from_numpy(np.log(said))
    assert made(agreed, rows(1)) < made(agreed + torch.randn(1, 5, generator=RANDOM), rows(1))
