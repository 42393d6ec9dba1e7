"""An HTML page -> its article's text, where each character of it stands in the source, its date."""

import json
import re
import unicodedata
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Any, Final

from data.datelines import day_in
from data.errors import BadInput
from data.sentences import Stretch, is_blank

_ATTRIBUTES: Final = r"""(?:[^>=]|=\s*(?:"[^"]*(?:"|\Z)|'[^']*(?:'|\Z))?)*+(?:>|\Z)"""
_UNSHOWN: Final = r"(script|style|template|textarea|title|noscript|iframe)\b"
# What nobody closes runs to the end of the page, so that reading takes linear time; the parser of
# the standard library takes 40 seconds for 60 kB of "<a " and raises AssertionError on "<![".
_TOKEN: Final = re.compile(
    r"(?is)<!--(?:-?>|.*?(?:--!?>|\Z))"
    rf"|<{_UNSHOWN}{_ATTRIBUTES}.*?(?:</\1\b[^>]*(?:>|\Z)|\Z)"
    rf"|<[a-z/!?]{_ATTRIBUTES}"
    r"|(?P<entity>&(?:#\w{1,10}|\w{1,40});?)"
)
_ITEM: Final = "- "
_FAR: Final = 100_000  # characters within which a line is looked for
_NEAR: Final = 5_000  # characters within which a part of a changed line is looked for
_PART: Final = 12  # characters by which a part is found
_LOST: Final = 200  # lines of a text, or words of a line: after so many in vain the search ends
_TITLE: Final = 300  # characters; a longer one is a heading that nobody closed
_META: Final = {
    *("article:published_time", "article:published", "og:published_time", "datepublished"),
    *("pubdate", "publishdate", "publish-date", "date", "dc.date", "dc.date.issued"),
    *("dcterms.created", "parsely-pub-date", "sailthru.date"),
}
_CELLS: Final = ("tbody", "thead", "tfoot", "tr", "td", "th")


@dataclass(frozen=True)
class SourceMap:
    """An extracted text, each of its characters with its place among those that the page shows.

    `places` has -1 for characters that are blank or were not found; a shown character stands at
    source[starts[place]:ends[place]].
    """

    text: str
    places: Sequence[int]
    starts: Sequence[int]
    ends: Sequence[int]

    def stretch(self, start: int, end: int) -> tuple[int, int] | None:
        """The stretch of the source that shows text[start:end] and beside it nothing but blanks.

        The dash that the extraction puts before a list's item is read over. None where it added,
        left out or changed another character.
        """
        if self.text.startswith(_ITEM, start, end) and self.places[start] < 0:
            start += len(_ITEM)
        places = [self.places[i] for i in range(start, end) if _key(self.text[i])]
        if not places or places[0] < 0 or places != list(range(places[0], places[0] + len(places))):
            return None
        return self.starts[places[0]], self.ends[places[-1]]


@dataclass(frozen=True)
class Extracted:
    """The article's text under the page's title, its map, and the day that the tags tell."""

    text: str
    source_map: SourceMap | None = None
    published: str | None = None


def extract(source: str) -> Extracted:
    """What trafilatura finds in the page. Raises BadInput where it finds no article."""
    import trafilatura

    whole = source if re.search("(?i)<html", source) else f"<html><body>{source}</body></html>"
    try:
        tree = trafilatura.load_html(whole)
        if tree is None:
            raise ValueError("none")
        published = _published(tree)
        _unfold_tables(tree)
        document = trafilatura.bare_extraction(tree, include_comments=False, with_metadata=True)
    except (ValueError, RecursionError) as error:
        raise BadInput("readable HTML", str(error)[:80], "paste the article's text") from None
    text = (getattr(document, "text", None) or "").strip()
    if not text:
        raise BadInput("an article in the HTML page", "none", "paste the article's text instead")
    title = (getattr(document, "title", None) or "").strip()
    if 0 < len(title) <= _TITLE and not text.startswith(title):
        text = f"{title}\n\n{text}"
    return Extracted(text, map_source(text, source), published)


def _unfold_tables(tree: Any) -> None:
    """Makes blocks of the tables that lay out a page, as those of data hold no block."""
    for table in list(tree.iter("table")):
        if next(table.iter("p", "h1", "h2", "br", "div"), None) is not None:
            for element in list(table.iter("table", *_CELLS)):
                element.tag = "div"


def _published(tree: Any) -> str | None:
    """The day on which the page says in its tags that it was published, as YYYY-MM-DD."""
    for told in (_meta(tree), _linked(tree), _times(tree)):
        for value in told:
            if day := day_in(value[:40]):
                return day
    return None


