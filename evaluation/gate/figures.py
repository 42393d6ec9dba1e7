"""The gate's checks on what reports hold beside their rows: metrics, ECE, behaviour and cost."""

from collections.abc import Mapping, Sequence
from math import isnan

import numpy as np

from data.errors import BadInput, nearest
from evaluation.behaviour.report import MIN_SEEDS, Behaviour
from evaluation.bootstrap import document_weights
from evaluation.cost import Cost
from evaluation.gate.checks import Change, Check, judged
from evaluation.gate.config import BehaviourRule, CostRule
from evaluation.gate.phrases import worded
from evaluation.metrics import Floats, Value
from evaluation.phrases import TITLES, signed
from evaluation.report import Report

TESTED = "behaviour"  # the check's name where no capability was tested


def metrics_check(new: Report, old: Report) -> Check:
    """Red where a headline metric of the accepted report is missing, undefined or NaN."""
    found = []
    if not defined(old.macro_f1):
        found.append(f"macro-F1 of the accepted model is undefined: {old.macro_f1.reason}")
    for name, value in {"macro_f1": old.macro_f1, **old.headline.metrics}.items():
        held = new.metric(name)
        if not defined(held) and (defined(value) or name == "macro_f1"):
            found.append(f"{TITLES[name]} of the candidate is undefined: {held.reason or 'NaN'}")
    if found:
        return Check(name="metrics", outcome="fail", reason="; ".join(found))
    return Check(name="metrics", outcome="pass", reason="all headline metrics are defined")


def defined(value: Value) -> bool:
    """Whether there is a figure; a record that was built without checks may hold a NaN."""
    return value.value is not None and not isnan(value.value)


def ece_check(after: Value, before: Value, allowed: float) -> Check:
    """A plain limit: ECE has no interval, as resampled rows look worse calibrated than they are."""
    name = "calibration error"
    if not defined(before):
        text = f"{name}: undefined in the accepted report ({before.reason})"
        return Check(name=name, outcome="not measured", reason=text)
    if not defined(after):
        text = f"{name}: undefined in the candidate's report ({after.reason or 'NaN'})"
        return Check(name=name, outcome="fail", reason=text)
    rise = (after.value or 0.0) - (before.value or 0.0)
    text = f"{name} changed by {signed(rise)} points"
    if rise > allowed:
        text += f": more than the {worded(allowed, 'points')} allowed"
    return Check(
        name=name,
        outcome="fail" if rise > allowed else "pass",
        reason=text,
        effect=Value(value=rise, reason="ECE has no interval"),
        limit=allowed,
    )


def behaviour_checks(
    new: Sequence[Behaviour],
    old: Sequence[Behaviour],
    rule: BehaviourRule,
    resamples: int,
    seed: int,
) -> list[Check]:
    """Failure rates by capability, a family of their own.

    Where both models were asked the same, they are paired by seed. Else (the suite has changed) the
    seeds of each are drawn apart, which tells less.
    """
    before, after = ({each.capability: each for each in part} for part in (old, new))
    known = before.keys() | after.keys()
    if known and (unknown := sorted(rule.margins.keys() - known)):
        raise BadInput("a margin of a capability", repr(unknown[0]), nearest(unknown[0], known))
    if not before:
        text = "behaviour: not tested in the accepted report"
        return [Check(name=TESTED, outcome="not measured", reason=text)]
    if not after:
        text = "behaviour: tested in the accepted report alone: evaluate with --behaviour"
        return [Check(name=TESTED, outcome="fail", reason=text)]
    both = [name for name in before if name in after]
    changes = [_change(each, after[each], before[each], rule, resamples, seed) for each in both]
    lacking = [_untested(name) for name in before if name not in after]
    return judged(changes, MIN_SEEDS, "seed") + lacking


def _untested(name: str) -> Check:
    text = f"behaviour {name}: tested in the accepted report alone"
    return Check(name=f"behaviour {name}", outcome="fail", reason=text)


def _change(
    name: str, new: Behaviour, old: Behaviour, rule: BehaviourRule, resamples: int, seed: int
) -> Change:
    after, before = _outcomes(new.outcomes), _outcomes(old.outcomes)
    paired = new.cases_sha256 == old.cases_sha256 and new.outcomes.keys() == old.outcomes.keys()
    samples = _rates(after, resamples, seed) - _rates(before, resamples, seed + (not paired))
    return Change(
        name=f"behaviour {name}",
        value=float(_rate(after) - _rate(before)),
        samples=samples,
        worse=1,
        units=min(len(after), len(before)),
        limit=rule.margins.get(name, rule.margin),
    )


def _outcomes(by_seed: Mapping[str, tuple[int, int]]) -> Floats:
    """Failed cases and cases, (seeds, 2), in the order of the seeds' names."""
    rows = [by_seed[name] for name in sorted(by_seed)]
    return np.array(rows, dtype=float).reshape(len(rows), 2)


def _rate(outcomes: Floats) -> Floats:
    failed, cases = outcomes.sum(axis=0)
    return np.asarray(failed / cases)


def _rates(outcomes: Floats, resamples: int, seed: int) -> Floats:
    """The failure rate of each resampled set of seeds; the same sets for the same seed."""
    drawn = document_weights(len(outcomes), resamples, seed)
    sums = np.concatenate([weights @ outcomes for weights in drawn])
    return np.asarray(sums[:, 0] / sums[:, 1])


def cost_checks(new: Cost | None, old: Cost | None, rule: CostRule) -> list[Check]:
    """Median latency, if both were measured on one kind of machine, and size: plain ratios."""
    if old is None:
        text = "cost: not measured in the accepted report"
        return [Check(name="cost", outcome="not measured", reason=text)]
    if new is None:
        text = "cost: measured in the accepted report alone: evaluate with --cost"
        return [Check(name="cost", outcome="fail", reason=text)]
    size = _ratio("size", float(new.artifact_bytes), float(old.artifact_bytes), rule.size)
    if new.machine != old.machine:
        text = "latency: measured on other machines, which do not compare"
        return [Check(name="latency", outcome="not measured", reason=text), size]
    return [_ratio("latency", new.p50_ms.value, old.p50_ms.value, rule.latency), size]


def _ratio(name: str, new: float | None, old: float | None, limit: float) -> Check:
    if not old or isnan(old):
        text = f"{name}: undefined in the accepted report"
        return Check(name=name, outcome="not measured", reason=text)
    if new is None or isnan(new):
        text = f"{name}: undefined in the candidate's report"
        return Check(name=name, outcome="fail", reason=text)
    text = f"{name} is {worded(new / old, 'times')} that of the accepted model"
    if new / old > limit:
        text += f": more than the {worded(limit, 'times')} allowed"
    return Check(
        name=name,
        outcome="fail" if new / old > limit else "pass",
        reason=text,
        effect=Value(value=new / old),
        limit=limit,
        unit="times",
    )
