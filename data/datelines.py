"""The dateline that opens an article, and the article's day as the page tells it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from data.furniture import AGENCIES, DATE, MONTH
from data.sentences import Stretch, trimmed

_UPPER: Final = r"[A-Z][A-Z'’.-]*[A-Z.](?:[ /-][A-Z][A-Z'’.-]+){0,5}"
_MIXED: Final = r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,2}"
_STATE: Final = rf"(?:, (?!{DATE}\b)[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]+){{0,3}})?"  # or province
_AGENCY: Final = r"\((?P<agency>[^()\n]{2,40})\)"
_END: Final = r"(?:\s*(?:--+|[–—])\s*|\s+-(?:\s+|$)|:\s+)"
_PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<place>{_UPPER}{_STATE})(?:, (?P<date>{DATE}))?(?:,? {_AGENCY})?{_END}",
        rf"(?P<place>{_MIXED}{_STATE}), (?P<date>{DATE})(?:,? {_AGENCY})?{_END}",
        rf"(?P<place>{_MIXED}{_STATE})(?:, (?P<date>{DATE}))? {_AGENCY}{_END}",
        rf"(?P<place>{_MIXED}{_STATE})\s+[–—]\s+(?=[\"“A-Z\d])",
        rf"(?P<place>{_UPPER})\. (?P<date>{DATE})\. (?:/(?P<agency>[A-Z-]+)/\. |{AGENCIES} - )",
        rf"(?P<place>{_UPPER}{_STATE}), (?P<date>{DATE})(?:,? {_AGENCY})?\s*$",
        rf"(?P<place>{_UPPER}{_STATE}) {_AGENCY}\s*$",
    )
)
_LONGEST: Final = 160  # characters
_YEAR: Final = r"(?P<year>(?:19|20)\d\d)"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DAYS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d){_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)",
        rf"(?<!\d){_DAY} (?P<month>{MONTH})(?:,? {_YEAR})?\b",
        rf"\b(?P<month>{MONTH}) {_DAY}(?:,? {_YEAR})?\b",
        rf"(?<!\d)(?P<day>\d{{1,2}})[/.](?P<month>\d{{1,2}})[/.]{_YEAR}(?!\d)",
    )
)
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"
_LATE: Final = timedelta(days=31)  # an article is published at most so long after its dateline
_EARLY: Final = timedelta(days=1)  # or so long before it, across time zones
_PUBLISHED: Final = re.compile(r"(?i)\b(?:published|posted|issued|created|released)\b")
_CHANGED: Final = re.compile(r"(?i)\b(?:updated|modified)\b")


@dataclass(frozen=True)
class Dateline:
    """Place, date and agency as written before the first sentence ("" where not given)."""

    start: int
    end: int
    place: str
    date: str
    agency: str


def find_dateline(text: str, paragraph: Stretch) -> Dateline | None:
    """The dateline at the start of the paragraph, with the dash or colon behind it, or None."""
    opening = text[paragraph.start : min(paragraph.end, paragraph.start + _LONGEST)]
    for pattern in _PATTERNS:
        if match := pattern.match(opening):
            found = match.groupdict()
            place, date, agency = (found.get(key) or "" for key in ("place", "date", "agency"))
            end = trimmed(text, paragraph.start, paragraph.start + match.end()).end
            return Dateline(paragraph.start, end, place, date, agency)
    return None


@dataclass(frozen=True)
class ArticleDay:
    """The article's day as YYYY-MM-DD, and what tells it: a stretch of the text, or the tags."""

    iso: str
    told: Stretch | Literal["meta"]


def article_day(
    text: str, dateline: Dateline | None, lines: list[Stretch], tags: str | None
) -> ArticleDay | None:
    """The day of the dateline, or else of publication, as `lines` or the page's tags tell it.

    A dateline without a year takes that of the day of publication, if that day follows closely.
    """
    published = _published(text, lines, tags)
    if dateline is None or not (written := next(_days(dateline.date), None)):
        return published
    place = Stretch(dateline.start, dateline.end)
    year, month, number = written
    if year is not None:
        day = _day(year, month, number)
        return published if day is None else ArticleDay(day.isoformat(), place)
    if published is not None:
        last = date.fromisoformat(published.iso)
        for near in (last.year, last.year - 1, last.year + 1):
            day = _day(near, month, number)
            if day is not None and -_EARLY <= last - day <= _LATE:
                return ArticleDay(day.isoformat(), place)
    return published


def day_in(text: str) -> str | None:
    """The first day with a year in the text, as YYYY-MM-DD; 3/4/2009 could be two and is none."""
    for year, month, number in _days(text):
        if year is not None and (day := _day(year, month, number)):
            return day.isoformat()
    return None


def tells_publication(line: str) -> bool:
    """Whether the line says of itself that it tells when the article was published."""
    return bool(_PUBLISHED.search(line))


def _published(text: str, lines: list[Stretch], tags: str | None) -> ArticleDay | None:
    """By a line, or by the tags; by a line that tells of a change where nothing else does."""
    told = [ArticleDay(day, line) for line in lines if (day := day_in(_said(line.of(text))))]
    changed = [one for one in told if one.told != "meta" and _is_change(one.told.of(text))]
    first = [one for one in told if one not in changed]
    meta = [ArticleDay(tags, "meta")] if tags else []
    return next(iter((*first, *meta, *changed)), None)


def _said(line: str) -> str:
    """What follows the word "published", where the line tells of a change too."""
    match = _PUBLISHED.search(line)
    return line[match.end() :] if match and day_in(line[match.end() :]) else line


def _is_change(line: str) -> bool:
    return bool(_CHANGED.search(line)) and not _PUBLISHED.search(line)


def _days(text: str) -> Iterator[tuple[int | None, int, int]]:
    """Year (None where not written), month and day of what looks like a date, in order."""
    matches = [match for pattern in _DAYS for match in pattern.finditer(text)]
    for match in sorted(matches, key=lambda match: match.start()):
        year, month, day = match["year"], match["month"], int(match["day"])
        if not month.isdigit():
            number = _MONTHS.index(month[:3].lower()) // 3 + 1
        elif "-" in match[0] or int(month) == day:
            number = int(month)
        elif int(month) > 12 or day > 12:
            number, day = sorted((int(month), day))
        else:
            continue
        yield int(year) if year else None, number, day


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
