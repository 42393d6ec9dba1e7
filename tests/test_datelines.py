"""Datelines, what only looks like one, and the day of an article as its page tells it."""

import pytest

from data.articles import Page, read_page


def body(page: Page) -> list[str]:
    return [paragraph.of(page.text) for paragraph in page.body]


@pytest.mark.parametrize(
    ("opening", "place", "date", "agency"),
    [
        ("NAIROBI, March 3 (AFP) - ", "NAIROBI", "March 3", "AFP"),
        ("LAGOS (Reuters) — ", "LAGOS", "", "Reuters"),
        ("EL FASHER, Sudan, March 3 — ", "EL FASHER, Sudan", "March 3", ""),
        ("GENEVA/NEW YORK, 5 May 2009 (IRIN) - ", "GENEVA/NEW YORK", "5 May 2009", "IRIN"),
        ("PORT-AU-PRINCE, Jan. 12 (AP) -- ", "PORT-AU-PRINCE", "Jan. 12", "AP"),
        ("ISLAMABAD: ", "ISLAMABAD", "", ""),
        ("Beirut – ", "Beirut", "", ""),
        ("N'DJAMENA, Monday - ", "N'DJAMENA", "Monday", ""),
        ("MOSCOW. March 3. /TASS/. ", "MOSCOW", "March 3", "TASS"),
        ("Port Louis, Mauritius (PANA) - ", "Port Louis, Mauritius", "", "PANA"),
    ],
)
def test_datelines(opening: str, place: str, date: str, agency: str) -> None:
    sentence = "The army left the old town on Tuesday before the first trucks came."
    page = read_page(opening + sentence)
    assert page.dateline is not None
    assert (page.dateline.place, page.dateline.date, page.dateline.agency) == (place, date, agency)
    assert body(page) == [sentence]


@pytest.mark.parametrize(
    "text",
    [
        "Police — who had waited all night — left the square on Tuesday before dawn.",
        "The minister (a former judge) - and his wife - left the town on Tuesday night.",
        "NATO said on Tuesday that it would not send its troops to the town - for now.",
    ],
)
def test_no_dateline_is_seen_where_none_is(text: str) -> None:
    page = read_page(text)
    assert page.dateline is None and body(page) == [text]


def test_a_dateline_on_a_line_of_its_own() -> None:
    page = read_page("The port is shut\nACCRA, March 3 (AFP) -\nThe port was shut, he said.\n")
    assert page.dateline is not None and page.dateline.place == "ACCRA"
    assert page.title == "The port is shut"
    assert body(page) == ["The port was shut, he said."]
    assert page.dropped == ()


SENTENCE = "The army left the old town on Tuesday, as it had left it on 4 May 2011."


def paste(*above: str, opening: str = "") -> Page:
    """A pasted page: a headline, lines under it, and the first paragraph."""
    return read_page("\n".join(["Army leaves old town", *above, opening + SENTENCE]))


def told(page: Page) -> str | None:
    """The words of the page that tell its day."""
    return page.day.told.of(page.text) if page.day and page.day.told != "meta" else None


@pytest.mark.parametrize(
    "line",
    [
        "14 March 2014",
        "MARCH 14, 2014",
        "Friday 14 March 2014 06.15 GMT",
        "14/03/2014",
        "14.3.2014",
        "2014-03-14T06:15:00Z",
        "Published: 2014-03-14 06:15 GMT",
        "Posted on March 14th, 2014 at 6:15 pm",
        "March 14, 2014 | 6:15 p.m. ET",
        "By Jane Doe | 14 March 2014",
        "Jane Doe, 14 Mar 2014",
        "Updated 15 March 2014, first published 14 March 2014",
        "Published 14 March 2014 Updated 15 March 2014",
        "Last updated at 06:15 GMT, Friday, 14 March 2014",
    ],
)
def test_the_day_under_the_headline(line: str) -> None:
    page = paste(line)
    assert page.date == "2014-03-14" and told(page) == line and body(page) == [SENTENCE]


def test_publication_goes_before_change() -> None:
    assert paste("Updated 15 March 2014", "Published 14 March 2014").date == "2014-03-14"


@pytest.mark.parametrize(
    ("line", "opening", "day"),
    [
        ("", "GENEVA, 5 May 2009 (IRIN) - ", "2009-05-05"),
        ("Published 14 June 2014", "GENEVA, 5 May 2009 (IRIN) - ", "2009-05-05"),
        ("", "BAMAKO, June 3 (AFP) - ", None),
        ("Published June 4, 2014", "BAMAKO, June 3 (AFP) - ", "2014-06-03"),
        ("Published 3 June 2014", "BAMAKO, June 4 (AFP) - ", "2014-06-04"),
        ("Published 1 January 2015", "BAMAKO, Dec. 31 (AFP) - ", "2014-12-31"),
        ("Published 4 June 2014", "MOSCOW. June 3. /TASS/. ", "2014-06-03"),
        ("Published 30 September 2014", "BAMAKO, June 3 (AFP) - ", "2014-09-30"),
        ("Published 1 March 2015", "BAMAKO, Feb. 29 (AFP) - ", "2015-03-01"),
        ("Published 4 June 2014", "BAMAKO, Monday (AFP) - ", "2014-06-04"),
        ("Published 31 February 2015", "", None),
        ("3/4/2014", "", None),
        ("", "", None),
    ],
)
def test_a_dateline_without_a_year_takes_it_from_the_day_of_publication(
    line: str, opening: str, day: str | None
) -> None:
    assert paste(*filter(None, [line]), opening=opening).date == day


def test_the_words_that_tell_the_day() -> None:
    assert told(paste("Published June 4, 2014", opening="LAGOS, June 3 — ")) == "LAGOS, June 3 —"
    assert told(paste("Published June 4, 2014", opening="LAGOS — ")) == "Published June 4, 2014"


def test_the_day_of_a_visit_or_of_another_article_is_not_taken() -> None:
    above = "The Courier\nSaturday, June 4, 2016\nHome\nArmy leaves old town\n"
    below = "\nRelated\nFerry sinks\nPublished 3 May 2011\nComments\nPosted 4 May 2011"
    assert read_page(above + SENTENCE + below).date is None
    assert read_page(above + SENTENCE + "\nPublished 3 June 2014" + below).date == "2014-06-03"
