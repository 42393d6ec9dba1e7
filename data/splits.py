"""Splits labelled sentences by article, never by row: labels in proportion, or by date."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.errors import BadInput
from data.records import Sentence

NAMES = ("train", "validation", "test")
ROWS = "rows"


class SplitConfig(BaseModel):
    """Shares of the sentences that go to test and validation; the rest trains.

    By time, train lies before validation and validation before test; `test_from` and
    `validation_from` are first days, chosen so that the shares hold where they are not given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    test: float = Field(default=0.15, ge=0, lt=1)
    validation: float = Field(default=0.15, ge=0, lt=1)
    seed: int = 13
    by: Literal["labels", "time"] = "labels"
    test_from: date | None = None
    validation_from: date | None = None

    @model_validator(mode="after")
    def _possible(self) -> "SplitConfig":
        if self.test + self.validation > 0.9:
            raise ValueError("test + validation leave less than a tenth to train on")
        if self.by == "labels" and (self.test_from or self.validation_from):
            raise ValueError("test_from and validation_from want by: time")
        if self.test_from and self.validation_from and self.validation_from >= self.test_from:
            raise ValueError("validation_from must lie before test_from")
        return self

    @property
    def wanted(self) -> tuple[str, ...]:
        """The splits that must hold something."""
        asked = {
            "train": True,
            "validation": self.validation > 0 or self.validation_from is not None,
            "test": self.test > 0 or self.test_from is not None,
        }
        return tuple(name for name in NAMES if asked[name])


class Documents:
    """What a split must know of each article: how often each label stands in it, and its date."""

    def __init__(self, sentences: Iterable[Sentence] = ()) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.dates: dict[str, str] = {}
        for sentence in sentences:
            self.add(sentence)

    def add(self, sentence: Sentence) -> None:
        """Counts a sentence; where an article's dates differ, its latest counts."""
        counts = self.counts[sentence.doc_id]
        counts[ROWS] += 1
        counts.update(f"event_type={name}" for name in sentence.event_types or ("none",))
        for mention in sentence.mentions:
            counts.update(f"{mention.kind}={name}" for name in mention.role_names or ("bystander",))
        if sentence.date:
            known = self.dates.get(sentence.doc_id, "")
            self.dates[sentence.doc_id] = max(known, sentence.date)

    def __len__(self) -> int:
        return len(self.counts)

    def day(self, doc: str) -> date:
        """The article's date; BadInput names the article that has none."""
        day = day_of(self.dates.get(doc))
        if day is None:
            raise BadInput(
                "a date (year-month-day) for each article",
                f"{self.dates.get(doc)!r} in article {doc!r}",
                "date it, or split by labels",
            )
        return day


def day_of(written: str | None) -> date | None:
    """The day of an ISO date or time; None for anything else."""
    try:
        return date.fromisoformat((written or "")[:10])
    except ValueError:
        return None


Unit = list[str]  # the articles that go together


def assign(
    documents: Documents, config: SplitConfig, groups: Collection[Collection[str]] = ()
) -> dict[str, str]:
    """Article -> train, validation or test; the articles of a group go to one split.

    By time a group goes where its latest article belongs: what is known later never trains.
    """
    units = _units(documents, groups)
    if len(units) < len(config.wanted):
        found = f"{len(units)}" + (" (linked ones count once)" if groups else "")
        raise BadInput(f"at least {len(config.wanted)} articles to split", found, "add articles")
    chosen = _by_time if config.by == "time" else _by_labels
    home = {doc: name for unit, name in chosen(units, documents, config) for doc in unit}
    for name in config.wanted:
        if name not in home.values():
            raise BadInput(
                f"an article at least for {name}",
                f"none of the {len(documents)}",
                "add articles or enlarge its share",
            )
    return home


def split(
    sentences: Sequence[Sentence],
    config: SplitConfig,
    groups: Collection[Collection[str]] = (),
) -> dict[str, list[Sentence]]:
    """Sentences by split name (train, validation, test; a share of 0 gives an empty list)."""
    home = assign(Documents(sentences), config, groups)
    parts: dict[str, list[Sentence]] = {name: [] for name in NAMES}
    for row in sorted(sentences, key=lambda row: row.doc_id):
        parts[home[row.doc_id]].append(row)
    return parts


