"""MLflow, known here and in `sending` alone: what a run says is journalled, then told."""

import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # seconds, not minutes, if it is down
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # --json is one object

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from data.errors import BadInput
from training.journal import JOURNAL, Journal, Line
from training.lock import locked
from training.sending import Sender

# its migrations are no news, and its errors are told here in one line
logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)

MAX_PARAMETER = 6000  # MLflow cuts longer values
PAUSE = 60.0  # seconds, at least, before a store that did not answer is asked again
KEY = "wiretag.run"  # the tag by which a run is found again
PARENT = "mlflow.parentRunId"
UNSENT = ".unsent"  # holds what evaluations add while the store is silent
OTHERS = {"mlartifacts", "artifact", "checkpoints"}  # folders without a journal
REFUSED = (  # asking again would not help; the last two: a store without a model registry
    "INVALID_PARAMETER_VALUE",
    "RESOURCE_DOES_NOT_EXIST",
    "FEATURE_DISABLED",
    "ENDPOINT_NOT_FOUND",
)

log = logging.getLogger(__name__)
_silent: dict[str, float] = {}  # stores that did not answer, and when to ask them again


class Store:
    """A tracking store; local sqlite under `folder` unless MLFLOW_TRACKING_URI names another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{self.folder}/mlflow.db"
        self.local = self.uri.startswith("sqlite:///")
        self.artifacts = (self.folder / "mlartifacts").as_uri() if self.local else None
        self._client: MlflowClient | None = None

    @property
    def client(self) -> MlflowClient:
        """Connected at first use; raises BadInput for a store that does not answer."""
        if self._client is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:  # parallel first uses would each migrate the file
                with FileLock(self.folder / ".mlflow.lock", timeout=60):
                    client = MlflowClient(self.uri)
                    client.search_experiments(max_results=1)
            except Exception as error:  # of MLflow, its database, the network, the disk
                raise BadInput(
                    "a tracking store that answers",
                    f"{told(self.uri)!r} ({told(error)[:120]})",
                    "check MLFLOW_TRACKING_URI; without it a local sqlite file is used",
                ) from None
            self._client = client
        return self._client

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
        self,
        experiment: str,
        name: str,
        tags: Mapping[str, str],
        parent: str | None = None,
        folder: Path | None = None,
        resume: Callable[[], str | None] | None = None,
    ) -> Iterator["Run"]:
        """A run, alone in `folder`; it ends as FINISHED, or as FAILED when an exception passes.

        `resume` may give the key of a run that was killed: then that one goes on.
        """
        place = (folder or self.folder / name).absolute()
        texts = {**tags, "mlflow.runName": name} | ({PARENT: parent} if parent else {})
        with locked(place):
            self.sync()
            run = Run(self, Journal(place)).close()
            key = (resume() if resume else None) or uuid4().hex
            run.say("start", texts=texts, key=key, experiment=experiment)
            status = "FAILED"
            try:
                yield run
                status = "FINISHED"
            finally:
                run.close(status, again=True)

    def open(self, line: Line) -> str:
        """MLflow's id of the run that the line starts, or opens again."""
        texts = dict(line.texts)
        parent = self.find(texts.get(PARENT, ""))
        if parent:
            texts[PARENT] = parent.info.run_id  # may have been a key
        run = self.find(line.key)
        if run is None and line.experiment:
            tags = texts | {KEY: line.key}
            run = self.client.create_run(self.experiment(line.experiment), line.at, tags)
        elif run and line.experiment:
            self.client.update_run(run.info.run_id, "RUNNING")
            for name, value in texts.items():
                self.client.set_tag(run.info.run_id, name, value)
        return str(run.info.run_id) if run else ""

    def sync(self) -> None:
        """Sends what earlier runs could not; one that still writes holds its folder's lock."""
        for name, inner, files in os.walk(self.folder):  # parents before children
            inner[:] = sorted(set(inner) - OTHERS)
            if JOURNAL in files:
                with suppress(BadInput), locked(Path(name)):
                    Run(self, Journal(Path(name))).close()
        self.tidy()

    def tidy(self) -> None:
        """Removes copies of files that were sent, and the folder of what is not if it is empty."""
        unsent = self.folder / UNSENT
        for place in unsent.iterdir() if unsent.exists() else ():
            if place.is_dir() and not (place / JOURNAL).exists():
                with suppress(BadInput, FileNotFoundError), locked(place):
                    if not (place / JOURNAL).exists():  # as long as nobody else writes there
                        shutil.rmtree(place)
        with suppress(OSError):
            unsent.rmdir()

    def existing(self, run_id: str) -> "Run | None":
        """An earlier run to add to; None if this store answers that it does not know it."""
        from training.additions import Addition

        try:
            known = self.find(run_id)
        except Exception as error:  # as in Run.flush
            log.warning("%s", told(error))
            return Addition(self, run_id)
        return Addition(self, str(known.info.run_id)) if known else None

    def find(self, key: str) -> Any | None:
        """MLflow's record of the run with this id, or with this key where no id was to be had."""
        if not re.fullmatch("[0-9a-f]{32}", key):
            return None
        try:
            found = [self.client.get_run(key)]
        except MlflowException as error:
            if error.error_code not in REFUSED:
                raise
            experiments = [each.experiment_id for each in self.client.search_experiments()]
            found = list(self.client.search_runs(experiments, f"tags.`{KEY}` = '{key}'"))
        return next((run for run in found if run.info.lifecycle_stage == "active"), None)


