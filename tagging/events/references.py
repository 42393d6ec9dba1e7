"""Which earlier actor an actor mention stands for, by rule: "the movement", "Holtmann", "Ankara"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tagging.events.actors import Actor, classes, read_actor
from tagging.pipeline import TaggedMention, TaggedSentence

_GOVERNMENTS: Final = frozenset({"government", "authorities", "regime"})


@dataclass(frozen=True)
class Reference:
    """The earlier mention that stands for the same actor, its sentence, and the rule that held."""

    antecedent: TaggedMention
    antecedent_sentence: int
    rule: str


def find_references(sentences: Sequence[TaggedSentence]) -> dict[tuple[int, int], Reference]:
    """The references of an article's actor mentions by their (start, end) in the article.

    A mention that stands for no earlier one is left out. Names, acronyms and states are looked up
    in the same sentence too, nouns in earlier sentences only. The nearest sentence comes first,
    and in it the first mention, which is mostly the subject.
    """
    found: dict[tuple[int, int], Reference] = {}
    earlier: list[Actor] = []
    for sentence in sentences:
        here: list[Actor] = []
        for mention in sorted(sentence.actors, key=lambda one: one.start):
            actor = read_actor(sentence, mention)
            if match := _match(actor, here, earlier):
                found[mention.start, mention.end] = match
            here.append(actor)
        earlier = here + earlier
    return found


def _match(actor: Actor, here: Sequence[Actor], earlier: Sequence[Actor]) -> Reference | None:
    """The first rule that holds, with the nearest actor that it holds for."""
    for rule, (holds, same_sentence) in _RULES.items():
        for other in [*here, *earlier] if same_sentence else earlier:
            if holds(actor, other):
                return Reference(other.mention, other.sentence, rule)
    return None


def _is_name(actor: Actor, other: Actor) -> bool:
    """ "Holtmann" after "arms broker Gerrit Holtmann", "the Front" after "National Front"."""
    if not actor.named or not other.named or actor.names[-1] != other.names[-1]:
        return False
    return set(actor.names) <= set(other.names)


def _is_acronym(actor: Actor, other: Actor) -> bool:
    """ "DFC" after "Democratic Front for Change"."""
    short = actor.mention.surface.replace(".", "")
    return short.isupper() and len(short) > 1 and short == other.initials


def _is_state(actor: Actor, other: Actor) -> bool:
    """ "Asmara" after "Eritrea": a country, its capital and its government are one actor."""
    return actor.state is not None and actor.state == other.state


def _is_government(actor: Actor, other: Actor) -> bool:
    """ "the government" after a state that acts."""
    return (
        actor.definite
        and bool(actor.heads & _GOVERNMENTS)
        and actor.words <= actor.heads
        and other.state is not None
    )


def _is_noun(actor: Actor, other: Actor) -> bool:
    """ "the growers" after "Moroccan date growers": one noun, and no word that was not there."""
    return (
        actor.definite
        and actor.number == other.number
        and _share_noun(actor, other)
        and actor.words - actor.heads <= other.words
        and _one_country(actor, other)
    )


def _share_noun(actor: Actor, other: Actor) -> bool:
    if actor.heads & other.heads:
        return True
    return any(
        len(short) > 4 and long.endswith(short) for short in actor.heads for long in other.heads
    )


def _is_sort(actor: Actor, other: Actor) -> bool:
    """ "the sentries" after "Algerian soldiers": nouns of one class in references.txt."""
    return (
        actor.definite
        and _agree(actor, other)
        and bool(classes(actor.heads) & classes(other.heads) - {"people"})
        and actor.words - actor.heads <= other.words
        and _one_country(actor, other)
    )


def _is_people(actor: Actor, other: Actor) -> bool:
    """ "the Ugandans", "the Zintan men", "the men" after a group of persons (of that country)."""
    bare = "people" in classes(actor.heads) or bool(actor.peoples) and not actor.heads
    return (
        actor.definite
        and bare
        and _agree(actor, other)
        and other.number == "many"
        and actor.peoples <= other.peoples
        and actor.words - actor.heads - actor.peoples <= other.words
    )


def _agree(actor: Actor, other: Actor) -> bool:
    """Whether both are one, or both many; a body of persons goes with either."""
    return "body" in (actor.number, other.number) or actor.number == other.number


def _one_country(actor: Actor, other: Actor) -> bool:
    return not actor.peoples or not other.peoples or bool(actor.peoples & other.peoples)


_RULES: Final[dict[str, tuple[Callable[[Actor, Actor], bool], bool]]] = {
    # rule -> (whether it holds for a mention and an earlier one, whether in one sentence too)
    "name": (_is_name, True),
    "acronym": (_is_acronym, True),
    "state": (_is_state, True),
    "government": (_is_government, False),
    "noun": (_is_noun, False),
    "class": (_is_sort, False),
    "people": (_is_people, False),
}
