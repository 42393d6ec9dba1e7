"""The routes of the service."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tagging.serving.batching import Worker
from tagging.serving.bodies import Bodies
from tagging.serving.edge import TAG, Edge, Seen
from tagging.serving.logs import Log
from tagging.serving.metrics import CONTENT_TYPE, Metrics
from tagging.serving.openapi import document
from tagging.serving.problems import Problem, closed


@dataclass
class Service:
    """What the routes share; `ending` is set when the process was told to end."""

    worker: Worker
    metrics: Metrics
    log: Log
    token: str | None = None
    ending: bool = False
    bodies: Bodies = field(default_factory=Bodies)

    @property
    def ready(self) -> bool:
        return self.worker.router is not None and not self.ending

    def app(self) -> ASGIApp:
        """The ASGI app."""
        routes = [
            Route(TAG, self.tag, methods=["POST"]),
            Route("/healthz", self.health),
            Route("/readyz", self.readiness),
            Route("/metrics", self.figures),
            Route("/openapi.json", self.openapi),
        ]
        inner = Starlette(routes=routes, exception_handlers=HANDLERS)
        return Edge(inner, self.worker, self.metrics, self.log, self.token)

    async def tag(self, request: Request) -> Response:
        """Labels of the sentences."""
        seen: Seen = request.state.seen
        asked = await self.bodies.read(request)
        answered = await asyncio.wrap_future(self.worker.submit(asked))
        texts = len(asked.texts)
        self.metrics.texts.inc(texts)
        seen.facts |= {"texts": texts, "batch": answered.batch, "waited": round(answered.waited, 6)}
        seen.facts["tasks"] = [model.task for model in answered.response.models]
        return Response(answered.response.model_dump_json(), media_type="application/json")

    async def health(self, request: Request) -> Response:
        """The process answers, and its models have not died."""
        if not self.worker.alive:
            raise closed("the thread of the models has ended")
        return JSONResponse({"status": "ok"})

    async def readiness(self, request: Request) -> Response:
        """Whether texts are taken: not while loading, not while ending."""
        if not self.ready:
            raise closed("the service is loading or ending")
        return JSONResponse({"status": "ready"})

    async def figures(self, request: Request) -> Response:
        """For Prometheus."""
        self.metrics.waiting.set(self.worker.waiting)
        self.metrics.ready.set(self.ready)
        if router := self.worker.router:
            for model in router.models(router.artifacts):
                self.metrics.serves(model)
        return Response(self.metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    async def openapi(self, request: Request) -> Response:
        """This interface, for machines."""
        return JSONResponse(document(secured=self.token is not None))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    request.state.seen.facts["code"] = error.code
    return error.response


async def _failed(request: Request, error: Exception) -> Response:
    request.state.seen.facts["code"] = "failed"
    return Problem(500, "failed", "the service failed; its log has the request id").response


async def _other(request: Request, error: Exception) -> Response:
    """What Starlette says of a wrong path or method, in the shape of all refusals."""
    assert isinstance(error, HTTPException)
    code = {404: "no_route", 405: "no_method"}.get(error.status_code, "refused")
    problem = Problem(error.status_code, code, error.detail, headers=error.headers)
    request.state.seen.facts["code"] = code
    return problem.response


HANDLERS: Final = {Problem: _refused, HTTPException: _other, Exception: _failed}
