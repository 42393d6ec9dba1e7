"""The dateline that opens an article: place, date and agency, in the ways newsrooms write it."""

import re
from dataclasses import dataclass
from typing import Final

from data.furniture import AGENCIES, DATE
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
