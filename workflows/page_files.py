"""The pages that a command is to tag: which files, in which order, in which parts."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, NoReturn

from data.errors import BadInput
from data.reading import existing, read_text

ENDINGS: Final = (".txt", ".html", ".htm")
MAX_BYTES: Final = 10_000_000  # a page is some ten kilobytes
PART_PAGES: Final = 200
PART_BYTES: Final = 4_000_000  # tagged text is some fifty times as large in memory


@dataclass(frozen=True)
class PageFile:
    """A file to tag, as it was when the command began; `changed` in nanoseconds."""

    path: Path
    size: int
    changed: int

    @property
    def name(self) -> str:
        """What the page is called in all output; a name that is no UTF-8 has its bytes escaped."""
        return os.fsencode(self.path).decode("utf-8", "backslashreplace")

    def read(self) -> str:
        """Its text. Raises BadInput where it is unreadable, too large or no UTF-8."""
        return read_text(self.path, "an article", MAX_BYTES)


def list_pages(inputs: Sequence[Path]) -> list[PageFile]:
    """The files, and the text and HTML files below the folders by name; each once.

    Raises BadInput for an input that is not there, and for a folder without such a file.
    """
    found: dict[Path, PageFile] = {}
    for path in inputs:
        existing(path, "a page, or a folder of pages")
        for each in _below(path) if path.is_dir() else [path]:
            found.setdefault(each.resolve(), _page(each))
    return list(found.values())


def parts_of(pages: Sequence[PageFile]) -> list[list[PageFile]]:
    """The pages in order, at most PART_PAGES and (but for a single page) PART_BYTES together."""
    parts: list[list[PageFile]] = []
    held = 0
    for page in pages:
        weight = page.size if page.size <= MAX_BYTES else 0  # it is refused unread
        if not parts or len(parts[-1]) == PART_PAGES or held + weight > PART_BYTES:
            parts.append([])
            held = 0
        parts[-1].append(page)
        held += weight
    return parts


def list_hash(pages: Sequence[PageFile]) -> str:
    """Another one where a page was added, removed, renamed or changed."""
    lines = (f"{page.name}\0{page.size}\0{page.changed}\n" for page in pages)
    return sha256("".join(lines).encode()).hexdigest()


def _below(folder: Path) -> list[Path]:
    found = sorted(path for path in _walk(folder) if path.suffix.lower() in ENDINGS)
    if not found:
        wanted = f"a folder with {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]} files"
        raise BadInput(wanted, "none", "name the files themselves", path=folder)
    return found


def _walk(folder: Path) -> Iterator[Path]:
    def unreadable(error: OSError) -> NoReturn:
        found = (error.strerror or str(error)).lower()
        raise BadInput("a folder to read", found, "check it", path=error.filename) from None

    for place, _, names in os.walk(folder, onerror=unreadable):
        yield from (Path(place) / name for name in names)


def _page(path: Path) -> PageFile:
    """A file that is gone meanwhile is listed too: reading it tells why it is refused."""
    try:
        told = path.stat()
    except OSError:
        return PageFile(path, 0, 0)
    return PageFile(path, told.st_size if stat.S_ISREG(told.st_mode) else 0, told.st_mtime_ns)
