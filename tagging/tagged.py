"""Tagged sentences: what the models said of a sentence and of its mentions."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Scored:
    """A decided label and its probability."""

    label: str
    probability: float


@dataclass(frozen=True)
class TaggedMention:
    """A mention at [start:end] with its decided labels; None where no artifact was asked.

    `source` is its place in the page as handed in; `probabilities` has every label of the codebook.
    """

    start: int
    end: int
    source: tuple[int, int] | None
    surface: str
    labels: tuple[Scored, ...] | None
    probabilities: dict[str, float]

    def has(self, label: str) -> bool:
        """Whether the label was decided."""
        return any(scored.label == label for scored in self.labels or ())


@dataclass(frozen=True)
class TaggedSentence:
    """A sentence at [start:end] with its events, actors and places.

    Offsets are code points into the page as handed in; where that was HTML (`extracted`), `start`
    and `end` are into the text extracted from it, and `source` into the page (None where the
    extraction changed the words). `number` counts from 1 in the page, `date` is the article's day.
    `event_types` is None where no artifact was asked, and empty where no event was found.
    """

    page_id: str
    number: int
    start: int
    end: int
    source: tuple[int, int] | None
    date: str | None
    text: str
    event_types: tuple[Scored, ...] | None
    actors: tuple[TaggedMention, ...]
    places: tuple[TaggedMention, ...]
    extracted: bool = False

    def to_dict(self) -> dict[str, Any]:
        """What a line of the output file holds, ready for JSON."""
        return {
            "page": self.page_id,
            "sentence": self.number,
            "start": self.start,
            "end": self.end,
            "offsets": "extracted text" if self.extracted else "source",
            "source": self.source,
            "date": self.date,
            "text": self.text,
            "event_types": _listed(self.event_types, "type"),
            "actors": [_actor(mention) for mention in self.actors],
            "places": [_place(mention) for mention in self.places],
        }


def _listed(labels: tuple[Scored, ...] | None, key: str) -> list[dict[str, Any]] | None:
    if labels is None:
        return None
    return [{key: one.label, "probability": round(one.probability, 6)} for one in labels]


def _actor(mention: TaggedMention) -> dict[str, Any]:
    return {
        "start": mention.start,
        "end": mention.end,
        "source": mention.source,
        "surface": mention.surface,
        "roles": _listed(mention.labels, "role"),
        "probabilities": _rounded(mention.probabilities),
    }


def _place(mention: TaggedMention) -> dict[str, Any]:
    best = mention.labels[0] if mention.labels else None
    return {
        "start": mention.start,
        "end": mention.end,
        "source": mention.source,
        "surface": mention.surface,
        "direction": best.label if best else None,
        "probability": round(best.probability, 6) if best else None,
        "probabilities": _rounded(mention.probabilities),
    }


def _rounded(probabilities: dict[str, float]) -> dict[str, float]:
    return {label: round(value, 6) for label, value in probabilities.items()}
