"""Scores an artifact on labelled sentences, through the code that services run, into a report."""

import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from math import isfinite
from typing import Protocol

from data.codebook import FOLDER, Codebook, load_codebook
from data.errors import BadInput, nearest
from data.examples import examples_of
from data.records import Example, Sentence
from evaluation.blocks import measure
from evaluation.bootstrap import RESAMPLES
from evaluation.report import (
    SCHEMA_VERSION,
    ArtifactRef,
    Bootstrap,
    CodebookRef,
    DatasetRef,
    Report,
)
from evaluation.rows import Prediction, Row, decisions_of, row_of, rows_hash
from evaluation.selective import selective
from evaluation.slices import slices_of

PACKAGES = ("numpy", "scipy", "pydantic", "scikit-learn", "onnxruntime", "tokenizers")
ROUNDING = 1e-5  # by which a float32 probability may leave [0, 1]


class Card(Protocol):
    """What scoring reads of an artifact's card."""

    @property
    def name(self) -> str: ...
    @property
    def family(self) -> str: ...
    @property
    def run_id(self) -> str | None: ...
    @property
    def git_commit(self) -> str | None: ...


class Scorable(Protocol):
    """What scoring needs of an artifact; `tagging.artifact.Artifact` is one."""

    @property
    def card(self) -> Card: ...
    @property
    def codebook(self) -> Codebook: ...
    @property
    def manifest_hash(self) -> str: ...
    def predict(
        self,
        examples: Sequence[Example],
        batch_size: int = 32,
        progress: Callable[[int], None] | None = None,
    ) -> Sequence[Prediction]: ...


def score(
    artifact: Scorable,
    sentences: Iterable[Sentence],
    *,
    name: str,
    dataset: str,
    labels: tuple[str, ...] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
    with_text: bool = False,
) -> Report:
    """The report of one artifact on the examples that its codebook makes of the sentences.

    `labels` scores closed-set: rows with another gold label are left out and counted, and only
    these labels can be decided. `progress` hears how many rows were just done. Texts stay out of
    the report unless `with_text`. Raises BadInput for a codebook that is not this repository's,
    unknown labels, repeated rows, nothing to score, or predictions that are no probabilities.
    """
    codebook = artifact.codebook
    check_codebook(codebook)
    scored = _scored_labels(labels, codebook)
    found = examples_of(sentences, codebook)
    examples, left_out = _keep(found.examples, scored, codebook)
    reasons = {**found.left_out, **left_out}
    if not examples:
        told = ", ".join(f"{count} left out: {why}" for why, count in reasons.items())
        raise BadInput(f"a row to score for {codebook.name}", told or "none", "check the data")
    start = time.perf_counter()
    predictions = artifact.predict(examples, progress=progress)
    seconds = time.perf_counter() - start
    if len(predictions) != len(examples):
        raise BadInput(f"{len(examples)} predictions", str(len(predictions)), "mend the model")
    rows = [
        row_of(example, *_decide(prediction, example, scored, codebook), prediction, with_text)
        for example, prediction in zip(examples, predictions, strict=True)
    ]
    return _report(
        rows,
        model=name,
        dataset=DatasetRef(name=dataset, rows_sha256=rows_hash(rows, scored)),
        artifact=artifact,
        labels=scored,
        left_out=reasons,
        bootstrap=Bootstrap(resamples=resamples, seed=seed),
        seconds=seconds,
    )


def check_codebook(codebook: Codebook) -> None:
    """Raises BadInput if this repository has a codebook of that name with another content."""
    if codebook.name not in {file.stem for file in FOLDER.glob("*.yaml")}:
        return
    known = load_codebook(codebook.name).hash
    if known != codebook.hash:
        raise BadInput(
            f"the codebook {codebook.name!r} with hash {known[:12]}",
            f"hash {codebook.hash[:12]} in the artifact",
            "train again with this codebook, or score with the version that trained the model",
        )


