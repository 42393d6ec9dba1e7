"""The OpenAPI document, from the schemas that check the requests."""

from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tagging.serving.messages import ErrorResponse, TagRequest, TagResponse

REFUSED: Final = {  # status -> why
    "400": "no UTF-8, or no strict JSON: a repeated key, NaN, a lone surrogate, deep nesting",
    "401": "no bearer token, or another one",
    "408": "the body came too slowly",
    "413": "a body of more than 2,000,000 bytes",
    "415": "another content type than application/json, or a compressed body",
    "422": "JSON, but no request that can be answered; `place` says where",
    "429": "more is asked than can be answered in time; Retry-After says when to ask again",
    "500": "a fault of the service; its log has the request id",
    "503": "the service is loading or ending",
}
RETRY: Final = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}}


def document(secured: bool) -> dict[str, Any]:
    """OpenAPI 3.1; `secured` says that a bearer token is asked for."""
    guard: dict[str, Any] = {"security": [{"bearer": []}]} if secured else {}
    unknown = ["401"] if secured else []
    state = _json({"type": "object", "required": ["status"]})
    figures = {"text/plain": {"schema": {"type": "string"}}}
    this = _json({"type": "object"})
    return {
        "openapi": "3.1.0",
        "info": {"title": "wiretag", "version": "1", "description": "Tags sentences of news."},
        "paths": {
            "/v1/tag": {"post": _tag(secured) | guard},
            "/healthz": {"get": _get("health", "The process answers.", state, "503")},
            "/readyz": {"get": _get("readiness", "Texts are taken.", state, "503")},
            "/metrics": {"get": _get("metrics", "For Prometheus.", figures, *unknown) | guard},
            "/openapi.json": {"get": _get("openapi", "This document.", this, *unknown) | guard},
        },
        "components": _components(secured),
    }


def _components(secured: bool) -> dict[str, Any]:
    models = (TagRequest, TagResponse, ErrorResponse)
    pairs: list[tuple[type[BaseModel], Literal["validation"]]]
    pairs = [(model, "validation") for model in models]
    _, found = models_json_schema(pairs, ref_template="#/components/schemas/{model}")
    components: dict[str, Any] = {"schemas": found["$defs"]}
    if secured:
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    return components


def _tag(secured: bool) -> dict[str, Any]:
    statuses = [status for status in REFUSED if secured or status != "401"]
    return {
        "operationId": "tag",
        "summary": "Labels of sentences, with marked mentions or without.",
        "requestBody": {"required": True, "content": _json(_ref("TagRequest"))},
        "responses": {
            "200": {"description": "The labels.", "content": _json(_ref("TagResponse"))},
            **{status: _refused(status) for status in statuses},
        },
    }


def _get(name: str, summary: str, content: dict[str, Any], *refused: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": {"description": summary, "content": content},
            **{status: _refused(status) for status in refused},
        },
    }


def _refused(status: str) -> dict[str, Any]:
    answer = {"description": REFUSED[status], "content": _json(_ref("ErrorResponse"))}
    return answer | ({"headers": RETRY} if status in ("429", "503") else {})


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
