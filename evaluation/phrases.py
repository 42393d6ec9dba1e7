"""How figures read: metrics in points of 100, intervals, p-values and counts."""

from evaluation.metrics import MetricName, Value

ABSENT = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
TITLES: dict[MetricName, str] = {
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "weighted_f1": "weighted F1",
    "samples_f1": "samples F1",
    "accuracy": "accuracy",
    "exact_match": "exact match",
    "mcc": "MCC",
    "pr_auc_macro": "PR-AUC, macro",
    "ece": "ECE",
    "brier": "Brier",
    "log_loss": "log-loss",
}


def points(figure: float | None) -> str:
    """0.776 -> '77.6'; the dash for null."""
    return ABSENT if figure is None else f"{figure * 100:.1f}".replace("-", MINUS)


def signed(figure: float | None) -> str:
    """-0.012 -> '-1.2' with a true minus sign; the dash for null."""
    if figure is None:
        return ABSENT
    text = f"{figure * 100:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", MINUS)


def plain(figure: float | None) -> str:
    """A figure that is no share, three digits after the point."""
    return ABSENT if figure is None else f"{figure:.3f}".replace("-", MINUS)


def interval(value: Value) -> str:
    """'74.1 to 80.9', empty where none was drawn."""
    ends = value.interval
    return f"{points(ends[0])} to {points(ends[1])}" if ends else ""


def signed_interval(value: Value) -> str:
    """'-2.0 to +0.4' with a true minus sign, empty where none was drawn."""
    ends = value.interval
    return f"{signed(ends[0])} to {signed(ends[1])}" if ends else ""


def p_value(p: float | None) -> str:
    """Two significant digits of a p-value; the dash for null."""
    if p is None:
        return ABSENT
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def count(number: int, noun: str) -> str:
    """'1 document', '1,204 documents'."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: list[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
