"""What Prometheus reads: requests, texts, batches, queue, latency, and which models answer."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from tagging.serving.messages import Model

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TEXTS: Final = (1, 2, 4, 8, 16, 32, 64)
CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4


class Metrics:
    """The figures of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = kept = CollectorRegistry()
        self._requests = Counter(
            "wiretag_requests", "Answered requests.", ["route", "status"], registry=kept
        )
        self._seconds = Histogram(
            "wiretag_request_seconds",
            "From the request's head to the answer's end.",
            ["route"],
            buckets=SECONDS,
            registry=kept,
        )
        self.texts = Counter("wiretag_texts", "Tagged texts.", registry=kept)
        self.batch = Histogram(
            "wiretag_batch_texts", "Texts of a batch.", buckets=TEXTS, registry=kept
        )
        self.waiting = Gauge("wiretag_queue_texts", "Texts that wait.", registry=kept)
        self.ready = Gauge("wiretag_ready", "1 when models are loaded.", registry=kept)
        self._models = Gauge(
            "wiretag_model", "The artifact of a task.", ["task", "name", "manifest"], registry=kept
        )

    def answered(self, route: str, status: int, seconds: float) -> None:
        """A request has its answer."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def serves(self, model: Model) -> None:
        """That artifact answers."""
        self._models.labels(model.task, model.name, model.manifest_hash).set(1)

    def text(self) -> bytes:
        """The page that Prometheus reads."""
        return generate_latest(self.registry)
