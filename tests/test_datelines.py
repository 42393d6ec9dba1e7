"""Datelines: place, date and agency before the first sentence, and what only looks like one."""

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
