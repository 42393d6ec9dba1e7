"""Calibrated probabilities, label sets of known coverage, and when to abstain; numpy alone."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]
CLIP = 1e-6


@dataclass(frozen=True)
class Scaling:
    """Logits times `slope` plus `shift`: one slope for all labels, or a pair a label (Platt).

    With one slope and no shift it is temperature scaling (Guo et al., 2017), 1 / temperature.
    """

    slope: tuple[float, ...]
    shift: tuple[float, ...] = (0.0,)
    method: Literal["scaling"] = "scaling"

    def __post_init__(self) -> None:
        if not all(value > 0 for value in self.slope):
            raise ValueError("each slope must be above 0")


@dataclass(frozen=True)
class Isotonic:
    """A rising broken line a label, by its knots (Zadrozny and Elkan, 2002)."""

    said: tuple[tuple[float, ...], ...]
    true: tuple[tuple[float, ...], ...]
    method: Literal["isotonic"] = "isotonic"

    def __post_init__(self) -> None:
        for said, true in zip(self.said, self.true, strict=True):
            _shares(*said, *true)
            rising = all(list(line) == sorted(line) for line in (said, true))
            if not said or len(said) != len(true) or not rising:
                raise ValueError("each label needs as many rising 'said' as 'true' knots")


@dataclass(frozen=True)
class Conformal:
    """Class-conditional split conformal sets (Vovk, 2012; Romano et al., 2020).

    A label is possible if its probability is at least 1 - its quantile. Over exchangeable rows
    the possible labels hold a gold label with at least `coverage`, whichever label it is.
    """

    coverage: float
    quantiles: tuple[float, ...]  # 1 where validation has too few rows of the label

    def __post_init__(self) -> None:
        _shares(self.coverage, *self.quantiles)


@dataclass(frozen=True)
class Abstention:
    """The least confidence at which decisions had the wanted precision on validation."""

    precision: float
    confidence: float
    kept: float  # share of the validation rows that are decided

    def __post_init__(self) -> None:
        _shares(self.precision, self.confidence, self.kept)


def _shares(*values: float) -> None:
    for value in values:
        if not 0 <= value <= 1:
            raise ValueError(f"a share lies between 0 and 1, not at {value}")


def calibrated(
    table: Probabilities, calibration: Scaling | Isotonic | None, multi: bool
) -> Probabilities:
    """The probabilities, (n, labels), after the calibration; single-label rows sum to 1."""
    if calibration is None:
        return table
    if isinstance(calibration, Isotonic):
        lines = zip(table.T, calibration.said, calibration.true, strict=True)
        raw = np.stack([np.interp(column, said, true) for column, said, true in lines], axis=1)
        scaled = np.clip(raw, CLIP, 1 - CLIP)
        made = scaled if multi else scaled / scaled.sum(axis=1, keepdims=True)
    else:
        made = rescaled(table, np.array(calibration.slope), np.array(calibration.shift), multi)
    return np.asarray(made, dtype=np.float32)


def rescaled(
    table: NDArray[np.floating], slope: NDArray[np.float64], shift: NDArray[np.float64], multi: bool
) -> NDArray[np.float64]:
    """Probabilities of logits * slope + shift, (n, labels)."""
    sure = np.clip(np.asarray(table, dtype=np.float64), CLIP, 1 - CLIP)
    if multi:
        logits = (np.log(sure) - np.log1p(-sure)) * slope + shift
        return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)))
    logits = np.log(sure) * slope + shift
    exps = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exps / exps.sum(axis=1, keepdims=True))


def confidence(table: Probabilities, decided: NDArray[np.bool_], multi: bool) -> Probabilities:
    """How sure each decision is, (n,): the least probable of its parts, a label or its absence."""
    if not multi:
        return np.asarray(table.max(axis=1))
    return np.asarray(np.where(decided, table, 1 - table).min(axis=1))


def possible(table: Probabilities, conformal: Conformal) -> NDArray[np.bool_]:
    """Which labels belong to each row's conformal set, (n, labels)."""
    return np.asarray(1 - table <= np.array(conformal.quantiles, dtype=np.float32) + CLIP)
