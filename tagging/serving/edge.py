"""What stands before every route: request ids, the token, early refusal, counting, the log."""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tagging.serving.batching import Worker
from tagging.serving.logs import METHODS, Log
from tagging.serving.metrics import Metrics
from tagging.serving.problems import Problem

TAG: Final = "/v1/tag"
OPEN: Final = frozenset({"/healthz", "/readyz"})  # probes carry no token
ROUTES: Final = OPEN | {TAG, "/metrics", "/openapi.json"}


@dataclass
class Seen:
    """What is told of a request once it is answered."""

    route: str
    method: str
    request_id: str = field(default_factory=lambda: uuid4().hex)
    start: float = field(default_factory=time.perf_counter)
    status: int = 0
    facts: dict[str, object] = field(default_factory=dict)  # fields of the log


class Edge:
    """Wraps the app; of what fails inside it the log has the kind and the place alone."""

    def __init__(
        self, app: ASGIApp, worker: Worker, metrics: Metrics, log: Log, token: str | None
    ) -> None:
        self._app, self._worker, self._metrics, self._log = app, worker, metrics, log
        self._token = f"Bearer {token}".encode() if token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, method = scope["path"], scope["method"]
        seen = Seen(path if path in ROUTES else "other", method if method in METHODS else "other")
        scope.setdefault("state", {})["seen"] = seen

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", seen.request_id.encode()),
                ]
            await send(message)

        try:
            self._check(scope, seen)
            await self._app(scope, receive, sending)
        except Problem as problem:
            seen.facts["code"] = problem.code
            await problem.response(scope, receive, sending)
        except Exception as error:  # its answer has been sent
            self._log.failed(error, seen.request_id)
        finally:
            self._told(seen)

    def _check(self, scope: Scope, seen: Seen) -> None:
        """The token, then whether there is any use in reading the body."""
        if self._token and seen.route not in OPEN:
            headers: Mapping[bytes, bytes] = dict(scope["headers"])
            if not hmac.compare_digest(headers.get(b"authorization", b""), self._token):
                unknown = {"WWW-Authenticate": "Bearer"}
                raise Problem(401, "no_token", "expected a bearer token", headers=unknown)
        if seen.route == TAG and seen.method == "POST":
            self._worker.hurried()

    def _told(self, seen: Seen) -> None:
        seconds = time.perf_counter() - seen.start
        self._metrics.answered(seen.route, seen.status, seconds)
        self._log.write(
            "request",
            request_id=seen.request_id,
            route=seen.route,
            method=seen.method,
            status=seen.status or 499,  # the client was gone
            seconds=round(seconds, 6),
            **seen.facts,
        )
