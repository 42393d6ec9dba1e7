"""What each line of a news page is: headline, body, or why it is no part of the article."""

import re
from collections.abc import Iterator
from typing import Final

from data.furniture import BOX, END, furniture

TERMINAL: Final = re.compile(r"[.!?…:;][\"”’'»)\]]*$")
_QUOTE: Final = re.compile(r"[\"“«].+[\"”»][.,]?(?: .+)?")
_BULLET: Final = re.compile(r"(?:[-–—*•▪◦●·]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+\S")
_CLAUSE: Final = re.compile(  # a sentence that lost its full stop
    r"(?:The|An?|He|She|It|They|We|His|Her|Their|But|And|In|On|At|After|Before|By|Some|Many)\b"
    r".*\b(?:was|were|had|has|have|did|said|told|left|went|came|took|\w+ed)\b.*"
)
_LONG_LINE: Final = 16  # words: an unfinished line of that length is no title
_LEADS: Final = 6  # paragraphs that a headline shares words with
_LEAD: Final = 8  # words that the first paragraph of a body has at least


class LineSorter:
    """Says of each line of a page whether it is "headline", "body", or why it is dropped."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.own = [furniture(line) for line in lines]
        self.prose = [
            own is None and _is_prose(line) for own, line in zip(self.own, lines, strict=True)
        ]
        self.last_prose = max((i for i, prose in enumerate(self.prose) if prose), default=-1)

    def reasons(self) -> list[str]:
        start = self._body_start()
        if start is None:
            return self._titles_only()
        headline = self._headline(start)
        return [self._above(index, headline) for index in range(start)] + list(self._from(start))

    def _body_start(self) -> int | None:
        """The first paragraph: of eight words or more, with the shorter ones right above it."""
        for least in (_LEAD, 2):
            for index, line in enumerate(self.lines):
                if self.prose[index] and len(line.split()) >= least:
                    while (
                        index and self.prose[index - 1] and self.lines[index - 1][-1] not in "?!:"
                    ):
                        index -= 1
                    return index
        return None

    def _titles_only(self) -> list[str]:
        """A page without a finished sentence: its lines of three words or more are the body."""
        return [
            own or ("body" if len(line.split()) >= 3 and not _is_header(line) else "navigation")
            for own, line in zip(self.own, self.lines, strict=True)
        ]

    def _headline(self, start: int) -> int | None:
        """The line above the body that shares most words with it; the first of near equals."""
        prose = [i for i in range(start, len(self.lines)) if self.prose[i]]
        body = {stem for index in prose[:_LEADS] for stem in _stems(self.lines[index])}
        shares = {
            index: len(stems & body) / len(stems)
            for index in range(start)
            if self.own[index] is None
            and 3 <= len(self.lines[index].split()) <= 30
            and (stems := _stems(self.lines[index]))
        }
        best = max(shares.values(), default=0.0)
        if best == 0:
            return max(shares, default=None)
        first = next(index for index, share in shares.items() if share >= 0.75 * best)
        # the browser's title is the headline with the site's name
        return next((i for i in shares if i > first and self.lines[i] in self.lines[first]), first)

    def _above(self, index: int, headline: int | None) -> str:
        """What a line above the body is."""
        line, own = self.lines[index], self.own[index]
        if index == headline:
            return "headline"
        if own is not None or headline is None:
            return own or "navigation"
        if self.lines[headline] in line:
            return "repeated headline"
        return "standfirst" if index > headline and len(line.split()) >= 4 else "navigation"

    def _from(self, start: int) -> Iterator[str]:
        """The body and what stands between and below its paragraphs, line by line."""
        ended = listing = teased = False
        box: list[int] | None = None  # the titles seen since the head of a box of links
        for index in range(start, len(self.lines)):
            line, own = self.lines[index], self.own[index]
            if ended or (END.fullmatch(line) and index > start):
                ended = True
                yield own or "after the article"
            elif BOX.fullmatch(line):
                box, listing, teased = [], False, False
                yield "related link"
            elif own:
                yield own
            elif box is not None and not self._resumes(index, box, teased):
                teased = teased or self.prose[index]
                box = [] if self.prose[index] else [*box, index]
                yield "related link"
            elif self.prose[index] or listing or self._belongs(index):
                item = bool(_BULLET.match(line))
                ends_list = self.prose[index] and not item and line[-1] in '.?!"”'
                box, listing = None, line[-1] == ":" or item or (listing and not ends_list)
                yield "body"
            else:
                yield self._title(index)

    def _resumes(self, index: int, titles: list[int], teased: bool) -> bool:
        """Whether the article goes on behind a box with this line, or it is a title's teaser."""
        if not self.prose[index]:
            return False
        later = next((i for i in range(index + 1, len(self.lines)) if not self.own[i]), None)
        goes_on = later is not None and self.prose[later]
        if len(titles) != 1 or len(self.lines[index].split()) >= 18:
            return bool(titles) or index == self.last_prose or goes_on
        return goes_on or (later is None and not teased)

    def _belongs(self, index: int) -> bool:
        """An item of a list, or a sentence without its full stop, with prose around it."""
        line = self.lines[index]
        if index > self.last_prose:
            return False
        before = next((i for i in range(index - 1, -1, -1) if not self.own[i]), index)
        unfinished = _CLAUSE.fullmatch(line) and len(line.split()) >= 5 and self.prose[before]
        return bool(_BULLET.match(line) or unfinished)

    def _title(self, index: int) -> str:
        if index > self.last_prose:
            return "after the article"
        return "section title" if len(self.lines[index].split()) <= 8 else "related link"


def _is_header(line: str) -> bool:
    return bool(BOX.fullmatch(line) or END.fullmatch(line))


def _is_prose(line: str) -> bool:
    """A finished sentence, a quote, or a line too long and too plain to be a title."""
    words = line.split()
    if _is_header(line):
        return False
    if len(words) == 1:
        return bool(re.fullmatch(r"[\"“]?[^\W\d_]{2,}[.!?][\"”]?", line))
    if TERMINAL.search(line):
        return line[-1] != ":" or len(words) >= 4
    if _QUOTE.fullmatch(line):
        return len(words) >= 3
    lower = sum(word[0].islower() for word in words)
    return len(words) >= _LONG_LINE and lower >= 0.4 * len(words)


def _stems(line: str) -> set[str]:
    """The first five letters of a line's longer words."""
    return {word[:5].casefold() for word in re.findall(r"[^\W\d_]{4,}", line)}
