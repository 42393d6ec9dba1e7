"""The model card of an export: what it says, of whom, and that nothing in it acts."""

import json
import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import page_reports
import pytest
import section_reports
import yaml
from markdown_it import MarkdownIt
from section_reports import behaviour, cost, rows

from data.errors import BadInput
from evaluation.probability import Bin
from evaluation.rendering.model_card import PLOT, calibration_plot, render_model_card, told
from evaluation.report import Report, save_report
from evaluation.score import score
from tagging.artifact import CARD, README, SIGNATURE, Artifact, load_artifact, writing
from tagging.card import Quantized
from tagging.manifest import NAME, file_hash, write_manifest
from workflows.decorating import decorate, load_reports

TASK = "geo_direction"


@pytest.fixture(scope="module")
def artifact(shelf) -> Artifact:
    return load_artifact(shelf("majority", TASK).folder)


@pytest.fixture(scope="module")
def report(artifact) -> Report:
    """Of rows that the model has not seen."""
    return scored(artifact)


@pytest.fixture(scope="module")
def events(shelf) -> Artifact:
    return load_artifact(shelf("majority", "event_type").folder)


@pytest.fixture(scope="module")
def better() -> Report:
    """Of a made-up model that is not always equally sure, with behaviour and cost."""
    told_too = {"behaviour": (behaviour("casing", 7), behaviour("voice", 0)), "cost": cost(2.5)}
    return section_reports.report(codebook=section_reports.EVENTS).model_copy(update=told_too)


def scored(artifact: Artifact, number: int = 160, dataset: str = "test.jsonl") -> Report:
    return score(artifact, rows(number), name=artifact.card.name, dataset=dataset, resamples=200)


def saved(report: Report, folder: Path, name: str = "report.json") -> Path:
    save_report(report, folder / name)
    return folder / name


def exported(artifact: Artifact, out: Path, *paths: Path) -> Artifact:
    """As `wiretag export` does it."""
    with writing(out) as stage:
        shutil.copytree(artifact.folder, stage, dirs_exist_ok=True)
        decorate(artifact, stage, load_reports(artifact, paths))
    return load_artifact(out)


def shown(text: str) -> str:
    """The card as a page."""
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(body)


def section(text: str, title: str) -> str:
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_an_export_tells_the_scores_of_its_report_and_keeps_the_model(artifact, report, tmp_path):
    found = exported(artifact, tmp_path / "out", saved(report, tmp_path))
    figure = report.macro_f1
    [told_in_card] = found.card.scores
    assert told_in_card.dataset == "test.jsonl" and told_in_card.rows == 160
    assert told_in_card.sha256 == report.dataset.rows_sha256
    reach = (told_in_card.macro_f1, told_in_card.low, told_in_card.high)
    assert reach == (figure.value, *figure.interval)
    text = (found.folder / README).read_text(encoding="utf-8")
    assert f"Macro-F1 on test.jsonl (160 rows of 20 articles): **{told(figure)}**." in text
    for each in report.headline.labels:
        assert f"| {each.label} | {each.support} | {each.predicted} |" in text
        assert f" {told(each.f1)} |" in section(text, "Scores")
    for path in artifact.folder.iterdir():
        if path.name not in (NAME, CARD):
            assert file_hash(path) == file_hash(found.folder / path.name), path.name
    assert replace(found.card, scores=()) == artifact.card
    assert artifact.manifest_hash in text


def test_it_tells_behaviour_calibration_cost_and_what_was_not_measured(events, better):
    text = render_model_card(events, [better])
    tested = section(text, "Behaviour")
    assert f"| invariance | 24 | {told(better.behaviour[0].failure_rate)} | upper" in tested
    assert tested.count("<b>Aden</b> fell.") == 1, "one failure of each capability that has any"
    assert "casing 29.2" in section(text, "Intended use and limits")
    bins = better.headline.reliability
    assert len(bins) >= 2
    assert all(f"% | {each.cases} |" in section(text, "Calibration") for each in bins)
    for name in ("ece", "brier", "log_loss"):
        assert f"{better.headline.metrics[name].value:.3f}" in section(text, "Calibration")
    priced = section(text, "Cost")
    assert "| one | 2 | 2.5 | undefined: few | 1,234.5 | 84.0 | 606 | 1.0 |" in priced
    assert "Energy: not measured." in priced
    bare = render_model_card(events, [scored(events)])
    assert "Not tested." in section(bare, "Behaviour")
    assert "memory: not measured" in section(bare, "Cost")


def test_every_undefined_figure_says_why(artifact):
    few = scored(artifact, 12)
    text = render_model_card(artifact, [few])
    values = [*few.headline.metrics.values()]
    values += [each for one in few.headline.labels for each in (one.precision, one.recall, one.f1)]
    reasons = {each.reason for each in values if each.value is None}
    assert reasons and all(f"undefined: {reason}" in text for reason in reasons)
    answered = section(text, "Abstaining, and sets of possible labels")
    assert answered.count(f"undefined: {few.risk_coverage.area.reason}") == 3
    assert "None" not in text and calibration_plot([few]) is None and PLOT not in text


