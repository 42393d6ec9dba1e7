"""MLflow, known here alone: one run a training, to which the evaluation adds its scores."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # seconds, not minutes, if it is down

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from data.errors import BadInput

logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)  # its migrations are no news

MAX_PARAMETER = 6000  # MLflow cuts longer values


class Store:
    """A tracking store; local sqlite under `folder` unless MLFLOW_TRACKING_URI names another."""

    def __init__(self, folder: Path) -> None:
        folder = folder.absolute()
        self.uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{folder}/mlflow.db"
        self.local = self.uri.startswith("sqlite:///")
        self.artifacts = (folder / "mlartifacts").as_uri() if self.local else None
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".mlflow.lock"):  # parallel first uses would each migrate the file
            self.client = MlflowClient(self.uri)
            try:
                self.client.search_experiments(max_results=1)
            except MlflowException as error:
                raise BadInput(
                    "a tracking store that answers",
                    f"{self.uri!r} ({str(error)[:120]})",
                    "check MLFLOW_TRACKING_URI; without it a local sqlite file is used",
                ) from None

    def experiment(self, name: str) -> str:
        """The id of the experiment, made if there is none."""
        found = self.client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        try:
            location = f"{self.artifacts}/{name}" if self.artifacts else None
            return str(self.client.create_experiment(name, artifact_location=location))
        except MlflowException:  # another process made it meanwhile
            again = self.client.get_experiment_by_name(name)
            if again is None:
                raise
            return str(again.experiment_id)

    @contextmanager
    def run(
        self, experiment: str, name: str, tags: Mapping[str, str], parent: str | None = None
    ) -> Iterator["Run"]:
        """A new run; it ends as FINISHED, or as FAILED when an exception passes."""
        all_tags = dict(tags) | {"mlflow.runName": name}
        if parent:
            all_tags["mlflow.parentRunId"] = parent
        made = self.client.create_run(self.experiment(experiment), tags=all_tags)
        run = Run(self.client, str(made.info.run_id))
        try:
            yield run
        except BaseException:
            self.client.set_terminated(run.id, "FAILED")
            raise
        self.client.set_terminated(run.id, "FINISHED")

    def existing(self, run_id: str) -> "Run | None":
        """An earlier run to add to; None if this store does not know it."""
        try:
            self.client.get_run(run_id)
        except MlflowException:
            return None
        return Run(self.client, run_id)


class Run:
    """One run of the store."""

    def __init__(self, client: MlflowClient, run_id: str) -> None:
        self.client, self.id = client, run_id

    def parameters(self, values: Mapping[str, Any]) -> None:
        """Nested sections get dotted names; values are cut where MLflow would."""
        for name, value in _flatten(values):
            self.client.log_param(self.id, name, str(value)[:MAX_PARAMETER])

    def metrics(self, values: Mapping[str, float | None], step: int = 0) -> None:
        """Undefined metrics (None) are not logged."""
        for name, value in values.items():
            if value is not None:
                self.client.log_metric(self.id, name, value, step=step)

    def tags(self, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            self.client.set_tag(self.id, name, value)

    def file(self, path: Path, folder: str | None = None) -> None:
        self.client.log_artifact(self.id, str(path), folder)

    def folder(self, path: Path, name: str) -> None:
        self.client.log_artifacts(self.id, str(path), name)


def download(store: Store, run_id: str, out: Path) -> Path:
    """The artifact folder of a tracked run, copied to `out`."""
    if store.existing(run_id) is None:
        raise BadInput(
            "a run's folder or the id of a tracked run", repr(run_id), f"store: {store.uri}"
        )
    return Path(store.client.download_artifacts(run_id, "artifact", str(out)))


def _flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
