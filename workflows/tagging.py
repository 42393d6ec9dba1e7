"""Tags pages: files or folders in; a table, a folder of records, or a page to look at out."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from data.errors import BadInput, refuse_folder
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
from workflows.tagged_folder import Request, code_hash, opened_folder
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
    refusals: list[BadInput] = field(default_factory=list, init=False)  # where no folder has them
    tagged: int = field(default=0, init=False)
    kept: list[TaggedArticle] | None = field(default=None, init=False)

    @property
    def files(self) -> list[PageFile]:
        """All of them, in order."""
        return [page for part in self.parts for page in part]

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
    parts = parts_of(list_pages(asked.inputs))
    _check(asked, parts)
    folders = find_artifacts(asked.artifacts)
    artifacts = [load_artifact(folder, asked.int8, asked.threads) for folder in folders]
    pages = Pages(Tagger(artifacts), parts)
    start = time.monotonic()
    with Bars(quiet=quiet) as bars, bars.stage("tag pages", len(pages.files)) as done:
        counts = _tag_here(pages, done) if asked.out is None else _tag_folder(asked, pages, done)
    seconds = time.monotonic() - start
    if counts.refused == counts.pages:
        raise _all_refused(asked, pages)
    if not quiet and (asked.out is None or counts.pages <= SHOWN):
        render(pages.first(), Console())
    return _told(asked, pages, counts, seconds) | _page_shown(asked, pages, counts)


def _check(asked: Tagging, parts: Sequence[Sequence[PageFile]]) -> None:
    """What would only be found when all is tagged."""
    if asked.out is None and len(parts) > 1:
        wanted = f"at most {PART_PAGES} pages and {PART_BYTES} bytes for a table on the terminal"
        raise BadInput(wanted, "more", "name a folder for the records: --out DIR")
    if asked.html is None:
        return
    refuse_folder(asked.html)
    place = asked.html.resolve()
    if any(place.is_relative_to(path.resolve()) for path in asked.inputs):
        wanted, found = "a page to write beside the input", "one of the pages to tag"
        raise BadInput(wanted, found, "name another file", path=asked.html)


def _tag_here(pages: Pages, done: Callable[[int], None]) -> Counts:
    """All pages for the terminal."""
    counts = Counts(pages=len(pages.files))

    def refuse(name: str, error: BadInput) -> None:
        pages.refusals.append(error)
        done(1)

    for article in pages.tag(0, refuse, PART_PAGES):
        counts += Counts(sentences=len(article.sentences), events=len(article.events))
        done(1)
    return counts + Counts(refused=len(pages.refusals))


def _tag_folder(asked: Tagging, pages: Pages, done: Callable[[int], None]) -> Counts:
    """All pages into the folder, but for the parts that it has."""
    assert asked.out is not None

    def write(number: int, place: Path) -> Counts:
        def articles(refuse: Refuse) -> Iterable[TaggedArticle]:
            return pages.tag(number, refuse, SHOWN)

        return write_part(place, articles, len(pages.parts[number]), done)

    with opened_folder(asked.out, _request(asked, pages)) as folder:
        done(sum(len(part) for number, part in enumerate(pages.parts) if folder.has(number)))
        return folder.finish(len(pages.parts), write)


def _request(asked: Tagging, pages: Pages) -> Request:
    """What decides every byte of the output."""
    return {
        "artifacts": {each.card.task: each.manifest_hash for each in pages.tagger.artifacts},
        "int8": asked.int8,
        "threads": asked.threads,
        "pages": len(pages.files),
        "pages_sha256": list_hash(pages.files),
        "code_sha256": code_hash([_ROOT / "data", _ROOT / "tagging"]),
        "versions": versions(),
    }


def _all_refused(asked: Tagging, pages: Pages) -> BadInput:
    if len(pages.refusals) == 1:
        return pages.refusals[0]
    found = f"{len(pages.files)} that were refused"
    reason = f"see {asked.out / REFUSED}" if asked.out else f"the first: {pages.refusals[0]}"
    return BadInput("a page with an article", found, reason)


def _told(asked: Tagging, pages: Pages, counts: Counts, seconds: float) -> dict[str, Any]:
    """The counts, how fast it went, and where the records and the refusals are."""
    told: dict[str, Any] = asdict(counts)
    if counts.refused:
        reasons = [str(error) for error in pages.refusals]
        told["refusals"] = str(asked.out / REFUSED) if asked.out else reasons
    if pages.tagged:  # not where an earlier command has done all
        told["pages_per_second"] = round(pages.tagged / seconds, 1)
    return told | {"out": str(asked.out or "not written")}


def _page_shown(asked: Tagging, pages: Pages, counts: Counts) -> dict[str, Any]:
    """Writes the page to look at; where it is, and how much of all it shows."""
    if asked.html is None:
        return {}
    from tagging.event_page.render import render as render_page

    first = pages.first()[:SHOWN]
    write_whole(asked.html, render_page(first))
    told = {"html": str(asked.html)}
    if len(first) < (articles := counts.pages - counts.refused):
        told["on_the_page"] = f"the first {len(first)} of {articles} articles"
    return told
