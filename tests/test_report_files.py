"""Reports on disk: what is written is read again, and whatever was edited or broken is refused."""

import json
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest

from data.codebook import load_codebook
from data.errors import BadInput
from data.records import Example, Mention, Role, Sentence
from evaluation.consistency import fault_in
from evaluation.report import Report, load_report, save_report
from evaluation.score import score
from tagging.artifact import Prediction

PLACES = load_codebook("geo_direction")


class AlwaysSite:
    """An artifact that decides `site` for every place."""

    codebook = PLACES
    manifest_hash = "ab" * 32
    card = SimpleNamespace(family="tfidf", run_id="run7", git_commit=None, seed=1)

    def predict(self, examples: Sequence[Example], batch_size: int = 32, progress=None):
        told = {label: float(label == "site") for label in PLACES.labels}
        return [Prediction(("site",), told, 1.0) for _ in examples]


def place_sentence(number: int, role: str, derived: bool = False) -> Sentence:
    mention = Mention(13, 17, "place", (Role(role),), derived)
    text = "Lorries left Goma at noon."
    region = ("europe", "oceania")[number % 2]
    return Sentence(
        f"s{number}", f"doc{number % 10}", text, (mention,), source="wire", region=region
    )


@pytest.fixture
def report() -> Report:
    roles = ["site", "origin", "destination"]
    sentences = [place_sentence(n, roles[n % 3]) for n in range(60)]
    sentences += [place_sentence(n, "background", derived=True) for n in range(60, 63)]
    return score(AlwaysSite(), sentences, name="m", dataset="d", resamples=50, with_text=True)


def test_a_report_survives_its_file(report, tmp_path):
    path = tmp_path / "new" / "report.json"
    save_report(report, path)
    assert load_report(path) == report
    assert [entry.name for entry in path.parent.iterdir()] == ["report.json"]
    save_report(report, path)  # replaces
    assert load_report(path) == report


def test_a_write_that_fails_keeps_the_earlier_report(report, tmp_path, monkeypatch):
    path = tmp_path / "report.json"
    save_report(report, path)
    monkeypatch.setattr("os.replace", lambda *names: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_report(report.model_copy(update={"model": "other"}), path)
    monkeypatch.undo()
    assert load_report(path) == report
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]


def edited(report: Report, path, change: Callable[[dict], object]):
    save_report(report, path)
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def rise(content: dict) -> None:
    content["headline"]["metrics"]["macro_f1"] = {"value": 0.99, "low": 0.98, "high": 1.0}


def relabel(content: dict) -> None:
    row = next(row for row in content["predictions"] if row["predicted"] != row["gold"])
    row["predicted"] = row["gold"]


def regold(content: dict) -> None:
    row = next(row for row in content["predictions"] if row["predicted"] != row["gold"])
    row["gold"] = row["predicted"]


CHANGES: list[tuple[Callable[[dict], object], str]] = [
    (rise, "macro_f1"),
    (relabel, "the rows give"),
    (regold, "rows_sha256"),
    (lambda c: c["predictions"].pop(), "rows_sha256"),
    (lambda c: c["predictions"].append(c["predictions"][0]), "twice"),
    (lambda c: c["predictions"][0].update(text="Another text."), "text_sha256"),
    (lambda c: c["predictions"][0].update(predicted=["site", "origin"]), "2 predicted labels"),
    (lambda c: c["predictions"][0].update(predicted=["sea"]), "'sea' is not scored"),
    (lambda c: c["predictions"][0]["probabilities"].pop("site"), "do not cover"),
    (lambda c: c["headline"]["metrics"].pop("macro_f1"), "no headline.metrics.macro_f1"),
    (lambda c: c["headline"]["metrics"]["ece"].update(value=0.123), "ece"),
    (lambda c: c["headline"].update(rows=7), "headline.rows 7 where the rows give 60"),
    (lambda c: c["headline"]["labels"][0].update(support=1), "headline.labels.0.support"),
    (lambda c: c.pop("derived"), "derived"),
    (lambda c: c["hierarchy"]["near"].update(value=0.9), "hierarchy.near.value"),
    (lambda c: c.pop("hierarchy"), "hierarchy None where"),
    (lambda c: c["codebook"]["groups"].pop("site"), "no group of the label 'site'"),
    (lambda c: c["slices"][0]["right"].update(value=0.9), "slices.0.right.value"),
    (lambda c: c["slices"].pop(), "1 of slices where the rows give 2"),
    (lambda c: c.update(small_slices={"tag: x": 3}), "small_slices.tag: x, which"),
    (lambda c: c["risk_coverage"]["area"].update(value=0.1), "risk_coverage.area.value"),
    (lambda c: c["predictions"][0]["traits"].update(style=["live"]), "small_slices"),
    (lambda c: c["predictions"][0]["traits"].update(weather=["dry"]), "weather"),
    (lambda c: c.update(task="actor_role"), "actor_role"),
    (lambda c: c.update(schema_version=3), "schema version 2"),
    (lambda c: c.update(schema_version=1), "version 1 knows neither"),
    (lambda c: c.pop("schema_version"), "schema version 2"),
    (lambda c: c.update(modle="x"), "did you mean 'model'"),
    (lambda c: c.pop("codebook"), "codebook"),
    (lambda c: c.update(predictions=["x"] * 50), "and 45 more"),
]


@pytest.mark.parametrize(("change", "word"), CHANGES)
def test_an_edited_report_is_refused(report, tmp_path, change, word):
    path = edited(report, tmp_path / "r.json", change)
    with pytest.raises(BadInput, match=word) as caught:
        load_report(path)
    assert str(path) in str(caught.value)


def test_intervals_are_made_again_where_that_is_asked(report):
    assert fault_in(report) is None and fault_in(report, redraw=True) is None
    wide = report.macro_f1.model_copy(update={"high": 1.0})
    metrics = {**report.headline.metrics, "macro_f1": wide}
    headline = report.headline.model_copy(update={"metrics": metrics})
    edited = report.model_copy(update={"headline": headline})
    assert fault_in(edited) is None
    assert "headline.metrics.macro_f1.high 1.0" in fault_in(edited, redraw=True)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('"model": "m"', '"model": "m", "model": "n"', "'model' twice"),
        ('"seed": 0', '"seed": NaN', "the number NaN"),
        ('"seed": 0', '"seed": 0}', r"r.json:\d+: expected a report"),
    ],
)
def test_json_that_other_readers_let_pass_is_refused(report, tmp_path, old, new, word):
    path = tmp_path / "r.json"
    save_report(report, path)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput, match=word):
        load_report(path)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe{}",
        b'{"schema_version": 1, "schema_version": 1}',
        b'{"schema_version": NaN}',
        b'{"schema_version": 1, "seconds": Infinity}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"schema_version": 1, "task": "\\ud800"}',
    ],
)
def test_hostile_files_are_refused(tmp_path, raw):
    path = tmp_path / "r.json"
    path.write_bytes(raw)
    with pytest.raises(BadInput):
        load_report(path)


def test_no_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "nothing.json", tmp_path):
        with pytest.raises(BadInput):
            load_report(path)
