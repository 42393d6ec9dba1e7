"""A stack on whole articles, the cost of each of its stages, and the report of both."""

import json
from dataclasses import replace

import numpy as np
import pytest
from event_parts import ARTICLE, labelled

from data.errors import BadInput
from evaluation.events.budget import CUMULATIVE, RUNS, FixedCounts, costs
from evaluation.events.gold import gold_articles
from evaluation.events.matching import MEASURES
from evaluation.events.oracles import STAGES, Oracle
from evaluation.events.report import (
    EventReport,
    load_event_report,
    make_report,
    save_event_report,
)
from evaluation.events.score import count_table, f1_of, field_scores, filler_table, scores
from evaluation.events.stack import Reading, Stack, event_of
from evaluation.events.tables import render
from tagging.artifact import load_artifact
from tagging.events.linking import link
from tagging.pipeline import Found
from tagging.tagged import Scored

TASKS = ("event_type", "actor_role", "geo_direction")
WHO = "type + source + target"


@pytest.fixture(scope="module")
def articles(sentences):
    return gold_articles(sentences)[0]


@pytest.fixture(scope="module")
def stack_of(shelf):
    def made(families: dict[str, str], name: str = "stack") -> Stack:
        folders = [shelf(families.get(task, "tfidf"), task).folder for task in TASKS]
        return Stack([load_artifact(folder) for folder in folders], name)

    return made


@pytest.fixture(scope="module")
def report(stack_of, articles) -> EventReport:
    still = {"geo_direction": "majority"}
    stacks = [stack_of(still, "good"), stack_of(still | {"actor_role": "majority"}, "poor")]
    return make_report(stacks, articles, "corpus", {"no <b>": 2}, resamples=200)


def cost(report: EventReport, stack: int, stage: str, level: str = WHO, agreement: str = "strict"):
    return next(
        each
        for each in report.stacks[stack].budget
        if (each.stage, each.level, each.agreement) == (stage, level, agreement)
    )


def test_with_every_answer_gold_nothing_is_lost(report):
    for place in (0, 1):
        last = [each for each in report.stacks[place].budget if each.stage == STAGES[-1]]
        assert len(last) == len(MEASURES) and {each.cumulative.value for each in last} == {1.0}


def test_the_gains_of_the_stages_add_up_to_what_was_lost(report):
    for stack in report.stacks:
        for score in stack.scores:
            steps = [
                each.cumulative_gain.value
                for each in stack.budget
                if (each.level, each.agreement) == (score.level, score.agreement)
            ]
            assert score.f1.value + sum(steps) == pytest.approx(1.0)


def test_a_bad_role_model_costs_in_roles_and_in_no_other_level(report):
    good, poor = (cost(report, place, "roles") for place in (0, 1))
    assert poor.gain.value > good.gain.value + 0.1 and poor.gain.low > 0
    assert good.alone.value == pytest.approx(poor.alone.value)
    for place in (0, 1):
        assert cost(report, place, "roles", "type + origin + destination").gain.value == 0
        assert cost(report, place, "directions").gain.value == 0
        assert cost(report, place, "directions", "type + origin + destination").gain.value > 0.5
        assert cost(report, place, "mentions", "type").gain.value == 0


def test_what_is_scored_is_what_the_pipeline_says(report, stack_of, articles):
    stack = stack_of({"geo_direction": "majority"})
    for article, kept in zip(articles[:5], report.stacks[0].predictions, strict=False):
        tagged = stack.tagger.tag_page(article.text, article.id)
        assert kept.article == article.id
        assert list(kept.events) == [event_of(each, Reading()) for each in link(tagged)]
        assert kept.sentences == tuple((each.start, each.end) for each in tagged)


def test_the_figures_follow_from_the_kept_events_and_counts(report):
    gold = {article.article: article.events for article in report.gold}
    for stack in report.stacks:
        table = count_table(gold, {each.article: each.events for each in stack.predictions})
        assert scores(table, 200) == stack.scores
        fillers = filler_table(gold, {each.article: each.events for each in stack.predictions})
        assert field_scores(fillers, 200) == stack.fields
        assert costs(stack.counts, 200) == stack.budget
        assert np.array_equal(stack.counts[0].table, table) and stack.counts[0].fixed == ()
        assert [each.fixed for each in stack.counts] == list(RUNS)
    first, second = (f1_of(stack.counts[0].table.sum(axis=0)) for stack in report.stacks)
    found = [each.f1.value for each in report.differences]
    assert found == pytest.approx(list(first - second))


def test_a_stack_less_itself_is_nothing(stack_of, articles):
    twice = [stack_of({}), stack_of({})]
    found = make_report(twice, articles[:10], "corpus", {}, resamples=50)
    for each in found.differences:
        assert (each.f1.value, each.f1.low, each.f1.high) == (0.0, 0.0, 0.0)


def test_the_same_words_are_asked_for_once(stack_of, articles, monkeypatch):
    stack = stack_of({})
    asked: list[tuple[str, str, object]] = []
    for artifact in stack.artifacts:
        runtime, task = artifact.runtime, artifact.card.task
        say = runtime.probabilities

        def heard(examples, *rest, say=say, task=task):
            asked.extend((task, example.text, example.marks) for example in examples)
            return say(examples, *rest)

        monkeypatch.setattr(runtime, "probabilities", heard)
    make_report([stack], articles[:6], "corpus", {}, resamples=50)
    assert asked and len(asked) == len(set(asked))


def test_a_report_comes_back_as_it_was_written(report, tmp_path):
    path = tmp_path / "events.json"
    save_event_report(report, path)
    assert load_event_report(path) == report
    content = json.loads(path.read_text()) | {"schema_version": 7}
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput, match="schema_version"):
        load_event_report(path)


