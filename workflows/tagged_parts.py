"""A part of a tagged folder: some pages tagged together, written whole, joined with others."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from data.errors import BadInput
from tagging.events.articles import TaggedArticle
from tagging.events.assembly import read_articles
from tagging.events.files import WRITERS
from tagging.events.record import EventRecord
from tagging.pipeline import Refuse, Tagger
from workflows.page_files import PageFile

SENTENCES, REFUSED, COUNTS = "sentences.jsonl", "refused.jsonl", "counts.json"
FILES: Final = (SENTENCES, *WRITERS, REFUSED)
_FEATURE: Final = b'{"type": "Feature",'


@dataclass(frozen=True)
class Counts:
    """What pages became; those that are not refused are articles."""

    pages: int = 0
    refused: int = 0
    sentences: int = 0
    events: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.pages + other.pages,
            self.refused + other.refused,
            self.sentences + other.sentences,
            self.events + other.events,
        )


def articles_of(
    tagger: Tagger, pages: Sequence[PageFile], refuse: Refuse
) -> Iterator[TaggedArticle]:
    """The pages' articles in order; what is no article is told to `refuse`.

    Where a page breaks the tagger, those that are left are tagged one by one, and it is told too.
    """
    settled: set[str] = set()

    def told(name: str, error: BadInput) -> None:
        settled.add(name)
        refuse(name, error)

    try:
        for article in read_articles(tagger, _texts(pages, told), told):
            settled.add(article.id)
            yield article
    except OSError:
        raise
    except Exception:
        left = [page for page in pages if page.name not in settled]
        for page in left:
            yield from _alone(tagger, page, refuse)


def _alone(tagger: Tagger, page: PageFile, refuse: Refuse) -> Iterator[TaggedArticle]:
    try:
        yield from list(read_articles(tagger, _texts([page], refuse), refuse))
    except OSError:
        raise
    except Exception as error:  # of any kind: it is a fault of ours
        found = f"{type(error).__name__}: {error}"
        wanted, fix = "a page that wiretag can tag", "report this as a fault, with the page"
        refuse(page.name, BadInput(wanted, found, fix, path=page.name))


def _texts(pages: Iterable[PageFile], refuse: Refuse) -> Iterator[tuple[str, str]]:
    for page in pages:
        try:
            yield page.name, page.read()
        except BadInput as error:
            refuse(page.name, error)


def write_part(
    place: Path,
    articles: Callable[[Refuse], Iterable[TaggedArticle]],
    count: int,
    heard: Callable[[int], None],
) -> Counts:
    """Fills the folder `place`, which is there whole or not at all; `heard` hears of each page."""
    stage = place.with_name(place.name + ".part")
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    counts = _fill(stage, articles, count, heard)
    (stage / COUNTS).write_text(json.dumps(asdict(counts)), encoding="utf-8")
    for path in (*stage.iterdir(), stage):
        sync(path)
    os.replace(stage, place)
    sync(place.parent)
    return counts


def _fill(
    stage: Path,
    articles: Callable[[Refuse], Iterable[TaggedArticle]],
    count: int,
    heard: Callable[[int], None],
) -> Counts:
    refused: list[dict[str, Any]] = []
    records: list[EventRecord] = []
    sentences = 0

    def refuse(name: str, error: BadInput) -> None:
        refused.append(refusal(name, error))
        heard(1)

    with opened(stage / SENTENCES) as out:
        for article in articles(refuse):
            write_lines((sentence.to_dict() for sentence in article.sentences), out)
            sentences += len(article.sentences)
            records += article.events
            heard(1)
    for name, write in WRITERS.items():
        with opened(stage / name) as out:
            write(records, out)
    with opened(stage / REFUSED) as out:
        write_lines(refused, out)
    return Counts(count, len(refused), sentences, len(records))


def refusal(name: str, error: BadInput) -> dict[str, Any]:
    """A line of refused.jsonl."""
    told = {"page": name, "line": error.line, "expected": error.expected, "found": error.found}
    return told | {"fix": error.fix}


def write_lines(rows: Iterable[dict[str, Any]], out: TextIO) -> None:
    """A JSON object a line."""
    for row in rows:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")


def opened(path: Path) -> TextIO:
    """The file, to be written with the line ends that its writer gives."""
    return path.open("w", encoding="utf-8", newline="")


def read_counts(place: Path) -> Counts:
    """What a whole part counted."""
    return Counts(**json.loads((place / COUNTS).read_text(encoding="utf-8")))


def joined(name: str, parts: Sequence[Path]) -> Iterator[bytes]:
    """The file of all parts: what stands once in each of theirs stands once in it."""
    if name.endswith(".geojson"):
        yield from _joined_features([part / name for part in parts])
        return
    for number, part in enumerate(parts):
        with (part / name).open("rb") as file:
            if name.endswith(".csv") and number:
                file.readline()  # the header, which has no line end in a cell
            yield from file


def _joined_features(paths: Sequence[Path]) -> Iterator[bytes]:
    between = b"\n"
    for number, path in enumerate(paths):
        with path.open("rb") as file:
            head = file.readline()
            if not number:
                yield head.rstrip(b"\n")
            for line in file:
                if line.startswith(_FEATURE):
                    yield between + line.rstrip(b",\n")
                    between = b",\n"
    yield b"\n]}\n"


def sync(path: Path) -> None:
    """Waits until the file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
