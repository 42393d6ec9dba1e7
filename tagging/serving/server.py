"""One process: uvicorn in front, the worker behind, and an end that loses no accepted request."""

import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn

from tagging.artifact import Artifact, load_artifact
from tagging.serving.admission import Limits
from tagging.serving.app import Service
from tagging.serving.batching import Worker
from tagging.serving.logs import Log, ServerLines
from tagging.serving.metrics import Metrics

BACKLOG: Final = 256  # connections that the kernel holds
KEPT: Final = 65  # seconds that an idle connection stays; proxies close theirs after 60
CONNECTIONS: Final = 1_000  # open at once; uvicorn answers 503 beyond


@dataclass(frozen=True)
class Settings:
    """How to serve; `grace` is how many seconds an end may take."""

    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    int8: bool = False
    threads: int | None = None
    grace: int = 30
    limits: Limits = field(default_factory=Limits)


class Server(uvicorn.Server):
    """Tells where it listens, and tells the service at once that it ends."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in getattr(self, "servers", []):
            for one in server.sockets:
                host, port = one.getsockname()[:2]
                self._service.log.write("listening", host=host, port=port)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._service.ending = True
        super().handle_exit(sig, frame)


def serve(folders: Sequence[Path], settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT. Raises BadInput where an artifact does not load."""
    log, metrics = Log(), Metrics()
    failures: list[Exception] = []

    def loaded(error: Exception | None) -> None:
        if error is not None:
            failures.append(error)
            server.should_exit = True
            return
        assert worker.router is not None
        gc.freeze()  # what is loaded stays: later collections need not go over it
        log.write("ready", tasks=list(worker.router.artifacts))

    worker = Worker(_loader(folders, settings), settings.limits, loaded, metrics.batch.observe)
    service = Service(worker, metrics, log, settings.token)
    server = Server(uvicorn_config(service, settings), service)
    logging.getLogger("uvicorn").addHandler(ServerLines(log))
    worker.start()
    _run(server)
    worker.stop()
    if failures:
        raise failures[0]
    log.write("ended")


def _loader(folders: Sequence[Path], settings: Settings) -> Callable[[], list[Artifact]]:
    return lambda: [load_artifact(one, settings.int8, settings.threads) for one in folders]


def _run(server: uvicorn.Server) -> None:
    """uvicorn raises the signal that ended it once more: an end as wanted is no failure."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()


def uvicorn_config(service: Service, settings: Settings) -> uvicorn.Config:
    """uvicorn without its own logs, its own headers, and websockets."""
    return uvicorn.Config(
        service.app(),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="off",
        backlog=BACKLOG,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEPT,
        timeout_graceful_shutdown=settings.grace,
    )
