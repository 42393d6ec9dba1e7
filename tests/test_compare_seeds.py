"""Seeds of one recipe are one model: means, intervals, pairing, and what is refused."""

from dataclasses import replace
from statistics import mean, stdev

import pytest
from compared_models import Fake, report, sentences

from data.errors import BadInput
from data.records import Sentence
from evaluation.bootstrap import paired_difference
from evaluation.compare import compare
from evaluation.report import Report


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
