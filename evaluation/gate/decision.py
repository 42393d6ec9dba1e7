"""The regression gate: is a candidate model no worse than the accepted one, beyond a margin?"""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from evaluation.bootstrap import RESAMPLES, with_interval
from evaluation.gate.accepted import anonymous
from evaluation.gate.checks import LEVEL, Check
from evaluation.gate.config import MacroF1Rule, Rules
from evaluation.gate.figures import behaviour_checks, cost_checks, ece_check, metrics_check
from evaluation.gate.phrases import said, worded
from evaluation.gate.rows import Pair, label_checks, loss_checks, slice_checks
from evaluation.metrics import NO_GOLD, Bools, Frozen, Value, defined, macro_f1, outcome_counts
from evaluation.pairing import check_codebooks, check_rows
from evaluation.phrases import count
from evaluation.report import Report
from evaluation.slices import members

MACRO_F1 = "macro-F1"


class Verdict(Frozen):
    """The gate's answer; only `pass` is green. The first check is that of macro-F1."""

    outcome: Literal["pass", "fail", "not enough data"]
    reasons: tuple[str, ...]
    checks: tuple[Check, ...]
    task: str
    dataset: str
    candidate: str
    accepted: str
    rows: int
    documents: int

    @property
    def passed(self) -> bool:
        return self.outcome == "pass"

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.outcome == "fail")


def gate(
    candidate: Report,
    accepted: Report,
    rules: Rules | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Verdict:
    """Whether the candidate is no worse: macro-F1 decides, and any other check can turn it red.

    fail: a check fails. Else the outcome of macro-F1 (`macro_check`): pass or not enough data.
    What the accepted report has and the candidate's lacks fails; what both lack is told as not
    measured. Labels, slices and behaviour fail on clear falls alone (`gate_checks.judged`).
    Ids may be hashed in either report.

    Raises BadInput where the reports differ in task, codebook, labels or rows, or the rules name a
    label or a capability that is not there.
    """
    rules = rules or Rules()
    if candidate.anonymous != accepted.anonymous:
        candidate, accepted = anonymous(candidate), anonymous(accepted)
    check_codebooks(accepted, candidate)
    check_rows(accepted, candidate)
    checks = _checks(candidate, accepted, rules, resamples, seed)
    reasons = [check.reason for check in checks if check.outcome == "fail"]
    return Verdict(
        outcome=verdict_of(checks),
        reasons=tuple(reasons or [checks[0].reason]),
        checks=tuple(checks),
        task=candidate.task,
        dataset=candidate.dataset.name,
        candidate=candidate.model,
        accepted=accepted.model,
        rows=candidate.headline.rows,
        documents=candidate.headline.documents,
    )


def verdict_of(checks: list[Check]) -> Literal["pass", "fail", "not enough data"]:
    """fail where any check fails; else green only where the first, that of macro-F1, is."""
    if any(check.outcome == "fail" for check in checks):
        return "fail"
    return "pass" if checks[0].outcome == "pass" else "not enough data"


def _checks(new: Report, old: Report, rules: Rules, resamples: int, seed: int) -> list[Check]:
    """All that the rules ask for, macro-F1 first."""
    slices = slices_in(old) if rules.slices else {}
    pair = Pair(new.decisions(), old.decisions(), slices, resamples, seed)
    return [
        macro_check(pair, rules.macro_f1),
        metrics_check(new, old),
        *row_checks(pair, rules),
        *_figure_checks(new, old, rules, resamples, seed),
    ]


def slices_in(report: Report) -> Mapping[str, Bools]:
    """Which of the report's rows, by id, each of its slices has; what all share is no slice."""
    rows = report.rows()
    found = {}
    for (kind, name), places in members(rows).items():
        if len(places) < len(rows):
            found[f"{kind} {name}"] = np.isin(np.arange(len(rows)), places)
    return found


def row_checks(pair: Pair, rules: Rules) -> list[Check]:
    """All checks that follow from the rows, but that of macro-F1."""
    return [
        *(label_checks(pair, rules.labels) if rules.labels else ()),
        *(slice_checks(pair, rules.slices) if rules.slices else ()),
        *(loss_checks(pair, rules.calibration.log_loss) if rules.calibration else ()),
    ]


def _figure_checks(
    new: Report, old: Report, rules: Rules, resamples: int, seed: int
) -> list[Check]:
    found = []
    if rules.calibration:
        found += [ece_check(new.metric("ece"), old.metric("ece"), rules.calibration.ece)]
    if rules.behaviour:
        found += behaviour_checks(new.behaviour, old.behaviour, rules.behaviour, resamples, seed)
    if rules.cost:
        found += cost_checks(new.cost, old.cost, rules.cost)
    return found


def macro_check(pair: Pair, rule: MacroF1Rule) -> Check:
    """Non-inferiority of the candidate on macro-F1, by the paired bootstrap over documents.

    pass: the 99% interval of the difference lies above -margin, so a drop of that size is excluded.
    fail: it does not, and lies wholly below zero; or there is no macro-F1.
    not enough data: anything between, or fewer than `min_documents` documents.

    The rule comes from a simulation of models of 80% accuracy on 300 documents of 1, 4 or 10 rows
    with 5 even or 15 uneven labels, 500 trials a cell. A model against itself: pass in 3,000 of
    3,000. A true drop of 3 points, with up to 20% of the other answers changed too: green in 0 to
    2.8% of the trials (a 95% interval lets up to 8% through, as rare labels skew the difference).
    An equally good model that answers 2 to 20% of the rows anew: red in at most 1.6%, green in 80
    to 100% at 4 rows a document or more and in 22 to 99% at one, else "not enough data".
    docs/gate.md has the same for the corpus's own test articles.
    """
    scores = [macro_f1(*outcome_counts(each.gold, each.predicted)) for each in (pair.new, pair.old)]
    effect = defined(scores[0] - scores[1], NO_GOLD)
    samples = pair.draws.new.macro - pair.draws.old.macro
    effect = with_interval(effect, samples, pair.documents, LEVEL)
    outcome, reason = _decide(effect, rule, pair.documents)
    return Check(name=MACRO_F1, outcome=outcome, reason=reason, effect=effect, limit=rule.margin)


def _decide(
    effect: Value, rule: MacroF1Rule, documents: int
) -> tuple[Literal["pass", "fail", "not enough data"], str]:
    drop = f"a drop of {worded(rule.margin, 'points')}"
    if effect.value is None:
        return "fail", f"{MACRO_F1} is undefined: {effect.reason}"
    found = f"{MACRO_F1} changed by {said(effect, 'points')} over {count(documents, 'document')}"
    if documents < rule.min_documents:
        return "not enough data", f"{found}, and the gate takes {rule.min_documents}"
    if effect.low is None or effect.high is None:
        return "not enough data", f"{found}: {effect.reason}"
    if effect.low > -rule.margin:
        return "pass", f"{found}: {drop} is excluded"
    if effect.high < 0:
        return "fail", f"{found}: worse, and {drop} is not excluded"
    return "not enough data", f"{found}: neither {drop} nor an equal model is excluded"
