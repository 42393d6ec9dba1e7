"""Rows for the firewall's tests, two of them of one event, and what is found among rows."""

from collections.abc import Iterable
from dataclasses import replace

from data.firewall import Firewall, Repeat
from data.records import Mention, Sentence


def row(number: int, text: str, doc: str | None = None, **fields: object) -> Sentence:
    return replace(Sentence(f"r{number}", doc or f"d{number}", text), **fields)


def repeats_of(rows: Iterable[Sentence]) -> list[Repeat]:
    firewall = Firewall()
    for each in rows:
        firewall.add(each)
    return firewall.repeats()


def kinds(rows: Iterable[Sentence]) -> list[tuple[str, str, str]]:
    return [(each.kind, each.first, each.second) for each in repeats_of(rows)]


def report(number: int, text: str, *names: str, **fields: object) -> Sentence:
    mentions = tuple(
        Mention(text.index(name), text.index(name) + len(name), "actor") for name in names
    )
    given = {"event_types": ("ASSAULT",), "date": "2003-05-06", "mentions": mentions}
    return row(number, text, **(given | fields))


FIRST = report(
    1, "Rebels shelled the port of Kasmara from Tirra at dawn.", "Rebels", "Kasmara", "Tirra"
)
SECOND = report(
    2,
    "At least nine died when the rebels fired on Kasmara, Tirra radio said.",
    "rebels",
    "Kasmara",
    "Tirra",
)
