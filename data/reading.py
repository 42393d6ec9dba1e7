"""Strict reading: regular files alone, strict UTF-8, lines split on line feeds, sizes capped."""

import json
import math
import re
import stat
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError

from data.errors import BadInput

MAX_LINE = 1_000_000  # bytes with the line's end; a labelled sentence is a few hundred
MAX_FILE = 100_000_000  # bytes of a file that is read whole
CHUNK = 65_536
SIGNATURES = {  # no text starts so, and each of its lines would be refused
    b"\x1f\x8b": "a gzip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"\xfd7zXZ": "an xz file",
    b"PK\x03\x04": "a zip file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
NO_TEXT = re.compile("[\0\ud800-\udfff]")  # may stand in JSON as an escape
Refuse = Callable[[BadInput], None]
Model = TypeVar("Model", bound=BaseModel)


def existing(path: Path, what: str = "a file") -> Path:
    """The path itself, or BadInput if no regular file or folder is there."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise BadInput(what, "nothing there", "check the path", path=path) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise BadInput(what, _reason(error), "check the path", path=path) from None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise BadInput(what, "a pipe or device", "name a regular file", path=path)
    return path


@contextmanager
def opened(path: Path, what: str = "a file") -> Iterator[BinaryIO]:
    """The regular file, opened to read bytes; failures to read become BadInput too."""
    if existing(path, what).is_dir():
        raise BadInput(what, "a folder", "name a file in it", path=path)
    try:
        with path.open("rb") as file:
            start = file.peek(8)
            for signature, found in SIGNATURES.items():
                if start.startswith(signature):
                    raise BadInput("plain UTF-8 text", found, "convert or unpack it", path=path)
            yield file
    except OSError as error:
        raise BadInput(what, _reason(error), "check the file", path=path) from None


def read_lines(
    path: Path, refuse: Refuse | None = None, max_line: int = MAX_LINE
) -> Iterator[tuple[int, str]]:
    """Yields (line number from 1, text without its line end); streams, so memory is one line.

    A line that is too long or no UTF-8 goes to `refuse` and reading goes on; without it it raises.
    """
    with opened(path) as file:
        for number, raw in enumerate(_raw_lines(file, max_line), start=1):
            try:
                if raw is None:
                    wanted = f"lines of at most {max_line} bytes"
                    raise BadInput(wanted, "a longer one", path=path, line=number)
                text = decode(raw, path, number).removesuffix("\n").removesuffix("\r")
            except BadInput as error:
                if refuse is None:
                    raise
                refuse(error)
                continue
            yield number, text


def _raw_lines(file: BinaryIO, max_line: int) -> Iterator[bytes | None]:
    """The lines with their ends; None for one that is too long, of which a chunk is held."""
    while raw := file.readline(max_line + 1):
        if len(raw) <= max_line:
            yield raw
            continue
        while raw and not raw.endswith(b"\n"):
            raw = file.readline(CHUNK)
        yield None


def read_text(path: Path, what: str = "a file", max_bytes: int = MAX_FILE) -> str:
    """The whole text of a file. Raises BadInput where it is none, too large or no UTF-8."""
    with opened(path, what) as file:
        raw = file.read(max_bytes + 1)
    if len(raw) > max_bytes:
        raise BadInput(f"{what} of at most {max_bytes} bytes", "a larger one", path=path)
    return decode(raw, path)


def decode(raw: bytes, path: Path, line: int | None = None) -> str:
    """Strict UTF-8 without NUL; a byte order mark at the file's start is dropped."""
    if line in (None, 1):
        raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        number = line or before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise BadInput(
            "UTF-8 text",
            f"byte 0x{raw[error.start]:02x} at column {column}",
            "save the file as UTF-8",
            path=path,
            line=number,
        ) from None
    if "\0" in text:
        number = line or text.count("\n", 0, text.index("\0")) + 1
        raise BadInput("text", "a NUL character", "remove it", path=path, line=number)
    return text


def parse_json(text: str, what: str = "JSON") -> Any:
    """The content: each key once, numbers finite, no lone surrogate or NUL. Raises BadInput."""
    try:
        content = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
        if "\\u" in text:  # only an escape can bring them in
            _check_strings(content)
    except RecursionError:
        raise BadInput(what, "deep nesting", "nest less") from None
    except ValueError as error:
        raise BadInput(what, str(error)) from None
    return content


def as_model(
    content: Any, model: type[Model], expected: str, fix: str, whole: str = "the content"
) -> Model:
    """The content as that model; BadInput names the first thing that is not as expected."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in problem["loc"]) or whole
        raise BadInput(expected, f"{place}: {problem['msg']}", fix) from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key twice in one object")
    return content


def _refuse_constant(name: str) -> None:
    raise ValueError(f"the number {name}")


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise ValueError(f"the number {digits:.20}")
    return number


def _check_strings(value: Any) -> None:
    if isinstance(value, str):
        if found := NO_TEXT.search(value):
            raise ValueError("a NUL character" if found[0] == "\0" else "a lone surrogate")
    elif isinstance(value, dict):
        for item in (*value, *value.values()):
            _check_strings(item)
    elif isinstance(value, list):
        for item in value:
            _check_strings(item)


class Seen:
    """The names met so far, in 12 to 24 bytes each: a table of 64 bits of their hashes.

    A new name of a million counts as met with a chance of 5e-14.
    """

    def __init__(self) -> None:
        self._table, self._count = array("Q", bytes(8 * 1024)), 0

    def add(self, name: str) -> bool:
        """False if the name was there before."""
        if 3 * self._count > 2 * len(self._table):
            former, self._table, self._count = self._table, self._table[:0], 0
            self._table.frombytes(bytes(16 * len(former)))
            for key in filter(None, former):
                self._put(key)
        digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return self._put(int.from_bytes(digest, "little") or 1)

    def _put(self, key: int) -> bool:
        table, last = self._table, len(self._table) - 1
        place = key & last
        while found := table[place]:
            if found == key:
                return False
            place = (place + 1) & last
        table[place] = key
        self._count += 1
        return True


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
