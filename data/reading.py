"""Strict reading of text: bytes, strict UTF-8, lines split on line feeds alone, sizes capped."""

from collections.abc import Iterator
from pathlib import Path

from data.errors import BadInput

MAX_LINE = 1_000_000  # bytes; a labelled sentence is a few hundred


def existing(path: Path, what: str = "a file") -> Path:
    """The path itself, or BadInput if nothing is there."""
    if not path.exists():
        raise BadInput(what, "nothing there", "check the path", path=path)
    return path


def read_lines(path: Path, max_line: int = MAX_LINE) -> Iterator[tuple[int, str]]:
    """Yields (line number from 1, text without its line end); streams, so memory is one line."""
    existing(path)
    if path.is_dir():
        raise BadInput("a file", "a folder", "name a file in it", path=path)
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(max_line + 1):
            number += 1
            if len(raw) > max_line:
                raise BadInput(
                    f"lines of at most {max_line} bytes", "a longer one", path=path, line=number
                )
            yield number, decode(raw, path, number)


def decode(raw: bytes, path: Path, number: int) -> str:
    """One line as text: strict UTF-8, no NUL; a byte order mark and a trailing CR are dropped."""
    if number == 1:
        raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"byte 0x{raw[error.start]:02x} at column {error.start + 1}"
        raise BadInput(
            "UTF-8 text", found, "save the file as UTF-8", path=path, line=number
        ) from None
    if "\0" in text:
        raise BadInput("text", "a NUL character", "remove it", path=path, line=number)
    return text.removesuffix("\n").removesuffix("\r")
