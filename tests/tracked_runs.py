"""What a training says of itself, and whether all of it has arrived in the store."""

from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from training.tracking import Run


def client(folder: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{folder.absolute()}/mlflow.db")


def down(patch: pytest.MonkeyPatch) -> None:
    """An address where nobody answers."""
    patch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


def spoken(folder: Path, run_id: str) -> dict[str, list[tuple[int, float]]]:
    """Every metric of a run, point by point."""
    names = client(folder).get_run(run_id).data.metrics
    histories = {name: client(folder).get_metric_history(run_id, name) for name in names}
    return {
        name: sorted((point.step, point.value) for point in points)
        for name, points in histories.items()
    }


def by_name(folder: Path, name: str) -> list:
    """The runs of that name; none if nothing was ever tracked."""
    experiment = client(folder).get_experiment_by_name("event_type")
    found = [experiment.experiment_id] if experiment else []
    return client(folder).search_runs(found, f"tags.mlflow.runName = '{name}'") if found else []


def speak(run: Run, path: Path) -> None:
    """What a training says, and says again if it goes on from before an epoch's end."""
    run.parameters({"model": {"c": 10.0}, "seed": 1})
    run.metrics({"train/examples": 90})
    for epoch in (1, 2, 3):
        run.metrics({"loss": 1 / epoch, "f1": epoch / 7}, epoch)
    path.write_text("labels: []")
    run.file(path, "kept")
    run.tags({"late": "yes"})


EVERYTHING = {
    "train/examples": [(0, 90.0)],
    "loss": [(1, 1.0), (2, 0.5), (3, 1 / 3)],
    "f1": [(1, 1 / 7), (2, 2 / 7), (3, 3 / 7)],
}


def check_all_arrived(folder: Path, name: str) -> None:
    (found,) = by_name(folder, name)
    assert found.info.status == "FINISHED" and found.info.end_time >= found.info.start_time
    assert spoken(folder, found.info.run_id) == EVERYTHING
    assert found.data.params == {"model.c": "10.0", "seed": "1"}
    assert found.data.tags["late"] == "yes" and found.data.tags["given"] == "at the start"
    files = client(folder).list_artifacts(found.info.run_id, "kept")
    assert [each.path for each in files] == ["kept/config.yaml"]
