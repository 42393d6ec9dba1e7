"""The journal of a run's folder: what it said, on the disk before it is sent."""

import json
import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

JOURNAL = "journal.jsonl"

log = logging.getLogger(__name__)


def _now() -> int:
    return int(1000 * time.time())


@dataclass(frozen=True)
class Line:
    """One thing that a run says, at a time in ms; `start` names the run that speaks from there."""

    kind: str  # start, parameters, metrics, tags, model tags, file or end
    texts: dict[str, str] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    step: int = 0
    key: str = ""
    experiment: str = ""
    at: int = field(default_factory=_now)


class Journal:
    """What the runs of a folder have said, line by line on the disk, until all of it is sent."""

    def __init__(self, folder: Path) -> None:
        self.path, self.lines = folder / JOURNAL, list[Line]()
        for raw in self.path.read_bytes().split(b"\n") if self.path.exists() else ():
            with suppress(ValueError, TypeError):  # a killed process may have left a piece of one
                self.lines.append(Line(**json.loads(raw)))

    def append(self, kind: str, **content: Any) -> None:
        """On the disk when this returns; on a full disk in memory alone, with a warning."""
        line = Line(kind, **content)
        self.lines.append(line)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:  # the break in front ends a piece of a line
                file.write(b"\n" + json.dumps(vars(line)).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            log.warning("not journalled: %s", error)

    def remove(self) -> None:
        """With its folder if nothing else is there."""
        self.path.unlink(missing_ok=True)
        with suppress(OSError):
            self.path.parent.rmdir()

    @property
    def start(self) -> Line:
        """Of the run that speaks now."""
        starts = (line for line in reversed(self.lines) if line.kind == "start")
        return next(starts, Line("start"))

    @property
    def ended(self) -> bool:
        """No run speaks now; one that is only added to has no experiment and needs no end."""
        return not self.lines or self.lines[-1].kind == "end" or not self.start.experiment