def _scored_labels(labels: tuple[str, ...] | None, codebook: Codebook) -> tuple[str, ...]:
    if labels is None:
        return codebook.labels
    for label in labels:
        if label not in codebook.labels:
            fix = nearest(label, codebook.labels)
            raise BadInput(f"labels of the codebook {codebook.name}", repr(label), fix)
    least = 1 if codebook.multi else 2
    if len(set(labels)) != len(labels) or len(labels) < least:
        raise BadInput(f"{least} or more different labels", ", ".join(labels) or "none")
    return tuple(label for label in codebook.labels if label in labels)


def _keep(
    examples: Sequence[Example], scored: tuple[str, ...], codebook: Codebook
) -> tuple[list[Example], dict[str, int]]:
    """The examples whose gold labels are all scored, and how many were left out by their label."""
    kept, left_out = [], Counter[str]()
    seen: set[str] = set()
    for example in examples:
        if example.id in seen:
            raise BadInput("one row an id", f"{example.id!r} twice", "give each row its own id")
        seen.add(example.id)
        if others := [label for label in example.labels if label not in scored]:
            left_out[f"gold label {others[0]!r} is not among the scored ones"] += 1
        else:
            kept.append(example)
    return kept, dict(left_out)


def _decide(
    prediction: Prediction, example: Example, scored: tuple[str, ...], codebook: Codebook
) -> tuple[tuple[str, ...], dict[str, float]]:
    """The decision and the probabilities among the scored labels.

    Closed-set, single-label: the most probable scored label, probabilities scaled to sum 1.
    Closed-set, multi-label: the decided labels that are scored, so the model's thresholds hold.
    """
    probabilities = {
        label: _probability(prediction.probabilities, label, example) for label in scored
    }
    decided = tuple(label for label in scored if label in prediction.labels)
    if codebook.multi:
        return decided, probabilities
    if len(scored) < len(codebook.labels):
        total = sum(probabilities.values())
        share = {
            label: p / total if total else 1 / len(scored) for label, p in probabilities.items()
        }
        return (max(scored, key=lambda label: share[label]),), share
    if len(decided) != 1:
        raise BadInput("one label a row", f"{len(decided)} for {example.id!r}", "mend the model")
    return decided, probabilities


def _probability(probabilities: Mapping[str, float], label: str, example: Example) -> float:
    p = probabilities.get(label)
    if p is None or not isfinite(p) or not -ROUNDING <= p <= 1 + ROUNDING:
        found = f"{p} for {label!r} in row {example.id!r}"
        raise BadInput("a probability from 0 to 1 for every label", found, "mend the model")
    return min(1.0, max(0.0, p))


def _report(
    rows: Sequence[Row],
    *,
    model: str,
    dataset: DatasetRef,
    artifact: Scorable,
    labels: tuple[str, ...],
    left_out: dict[str, int],
    bootstrap: Bootstrap,
    seconds: float,
) -> Report:
    codebook = artifact.codebook
    gold = [row for row in rows if not row.derived]
    by_rule = [row for row in rows if row.derived]
    decisions = decisions_of(gold, labels, codebook.none)
    slices, small = slices_of(gold, decisions, bootstrap)
    return Report(
        schema_version=SCHEMA_VERSION,
        task=codebook.name,
        model=model,
        family=artifact.card.family,
        dataset=dataset,
        codebook=CodebookRef(
            name=codebook.name, version=codebook.version, hash=codebook.hash, none=codebook.none
        ),
        artifact=ArtifactRef(
            manifest_sha256=artifact.manifest_hash,
            run_id=artifact.card.run_id,
            git_commit=artifact.card.git_commit,
        ),
        labels=labels,
        closed_set=len(labels) < len(codebook.labels),
        left_out=left_out,
        bootstrap=bootstrap,
        seconds=seconds,
        rows_per_second=len(rows) / seconds if seconds else None,
        versions=_versions(),
        headline=measure(decisions, bootstrap),
        derived=measure(decisions_of(by_rule, labels, codebook.none), bootstrap)
        if by_rule
        else None,
        selective=selective(gold, labels, bootstrap.resamples, bootstrap.seed),
        slices=slices,
        small_slices=small,
        predictions=tuple(rows),
    )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a service's environment needs no scikit-learn
            continue
    return found
