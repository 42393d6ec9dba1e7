"""A pasted page, text or HTML -> its article: headline, dateline, body, and what was dropped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import trafilatura

from data.datelines import Dateline, find_dateline
from data.errors import BadInput
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
    """

    text: str
    headline: Stretch | None
    dateline: Dateline | None
    body: tuple[Stretch, ...]
    dropped: tuple[Dropped, ...]
    from_html: bool = False

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
    from_html = bool(_HTML_START.match(text)) or len(_HTML_TAG.findall(text[:20_000])) >= 2
    text = _from_html(text) if from_html else text
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
        from_html=from_html,
    )


def _own_line(text: str, sorted_units: list[tuple[Stretch, str]]) -> Dateline | None:
    """The dateline that is a line by itself, right above the body."""
    for (unit, reason), (_, following) in pairwise(sorted_units):
        if following == "body":
            dateline = find_dateline(text, unit) if reason in ("standfirst", "navigation") else None
            return dateline if dateline and dateline.end == unit.end else None
    return None


def _from_html(text: str) -> str:
    """The text that trafilatura finds in the page, under the page's title."""
    try:
        document = trafilatura.bare_extraction(text, include_comments=False, with_metadata=True)
    except (ValueError, RecursionError) as error:
        raise BadInput("readable HTML", str(error)[:80], "paste the article's text") from None
    body = (getattr(document, "text", None) or "").strip()
    if not body:
        raise BadInput("an article in the HTML page", "none", "paste the article's text instead")
    title = (getattr(document, "title", None) or "").strip()
    return body if not title or body.startswith(title) else f"{title}\n\n{body}"


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
