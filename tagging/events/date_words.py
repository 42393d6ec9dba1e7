"""Finds the words of a sentence that tell a day, a week, a month or a year."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal[
    "date", "month", "year", "decade", "season", "weekday", "deictic", "ago", "offset", "same",
    "hours", "vague", "clock", "part",
]  # fmt: skip

_DAYS: Final = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_WEEKDAY: Final = (
    rf"(?P<weekday>{_DAYS}|{_DAYS.upper()}|(?:Tues|Thurs)\b\.?|Wed\."
    r"|(?<=\b[Oo]n )(?:Mon|Fri|Sat|Sun)\.)"
)
_NAMES: Final = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
_SHORT: Final = "(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
_MONTH: Final = rf"(?P<month>{_NAMES}|{_SHORT}\.)"
# beside a day, where "Jan" is nobody and "MAY" no verb
_DATE_MONTH: Final = rf"(?P<month>{_NAMES}|{_NAMES.upper()}|{_SHORT}\b\.?|{_SHORT.upper()}\b\.?)"
_YEAR: Final = r"(?P<year>(?:1[5-9]|20)\d\d)(?![\d,]*\d)"
_NUMBER: Final = r"(?P<number>[0-3]?\d)"
_HOLIDAY: Final = r"(?P<holiday>Christmas (?:Day|Eve)|New Year['’]s (?:Day|Eve)|May Day)"
_WHICH: Final = r"(?P<which>[Ll]ast|[Nn]ext|[Tt]his|[Tt]hat|[Tt]he (?:same|previous|following))"
_PART: Final = r"(?:dawn|morning|lunchtime|noon|afternoon|evening|night)"
_COUNT: Final = (
    r"(?P<count>\d+|(?i:an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen"
    r"|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty))"
)
_UNIT: Final = r"(?P<unit>day|night|week|fortnight|month|year|decade)s?"
_SEASON: Final = r"(?P<season>(?i:spring|summer|autumn|winter)|(?<=last )fall|(?<=this )fall)"
_BACK: Final = r"(?P<back>earlier|before(?! (?:the|an?|his|her|its|their|yesterday|[A-Z])\b))"
# the names that days give to other things: "Friday prayers", "Bloody Sunday"
_NO_DAY: Final = (
    r"(?i:(?<!Black )(?<!Bloody )(?<!Palm )(?<!Easter )(?<!Good )(?<!every )(?<!each ))"
)
_THINGS: Final = r"(?! (?i:prayers?|mosque|market|sermon|league|times|post|newspaper)\b)"

_WRITTEN: Final[tuple[tuple[Kind, str], ...]] = (
    ("date", r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<number>\d\d)(?!\d)"),
    ("date", rf"\b{_DATE_MONTH} {_NUMBER}(?:st|nd|rd|th)?\b(?![,.]?\d| percent)(?:,? {_YEAR})?"),
    ("date", rf"(?<![\d.,])(?<!the ){_NUMBER} {_DATE_MONTH}(?:,? {_YEAR})?(?!\w)"),
    ("date", rf"(?<!\w){_NUMBER}(?:st|nd|rd|th) (?:of )?{_DATE_MONTH}(?:,? {_YEAR})?(?!\w)"),
    ("date", rf"\b{_HOLIDAY}(?:,? {_YEAR})?\b"),
    (
        "weekday",
        rf"\b{_NO_DAY}(?:{_WHICH} )?(?:(?:early|late) )?{_WEEKDAY}(?![sS]\b){_THINGS}"
        rf"(?: (?:early |late )?{_PART})?(?: (?:of )?(?P<week>last|this|next) week)?",
    ),
    (
        "month",
        rf"\b(?:(?P<nth>first|second|third|fourth|last) week of )?(?:{_WHICH} )?"
        rf"(?:[Mm]id-|[Ee]arly |[Ll]ate )?{_MONTH}(?:,? (?:of )?{_YEAR}| (?P<of>last|this)"
        r" year)?(?!\w)",
    ),
    (
        "season",
        rf"\b(?:{_WHICH} |[Tt]he )?(?:(?:early|late) )?{_SEASON}"
        rf"(?: (?:of )?(?:{_YEAR}|(?P<of>last|this|next) year))?\b",
    ),
    (
        "decade",
        r"\b(?:early |late |mid-)?(?:(?P<year>(?:1[5-9]|20)\d0)s|(?P<tens>twen|thir|for|fif|six"
        r"|seven|eigh|nine)ties)\b",
    ),
    ("ago", rf"\b{_COUNT} {_UNIT} ago\b"),
    ("offset", rf"\b{_COUNT} {_UNIT} (?:{_BACK}|(?P<later>later))\b"),
    ("offset", rf"\b[Tt]he (?P<one>day|night|evening|morning|week|month|year) {_BACK}\b"),
    (
        "offset",
        r"\b(?:(?:[Tt]he )?(?P<later>next|following)|[Tt]he (?P<back>previous)) (?P<one>day"
        r"|night|evening|morning|afternoon)\b",
    ),
    (
        "same",
        r"\b(?:(?:[Tt]he |that )?(?:very )?same|[Tt]hat) (?P<unit>day|night|evening|morning"
        r"|afternoon|week|month|hour)\b",
    ),
    (
        "hours",
        rf"\b(?:(?:{_COUNT}|(?:[Aa] )?few|several)? ?[Hh]ours? (?:earlier|later|before(?=[,.;])"
        r"|(?P<ago>ago))|[Ww]ithin (?:an |the )?hours?)\b",
    ),
    ("deictic", r"\b(?:[Tt]he )?(?P<word>day (?:before yesterday|after tomorrow))\b"),
    ("deictic", r"\b(?P<word>[Yy]esterday|[Tt]oday|[Tt]onight|[Tt]omorrow|[Oo]vernight)\b"),
    ("deictic", rf"\b(?P<which>[Tt]his|[Ll]ast) (?P<unit>{_PART})\b"),
    (
        "deictic",
        r"\b(?:(?:[Ee]arlier|[Ll]ater?) )?(?P<which>[Tt]his|[Ll]ast|[Nn]ext)"
        r" (?P<unit>week|month|year|weekend)\b(?! of\b)",
    ),
    ("deictic", r"\b(?:at|over|during) the (?P<unit>weekend)\b"),
    ("vague", r"\b(?:(?P<unit>days|weeks|months|years|decades|centuries|long) ago)\b"),
    (
        "year",
        rf"(?:(?<=\b[Ii]n )|(?<=\b[Ss]ince )|(?<=\b[Uu]ntil )|\b(?:[Ee]arly |[Ll]ate |[Mm]id-)"
        rf"|\bback in ){_YEAR}(?!-)",
    ),
    ("clock", r"\A[0-2]?\d(?:[:.]?[0-5]\d)(?: ?(?:[ap]\.?m\.?|GMT|UTC|local))?(?= ?[-–—:] )"),
    (
        "part",
        r"\b(?:(?:[Ss]hortly |[Jj]ust |[Ss]oon )?(?:[Bb]efore|[Aa]t|[Bb]y|[Aa]fter|[Aa]round)"
        r" (?:first light|dawn|daybreak|sunrise|breakfast|lunch|noon|midday|nightfall|supper"
        r"|dusk|dark|sunset|evening|midnight)|[Ii]n the (?:early |late )?(?:morning|afternoon"
        r"|evening|small hours)|[Ll]ate in the (?:day|evening))\b",
    ),
)
_PATTERNS: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _WRITTEN)


@dataclass(frozen=True)
class Expression:
    """Date words at text[start:end]: what kind they are, and their parts ("" where not there).

    `lead` is the word that governs them: "on", "since", "until", "of".
    """

    kind: Kind
    start: int
    end: int
    parts: dict[str, str]
    lead: str

    def part(self, name: str) -> str:
        """A part in lower case, "" where it is not there."""
        return self.parts.get(name, "")


def find_expressions(text: str) -> list[Expression]:
    """The date words in order; they do not overlap. Durations ("for two days") are none."""
    found: list[Expression] = []
    covered = bytearray(len(text))
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(covered[match.start() : match.end()]):
                continue
            for words in _expressions(kind, match):
                covered[words.start : words.end] = b"\1" * (words.end - words.start)
                found.append(words)
    return sorted(found, key=lambda one: one.start)


def _expressions(kind: Kind, match: re.Match[str]) -> Iterator[Expression]:
    parts = {name: value.lower() for name, value in match.groupdict().items() if value}
    lead = _lead(match.string, match.start())
    if kind == "month" and not _is_time(parts, lead):
        return
    if kind == "season" and not (lead or "year" in parts or "which" in parts):
        return
    if kind == "weekday" and lead == "a":
        return  # "a Saturday of rugby", "for a third Monday"
    yield Expression(kind, match.start(), match.end(), parts, lead)


_SKIPPED: Final = re.compile(
    r"(?:(?:the|early|late|mid|about|around|shortly|both|on|end|start|beginning|middle|last|first"
    r"|days?|half) (?:of )?)*\Z",
    re.IGNORECASE,
)
_LEADS: Final = re.compile(
    r"\b(on|in|at|by|until|till|before|after|from|since|of|during|over|for|throughout|through"
    r"|between|into|a|an|every|each) \Z",
    re.IGNORECASE,
)
_REACH: Final = 60  # characters
_ORDINAL: Final = re.compile(r"\ba (?:\w+(?:th|st|nd|rd)|second|third) \Z")


def _lead(text: str, start: int) -> str:
    """The preposition before the words, over articles and "the end of"; "" where there is none."""
    before = text[max(0, start - _REACH) : start]
    if _ORDINAL.search(before):
        return "a"
    skipped = _SKIPPED.search(before)
    direct = _LEADS.search(before)
    if direct and direct[1].lower() not in ("on", "of"):
        return direct[1].lower()
    led = _LEADS.search(before[: skipped.start()]) if skipped else None
    found = led or direct
    return found[1].lower() if found else ""


def _is_time(parts: dict[str, str], lead: str) -> bool:
    """Whether the month is when something is, not what it is called ("the July dance festival")."""
    told = {"year", "which", "of", "nth"} & parts.keys()
    return bool(told) or lead not in ("", "for", "a", "an", "every", "each", "on", "at")
