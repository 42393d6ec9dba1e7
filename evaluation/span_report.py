"""The report of a mention tagger: found mentions against gold, beside the rules on those rows."""

import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from data.codebook import Codebook
from data.examples import content_hash
from data.pages import write_whole
from data.records import Example, Sentence
from evaluation.bootstrap import RESAMPLES
from evaluation.figures import Bootstrap
from evaluation.metrics import Frozen
from evaluation.report import ArtifactRef, CodebookRef, DatasetRef, Name
from evaluation.span_scores import (
    Drawn,
    Span,
    SpanDifference,
    SpanRow,
    SpanScore,
    differences_of,
    drawn,
    scores_of,
)
from tagging.artifact import Artifact
from tagging.mention_examples import mention_examples
from tagging.mentions import propose

BATCH = 512  # sentences asked at once
Progress = Callable[[int], None]


class FoundSpan(Frozen):
    """A found mention and how probable the model holds it."""

    start: int
    end: int
    kind: str
    probability: float


class SpanPrediction(Frozen):
    """A sentence's gold mentions (start, end, kind), and those found."""

    id: str
    document: str
    gold: tuple[Span, ...]
    found: tuple[FoundSpan, ...]


class SpanReport(Frozen):
    """What a mention tagger found in labelled sentences.

    `rules` are the scores of `tagging.mentions.propose` on the same rows, `gained` is F1 of the
    model less theirs. `brier` is of the found mentions' probabilities: right is span and kind.
    """

    kind: Literal["spans"]
    schema_version: Literal[1]
    task: Name
    model: Name
    family: Name
    dataset: DatasetRef
    codebook: CodebookRef
    artifact: ArtifactRef
    sentences: int
    articles: int
    bootstrap: Bootstrap
    seconds: Annotated[float, Field(ge=0)]
    rows_per_second: float | None
    versions: dict[str, str]
    scores: tuple[SpanScore, ...]
    rules: tuple[SpanScore, ...]
    gained: tuple[SpanDifference, ...]
    brier: float | None
    predictions: tuple[SpanPrediction, ...]


def score_mentions(
    artifact: Artifact, sentences: Sequence[Sentence], dataset: str, done: Progress, seed: int = 0
) -> SpanReport:
    """Asks the artifact and the rules for the mentions of every sentence."""
    rows, codebook, card = mention_examples(sentences), artifact.codebook, artifact.card
    start = time.perf_counter()
    found = _found(artifact, rows, done)
    seconds = time.perf_counter() - start
    predictions = tuple(
        SpanPrediction(id=row.id, document=row.doc_id, gold=gold_of(row), found=spans)
        for row, spans in zip(rows, found, strict=True)
    )
    own = drawn([_row(one) for one in predictions], codebook.labels, RESAMPLES, seed)
    rules = rules_drawn(rows, codebook.labels, seed)
    return SpanReport(
        kind="spans",
        schema_version=1,
        task=codebook.name,
        model=card.name,
        family=card.family,
        dataset=DatasetRef(name=dataset, rows_sha256=content_hash(rows)),
        codebook=_reference(codebook),
        artifact=ArtifactRef(
            manifest_sha256=artifact.manifest_hash,
            run_id=card.run_id,
            git_commit=card.git_commit,
            seed=card.seed,
        ),
        sentences=len(rows),
        articles=own.documents,
        bootstrap=Bootstrap(resamples=RESAMPLES, seed=seed),
        seconds=seconds,
        rows_per_second=len(rows) / seconds if seconds else None,
        versions={name: version(name) for name in ("numpy", "onnxruntime", "tokenizers")},
        scores=scores_of(own),
        rules=scores_of(rules),
        gained=differences_of(own, rules),
        brier=_brier(predictions),
        predictions=predictions,
    )


def save_span_report(report: SpanReport, path: Path) -> None:
    """Writes the report as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, report.model_dump_json(indent=1) + "\n")


def rules_drawn(rows: Sequence[Example], kinds: Sequence[str], seed: int = 0) -> Drawn:
    """What the rules alone find in the rows."""
    said = [frozenset((m.start, m.end, str(m.kind)) for m in propose(row.text)) for row in rows]
    pairs = zip(rows, said, strict=True)
    scored = [SpanRow(row.doc_id, frozenset(gold_of(row)), spans) for row, spans in pairs]
    return drawn(scored, kinds, RESAMPLES, seed)


def gold_of(row: Example) -> tuple[Span, ...]:
    """The gold mentions of a row of `mention_examples`."""
    return tuple((mark.start, mark.end, mark.name) for mark in row.marks)


def _found(
    artifact: Artifact, rows: Sequence[Example], done: Progress
) -> list[tuple[FoundSpan, ...]]:
    found: list[tuple[FoundSpan, ...]] = []
    for first in range(0, len(rows), BATCH):
        part = [row.text for row in rows[first : first + BATCH]]
        for spans in artifact.mentions(part):
            found.append(
                tuple(
                    FoundSpan(start=m.start, end=m.end, kind=m.kind, probability=m.probability)
                    for m in spans
                )
            )
        done(len(part))
    return found


def _row(one: SpanPrediction) -> SpanRow:
    found = frozenset((span.start, span.end, span.kind) for span in one.found)
    return SpanRow(one.document, frozenset(one.gold), found)


def _brier(predictions: Sequence[SpanPrediction]) -> float | None:
    gaps = [
        span.probability - ((span.start, span.end, span.kind) in one.gold)
        for one in predictions
        for span in one.found
    ]
    return float(np.mean(np.square(gaps))) if gaps else None


def _reference(codebook: Codebook) -> CodebookRef:
    return CodebookRef(
        name=codebook.name,
        version=codebook.version,
        hash=codebook.hash,
        none=codebook.none,
        groups=codebook.groups,
    )
