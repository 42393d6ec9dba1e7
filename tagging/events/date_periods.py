"""Days, weeks, months, seasons and years on the calendar, and steps between them."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tagging.events.record import Precision

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SEASONS: Final = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # first month
_LENGTHS: Final = {"day": 1, "week": 7, "month": 31, "season": 91, "year": 365, "unknown": 1}
_LONG_AGO: Final = timedelta(days=21)


@dataclass(frozen=True)
class Period:
    """A stretch of the calendar: its first day and how long it is."""

    first: date
    precision: Precision

    def is_background(self, day: date) -> bool:
        """Whether the middle of it lies three weeks or more before the day."""
        half = timedelta(days=_LENGTHS[self.precision] // 2)
        return day - self.first - half >= _LONG_AGO


def day_of(day: date) -> Period:
    """The day itself."""
    return Period(day, "day")


def week_of(day: date) -> Period:
    """The day's week, from its Monday."""
    return Period(day - timedelta(days=day.weekday()), "week")


def month_of(day: date) -> Period:
    """The day's month."""
    return Period(day.replace(day=1), "month")


def year_of(year: int) -> Period:
    """The year from its first of January."""
    return Period(date(year, 1, 1), "year")


def season(name: str, year: int) -> Period:
    """The northern season that starts in that year: spring in March, winter in December."""
    return Period(date(year, _SEASONS[name], 1), "season")


def last_season(name: str, day: date) -> Period:
    """The season of that name that has begun last by the day."""
    this_year = season(name, day.year)
    return this_year if this_year.first <= day else season(name, day.year - 1)


def last_weekday(name: str, day: date) -> date:
    """The last such weekday that is not after the day."""
    return day - timedelta(days=(day.weekday() - WEEKDAYS.index(name[:3].lower())) % 7)


def last_date(month: int, number: int, day: date) -> date | None:
    """The last such day of a month that is not after tomorrow, None where there is no such day."""
    for year in range(day.year, day.year - 5, -1):  # 29 February comes every four years
        if number <= monthrange(year, month)[1]:
            found = date(year, month, number)
            if found <= day + timedelta(days=1):  # a dateline may be a day behind its words
                return found
    return None


def last_month(month: int, day: date) -> date:
    """The first day of the last such month that has begun by the day."""
    return date(day.year if month <= day.month else day.year - 1, month, 1)


def stepped(day: date, number: int, unit: str) -> Period | None:
    """The period so many units after the day (before it, if negative); None out of the calendar."""
    try:
        if unit == "day":
            return day_of(day + timedelta(days=number))
        if unit == "week":
            return week_of(day + timedelta(weeks=number))
        if unit == "month":
            months = day.year * 12 + day.month - 1 + number
            return Period(date(months // 12, months % 12 + 1, 1), "month")
        years = number * 10 if unit == "decade" else number
        return year_of(day.year + years)
    except (ValueError, OverflowError):
        return None
