"""Scoring an artifact: what is scored, what is left out, and what the report holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest

from data.codebook import Codebook, load_codebook
from data.errors import BadInput
from data.records import Example, Mention, Role, Sentence
from evaluation.recorded import Recorded
from evaluation.report import Report
from evaluation.score import score
from tagging.artifact import Prediction

PLACES = load_codebook("geo_direction")
ACTORS = load_codebook("actor_role")
EVENTS = load_codebook("event_type")


@dataclass
class Fake:
    """An artifact that answers as it is told; probabilities default to the decision."""

    codebook: Codebook
    answer: Callable[[Example], tuple[str, ...]]
    probabilities: Callable[[Example], dict[str, float]] | None = None
    abstains: Callable[[Example], bool] = lambda example: False
    possible: Callable[[Example], tuple[str, ...] | None] = lambda example: None
    manifest_hash: str = "ab" * 32
    card: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            family="tfidf", run_id="run7", git_commit=None, seed=1
        )
    )

    def predict(self, examples: Sequence[Example], batch_size: int = 32, progress=None):
        if progress:
            progress(len(examples))
        return [
            Prediction(self.answer(e), self.told(e), 1.0, self.abstains(e), self.possible(e))
            for e in examples
        ]

    def told(self, example: Example) -> dict[str, float]:
        if self.probabilities:
            return self.probabilities(example)
        decided = self.answer(example)
        return {label: float(label in decided) for label in self.codebook.labels}


def place_sentence(number: int, role: str, derived: bool = False, **more) -> Sentence:
    mention = Mention(13, 17, "place", (Role(role),), derived)
    fields = {"source": "wire", "tags": ("passive",)} | more
    return Sentence(
        f"s{number}", f"doc{number % 10}", "Lorries left Goma at noon.", (mention,), **fields
    )


def gold(example: Example) -> tuple[str, ...]:
    return example.labels


def site(example: Example) -> tuple[str, ...]:
    return ("site",)


def scored(artifact: Fake, sentences: list[Sentence], **more) -> Report:
    return score(artifact, sentences, name="m", dataset="d", **{"resamples": 50} | more)


def test_a_report_says_what_was_scored_and_by_whom():
    done: list[int] = []
    sentences = [place_sentence(n, role) for n, role in enumerate(["site", "origin"] * 15)]
    report = scored(Fake(PLACES, site), sentences, progress=done.append)
    assert (report.task, report.model, report.family) == ("geo_direction", "m", "tfidf")
    assert report.codebook.hash == PLACES.hash and report.artifact.run_id == "run7"
    assert report.artifact.manifest_sha256 == "ab" * 32
    assert (report.headline.rows, report.headline.documents) == (30, 10)
    assert report.headline.metrics["accuracy"].value == 0.5
    assert report.macro_f1.value == pytest.approx((0 + 2 / 3) / 2)
    assert report.macro_f1.low <= report.macro_f1.value <= report.macro_f1.high
    by_label = dict(zip(report.labels, report.headline.confusion, strict=True))
    assert by_label["origin"][PLACES.labels.index("site")] == 15
    assert report.derived is None and done == [30]
    assert report.seconds >= 0 and "numpy" in report.versions


def test_texts_stay_out_unless_asked_for():
    sentences = [place_sentence(n, "site") for n in range(3)]
    without = scored(Fake(PLACES, site), sentences)
    assert "Lorries" not in without.model_dump_json()
    row = without.predictions[0]
    assert len(row.text_sha256) == 16 and (row.marks[0].start, row.marks[0].end) == (13, 17)
    kept = scored(Fake(PLACES, site), sentences, with_text=True)
    assert kept.predictions[0].text == "Lorries left Goma at noon."
    assert kept.dataset.rows_sha256 == without.dataset.rows_sha256


def test_derived_rows_are_a_block_of_their_own():
    sentences = [place_sentence(n, "site") for n in range(4)]
    sentences += [place_sentence(n, "background", derived=True) for n in range(4, 10)]
    report = scored(Fake(PLACES, site), sentences)
    assert report.headline.rows == 4 and report.headline.metrics["accuracy"].value == 1.0
    assert report.derived.rows == 6 and report.derived.metrics["accuracy"].value == 0.0
    headline = {label.label: label for label in report.headline.labels}
    assert headline["background"].f1.value is None  # its only rows are derived
    assert sum(row.derived for row in report.predictions) == 6


def test_what_is_left_out_is_counted_with_its_reason():
    rows = [
        Sentence("a", "d", "x", event_types=("AID",)),
        Sentence("b", "d", "y", event_types=("AID",), complete=False),
    ]
    report = scored(Fake(EVENTS, gold), rows)
    assert report.headline.rows == 1
    assert list(report.left_out.values()) == [1] and "incomplete" in next(iter(report.left_out))


def test_closed_set_leaves_out_other_gold_and_decides_among_its_labels():
    def likely(example: Example) -> dict[str, float]:
        return {"origin": 0.1, "destination": 0.2, "site": 0.05, "transit": 0.6, "background": 0.05}

    sentences = [
        place_sentence(n, role) for n, role in enumerate(["destination"] * 3 + ["transit"])
    ]
    model = Fake(PLACES, lambda example: ("transit",), likely)
    report = scored(model, sentences, labels=("destination", "origin"))
    assert report.labels == ("origin", "destination") and report.closed_set
    assert report.left_out == {"gold label 'transit' is not among the scored ones": 1}
    row = report.predictions[0]
    assert row.predicted == ("destination",)
    assert row.probabilities == pytest.approx({"origin": 1 / 3, "destination": 2 / 3}, abs=1e-6)
    assert report.headline.metrics["accuracy"].value == 1.0
    assert not scored(model, sentences).closed_set


def test_closed_set_of_a_multi_label_task_keeps_the_thresholds_decisions():
    rows = [
        Sentence("a", "d1", "x", event_types=("AID",)),
        Sentence("b", "d2", "y", event_types=()),
        Sentence("c", "d3", "z", event_types=("AID", "PROTEST")),
    ]
    model = Fake(EVENTS, lambda example: ("AID", "REJECT"))
    report = scored(model, rows, labels=("AID", "CONSULT"))
    assert [row.id for row in report.predictions] == ["a", "b"]
    assert [row.predicted for row in report.predictions] == [("AID",), ("AID",)]
    assert report.headline.none_label.false_negatives == 1


def test_slices_of_twenty_rows_or_more_are_sorted_worst_first():
    sentences = [place_sentence(n, "site", tags=("easy",), source="wire") for n in range(25)]
    sentences += [
        place_sentence(n, "origin", tags=("hard", "rare")[: 1 + (n < 35)], source="blog")
        for n in range(25, 45)
    ]
    report = scored(Fake(PLACES, site), sentences)
    names = [(item.kind, item.name) for item in report.slices]
    assert names[:2] == [("source", "blog"), ("tag", "hard")]
    assert {name for _, name in names} == {"wire", "blog", "easy", "hard"}
    assert report.small_slices == {"tag: rare": 10}
    worst = report.slices[0]
    assert worst.rows == 20 and worst.documents == 10 and worst.right.value == 0.0
    assert worst.right.reason == "no interval: the same in every resample"
    assert worst.difference.value == -1.0 and worst.difference.interval == (-1.0, -1.0)


def test_empty_gold_of_a_multi_label_task_is_told_as_none():
    mention = Mention(0, 6, "actor", ())
    rows = [Sentence("a", "d1", "Police waited.", (mention,))]
    report = scored(Fake(ACTORS, lambda example: ()), rows)
    assert report.headline.none_label.label == "bystander"
    assert report.headline.none_label.f1.value == 1.0
    assert report.macro_f1.value is None and report.macro_f1.reason
    assert report.headline.metrics["exact_match"].value == 1.0


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"labels": ("orgin", "site")}, "did you mean 'origin'"),
        ({"labels": ("origin", "origin")}, "different labels"),
        ({"labels": ("origin",)}, "2 or more"),
        ({"labels": ("transit", "background")}, "row to score"),
    ],
)
def test_labels_that_cannot_be_scored_are_refused(more, word):
    with pytest.raises(BadInput, match=word):
        scored(Fake(PLACES, site), [place_sentence(0, "site")], **more)


def test_a_codebook_that_differs_from_the_repositorys_is_refused():
    other = PLACES.model_copy(update={"version": PLACES.version + 1})
    with pytest.raises(BadInput, match="geo_direction"):
        scored(Fake(other, site), [place_sentence(0, "site")])
    own = PLACES.model_copy(update={"name": "our_places"})
    assert scored(Fake(own, site), [place_sentence(0, "site")]).task == "our_places"


def test_repeated_rows_are_refused():
    with pytest.raises(BadInput, match="twice"):
        scored(Fake(PLACES, site), [place_sentence(0, "site")] * 2)


@pytest.mark.parametrize("p", [float("nan"), float("inf"), 1.2, -0.1, None])
def test_what_is_no_probability_is_refused(p):
    told = {label: 0.0 for label in PLACES.labels} | {"site": p}
    with pytest.raises(BadInput, match="probability from 0 to 1"):
        scored(Fake(PLACES, site, lambda example: told), [place_sentence(0, "site")])


def test_a_model_that_answers_too_little_is_refused():
    class Short(Fake):
        def predict(self, examples, batch_size=32, progress=None):
            return []

    with pytest.raises(BadInput, match="1 predictions"):
        scored(Short(PLACES, site), [place_sentence(0, "site")])
    with pytest.raises(BadInput, match="one label a row"):
        scored(Fake(PLACES, lambda example: ()), [place_sentence(0, "site")])


def test_the_rows_hash_knows_content_and_not_order():
    sentences = [place_sentence(n, "site") for n in range(4)]
    plain = scored(Fake(PLACES, site), sentences).dataset.rows_sha256
    assert scored(Fake(PLACES, gold), sentences[::-1]).dataset.rows_sha256 == plain
    changes = [
        replace(sentences[0], text="Lorries left Goma at dusk."),
        replace(sentences[0], doc_id="other"),
        place_sentence(0, "origin"),
        place_sentence(0, "site", derived=True),
    ]
    hashes = {
        scored(Fake(PLACES, site), [changed, *sentences[1:]]).dataset.rows_sha256
        for changed in changes
    }
    assert len(hashes) == 4 and plain not in hashes
    fewer = scored(Fake(PLACES, site), sentences, labels=("site", "origin"))
    assert fewer.dataset.rows_sha256 != plain


def test_label_sets_and_abstention_are_scored_over_the_gold_rows():
    rows = [place_sentence(n, ("site", "origin")[n % 2]) for n in range(20)]
    report = scored(
        Fake(
            PLACES,
            site,
            abstains=lambda example: example.labels == ("origin",) and example.id < "s15",
            possible=lambda example: ("site", "transit"),
        ),
        rows,
    )
    found = report.selective
    abstained = sum(row.abstains for row in report.predictions)
    assert found.kept.value == (20 - abstained) / 20 and 0 < abstained < 10
    assert found.right_kept.value == 10 / (20 - abstained)
    assert found.covered.value == 0.5 and found.kept.low < found.kept.value < found.kept.high
    assert found.label_covered["site"].value == 1 and found.label_covered["origin"].value == 0
    assert found.label_covered["transit"].reason == "no gold row has this label"
    assert found.set_size.value == 2


def test_a_model_without_label_sets_has_no_such_figures():
    assert scored(Fake(PLACES, site), [place_sentence(0, "site")]).selective is None


def test_a_recorded_model_is_asked_once_an_example():
    asked: list[str] = []

    def answer(example: Example) -> tuple[str, ...]:
        asked.append(example.id)
        return ("site",)

    fake = Fake(PLACES, answer, probabilities=lambda example: dict.fromkeys(PLACES.labels, 0.2))
    rows = [place_sentence(n, "site") for n in range(6)]
    model = Recorded(fake)
    part = score(model, rows[:4], name="m", dataset="d", resamples=10)
    whole = score(model, rows, name="m", dataset="d", resamples=10)
    assert len(asked) == len(set(asked)) == 6
    assert part.headline.rows == 4 and whole.headline.rows == 6
