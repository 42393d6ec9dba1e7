"""The scikit-learn baseline: TF-IDF of words and characters, logistic regression."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline

from data.codebook import Codebook
from data.errors import BadInput
from data.records import Example
from tagging.inputs import columns
from training.families.base import Probabilities, Watcher, check_trainable, targets


class TfidfConfig(BaseModel):
    """Each column (sentence; left, mention and right of each mark) has its own n-grams."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    family: Literal["tfidf"]
    word_ngrams: tuple[int, int] = (1, 2)
    char_ngrams: tuple[int, int] | None = (3, 5)
    min_df: int = Field(default=1, ge=1)
    c: float = Field(default=10.0, gt=0)
    class_weight: Literal["balanced"] | None = "balanced"

    def fit(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        codebook: Codebook,
        seed: int,
        watcher: Watcher,
    ) -> "FittedTfidf":
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
                    "words in the sentence and on both sides of each mark",
                    str(error),
                    "add sentences or lower model.min_df",
                ) from None
            done(len(train))
        return FittedTfidf(pipeline, codebook, outputs)

    def _features(self, marks: tuple[str, ...]) -> ColumnTransformer:
        parts = []
        for column in range(1 + 3 * len(marks)):
            word = TfidfVectorizer(
                ngram_range=self.word_ngrams,
                min_df=self.min_df,
                sublinear_tf=True,
                token_pattern=r"(?u)\b\w+\b|[^\w\s]",
            )
            parts.append((f"word-{column}", word, column))
            if self.char_ngrams and (column == 0 or column % 3 == 2):  # the text and the mentions
                char = TfidfVectorizer(
                    analyzer="char_wb",
                    ngram_range=self.char_ngrams,
                    min_df=self.min_df,
                    sublinear_tf=True,
                )
                parts.append((f"char-{column}", char, column))
        return ColumnTransformer(parts)

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
