"""Which earlier actor a mention stands for, by rule: "the movement", "Holtmann", "Ankara"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tagging.events.actor_words import Actor, classes, read_actor
from tagging.tagged import TaggedMention, TaggedSentence

_FAR: Final = 300  # earlier actors that are looked at; it bounds the time on very long pages
_GOVERNMENTS: Final = frozenset({"government", "authorities", "regime"})


@dataclass(frozen=True)
class Reference:
    """The earlier mention that stands for the same actor, its sentence, and the rule that held."""

    antecedent: TaggedMention
    antecedent_sentence: int
    rule: str


Found = dict[tuple[int, int], Reference]


def find_references(sentences: Sequence[TaggedSentence]) -> Found:
    """The references of an article's actor mentions by their (start, end) in the article.

    A mention that stands for no earlier one is left out. Names, acronyms and states are looked up
    in the same sentence too, nouns in earlier sentences only. The nearest sentence comes first,
    and in it the first mention, which is mostly the subject.
    """
    found: Found = {}
    earlier: list[Actor] = []
    for sentence in sentences:
        here: list[Actor] = []
        for mention in sorted(sentence.actors, key=lambda one: one.start):
            actor = read_actor(sentence, mention)
            if match := _match(actor, here, earlier, found):
                found[mention.start, mention.end] = match
            here.append(actor)
        earlier = (here + earlier)[:_FAR]
    return found


def referent(found: Found, mention: tuple[int, int]) -> TaggedMention | None:
    """The first mention of the actor that the mention at (start, end) stands for, if any."""
    first: TaggedMention | None = None
    while mention in found:
        first = found[mention].antecedent
        mention = first.start, first.end
    return first


def _match(
    actor: Actor, here: Sequence[Actor], earlier: Sequence[Actor], found: Found
) -> Reference | None:
    """The first rule that holds, with the nearest actor that it holds for."""
    for rule in _RULES:
        near = [*here, *earlier] if rule.same_sentence else earlier
        fitting = [other for other in near if rule.holds(actor, other)]
        new = [other for other in fitting if (other.mention.start, other.mention.end) not in found]
        if fitting and not (rule.alone and len(new) > 1):
            return Reference(fitting[0].mention, fitting[0].sentence, rule.name)
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
        and actor.number != "many"
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
        and _share_class(actor, other)
        and actor.words - actor.heads <= other.words
        and _one_country(actor, other)
    )


def _share_class(actor: Actor, other: Actor) -> bool:
    mine, theirs = classes(actor.heads), classes(other.heads)
    if actor.number == "body" and other.number == "many" and "gatherings" not in mine:
        return False  # soldiers are their army, but not every army is the soldiers before
    if "displaced" in mine and other.peoples and not other.heads:
        return True  # "the newcomers" after "Kosovo Albanians"
    return bool(mine & theirs - {"people", "gatherings"})


def _is_demonym(actor: Actor, other: Actor) -> bool:
    """ "the Ugandans", "the Kenyan men" after a group of persons of that country."""
    return (
        actor.definite
        and bool(actor.peoples)
        and (not actor.heads or "people" in classes(actor.heads))
        and _agree(actor, other)
        and other.number == "many"
        and actor.peoples <= other.peoples
        and actor.words - actor.heads <= other.words
    )


def _is_member(actor: Actor, other: Actor) -> bool:
    """ "Soldiers", with no word beside it, where one army was told of."""
    return (
        actor.bare
        and actor.number == "many"
        and other.number == "body"
        and actor.words <= actor.heads
        and bool(classes(actor.heads) & classes(other.heads) & {"army", "police"})
    )


def _is_people(actor: Actor, other: Actor) -> bool:
    """ "the men" where one group of persons was told of."""
    return (
        actor.definite
        and "people" in classes(actor.heads)
        and actor.words <= actor.heads
        and _agree(actor, other)
        and other.number == "many"
    )


def _agree(actor: Actor, other: Actor) -> bool:
    """Whether both are one, or both many; a body of persons goes with either."""
    return "body" in (actor.number, other.number) or actor.number == other.number


def _one_country(actor: Actor, other: Actor) -> bool:
    return not actor.peoples or not other.peoples or bool(actor.peoples & other.peoples)


@dataclass(frozen=True)
class _Rule:
    """Whether a mention and an earlier one are one actor, and where that may be.

    `alone`: only where it holds for one earlier actor of the article.
    """

    name: str
    holds: Callable[[Actor, Actor], bool]
    same_sentence: bool = False
    alone: bool = False


_RULES: Final = (
    _Rule("name", _is_name, same_sentence=True),
    _Rule("acronym", _is_acronym, same_sentence=True),
    _Rule("state", _is_state, same_sentence=True),
    _Rule("government", _is_government),
    _Rule("noun", _is_noun),
    _Rule("class", _is_sort),
    _Rule("demonym", _is_demonym),
    _Rule("member", _is_member, alone=True),
    _Rule("people", _is_people, alone=True),
)
