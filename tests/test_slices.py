"""Slices and the search among them: planted weakness is found, and chance is not called weak."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from data.codebook import load_codebook
from data.records import Example, Mention, Role, Sentence
from evaluation.permutation import against_chance, permuted, share_as_strong
from evaluation.report import Report
from evaluation.score import score
from evaluation.significance import holm
from evaluation.weak_slices import find_weak_slices
from tagging.artifact import Prediction

PLACES = load_codebook("geo_direction")
TAGS = ("passive", "quote", "planned", "denied")
REGIONS = ("europe", "oceania", "americas")


class Model:
    """Right where its rule says so."""

    codebook, manifest_hash = PLACES, "0" * 64
    card = SimpleNamespace(family="tfidf", run_id=None, git_commit=None, seed=1)

    def __init__(self, right: Callable[[Example], bool]) -> None:
        self.right = right

    def predict(self, examples: Sequence[Example], batch_size: int = 32, progress=None):
        found = []
        for example in examples:
            wrong = PLACES.labels[(PLACES.labels.index(example.labels[0]) + 1) % 5]
            label = example.labels[0] if self.right(example) else wrong
            told = {name: float(name == label) for name in PLACES.labels}
            found.append(Prediction((label,), told, 1.0))
        return found


def sentences(documents: int = 40, rows: int = 8) -> list[Sentence]:
    """Tags by row, regions by document."""
    rng = np.random.default_rng(5)
    made = []
    for document in range(documents):
        for row in range(rows):
            tags = tuple(tag for tag in TAGS if rng.random() < 0.35)
            role = Role(PLACES.labels[int(rng.integers(5))])
            made.append(
                Sentence(
                    f"doc{document}-{row + 1}", f"doc{document}", "Lorries left Goma at noon.",
                    (Mention(13, 17, "place", (role,)),), tags=tags,
                    region=REGIONS[document % 3],
                )
            )  # fmt: skip
    return made


def scored(right: Callable[[Example], bool], resamples: int = 400, **more) -> Report:
    rows = more.pop("sentences", None) or sentences()
    return score(Model(right), rows, name="m", dataset="d", resamples=resamples, **more)


def by_chance(share: float, seed: int = 0, **weaker: float) -> Callable[[Example], bool]:
    """Right on that share of the rows, and on another one of those with a tag."""
    rng = np.random.default_rng(seed)

    def right(example: Example) -> bool:
        return bool(rng.random() < min([share, *(weaker.get(tag, 1) for tag in example.tags)]))

    return right


def test_a_weak_slice_comes_first_with_its_difference_and_a_corrected_p():
    report = scored(by_chance(0.85, quote=0.4))
    worst = report.slices[0]
    assert (worst.kind, worst.name) == ("tag", "quote")
    assert worst.difference.value == pytest.approx(-0.45, abs=0.12)
    assert worst.difference.low < worst.difference.value < worst.difference.high < 0
    assert worst.p_holm < 0.05 and worst.right.low < worst.right.value < worst.right.high
    others = [item for item in report.slices if item.name != "quote"]
    assert all(item.p_holm > 0.05 for item in others)
    kinds = {item.kind for item in report.slices}
    assert kinds == {"tag", "region", "position"}  # the length is the same everywhere


def test_p_is_corrected_for_the_number_of_slices():
    report = scored(by_chance(0.8, seed=3))
    decisions, rows = report.decisions(), report.rows()
    groups = np.array(
        [
            [
                item.name in (row.tags if item.kind == "tag" else row.traits[item.kind])
                for row in rows
            ]
            for item in report.slices
        ]
    )
    null = against_chance(decisions.right, decisions.documents, groups, 400, 0)
    raw = share_as_strong(null.chance, null.strength).tolist()
    assert [item.p_holm for item in report.slices] == pytest.approx(holm(raw))
    assert min(raw) < 0.3 < max(raw) and len(raw) == 9


def test_a_slice_of_few_documents_has_no_interval_and_no_test_and_comes_last():
    rows = sentences()
    few = [row if number >= 24 else replace(row, tags=("rare",)) for number, row in enumerate(rows)]
    report = scored(lambda example: "rare" not in example.tags, sentences=few)
    last = report.slices[-1]
    assert last.name == "rare" and last.right.value == 0.0 and last.p_holm is None
    assert last.difference.reason == "no interval: 3 documents, and one takes 8"


def test_many_small_slices_of_a_kind_are_told_in_one_line():
    rows = [
        replace(row, doc_id=f"site{chr(97 + n % 26)}_2016-01-02_x", id=f"row{n}")
        for n, row in enumerate(sentences(10))
    ]
    small = scored(by_chance(0.9), sentences=rows).small_slices
    assert small == {"publisher: 26 names": 80}


def test_label_frequency_makes_slices_where_training_rows_are_known():
    counts = {"origin": 5, "destination": 50, "site": 500, "transit": 6, "background": 60}
    report = scored(by_chance(0.9), training_rows=counts)
    bands = {item.name for item in report.slices if item.kind == "frequency"}
    assert bands == {"rare labels", "middle labels", "frequent labels"}
    assert not [item for item in scored(by_chance(0.9)).slices if item.kind == "frequency"]


def test_permutations_keep_documents_together_and_deal_to_those_of_like_size():
    sizes = [3] * 25 + [6] * 25
    documents = np.repeat([f"d{place:02d}" for place in range(50)], sizes)
    right = np.repeat(np.arange(50) % 2 == 0, sizes)  # a document is all right or all wrong
    seen = np.stack(list(permuted(right, documents, 200, 0)))
    for place, name in enumerate(np.unique(documents)):
        rows = seen[:, documents == name]
        assert (rows.all(axis=1) | ~rows.any(axis=1)).all()
        assert 0.2 < rows[:, 0].mean() < 0.8, place
    small = documents < "d25"
    assert (seen[:, small].sum(axis=1) == right[small].sum()).all()  # sizes do not mix
    assert (seen[:, ~small].sum(axis=1) == right[~small].sum()).all()


def test_permutations_shuffle_rows_within_documents():
    documents = np.repeat([f"d{place:02d}" for place in range(30)], 4)
    right = np.tile([True, True, True, False], 30)
    seen = np.stack(list(permuted(right, documents, 100, 0)))
    assert (seen.reshape(100, 30, 4).sum(axis=2) == 3).all()
    assert np.allclose(seen.reshape(-1, 4).mean(axis=0), 0.75, atol=0.03)


def test_the_search_finds_a_planted_conjunction_and_names_it():
    rng = np.random.default_rng(1)

    def right(example: Example) -> bool:
        both = {"passive", "denied"} <= set(example.tags)
        return bool(rng.random() < (0.2 if both else 0.9))

    report = scored(right, 20)
    found = find_weak_slices(report)
    worst = found.weakest[0]
    assert {(one.kind, one.name) for one in worst.features} == {
        ("tag", "passive"),
        ("tag", "denied"),
    }
    assert worst.p < 0.01 and worst.difference.high < 0 and worst in found.weak
    assert worst.rows >= 30 and worst.documents >= 10
    assert find_weak_slices(report) == found
    alone = find_weak_slices(report, most_features=1)
    assert all(len(item.features) == 1 for item in alone.weakest)


@pytest.mark.slow
def test_the_search_calls_chance_weak_about_as_seldom_as_it_says():
    report = scored(by_chance(0.9), 1, sentences=sentences(30, 7))
    alarms = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        hard = {f"doc{number}": rng.beta(7.6, 0.4) for number in range(30)}
        rows = tuple(
            row.model_copy(
                update={"gold": (PLACES.labels[rng.random() >= hard[row.doc_id]],),
                        "predicted": PLACES.labels[:1]}
            )
            for row in report.predictions
        )  # fmt: skip
        dealt = report.model_copy(update={"predictions": rows})
        alarms += bool(find_weak_slices(dealt, permutations=200, seed=seed).weak)
    assert alarms <= 9  # 5% of 60 are 3; 10 or more have p below 0.001


def test_the_search_says_why_it_finds_nothing():
    few = find_weak_slices(scored(by_chance(0.9), 1, sentences=sentences(9)))
    assert few.candidates == 0 and few.reason == "9 documents, and a search takes 10"
    same = [replace(row, tags=(), region=None) for row in sentences()]
    none = find_weak_slices(scored(by_chance(0.9), 1, sentences=same), min_rows=100)
    assert none.candidates == 0 and none.reason.startswith("no feature has 100 rows")
    perfect = find_weak_slices(scored(lambda example: True, 1))
    assert perfect.candidates > 5 and perfect.weakest == () and perfect.weak == ()


def test_what_has_nearly_the_rows_of_a_surer_slice_is_not_told():
    twins = {0: ("quote",), 1: ("quote", "said")}  # one in ten of the quotes is not said
    rows = [
        replace(row, tags=twins[number % 10 > 0] if "quote" in row.tags else ())
        for number, row in enumerate(sentences())
    ]
    found = find_weak_slices(scored(by_chance(0.9, quote=0.5), 1, sentences=rows))
    single = [item.features[0].name for item in found.weakest if len(item.features) == 1]
    assert len({"quote", "said"} & set(single)) == 1
