"""Which date words of a sentence date its event, and not a plan, a comparison or a quoted act."""

import re
from collections.abc import Sequence
from typing import Final

from tagging.events.date_reading import Reading
from tagging.events.date_words import Expression
from tagging.lexicon import load_lexicon

_VERBAL: Final = frozenset({"AGREE", "REQUEST", "REJECT", "ACCUSE", "THREATEN"})
_COARSE: Final = ("date", "month", "year", "decade", "season", "ago")
_AHEAD: Final = re.compile(  # what comes after these is not yet so
    r"\b(?:will|would(?! not)|shall|should|must|might|may|can|could|cannot|unless|if|due|scheduled"
    r"|slated|expected|booked|planned (?:for|to)|set to|is to|are to|were to|was to)\b[^,;:]*\Z"
)
_PROMISED: Final = re.compile(
    r"\b(?:agree[ds]?|promise[ds]?|pledge[ds]?|vow(?:ed|s)?|undertook|offer(?:ed|s)?|threaten(?:ed|s)?"
    r"|plan(?:ned|s)?|hopes?|wants?|ask(?:ed|s)?|urge[ds]?|order(?:ed|s)?|call(?:ed|s)?)"
    r"(?: [\w'’-]+){0,4} to [^,;:]*\Z"
)
_AFTER: Final = re.compile(r"\A[^,;:.]*\b(?:will|would|shall|unless|is to|are to)\b")
_DEADLINE: Final = re.compile(
    r"\b(?:will|would|to|unless|if|not|expected|promise[ds]?|pledge[ds]?|vow(?:ed|s)?|demand\w*"
    r"|ultimatum|deadline|within|new)\b[^;]*\Z"
)
_CONTENT: Final = re.compile(
    r"\b(?:over|for|of|that|to|about|whether|because|while|when|where|with|whose|whom|which|who"
    r"|it|he|she|they|against)\b[^;]*\Z"
)
_EXTREME: Final = re.compile(
    r"\b(?:first|second|third|(?:four|fif|six|seven|eigh|nin|ten|eleven|twelf|\w+teen|\w+tie|\d)th"
    r"|worst|best|most|lowest|highest|deadliest)\b(?: [\w'’-]+){0,3} (?:of )?\Z"
)
_TO_BEGIN: Final = re.compile(
    r"\bto (?:begin|start|open|take effect|resume|end|expire|go back|return)\b[^,;:]*\Z"
)
_RELATIVE: Final = re.compile(r"\b(?:who|whom|which|that|whose|where|nobody)\b[^,;]*\Z")
_THING: Final = re.compile(r"\A (?!on |in |at |by |and |as |when |after |before |near |to )[a-z]")
_HAVING: Final = re.compile(r"\b(?:has|have|had|['’]ve|['’]s)\b([^;]*)\Z")
_PARTICIPLE: Final = re.compile(
    r"\b(?!been\b|indeed\b|hundred\b)(?:\w{2,}ed|held|kept|sat|sent|taken|left|shut|made|given|lost"
    r"|seen|stood|begun|gone|come|done|known|paid|built|run|cut|set|put|met|won|told|driven|fought"
    r"|brought|caught|led|lived|let|been)\b"
)
_CLAUSE: Final = re.compile(r"[,;:–—]| (?:and|but|who|which|that|while|when|where|after|as) ")
_REACH: Final = 400  # characters: what stands farther away is no part of the clause
_CLAUSE_COST: Final = 60  # characters that the edge of a clause is worth
_RANKS: Final = {"part": 3, "hours": 2, "same": 1, "offset": 1, "vague": 3}


def is_event_time(text: str, words: Expression, event_type: str | None) -> bool:
    """Whether the words can tell when an event of the sentence took place."""
    before = text[max(0, words.start - _REACH) : words.start]
    after = text[words.end : words.end + _REACH]
    if words.kind == "clock":
        return True
    if words.lead in ("every", "each", "for") or _is_plan(words, before, after):
        return False
    if words.lead == "since" and not _still_goes_on(before):
        return False
    if words.kind == "deictic" and words.part("which") == "this" and _EXTREME.search(before):
        return False  # "the third this month"
    if event_type in _VERBAL and words.kind in _COARSE and _CONTENT.search(before.rstrip()):
        return False
    return not _is_attribute(words, before, after)


def _is_attribute(words: Expression, before: str, after: str) -> bool:
    """Whether the words belong to a thing or to others: "the Sunday fee", "men who left in May"."""
    if words.kind == "weekday" and before.endswith((" the ", " its ", " their ")):
        return bool(_THING.search(after))
    return words.kind in ("month", "year", "season") and _tells_of_others(before)


def _is_plan(words: Expression, before: str, after: str) -> bool:
    """Whether the words tell a time to come: a deadline, a date that was set, the end of a term."""
    if words.part("which") == "next" or words.part("of") == "next" or words.part("week") == "next":
        return True
    if words.part("word") in ("tomorrow", "day after tomorrow"):
        return True
    if words.lead in ("until", "till"):
        return words.kind != "year"
    if words.lead == "before":
        return words.kind != "part"
    if words.lead == "by" and (_DEADLINE.search(before) or _AFTER.search(after)):
        return True
    if words.lead == "from" and _AFTER.search(after):
        return True
    if words.kind in ("date", "month", "season", "weekday") and _TO_BEGIN.search(before):
        return True
    if words.kind in ("date", "month", "season") and _PROMISED.search(before):
        return True
    return bool(_AHEAD.search(before)) and words.lead != "since"


def _still_goes_on(before: str) -> bool:
    """Whether "since" tells how long the act lasts: "has held since", not "the men held since"."""
    start = re.sub(r"(?i)\bsince (?:the |early |late |last |mid-?)*\Z", "", before)
    if not start.strip():
        return True
    having = _HAVING.search(start)
    return having is not None and len(_PARTICIPLE.findall(having[1])) <= 1


def _tells_of_others(before: str) -> bool:
    """Whether the words are in a relative clause behind the main verb."""
    relative = _RELATIVE.search(before)
    if relative is None:
        return False
    irregular = load_lexicon()["irregular verbs"]
    main = re.findall(r"[a-z]+", before[: relative.start()].lower())
    return any(word.endswith("ed") or word in irregular for word in main)


def choose(text: str, read: Sequence[Reading], near: Sequence[int]) -> Reading | None:
    """The words nearest to the event's mentions; without these, the latest of the most exact."""
    if near and len(read) > 1:
        return min(read, key=lambda one: sum(_distance(text, one.words, spot) for spot in near))
    return min(read, key=_order, default=None)


def _distance(text: str, words: Expression, spot: int) -> int:
    start, end = sorted((spot, words.start if words.start > spot else words.end))
    return end - start + _CLAUSE_COST * len(_CLAUSE.findall(text[start:end]))


def _order(reading: Reading) -> tuple[int, int, int]:
    words, period = reading.words, reading.period
    if period is None:
        return (9, 0, 0)
    coarse = period.precision not in ("day", "week")
    return (_RANKS.get(words.kind, 0) + 2 * coarse, -period.first.toordinal(), words.start)
