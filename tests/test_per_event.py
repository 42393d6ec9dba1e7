"""Examples that ask for one event: the sentences that teach it, and what stands in front."""

from dataclasses import replace

from data.codebook import load_codebook
from data.examples import examples_of
from data.per_event import per_event_examples
from data.records import Example, Mark, Mention, Role, Sentence, asked

ACTORS, PLACES, EVENTS = map(load_codebook, ("actor_role", "geo_direction", "event_type"))
SHELLED = Sentence(
    "a-1",
    "a",
    "The army sent tanks to Tirra and was shelled by rebels at Norvale, a nurse said.",
    (
        Mention(4, 8, "actor", (Role("source", "MOBILIZE"), Role("target", "ASSAULT"))),
        Mention(23, 28, "place", (Role("destination", "MOBILIZE"),)),
        Mention(48, 54, "actor", (Role("source", "ASSAULT"),)),
        Mention(58, 65, "place", (Role("site", "ASSAULT"),)),
        Mention(69, 74, "actor", (Role("reporter"),)),
    ),
    ("MOBILIZE", "ASSAULT"),
)
MARCHED = Sentence(
    "a-2",
    "a",
    "Nurses marched in Tirra.",
    (Mention(0, 6, "actor", (Role("source"),)), Mention(18, 23, "place", (Role("site"),))),
    ("PROTEST",),
)
FREED = Sentence(
    "a-3",
    "a",
    "The court freed two clerks in Ostby.",
    (
        Mention(4, 9, "actor", (Role("source"),)),
        Mention(20, 26, "actor", (Role("target"),)),
        Mention(30, 35, "place", (Role("site"),)),
    ),
    ("CONCEDE",),
)


def told(rows: list[Example]) -> list[tuple[str, str, tuple[str, ...]]]:
    """The event asked for, the marked words, and the labels."""
    return [
        (row.text.split(":")[0], row.text[row.marks[0].start : row.marks[0].end], row.labels)
        for row in rows
    ]


def test_an_asked_example_has_the_event_in_front_and_its_mark_on_the_same_words():
    row = examples_of([SHELLED], ACTORS).examples[1]
    made = asked(row, "ASSAULT")
    assert made.text == "ASSAULT: " + row.text
    assert made.marks == (Mark("mention", 57, 63),) and made.text[57:63] == "rebels"
    assert made.id != row.id and made.labels == row.labels


def test_a_sentence_of_several_events_is_asked_for_each_with_the_roles_of_that_event():
    assert told(list(per_event_examples([SHELLED], ACTORS))) == [
        ("MOBILIZE", "army", ("source",)),
        ("MOBILIZE", "rebels", ()),
        ("MOBILIZE", "nurse", ("reporter",)),
        ("ASSAULT", "army", ("target",)),
        ("ASSAULT", "rebels", ("source",)),
        ("ASSAULT", "nurse", ("reporter",)),
    ]


def test_a_place_of_another_event_is_background():
    assert told(list(per_event_examples([SHELLED], PLACES))) == [
        ("MOBILIZE", "Tirra", ("destination",)),
        ("MOBILIZE", "Norvale", ("background",)),
        ("ASSAULT", "Tirra", ("background",)),
        ("ASSAULT", "Norvale", ("site",)),
    ]


def test_roles_that_do_not_say_whose_they_are_teach_nothing():
    unnamed = replace(SHELLED, mentions=(Mention(4, 8, "actor", (Role("source"),)),))
    assert not list(per_event_examples([unnamed], ACTORS))
    assert not list(per_event_examples([replace(SHELLED, complete=False)], ACTORS))
    assert not list(per_event_examples([SHELLED], EVENTS))


def test_two_neighbours_of_one_event_are_joined_and_asked_for_one_of_them():
    rows = list(per_event_examples([MARCHED, FREED], ACTORS))
    assert [words for _, words, _ in told(rows)] == ["Nurses", "court", "clerks"]
    own = {"PROTEST": [("source",), (), ()], "CONCEDE": [(), ("source",), ("target",)]}
    event = told(rows)[0][0]
    assert [row.labels for row in rows] == own[event]
    assert rows == list(per_event_examples([MARCHED, FREED], ACTORS))


def test_only_neighbours_of_one_article_and_of_two_types_are_joined():
    elsewhere = replace(FREED, doc_id="b")
    assert not list(per_event_examples([MARCHED, elsewhere], ACTORS))
    assert not list(per_event_examples([MARCHED, replace(MARCHED, id="a-4")], ACTORS))
    assert not list(per_event_examples([MARCHED, replace(FREED, event_types=())], ACTORS))
    pair = replace(MARCHED, text="Nurses sang in Tirra.", mentions=(), event_types=("SUPPORT",))
    assert not list(per_event_examples([MARCHED, pair], ACTORS))


def test_a_mention_that_holds_the_full_stop_is_left_out_of_the_joint():
    ends = replace(
        MARCHED, text="Nurses marched in the U.S.", mentions=(Mention(22, 26, "place", ()),)
    )
    rows = list(per_event_examples([ends, FREED], PLACES))
    assert [words for _, words, _ in told(rows)] == ["Ostby"]


def test_rows_count_as_much_as_their_article():
    rows = list(per_event_examples([SHELLED, MARCHED], ACTORS, {"a-1": 0.5}))
    assert {row.weight for row in rows} == {0.5}
