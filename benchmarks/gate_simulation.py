"""How often the gate errs, and a plain threshold on macro-F1 beside it, as Markdown.

    python benchmarks/gate_simulation.py REPORT.json [TRIALS]

A trial draws a test set: documents of the report, with replacement and under new names, as many as
there are, twice and four times as many. The accepted model is the report's. The candidates: the
same model; an equally good one, which answers 5% of the rows anew, each as the model answered
another row of that gold label; and one whose right rows are turned wrong at random, so many that on
all the report's rows its macro-F1 is expected to be 3 points lower.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluation.bootstrap import RESAMPLES
from evaluation.gate.config import Rules
from evaluation.gate.decision import macro_check, row_checks, slices_in, verdict_of
from evaluation.gate.figures import ece_check
from evaluation.gate.rows import Pair
from evaluation.metrics import Bools, Decisions, Ints, macro_f1, outcome_counts
from evaluation.probability import probability_metrics
from evaluation.report import load_report

TRIALS: Final = 1000
SIZES: Final = (1, 2, 4)
ANEW: Final = 0.05
DROP: Final = 0.03
COPIES: Final = 50  # of the rows, on which the expected macro-F1 is measured
RULES: Final = Rules()
HEADS: Final = (
    "gate: pass",
    "fail",
    "not enough data",
    "macro-F1 alone: pass",
    "plain, 3 points allowed: pass",
    "plain, none allowed: pass",
    "stored score, 3 points allowed: pass",
)
Generator = np.random.Generator
Candidate = Callable[[Decisions, Generator], Decisions]


@dataclass(frozen=True)
class Scene:
    """The report's rows: decisions, slices, and the rows of each document and of each gold set."""

    rows: Decisions
    slices: Mapping[str, Bools]
    documents: Sequence[Ints]

    def drawn(self, times: int, rng: Generator) -> tuple[Decisions, Mapping[str, Bools]]:
        """A test set of that many times the documents, and which of its rows each slice has."""
        chosen = rng.integers(0, len(self.documents), times * len(self.documents))
        places = [self.documents[number] for number in chosen]
        names = [np.full(len(part), f"{at:05d}") for at, part in enumerate(places)]
        rows = np.concatenate(places)
        test = replace(self.rows.take(rows), documents=np.concatenate(names))
        return test, {name: inside[rows] for name, inside in self.slices.items()}


def load(path: Path) -> Scene:
    report = load_report(path)
    rows = report.decisions()
    found = [np.flatnonzero(rows.documents == name) for name in np.unique(rows.documents)]
    large = {name: inside for name, inside in slices_in(report).items() if inside.sum() >= 20}
    return Scene(rows, large, found)


def same(test: Decisions, rng: Generator) -> Decisions:
    return test


def equal(scene: Scene) -> Candidate:
    """5% of the rows answered as the model answers a random row of the same gold set."""
    donors = {key: np.flatnonzero(keys(scene.rows) == key) for key in np.unique(keys(scene.rows))}

    def candidate(test: Decisions, rng: Generator) -> Decisions:
        chosen = np.flatnonzero(rng.random(len(test.gold)) < ANEW)
        golds = keys(test)[chosen]
        return answered(test, chosen, scene, [int(rng.choice(donors[gold])) for gold in golds])

    return candidate


def worse(scene: Scene, share: float) -> Candidate:
    """That share of the right rows answered as the model answers a random row, and wrongly."""
    answers = np.array([row.tobytes() for row in scene.rows.predicted])

    def candidate(test: Decisions, rng: Generator) -> Decisions:
        chosen = np.flatnonzero(test.right & (rng.random(len(test.gold)) < share))
        donors = rng.integers(0, len(answers), len(chosen))
        golds = np.array([row.tobytes() for row in test.gold[chosen]])
        while (still := golds == answers[donors]).any():
            donors[still] = rng.integers(0, len(answers), int(still.sum()))
        return answered(test, chosen, scene, donors)

    return candidate


def keys(rows: Decisions) -> NDArray[np.int64]:
    """A number for each gold set."""
    weights = 2 ** np.arange(rows.gold.shape[1])
    return np.asarray(rows.gold.astype(np.int64) @ weights)


