"""A request that gets no answer: its status, its reason, and its place in the request."""

import json
from collections.abc import Mapping

from pydantic import ValidationError
from starlette.responses import Response

from data.errors import BadInput


class Problem(Exception):
    """Raised wherever a request is refused; `response` is what the client gets."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        place: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)  # the message may quote the request: never logged
        self.status, self.code, self.message, self.place = status, code, message, place
        self.headers = dict(headers or {})

    @property
    def response(self) -> Response:
        error = {"code": self.code, "message": self.message, "place": self.place}
        body = json.dumps({"error": error}, ensure_ascii=False).encode()
        return Response(body, self.status, self.headers, "application/json")


def busy(after: float, reason: str) -> Problem:
    """429: nothing was done, ask again in `after` seconds."""
    seconds = max(1, int(-(-after // 1)))
    return Problem(429, "overloaded", reason, headers={"Retry-After": str(seconds)})


def closed(reason: str) -> Problem:
    """503: the service loads or is about to end."""
    return Problem(503, "unavailable", reason, headers={"Retry-After": "1"})


def invalid(place: str, expected: str, found: str, fix: str = "") -> Problem:
    """422: JSON, but no request that can be answered."""
    return Problem(422, "invalid", str(BadInput(expected, found, fix)), place)


def misshaped(error: ValidationError) -> Problem:
    """422 for the first thing that the schema does not allow."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]]
    place = "".join(parts).removeprefix(".") or "the request"
    return Problem(422, "invalid", f"{place}: {first['msg']}", place[:200])
