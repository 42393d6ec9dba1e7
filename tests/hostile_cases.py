"""Hostile files with their expected outcome: the tables of each reader are made of these."""

from collections.abc import Iterator
from dataclasses import dataclass

DEEP = 100_000
DIGITS = "9" * 10_000
LONG = "x" * 10_000_000
Bytes = str | bytes


@dataclass(frozen=True)
class Case:
    """A file and its outcome: rows read, and (line, part of the reason) of each refusal."""

    name: str
    reader: str
    content: bytes
    rows: int
    refusals: tuple[tuple[int | None, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.reader}: {self.name}"


def encoded(content: Bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def among(reader: str, lines: tuple[str, str, str], line: int, table: dict) -> Iterator[Case]:
    """A file of good lines for each entry of a table, with its content in the middle."""
    start, before, after = map(str.encode, lines)
    for name, (content, reason) in table.items():
        whole = b"\n".join([start + before, encoded(content), after])
        if reason in (None, "blank"):
            yield Case(name, reader, whole, 2 if reason else 3)
        else:
            yield Case(name, reader, whole, 0 if reader == "inline" else 2, ((line, reason),))
