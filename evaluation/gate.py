"""The regression gate: is a candidate model no worse than the accepted one, beyond a margin?"""

from typing import Literal

from data.errors import BadInput
from evaluation.bootstrap import RESAMPLES, paired_difference
from evaluation.compare import check_codebooks, check_rows
from evaluation.metrics import Decisions, Frozen, Value, label_scores
from evaluation.phrases import TITLES, count, points, signed, signed_interval
from evaluation.report import Report

MARGIN = 0.03  # of macro-F1, 3 points
LEVEL = 0.99
MIN_DOCUMENTS = 30
LABEL_NOTE = 0.1  # a fall of a label's F1 that is worth a word

Outcome = Literal["pass", "fail", "not enough data"]


class Verdict(Frozen):
    """The gate's answer; only `pass` is green. `difference` is candidate minus accepted, 99%."""

    outcome: Outcome
    reasons: tuple[str, ...]
    notes: tuple[str, ...]  # labels that fell; they do not decide
    task: str
    dataset: str
    candidate: str
    accepted: str
    margin: float
    rows: int
    documents: int
    difference: Value

    @property
    def passed(self) -> bool:
        return self.outcome == "pass"


def gate(
    candidate: Report,
    accepted: Report,
    *,
    margin: float = MARGIN,
    level: float = LEVEL,
    min_documents: int = MIN_DOCUMENTS,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Verdict:
    """Non-inferiority of the candidate on macro-F1, by the paired bootstrap over documents.

    pass: the 99% interval of the difference lies above -margin, so a drop of that size is excluded.
    fail: it does not, and lies wholly below zero; or a headline metric that the accepted report
    has is missing or undefined in the candidate's, or the accepted one has no macro-F1.
    not enough data: anything between, or fewer than `min_documents` documents.

    The rule comes from a simulation of models of 80% accuracy on 300 documents of 1, 4 or 10 rows
    with 5 even or 15 uneven labels, 500 trials a cell. A model against itself: pass in 3,000 of
    3,000. A true drop of 3 points, with up to 20% of the other answers changed too: green in 0 to
    2.8% of the trials (a 95% interval lets up to 8% through, as rare labels skew the difference).
    An equally good model that answers 2 to 20% of the rows anew: red in at most 1.6%, green in 80
    to 100% at 4 rows a document or more and in 22 to 99% at one, else "not enough data".

    Raises BadInput where the reports differ in task, codebook, labels or rows.
    """
    if not 0 <= margin < 1:
        raise BadInput("a margin of 0 or more and below 1", str(margin), "0.03 is 3 points")
    check_codebooks(accepted, candidate)
    check_rows(accepted, candidate)
    new, old = candidate.decisions(), accepted.decisions()
    difference = paired_difference(new, old, resamples, seed, level)
    documents = candidate.headline.documents
    outcome: Outcome
    if reasons := _missing(candidate, accepted):
        outcome = "fail"
    elif documents < min_documents:
        outcome = "not enough data"
        reasons = [f"{count(documents, 'document')}, and the gate needs {min_documents}"]
    else:
        outcome, reason = _decide(difference, margin, level, documents)
        reasons = [reason]
    return Verdict(
        outcome=outcome,
        reasons=tuple(reasons),
        notes=tuple(_fallen(new, old)),
        task=candidate.task,
        dataset=candidate.dataset.name,
        candidate=candidate.model,
        accepted=accepted.model,
        margin=margin,
        rows=candidate.headline.rows,
        documents=documents,
        difference=difference,
    )


def _decide(difference: Value, margin: float, level: float, documents: int) -> tuple[Outcome, str]:
    if difference.value is None or difference.low is None or difference.high is None:
        return "not enough data", f"no interval: {difference.reason}"
    found = (
        f"macro-F1 differs by {signed(difference.value)} points, {level * 100:.0f}% interval "
        f"{signed_interval(difference)} over {count(documents, 'document')}"
    )
    if difference.low > -margin:
        return "pass", f"{found}: a drop of {points(margin)} points is excluded"
    if difference.high < 0:
        return "fail", f"{found}: worse, and a drop of {points(margin)} points is not excluded"
    return "not enough data", (
        f"{found}: neither a drop of {points(margin)} points nor an equal model is excluded"
    )


def _missing(candidate: Report, accepted: Report) -> list[str]:
    """What stands in the way of any comparison, each as a reason."""
    found = []
    if accepted.macro_f1.value is None:
        found.append(f"macro-F1 of the accepted model is undefined: {accepted.macro_f1.reason}")
    for name, value in {"macro_f1": accepted.macro_f1, **accepted.headline.metrics}.items():
        held = candidate.metric(name)
        if held.value is None and (value.value is not None or name == "macro_f1"):
            found.append(f"{TITLES[name]} of the candidate is undefined: {held.reason}")
    return found


def _fallen(new: Decisions, old: Decisions) -> list[str]:
    """Labels whose F1 fell by 10 points or more, the worst first."""
    falls = []
    for after, before in zip(label_scores(new), label_scores(old), strict=True):
        if after.f1.value is not None and before.f1.value is not None:
            fall = before.f1.value - after.f1.value
            if fall >= LABEL_NOTE:
                scores = f"{points(before.f1.value)} to {points(after.f1.value)}"
                gold = count(after.support, "gold row")
                falls.append((-fall, f"{after.label}: F1 fell from {scores} ({gold})"))
    return [note for _, note in sorted(falls)]