class Run:
    """One run. All that it says is journalled, then sent; what cannot be sent waits."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self.store, self.journal = store, journal
        self._sender, self._sent = Sender(store), 0  # lines

    @property
    def key(self) -> str:
        return self.journal.start.key

    @property
    def id(self) -> str:
        """MLflow's id; while that is not to be had, a key by which `existing` finds the run."""
        return self._sender.ids.get(self.key, self.key)

    def parameters(self, values: Mapping[str, Any]) -> None:
        """Nested sections get dotted names; values are cut where MLflow would."""
        self.say("parameters", texts={k: str(v)[:MAX_PARAMETER] for k, v in _flatten(values)})

    def metrics(self, values: Mapping[str, float | None], step: int = 0) -> None:
        """Undefined metrics (None) are not logged."""
        figures = {name: float(value) for name, value in values.items() if value is not None}
        self.say("metrics", figures=figures, step=step)

    def tags(self, values: Mapping[str, str]) -> None:
        self.say("tags", texts=dict(values))

    def model_tags(self, values: Mapping[str, str]) -> None:
        """Tags on every registered model version that was made of this run."""
        self.say("model tags", texts=dict(values))

    def file(self, path: Path, folder: str | None = None) -> None:
        self.say("file", texts={"path": str(path.absolute()), "folder": folder or ""})

    folder = file

    def say(self, kind: str, **content: Any) -> None:
        self.journal.append(kind, **content)
        self.flush()

    def close(self, status: str = "KILLED", again: bool = False) -> "Run":
        """Ends the run if it speaks still; the journal goes when all of it is sent."""
        if not self.journal.ended:
            self.journal.append("end", texts={"status": status})
        if self.flush(again):
            self.journal.remove()
        return self

    def flush(self, again: bool = False) -> bool:
        """Sends what waits, unless the store was just silent; True if nothing is left."""
        began = time.monotonic()
        if again or began >= _silent.get(self.store.uri, 0.0):
            try:
                self._send_all()
            except Exception as error:  # whatever a store raises, no training stops for it
                took = time.monotonic() - began
                _silent[self.store.uri] = time.monotonic() + max(PAUSE, 20 * took)
                log.warning("not tracked yet, kept in %s: %s", self.journal.path, told(error))
        return self._sent == len(self.journal.lines)

    def _send_all(self) -> None:
        for line in self.journal.lines[self._sent :]:
            try:
                self._sender.send(line)
            except MlflowException as error:
                if error.error_code not in REFUSED:
                    raise
                log.warning("the tracking store refuses %s: %s", line.kind, told(error))
            self._sent += 1


def download(store: Store, run_id: str, out: Path) -> Path:
    """The artifact folder of a tracked run, copied to `out`."""
    found = store.find(run_id)
    if found is None:
        wanted, place = "a run's folder or the id of a tracked run", f"store: {told(store.uri)}"
        raise BadInput(wanted, repr(run_id), place)
    return Path(store.client.download_artifacts(found.info.run_id, "artifact", str(out)))


def told(error: object) -> str:
    """Its first line, without the name and password that an address may carry."""
    return re.sub(r"//[^/@\s]+@", "//", str(error).split("\n")[0])


def _flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
