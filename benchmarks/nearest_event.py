"""A rule for benchmarks/linking.py: a mention belongs to the event whose word stands nearest."""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

# Beginnings of words that tell of an event; "=" in front: the whole word.
WORDS: Final = {
    "AGREE": "agree accept pledg promis offer sign initial commit deal accord pact vow",
    "CONSULT": "meet =met talk confer consult negotiat visit mediat phone telephon host =saw flew",
    "SUPPORT": "prais back support recogni endors hail apolog defend welcom congratul =stood spoke",
    "CONCEDE": (
        "lift releas freed free conced yield resign withdrew drop eas =gave return switch "
        "relent repeal restor bow"
    ),
    "COOPERATE": (
        "cooperat joint jointly patrol trade exercis extradit shar sold sell =ratified pass "
        "hand deliver"
    ),
    "AID": (
        "aid help rescu treat deliver donat shelter feed dress carri evacuat escort grant "
        "suppl bring =gave hand nurs medic relief"
    ),
    "RETREAT": (
        "withdr retreat =left leav pull fell surrender disarm drove fled abandon threw "
        "=gave slip climb let"
    ),
    "REQUEST": (
        "ask appeal request demand urg call plead begg beg implor petition press seek sought"
    ),
    "ACCUSE": (
        "accus blam condemn critici denounc sue charg investigat =call =called term "
        "complain rebuk laid protest harsh denou"
    ),
    "REJECT": "refus reject declin =turned spurn rul veto defi den dismiss rebuff snub tore ignor",
    "THREATEN": "threat warn ultimatum vow would",
    "PROTEST": (
        "protest march demonstrat ralli riot block strik picket occup sang sing burn chant "
        "tore crowd walk whistl tramp broke surg"
    ),
    "SANCTION": "sanction embargo expel froze freez recall boycott suspend sever cut ban shut",
    "MOBILIZE": "mobili deploy send sent move moved mass post reinforc lin drawn drew drove rush",
    "COERCE": (
        "arrest detain curfew jail deport seiz raid evict gas cannon baton handcuff search "
        "captur round chain shut fine ship pepper grenade spray pepper- driven halt"
    ),
    "ASSAULT": (
        "attack taken captur shell fir shot shoot kill wound bomb storm rocket mortar "
        "ambush blast explo struck strike beat abduct kidnap overran hit stab missile"
    ),
}
BREAKS: Final = {
    *(",", ";", "-", "who", "which", "that", "when", "after"),
    *("before", "while", "where", "whereupon", "until", "but"),
}
PLACES: Final = ("origin", "destination", "site", "transit")
MUTUAL: Final = {"AGREE", "CONSULT", "COOPERATE"}  # who is source and target is so of one event
NOWHERE: Final = 7  # the distance to an event of which no word is found
WRONG_SIDE, ACROSS = 6, 3  # words that a source behind the verb, or a clause between, count as
PASSIVE: Final = re.compile(r"(was|were|been|being|be|is|are)$")
TOKEN: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[,;]| - ")


def nearest(
    text: str, mentions: Sequence[tuple[int, int, tuple[str, ...]]], events: Sequence[str]
) -> set[tuple[int, str, str]]:
    """(number of the mention, role, event); each role goes to one event, sources are shared.

    The distances and words were set on the quickstart's training articles, not on its test ones.
    Where no word of an event is found, everyone takes part in all.
    """
    tokens = [(match.start(), match.group().strip().lower()) for match in TOKEN.finditer(text)]
    taken = {start for start, _ in tokens if any(a <= start < b for a, b, _ in mentions)}
    found = {event: list(_anchors(tokens, event, taken)) for event in events}
    if not any(found.values()):
        triples = [(one, role) for one, mention in enumerate(mentions) for role in mention[2]]
        return {(one, role, event) for one, role in triples for event in events}
    made = set()
    for one, mention in enumerate(mentions):
        roles = mention[2]
        costs = {
            chosen: sum(
                min((_cost(tokens, mention, role, at) for at in found[event]), default=NOWHERE)
                for role, event in zip(roles, chosen, strict=True)
            )
            for chosen in product(events, repeat=len(roles))
            if len(set(chosen)) == len(roles) or set(chosen) <= MUTUAL
        }
        best = min(costs, key=lambda chosen: costs[chosen])
        made |= {(one, role, event) for role, event in zip(roles, best, strict=True)}
    return made | set(_shared(made, mentions, tokens, found))


def _anchors(tokens: Sequence[tuple[int, str]], event: str, taken: set[int]) -> Iterator[int]:
    for place, (start, word) in enumerate(tokens):
        if start in taken:
            continue
        for stem in WORDS[event].split():
            if word == stem[1:] if stem[0] == "=" else word.startswith(stem):
                yield place
                break


def _cost(
    tokens: Sequence[tuple[int, str]], mention: tuple[int, int, tuple[str, ...]], role: str, at: int
) -> int:
    """Words between mention and event, dearer across a clause and on the wrong side of the verb."""
    first = sum(start < mention[0] for start, _ in tokens)
    last = sum(start < mention[1] for start, _ in tokens) - 1
    before = last < at
    between = tokens[last + 1 : at] if before else tokens[at + 1 : first]
    cost = len(between) + ACROSS * sum(word in BREAKS for _, word in between)
    near = [word for _, word in tokens[max(0, at - 2) : at]]
    follows = tokens[at + 1][1] if at + 1 < len(tokens) else ""
    passive = follows == "by" or any(PASSIVE.match(word) for word in near)
    if role in ("source", "target"):
        cost += WRONG_SIDE * ((role == "source") != (before != passive))
    return cost


def _shared(
    made: set[tuple[int, str, str]],
    mentions: Sequence[tuple[int, int, tuple[str, ...]]],
    tokens: Sequence[tuple[int, str]],
    found: dict[str, list[int]],
) -> Iterator[tuple[int, str, str]]:
    """An event without a source has the first source in front of it, if that is no target of it."""
    for event, places in found.items():
        if not any(role in PLACES and of == event for _, role, of in made):
            yield from ((one, role, event) for one, role, _ in made if role == "site")
        if any(role == "source" and of == event for _, role, of in made):
            continue
        for one, role, _ in sorted(made):
            in_front = mentions[one][1] <= (tokens[max(places)][0] if places else 10**6)
            if role == "source" and in_front and (one, "target", event) not in made:
                yield one, "source", event
                break
