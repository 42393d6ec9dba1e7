"""Dates of events: every form of date words, what is no date, and the hand-set dates."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.dates import GOLD, Case, GoldDates, corpus_cases, invented_cases
from data.articles import read_page
from data.strict_yaml import parse_model
from tagging.events.date_periods import Period, last_date, last_weekday, season, stepped
from tagging.events.dates import Dated, date_event

HAND_SET = parse_model(GOLD, GoldDates)
THURSDAY = "2009-03-12"
DAYS = st.dates(date(1991, 1, 1), date(2030, 12, 31))
NOT_READ = {"May was the month in which the army took Tirra."}
WORDS = st.sampled_from(
    (
        *("on", "in", "since", "until", "by", "last", "next", "this", "the", "early", "late"),
        *("Monday", "Friday's", "March", "May", "14", "31", "1994", "1990s", "2009", "week"),
        *("month", "year", "spring", "ago", "two", "three", "days", "later", "earlier", "before"),
        *("dawn", "that", "same", "evening", "will", "to", "has", "held", ",", ".", "-", "fired"),
    )
)


@pytest.mark.parametrize("case", invented_cases(HAND_SET.invented), ids=lambda case: case.text)
def test_each_form_of_date_words_is_read(case: Case) -> None:
    if case.text in NOT_READ:
        pytest.xfail("a month as the subject of its sentence")
    assert case.same, case.found
    assert case.found.background == case.gold.background


def test_hand_set_dates_are_met_as_often_as_reported() -> None:
    cases = list(corpus_cases(HAND_SET.corpus))
    all_of = Counter(case.part for case in cases)
    right = Counter(case.part for case in cases if case.same)
    assert all_of == {"rules": 123, "words": 76, "final": 117}
    assert right["rules"] >= 114 and right["words"] >= 74 and right["final"] >= 107


def test_no_event_has_two_hand_set_dates() -> None:
    events = Counter((row.article, row.sentence, row.type) for row in HAND_SET.corpus)
    assert max(events.values()) == 1


def test_the_evidence_is_the_words_themselves() -> None:
    text = "Rebels shelled the market late on Tuesday night, and the mayor fled."
    dated = date_event(text, THURSDAY)
    assert text[dated.start : dated.end] == "Tuesday night"


def test_words_over_a_line_end_are_read() -> None:
    text = "Gunmen burned the mill two\nweeks ago."
    dated = date_event(text, THURSDAY)
    assert (dated.first_day, dated.precision) == ("2009-02-23", "week")
    assert text[dated.start : dated.end] == "two\nweeks ago"


def test_events_of_one_sentence_have_their_own_dates() -> None:
    text = "Workers seized off Tirra on March 2 were let go on Tuesday by the rebels."
    seized = date_event(text, THURSDAY, near=[text.index("Tirra")])
    freed = date_event(text, THURSDAY, near=[text.index("rebels")])
    assert (seized.first_day, freed.first_day) == ("2009-03-02", "2009-03-10")


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("on 28 Feb 2009", "2009-02-28"),
        ("on Feb 28", "2009-02-28"),
        ("on Sept 5, 2008", "2008-09-05"),
        ("on the 3rd of Mar", "2009-03-03"),
        ("on MARCH 2", "2009-03-02"),
        ("on FEB. 28", "2009-02-28"),
        ("on Tues.", "2009-03-10"),
        ("on Thurs night", "2009-03-12"),
        ("on Wed. morning", "2009-03-11"),
        ("on Sat.", "2009-03-07"),
        ("on TUESDAY", "2009-03-10"),
    ],
)
def test_short_names_and_capitals_are_read(words: str, day: str) -> None:
    text = f"Rebels shelled Tirra {words} and left."
    dated = date_event(text, THURSDAY)
    assert (dated.first_day, dated.precision, dated.basis) == (day, "day", "expression")
    assert words.endswith(text[dated.start : dated.end])


def test_short_words_that_are_no_dates_date_nothing() -> None:
    for words in ("with Jan Egeland", "near 5 Marines", "on Sun Lake", "in The Sun.", "may 5 times",
                  "at FRIDAY PRAYERS", "on TUESDAYS", "after BLOODY SUNDAY"):  # fmt: skip
        dated = date_event(f"Rebels shelled Tirra {words} and left.", THURSDAY)
        assert dated.basis == "article", words


def test_the_story_goes_on_over_sentences_without_dates() -> None:
    sentences = ("Rebels took Tirra on Monday.", "The mayor fled.", "That evening a mill burned.")
    dated: Dated | None = None
    for text in sentences:
        dated = date_event(text, THURSDAY, dated)
    assert dated and (dated.first_day, dated.precision) == ("2009-03-09", "day")


def test_background_does_not_move_the_story() -> None:
    monday = date_event("Rebels took Tirra on Monday.", THURSDAY)
    past = date_event("They had burned its mill on June 3, 2004.", THURSDAY, monday)
    assert past.background
    assert date_event("The same day a bridge fell.", THURSDAY, past).first_day == "2009-03-09"


def test_without_words_the_article_dates_the_event_roughly() -> None:
    dated = date_event("The mayor fled.", THURSDAY)
    assert dated == Dated(THURSDAY, "unknown", "article")
    assert date_event("The mayor fled.", None) == Dated(None, "unknown", "none")


def test_a_time_to_come_dates_no_event() -> None:
    for plan in ("in 2031", "on March 20, 2009", "next month", "by Sunday", "tomorrow"):
        dated = date_event(f"The rebels said they would leave {plan}.", THURSDAY)
        assert dated.basis == "article", plan
    assert date_event("The pact signed here runs out in 2031.", THURSDAY).basis == "article"


def test_a_deadline_dates_no_event() -> None:
    for deadline in ("before Monday night", "until Friday", "before Friday prayers"):
        text = f"The ministry lent the mayor four machines for use {deadline}."
        assert date_event(text, THURSDAY).basis == "article", deadline


def test_a_day_that_no_calendar_has_is_not_known() -> None:
    dated = date_event("The army shelled Tirra on June 31, 2008.", THURSDAY)
    assert (dated.first_day, dated.basis) == (None, "expression")


def test_the_year_of_a_dateline_comes_from_the_day_of_publication() -> None:
    body = (
        "KASMARA, March 11 (AP) - The army shelled Tirra on Monday, killing two people in the old"
        " market there. Nobody else was hurt, the mayor said.\n"
    )
    dated = read_page(f"Published March 12, 2009\n\n{body}")
    assert dated.date == "2009-03-11"
    assert date_event(dated.body[0].of(dated.text), dated.date).first_day == "2009-03-09"
    undated = read_page(body)
    found = date_event(undated.body[0].of(undated.text), undated.date)
    assert undated.date is None
    assert (found.first_day, found.precision, found.basis) == (None, "unknown", "expression")


@given(DAYS, st.sampled_from(("Monday", "Wednesday", "Sunday")))
def test_a_weekday_is_the_last_one_not_after_the_day(day: date, name: str) -> None:
    found = last_weekday(name, day)
    assert found.strftime("%A") == name
    assert timedelta(0) <= day - found <= timedelta(days=6)


@given(DAYS, st.integers(1, 12), st.integers(1, 28))
def test_a_day_of_a_month_is_the_last_one_by_tomorrow(day: date, month: int, number: int) -> None:
    found = last_date(month, number, day)
    assert found is not None and (found.month, found.day) == (month, number)
    assert timedelta(days=-1) <= day - found <= timedelta(days=366)


def test_the_calendar_ends_are_no_error() -> None:
    assert stepped(date(2009, 3, 12), -3000, "year") is None
    assert stepped(date(2009, 1, 31), -2, "month") == Period(date(2008, 11, 1), "month")
    assert last_date(2, 29, date(2010, 5, 1)) == date(2008, 2, 29)
    assert last_date(2, 30, date(2010, 5, 1)) is None
    assert season("winter", 2008).first == date(2008, 12, 1)


@given(st.lists(WORDS, max_size=14), st.none() | DAYS)
def test_no_words_break_it_and_no_event_is_to_come(words: list[str], day: date | None) -> None:
    text = " ".join(words)
    found = date_event(text, day.isoformat() if day else None)
    if found.first_day and day:
        assert date.fromisoformat(found.first_day) <= day + timedelta(days=1)
    if found.start is not None and found.end is not None:
        assert 0 <= found.start < found.end <= len(text)
        assert text[found.start : found.end].strip() == text[found.start : found.end]


def test_a_page_without_full_stops_is_read_in_time() -> None:
    text = "on Monday " * 5000
    assert date_event(text, THURSDAY).first_day == "2009-03-09"