def test_slices_without_a_test_are_left_out_and_only_weakness_beyond_chance_is_a_limit(
    events, better
):
    first, second, *_ = better.slices
    weaker = first.difference.model_copy(update={"value": -0.2, "low": -0.3, "high": -0.1})
    weak = first.model_copy(update={"name": "weak", "p_holm": 0.01, "difference": weaker})
    chance = second.model_copy(update={"name": "chance", "p_holm": 0.2, "difference": weaker})
    untested = second.model_copy(update={"name": "untested", "p_holm": None})
    changed = better.model_copy(update={"slices": (weak, chance, untested)})
    text = render_model_card(events, [changed])
    told_slices = section(text, "Scores")
    assert "| weak | tag | 40 | 20 |" in told_slices and "| chance | tag |" in told_slices
    assert "untested" not in text
    limits = section(text, "Intended use and limits")
    assert "Slice weak (tag)" in limits and "40 rows of 20 articles" in limits
    assert "chance (tag)" not in limits
    good = better.model_copy(update={"slices": (chance,)})
    assert "none of 1 tested slice is weaker" in render_model_card(events, [good])


def test_without_a_report_it_says_that_nothing_was_evaluated_and_how_to(artifact, tmp_path):
    found = exported(artifact, tmp_path / "out")
    text = (found.folder / README).read_text(encoding="utf-8")
    assert "**Not evaluated**" in text and "wiretag evaluate THIS_FOLDER --data" in text
    assert found.card.scores == () and not (found.folder / PLOT).exists()
    assert "model-index" not in text
    tuned = replace(found, card=replace(found.card, validation={"macro_f1": 0.5573}))
    assert "split was 55.7." in section(render_model_card(tuned, []), "Training data")


def test_a_second_export_keeps_the_scores_or_replaces_them(artifact, report, tmp_path):
    first = exported(artifact, tmp_path / "first", saved(report, tmp_path))
    again = exported(first, tmp_path / "again")
    assert again.card.scores == first.card.scores and not (again.folder / PLOT).exists()
    text = (again.folder / README).read_text(encoding="utf-8")
    assert "Of an earlier export" in text and "| test.jsonl | 160 |" in text
    other = saved(scored(first, dataset="other.jsonl"), tmp_path, "other.json")
    replaced = exported(first, tmp_path / "replaced", other)
    assert [each.dataset for each in replaced.card.scores] == ["other.jsonl"]


def test_a_report_of_another_artifact_is_refused(artifact, report, events, tmp_path):
    path = saved(scored(events), tmp_path)
    with pytest.raises(BadInput) as caught:
        load_reports(artifact, [path])
    said = str(caught.value)
    assert said.startswith(str(path))
    for each in (artifact, events):
        assert each.card.name in said and each.manifest_hash[:16] in said
    nobody = report.artifact.model_copy(update={"manifest_sha256": None})
    unknown = saved(report.model_copy(update={"artifact": nobody}), tmp_path)
    with pytest.raises(BadInput, match="manifest unknown"):
        load_reports(artifact, [unknown])


def test_a_dataset_is_told_once_and_two_datasets_both(artifact, report, tmp_path):
    paths = [saved(report, tmp_path), saved(scored(artifact, 120, "b.jsonl"), tmp_path, "b.json")]
    with pytest.raises(BadInput, match=r"one report a dataset, found test\.jsonl again"):
        load_reports(artifact, [paths[0], paths[0]])
    found = exported(artifact, tmp_path / "out", *paths)
    assert [(each.dataset, each.rows) for each in found.card.scores] == [
        ("test.jsonl", 160),
        ("b.jsonl", 120),
    ]
    drawn = ET.fromstring((found.folder / PLOT).read_text(encoding="utf-8"))
    names = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert names.count("came true") == 2 and {"test.jsonl", "b.jsonl"} <= set(names)
    page = shown((found.folder / README).read_text(encoding="utf-8"))
    assert page.count(f'src="{PLOT}"') == 1


def test_a_score_among_chosen_labels_says_so(artifact):
    chosen = score(artifact, rows(), name="m", dataset="t", labels=("origin", "site"), resamples=20)
    text = render_model_card(artifact, [chosen])
    assert "Macro-F1 on t, among origin, site only" in text


def test_a_copy_that_is_not_the_artifact_is_refused(artifact, tmp_path):
    stage = tmp_path / "stage"
    shutil.copytree(artifact.folder, stage)
    (stage / "codebook.yaml").write_bytes((stage / "codebook.yaml").read_bytes() + b" ")
    with pytest.raises(BadInput, match=r"codebook\.yaml"):
        decorate(artifact, stage, [])
    write_manifest(stage)
    with pytest.raises(BadInput, match="changed meanwhile"):
        decorate(artifact, stage, [])
    assert not (stage / README).exists()


