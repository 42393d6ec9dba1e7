"""The frozen shapes that every stage exchanges: Mention, Sentence, Article, Example."""

from dataclasses import dataclass, field, replace
from typing import Literal

MentionKind = Literal["actor", "place"]

ACTOR_ROLES = ("source", "target", "reporter")
DIRECTIONS = ("origin", "destination", "site", "transit")
PLACE_ROLES = (*DIRECTIONS, "background")


@dataclass(frozen=True)
class Role:
    """A part that a mention plays; `event` names its event type where several compete."""

    name: str
    event: str | None = None


@dataclass(frozen=True)
class Mention:
    """An actor or place mention; offsets are code points into its sentence's text."""

    start: int
    end: int
    kind: MentionKind
    roles: tuple[Role, ...] = ()
    derived: bool = False  # the role was found by rule and is no gold label

    @property
    def role_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(role.name for role in self.roles))


@dataclass(frozen=True)
class Sentence:
    """A labelled sentence. `complete` is False where an absent event type is not a negative."""

    id: str
    doc_id: str
    text: str
    mentions: tuple[Mention, ...] = ()
    event_types: tuple[str, ...] = ()
    complete: bool = True
    source: str = ""
    license: str = ""
    tags: tuple[str, ...] = ()
    region: str | None = None
    style: str | None = None
    date: str | None = None
    where: str = field(default="", compare=False)  # file:line it was read from


@dataclass(frozen=True)
class Article:
    """One article as read: what stands above it and its labelled sentences in order."""

    id: str
    headline: str
    dateline: str
    date: str
    style: str
    region: str
    sentences: tuple[Sentence, ...]
    paragraphs: tuple[int, ...] = ()  # index of the first sentence of each paragraph


@dataclass(frozen=True)
class Mark:
    """A marked stretch of an example's text; `name` is one of the codebook's marks."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Example:
    """What a model sees for one task: a text, its marked mentions, and the gold labels by name.

    Training alone knows `weight` (in the loss) and examples that are not `complete`: their labels
    are right, but others may be missing.
    """

    id: str
    doc_id: str
    text: str
    marks: tuple[Mark, ...] = ()
    labels: tuple[str, ...] = ()
    source: str = ""
    tags: tuple[str, ...] = ()
    derived: bool = False
    weight: float = 1.0
    complete: bool = True


def asked(example: Example, event: str) -> Example:
    """The example, asked for that event alone: "ASSAULT: The army …", its marks shifted."""
    lead = f"{event}: "
    marks = tuple(
        Mark(mark.name, mark.start + len(lead), mark.end + len(lead)) for mark in example.marks
    )
    return replace(example, id=f"{example.id}:{event}", text=lead + example.text, marks=marks)
