"""How the benchmarks print a share of cases."""

from scipy.stats import binomtest


def share(part: int, whole: int) -> str:
    """A percentage with Wilson's 95% interval and both counts: "93.3 [87.4, 96.6] (112/120)"."""
    if not whole:
        return "-"
    bounds = binomtest(part, whole).proportion_ci(method="wilson")
    low, high = 100 * bounds.low, 100 * bounds.high
    return f"{100 * part / whole:.1f} [{low:.1f}, {high:.1f}] ({part}/{whole})"
