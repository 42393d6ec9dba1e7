"""Comparisons: grouping, ranking, paired differences, corrected tests and honest verdicts."""

import pytest
from compared_models import Fake, report, sentences

from data.errors import BadInput
from data.records import Mention, Role, Sentence
from evaluation.compare import compare
from evaluation.score import score


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
    told = str(caught.value)
    assert f"{one.codebook.hash[:12]} in the report of 'net'" in told
    assert "ffffffffffff in the report of 'old'" in told


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