def test_the_signature_of_the_old_manifest_goes(artifact, tmp_path):
    signed = tmp_path / "signed"
    shutil.copytree(artifact.folder, signed)
    (signed / SIGNATURE).write_text("signed", encoding="utf-8")
    found = exported(load_artifact(signed), tmp_path / "out")
    assert not (found.folder / SIGNATURE).exists()


@pytest.mark.parametrize("task", [TASK, "event_type"])
def test_the_code_on_the_card_runs(shelf, task, capsys):
    found = load_artifact(shelf("majority", task).folder)
    text = render_model_card(found, [])
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert code.count("path/of/this/folder") == 1
    exec(code.replace("path/of/this/folder", str(found.folder)), {})
    assert found.card.labels[0] in capsys.readouterr().out
    assert ("Mark(" in code) == (task == TASK)


def test_it_tells_the_tokens_of_a_mark_and_the_length_that_a_network_reads(artifact):
    network = replace(artifact, card=replace(artifact.card, runtime="onnx", max_length=128))
    page = shown(render_model_card(network, []))
    assert "<code>[mention] … [/mention]</code>" in page
    assert "it reads 128 tokens round the marks" in page and "examples/consumer" in page
    other = shown(render_model_card(artifact, []))
    assert "[mention]" not in other and "tokens" not in other and "int8" not in other


def test_it_says_how_the_int8_model_compares_and_why_there_is_none(artifact):
    made = replace(artifact, card=replace(artifact.card, runtime="onnx"))
    figures = {"split": "validation", "rows": 353, "agreement": 0.998, "largest": 0.01}
    kept = Quantized(True, None, activations=False, macro_f1_change=-0.001, **figures)
    for int8, words in (
        (kept, "the same model with weights in eight bits"),
        (replace(kept, activations=True), "with weights and activations in eight bits"),
        (replace(kept, written=False, reason="too far off"), "No int8 model is here: too far off."),
        (None, "Not made."),
    ):
        text = render_model_card(replace(made, card=replace(made.card, int8=int8)), [])
        assert words in section(text, "int8")
        assert ("99.8% of them" in text and "−0.1 points" in text) == (int8 is not None)


def hostile(artifact: Artifact, payload: str) -> tuple[Artifact, Report]:
    """The payload wherever an artifact and a report have words of others."""
    book = json.loads(artifact.codebook_bytes)
    book |= {"marks": [payload], "example": "sentence"}
    for place, label in enumerate(book["labels"]):
        label.update(name=f"{payload}{place}", definition=payload, group=payload)
    card = replace(
        artifact.card,
        **dict.fromkeys(("name", "family", "task", "run_id", "experiment", "git_commit"), payload),
        runtime="onnx",
        marks=(payload,),
        versions={payload: payload},
        dataset_hash={payload: payload},
        int8=Quantized(False, payload, False, payload, 1, 1.0, 0.0, 0.0),
    )
    words = json.dumps(payload)[1:-1]
    report = Report.model_validate_json(page_reports.held()[0].replace("PAYLOAD", words))
    bins = (Bin(probability=0.5, share=0.4, cases=100),)
    headline = report.headline.model_copy(update={"reliability": bins})
    more = {"headline": headline, "left_out": {payload: 1}, "closed_set": True}
    report = report.model_copy(update=more)
    return replace(artifact, card=card, codebook_bytes=json.dumps(book).encode()), report


@pytest.mark.parametrize("payload", [*page_reports.PAYLOADS, "---\nlicense: stolen\n...", '"]\n#'])
def test_data_stays_data(artifact, payload):
    made, report = hostile(artifact, payload)
    text = render_model_card(made, [report])
    assert not re.search(page_reports.UNSEEN, text)
    front = yaml.safe_load(text.split("\n---\n")[0])
    assert list(front) == [
        "license", "license_name", "language", "library_name", "pipeline_tag", "tags", "metrics",
        "model-index",
    ]  # fmt: skip
    line = re.sub(r"\s+", " ", re.sub(page_reports.UNSEEN, "\ufffd", payload))
    assert front["license"] == "other" and front["model-index"][0]["name"] == line
    page = re.sub(r' style="text-align:(left|right)"| class="language-python"', "", shown(text))
    page, images = re.subn(rf'<img src="{PLOT}" alt="[^"]*" />', "", page)
    reader = page_reports.inert(page)
    assert images == 1 and [tag for tag, _ in reader.elements].count("h2") == 11
    tags = {"h1", "h2", "h3", "p", "strong", "b", "ul", "li", "code", "pre", "a"}
    tags |= {"table", "thead", "tbody", "tr", "th", "td"}
    assert {tag for tag, _ in reader.elements} <= tags
    assert "".join(reader.text).replace("\u200b", "").count(line) > 20
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({row.count("|") for row in block.strip().split("\n")}) == 1, block
    drawn = calibration_plot([report])
    shapes = {each.tag.rpartition("}")[2] for each in ET.fromstring(drawn or "").iter()}
    assert shapes <= {"svg", "title", "style", "g", "rect", "text", "line", "circle"}
