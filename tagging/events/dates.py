"""When the event of a sentence took place, from its own words and the article's day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from data.datelines import find_dateline
from data.sentences import Stretch
from tagging.events.date_choice import choose, is_event_time
from tagging.events.date_periods import Period
from tagging.events.date_reading import Reading, Viewpoint, read_expression
from tagging.events.date_words import Expression, find_expressions
from tagging.events.record import Precision
from tagging.questions import on_one_line

_RELATIVE = ("offset", "same", "hours", "part")  # to another day of the sentence or the story


@dataclass(frozen=True)
class Dated:
    """An event's date; [start:end] of the sentence are the words that tell it.

    `story` is the day that the article's telling has reached: what "the same evening" of the next
    sentence is the evening of.
    """

    first_day: str | None
    precision: Precision
    basis: Literal["expression", "article", "none"]
    start: int | None = None
    end: int | None = None
    background: bool = False
    story: str | None = None


def date_event(
    text: str,
    day: str | None,
    previous: Dated | None = None,
    near: Sequence[int] = (),
    event_type: str | None = None,
) -> Dated:
    """The date of an event of the sentence, by its words; without such words the article's day.

    `day` is the article's (YYYY-MM-DD), `previous` what was found for the sentence before. `near`
    tells where in the text the event's mentions start, for a sentence of several events.
    `event_type` is its PLOVER code: what a verbal act speaks of has other dates than the act. The
    date of a plan ("will march on Friday") dates no event: the event is its announcement.
    """
    flat = on_one_line(text)
    told = previous.story if previous else None
    view = Viewpoint(_parsed(day), _parsed(told))
    behind = _behind_dateline(flat)
    usable = [
        words
        for words in find_expressions(flat)
        if words.start >= behind and is_event_time(flat, words, event_type)
    ]
    best = choose(flat, [one for one in _read(usable, view) if not _to_come(one, view)], near)
    if best is None:
        basis: Literal["article", "none"] = "article" if day else "none"
        return Dated(day, "unknown", basis, story=told)
    return _dated(best.words, best.period, view.day, told)


def _parsed(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None


def _behind_dateline(text: str) -> int:
    dateline = find_dateline(text, Stretch(0, len(text)))
    return dateline.end if dateline else 0


def _read(usable: list[Expression], view: Viewpoint) -> list[Reading]:
    """What the words mean; "the night before" goes by another day of the sentence, if one is."""
    read = [
        Reading(words, read_expression(words, view))
        for words in usable
        if words.kind not in _RELATIVE
    ]
    told = [one.period for one in read if one.period]
    days = [period.first for period in told if period.precision == "day"]
    for words in usable:
        if words.kind in _RELATIVE:
            years = [period.first for period in told if words.part("unit") in ("month", "year")]
            near = next(iter(days + years), view.story)
            read.append(Reading(words, read_expression(words, Viewpoint(view.day, near))))
    return read


def _to_come(reading: Reading, view: Viewpoint) -> bool:
    """Whether the words mean a time after tomorrow; a dateline may be a day behind its words."""
    tomorrow = view.day + timedelta(days=1) if view.day else None
    return bool(tomorrow and reading.period and reading.period.first > tomorrow)


def _dated(words: Expression, period: Period | None, day: date | None, told: str | None) -> Dated:
    if period is None:
        long = words.kind == "vague" and words.part("unit") not in ("days", "weeks")
        return Dated(None, "unknown", "expression", words.start, words.end, long, told)
    first = period.first.isoformat()
    ongoing = words.lead == "since" or words.part("which") == "this"
    past = words.kind == "decade" or (day is not None and period.is_background(day))
    background = past and not ongoing
    moves = period.precision == "day" and not background
    return Dated(
        first_day=first,
        precision=period.precision,
        basis="expression",
        start=words.start,
        end=words.end,
        background=background,
        story=first if moves else told,
    )