def test_the_markdown_has_every_table_and_escapes_names(report):
    text = render(report)
    titles = [line for line in text.splitlines() if line.startswith("## ")]
    assert len(titles) == 2 * 2 + 1 + 2 * 4
    assert "<b>" not in text and "no &#60;b&#62;" in text
    assert "| nothing |" in text and "| linking |" in text


def test_a_stack_needs_an_artifact_a_task_and_labels_that_it_knows(shelf, stack_of, articles):
    with pytest.raises(BadInput, match="none for actor and place"):
        Stack([load_artifact(shelf("tfidf", "event_type").folder)], "half")
    placed = articles[0].sentences[0]
    strange = replace(placed, labelled=replace(placed.labelled, event_types=("FEAST",)))
    article = replace(articles[0], sentences=(strange,))
    with pytest.raises(BadInput, match="FEAST"):
        make_report([stack_of({})], [article], "corpus", {})
    with pytest.raises(BadInput, match="3: too few"):
        make_report([stack_of({})], [], "corpus", {"too few": 3})


def decided(mention, labels: tuple[str, ...]):
    chances = {name: float(name in labels) for name in mention.probabilities}
    return replace(
        mention, labels=tuple(Scored(name, 1.0) for name in labels), probabilities=chances
    )


def test_the_oracle_of_linking_puts_decided_roles_into_the_gold_events(tmp_path, stack_of):
    (article,), _ = gold_articles(labelled(tmp_path))
    oracle, stack = Oracle(article), stack_of({})
    found = [
        replace(each, mentions=oracle.mentions(each.start, each.start + len(each.text)))
        for each in oracle.sentences()
    ]
    (first, *_) = oracle.with_types(list(stack.tagger.tag_found(found)))
    roles = {"army": ("source", "target"), "rebels": ("source",), "medics": ("reporter",)}
    places = {"Tirra": ("destination",), "Ostmark": ("site",)}
    first = replace(
        first,
        actors=tuple(decided(each, roles[each.surface]) for each in first.actors),
        places=tuple(decided(each, places[each.surface]) for each in first.places),
    )
    own = [event_of(each, Reading()) for each in link([first])]
    assert own[0].parts["source"] == own[1].parts["source"] != ()  # each in both
    assert tuple(oracle.corrected(first, own, ["linking"])) == article.events[:2]

    def words(event, field):
        return [article.text[start:end] for start, end in event.parts.get(field, ())]

    asked = [own[0].model_copy(update={"parts": {"target": own[0].parts["target"]}}), own[1]]
    alone = oracle.corrected(first, asked, ["roles"])  # a judge that has only the army in both
    assert words(alone[0], "source") == ["army"] and "target" not in alone[0].parts
    alone = oracle.corrected(first, own, ["roles"])
    assert words(alone[0], "source") == ["army", "rebels"] and "target" not in alone[0].parts
    assert words(alone[1], "target") == ["army"] and words(alone[1], "source") == ["rebels"]


def test_a_dateline_in_front_is_part_of_its_sentence_but_its_place_is_lost(tmp_path, stack_of):
    head = ARTICLE.split("\n\n")[0]
    line = "ASSAULT :: {TIRRA|site} - The {army|source} shelled two {farmers|target} at dawn."
    other = "none :: Nobody came to the fair in {Norvale|background} that week."
    (article,), _ = gold_articles(labelled(tmp_path, f"{head}\n\n{line}\n{other}\n"))
    stack = stack_of({})
    report = make_report([stack], [article], "one", {}, resamples=50)
    cut = report.stacks[0].cutting
    assert (cut.gold, cut.predicted, cut.same) == (2, 2, 2)
    read = stack.read([article])[article.id]
    assert read.sentences[0].text.startswith("The army") and read.dateline == (0, 7)
    gold = stack.events([article], {article.id: read}, STAGES[1:])[article.id]
    assert gold[0].sentence == article.events[0].sentence
    assert "site" in article.events[0].parts and "site" not in gold[0].parts


def test_a_page_that_is_no_article_is_counted_and_told(tmp_path, stack_of, articles):
    (none,), _ = gold_articles([replace(articles[0].sentences[0].labelled, text=" ", mentions=())])
    report = make_report([stack_of({})], [none, *articles[1:3]], "three", {}, resamples=50)
    assert list(report.stacks[0].cutting.refused) == [none.id]
    assert report.stacks[0].predictions[0].events == ()


def test_a_sentence_that_was_cut_gives_its_types_to_the_larger_part(tmp_path):
    (article,), _ = gold_articles(labelled(tmp_path))
    from tagging.tagged import TaggedSentence

    text, cut = article.text, 30
    pieces = [
        TaggedSentence("a", n, start, end, None, None, text[start:end], (), (), ())
        for n, (start, end) in enumerate([(0, cut), (cut, len(text))], start=1)
    ]
    types = [[each.label for each in one.event_types] for one in Oracle(article).with_types(pieces)]
    assert types == [[], ["MOBILIZE", "ASSAULT", "AID"]]


def test_a_gold_mention_that_a_cut_goes_through_is_lost(tmp_path):
    (article,), _ = gold_articles(labelled(tmp_path))
    army = article.text.index("army")
    assert [m.start for m in Oracle(article).mentions(army, army + 10)] == [0]
    assert Oracle(article).mentions(army + 1, army + 10) == ()
    assert isinstance(Oracle(article).sentences()[0], Found) and CUMULATIVE[-1] == STAGES
    assert FixedCounts(fixed=(), counts=()).table.shape == (0, len(MEASURES), 3)
