"""The service's log: a JSON object a line, of an allow-list of fields; never a text or a token."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

FIELDS: Final = frozenset(
    {"event", "request_id", "route", "method", "status", "code", "seconds", "waited", "texts"}
    | {"batch", "tasks", "host", "port", "error", "where", "models", "reason"}
)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})


class Log:
    """Writes to standard error unless told otherwise."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr

    def write(self, event: str, **fields: object) -> None:
        """One line; a field that is not on the list is a mistake of the caller's."""
        assert fields.keys() <= FIELDS, fields.keys() - FIELDS
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._out.write(json.dumps({"time": now, "event": event} | fields) + "\n")
        self._out.flush()

    def failed(self, error: BaseException, request_id: str) -> None:
        """Where an error came from and its kind; its message may quote a text."""
        trace, where = error.__traceback__, ""
        while trace:
            where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
            trace = trace.tb_next
        self.write("failed", request_id=request_id, error=type(error).__name__, where=where)


class ServerLines(logging.Handler):
    """What uvicorn has to say, without its arguments and traces: these may quote a request."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.write("server", reason=str(record.msg).strip())
