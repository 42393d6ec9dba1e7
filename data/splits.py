"""Splits labelled sentences by article, never by row, and keeps rare labels in proportion."""

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.errors import BadInput
from data.records import Sentence


class SplitConfig(BaseModel):
    """Shares of the sentences that go to test and validation; the rest trains."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    test: float = Field(default=0.15, ge=0, lt=1)
    validation: float = Field(default=0.15, ge=0, lt=1)
    seed: int = 13

    @model_validator(mode="after")
    def _something_left(self) -> "SplitConfig":
        if self.test + self.validation > 0.9:
            raise ValueError("test + validation leave less than a tenth to train on")
        return self


Splits = dict[str, list[Sentence]]


def split(sentences: Sequence[Sentence], config: SplitConfig) -> Splits:
    """Sentences by split name (train, validation, test; a share of 0 gives an empty list)."""
    shares = {
        "train": 1 - config.test - config.validation,
        "validation": config.validation,
        "test": config.test,
    }
    wanted = {name: share for name, share in shares.items() if share > 0}
    documents = {sentence.doc_id for sentence in sentences}
    if len(documents) < len(wanted):
        raise BadInput(
            f"at least {len(wanted)} articles to split", f"{len(documents)}", "add articles"
        )
    parts = _distribute(sentences, list(wanted.values()), config.seed)
    for name, part in zip(wanted, parts, strict=True):
        if not part:
            raise BadInput(
                f"an article at least for {name}",
                f"none of the {len(documents)}",
                "add articles or enlarge its share",
            )
    return {name: [] for name in shares} | dict(zip(wanted, parts, strict=True))


def folds(sentences: Sequence[Sentence], count: int, seed: int) -> list[list[Sentence]]:
    """`count` parts of about equal size and label mix; each article lies in one part."""
    documents = {sentence.doc_id for sentence in sentences}
    if not 2 <= count <= len(documents):
        raise BadInput(f"2 to {len(documents)} folds (one article each at least)", f"{count}")
    return _distribute(sentences, [1 / count] * count, seed)


def _distribute(
    sentences: Sequence[Sentence], shares: list[float], seed: int
) -> list[list[Sentence]]:
    """Iterative stratification (Sechidis et al., 2011), with whole articles as the units.

    The articles that hold the label which is rarest among those still undistributed go first,
    each to the part that lacks most of that label; ties fall to the part that lacks most rows.
    """
    documents: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        documents.setdefault(sentence.doc_id, []).append(sentence)
    order = sorted(documents, key=lambda doc: hashlib.sha256(f"{seed}:{doc}".encode()).digest())
    labels = {doc: _labels(rows) for doc, rows in documents.items()}
    total: Counter[str] = Counter()
    for counts in labels.values():
        total += counts
    names = sorted(total)
    table = np.array([[labels[doc][name] for name in names] for doc in order], dtype=float)
    missing = np.outer(shares, table.sum(axis=0))
    rows = names.index("rows")
    parts: list[list[str]] = [[] for _ in shares]
    left = np.ones(len(order), dtype=bool)
    while left.any():
        remaining = table[left].sum(axis=0)
        rarest = int(np.where(remaining > 0, remaining, np.inf).argmin())
        for index in np.flatnonzero(left & (table[:, rarest] > 0)):
            part = _neediest(missing, rarest, rows)
            parts[part].append(order[index])
            missing[part] -= table[index]
            left[index] = False
    return [[row for doc in sorted(part) for row in documents[doc]] for part in parts]


def _neediest(missing: np.ndarray, label: int, rows: int) -> int:
    return max(
        range(len(missing)), key=lambda part: (missing[part, label], missing[part, rows], -part)
    )


def _labels(rows: list[Sentence]) -> Counter[str]:
    """How often each label of each task occurs in an article, and its number of rows."""
    counts: Counter[str] = Counter({"rows": len(rows)})
    for row in rows:
        counts.update(f"event_type={name}" for name in row.event_types or ("none",))
        for mention in row.mentions:
            counts.update(f"{mention.kind}={name}" for name in mention.role_names or ("bystander",))
    return counts
