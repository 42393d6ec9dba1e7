"""What stretch of the calendar date words mean, seen from an article's day and its story's day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tagging.events.date_periods import (
    MONTHS,
    Period,
    day_of,
    last_date,
    last_month,
    last_season,
    last_weekday,
    month_of,
    season,
    stepped,
    week_of,
    year_of,
)
from tagging.events.date_words import Expression

_HOLIDAYS: Final = {
    "christmas day": (12, 25), "christmas eve": (12, 24), "new year's day": (1, 1),
    "new year's eve": (12, 31), "may day": (5, 1),
}  # fmt: skip
_SMALL: Final = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_NAMED_TENS: Final = ("twen", "thir", "for", "fif", "six", "seven", "eigh", "nine")
_STEPS: Final = {
    "day before yesterday": -2, "yesterday": -1, "tomorrow": 1, "day after tomorrow": 2,
}  # fmt: skip
_PART_UNITS: Final = ("day", "night", "evening", "morning", "afternoon", "hour")


@dataclass(frozen=True)
class Viewpoint:
    """The article's day, and the day that its story has reached; None where unknown."""

    day: date | None
    story: date | None = None

    @property
    def now(self) -> date | None:
        """What "the same day" and "two days later" start from."""
        return self.story or self.day


@dataclass(frozen=True)
class Reading:
    """Date words and the period that they mean; None where it cannot be told."""

    words: Expression
    period: Period | None


def read_expression(words: Expression, view: Viewpoint) -> Period | None:
    """The period that the words mean, None where it cannot be told.

    Words that leave the week, month or year open mean the last that has begun by the article's day.
    """
    try:
        period = _READERS[words.kind](words, view)
    except ValueError:  # 31 June
        return None
    if words.kind == "offset" and period and view.day and period.first > view.day:
        return Period(view.day, "unknown")  # "a day later" of a day that is not known
    return period


def _date(words: Expression, view: Viewpoint) -> Period | None:
    holiday = words.part("holiday").replace("’", "'")
    if holiday:
        month, number = _HOLIDAYS[holiday]
    else:
        month, number = _month_number(words), int(words.part("number"))
    if year := words.part("year"):
        return day_of(date(int(year), month, number))
    found = last_date(month, number, view.day) if view.day else None
    return day_of(found) if found else None


def _month_number(words: Expression) -> int:
    month = words.part("month")
    return int(month) if month.isdigit() else MONTHS.index(month[:3]) + 1


def _month(words: Expression, view: Viewpoint) -> Period | None:
    number = _month_number(words)
    if year := words.part("year"):
        first = date(int(year), number, 1)
    elif view.day is None:
        return None
    elif words.part("of"):
        first = date(view.day.year - (words.part("of") == "last"), number, 1)
    else:
        first = last_month(number, view.day)
        if words.part("which") == "last" and first == month_of(view.day).first:
            first = first.replace(year=first.year - 1)
    nth = words.part("nth")
    if not nth:
        return month_of(first)
    next_month = month_of(first + timedelta(days=31)).first
    weeks = ("first", "second", "third", "fourth")
    inside = (
        next_month - timedelta(days=4)
        if nth == "last"
        else first + timedelta(days=3 + 7 * weeks.index(nth))
    )
    return week_of(inside)


def _year(words: Expression, view: Viewpoint) -> Period:
    return year_of(int(words.part("year")))


def _decade(words: Expression, view: Viewpoint) -> Period:
    if year := words.part("year"):
        first = int(year)
    else:
        first = 1900 + 10 * (_NAMED_TENS.index(words.part("tens")) + 2)
    return Period(date(first, 1, 1), "unknown")


def _season(words: Expression, view: Viewpoint) -> Period | None:
    name, of = words.part("season"), words.part("of")
    if year := words.part("year"):
        return season(name, int(year))
    if view.day is None:
        return None
    if of:
        return season(name, view.day.year - (of == "last"))
    latest = last_season(name, view.day)
    if words.part("which") == "last" and (view.day - latest.first).days < 91:
        return season(name, latest.first.year - 1)
    return latest


