"""Tags pages: files or folders in; a table, a folder of records, or a page to look at out."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from data.errors import BadInput
from data.pages import write_whole
from data.reading import existing
from tagging.artifact import find_artifacts, load_artifact
from tagging.events.articles import TaggedArticle
from tagging.pipeline import Refuse, Tagger
from tagging.table import render
from training.progress import Bars
from training.stamps import versions
from workflows.page_files import (
    PART_BYTES,
    PART_PAGES,
    PageFile,
    list_hash,
    list_pages,
    parts_of,
)
from workflows.tagged_folder import Request, TaggedFolder, code_hash, opened_folder
from workflows.tagged_parts import REFUSED, Counts, articles_of, write_part

SHOWN: Final = 20  # articles on a page to look at, and of a folder in the table
_ROOT: Final = Path(__file__).parent.parent


@dataclass(frozen=True)
class Tagging:
    """What `wiretag tag` is asked for; the fields are its options."""

    artifacts: Path
    inputs: Sequence[Path]
    out: Path | None = None
    html: Path | None = None
    int8: bool = False
    threads: int | None = None


@dataclass
class Pages:
    """The pages in parts, tagged when they are asked for; the first articles are kept to show."""

    tagger: Tagger
    parts: list[list[PageFile]]
    tagged: int = field(default=0, init=False)
    kept: list[TaggedArticle] | None = field(default=None, init=False)

    def tag(self, number: int, refuse: Refuse, keep: int) -> Iterator[TaggedArticle]:
        """The articles of that part; a part is always tagged alone, whatever else is done."""
        articles = articles_of(self.tagger, self.parts[number], refuse)
        self.tagged += len(self.parts[number])
        if number:
            yield from articles
            return
        self.kept = []
        for article in articles:
            if len(self.kept) < keep:
                self.kept.append(article)
            yield article

    def first(self) -> list[TaggedArticle]:
        """The first articles of the first part."""
        if self.kept is None:  # it was tagged by an earlier command
            articles = self.tag(0, lambda name, error: None, SHOWN)
            self.kept = list(islice(articles, SHOWN))
        return self.kept


def tag_inputs(asked: Tagging, quiet: bool) -> dict[str, Any]:
    """`wiretag tag`: counts of pages, refusals, sentences and events, and where things are.

    Raises BadInput where each page was refused.
    """
    existing(asked.artifacts, "an artifact folder")
    found = list_pages(asked.inputs)
    parts = parts_of(found)
    _check(asked, parts)
    folders = find_artifacts(asked.artifacts)
    artifacts = [load_artifact(folder, asked.int8, asked.threads) for folder in folders]
    pages = Pages(Tagger(artifacts), parts)
    refusals: list[BadInput] = []
    start = time.monotonic()
    with Bars(quiet=quiet) as bars, bars.stage("tag pages", len(found)) as done:
        if asked.out is None:
            counts = _tag_here(pages, refusals, done)
        else:
            with opened_folder(asked.out, _request(asked, pages.tagger, found)) as folder:
                counts = _tag_folder(pages, folder, done)
    rate = pages.tagged / (time.monotonic() - start)
    if counts.refused == counts.pages:
        raise _all_refused(counts, refusals, asked.out)
    if not quiet and (asked.out is None or len(found) <= SHOWN):
        render(pages.first(), Console())
    result: dict[str, Any] = asdict(counts)
    if rate:  # not where an earlier command has done all
        result["pages_per_second"] = round(rate, 1)
    if counts.refused:
        told = [str(error) for error in refusals]
        result["refusals"] = str(asked.out / REFUSED) if asked.out else told
    return result | _places(asked, pages, counts)


def _check(asked: Tagging, parts: Sequence[Sequence[PageFile]]) -> None:
    """What would only be found when all is tagged."""
    if asked.out is None and len(parts) > 1:
        wanted = f"at most {PART_PAGES} pages and {PART_BYTES} bytes for a table on the terminal"
        raise BadInput(wanted, "more", "name a folder for the records: --out DIR")
    if asked.html is None:
        return
    if asked.html.is_dir():
        raise BadInput("a file to write", "a folder", "name a file", path=asked.html)
    place = asked.html.resolve()
    if any(place.is_relative_to(path.resolve()) for path in asked.inputs):
        wanted, found = "a page to write beside the input", "one of the pages to tag"
        raise BadInput(wanted, found, "name another file", path=asked.html)


def _tag_here(pages: Pages, refusals: list[BadInput], done: Callable[[int], None]) -> Counts:
    """All pages for the terminal."""
    counts = Counts(pages=len(pages.parts[0]))

    def refuse(name: str, error: BadInput) -> None:
        refusals.append(error)
        done(1)

    for article in pages.tag(0, refuse, PART_PAGES):
        counts += Counts(sentences=len(article.sentences), events=len(article.events))
        done(1)
    return counts + Counts(refused=len(refusals))


def _tag_folder(pages: Pages, folder: TaggedFolder, done: Callable[[int], None]) -> Counts:
    """All pages into the folder, but for the parts that it has."""
    for number, part in enumerate(pages.parts):
        done(len(part) if folder.has(number) else 0)

    def write(number: int, place: Path) -> Counts:
        def articles(refuse: Refuse) -> Iterable[TaggedArticle]:
            return pages.tag(number, refuse, SHOWN)

        return write_part(place, articles, len(pages.parts[number]), done)

    return folder.finish(len(pages.parts), write)


def _request(asked: Tagging, tagger: Tagger, pages: Sequence[PageFile]) -> Request:
    """What decides every byte of the output."""
    return {
        "artifacts": {each.card.task: each.manifest_hash for each in tagger.artifacts},
        "int8": asked.int8,
        "threads": asked.threads,
        "pages": len(pages),
        "pages_sha256": list_hash(pages),
        "code_sha256": code_hash([_ROOT / "data", _ROOT / "tagging"]),
        "versions": versions(),
    }


def _all_refused(counts: Counts, refusals: Sequence[BadInput], out: Path | None) -> BadInput:
    if counts.pages == 1 and refusals:
        return refusals[0]
    found = f"{counts.refused} that were refused"
    if out is not None:
        return BadInput("a page with an article", found, f"see {out / REFUSED}")
    return BadInput("a page with an article", found, f"the first: {refusals[0]}")


def _places(asked: Tagging, pages: Pages, counts: Counts) -> dict[str, Any]:
    """Where the output is; the page to look at is written."""
    places: dict[str, Any] = {"out": str(asked.out or "not written")}
    if asked.html is not None:
        from tagging.event_page.render import render as render_page

        first = pages.first()[:SHOWN]
        write_whole(asked.html, render_page(first))
        places["html"] = str(asked.html)
        if len(first) < (articles := counts.pages - counts.refused):
            places["on_the_page"] = f"the first {len(first)} of {articles} articles"
    return places
