"""Request bodies: read with a limit, strict JSON, then the closed schema."""

import asyncio

from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request

from data.errors import BadInput
from data.reading import parse_json
from tagging.serving.messages import MAX_BODY, TagRequest
from tagging.serving.problems import Problem, busy, misshaped

HEARD = 4 * MAX_BODY  # bytes that are read of a body that is too large
ROOM = 64_000_000  # bytes
CLOSE = {"Connection": "close"}  # what is left of the body is not read
READ_SECONDS = 10.0  # a body of 2 MB takes a fraction of it


class Bodies:
    """Reads bodies; all that are being read share `room` bytes of memory."""

    def __init__(self, room: int = ROOM) -> None:
        self.room = room

    async def read(self, request: Request) -> TagRequest:
        """The request; raises Problem 400, 408, 413, 415, 422 or 429."""
        _check_headers(request)
        return _parsed(await self._in_time(request))

    async def _in_time(self, request: Request) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(READ_SECONDS):
                await self._fill(body, request)
        except TimeoutError:
            message = f"the body took over {READ_SECONDS:g} s"
            raise Problem(408, "slow", message, headers=CLOSE) from None
        except ClientDisconnect:
            raise Problem(400, "cut", "the body ended early") from None
        finally:
            self.room += len(body)
        return bytes(body)

    async def _fill(self, body: bytearray, request: Request) -> None:
        """Counts what comes: a chunked body names no length.

        What is too large is heard out for a while: a client that is cut off while it sends would
        not see the answer.
        """
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > HEARD:
                break
            if size <= MAX_BODY:
                body += chunk
                self.room -= len(chunk)
                if self.room < 0:
                    raise busy(1, "too many large bodies at once")
        if size > MAX_BODY:
            raise _too_large()


def _parsed(body: bytes) -> TagRequest:
    try:
        content = parse_json(body.decode(), "a JSON body")
    except UnicodeDecodeError as error:
        raise Problem(400, "not_utf8", f"no UTF-8 at byte {error.start}") from None
    except BadInput as error:
        raise Problem(400, "not_json", str(error)) from None
    try:
        return TagRequest.model_validate(content)
    except ValidationError as error:
        raise misshaped(error) from None


def _check_headers(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "not_json", "expected the content type application/json", headers=CLOSE)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "encoded", "expected a body without content encoding", headers=CLOSE)
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > HEARD:
        raise _too_large()


def _too_large() -> Problem:
    return Problem(413, "too_large", f"expected at most {MAX_BODY} bytes", headers=CLOSE)