def _weekday(words: Expression, view: Viewpoint) -> Period | None:
    if view.day is None:
        return None
    name, week, which = words.part("weekday"), words.part("week"), words.part("which")
    if week:
        monday = week_of(view.day).first + timedelta(weeks={"last": -1, "this": 0, "next": 1}[week])
        return day_of(last_weekday(name, monday + timedelta(days=6)))
    if which == "next":
        return day_of(last_weekday(name, view.day + timedelta(days=7)))
    before = timedelta(days=which == "last")
    return day_of(last_weekday(name, view.day - before))


def _deictic(words: Expression, view: Viewpoint) -> Period | None:
    """Words that point from the article's day: "yesterday", "last night", "this week"."""
    if view.day is None:
        return None
    word, unit, which = words.part("word"), words.part("unit"), words.part("which")
    if word:
        steps = {
            "yesterday": -1,
            "tomorrow": 1,
            "day before yesterday": -2,
            "day after tomorrow": 2,
        }
        return stepped(view.day, steps.get(word, 0), "day")
    if unit == "weekend":
        saturday = last_weekday("saturday", view.day)
        return week_of(saturday + timedelta(weeks=which == "next"))
    step = {"last": -1, "next": 1}.get(which, 0)
    return stepped(view.day, step, unit if unit in ("week", "month", "year") else "day")


def _ago(words: Expression, view: Viewpoint) -> Period | None:
    return _counted(words, view.day, -1)


def _offset(words: Expression, view: Viewpoint) -> Period | None:
    """Words that point from the story's day: "two days later", "the night before"."""
    sign = 1 if words.part("later") else -1
    if sign == 1 and view.story is None:
        return Period(view.day, "unknown") if view.day else None
    if one := words.part("one"):
        unit = "day" if one in _PART_UNITS else one
        return stepped(view.now, sign, unit) if view.now else None
    return _counted(words, view.now, sign)


def _counted(words: Expression, start: date | None, sign: int) -> Period | None:
    number, unit = _count(words.part("count")), words.part("unit")
    if start is None:
        return None
    if unit == "fortnight":
        number, unit = 2 * number, "week"
    return stepped(start, sign * number, "day" if unit == "night" else unit)


def _count(word: str) -> int:
    if word.isdigit():
        return int(word)
    return _SMALL.index(word) + 1 if word in _SMALL else _TENS.get(word, 1)


def _same(words: Expression, view: Viewpoint) -> Period | None:
    """The story's day; without a story "that day" is the article's or one near it."""
    unit = words.part("unit")
    if view.now is None:
        return None
    if unit in ("week", "month"):
        return stepped(view.now, 0, unit)
    return Period(view.now, "day" if view.story else "unknown")


def _hours(words: Expression, view: Viewpoint) -> Period | None:
    start = view.day if words.part("ago") else view.now
    return day_of(start) if start else None


def _vague(words: Expression, view: Viewpoint) -> Period | None:
    """Days ago is about the article's day; years ago can be any."""
    near = words.part("unit") == "days" and view.day is not None
    return Period(view.day, "unknown") if near and view.day else None


def _clock(words: Expression, view: Viewpoint) -> Period | None:
    """A time of the clock before a live report's entry: the article's day."""
    return day_of(view.day) if view.day else None


def _part(words: Expression, view: Viewpoint) -> Period | None:
    return day_of(view.now) if view.now else None


_READERS: Final[dict[str, Callable[[Expression, Viewpoint], Period | None]]] = {
    "date": _date,
    "month": _month,
    "year": _year,
    "decade": _decade,
    "season": _season,
    "weekday": _weekday,
    "deictic": _deictic,
    "ago": _ago,
    "offset": _offset,
    "same": _same,
    "hours": _hours,
    "vague": _vague,
    "clock": _clock,
    "part": _part,
}
