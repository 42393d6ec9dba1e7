"""Sentences as annotators label them, and a strategy that draws them."""

from hypothesis import strategies as st

from data.records import Mention, Role, Sentence

TEXT = "The army shelled Tirra from Norvale."
ARMY, TIRRA = (4, 8), (17, 22)


def actor(span: tuple[int, int], *roles: str) -> Mention:
    return Mention(*span, "actor", tuple(Role(*role.split(":")) for role in roles))


def place(span: tuple[int, int], *roles: str) -> Mention:
    return Mention(*span, "place", tuple(Role(role) for role in roles))


def sentence(*mentions: Mention, types: tuple[str, ...] = ("ASSAULT",), **more) -> Sentence:
    more = {"id": "s1", "doc_id": "d1", "text": TEXT} | more
    return Sentence(mentions=mentions, event_types=types, **more)


TYPES = st.lists(st.sampled_from(["AID", "ASSAULT", "REJECT"]), unique=True, max_size=2)
EDGES = st.sampled_from([(0, 8), (4, 8), (4, 16), (17, 22), (17, 27), (23, 35)])
MENTION = st.one_of(
    st.builds(actor, EDGES, st.sampled_from(["source", "target", "source:AID"])),
    st.builds(lambda span, role: place(span, role), EDGES, st.sampled_from(["site", "origin"])),
)
LABELLED = st.builds(
    lambda types, mentions, complete: sentence(
        *{(m.start, m.end, m.kind): m for m in mentions}.values(),
        types=tuple(types),
        complete=complete,
    ),
    TYPES,
    st.lists(MENTION, max_size=4),
    st.booleans(),
)
