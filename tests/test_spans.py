"""Offset units, labelled stretches, triggers and relations as annotation tools share them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.documents import meanings_of
from data.errors import BadInput
from data.mapping import Mapping, SpanMeaning, load_mapping
from data.records import Mention, Role
from data.spans import (
    Labelled,
    Meaning,
    Relation,
    Stretch,
    code_points,
    located,
    meaning_of,
    mentions_of,
    unit_of,
)

OWN = load_mapping("own")
TEXT = "🛶é Troops left Goma."
FOREIGN = Mapping(
    event_types={"Attack": ("ASSAULT",), "Clash": ("ASSAULT", "COERCE"), "Rain": None},
    spans={
        "PER": SpanMeaning(kind="actor"),
        "LOC": SpanMeaning(kind="place", roles=("site",)),
        "by": SpanMeaning(kind="actor", roles=("source",)),
        "said": SpanMeaning(kind="actor", roles=("reporter",)),
        "guessed": SpanMeaning(kind="actor", roles=("target",), derived=True),
        "DATE": None,
        "coref": None,
    },
)
UNITS = {
    "code_points": len,
    "utf16": lambda text: len(text.encode("utf-16-le")) // 2,
    "bytes": lambda text: len(text.encode()),
}
letters = st.sampled_from([*"aZ. ", "é", "Ж", "中", "\uffff", "\u0301", "🛶", "\U0010ffff"])


@pytest.mark.parametrize("unit", UNITS)
@settings(max_examples=150, deadline=None)
@given(text=st.text(letters, max_size=30))
def test_every_offset_of_a_unit_is_its_code_point_or_refused(unit, text):
    to_code_point = code_points(text, unit)
    edges = {UNITS[unit](text[:index]): index for index in range(len(text) + 1)}
    for offset in range(-2, max(edges) + 3):
        if offset in edges:
            assert to_code_point(offset) == edges[offset]
        else:
            with pytest.raises(BadInput):
                to_code_point(offset)


@settings(max_examples=150, deadline=None)
@given(text=st.text(letters, min_size=1, max_size=30), data=st.data())
def test_a_stretch_is_found_in_any_unit_and_a_shifted_quote_never_passes(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quoted = text[start:end]
    for unit, length in UNITS.items():
        ends = length(text[:start]), length(text[:end])
        assert located(text, *ends, unit, quoted) == (start, end)
        for other in UNITS:
            try:
                first, last = located(text, *ends, other, quoted)
            except BadInput:
                continue
            assert text[first:last] == quoted


def test_a_quote_that_does_not_fit_names_the_unit_that_would():
    with pytest.raises(BadInput) as caught:
        located(TEXT, 16, 20, "code_points", "Goma")
    assert "the quoted text 'Goma' at 16:20, found 'oma.'" in str(caught.value)
    assert "offsets: utf16 would fit" in str(caught.value)
    with pytest.raises(BadInput, match="no unit would fit"):
        located(TEXT, 15, 19, "code_points", "Lome")


@pytest.mark.parametrize(("start", "end"), [(3, 3), (5, 3), (-1, 3), (0, 21), (21, 22)])
def test_a_stretch_that_is_empty_or_outside_is_refused(start, end):
    with pytest.raises(BadInput):
        located(TEXT, start, end, "code_points")


def test_a_unit_inside_a_character_is_refused():
    with pytest.raises(BadInput, match="between characters, 0 to 21 in utf16, found 1"):
        located(TEXT, 1, 3, "utf16")


def test_the_unit_is_the_tools_own_unless_the_mapping_states_one():
    assert unit_of(OWN, "utf16") == "utf16"
    assert unit_of(Mapping(offsets="code_points"), "utf16") == "code_points"


def test_one_mention_a_stretch_and_kind_with_its_roles_in_order():
    source, target, site = Role("source"), Role("target"), Role("site")
    spans = [
        (3, 9, "actor", (target,)),
        (0, 9, "actor", ()),
        (3, 9, "place", (site,)),
        (3, 9, "actor", (source, target)),
    ]
    assert mentions_of(spans) == (
        Mention(3, 9, "actor", (target, source)),
        Mention(0, 9, "actor"),
        Mention(3, 9, "place", (site,)),
    )


def test_a_derived_role_is_no_gold_beside_a_gold_one():
    gold, guess = Role("source"), Role("target")
    assert mentions_of([Stretch(0, 2, "actor", (guess,), True)])[0].derived
    (both,) = mentions_of([Stretch(0, 2, "actor", (guess,), True), (0, 2, "actor", (gold,))])
    assert both == Mention(0, 2, "actor", (gold,), derived=False)


def meaning(*spans: tuple[int, int, str], relations=(), labels=(), **more) -> Meaning:
    numbered = [Labelled(str(place), *span) for place, span in enumerate(spans)]
    edges = [Relation(name, str(head), str(end)) for name, head, end in relations]
    return meaning_of(labels, numbered, edges, FOREIGN, **more)


def test_span_labels_make_mentions_triggers_event_types_and_null_nothing():
    made = meaning((0, 3, "PER"), (4, 8, "Attack"), (9, 12, "LOC"), (13, 17, "DATE"))
    assert made.mentions == (
        Mention(0, 3, "actor"),
        Mention(9, 12, "place", (Role("site"),)),
    )
    assert made.event_types == ("ASSAULT",) and made.complete


def test_a_relation_gives_its_role_to_the_entity_and_names_the_event_only_among_several():
    spans = (0, 3, "PER"), (4, 8, "Attack")
    one = meaning(*spans, relations=[("by", 1, 0)])
    assert one.mentions == (Mention(0, 3, "actor", (Role("source"),)),)
    several = meaning(
        *spans, (9, 12, "Clash"), relations=[("by", 1, 0), ("by", 2, 0), ("said", 2, 0)]
    )
    assert several.event_types == ("ASSAULT", "COERCE")
    assert several.mentions[0].roles == (
        Role("source", "ASSAULT"),
        Role("source", "COERCE"),
        Role("reporter"),
    )


def test_a_relation_of_another_kind_than_its_entity_is_a_mention_of_its_own():
    made = meaning((0, 3, "LOC"), (4, 8, "Attack"), relations=[("by", 1, 0)])
    assert [(mention.kind, mention.role_names) for mention in made.mentions] == [
        ("place", ("site",)),
        ("actor", ("source",)),
    ]


def test_a_derived_label_makes_a_derived_mention():
    assert meaning((0, 3, "guessed")).mentions == (
        Mention(0, 3, "actor", (Role("target"),), derived=True),
    )


def test_silence_is_no_negative_and_an_event_that_ours_cannot_express_neither():
    assert not meaning((0, 3, "PER")).complete
    assert meaning((0, 3, "PER"), asked=True).complete
    assert not meaning(labels=["Rain", "Attack"]).complete
    assert meaning(labels=["Attack"]).complete and meaning(labels=["Attack"]).event_types
    assert meaning_of(["NONE"], [], [], OWN) == Meaning((), (), complete=True)
    assert not meaning_of(["AID"], [], [], OWN.model_copy(update={"complete": False})).complete


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        (("by", 0, 1), "'by' from 'PER' to 'Attack'"),
        (("by", 1, 1), "'by' from 'Attack' to 'Attack'"),
        (("by", 0, 0), "'by' from 'PER' to 'PER'"),
        (("by", 1, 9), "no span '9'"),
        (("bye", 1, 0), "did you mean 'by'?"),
    ],
)
def test_a_relation_that_gives_no_role_is_refused(relation, said):
    with pytest.raises(BadInput) as caught:
        meaning((0, 3, "PER"), (4, 8, "Attack"), relations=[relation])
    assert said in str(caught.value)


def test_a_relation_that_the_mapping_reads_over_may_point_anywhere():
    spans = (0, 3, "PER"), (4, 8, "Attack")
    made = meaning(*spans, relations=[("coref", 0, 0), ("coref", 0, 99)])
    assert made == meaning(*spans)


def test_an_id_twice_is_refused():
    twice = [Labelled("T1", 0, 3, "PER"), Labelled("T1", 4, 8, "PER")]
    with pytest.raises(BadInput, match="id once"):
        meaning_of((), twice, (), FOREIGN)


BOUNDS = [(0, 10), (12, 20), (20, 30)]


def document(*spans: tuple[int, int, str], relations=()) -> list[Meaning | str]:
    numbered = [Labelled(str(place), *span) for place, span in enumerate(spans)]
    edges = [Relation(name, str(head), str(end)) for name, head, end in relations]
    made = meanings_of(BOUNDS, numbered, edges, FOREIGN)
    return [str(one) if isinstance(one, BadInput) else one for one in made]


def test_a_document_is_cut_to_sentences_and_one_trigger_makes_all_of_them_complete():
    first, second, third = document((2, 5, "PER"), (12, 20, "Attack"), (20, 21, "LOC"))
    assert first.mentions == (Mention(2, 5, "actor"),) and first.event_types == ()
    assert second.event_types == ("ASSAULT",) and second.mentions == ()
    assert third.mentions == (Mention(0, 1, "place", (Role("site"),)),)
    assert first.complete and second.complete and third.complete
    assert not any(one.complete for one in document((2, 5, "PER")))


@pytest.mark.parametrize(
    ("span", "refused"),
    [((2, 14), [0, 1]), ((19, 21), [1, 2]), ((0, 30), [0, 1, 2]), ((8, 11), [0]), ((11, 14), [1])],
)
def test_a_span_that_leaves_its_sentence_refuses_those_it_touches(span, refused):
    made = document((*span, "PER"), (13, 14, "PER"))
    assert [place for place, one in enumerate(made) if isinstance(one, str)] == refused
    assert all(isinstance(one, Meaning) for one in document((*span, "DATE")))


def test_overlapping_spans_over_several_sentences_are_all_refused_once():
    made = document((2, 14, "PER"), (3, 13, "LOC"), (13, 25, "PER"))
    assert all(isinstance(one, str) and "spans within one sentence" in one for one in made)


def test_a_span_outside_of_all_sentences_is_refused():
    for span in ((10, 12), (30, 32)):
        with pytest.raises(BadInput, match="spans in sentences"):
            document((*span, "PER"))


def test_a_relation_between_two_sentences_refuses_both():
    spans = (2, 5, "PER"), (13, 15, "Attack")
    first, second, third = document(*spans, relations=[("by", 1, 0)])
    assert "relations within one sentence" in first and first == second
    assert isinstance(third, Meaning)
    assert document(*spans, relations=[("coref", 1, 0), ("coref", 1, 99)]) == document(*spans)
    with pytest.raises(BadInput, match="no span '99'"):
        document(*spans, relations=[("by", 1, 99)])


def test_an_unknown_label_refuses_its_sentence_alone():
    first, second, third = document((2, 5, "PERS"), (13, 15, "PER"))
    assert "did you mean 'PER'?" in first
    assert isinstance(second, Meaning) and isinstance(third, Meaning)
