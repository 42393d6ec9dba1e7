"""An event that two articles of a day report is found, and another day, type or cast is another."""

from dataclasses import replace

import pytest
from firewall_rows import FIRST, SECOND, kinds, repeats_of, report

from data.firewall import linked


def test_an_event_that_two_articles_of_a_day_report_is_found():
    (found,) = repeats_of([FIRST, SECOND])
    assert (found.kind, found.alike, found.first, found.second) == ("event", 1.0, "r1", "r2")
    assert linked([found]) == [frozenset({"d1", "d2"})]
    two = replace(SECOND, event_types=("AID", "ASSAULT"))
    assert kinds([FIRST, two]) == [("event", "r1", "r2")]
    both = ("COERCE", "ASSAULT")
    twice = [replace(each, event_types=both) for each in (FIRST, SECOND)]
    assert kinds(twice) == [("event", "r1", "r2")]


@pytest.mark.parametrize(
    "changed",
    [
        {"date": "2003-05-07"},
        {"date": None},
        {"date": "May"},
        {"event_types": ("AID",)},
        {"event_types": ()},
        {"doc_id": "d1"},
        {"mentions": SECOND.mentions[:1]},
        {"mentions": SECOND.mentions[1:2]},
    ],
)
def test_another_day_type_or_cast_is_another_event(changed):
    assert repeats_of([FIRST, replace(SECOND, **changed)]) == []


def test_fewer_than_half_the_names_or_common_nouns_alone_are_no_event():
    texts = (
        "Police beat protesters in Norvale again.",
        "Police beat back the protesters of Ostmark.",
    )
    one, other = (
        report(n, text, "Police", "protesters", text.split()[-1][:-1])
        for n, text in enumerate(texts, 1)
    )
    assert repeats_of([replace(one, mentions=one.mentions[:2]), other]) == []
    crowd = report(
        3,
        "Envoys of Tirra, Ostmark, Dunhollow, Ellis and Kasmara met.",
        *("Tirra", "Ostmark", "Dunhollow", "Ellis", "Kasmara"),
    )
    assert repeats_of([FIRST, crowd]) == []


def test_a_list_of_many_names_is_no_event():
    text = "States at the talks: " + ", ".join(f"State{number:02}" for number in range(30))
    names = [f"State{number:02}" for number in range(30)]
    other = "Present were " + text[::-1].translate(str.maketrans("etatS", "aeiou"))
    rows = [report(1, text, *names), report(2, text + other, *names)]
    assert [each.kind for each in repeats_of(rows)] in ([], ["near"])
