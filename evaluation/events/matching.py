"""When a predicted event is the gold one: by type and by chosen fields, strict and lenient."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evaluation.events.gold import FIELDS, Event, Span

LevelName = Literal["type", "type + source + target", "type + origin + destination", "whole event"]
Agreement = Literal["strict", "lenient"]


@dataclass(frozen=True)
class Level:
    """What must agree beside the type; `filled`: events in which none of it is filled are out."""

    name: LevelName
    fields: tuple[str, ...]
    filled: bool = False

    def counted(self, events: Iterable[Event]) -> list[Event]:
        """The events that this level is about."""
        return [
            event
            for event in events
            if not self.filled or any(event.parts.get(field) for field in self.fields)
        ]


LEVELS: Final = (
    Level("type", ()),
    Level("type + source + target", ("source", "target")),
    Level("type + origin + destination", ("origin", "destination"), filled=True),
    Level("whole event", FIELDS),
)
AGREEMENTS: Final[tuple[Agreement, ...]] = ("strict", "lenient")
SLOTS: Final = tuple((field, agreement) for field in FIELDS for agreement in AGREEMENTS)
MEASURES: Final = tuple((level, agreement) for level in LEVELS for agreement in AGREEMENTS)


def counts(
    gold: Sequence[Event], predicted: Sequence[Event], level: Level, agreement: Agreement
) -> tuple[int, int, int]:
    """Events of one article: matched, gold, predicted.

    Each event matches one other at most. Strict: the sentence is cut as in the gold (but for a
    dateline in front), and each field holds the same spans. Lenient: the sentences overlap, every
    gold span of a field is overlapped by a predicted one of that field, and every predicted one
    overlaps a gold one (the partial match of MUC-5, for whole fields: a span that is missing or
    spurious still fails the event).
    """
    found, claimed = level.counted(gold), level.counted(predicted)
    return len(_matches(found, claimed, level, agreement)), len(found), len(claimed)


def _matches(
    gold: Sequence[Event], predicted: Sequence[Event], level: Level, agreement: Agreement
) -> list[tuple[Event, Event]]:
    """As many pairs as there can be.

    The sentences of one side do not overlap, so each gold event in reading order may take the
    first predicted one that is free: a later one would serve it no better.
    """
    free = sorted(predicted, key=lambda event: event.sentence)
    pairs = []
    for event in sorted(gold, key=lambda event: event.sentence):
        partner = next((each for each in free if same(event, each, level, agreement)), None)
        if partner is not None:
            free.remove(partner)
            pairs.append((event, partner))
    return pairs


def same(gold: Event, predicted: Event, level: Level, agreement: Agreement) -> bool:
    """Whether the predicted event is the gold one."""
    if gold.event_type != predicted.event_type:
        return False
    if agreement == "strict":
        return gold.sentence == predicted.sentence and all(
            gold.filling(field) == predicted.filling(field) for field in level.fields
        )
    return overlap(gold.sentence, predicted.sentence) > 0 and all(
        _covered(gold.filling(field), predicted.filling(field))
        and _covered(predicted.filling(field), gold.filling(field))
        for field in level.fields
    )


def filler_counts(
    gold: Sequence[Event], predicted: Sequence[Event], field: str, agreement: Agreement
) -> tuple[int, int, int]:
    """Fillers of one field in one article: matched, gold, predicted.

    As ACE scores arguments: a filler is right if an event of its type has it in that field, at the
    same place or, lenient, at one that overlaps it. Each matches one other at most.
    """
    found, claimed = _fillers(gold, field), _fillers(predicted, field)
    matched, free = 0, list(claimed)
    for kind, span in found:
        partner = next(
            (
                each
                for each in free
                if each[0] == kind
                and (each[1] == span if agreement == "strict" else overlap(each[1], span))
            ),
            None,
        )
        if partner is not None:
            free.remove(partner)
            matched += 1
    return matched, len(found), len(claimed)


def _fillers(events: Sequence[Event], field: str) -> list[tuple[str, Span]]:
    """The fillers in reading order, with the type of their event."""
    pairs = ((event.event_type, span) for event in events for span in event.parts.get(field, ()))
    return sorted(pairs, key=lambda pair: pair[1])


def overlap(first: Span, second: Span) -> int:
    """How many code points both spans hold."""
    return max(0, min(first[1], second[1]) - max(first[0], second[0]))


def _covered(spans: Collection[Span], others: Collection[Span]) -> bool:
    """Whether each of the spans is overlapped by one of the others."""
    return all(any(overlap(span, other) for other in others) for span in spans)
