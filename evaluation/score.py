"""Scores an artifact on labelled sentences, through the code that services run, into a report."""

import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

from data.codebook import FOLDER, Codebook, load_codebook
from data.errors import BadInput
from data.examples import examples_in
from data.records import Example, Sentence
from evaluation.bootstrap import RESAMPLES
from evaluation.deciding import decide, scored_labels
from evaluation.figures import Bootstrap, figures_of
from evaluation.report import SCHEMA_VERSION, ArtifactRef, CodebookRef, DatasetRef, Report
from evaluation.rows import Prediction, Row, row_of, rows_hash
from evaluation.traits import Traits, frequency_bands, traits_of, with_frequency

PACKAGES = ("numpy", "scipy", "pydantic", "scikit-learn", "onnxruntime", "tokenizers")


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
    @property
    def seed(self) -> int: ...


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
    training_rows: Mapping[str, int] | None = None,
) -> Report:
    """The report of one artifact on the examples that its codebook makes of the sentences.

    `labels` scores closed-set: rows with another gold label are left out and counted, and only
    these labels can be decided. `progress` hears how many rows were just done. Texts stay out of
    the report unless `with_text`. `training_rows`, the rows of each label in training, gives slices
    by label frequency. Raises BadInput for a codebook that is not this repository's,
    unknown labels, repeated rows, nothing to score, or predictions that are no probabilities.
    """
    codebook = artifact.codebook
    check_codebook(codebook)
    scored = scored_labels(labels, codebook)
    kept, reasons = _examples(list(sentences), scored, codebook)
    predictions, seconds = _predictions(artifact, [example for example, _ in kept], progress)
    bands = frequency_bands(training_rows, codebook) if training_rows else {}
    kept = [(example, with_frequency(traits, example.labels, bands)) for example, traits in kept]
    rows = _rows(kept, predictions, scored, codebook, with_text)
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


def _examples(
    sentences: Sequence[Sentence], scored: tuple[str, ...], codebook: Codebook
) -> tuple[list[tuple[Example, Traits]], dict[str, int]]:
    """The examples whose gold labels are all scored, and how many others by their reason."""
    kept, left_out = [], Counter[str]()
    seen: set[str] = set()
    for sentence, traits in zip(sentences, traits_of(sentences), strict=True):
        for example in examples_in(sentence, codebook):
            if isinstance(example, str):
                left_out[example] += 1
                continue
            if example.id in seen:
                raise BadInput("one row an id", f"{example.id!r} twice", "give each row its own id")
            seen.add(example.id)
            if others := [label for label in example.labels if label not in scored]:
                left_out[f"gold label {others[0]!r} is not among the scored ones"] += 1
            else:
                kept.append((example, traits))
    if not kept:
        told = ", ".join(f"{count} left out: {why}" for why, count in left_out.items())
        raise BadInput(f"a row to score for {codebook.name}", told or "none", "check the data")
    return kept, dict(left_out)


def _predictions(
    artifact: Scorable, examples: Sequence[Example], progress: Callable[[int], None] | None
) -> tuple[Sequence[Prediction], float]:
    """One prediction an example, and the seconds that all of them took."""
    start = time.perf_counter()
    predictions = artifact.predict(examples, progress=progress)
    seconds = time.perf_counter() - start
    if len(predictions) != len(examples):
        raise BadInput(f"{len(examples)} predictions", str(len(predictions)), "mend the model")
    return predictions, seconds


def _rows(
    kept: Sequence[tuple[Example, Traits]],
    predictions: Sequence[Prediction],
    scored: tuple[str, ...],
    codebook: Codebook,
    with_text: bool,
) -> list[Row]:
    return [
        row_of(example, traits, *decide(told, example, scored, codebook), told, with_text)
        for (example, traits), told in zip(kept, predictions, strict=True)
    ]


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
    figures = figures_of(rows, labels, codebook.none, codebook.groups, bootstrap)
    return Report(
        schema_version=SCHEMA_VERSION,
        task=codebook.name,
        model=model,
        family=artifact.card.family,
        dataset=dataset,
        codebook=_codebook_ref(codebook),
        artifact=_artifact_ref(artifact),
        labels=labels,
        closed_set=len(labels) < len(codebook.labels),
        left_out=left_out,
        bootstrap=bootstrap,
        seconds=seconds,
        rows_per_second=len(rows) / seconds if seconds else None,
        versions=_versions(),
        headline=figures.headline,
        derived=figures.derived,
        hierarchy=figures.hierarchy,
        risk_coverage=figures.risk_coverage,
        selective=figures.selective,
        slices=figures.slices,
        small_slices=figures.small_slices,
        predictions=tuple(rows),
    )


def _codebook_ref(codebook: Codebook) -> CodebookRef:
    return CodebookRef(
        name=codebook.name,
        version=codebook.version,
        hash=codebook.hash,
        none=codebook.none,
        groups=codebook.groups,
    )


def _artifact_ref(artifact: Scorable) -> ArtifactRef:
    return ArtifactRef(
        manifest_sha256=artifact.manifest_hash,
        run_id=artifact.card.run_id,
        git_commit=artifact.card.git_commit,
        seed=artifact.card.seed,
    )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a service's environment needs no scikit-learn
            continue
    return found
