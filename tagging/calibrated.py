"""Calibrated probabilities, label sets of known coverage, and when to abstain; numpy alone."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

Probabilities = NDArray[np.float32]
CLIP = 1e-6
Share = Annotated[float, Field(ge=0, le=1)]


class Scaling(BaseModel):
    """Logits times `slope` plus `shift`: one slope for all labels, or a pair a label (Platt).

    With one slope and no shift it is temperature scaling (Guo et al., 2017), 1 / temperature.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    method: Literal["scaling"] = "scaling"
    slope: tuple[Annotated[float, Field(gt=0)], ...]
    shift: tuple[float, ...] = (0.0,)


class Isotonic(BaseModel):
    """A rising broken line a label, by its knots (Zadrozny and Elkan, 2002)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    method: Literal["isotonic"] = "isotonic"
    said: tuple[tuple[Share, ...], ...]
    true: tuple[tuple[Share, ...], ...]

    @model_validator(mode="after")
    def _lines(self) -> "Isotonic":
        for said, true in zip(self.said, self.true, strict=True):
            rising = all(list(line) == sorted(line) for line in (said, true))
            if not said or len(said) != len(true) or not rising:
                raise ValueError("each label needs as many rising 'said' as 'true' knots")
        return self


Calibration = Annotated[Scaling | Isotonic, Field(discriminator="method")]


class Conformal(BaseModel):
    """Class-conditional split conformal sets (Vovk, 2012; Romano et al., 2020).

    A label is possible if its probability is at least 1 - its quantile. Over exchangeable rows
    the possible labels hold a gold label with at least `coverage`, whichever label it is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    coverage: Share
    quantiles: tuple[Share, ...]  # 1 where validation has too few rows of the label


class Abstention(BaseModel):
    """The least confidence at which decisions had the wanted precision on validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    precision: Share
    confidence: Share
    kept: Share  # share of the validation rows that are decided


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
