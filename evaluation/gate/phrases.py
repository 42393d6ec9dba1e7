"""How the figures of the gate's checks read: points, scores, log-loss and ratios."""

from typing import Literal

from evaluation.metrics import Value
from evaluation.phrases import ABSENT, plain, points, signed

# Changes in points of 100; a score itself in points; changes of log-loss; candidate / accepted.
Unit = Literal["points", "score", "nats", "times"]


def size(value: float | None, unit: Unit) -> str:
    """Without a sign, as limits are told: '3.0', '0.100', '1.50x'."""
    if value is None:
        return ABSENT
    if unit == "times":
        return f"{value:.2f}x"
    return plain(value) if unit == "nats" else points(value)


def change(value: float | None, unit: Unit) -> str:
    """With its sign where it is a change: '-3.0', '+0.100', but '1.50x' and a score's '61.0'."""
    if value is None or unit in ("score", "times"):
        return size(value, unit)
    if unit == "points":
        return signed(value)
    return plain(value) if value < 0 else f"+{plain(value)}"


def between(effect: Value, unit: Unit) -> str:
    """'-5.0 to -1.0', empty where no interval was drawn."""
    ends = effect.interval
    return f"{change(ends[0], unit)} to {change(ends[1], unit)}" if ends else ""


def worded(value: float, unit: Unit) -> str:
    """A size within a sentence: '3.0 points', '0.100', '1.50x'."""
    return f"{size(value, unit)} points" if unit == "points" else size(value, unit)


def said(effect: Value, unit: Unit) -> str:
    """A change within a sentence: '-3.0 points (-5.0 to -1.0)'."""
    noun = " points" if unit == "points" else ""
    ends = between(effect, unit)
    return f"{change(effect.value, unit)}{noun}" + (f" ({ends})" if ends else "")
