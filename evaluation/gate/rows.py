"""The gate's checks that follow from both models' rows: labels, floors, slices and log-loss."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data.errors import BadInput, nearest
from evaluation.bootstrap import (
    LEVEL,
    MIN_DOCUMENTS,
    Samples,
    check_paired,
    document_counts,
    document_sums,
    resampled_sums,
    samples_of,
    with_interval,
)
from evaluation.gate.checks import Change, Check, Outcome, judged
from evaluation.gate.config import LabelRule, SliceRule
from evaluation.metrics import Bools, Decisions, Floats, Value, f1_scores, outcome_counts
from evaluation.phrases import count, interval, points
from evaluation.probability import row_losses


@dataclass(frozen=True)
class Pair:
    """Two models' decisions on the same rows, and which rows each slice has, (n,) by its name."""

    new: Decisions
    old: Decisions
    slices: Mapping[str, Bools]
    resamples: int
    seed: int

    def __post_init__(self) -> None:
        check_paired(self.new, self.old)

    @cached_property
    def documents(self) -> int:
        return len(np.unique(self.new.documents))

    @cached_property
    def gains(self) -> Floats:
        """Of each row: right in the candidate alone 1, in the accepted alone -1, else 0."""
        return np.subtract(self.new.right, self.old.right, dtype=float)

    @cached_property
    def losses(self) -> Floats:
        """Log-loss of each row, candidate minus accepted."""
        return row_losses(self.new)[:, 1] - row_losses(self.old)[:, 1]

    @cached_property
    def members(self) -> Floats:
        """Rows by slices, 1 where the row is of the slice."""
        columns = [rows.astype(float) for rows in self.slices.values()]
        return np.column_stack(columns) if columns else np.zeros((len(self.gains), 0))

    @cached_property
    def draws(self) -> "Draws":
        """Everything on the same resampled documents; macro-F1 as `paired_difference` draws it."""
        cells = np.column_stack([self.losses, self.members, self.members * self.gains[:, None]])
        parts = [document_counts(model).table for model in (self.new, self.old)]
        parts += [document_sums(cells, self.new.documents)]
        width = parts[0].shape[1]
        drawn = resampled_sums(np.column_stack(parts), self.resamples, self.seed)
        sums = np.concatenate(list(drawn))
        new, old, loss, rows, gains = np.split(
            sums, np.cumsum([width, width, 1, len(self.slices)]), axis=1
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            return Draws(
                new=samples_of(new),
                old=samples_of(old),
                loss=loss[:, 0] / new[:, -2],
                slices=gains / rows,
            )


@dataclass(frozen=True)
class Draws:
    """Figures a resample; `loss` is the change of log-loss, `slices` those of shares right."""

    new: Samples
    old: Samples
    loss: Floats  # (resamples,)
    slices: Floats  # (resamples, slices)


def label_checks(pair: Pair, rule: LabelRule) -> list[Check]:
    """F1 of each label that has gold rows: paired changes, a family of their own, and floors."""
    if unknown := sorted(set(rule.floors) - set(pair.new.labels)):
        known = nearest(unknown[0], pair.new.labels)
        raise BadInput("a floor of a scored label", repr(unknown[0]), known)
    new, old = (
        f1_scores(*outcome_counts(each.gold, each.predicted)) for each in (pair.new, pair.old)
    )
    samples = pair.draws.new.f1 - pair.draws.old.f1
    units = _gold_documents(pair)
    changes = [
        Change(f"label {name}", new[at] - old[at], samples[:, at], -1, units[at], rule.margin)
        for at, name in enumerate(pair.new.labels)
        if units[at]
    ]
    floors = [
        _floor(name, float(new[at]), pair.draws.new.f1[:, at], units[at], rule.floors[name])
        for at, name in enumerate(pair.new.labels)
        if name in rule.floors
    ]
    return judged(changes, MIN_DOCUMENTS, "document") + floors


def _floor(label: str, f1: float, samples: Floats, documents: int, floor: float) -> Check:
    """Fails where the candidate's whole 95% interval lies below the floor, or F1 is undefined."""
    name = f"floor of {label}"
    if not documents:
        text = f"{name}: no gold row has this label"
        return Check(name=name, outcome="fail", reason=text, limit=floor, unit="score")
    value = with_interval(Value(value=f1), samples, documents, LEVEL)
    between = f" ({interval(value)})" if value.interval else ""
    text = f"F1 of {label} is {points(f1)}{between} over {count(documents, 'document')}"
    if value.high is None:
        outcome: Outcome = "not enough data"
        text += f": an interval takes {MIN_DOCUMENTS}"
    else:
        outcome = "fail" if value.high < floor else "pass"
        text += f": the floor is {points(floor)}"
    return Check(name=name, outcome=outcome, reason=text, effect=value, limit=floor, unit="score")


def _gold_documents(pair: Pair) -> list[int]:
    """In how many documents each label has gold rows."""
    gold = document_sums(pair.new.gold.astype(float), pair.new.documents)
    return [int(number) for number in (gold > 0).sum(axis=0)]


def slice_checks(pair: Pair, rule: SliceRule) -> list[Check]:
    """The share of wholly right rows of each slice that is large enough: a family of its own."""
    changes, small = [], 0
    for at, (name, rows) in enumerate(pair.slices.items()):
        documents = len(np.unique(pair.new.documents[rows]))
        if int(rows.sum()) < rule.min_rows or documents < rule.min_documents:
            small += 1
            continue
        value, samples = float(pair.gains[rows].mean()), pair.draws.slices[:, at]
        changes.append(Change(f"slice {name}", value, samples, -1, documents, rule.margin))
    found = judged(changes, rule.min_documents, "document")
    if not small:
        return found or [_no_slice()]
    text = f"{count(small, 'slice')} of fewer than {rule.min_rows} rows or {rule.min_documents} "
    few = Check(name="small slices", outcome="not enough data", reason=f"{text}documents")
    return [*found, few]


def _no_slice() -> Check:
    return Check(name="slices", outcome="not measured", reason="slices: no row has a feature")


def loss_checks(pair: Pair, allowed: float) -> list[Check]:
    """The mean log-loss of the rows."""
    samples = pair.draws.loss
    change = Change(
        "log-loss", float(pair.losses.mean()), samples, 1, pair.documents, allowed, "nats"
    )
    return judged([change], MIN_DOCUMENTS, "document")
