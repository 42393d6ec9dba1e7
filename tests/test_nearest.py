"""Which event a place belongs to, in sentences of two events."""

import pytest

from tagging.events.linking import link
from tagging.events.nearest import places_by_event
from tagging.tagged import Scored, TaggedMention, TaggedSentence

TRUCKS = "Omdale sent trucks to Bisra, and gunmen shelled Tolen."


def tagged(text: str, events: tuple[str, ...], **places: str) -> TaggedSentence:
    """The sentence with these places, each with one direction, behind 100 other characters."""

    def mention(words: str, direction: str) -> TaggedMention:
        start = 100 + text.index(words)
        labels = (Scored(direction, 0.9),)
        return TaggedMention(start, start + len(words), None, words, labels, {direction: 0.9})

    return TaggedSentence(
        page_id="p",
        number=1,
        start=100,
        end=100 + len(text),
        source=None,
        date=None,
        text=text,
        event_types=tuple(Scored(event, 0.9) for event in events),
        actors=(),
        places=tuple(mention(words, direction) for words, direction in places.items()),
    )


def surfaces(sentence: TaggedSentence) -> dict[str, list[str]]:
    found = places_by_event(sentence)
    return {event: [place.surface for place in places] for event, places in found.items()}


def test_a_place_belongs_to_the_event_whose_word_stands_nearest():
    both = tagged(TRUCKS, ("AID", "ASSAULT"), Omdale="origin", Bisra="destination", Tolen="site")
    sent = tagged(TRUCKS, ("MOBILIZE", "ASSAULT"), Bisra="destination", Tolen="site")
    assert surfaces(sent) == {"MOBILIZE": ["Bisra"], "ASSAULT": ["Tolen"]}
    mobilize, assault = link([sent])
    assert [part.mention.surface for part in mobilize.destinations] == ["Bisra"]
    assert not mobilize.sites and [part.mention.surface for part in assault.sites] == ["Tolen"]
    assert "Tolen" in surfaces(both)["ASSAULT"]


def test_an_event_that_is_left_without_a_place_has_the_sites_of_the_others():
    only = tagged(TRUCKS, ("MOBILIZE", "ASSAULT"), Tolen="site")
    assert surfaces(only) == {"MOBILIZE": ["Tolen"], "ASSAULT": ["Tolen"]}
    goal = tagged(TRUCKS, ("MOBILIZE", "ASSAULT"), Tolen="destination")
    assert surfaces(goal) == {"MOBILIZE": [], "ASSAULT": ["Tolen"]}


@pytest.mark.parametrize("events", [("X", "Y"), ("SUPPORT", "REJECT")])
def test_without_a_word_of_any_event_a_place_is_in_all(events):
    assert surfaces(tagged(TRUCKS, events, Tolen="site")) == {event: ["Tolen"] for event in events}


def test_a_word_inside_a_mention_is_no_word_of_an_event():
    text = "Police at Bombay met in Tolen and fired."
    found = surfaces(tagged(text, ("CONSULT", "ASSAULT"), Bombay="background", Tolen="site"))
    assert found["CONSULT"] == ["Tolen"]


def test_the_end_of_a_clause_counts_for_more_than_a_word():
    text = "They fired, and in Tolen men quietly met."
    found = surfaces(tagged(text, ("ASSAULT", "CONSULT"), Tolen="destination"))
    assert found == {"ASSAULT": [], "CONSULT": ["Tolen"]}


def test_every_event_type_has_words():
    from data.codebook import load_codebook
    from tagging.events.nearest import _words

    assert set(_words()) == set(load_codebook("event_type").labels)
