"""Distillation and R-Drop: the student follows its teachers, and both change what is learnt."""

import numpy as np
import pytest
import torch

from data.codebook import load_codebook
from data.examples import examples_of
from data.records import Example
from training.checkpoint import Checkpoints, Identity
from training.distillation import teachers_say
from training.families.transformer import TransformerConfig
from training.losses import disagreement

PLACES = load_codebook("geo_direction")


@pytest.fixture
def config(tiny_encoder):
    def made(**changes) -> TransformerConfig:
        fields = {"epochs": 2, "batch_size": 8, "bf16": False, "max_length": 32} | changes
        return TransformerConfig(family="transformer", encoder=str(tiny_encoder), **fields)

    return made


@pytest.fixture
def rows(sentences) -> list[Example]:
    return examples_of(sentences, PLACES).examples[:60]


def blank(rows: list[Example]) -> list[Example]:
    return [Example(f"t{n}", row.doc_id, row.text, row.marks) for n, row in enumerate(rows)]


STUDENT = {"teachers": 2, "epochs": 8, "batch_size": 8, "learning_rate": 2e-3}


@pytest.mark.slow
def test_the_student_comes_close_to_what_its_teachers_say_where_no_label_is(config, rows, watcher):
    train, transfer = rows[:40], blank(rows[40:])
    recipe = config(learning_rate=2e-3, epochs=4, distillation=STUDENT)
    said = teachers_say(recipe, train, transfer, [], PLACES, 1, watcher, None)
    assert said.shape == (60, 5) and said.sum(axis=1) == pytest.approx(1, abs=1e-5)
    student = recipe.fit(train, [], PLACES, 1, watcher, None, transfer)
    alone = config(learning_rate=2e-3, epochs=4).fit(train, [], PLACES, 9, watcher)
    gaps = [
        np.abs(fitted.probabilities(transfer) - said[40:]).mean() for fitted in (student, alone)
    ]
    assert gaps[0] < gaps[1]
    names = {name for values, _ in watcher.heard for name in values}
    assert {"teacher-1/loss", "teacher-2/loss", "loss"} <= names


@pytest.mark.slow
def test_a_killed_distillation_keeps_the_teachers_that_were_done(config, rows, watcher, tmp_path):
    recipe = config(distillation=STUDENT | {"epochs": 1})
    identity = Identity(config="c", data="d", code="e")
    whole = recipe.fit(rows[:40], [], PLACES, 1, watcher, None, blank(rows[40:]))

    def killed() -> None:
        checkpoints = Checkpoints(tmp_path / "checkpoints", identity)
        checkpoints.run = "run7"
        heard = iter(range(3))  # two epochs of the first teacher, one of the second

        class Dying(type(watcher)):
            def metrics(self, values, step):
                if next(heard, None) is None:
                    raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            recipe.fit(rows[:40], [], PLACES, 1, Dying(), checkpoints, blank(rows[40:]))

    killed()
    again = Checkpoints(tmp_path / "checkpoints", identity)
    assert again.found_run() == "run7"
    watcher.heard.clear()
    resumed = recipe.fit(rows[:40], [], PLACES, 1, watcher, again, blank(rows[40:]))
    assert "teacher-1/loss" not in {name for values, _ in watcher.heard for name in values}
    for one, other in zip(resumed.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.slow
def test_rdrop_changes_what_is_learnt_and_stays_finite(config, rows, watcher):
    plain = config().fit(rows, [], PLACES, 1, watcher).probabilities(rows)
    twice = config(rdrop=1.0).fit(rows, [], PLACES, 1, watcher).probabilities(rows)
    assert np.isfinite(twice).all() and np.abs(plain - twice).max() > 1e-4


@pytest.mark.parametrize("multi", [False, True])
def test_equal_passes_do_not_disagree_and_others_do(multi):
    logits = torch.tensor([[1.0, 2.0, -1.0], [1.0, 2.0, -1.0]])
    assert disagreement(logits, multi) == pytest.approx(0, abs=1e-6)
    assert disagreement(logits + torch.tensor([[0.0], [0.0]]) + torch.eye(2, 3), multi) > 0.01


def test_the_student_has_its_own_recipe_and_no_teachers(config):
    recipe = config(distillation=STUDENT, rdrop=1.0)
    student = recipe.distillation.student(recipe)
    assert student.distillation is None and student.rdrop == 0
    assert (student.epochs, student.learning_rate) == (8, 2e-3)
