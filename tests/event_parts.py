"""Small labelled articles and events for the tests of event scores."""

from pathlib import Path

from data.importers import read_sentences
from data.records import Sentence
from evaluation.events.gold import Event

ARTICLE = """headline: Convoy shelled at Tirra
dateline: TIRRA, March 3
date: 2014-03-03
style: dispatch
region: europe

MOBILIZE, ASSAULT :: The {army|source:MOBILIZE, target:ASSAULT} sent tanks to \
{Tirra|destination:MOBILIZE} and was shelled by {rebels|source:ASSAULT} at \
{Ostmark|site:ASSAULT}, {medics|reporter} said.
none :: The {mayor|bystander} slept in {Norvale|background}.
AID :: {Envoys|source} flew flour from {Kasmara|origin} to {Tirra|destination}.
"""


def labelled(folder: Path, text: str = ARTICLE, name: str = "tirra") -> list[Sentence]:
    """The sentences of an article in the inline format."""
    path = folder / f"{name}.txt"
    path.write_text(text, encoding="utf-8")
    return list(read_sentences(path))


def event(kind: str = "AID", sentence: tuple[int, int] = (0, 50), **parts: tuple) -> Event:
    """An event: `source=((0, 4),)` fills a field with spans."""
    return Event(event_type=kind, sentence=sentence, parts=parts)
