"""A cross-validation that was killed goes on with the folds that are not trained."""

import json

import pytest
from run_configs import client, config

from training.run import train
from workflows import crossvalidate
from workflows.crossvalidate import run_crossvalidation
from workflows.unfinished import FILE


class Killed(BaseException):
    pass


@pytest.fixture
def killed_after(monkeypatch):
    """Lets so many folds be trained and kills the command; tells which were asked for."""

    def arm(count: int) -> list[str]:
        asked: list[str] = []

        def maybe(*arguments, folder: str, **named):
            if len(asked) == count:
                raise Killed
            asked.append(folder)
            return train(*arguments, folder=folder, **named)

        monkeypatch.setattr(crossvalidate, "train", maybe)
        return asked

    return arm


@pytest.fixture
def crossed(place, labelled, request):
    """Of a name of its own: the tests share a folder of runs."""
    name = request.node.name
    return config(place, name=name, data=(str(labelled),), task="geo_direction", seeds=[1, 2])


@pytest.fixture
def folder(place, crossed):
    return place / "runs" / f"{crossed.name}-folds"


def killed(chosen, killed_after, count: int) -> None:
    killed_after(count)
    with pytest.raises(Killed):
        run_crossvalidation(chosen, 2, quiet=True)


def reports(folder) -> list[list[dict]]:
    paths = [folder / f"seed-{seed}" / "report.json" for seed in (1, 2)]
    return [json.loads(path.read_text())["predictions"] for path in paths]


def parents(place, folder) -> list:
    experiment = client(place).get_experiment_by_name("geo_direction").experiment_id
    return client(place).search_runs([experiment], f"tags.mlflow.runName = '{folder.name}'")


def test_the_same_command_trains_the_other_folds_alone_and_keeps_its_run(
    place, folder, crossed, killed_after
):
    asked = killed_after(99)
    whole = run_crossvalidation(crossed, 2, quiet=True)
    expected = reports(folder)
    assert len(asked) == 4 and not (folder / FILE).exists()

    killed(crossed, killed_after, 3)
    (last, first) = parents(place, folder)
    assert (last.info.status, first.info.status) == ("FAILED", "FINISHED")
    asked = killed_after(99)
    found = run_crossvalidation(crossed, 2, quiet=True)
    assert asked == [f"{folder.name}/seed-2/2"] and reports(folder) == expected
    assert {run.info.run_id for run in parents(place, folder)} == {
        last.info.run_id,
        first.info.run_id,
    }
    assert client(place).get_run(last.info.run_id).info.status == "FINISHED"
    assert found == whole

    asked = killed_after(99)
    run_crossvalidation(crossed, 2, quiet=True)
    assert len(asked) == 4, "what had an end begins anew"


def test_a_fold_of_another_config_or_damaged_is_trained_again(folder, crossed, killed_after):
    killed(crossed, killed_after, 3)
    (folder / "seed-1" / "2" / "artifact" / "artifact.json").write_text("{}")
    killed(crossed.model_copy(update={"seeds": (1, 3)}), killed_after, 1)
    asked = killed_after(99)
    run_crossvalidation(crossed, 2, quiet=True)
    assert asked == [f"{folder.name}/seed-2/2"], "the other config trained the damaged one"

    killed(crossed, killed_after, 3)
    asked = killed_after(99)
    other = crossed.model_copy(update={"model": crossed.model.model_copy(update={"min_df": 4})})
    run_crossvalidation(other, 2, quiet=True)
    assert len(asked) == 4


def test_a_state_that_cannot_be_read_is_no_state(folder, crossed, killed_after):
    killed(crossed, killed_after, 1)
    (folder / FILE).write_text('{"run": 3')
    asked = killed_after(99)
    run_crossvalidation(crossed, 2, quiet=True)
    assert len(asked) == 4
