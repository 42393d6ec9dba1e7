"""Mentions by an artifact: lands named by their people are whole, other kinds are refused."""

from types import SimpleNamespace
from typing import Any

import pytest

from data.errors import BadInput
from tagging.mention_answers import ScoredMention
from tagging.mention_finder import MentionFinder


def saying(*spans: tuple[int, int, str], labels: tuple[str, ...] = ("actor", "place")) -> Any:
    """An artifact that finds these mentions in every text."""
    found = [ScoredMention(*span, 0.9) for span in spans]
    return SimpleNamespace(
        card=SimpleNamespace(labels=labels), mentions=lambda texts: [found for _ in texts]
    )


@pytest.mark.parametrize("text", ["In Malian territory.", "In Malian\r\nterritory."])
def test_a_land_takes_the_place_of_the_demonym_in_it(text):
    (found,) = MentionFinder(saying((3, 9, "place"))).find([text])
    assert [text[one.start : one.end].split() for one in found] == [["Malian", "territory"]]


def test_an_actor_keeps_its_words():
    text = "The Malian territory guard left."
    (found,) = MentionFinder(saying((4, 26, "actor"))).find([text])
    assert [(one.start, one.end, one.kind) for one in found] == [(4, 26, "actor")]


def test_mentions_of_other_kinds_are_refused():
    with pytest.raises(BadInput, match="weapon"):
        MentionFinder(saying(labels=("actor", "weapon")))
