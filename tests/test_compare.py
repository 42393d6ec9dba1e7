"""Comparisons: grouping, ranking, paired differences, corrected tests and honest verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import mean, stdev
from types import SimpleNamespace

import numpy as np
import pytest

from data.codebook import Codebook, load_codebook
from data.errors import BadInput
from data.records import Example, Mention, Role, Sentence
from evaluation.bootstrap import paired_difference
from evaluation.compare import compare
from evaluation.report import Report
from evaluation.score import score
from tagging.artifact import Prediction

PLACES = load_codebook("geo_direction")


@dataclass
class Fake:
    """A model that is right on a share of the rows; models of one seed err on nested rows."""

    family: str
    accuracy: float
    seed: int = 0
    trained: int | None = 1  # the seed of its training
    codebook: Codebook = PLACES
    manifest_hash: str = "0" * 64

    @property
    def card(self) -> SimpleNamespace:
        return SimpleNamespace(family=self.family, run_id=None, git_commit=None, seed=self.trained)

    def predict(self, examples: Sequence[Example], batch_size: int = 32, progress=None):
        rng = np.random.default_rng(self.seed)
        found = []
        for example, draw in zip(examples, rng.random(len(examples)), strict=True):
            gold = self.codebook.labels.index(example.labels[0])
            wrong = self.codebook.labels[(gold + 1) % len(self.codebook.labels)]
            label = example.labels[0] if draw < self.accuracy else wrong
            told = {name: float(name == label) for name in self.codebook.labels}
            found.append(Prediction((label,), told, 1.0))
        return found


def sentences(rows: int = 300, documents: int = 60, first: int = 0) -> list[Sentence]:
    return [
        Sentence(
            f"s{first + n}",
            f"doc{n % documents}",
            "Lorries left Goma at noon.",
            (Mention(13, 17, "place", (Role(PLACES.labels[n % 5]),)),),
        )
        for n in range(rows)
    ]


def report(
    name: str, model: Fake, rows: list[Sentence] | None = None, dataset: str = "d"
) -> Report:
    return score(model, rows or sentences(), name=name, dataset=dataset, resamples=200)


def test_models_are_ranked_and_set_against_the_best_and_the_baselines():
    found = compare(
        [
            report("lazy", Fake("majority", 0.2)),
            report("net", Fake("transformer", 0.9)),
            report("words", Fake("tfidf", 0.6)),
        ]
    )
    (task,) = found.tasks
    assert [line.model for line in task.models] == ["net", "words", "lazy"]
    assert [line.simple for line in task.models] == [False, True, True]
    against_best = [item for item in task.differences if item.against == "best"]
    assert [(item.model, item.other) for item in against_best] == [
        ("words", "net"),
        ("lazy", "net"),
    ]
    baselines = [(i.model, i.other) for i in task.differences if i.against == "baseline"]
    assert baselines == [
        ("net", "lazy"), ("words", "lazy"), ("net", "words"), ("lazy", "words")
    ]  # fmt: skip
    gap = against_best[0]
    net, words = task.models[0].macro_f1.value, task.models[1].macro_f1.value
    assert gap.macro_f1.value == pytest.approx(words - net)
    assert gap.macro_f1.low < gap.macro_f1.value < gap.macro_f1.high < 0
    # one seed: the weaker model's right rows are among the stronger one's
    assert gap.mcnemar.only_first == 0 and gap.mcnemar.only_second > 50


def test_holm_corrects_over_the_different_pairs_only():
    found = compare(
        [
            report("net", Fake("transformer", 0.80)),
            report("words", Fake("tfidf", 0.79)),
            report("lazy", Fake("majority", 0.77)),
        ]
    )
    by_pair = {(i.model, i.other): i for i in found.tasks[0].differences}
    raw = by_pair["lazy", "net"].mcnemar.p.value
    assert by_pair["lazy", "net"].p_holm == pytest.approx(min(1, raw * 3))  # three pairs, smallest
    assert by_pair["net", "lazy"].p_holm == by_pair["lazy", "net"].p_holm
    assert by_pair["net", "lazy"].mcnemar.only_first == by_pair["lazy", "net"].mcnemar.only_second


def test_a_clear_winner_is_told_with_its_lead_and_interval():
    found = compare([report("net", Fake("transformer", 0.9)), report("words", Fake("tfidf", 0.6))])
    task = found.tasks[0]
    assert task.outcome == "clear" and task.recommended == "net"
    assert "300 rows from 60 documents" in task.verdict
    assert "net won" in task.verdict and "excludes zero" in task.verdict
    assert "simple baseline words" in task.verdict
    assert "beats words" in found.verdict


def test_a_lead_within_noise_recommends_the_simple_baseline():
    found = compare(
        [
            report("net", Fake("transformer", 0.80, seed=1)),
            report("words", Fake("tfidf", 0.75, seed=2)),
        ]
    )
    task = found.tasks[0]
    assert task.models[0].model == "net"
    assert task.outcome == "noise" and task.recommended == "words"
    assert "includes zero" in task.verdict and "Use words" in task.verdict
    assert "use words" in found.verdict


def test_a_simple_baseline_that_wins_is_recommended():
    found = compare([report("net", Fake("transformer", 0.6)), report("words", Fake("tfidf", 0.9))])
    task = found.tasks[0]
    assert task.outcome == "simple" and task.recommended == "words"
    assert "does not earn its place: use words" in task.verdict
    assert "(95% interval +" in task.verdict  # the loser is behind by a positive number


def test_without_baseline_or_rival_the_verdict_says_so():
    nets = [report("net", Fake("transformer", 0.9)), report("net2", Fake("transformer", 0.7))]
    found = compare(nets)
    assert found.tasks[0].outcome == "no baseline"
    assert "No simple baseline was scored" in found.tasks[0].verdict
    assert "net2" in found.tasks[0].verdict
    alone = compare(nets[:1]).tasks[0]
    assert alone.outcome == "alone" and "nothing to compare it with" in alone.verdict
    assert alone.differences == ()


def test_an_undefined_metric_is_told_and_not_ranked():
    rows = [
        Sentence("a", "d", "Lorries left Goma.",
                 (Mention(13, 17, "place", (Role("site"),), derived=True),))
    ]  # fmt: skip
    found = compare([report("net", Fake("transformer", 0.9), rows)])
    assert found.tasks[0].outcome == "undefined" and found.tasks[0].recommended is None
    assert "undefined" in found.verdict and found.tasks[0].differences == ()


def test_one_document_gives_no_interval_and_no_winner():
    rows = sentences(rows=40, documents=1)
    found = compare(
        [report("net", Fake("transformer", 1.0), rows), report("words", Fake("tfidf", 0.4), rows)]
    )
    assert found.tasks[0].outcome == "noise"
    assert "1 document, and one takes 8" in found.tasks[0].verdict


def test_other_rows_under_one_name_are_refused_and_both_are_named():
    one = report("net", Fake("transformer", 0.9))
    other = report("words", Fake("tfidf", 0.6), sentences(first=1))
    with pytest.raises(BadInput, match="same scored rows") as caught:
        compare([one, other])
    assert "'net'" in str(caught.value) and "'words'" in str(caught.value)


def test_another_codebook_is_refused_and_both_are_named():
    one = report("net", Fake("transformer", 0.9))
    changed = one.codebook.model_copy(update={"hash": "f" * 64})
    other = one.model_copy(update={"codebook": changed, "model": "old"})
    with pytest.raises(BadInput, match="codebook") as caught:
        compare([one, other])
    assert "'net'" in str(caught.value) and "'old'" in str(caught.value)


def test_other_scored_labels_are_refused():
    rows = sentences()
    one = score(Fake("tfidf", 0.5), rows, name="a", dataset="d", resamples=20)
    other = score(
        Fake("tfidf", 0.5), rows, name="b", dataset="d", labels=("origin", "site"), resamples=20
    )
    with pytest.raises(BadInput, match="same scored labels"):
        compare([one, other])


def test_one_name_for_two_models_is_refused():
    one = report("net", Fake("transformer", 0.9))
    with pytest.raises(BadInput, match="twice"):
        compare([one, one])


def test_nothing_to_compare_is_refused():
    with pytest.raises(BadInput, match="one report or more"):
        compare([])


def test_two_datasets_of_a_task_are_two_comparisons():
    found = compare(
        [
            report("net", Fake("transformer", 0.9)),
            report("net", Fake("transformer", 0.9), sentences(first=500), dataset="e"),
            report("words", Fake("tfidf", 0.5)),
        ]
    )
    assert [(task.dataset.name, len(task.models)) for task in found.tasks] == [("d", 2), ("e", 1)]
    assert found.verdict.startswith("In 1 of 2 comparisons")


def test_a_comparison_is_deterministic_and_serialises_without_its_rows():
    reports = [report("net", Fake("transformer", 0.9)), report("words", Fake("tfidf", 0.6))]
    one, other = compare(reports), compare(reports[::-1])
    fast = {"tasks": {"__all__": {"models": {"__all__": {"rows_per_second"}}}}}
    assert one.model_dump(exclude=fast) == other.model_dump(exclude=fast)
    assert "predictions" not in one.model_dump_json()


def net(trained: int | None, accuracy: float, rows: list[Sentence] | None = None) -> Report:
    model = Fake("transformer", accuracy, seed=trained or 0, trained=trained)
    return report("net", model, rows)


def test_seeds_of_one_name_are_one_model_that_stands_with_their_mean():
    seeds = [net(3, 0.9), net(1, 0.7), net(2, 0.82)]
    words = report("words", Fake("tfidf", 0.6))
    (task,) = compare([*seeds, words]).tasks
    assert [(line.model, line.seeds) for line in task.models] == [("net", 3), ("words", 1)]
    line, simple = task.models
    scores = [each.macro_f1.value for each in seeds]
    assert line.macro_f1.value == pytest.approx(mean(scores))
    assert line.seed_sd == pytest.approx(stdev(scores)) and simple.seed_sd is None
    rights = [each.metric("accuracy").value for each in seeds]
    assert line.metrics["accuracy"].value == pytest.approx(mean(rights))
    assert line.metrics["accuracy"].interval is None
    assert line.metrics["macro_f1"] == line.macro_f1 and simple.macro_f1 == words.macro_f1
    assert line.shown_seed == task.reports[0].artifact.seed == 2  # the nearest to the mean
    assert task.reports[1].model == "words" and len(task.reports) == 2
    assert "as the mean of 3 seeds" in task.verdict


def test_the_interval_of_three_seeds_holds_new_seeds_and_that_of_two_does_not():
    seeds = [net(1, 0.9), net(2, 0.6), net(3, 0.75)]

    def width(reports: list[Report]) -> float:
        low, high = compare(reports).tasks[0].models[0].macro_f1.interval
        return high - low

    alone = max(width([each]) for each in seeds)
    assert width(seeds) > 3 * alone and width(seeds[:2]) < alone


def test_models_of_one_and_of_three_seeds_are_paired_by_their_means():
    seeds = [net(1, 0.9), net(2, 0.86), net(3, 0.88)]
    singles = [report("words", Fake("tfidf", 0.6)), report("lazy", Fake("majority", 0.2))]
    found = compare([*singles, *seeds]).tasks[0].differences
    by_pair = {(item.model, item.other): item for item in found}
    gap = by_pair["net", "words"].macro_f1
    means = mean(each.macro_f1.value for each in seeds), singles[0].macro_f1.value
    assert gap.value == pytest.approx(means[0] - means[1])
    assert gap.low < gap.value < gap.high and gap.low > 0
    assert by_pair["net", "words"].mcnemar is None and by_pair["net", "words"].p_holm is None
    # the one pair of single models is tested, and corrected over itself alone
    tested = by_pair["words", "lazy"]
    assert tested.p_holm == pytest.approx(tested.mcnemar.p.value)


def test_a_lead_that_another_seed_may_lose_is_no_clear_one():
    words = report("words", Fake("tfidf", 0.6, seed=9))
    seeds = [net(1, 0.95), net(2, 0.6), net(3, 0.6)]
    task = compare([words, *seeds]).tasks[0]
    assert task.models[0].model == "net" and task.outcome == "noise"
    (gap,) = [item.macro_f1 for item in task.differences if item.against == "baseline"]
    decisions = [each.decisions() for each in (*seeds, words)]
    alone = [paired_difference(each, decisions[-1], 500) for each in decisions[:3]]
    assert gap.high - gap.low > 2 * max(each.high - each.low for each in alone)


def test_two_seeds_are_paired_on_the_same_resampled_documents():
    words = report("words", Fake("tfidf", 0.6))
    both = [net(1, 0.9), net(2, 0.9).model_copy(update={"predictions": net(1, 0.9).predictions})]
    twice, once = (
        compare(reports).tasks[0].differences[0].macro_f1
        for reports in ([words, *both], [words, both[0]])
    )
    assert twice.interval == pytest.approx(once.interval)


@pytest.mark.parametrize(
    ("reports", "word"),
    [
        (lambda: [net(1, 0.9), net(1, 0.8)], r"'net' twice \(seeds: 1, 1\)"),
        (lambda: [net(1, 0.9), net(None, 0.8)], r"twice \(seeds: 1, none\)"),
        (lambda: [net(0, 0.9), net(None, 0.8)], r"twice \(seeds: 0, none\)"),
        (lambda: [net(1, 0.9), net(2, 0.8), net(1, 0.7)], "3 times"),
        (
            lambda: [net(1, 0.9), report("net", Fake("tfidf", 0.5, trained=2))],
            "one family behind the name 'net', found tfidf and transformer",
        ),
        (lambda: [net(1, 0.9), net(2, 0.9, sentences(first=1))], "same scored rows"),
    ],
)
def test_reports_of_one_name_that_are_not_seeds_of_one_recipe_are_refused(reports, word):
    with pytest.raises(BadInput, match=word):
        compare(reports())


def test_each_source_has_a_score_that_is_its_slices_or_the_mean_over_the_seeds():
    rows = [
        replace(row, source=("small", "west", "east")[min(n, 1) + (n % 3 == 0 and n > 0)])
        for n, row in enumerate(sentences())
    ]
    seeds = [net(n, 0.8, rows) for n in (1, 2, 3)]
    words = report("words", Fake("tfidf", 0.6), rows)
    models = {line.model: line for line in compare([*seeds, words]).tasks[0].models}
    slices = {part.name: part for part in words.slices if part.kind == "source"}
    assert [each.source for each in models["words"].sources] == ["east", "west"]
    for each in models["words"].sources:
        assert each.macro_f1 == slices[each.source].macro_f1
        assert each.rows == slices[each.source].rows
    for each in models["net"].sources:
        own = [
            part.macro_f1.value for one in seeds for part in one.slices if part.name == each.source
        ]
        assert len(own) == 3 and each.macro_f1.value == pytest.approx(mean(own))
        assert each.macro_f1.low < each.macro_f1.value < each.macro_f1.high
    assert compare([words.model_copy(update={"slices": ()})]).tasks[0].models[0].sources == ()


def test_the_order_of_seeds_changes_nothing():
    reports = [net(1, 0.9), net(2, 0.8), net(3, 0.7), report("words", Fake("tfidf", 0.6))]
    fast = {"tasks": {"__all__": {"models": {"__all__": {"rows_per_second"}}}}}
    one, other = compare(reports), compare(reports[::-1])
    assert one.model_dump(exclude=fast) == other.model_dump(exclude=fast)
    assert [each.artifact.seed for each in one.tasks[0].reports] == [2, 1]