def folds(
    sentences: Sequence[Sentence], count: int, seed: int, groups: Collection[Collection[str]] = ()
) -> list[list[Sentence]]:
    """`count` parts of about equal size and label mix; no article and no group is parted."""
    documents = Documents(sentences)
    units = _units(documents, groups)
    if not 2 <= count <= len(units):
        raise BadInput(
            f"2 to {len(units)} folds (one article each at least)",
            f"{count}",
            "ask for fewer, or add articles",
        )
    home = {
        doc: part
        for unit, part in _stratified(units, documents, [1 / count] * count, seed)
        for doc in unit
    }
    parts: list[list[Sentence]] = [[] for _ in range(count)]
    for row in sorted(sentences, key=lambda row: row.doc_id):
        parts[home[row.doc_id]].append(row)
    return parts


def merged(groups: Iterable[Collection[str]]) -> list[frozenset[str]]:
    """Groups that share a member become one (union-find); those of one member are left out."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = name = parent[parent[name]]
        return name

    for group in groups:
        first, *others = sorted(group) or [""]
        for other in others:
            parent[root(other)] = root(first)
    found: dict[str, set[str]] = defaultdict(set)
    for name in parent:
        found[root(name)].add(name)
    return sorted((frozenset(group) for group in found.values() if len(group) > 1), key=min)


def _units(documents: Documents, groups: Collection[Collection[str]]) -> list[Unit]:
    """Each article, or each group's articles that are here, once."""
    known = documents.counts
    units = [sorted(doc for doc in group if doc in known) for group in merged(groups)]
    grouped = {doc for unit in units for doc in unit}
    return [unit for unit in units if unit] + [[doc] for doc in known if doc not in grouped]


def _by_labels(
    units: Sequence[Unit], documents: Documents, config: SplitConfig
) -> Iterable[tuple[Unit, str]]:
    shares = {"validation": config.validation, "test": config.test}
    shares = {"train": 1 - config.test - config.validation} | shares
    wanted = [shares[name] for name in config.wanted]
    placed = _stratified(units, documents, wanted, config.seed)
    return ((unit, config.wanted[part]) for unit, part in placed)


def _stratified(
    units: Sequence[Unit], documents: Documents, shares: list[float], seed: int
) -> list[tuple[Unit, int]]:
    """Iterative stratification (Sechidis et al., 2011), with whole articles as the units.

    The units that hold the label which is rarest among those still undistributed go first, each
    to the part that lacks most of that label; ties fall to the part that lacks most rows.
    """
    order = sorted(units, key=lambda unit: hashlib.sha256(f"{seed}:{unit[0]}".encode()).digest())
    labels = [_labels(unit, documents) for unit in order]
    holders: dict[str, list[int]] = defaultdict(list)
    left: Counter[str] = Counter()
    for index, counts in enumerate(labels):
        left.update(counts)
        for name in counts:
            holders[name].append(index)
    missing = [{name: share * left[name] for name in left} for share in shares]
    home: dict[int, int] = {}
    while len(home) < len(order):
        rarest = min((name for name in sorted(left) if left[name]), key=left.__getitem__)
        for index in holders[rarest]:
            if index in home:
                continue
            part = home[index] = _neediest(missing, rarest)
            for name, count in labels[index].items():
                missing[part][name] -= count
                left[name] -= count
    return [(order[index], part) for index, part in home.items()]


def _labels(unit: Unit, documents: Documents) -> Counter[str]:
    counts = [documents.counts[doc] for doc in unit]
    return counts[0] if len(counts) == 1 else sum(counts, Counter())


def _neediest(missing: Sequence[Mapping[str, float]], label: str) -> int:
    return max(
        range(len(missing)), key=lambda part: (missing[part][label], missing[part][ROWS], -part)
    )


def _by_time(
    units: Sequence[Unit], documents: Documents, config: SplitConfig
) -> Iterable[tuple[Unit, str]]:
    days = [max(map(documents.day, unit)) for unit in units]
    rows: Counter[date] = Counter()
    for unit, day in zip(units, days, strict=True):
        rows[day] += sum(documents.counts[doc][ROWS] for doc in unit)
    test = config.test_from or _first_day(rows, config.test * rows.total())
    before = {day: count for day, count in rows.items() if day < test}
    validation = config.validation_from or _first_day(before, config.validation * rows.total())
    for unit, day in zip(units, days, strict=True):
        yield unit, "test" if day >= test else "validation" if day >= validation else "train"


def _first_day(rows: Mapping[date, int], wanted: float) -> date:
    """The day from which on about so many rows lie; a day is never parted."""
    best, held, gap = date.max, 0, float("inf") if wanted else 0.0
    for day in sorted(rows, reverse=True):
        held += rows[day]
        if abs(held - wanted) >= gap:
            break
        best, gap = day, abs(held - wanted)
    return best
