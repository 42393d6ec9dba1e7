"""What is merged: its codes are those of all its parties; a long page is no square of work."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tagging.events import merging
from tagging.events.codes import acled_of, cameo_of
from tagging.events.merging import merge
from tagging.events.record import (
    Affiliation,
    EventDate,
    EventRecord,
    Evidence,
    Location,
    Party,
    Whereabouts,
)

PAGE = Evidence("", 0, 0, None)
BLANK = EventRecord(
    id="", article="a", sentences=(), evidence=PAGE, date=EventDate(None, "unknown", "none"),
    event_type="ASSAULT", quad_class="material conflict", probability=0.7, joint=0.7, sources=(),
    targets=(), reporters=(), origins=(), destinations=(), sites=(), transits=(), movement=None,
    cameo=None, acled=None, models={}, codebooks={},
)  # fmt: skip


def told(
    number: int, text: str, sources: Sequence[Party] = (), targets: Sequence[Party] = ()
) -> EventRecord:
    """The assault of one sentence with its own codes."""
    return replace(
        BLANK,
        id=str(number),
        sentences=(number,),
        evidence=Evidence(text, 1000 * number, 1000 * number + len(text), None),
        sources=tuple(sources),
        targets=tuple(targets),
        cameo=cameo_of("ASSAULT", text, sources),
        acled=acled_of("ASSAULT", text, sources, targets),
    )


def party(text: str, at: int, sector: str | None) -> Party:
    return Party(Evidence(text, at, at + len(text), None), 0.9, Affiliation(None, sector))


def site(number: int) -> Whereabouts:
    """A town of its own, far from the others, on the equator."""
    spot = Location(f"Town {number}", "city", "ML", None, None, 0.0, number / 5, 5.0)
    return Whereabouts(Evidence(spot.name, 1000 * number, 1000 * number + 9, None), 0.8, spot)


def codes(events: Sequence[EventRecord]) -> tuple[str | None, str | None]:
    (event,) = merge(events)
    return event.cameo, event.acled


VILLAGERS = party("villagers", 1010, "CVL")
REBELS = party("rebels", 1020, "REB")
SOLDIERS = party("soldiers", 2010, "MIL")


def test_the_codes_are_those_of_the_merged_parties() -> None:
    again = told(2, "The attack by soldiers went on.", sources=[SOLDIERS])
    assert codes([told(1, "Three died."), again]) == ("19", None)
    attacked = told(1, "Three died.", targets=[VILLAGERS])
    assert codes([attacked, again]) == ("19", "Violence against civilians")
    assert codes([told(1, "Rebels fell.", targets=[REBELS]), again]) == ("19", "Battles")


def test_a_code_that_the_merged_parties_deny_is_not_kept() -> None:
    attacked = told(2, "The attack hurt drivers.", targets=[party("drivers", 2020, "CVL")])
    first = told(1, "A mayor was hit.", targets=[party("young drivers", 1020, None)])
    assert (first.acled, attacked.acled) == (None, "Violence against civilians")
    assert codes([first, attacked]) == ("18", None)


@pytest.mark.parametrize("heavy", [1, 2, 3])
def test_heavy_arms_in_any_of_the_sentences_are_in_the_codes(heavy: int) -> None:
    texts = {number: "The attack went on." for number in (1, 2, 3)} | {heavy: "The attack: shells."}
    events = [told(number, text, targets=[]) for number, text in texts.items()]
    assert codes(events) == ("19", "Explosions/Remote violence")


def test_a_long_page_compares_each_event_with_few_others(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    same = merging.is_same
    monkeypatch.setattr(merging, "is_same", lambda *pair: asked.append(1) or same(*pair))
    events = [
        replace(told(n, "Fire.", sources=[party(f"Group {n}", 1000 * n, "REB")]), sites=(site(1),))
        for n in range(1, 301)
    ]
    assert len(merging.merge(events)) == 300
    assert len(asked) <= 300 * 50


def test_an_event_is_known_again_over_others_but_not_over_a_whole_page() -> None:
    first = replace(told(1, "Gunmen fired.", sources=[REBELS]), sites=(site(1),))
    last = replace(told(900, "Gunmen fired.", sources=[REBELS]), sites=(site(1),))

    def between(count: int) -> list[EventRecord]:
        return [told(n, "Fire.", sources=[party(f"Band {n}", n, "REB")]) for n in range(2, count)]

    assert merge([first, *between(40), last])[0].sentences == (1, 900)
    assert merge([first, *between(60), last])[0].sentences == (1,)
