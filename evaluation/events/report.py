"""The report of one or two stacks on the events of an article set: typed, one JSON file."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from data.errors import BadInput
from data.pages import write_whole
from data.reading import read_text
from evaluation.bootstrap import RESAMPLES
from evaluation.events.budget import RUNS, Cost, FixedCounts, costs, fixed_counts
from evaluation.events.gold import Event, GoldArticle, Span
from evaluation.events.score import (
    Difference,
    FieldScore,
    Score,
    compared,
    count_table,
    field_scores,
    filler_table,
    scores,
)
from evaluation.events.stack import Readings, Stack
from evaluation.metrics import Frozen
from tagging.artifact import Artifact

MAX_BYTES = 500_000_000


class ArticleEvents(Frozen):
    """The sentences of one article and the events in them."""

    article: str
    sentences: tuple[Span, ...]
    events: tuple[Event, ...]


class ArtifactUsed(Frozen):
    """An artifact of a stack."""

    name: str
    manifest_sha256: str
    codebook_sha256: str
    run_id: str | None


class Cutting(Frozen):
    """How the pipeline cut the pages: gold sentences, its own, and those that are the same.

    A dateline in front of a sentence, which the pipeline takes off, is part of it here.
    """

    gold: int
    predicted: int
    same: int
    refused: dict[str, str]  # article -> why it has no sentence


class StackResult(Frozen):
    """What one stack made of the articles; `counts` are what the budget was drawn from."""

    name: str
    artifacts: dict[str, ArtifactUsed]  # task -> artifact
    cutting: Cutting
    scores: tuple[Score, ...]
    fields: tuple[FieldScore, ...]
    budget: tuple[Cost, ...]
    predictions: tuple[ArticleEvents, ...]
    counts: tuple[FixedCounts, ...]


class EventReport(Frozen):
    """Event scores of whole articles; `differences` are the first stack less the second."""

    kind: Literal["events"] = "events"
    schema_version: Literal[1] = 1
    dataset: str
    articles_sha256: str
    left_out: dict[str, int]  # reason -> articles
    resamples: int
    gold: tuple[ArticleEvents, ...]
    stacks: tuple[StackResult, ...]
    differences: tuple[Difference, ...] = ()


def make_report(
    stacks: Sequence[Stack],
    articles: Sequence[GoldArticle],
    dataset: str,
    left_out: dict[str, int],
    progress: Callable[[int], None] | None = None,
    resamples: int = RESAMPLES,
) -> EventReport:
    """Scores the stacks; `progress` hears of each of the `RUNS` that was made."""
    if not articles:
        reasons = ", ".join(f"{count}: {reason}" for reason, count in left_out.items())
        raise BadInput("an article with its events in full", reasons or "none", "label one")
    results = [_result(stack, articles, progress, resamples) for stack in stacks]
    first, *others = [result.counts[RUNS.index(())].table for result in results]
    return EventReport(
        dataset=dataset,
        articles_sha256=_hash(articles),
        left_out=left_out,
        resamples=resamples,
        gold=tuple(_gold(article) for article in articles),
        stacks=tuple(results),
        differences=compared(first, others[0], resamples) if others else (),
    )


def _result(
    stack: Stack,
    articles: Sequence[GoldArticle],
    progress: Callable[[int], None] | None,
    resamples: int,
) -> StackResult:
    stack.check(articles)
    read = stack.read(articles)
    own = stack.events(articles, read)
    gold = {article.id: article.events for article in articles}
    counted = fixed_counts(gold, lambda fixed: stack.events(articles, read, fixed), progress)
    return StackResult(
        name=stack.name,
        artifacts={each.card.task: _used(each) for each in stack.artifacts},
        cutting=_cutting(articles, read),
        scores=scores(count_table(gold, own), resamples),
        fields=field_scores(filler_table(gold, own), resamples),
        budget=costs(counted, resamples),
        predictions=tuple(
            ArticleEvents(article=name, sentences=_spans(read, name), events=tuple(events))
            for name, events in own.items()
        ),
        counts=counted,
    )


def save_event_report(report: EventReport, path: Path) -> None:
    """Writes it whole or not at all."""
    write_whole(path, report.model_dump_json(indent=1) + "\n")


def load_event_report(path: Path) -> EventReport:
    """Reads a report. Raises BadInput for anything else."""
    text = read_text(path, "a report of events (JSON)", MAX_BYTES)
    try:
        return EventReport.model_validate_json(text)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in problem["loc"]) or "the content"
        found = f"{place}: {problem['msg']}"[:300]
        raise BadInput("a report of events", found, "score again", path=path) from None


def _used(artifact: Artifact) -> ArtifactUsed:
    card = artifact.card
    return ArtifactUsed(
        name=card.name,
        manifest_sha256=artifact.manifest_hash,
        codebook_sha256=card.codebook_hash,
        run_id=card.run_id,
    )


def _cutting(articles: Sequence[GoldArticle], read: Readings) -> Cutting:
    gold = {(article.id, placed.span) for article in articles for placed in article.sentences}
    found = {(name, span) for name in read for span in _spans(read, name)}
    refused = {name: one.refused for name, one in read.items() if one.refused}
    return Cutting(gold=len(gold), predicted=len(found), same=len(gold & found), refused=refused)


def _gold(article: GoldArticle) -> ArticleEvents:
    spans = tuple(placed.span for placed in article.sentences)
    return ArticleEvents(article=article.id, sentences=spans, events=article.events)


def _spans(read: Readings, name: str) -> tuple[Span, ...]:
    return tuple(read[name].span_of(sentence) for sentence in read[name].sentences)


def _hash(articles: Sequence[GoldArticle]) -> str:
    """Of the texts and the gold events."""
    digest = sha256()
    for article in articles:
        digest.update(f"{article.id}\n{article.text}\n".encode())
        digest.update(_gold(article).model_dump_json().encode())
    return digest.hexdigest()
