"""Runs the behaviour tests on an artifact, and tells what failed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from data.codebook import Codebook
from data.errors import BadInput
from data.examples import content_hash
from data.records import Example
from evaluation.behaviour.capabilities import Capability, Case, Part
from evaluation.behaviour.fairness import Fairness, Filling, fairness
from evaluation.behaviour.report import (
    Behaviour,
    BehaviourReport,
    Failure,
    Outcomes,
    Said,
    failure_rate,
)
from evaluation.metrics import Value, membership
from evaluation.rows import DIGITS
from evaluation.score import Scorable, check_codebook
from tagging.calibrated import confidence

SHOWN = 20  # failures kept of a capability


@dataclass(frozen=True)
class Answer:
    """What a model decided, and how sure it was."""

    labels: tuple[str, ...]
    confidence: float


Answers = Mapping[str, Answer]  # by the example's id


@dataclass(frozen=True)
class Tested:
    """A case, and of each part whether any of its examples got other labels than it should."""

    case: Case
    parts: tuple[tuple[Part, bool], ...]

    @property
    def failed(self) -> bool:
        return any(wrong for _, wrong in self.parts)


def questions(capabilities: Sequence[Capability]) -> list[Example]:
    """The examples that a model is asked, each once."""
    asked = (one for each in capabilities for case in each.cases for one in case.examples)
    return list({example.id: example for example in asked}.values())


def score_behaviours(
    artifact: Scorable,
    capabilities: Sequence[Capability],
    model: str,
    progress: Callable[[int], None] | None = None,
) -> BehaviourReport:
    """Asks the artifact everything once. Raises BadInput for another codebook or no numbers."""
    codebook = artifact.codebook
    check_codebook(codebook)
    asked = questions(capabilities)
    said = _answers(artifact, asked, progress)
    return BehaviourReport(
        task=codebook.name,
        model=model,
        codebook_hash=codebook.hash,
        manifest_sha256=artifact.manifest_hash,
        results=tuple(_behaviour(each, said, codebook) for each in capabilities),
    )


def _answers(
    artifact: Scorable, asked: Sequence[Example], progress: Callable[[int], None] | None
) -> Answers:
    predictions = artifact.predict(asked, progress=progress)
    labels, multi = artifact.codebook.labels, artifact.codebook.multi
    table = np.array(
        [[each.probabilities[label] for label in labels] for each in predictions], dtype=np.float32
    )
    if not np.isfinite(table).all():
        raise BadInput("a probability for every label", "no number", "mend the model")
    sure = confidence(table, membership([each.labels for each in predictions], labels), multi)
    return {
        example.id: Answer(each.labels, float(sure[row]))
        for row, (example, each) in enumerate(zip(asked, predictions, strict=True))
    }


def _behaviour(capability: Capability, said: Answers, codebook: Codebook) -> Behaviour:
    cases = _anchored(capability.cases, said) if capability.substituted else capability.cases
    tested = [_tested(case, said) for case in cases]
    failures = [_failure(each, said) for each in tested if each.failed]
    outcomes = _outcomes((each.case.seed, each.failed) for each in tested)
    return Behaviour(
        capability=capability.name,
        kind=capability.kind,
        task=codebook.name,
        about=capability.about,
        cases_sha256=content_hash(questions([capability])),
        cases=len(cases),
        seeds=len(outcomes),
        failure_rate=failure_rate(outcomes),
        parts=_by_part(tested),
        outcomes=outcomes,
        failures=tuple(_telling(failures)[:SHOWN]),
        more_failures=max(0, len(failures) - SHOWN),
        fairness=_fairness(tested, said, codebook) if capability.substituted else None,
    )


def _anchored(cases: Sequence[Case], said: Answers) -> list[Case]:
    """Substituted cases, each held to an example with the labels that most names of its seed got.

    No name is the original one, and none is to be the measure of the others.
    """
    rivals: dict[tuple[str, int], list[Example]] = defaultdict(list)
    for case in cases:
        rivals[case.seed, case.slot] += case.examples
    anchors = {key: _commonest(examples, said) for key, examples in rivals.items()}
    return [replace(case, original=anchors[case.seed, case.slot]) for case in cases]


def _commonest(examples: Sequence[Example], said: Answers) -> Example:
    [(labels, _)] = Counter(said[example.id].labels for example in examples).most_common(1)
    return next(example for example in examples if said[example.id].labels == labels)


def _expected(case: Case, example: Example, said: Answers) -> tuple[str, ...]:
    return said[case.original.id].labels if case.original else example.labels


def _tested(case: Case, said: Answers) -> Tested:
    return Tested(case, tuple((part, _wrong(part, case, said)) for part in case.parts))


def _wrong(part: Part, case: Case, said: Answers) -> bool:
    return any(set(said[one.id].labels) != set(_expected(case, one, said)) for one in part.examples)


def _outcomes(tested: Iterable[tuple[str, bool]]) -> Outcomes:
    """Failed cases and all cases of each seed."""
    found: Outcomes = {}
    for seed, failed in tested:
        before = found.get(seed, (0, 0))
        found[seed] = before[0] + failed, before[1] + 1
    return found


def _by_part(tested: Sequence[Tested]) -> dict[str, Value]:
    found: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for each in tested:
        for part, wrong in each.parts:
            found[part.name].append((each.case.seed, wrong))
    return {name: failure_rate(_outcomes(results)) for name, results in found.items()}


def _failure(tested: Tested, said: Answers) -> Failure:
    case = tested.case
    return Failure(
        id=case.id,
        seed=case.seed,
        parts=tuple(part.name for part, wrong in tested.parts if wrong),
        said=tuple(_said(one, _expected(case, one, said), said[one.id]) for one in case.examples),
    )


def _said(example: Example, expected: tuple[str, ...], answer: Answer) -> Said:
    mark = example.marks[0] if example.marks else None
    return Said(
        text=example.text,
        start=mark.start if mark else None,
        end=mark.end if mark else None,
        expected=expected,
        found=answer.labels,
        confidence=round(answer.confidence, DIGITS),
    )


def _telling(failures: Sequence[Failure]) -> list[Failure]:
    """The surest failure of each seed, then the second ones, and so on; surest first."""
    ranks = Counter[str]()
    ordered = []
    for failure in sorted(failures, key=_sureness, reverse=True):
        ordered.append((ranks[failure.seed], failure))
        ranks[failure.seed] += 1
    return [failure for _, failure in sorted(ordered, key=lambda each: each[0])]


def _sureness(failure: Failure) -> float:
    return max(one.confidence for one in failure.said if set(one.found) != set(one.expected))


def _fairness(tested: Sequence[Tested], said: Answers, codebook: Codebook) -> Fairness:
    """The regions of anchored cases, whose parts are named by them."""
    fillings = []
    for each in tested:
        [(part, flipped)] = each.parts
        [example] = part.examples
        found = said[example.id].labels
        fillings.append(Filling(each.case.seed, part.name, flipped, example.labels, found))
    return fairness(fillings, codebook.labels)
