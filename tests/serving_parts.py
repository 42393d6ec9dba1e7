"""A service that runs in a thread, a client for it, and models that wait until they may answer."""

import http.client
import io
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conftest import shelve

from data.codebook import load_codebook
from data.examples import examples_of
from data.records import Example, Sentence
from tagging.artifact import Artifact
from tagging.calibrated import Probabilities
from tagging.serving.admission import Limits
from tagging.serving.app import Service
from tagging.serving.batching import Worker
from tagging.serving.logs import Log
from tagging.serving.metrics import Metrics
from tagging.serving.server import Server, Settings, uvicorn_config

JSON = {"Content-Type": "application/json"}


TASKS = ("event_type", "actor_role", "geo_direction")


def small_artifacts(
    sentences: Sequence[Sentence],
    root: Path,
    tasks: Sequence[str] = TASKS,
    words: Sequence[str] = (),
) -> dict[str, Path]:
    """task -> the folder of an artifact: a TF-IDF for the tasks in `words`, else a majority."""
    made = {}
    for task in tasks:
        codebook = load_codebook(task)
        rows = examples_of(sentences, codebook).examples
        made[task] = shelve(_config(task in words), codebook, rows, root / task).folder
    return made


def _config(words: bool) -> Any:
    if not words:
        from training.families.majority import MajorityConfig

        return MajorityConfig(family="majority")
    from training.families.tfidf import TfidfConfig

    return TfidfConfig(family="tfidf", min_df=12, char_ngrams=None)


@dataclass(frozen=True)
class Answer:
    """What came back; `json` is the body as such."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]


@dataclass(frozen=True)
class Running:
    """A running service."""

    port: int
    service: Service
    log: io.StringIO

    def call(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Answer:
        return call(self.port, method, path, body, headers)

    def tag(self, *texts: str | dict[str, Any], **fields: object) -> Answer:
        """Asks for these texts; a string is one without marks."""
        rows = [{"text": each} if isinstance(each, str) else each for each in texts]
        return self.call("POST", "/v1/tag", json.dumps({"texts": rows} | fields), JSON)

    def raw(self, body: object, **headers: str) -> Answer:
        return self.call("POST", "/v1/tag", body, JSON | headers)


def call(
    port: int, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers or {})  # type: ignore[arg-type]
        found = connection.getresponse()
        told = {name.lower(): value for name, value in found.getheaders()}
        return Answer(found.status, told, found.read())
    finally:
        connection.close()


@contextmanager
def running(
    load: Callable[[], Sequence[Artifact]],
    token: str | None = None,
    limits: Limits | None = None,
    ready: bool = True,
) -> Iterator[Running]:
    """A service on a free port; it has drained when the block ends."""
    log = io.StringIO()
    metrics = Metrics()
    worker = Worker(load, limits or Limits(), batched=metrics.batch.observe)
    service = Service(worker, metrics, Log(log), token)
    server = Server(uvicorn_config(service, Settings(port=0, grace=5)), service)
    thread = threading.Thread(target=server.run)
    worker.start()
    thread.start()
    until(lambda: server.started and (worker.router is not None or not ready))
    try:
        yield Running(server.servers[0].sockets[0].getsockname()[1], service, log)
    finally:
        server.should_exit = True
        thread.join()
        worker.stop()


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Waits until it holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


class Gate:
    """A runtime that answers when `open` is set, and keeps the sizes of its batches."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.open = threading.Event()
        self.open.set()
        self.sizes: list[int] = []

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Callable[[int], None]
    ) -> Probabilities:
        self.sizes.append(len(examples))
        self.open.wait(20)
        if any("poison" in example.text for example in examples):
            raise ZeroDivisionError("a text with poison")
        return self.inner.probabilities(examples, size, done)


def gated(artifact: Artifact) -> tuple[Artifact, Gate]:
    """The artifact behind a gate."""
    gate = Gate(artifact.runtime)
    return replace(artifact, runtime=gate), gate
