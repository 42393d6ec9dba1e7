"""Which mention takes part in which event of a sentence."""

from collections.abc import Sequence

from data.records import Example, MentionKind
from tagging.artifact import Prediction
from tagging.events.linking import LinkedEvent, Part, link
from tagging.tagged import Scored, TaggedMention, TaggedSentence

TEXT = "The army sent tanks to Tirra and\nwas shelled by rebels, a nurse said."
START = 100  # of the sentence in its page


def mention(surface: str, **probabilities: float) -> TaggedMention:
    """The first such words of TEXT; labels are decided at one half."""
    start = START + TEXT.index(surface)
    labels = tuple(Scored(name, said) for name, said in probabilities.items() if said >= 0.5)
    return TaggedMention(start, start + len(surface), None, surface, labels, probabilities)


ARMY = mention("army", source=0.9, target=0.8, reporter=0.0)
REBELS = mention("rebels", source=0.7, target=0.1, reporter=0.0)
NURSE = mention("nurse", source=0.1, target=0.1, reporter=0.95)
TIRRA = mention("Tirra", origin=0.1, destination=0.8, site=0.05, transit=0.0, background=0.05)


def sentence(*events: str, number: int = 1) -> TaggedSentence:
    return TaggedSentence(
        page_id="p",
        number=number,
        start=START,
        end=START + len(TEXT),
        source=None,
        date=None,
        text=TEXT,
        event_types=tuple(Scored(event, 0.9) for event in events),
        actors=(ARMY, REBELS, NURSE),
        places=(TIRRA,),
    )


BOTH = sentence("MOBILIZE", "ASSAULT")


def judge(kind: MentionKind, examples: Sequence[Example]) -> list[Prediction]:
    """Knows who did what in TEXT, and reads it off the example: event in front, words marked."""
    known = {
        ("MOBILIZE", "army"): {"source": 0.6},
        ("ASSAULT", "army"): {"target": 0.35},
        ("ASSAULT", "rebels"): {"source": 0.85},
        ("MOBILIZE", "Tirra"): {"destination": 0.65},
    }
    made = []
    for example in examples:
        (mark,) = example.marks
        event, _, text = example.text.partition(": ")
        assert text == TEXT.replace("\n", " ")  # as the artifact saw it at first and in training
        said = known.get((event, example.text[mark.start : mark.end]), {})
        of = ARMY if kind == "actor" else TIRRA
        labels = tuple(name for name, value in said.items() if value > 0.5)
        made.append(Prediction(labels, dict.fromkeys(of.probabilities, 0.2) | said, 1.0))
    return made


def never(kind: MentionKind, examples: Sequence[Example]) -> None:
    raise AssertionError(f"{len(examples)} questions about {kind}s")


def parts(event: LinkedEvent) -> dict[str, list[tuple[str, float]]]:
    fields = ("sources", "targets", "reporters", "origins", "destinations", "sites", "transits")
    found: dict[str, tuple[Part, ...]] = {name: getattr(event, name) for name in fields}
    return {
        name: [(part.mention.surface, part.probability) for part in said]
        for name, said in found.items()
        if said
    }


ALL = {
    "sources": [("army", 0.9), ("rebels", 0.7)],
    "targets": [("army", 0.8)],
    "reporters": [("nurse", 0.95)],
    "destinations": [("Tirra", 0.8)],
}


def test_without_a_judge_actors_are_in_every_event_and_places_in_the_nearest():
    linked = link([BOTH])
    assert [event.event.label for event in linked] == ["MOBILIZE", "ASSAULT"]
    actors = {name: said for name, said in ALL.items() if name != "destinations"}
    assert [parts(event) for event in linked] == [ALL, actors]


def test_the_judge_says_who_takes_part_in_which_event():
    mobilize, assault = link([BOTH], judge)
    assert parts(mobilize) == {
        "sources": [("army", 0.6)],
        "reporters": [("nurse", 0.95)],
        "destinations": [("Tirra", 0.65)],
    }
    assert parts(assault) == {
        "sources": [("rebels", 0.85)],
        "targets": [("army", 0.35)],
        "reporters": [("nurse", 0.95)],
    }


def test_a_sentence_of_one_event_is_not_asked_about_again():
    assert [parts(event) for event in link([sentence("ASSAULT"), sentence()], never)] == [ALL]


def test_all_sentences_are_asked_about_at_once_and_keep_their_order():
    asked: list[tuple[MentionKind, int]] = []

    def counting(kind: MentionKind, examples: Sequence[Example]) -> list[Prediction]:
        asked.append((kind, len(examples)))
        return judge(kind, examples)

    rows = [sentence("ASSAULT"), BOTH, sentence("ASSAULT", "MOBILIZE", number=3)]
    linked = link(rows, counting)
    assert asked == [("actor", 12), ("place", 4)]
    assert [(event.sentence.number, event.event.label) for event in linked] == [
        (1, "ASSAULT"),
        (1, "MOBILIZE"),
        (1, "ASSAULT"),
        (3, "ASSAULT"),
        (3, "MOBILIZE"),
    ]
    assert [parts(event)["sources"][0][0] for event in linked[1:]] == [
        "army",
        "rebels",
        "rebels",
        "army",
    ]


def test_places_that_cannot_be_asked_about_are_in_the_nearest_event():
    def actors_alone(kind: MentionKind, examples: Sequence[Example]) -> list[Prediction] | None:
        return judge(kind, examples) if kind == "actor" else None

    mobilize, assault = link([BOTH], actors_alone)
    assert parts(mobilize)["destinations"] == [("Tirra", 0.8)]
    assert "destinations" not in parts(assault)
    assert parts(mobilize)["sources"] == [("army", 0.6)]


def test_without_labels_nobody_takes_part_and_nobody_is_asked():
    bare = TaggedMention(START + 4, START + 8, None, "army", None, {})
    unread = TaggedSentence("p", 1, START, START + 60, None, None, TEXT, None, (bare,), ())
    typed = TaggedSentence(
        "p", 2, START, START + 60, None, None, TEXT, BOTH.event_types, (bare,), ()
    )
    assert [parts(event) for event in link([unread, typed], never)] == [{}, {}]


def test_a_place_keeps_its_direction_in_an_event():
    def split(kind: MentionKind, examples: Sequence[Example]) -> list[Prediction] | None:
        said = {"origin": 0.4, "destination": 0.35, "site": 0.32, "transit": 0.0, "background": 0.1}
        return [Prediction(("origin",), said, 0.4) for _ in examples] if kind == "place" else None

    for event in link([BOTH], split):
        found = parts(event)
        assert found["destinations"] == [("Tirra", 0.35)]
        assert not {"origins", "sites"} & found.keys()


def test_nobody_who_has_a_role_is_left_without_an_event():
    def doubting(kind: MentionKind, examples: Sequence[Example]) -> list[Prediction]:
        values = [0.1 if example.text.startswith("ASSAULT") else 0.05 for example in examples]
        labels = ("source", "target", "reporter", "origin", "destination", "site", "transit")
        return [Prediction((), dict.fromkeys(labels, value), 1.0) for value in values]

    mobilize, assault = link([BOTH], doubting)
    assert parts(mobilize) == {"reporters": [("nurse", 0.95)]}
    assert parts(assault)["sources"] == [("army", 0.1), ("rebels", 0.1)]
    assert parts(assault)["destinations"] == [("Tirra", 0.1)]
