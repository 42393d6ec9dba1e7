"""A pasted page, text or HTML -> its article: headline, dateline, body, and what was dropped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from data.datelines import (
    ArticleDay,
    Dateline,
    article_day,
    day_in,
    find_dateline,
    tells_publication,
)
from data.errors import BadInput
from data.html_source import Extracted, SourceMap, extract
from data.page_lines import TERMINAL, LineSorter
from data.sentences import Stretch, trimmed

MAX_PAGE: Final = 2_000_000  # characters
_HTML_START: Final = re.compile(r"(?i)\s*(?:<!--.{0,200}?-->\s*)?<(?:!doctype html|html[\s>])")
_HTML_TAG: Final = re.compile(r"(?i)</?(?:p|div|article|body|h1|section)(?:\s[^<>]{0,500})?>")
_OPEN_END: Final = re.compile(  # no line of its own ends so
    r"(?:,|\b(?:the|an?|of|in|to|from|and|or|but|by|on|at|for|with|that|as|was|were|had|has|have"
    r"|his|her|their|its|said|who|into|near))$"
)
_LINE: Final = re.compile(r"[^\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029]|$)")


class Dropped(NamedTuple):
    """A stretch of the page that is no part of the article, and why."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True)
class Page:
    """An article and what stood around it; all offsets are code points into `text`.

    `text` is the input itself, or what was extracted from it where it was HTML (`from_html`).
    Headline, dateline, body and dropped together hold every character that is not blank, once.
    `day` is the article's, with what tells it.
    """

    text: str
    headline: Stretch | None
    dateline: Dateline | None
    body: tuple[Stretch, ...]
    dropped: tuple[Dropped, ...]
    day: ArticleDay | None = None
    source_map: SourceMap | None = field(default=None, repr=False, compare=False)

    @property
    def from_html(self) -> bool:
        """Whether the input was HTML, so that `text` was extracted from it."""
        return self.source_map is not None

    @property
    def date(self) -> str | None:
        """The article's day as YYYY-MM-DD; None where the page does not tell it."""
        return self.day.iso if self.day else None

    def source_offsets(self, start: int, end: int) -> tuple[int, int] | None:
        """Where text[start:end] stands in the input, in code points.

        None where that was HTML and shows something else than this stretch of the extracted text.
        """
        return self.source_map.stretch(start, end) if self.source_map else (start, end)

    @property
    def title(self) -> str:
        """The headline's text, or ""."""
        return self.headline.of(self.text) if self.headline else ""


def read_page(text: str) -> Page:
    """The article in a page as people paste it. Raises BadInput where nothing of one is left."""
    if len(text) > MAX_PAGE:
        raise BadInput(
            f"a page of at most {MAX_PAGE} characters", str(len(text)), "tag parts of it"
        )
    is_html = bool(_HTML_START.match(text)) or len(_HTML_TAG.findall(text[:20_000])) >= 2
    extracted = extract(text) if is_html else Extracted(text)
    text = extracted.text
    units = list(_units(text))
    reasons = LineSorter([unit.of(text) for unit in units]).reasons()
    sorted_units = list(zip(units, reasons, strict=True))
    body = [unit for unit, reason in sorted_units if reason == "body"]
    dateline = _own_line(text, sorted_units) or (find_dateline(text, body[0]) if body else None)
    if dateline is not None and dateline.start == body[0].start:
        rest = trimmed(text, dateline.end, body[0].end)
        body[:1] = [rest] if rest.start < rest.end else []
    if not body:
        raise BadInput("an article of at least one sentence", "none", "paste its text too")
    return Page(
        text=text,
        headline=next((unit for unit, reason in sorted_units if reason == "headline"), None),
        dateline=dateline,
        body=tuple(body),
        dropped=tuple(
            Dropped(unit.start, unit.end, reason)
            for unit, reason in sorted_units
            if reason not in ("body", "headline")
            and (dateline is None or unit.start != dateline.start)
        ),
        day=article_day(text, dateline, _dated(text, sorted_units), extracted.published),
        source_map=extracted.source_map,
    )


def _dated(text: str, sorted_units: list[tuple[Stretch, str]]) -> list[Stretch]:
    """The lines that may tell the article's day: those between headline and body come first.

    Others must say that they tell of publication, and of one day: a page's head may tell the day
    of the visit, and what follows the article that of another one.
    """
    near, others = list[Stretch](), list[Stretch]()
    seen = set[str]()
    for unit, reason in sorted_units:
        if "headline" in seen and "body" not in seen and reason in ("time", "by-line"):
            near.append(unit)
        elif reason == "time" and tells_publication(unit.of(text)):
            others.append(unit)
        elif "body" in seen and reason in ("related link", "after the article"):
            break
        seen.add(reason)
    return near + (others if len({day_in(unit.of(text)) for unit in others}) == 1 else [])


def _own_line(text: str, sorted_units: list[tuple[Stretch, str]]) -> Dateline | None:
    """The dateline that is a line by itself, right above the body."""
    for (unit, reason), (_, following) in pairwise(sorted_units):
        if following == "body":
            dateline = find_dateline(text, unit) if reason in ("standfirst", "navigation") else None
            return dateline if dateline and dateline.end == unit.end else None
    return None


def _units(text: str) -> Iterator[Stretch]:
    """The page's lines without outer blanks, lines of one hard-wrapped paragraph joined."""
    block: list[Stretch] = []
    for match in _LINE.finditer(text):
        line = trimmed(text, match.start(), match.end())
        if line.start < line.end:
            block.append(line)
        else:
            yield from _unwrapped(text, block)
            block = []
    yield from _unwrapped(text, block)


def _unwrapped(text: str, block: list[Stretch]) -> Iterator[Stretch]:
    """Joins the lines of a block that were broken because the next word did not fit."""
    lines = [line.of(text) for line in block]
    width = max(map(len, lines), default=0)
    full = [len(line) + 1 + len(later.split()[0]) > width for line, later in pairwise(lines)]
    broken = any(
        is_full and not TERMINAL.search(line) and (later[0].islower() or _OPEN_END.search(line))
        for is_full, (line, later) in zip(full, pairwise(lines), strict=True)
    )
    start = 0
    for index in range(len(block)):
        if index + 1 == len(block) or not (broken and 50 <= width <= 110 and full[index]):
            yield Stretch(block[start].start, block[index].end)
            start = index + 1
