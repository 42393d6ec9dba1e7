"""A model's errors: confusions with examples, doubted gold labels, and words that decide."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.codebook import Codebook, load_codebook
from data.errors import BadInput
from data.examples import examples_of
from data.records import Example, Mark, Mention, Role, Sentence
from evaluation.doubts import doubted_rows
from evaluation.mistakes import confident_mistakes, confusions
from evaluation.occlusion import MASK, explain, mask
from evaluation.score import score
from tagging.artifact import Prediction, load_artifact
from training.families.tfidf import TfidfConfig

PLACES = load_codebook("geo_direction")
EVENTS = load_codebook("event_type")


class Told:
    """Decides by the probabilities that it is told for a text."""

    manifest_hash = "0" * 64
    card = SimpleNamespace(family="tfidf", run_id=None, git_commit=None, seed=1)

    def __init__(self, codebook: Codebook, of_text) -> None:
        self.codebook, self.of_text = codebook, of_text

    def predict(self, examples: Sequence[Example], batch_size: int = 32, progress=None):
        found = []
        for example in examples:
            told = dict.fromkeys(self.codebook.labels, 0.0) | self.of_text(example)
            best = max(told, key=lambda name: told[name])
            labels = tuple(name for name in told if told[name] >= 0.5)
            found.append(Prediction(labels if self.codebook.multi else (best,), told, 1.0))
        return found


def event(number: int, text: str, *types: str) -> Sentence:
    return Sentence(f"s{number}", f"d{number % 10}", text, event_types=types)


def test_confusions_are_ranked_with_their_surest_examples():
    sure = {"AID sure": {"CONSULT": 0.9}, "AID": {"CONSULT": 0.6}, "none": {"AID": 0.7}, "ok": {}}
    rows = [event(n, "AID", "AID") for n in range(3)]
    rows += [event(3, "AID sure", "AID"), event(4, "none"), event(5, "ok")]
    model = Told(EVENTS, lambda example: sure[example.text])
    report = score(model, rows, name="m", dataset="d", resamples=1, with_text=True)
    found = confusions(report, examples=2)
    assert [(item.missed, item.added, item.rows) for item in found] == [
        ("AID", "CONSULT", 4),
        ("no event", "AID", 1),
    ]
    assert [mistake.id for mistake in found[0].examples] == ["s0", "s1"]  # sure that it is no AID
    assert found[0].examples[0].pieces[0].text == "AID"
    assert confusions(report, most=1) == confusions(report)[:1]


def test_labels_that_are_right_are_no_part_of_a_confusion():
    model = Told(EVENTS, lambda example: {"AID": 0.9, "CONSULT": 0.9})
    rows = [event(0, "x", "AID", "RETREAT"), event(1, "y", "AID")]
    report = score(model, rows, name="m", dataset="d", resamples=1)
    assert [(item.missed, item.added) for item in confusions(report)] == [("RETREAT", "CONSULT")]


def test_without_texts_confusions_have_ids_and_mistakes_are_not_shown():
    model = Told(EVENTS, lambda example: {"CONSULT": 0.9})
    report = score(model, [event(0, "x", "AID")], name="m", dataset="d", resamples=1)
    example = confusions(report)[0].examples[0]
    assert example.id == "s0" and example.pieces == () and confident_mistakes(report) == []


def test_planted_label_errors_are_doubted_first():
    rng = np.random.default_rng(0)
    truth = {}
    rows = []
    for number in range(200):
        name = PLACES.labels[number % 5]
        truth[f"s{number}"] = name
        given = PLACES.labels[(number + 1) % 5] if number in (17, 60, 111) else name
        mention = Mention(13, 17, "place", (Role(given),))
        rows.append(Sentence(f"s{number}", f"d{number % 20}", "Lorries left Goma.", (mention,)))

    def knows(example: Example) -> dict[str, float]:
        name = truth[example.id.split("@")[0]]
        right = 0.99 if (name,) != example.labels else float(rng.uniform(0.7, 0.99))
        spread = {name: (1 - right) / 4 for name in PLACES.labels}
        return spread | {name: right}

    report = score(Told(PLACES, knows), rows, name="m", dataset="d", resamples=1)
    found = doubted_rows(report)
    assert {row.id.split("@")[0] for row in found[:3]} == {"s17", "s60", "s111"}
    first = found[0]
    assert first.suggested == (truth[first.id.split("@")[0]],) and first.margin < -0.5
    assert doubted_rows(report, most=1) == found[:1]


def test_a_doubted_row_of_several_labels_says_the_whole_set_and_the_empty_one_by_name():
    rows = [event(n, "talks", "CONSULT") for n in range(10)]
    rows += [event(n, "nothing") for n in range(10, 20)]
    rows += [event(20, "talks"), event(21, "nothing", "CONSULT"), event(22, "talks", "AID")]
    sure = {"talks": {"CONSULT": 0.95, "AID": 0.01}, "nothing": {"CONSULT": 0.02}}
    model = Told(EVENTS, lambda example: sure[example.text])
    report = score(model, rows, name="m", dataset="d", resamples=1)
    found = {row.id: row for row in doubted_rows(report)}
    assert found["s20"].gold == ("no event",) and found["s20"].suggested == ("CONSULT",)
    assert found["s21"].gold == ("CONSULT",) and found["s21"].suggested == ("no event",)
    assert "CONSULT" in found["s22"].suggested


def example(text: str, *marks: Mark) -> Example:
    return Example("row", "doc", text, marks, ("site",))


def test_the_word_that_decides_has_the_effect_and_exact_offsets():
    model = Told(PLACES, lambda row: {"origin": 0.9 if "left" in row.text else 0.1, "site": 0.2})
    text = "Lorries — at 6.30 a.m. — left Goma's docks."
    found = explain(model, example(text, Mark("mention", text.index("Goma"), text.index("'s"))))
    assert (found.label, found.probability, found.decided) == ("origin", 0.9, ("origin",))
    assert [text[word.start : word.end] for word in found.words] == [
        "Lorries", "at", "6.30", "a.m", "left", "Goma's", "docks"
    ]  # fmt: skip
    assert all(word.text == text[word.start : word.end] for word in found.words)
    worst = found.strongest[0]
    assert (worst.text, worst.decided) == ("left", ("site",))
    assert worst.change == pytest.approx(-0.8)
    assert [word.change for word in found.words if word is not worst] == [0.0] * 6


def test_a_label_can_be_chosen_and_else_the_surest_decided_one_is_told():
    told = {"AID": 0.7, "CONSULT": 0.8, "RETREAT": 0.2}
    model = Told(EVENTS, lambda row: told)
    assert explain(model, example("They talked.")).label == "CONSULT"
    assert explain(model, example("They talked."), "AID").probability == 0.7
    undecided = Told(EVENTS, lambda row: {"RETREAT": 0.2, "AID": 0.1})
    found = explain(undecided, example("They left."))
    assert found.label == "RETREAT" and found.decided == ()
    with pytest.raises(BadInput, match="did you mean 'RETREAT'"):
        explain(model, example("They left."), "RETRET")
    with pytest.raises(BadInput, match="a text with words"):
        explain(model, example(" … !"))


@settings(max_examples=200, deadline=None)
@given(st.text("ab é…🚚'", min_size=1, max_size=12), st.data())
def test_masking_keeps_marks_round_the_same_stretches(text, data):
    places = st.integers(0, len(text))
    start, end = sorted([data.draw(places), data.draw(places)])
    first, last = sorted([data.draw(places), data.draw(places)])
    if start == end or first == last:
        return
    masked = mask(example(text, Mark("mention", first, last)), start, end)
    assert masked.text == text[:start] + MASK + text[end:]
    mark = masked.marks[0]
    held = masked.text[mark.start : mark.end]
    if last <= start or first >= end:
        assert held == text[first:last]
    else:  # what the mark holds of the word is the ellipsis, and the rest stays
        assert held == text[first : max(first, start)] + MASK + text[end : max(last, end)]


def test_a_real_model_is_explained_word_by_word(shelving, sentences, tmp_path):
    rows = examples_of(sentences, PLACES).examples
    artifact = load_artifact(
        shelving(TfidfConfig(family="tfidf"), PLACES, rows, tmp_path / "m").folder
    )
    row = next(one for one in rows if "origin" in one.labels)
    found = explain(artifact, row)
    said = artifact.predict([row])[0]
    assert found.decided == said.labels
    assert found.probability == pytest.approx(said.probabilities[found.label], abs=1e-6)
    assert any(abs(word.change) > 1e-4 for word in found.words)
    again = artifact.predict([mask(row, found.words[2].start, found.words[2].end)])[0]
    assert found.words[2].change == pytest.approx(
        again.probabilities[found.label] - found.probability, abs=1e-6
    )
