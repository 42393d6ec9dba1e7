"""Tests of tagging/events/references.py: which earlier actor a mention stands for."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from benchmarks.references import Case, Score, read_cases, same_head, score, tagged
from data.importers.inline import read_corpus
from tagging.events.actor_words import classes, read_actor, singular
from tagging.events.references import Reference, find_references
from tagging.tagged import TaggedMention, TaggedSentence

ROOT = Path(__file__).parent.parent


def sentences(*texts: str) -> list[TaggedSentence]:
    """Sentences whose actors stand in braces, one behind the other in an article."""
    rows, start = [], 0
    for number, marked in enumerate(texts, 1):
        actors, text = [], ""
        for piece in re.split(r"(\{[^}]*\})", marked):
            surface = piece.strip("{}")
            if piece.startswith("{"):
                at = start + len(text), start + len(text) + len(surface)
                actors.append(TaggedMention(*at, at, surface, None, {}))
            text += surface
        end = start + len(text)
        rows.append(
            TaggedSentence(
                "page", number, start, end, (start, end), None, text, None, tuple(actors), ()
            )
        )
        start = end + 1
    return rows


def links(*texts: str) -> list[tuple[str, str, str]]:
    """(mention, antecedent, rule) of every reference in reading order."""
    rows = sentences(*texts)
    found = find_references(rows)
    return [
        (mention.surface, one.antecedent.surface, one.rule)
        for row in rows
        for mention in row.actors
        if (one := found.get((mention.start, mention.end)))
    ]


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        ("{Minister Ada Lorne} spoke.", "{Lorne} left the hall.", "name"),
        ("{National Front of Arda} won.", "The {Front} will govern.", "name"),
        ("{Democratic Front for Change} marched.", "{DFC} shut the road.", "acronym"),
        ("{Kenya} shut its border.", "{Nairobi} gave no reason.", "state"),
        ("{Kenya} shut its border.", "The {Kenyan government} gave no reason.", "state"),
        ("{Kenya} shut its border.", "The {government} gave no reason.", "government"),
        ("Eight {harbour pilots} met.", "The {pilots} want more pay.", "noun"),
        ("A {schoolteacher} was held.", "The {teacher} went home.", "noun"),
        ("{Rebels of the Arda Front} came.", "The {rebels} burned a bridge.", "noun"),
        ("{Arda Liberation Movement} fighters fled.", "The {movement} denied it.", "noun"),
        ("Nine {Kenyan border police} fired.", "The {Kenyan officers} then left.", "class"),
        ("The {drilling company} closed.", "The {firm} gave no reason.", "class"),
        ("Six {Ugandan gunners} fired.", "The {Ugandans} then left.", "demonym"),
        ("The {army} has moved.", "{Soldiers} searched the market.", "member"),
        ("Four {oil workers} were freed.", "The four {men} were flown out.", "people"),
    ],
)
def test_each_rule_links_what_it_is_for(first: str, second: str, rule: str) -> None:
    (named,) = re.findall(r"\{([^}]*)\}", first)
    (later,) = re.findall(r"\{([^}]*)\}", second)
    assert links(first, second) == [(later, named, rule)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Six {gunmen} came.", "{Gunmen} came again."),  # a bare plural is new
        ("Six {gunmen} came.", "Two {gunmen} were shot."),
        ("A {Chadian soldier} fell.", "The {Malian soldier} fled."),
        ("The {port operator} paid.", "The {airport operator} did not."),
        ("Six {guards} slept.", "The {guard} woke up."),
        ("{Kenya} shut its border.", "{Kampala} protested."),
        ("{Nairobi's police chief} spoke.", "{Nairobi} protested."),
        ("{Macedonian gunners} fired.", "The {army} denied it."),
        ("{Kenya} spoke.", "The two {governments} met."),
        ("Six {guards} met nine {drivers}.", "The {men} shook hands."),
        ("The {army} has moved.", "Three {soldiers} deserted."),
        ("{Ada Lorne} spoke.", "{Ivo Lorne} left."),
    ],
)
def test_what_is_new_or_unclear_is_not_linked(first: str, second: str) -> None:
    assert links(first, second) == []


def test_the_nearest_sentence_and_in_it_the_first_actor_comes_first() -> None:
    rows = (
        "The {oil union} met the {teachers' union}.",
        "The {dock union} met.",
        "The {union} won.",
    )
    assert links(*rows)[-1] == ("union", "dock union", "noun")
    assert links(rows[0], rows[2]) == [("union", "oil union", "noun")]


def test_a_noun_is_not_linked_within_its_sentence_but_a_name_is() -> None:
    assert links("A {rail union} warned that the {union} would strike.") == []
    assert links("{Ada Lorne} said that {Lorne} would go.") == [("Lorne", "Ada Lorne", "name")]


def test_keys_are_offsets_in_the_article_and_the_sentence_is_told() -> None:
    rows = sentences("It rained.", "{Ada Lorne} spoke.", "{Lorne} left.")
    (key,) = find_references(rows)
    text = "\n".join(row.text for row in rows)
    assert text[slice(*key)] == "Lorne"
    assert find_references(rows)[key] == Reference(rows[1].actors[0], 2, "name")


def test_a_tagger_that_keeps_the_article_in_the_span_gets_the_same_link() -> None:
    assert links("Eight {harbour pilots} met.", "{The pilots} went.")[0][1] == "harbour pilots"


@pytest.mark.parametrize("surface", ["", "'", "of", "The ", "“”", "'s", "1", "の警察"])
def test_odd_mentions_raise_nothing(surface: str) -> None:
    find_references(
        sentences(f"{{{surface}}} and {{police}}.", f"The {{{surface}}} and the {{men}}.")
    )


def test_no_actor_no_reference() -> None:
    assert find_references([]) == {}
    assert find_references(sentences("It rained.")) == {}


def test_nouns_are_known_in_either_number() -> None:
    assert [singular(noun) for noun in ("gunmen", "parties", "police", "bosses")] == [
        "gunman",
        "party",
        "police",
        "boss",
    ]
    assert "army" in classes(frozenset({"soldier"}))


@pytest.mark.parametrize(
    ("marked", "number"),
    [
        ("The {gunmen}", "many"),
        ("the {police}", "many"),
        ("the {army}", "body"),
        ("{Ada Lorne}", "body"),
        ("{Minister Ada Lorne}", "one"),
        ("a {teacher}", "one"),
    ],
)
def test_the_number_of_an_actor(marked: str, number: str) -> None:
    (row,) = sentences(marked)
    assert read_actor(row, row.actors[0]).number == number


@cache
def corpus() -> dict[str, Sequence[TaggedSentence]]:
    return {one.id: tagged(one) for one in read_corpus(ROOT / "data" / "corpus")}


def test_every_gold_mention_and_antecedent_is_marked_in_the_corpus() -> None:
    cases = read_cases()
    for case in cases:
        marks = {(row.number, one.surface) for row in corpus()[case.article] for one in row.actors}
        assert {case.mention, *case.right} <= marks, case
        assert all(number <= case.mention[0] for number, _ in case.right), case
    assert len(cases) >= 200
    halves = {(case.article, case.half) for case in cases}
    assert len(halves) == len({article for article, _ in halves})


def test_the_score_counts_decisions_and_links() -> None:
    right = frozenset({(1, "army")})
    cases = [
        Case("all", "final", "a", (2, "soldiers"), right),
        Case("all", "final", "a", (3, "gunmen"), frozenset()),
        Case("all", "final", "a", (4, "men"), right),
    ]
    answers = {"a": {(2, "soldiers"): (1, "army"), (3, "gunmen"): (1, "army")}}
    assert score(cases, answers) == Score(cases=3, right=1, made=2, right_links=1, links=2)


def test_the_baseline_takes_the_nearest_same_last_word() -> None:
    rows = sentences("{Oil workers} met.", "{Dock workers} met.", "{Workers of Arda} met.")
    assert same_head(rows)[3, "Workers of Arda"] == (2, "Dock workers")
