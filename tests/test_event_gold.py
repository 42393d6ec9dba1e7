"""Gold events of labelled sentences: fields by event, offsets into the page, what is left out."""

from dataclasses import replace

from event_parts import ARTICLE, labelled

from data.records import Role
from evaluation.events.gold import gold_articles


def words(article, event, field):
    return [article.text[start:end] for start, end in event.parts.get(field, ())]


def test_each_event_has_those_who_take_part_in_it_and_all_have_the_reporter(tmp_path):
    (article,), left_out = gold_articles(labelled(tmp_path))
    sent, shelled, flown = article.events
    assert left_out == {} and [event.event_type for event in article.events] == [
        "MOBILIZE", "ASSAULT", "AID",
    ]  # fmt: skip
    assert words(article, sent, "source") == ["army"] and words(article, sent, "target") == []
    assert words(article, sent, "destination") == ["Tirra"] and words(article, sent, "site") == []
    assert words(article, shelled, "source") == ["rebels"]
    assert words(article, shelled, "target") == ["army"]
    assert words(article, shelled, "site") == ["Ostmark"]
    assert words(article, sent, "reporter") == words(article, shelled, "reporter") == ["medics"]
    assert words(article, flown, "origin") == ["Kasmara"]
    assert words(article, flown, "destination") == ["Tirra"]


def test_the_page_is_the_sentences_in_order_with_one_blank_between(tmp_path):
    sentences = labelled(tmp_path)
    (article,), _ = gold_articles(sentences)
    assert article.text == " ".join(sentence.text for sentence in sentences)
    for placed in article.sentences:
        start, end = placed.span
        assert article.text[start:end] == placed.labelled.text


def test_articles_whose_events_are_not_known_in_full_are_left_out_with_the_reason(tmp_path):
    sentences = labelled(tmp_path)
    whole = [replace(sentence, doc_id="whole") for sentence in sentences]
    unfinished = [replace(sentences[2], doc_id="unfinished", complete=False)]
    mention = replace(sentences[2].mentions[0], derived=True)
    derived = [replace(sentences[2], doc_id="derived", mentions=(mention,))]
    mention = replace(sentences[0].mentions[0], roles=(Role("source"),))
    nameless = [replace(sentences[0], doc_id="nameless", mentions=(mention,))]
    made, left_out = gold_articles([*whole, *unfinished, *derived, *nameless])
    assert [article.id for article in made] == ["whole"]
    assert sorted(left_out) == [
        "a role that names none of its sentence's events",
        "event types incomplete: an absent type is not a negative",
        "roles found by rule",
    ]


def test_merged_types_count_as_what_the_codebook_says(tmp_path):
    (article,), _ = gold_articles(labelled(tmp_path), {"MOBILIZE": "COERCE"})
    assert [event.event_type for event in article.events] == ["COERCE", "ASSAULT", "AID"]
    assert words(article, article.events[0], "source") == ["army"]


def test_two_roles_of_one_actor_in_one_event_fill_both_fields(tmp_path):
    text = (
        ARTICLE.split("\n\n")[0] + "\n\nCONSULT :: {Envoys|source, target} met in {Tirra|site}.\n"
    )
    (article,), _ = gold_articles(labelled(tmp_path, text))
    (met,) = article.events
    assert words(article, met, "source") == words(article, met, "target") == ["Envoys"]
