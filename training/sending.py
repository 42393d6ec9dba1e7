"""One line of a run's journal after the other, told to MLflow."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.entities import Metric, Param, RunTag

from training.journal import Line

if TYPE_CHECKING:
    from training.tracking import Store

BATCH = 100  # parameters or tags that MLflow takes at once

log = logging.getLogger(__name__)


class Sender:
    """Tells a store the lines of one journal in order; knows which run they are about."""

    def __init__(self, store: "Store") -> None:
        self.store = store
        self.ids: dict[str, str] = {}  # MLflow's, by key
        self._known = ""  # the run that the last line is about
        self._points: dict[str, set[tuple[int, float]]] = {}  # of that run, in MLflow

    def send(self, line: Line) -> None:
        """Raises what the store raises; nothing of the line counts as told then."""
        client, known = self.store.client, self._known
        if line.kind == "start":
            self._known, self._points = "", {}
            self._known = self.ids[line.key] = self.store.open(line)
        elif not known:
            pass  # a run that was deleted
        elif line.kind == "file":
            self._send_file(line)
        elif line.kind == "end":
            client.set_terminated(known, line.texts["status"], line.at)
        elif line.kind == "metrics":
            self._send_points(line)
        elif line.kind == "model tags":
            self._send_model_tags(line)
        else:
            items = list(line.texts.items())
            for part in (items[at : at + BATCH] for at in range(0, len(items), BATCH)):
                if line.kind == "tags":
                    client.log_batch(known, tags=[RunTag(*item) for item in part])
                else:
                    client.log_batch(known, params=[Param(*item) for item in part])

    def _send_points(self, line: Line) -> None:
        """The points that MLflow does not have: a run that goes on says some of them again."""
        client = self.store.client
        for name in set(line.figures) - set(self._points):
            history = client.get_metric_history(self._known, name)
            self._points[name] = {(point.step, point.value) for point in history}
        new = [
            Metric(name, value, line.at, line.step)
            for name, value in line.figures.items()
            if (line.step, value) not in self._points[name]
        ]
        client.log_batch(self._known, metrics=new)
        for point in new:
            self._points[point.key].add((point.step, point.value))

    def _send_model_tags(self, line: Line) -> None:
        client = self.store.client
        for version in client.search_model_versions(f"run_id = '{self._known}'"):
            for name, value in line.texts.items():
                client.set_model_version_tag(version.name, version.version, name, value)

    def _send_file(self, line: Line) -> None:
        path, folder = Path(line.texts["path"]), line.texts["folder"] or None
        if not path.exists() or 1000 * path.stat().st_mtime > line.at + 1000:
            log.warning("not tracked: %s was removed or replaced meanwhile", path)
            return
        send = self.store.client.log_artifacts if path.is_dir() else self.store.client.log_artifact
        send(self._known, str(path), folder)