def _meta(tree: Any) -> Iterator[str]:
    for meta in tree.iter("meta"):
        names = {(meta.get(key) or "").lower() for key in ("property", "name", "itemprop")}
        if names & _META:
            yield meta.get("content") or ""


def _linked(tree: Any) -> Iterator[str]:
    """The dates of the articles in the page's JSON-LD, outer ones first."""
    for script in tree.iter("script"):
        if (script.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            nodes = deque([json.loads(script.text or "")])
        except (ValueError, RecursionError):
            continue
        while nodes:
            node = nodes.popleft()
            if isinstance(node, dict):
                if re.search("Article|Posting|Report", str(node.get("@type"))):
                    yield str(node.get("datePublished"))
                nodes.extend(node.values())
            elif isinstance(node, list):
                nodes.extend(node)


def _times(tree: Any) -> Iterator[str]:
    """The article's own <time>; nothing where several of them tell different days."""
    times = [time for part in tree.iter("article", "main") for time in part.iter("time")]
    marked = [time for time in times if {"itemprop", "pubdate"} & set(time.attrib)]
    values = [time.get("datetime") or "" for time in marked or times]
    if len({value[:10] for value in values}) == 1:
        yield values[0]


def map_source(text: str, source: str) -> SourceMap:
    """Finds the lines of `text`, extracted from the HTML page `source`, in their order there."""
    shown, starts, ends = _shown(source)
    places = array("l", [-1]) * len(text)
    cursor = start = lost = 0
    for line in text.splitlines(keepends=True):
        before = cursor
        for run, place in _found(text, Stretch(start, start + len(line)), shown, cursor):
            cursor = place
            for index in range(run.start, run.end):
                if _key(text[index]):
                    places[index] = cursor
                    cursor += 1
        start += len(line)
        lost += cursor == before and not line.isspace()
        if lost > _LOST:
            break
    return SourceMap(text, places, starts, ends)


def _shown(source: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The characters that a page shows, without the blank ones, and where each starts and ends."""
    keys: list[str] = []
    starts, ends = array("l"), array("l")
    for character, start, end in _characters(source):
        if key := _key(character):
            keys.append(key)
            starts.append(start)
            ends.append(end)
        elif ends and unicodedata.combining(character):
            ends[-1] = end
    return "".join(keys), starts, ends


def _characters(source: str) -> Iterator[tuple[str, int, int]]:
    """The characters outside tags, comments and scripts, entities read, and where they stand."""
    last = 0
    for match in _TOKEN.finditer(source):
        for index in range(last, match.start()):
            yield source[index], index, index + 1
        for character in unescape(match["entity"] or ""):
            yield character, *match.span()
        last = match.end()
    for index in range(last, len(source)):
        yield source[index], index, index + 1


def _found(text: str, line: Stretch, shown: str, cursor: int) -> Iterator[tuple[Stretch, int]]:
    """The line and its place in what is shown, or the runs of its words that are found there."""
    keys = _keys(line.of(text))
    for start in (cursor, 0):
        if keys and (place := shown.find(keys, start, start + _FAR + len(keys))) >= 0:
            yield line, place
            return
    yield from _runs(text, line, shown, cursor)


def _runs(text: str, line: Stretch, shown: str, cursor: int) -> Iterator[tuple[Stretch, int]]:
    """The longest runs of the line's words that the page shows together, in order."""
    matches = re.finditer(r"\S+", line.of(text))
    words = [(match.span(), keys) for match in matches if (keys := _keys(match[0]))]
    first = lost = 0
    while first < len(words) and lost < _LOST:
        last, keys = first, ""
        while last < len(words) and len(keys) < _PART:
            keys += words[last][1]
            last += 1
        reach = _NEAR if len(keys) >= _PART else 2 * _PART
        place = shown.find(keys, cursor, cursor + reach)
        if place < 0:
            first, lost = first + 1, lost + 1
            continue
        cursor = place + len(keys)
        while last < len(words) and shown.startswith(words[last][1], cursor):
            cursor += len(words[last][1])
            last += 1
        yield Stretch(line.start + words[first][0][0], line.start + words[last - 1][0][1]), place
        first = last


def _keys(text: str) -> str:
    return "".join(map(_key, text))


@lru_cache(maxsize=1 << 16)
def _key(character: str) -> str:
    """What the character is compared by: its letter without accents; "" where it shows nothing.

    Extraction joins letters and accents and drops soft hyphens and control characters.
    """
    if is_blank(character) or not character.isprintable() or unicodedata.combining(character):
        return ""
    return unicodedata.normalize("NFD", character)[0]
