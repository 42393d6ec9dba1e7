"""Articles: pages of several newsrooms are stripped to the article, and every character is kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.articles import MAX_PAGE, Page, read_page
from data.errors import BadInput
from data.sentences import is_blank


def body(page: Page) -> list[str]:
    return [paragraph.of(page.text) for paragraph in page.body]


def reasons(page: Page) -> dict[str, str]:
    return {page.text[start:end]: reason for start, end, reason in page.dropped}


PORTAL = """The Savannah Courier
Home
News
Sport
Home > News > Africa
Army retakes river town after two days of fighting | The Savannah Courier
Army retakes river town after two days of fighting
Governor says at least 12 people were wounded
By Mariam Keita and Jonas Doku
Published: March 3, 2009 14:15 GMT
Share this
Facebook Twitter WhatsApp
Soldiers patrol a market in Mopti on Tuesday. (AFP Photo/Jane Doe)
MOPTI, March 3 (AFP) - The army retook a river town in central Mali on Tuesday, the governor said.
Twelve people were hurt.
ADVERTISEMENT
“We slept in the river,” said one woman.
- Months of raids -
The rebels, who hold the far bank, gave the governor a list of demands:
- the release of 14 prisoners
- an end to night patrols
- safe passage to Gao
He refused.
Read more: Why the river matters
Related stories
Rebels name new leader
Ferry sinks near Gao
The army denied that it had shelled the ferry.
"No gun was fired," a colonel told reporters in Bamako.
ab/cd/ef
Sign up for our daily newsletter.
Most read
1. Ferry sinks near Gao
2. Price of rice doubles
The minister spoke for an hour on Monday about the price of all things in the market.
Comments (12)
© 2009 The Savannah Courier. All rights reserved.
"""


def test_a_portal_is_stripped_with_reasons() -> None:
    page = read_page(PORTAL)
    assert page.title == "Army retakes river town after two days of fighting"
    assert page.dateline is not None
    assert (page.dateline.place, page.dateline.date, page.dateline.agency) == (
        "MOPTI",
        "March 3",
        "AFP",
    )
    assert body(page) == [
        "The army retook a river town in central Mali on Tuesday, the governor said.",
        "Twelve people were hurt.",
        "“We slept in the river,” said one woman.",
        "The rebels, who hold the far bank, gave the governor a list of demands:",
        "- the release of 14 prisoners",
        "- an end to night patrols",
        "- safe passage to Gao",
        "He refused.",
        "The army denied that it had shelled the ferry.",
        '"No gun was fired," a colonel told reporters in Bamako.',
    ]
    dropped = reasons(page)
    assert dropped["ADVERTISEMENT"] == "advertisement"
    assert dropped["Share this"] == "share"
    assert dropped["- Months of raids -"] == "section title"
    assert dropped["Ferry sinks near Gao"] == "related link"
    assert dropped["Read more: Why the river matters"] == "related link"
    assert dropped["Sign up for our daily newsletter."] == "newsletter"
    assert dropped["By Mariam Keita and Jonas Doku"] == "by-line"
    assert dropped["ab/cd/ef"] == "sign-off"
    assert (
        dropped["Soldiers patrol a market in Mopti on Tuesday. (AFP Photo/Jane Doe)"] == "caption"
    )
    assert dropped["© 2009 The Savannah Courier. All rights reserved."] == "copyright"
    assert dropped["Governor says at least 12 people were wounded"] == "standfirst"


def test_a_broadcaster_with_boxes_quotes_and_tags() -> None:
    page = read_page(
        "Menu\nSkip to content\nWorld\n"
        "'Nowhere to go': families flee shelling on the frontier\n3 hours ago\nJane Doe\n"
        "Reporting from Goma\nImage source, Getty Images\n"
        "Image caption, Families walked for two days\n"
        "Thousands of people have fled shelling along the frontier, aid workers say.\n"
        "At least four villages were hit.\n'We left it all'\n"
        "Amina, 34, walked for two days.\n“We left it all”\nYou may also like\n"
        "Why the lake is rising\nThe men who guard the gorillas\n"
        "The army says it does not shell villages.\nRelated topics\nGoma\nShelling\n"
    )
    assert page.title == "'Nowhere to go': families flee shelling on the frontier"
    assert page.dateline is None
    assert body(page) == [
        "Thousands of people have fled shelling along the frontier, aid workers say.",
        "At least four villages were hit.",
        "Amina, 34, walked for two days.",
        "“We left it all”",
        "The army says it does not shell villages.",
    ]
    assert reasons(page)["Why the lake is rising"] == "related link"


def test_a_hard_wrapped_mail_keeps_its_paragraphs() -> None:
    page = read_page(
        "Dockers block port road as talks with the union fail\n"
        "LIMASSOL (Reuters) — Some 300 dockers blocked the road to the port of\n"
        "Limassol on Monday after talks with the employers failed, a union\n"
        "official said. Police fired tear gas.\n\n"
        "The union wants three things:\n1. Higher pay\n2. Fewer night shifts\n3. A doctor\n\n"
        "Reporting by Eleni Doe; Editing by John Roe\n"
    )
    assert page.title == "Dockers block port road as talks with the union fail"
    assert body(page)[0].startswith("Some 300 dockers") and body(page)[0].endswith("tear gas.")
    assert body(page)[1:] == [
        "The union wants three things:",
        "1. Higher pay",
        "2. Fewer night shifts",
        "3. A doctor",
    ]


def test_a_teaser_list_is_dropped_to_its_end() -> None:
    page = read_page(
        "The port was shut for a third day on Monday by dockers, officials said.\nRelated\n"
        "Ferry sinks\nA ferry sank on Monday.\nRice price doubles\nRice cost more on Monday.\n"
    )
    assert body(page) == ["The port was shut for a third day on Monday by dockers, officials said."]


def test_a_local_paper_and_a_press_release() -> None:
    page = read_page(
        "Watch Live\nSign In\nThe Harbor Ledger\nLOCAL NEWS\nJudge orders release of dock leader\n"
        "Jane Doe | Staff Writer\njane.doe@ledger.example\nMay 4, 2011 | 6:15 p.m.\n4 min read\n"
        "A judge on Tuesday ordered the release of a dock leader who had been held since Friday.\n"
        '"No charge, no cell," they chanted outside\nStory continues below this ad\n'
        "The union has asked for:\nHigher night pay\nA clinic on the pier\nIt votes on Thursday.\n"
        "Reach Jane Doe at 555-0100.\nJane Doe covers labor for The Harbor Ledger.\nPrivacy Policy"
    )
    assert page.title == "Judge orders release of dock leader"
    assert body(page)[1:] == [
        '"No charge, no cell," they chanted outside',
        "The union has asked for:",
        "Higher night pay",
        "A clinic on the pier",
        "It votes on Thursday.",
    ]
    page = read_page(
        "UN mission condemns attack on convoy\n\nPRESS RELEASE\n\n"
        "Bamako, 12 June 2014 - The Mission condemns the attack on its convoy near Gao.\n\n"
        "It calls on all parties:\n\n(a) to cease fire at once;\n(b) to let ambulances pass.\n\n"
        "For media queries, please contact:\nTel: +223 555 0100\n***\n"
    )
    assert page.dateline is not None and page.dateline.date == "12 June 2014"
    assert body(page)[1:] == [
        "It calls on all parties:",
        "(a) to cease fire at once;",
        "(b) to let ambulances pass.",
    ]


def test_a_title_alone_is_the_article() -> None:
    assert body(read_page("Troops entered Goma on Monday")) == ["Troops entered Goma on Monday"]


def test_html_is_extracted_and_says_so() -> None:
    page = read_page(
        "<!DOCTYPE html><html><head><title>Dockers block port road</title></head><body>"
        "<nav><a href='/'>Home</a> <a href='/n'>News</a></nav><article>"
        "<h1>Dockers block port road</h1><p>LIMASSOL (Reuters) &mdash; Some 300 dockers blocked "
        "the road to the port of Limassol on Monday after talks with the employers failed.</p>"
        "<p>Police fired tear gas at the crowd, and nine people were held.</p></article>"
        "<footer>&copy; 2011 The Courier. All rights reserved.</footer></body></html>"
    )
    assert page.from_html and page.title == "Dockers block port road"
    assert body(page)[0].startswith("Some 300 dockers blocked the road")
    assert not any("<" in paragraph or "2011" in paragraph for paragraph in body(page))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "Home\nNews\n",
        "ADVERTISEMENT",
        "<html><body></body></html>",
        "x" * (MAX_PAGE + 1),
    ],
)
def test_pages_without_an_article_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_page(text)


LINES = st.lists(
    st.one_of(
        st.sampled_from([line for line in PORTAL.split("\n")]),
        st.sampled_from(
            ["", " ", "\r", "\u2028", "Related", "Most read", "Why?", "a:", "•", "© 1"]
        ),
        st.text(max_size=30),
    ),
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(LINES, st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_every_character_is_kept_once(lines: list[str], end: str) -> None:
    text = end.join(lines)
    try:
        page = read_page(text)
    except BadInput:
        return
    spans = [(part.start, part.end) for part in page.body]
    spans += [(start, stop) for start, stop, _ in page.dropped]
    spans += [(part.start, part.end) for part in (page.headline, page.dateline) if part is not None]
    count = [0] * len(page.text)
    for start, stop in spans:
        assert start < stop
        for index in range(start, stop):
            count[index] += 1
    assert max(count) == 1
    assert all(n or is_blank(c) for n, c in zip(count, page.text, strict=True))
    assert all(dropped.reason for dropped in page.dropped)
