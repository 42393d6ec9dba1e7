"""The one error of bad input: what was expected, what was found and where, and what to do."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SHOWN = 1_000  # characters of a part of the message


class BadInput(Exception):
    """Input that wiretag refuses; the command line prints it without a traceback and exits 3."""

    def __init__(
        self,
        expected: str,
        found: str,
        fix: str = "",
        *,
        path: str | Path | None = None,
        line: int | None = None,
    ) -> None:
        self.expected, self.found, self.fix = map(_cut, (expected, found, fix))
        self.path, self.line = (str(path) if path is not None else None), line
        super().__init__(str(self))

    def at(self, path: str | Path, line: int | None = None) -> "BadInput":
        """The same error with the place where it was found."""
        return BadInput(self.expected, self.found, self.fix, path=path, line=line)

    def __reduce__(self) -> tuple[Any, ...]:
        """Lets a process pool hand the error over."""
        state = {"path": self.path, "line": self.line}
        return type(self), (self.expected, self.found, self.fix), state

    def __str__(self) -> str:
        where = (
            "" if self.path is None else self.path + (f":{self.line}" if self.line else "") + ": "
        )
        advice = f"; {self.fix}" if self.fix else ""
        return f"{where}expected {self.expected}, found {self.found}{advice}"


def refuse_folder(path: Path) -> None:
    """Raises BadInput where a file is to be written and a folder stands."""
    if path.is_dir():
        raise BadInput("a file to write", "a folder", "name a file", path=path)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names the closest of the known names, or lists them when none is close."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"