def answered(
    test: Decisions, chosen: Ints, scene: Scene, donors: Sequence[int] | Ints
) -> Decisions:
    """The rows with what the model said of the donors in the place of the chosen rows' answers."""
    predicted, probabilities = test.predicted.copy(), test.probabilities.copy()
    predicted[chosen] = scene.rows.predicted[donors]
    probabilities[chosen] = scene.rows.probabilities[donors]
    return replace(test, predicted=predicted, probabilities=probabilities)


def score(rows: Decisions) -> float:
    return float(macro_f1(*outcome_counts(rows.gold, rows.predicted)))


def share_lost(scene: Scene) -> float:
    """The share of right rows to turn wrong for an expected macro-F1 of 3 points less."""
    many = scene.rows.take(np.tile(np.arange(len(scene.rows.gold)), COPIES))
    low, high = 0.0, 0.5
    for _ in range(20):
        middle = (low + high) / 2
        lost = score(many) - score(worse(scene, middle)(many, np.random.default_rng(0)))
        low, high = (middle, high) if lost < DROP else (low, middle)
    return high


def trial(
    scene: Scene, candidate: Candidate, times: int, seed: int, stored: float
) -> dict[str, str]:
    """What the gate and the thresholds say of one candidate on one test set."""
    rng = np.random.default_rng([seed, times])
    old, slices = scene.drawn(times, rng)
    new = candidate(old, rng)
    pair = Pair(new, old, slices, RESAMPLES, seed)
    macro = macro_check(pair, RULES.macro_f1)
    checks = [macro, *row_checks(pair, RULES)]
    if RULES.calibration:
        errors = [probability_metrics(rows)["ece"] for rows in (new, old)]
        checks.append(ece_check(errors[0], errors[1], RULES.calibration.ece))
    after, before = score(new), score(old)
    return {
        "gate": verdict_of(checks),
        "macro": macro.outcome,
        "margin": "pass" if after >= before - DROP else "fail",
        "bar": "pass" if after >= before else "fail",
        "stored": "pass" if after >= stored - DROP else "fail",
    }


def main() -> None:
    path, trials = Path(sys.argv[1]), int((sys.argv[2:] or [TRIALS])[0])
    began, scene = time.monotonic(), load(path)
    share, stored = share_lost(scene), score(scene.rows)
    again, lost = equal(scene), worse(scene, share)
    candidates: dict[str, tuple[Candidate, Sequence[int]]] = {
        "the same model": (same, SIZES[:1]),
        "equally good, 5% of rows answered anew": (again, SIZES),
        "3 points worse": (lost, SIZES),
        "3 points worse, 5% of rows answered anew": (
            lambda test, rng: lost(again(test, rng), rng),
            SIZES,
        ),
    }
    print(f"{path.stem}: {len(scene.rows.gold)} rows of {len(scene.documents)} documents, macro-F1")
    print(f"{100 * stored:.1f}; {100 * share:.1f}% of the right rows turned wrong for the drop.\n")
    print(f"| candidate | documents | trials | {' | '.join(HEADS)} |")
    print(f"|---|--:|--:|{'--:|' * len(HEADS)}")
    for name, (candidate, sizes) in candidates.items():
        for times in sizes:
            found = [trial(scene, candidate, times, seed, stored) for seed in range(trials)]
            line = [name, str(times * len(scene.documents)), str(trials), *shares(found)]
            print(f"| {' | '.join(line)} |", flush=True)
    print(f"\n{(time.monotonic() - began) / 60:.1f} minutes.")


def shares(found: Sequence[Mapping[str, str]]) -> list[str]:
    """Of all trials, in percent: the gate's outcomes, and how often each other rule lets pass."""
    counts = {rule: Counter(each[rule] for each in found) for rule in found[0]}
    wanted = [("gate", outcome) for outcome in ("pass", "fail", "not enough data")]
    wanted += [(rule, "pass") for rule in ("macro", "margin", "bar", "stored")]
    return [f"{100 * counts[rule][outcome] / len(found):.1f}%" for rule, outcome in wanted]


if __name__ == "__main__":
    main()
