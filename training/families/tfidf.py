"""The scikit-learn baseline: TF-IDF of words and characters, logistic regression."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline

from data.codebook import Codebook
from data.errors import BadInput
from data.records import Example
from tagging.inputs import NEAR, PARTS, columns
from training.families.base import Probabilities, Watcher, check_trainable, plain, targets

Part = Literal["left", "mention", "right", "near_left", "near_right"]


def _rising(ngrams: tuple[int, int]) -> tuple[int, int]:
    if not 1 <= ngrams[0] <= ngrams[1]:
        raise ValueError("the shortest and the longest n-gram, 1 or more, in this order")
    return ngrams


Ngrams = Annotated[tuple[int, int], AfterValidator(_rising)]


class TfidfConfig(BaseModel):
    """N-grams of the sentence, and of the named parts of each mark's context apart."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    family: Literal["tfidf"]
    word_ngrams: Ngrams = (1, 2)
    char_ngrams: Ngrams | None = (3, 5)
    context: tuple[Part, ...] = ("left", "mention", "right", "near_left", "near_right")
    min_df: int = Field(default=1, ge=1)
    c: float = Field(default=10.0, gt=0, allow_inf_nan=False)
    class_weight: Literal["balanced"] | None = "balanced"

    def fit(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        codebook: Codebook,
        seed: int,
        watcher: Watcher,
    ) -> "FittedTfidf":
        train = plain(train)
        check_trainable(train, codebook)
        gold = targets(train, codebook)
        outputs = _learnable(gold, codebook)
        pipeline = Pipeline(
            [
                ("features", self._features(codebook.marks)),
                ("classifier", self._classifier(codebook)),
            ]
        )
        with watcher.stage(f"tfidf {codebook.name}", len(train)) as done:
            rows = columns(train, codebook.marks)
            try:
                pipeline.fit(rows, gold[:, outputs] if codebook.multi else gold)
            except ValueError as error:  # TfidfVectorizer found no word in one of the columns
                raise BadInput(
                    "words in the sentence and in each part of the context",
                    str(error),
                    "add sentences, lower model.min_df or name fewer parts in model.context",
                ) from None
            done(len(train))
        return FittedTfidf(pipeline, codebook, outputs)

    def _features(self, marks: tuple[str, ...]) -> ColumnTransformer:
        """N-grams of the text in words and characters; of each mark's columns in words."""
        parts = [("text", self._words(self.word_ngrams), 0)]
        if self.char_ngrams:
            chars = TfidfVectorizer(
                analyzer="char_wb",
                ngram_range=self.char_ngrams,
                min_df=self.min_df,
                sublinear_tf=True,
            )
            parts.append(("text-characters", chars, 0))
        for place, mark in enumerate(marks):
            for offset, part in enumerate(PARTS):
                if part in self.context:
                    ngrams = (1, NEAR) if part.startswith("near") else self.word_ngrams
                    column = 1 + len(PARTS) * place + offset
                    parts.append((f"{mark}-{part}", self._words(ngrams), column))
        return ColumnTransformer(parts)

    def _words(self, ngrams: tuple[int, int]) -> TfidfVectorizer:
        return TfidfVectorizer(
            ngram_range=ngrams,
            min_df=self.min_df,
            sublinear_tf=True,
            token_pattern=r"(?u)\b\w+\b|[^\w\s]",
        )

    def _classifier(self, codebook: Codebook) -> Any:
        single = LogisticRegression(C=self.c, class_weight=self.class_weight, max_iter=1000)
        return OneVsRestClassifier(single) if codebook.multi else single


def _learnable(gold: Any, codebook: Codebook) -> list[int]:
    """Indices of the labels that occur; a label that every row carries cannot be told apart."""
    if not codebook.multi:
        return sorted(set(gold.tolist()))
    counts = gold.sum(axis=0)
    for place in np.flatnonzero(counts == len(gold)):
        raise BadInput(
            f"rows without the label {codebook.labels[place]}", "it on every row", "add other rows"
        )
    return [int(place) for place in np.flatnonzero(counts)]


@dataclass(frozen=True)
class FittedTfidf:
    """A fitted pipeline; its k-th output is the label of index outputs[k], other labels get 0."""

    pipeline: Pipeline
    codebook: Codebook
    outputs: list[int]

    def probabilities(self, examples: Sequence[Example]) -> Probabilities:
        table = np.zeros((len(examples), len(self.codebook.labels)), dtype=np.float32)
        if len(examples):
            rows = columns(examples, self.codebook.marks)
            scores = self.pipeline.predict_proba(rows)
            table[:, self.outputs] = scores[:, -len(self.outputs) :]  # a lone label: no, yes
        return table

    def write(self, stage: Path) -> dict[str, Any]:
        from skops.io import dump

        dump(self.pipeline, stage / "model.skops")
        names = tuple(self.codebook.labels[place] for place in self.outputs)
        return {"runtime": "skops", "outputs": names}
