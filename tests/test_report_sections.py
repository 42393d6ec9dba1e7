"""The sections of the report page: there when their figures are, and what they say."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest

from data.codebook import Codebook, load_codebook
from data.records import Example, Mention, Role, Sentence
from evaluation.behaviour.fairness import Fairness, RegionScore, Spread
from evaluation.behaviour.report import Behaviour, Failure, Said, failure_rate
from evaluation.compare import TaskComparison, compare
from evaluation.cost import Cost, Machine
from evaluation.metrics import Value
from evaluation.phrases import interval, points
from evaluation.rendering import behaviour as page_behaviour
from evaluation.rendering import cost as page_cost
from evaluation.rendering import sections as page_sections
from evaluation.rendering import slices as page_slices
from evaluation.rendering.html import render_html
from evaluation.rendering.markdown import render_markdown
from evaluation.rendering.sections import TaskPage
from evaluation.report import Report
from evaluation.score import score
from tagging.artifact import Prediction

PLACES = load_codebook("geo_direction")
EVENTS = load_codebook("event_type")
DASH = "\N{EN DASH}"


class Fake:
    """Decides the next label where the text is a wrong one; `family` is that of the artifact."""

    manifest_hash = "0" * 64

    def __init__(self, codebook: Codebook, wrong: Callable[[str], bool], family: str, seed: int):
        self.codebook, self.wrong = codebook, wrong
        self.card = SimpleNamespace(family=family, run_id=None, git_commit=None, seed=seed)

    def predict(self, examples: Sequence[Example], batch_size: int = 32, progress=None):
        names, found = self.codebook.labels, []
        for place, example in enumerate(examples):
            labels = example.labels
            if self.wrong(example.text):
                first = names.index(labels[0]) + 1 if labels else 0
                labels = (names[first % len(names)],)
            sure = 0.7 + 0.002 * (place % 100)
            told = {name: sure if name in labels else 0.01 for name in names}
            found.append(Prediction(labels, told, 1.0, False, None))
        return found


def rows(number: int = 160, derived: bool = False) -> list[Sentence]:
    """Every row a place and an event; each 20 rows have a tag."""
    return [
        Sentence(
            id=f"s{n:03}",
            doc_id=f"d{n % 20}",
            text=f"Goma {n} ends",
            mentions=(Mention(0, 4, "place", (Role(PLACES.labels[n % 5]),), derived),),
            event_types=(EVENTS.labels[n % 16],),
            source="wire",
            tags=(f"tag-{n // 20 % 4}",),
        )
        for n in range(number)
    ]


def report(
    name: str = "net",
    wrong: Callable[[str], bool] = lambda text: text.endswith("7 ends"),
    codebook: Codebook = PLACES,
    family: str = "transformer",
    seed: int = 1,
    **more,
) -> Report:
    fields = {"dataset": "d", "resamples": 200, "with_text": True} | more
    sentences = fields.pop("sentences", None) or rows()
    return score(Fake(codebook, wrong, family, seed), sentences, name=name, **fields)


def cost(milliseconds: float, processor: str = "one") -> Cost:
    return Cost(
        machine=Machine(processor=processor, cores=2, threads=None), load_seconds=1.0,
        single_calls=50, p50_ms=Value(value=milliseconds), p99_ms=Value(value=None, reason="few"),
        batch_size=32, batch_rows=200, sentences_per_second=Value(value=1234.5),
        artifact_bytes=83_970_000, peak_memory_bytes=606_000_000,
    )  # fmt: skip


def behaviour(name: str, failed: int, spread: float = 0.0, cases: str = "0") -> Behaviour:
    """24 cases of one part each, `failed` of them failed; regions where a spread is given."""
    outcomes = {f"seed-{n}": (int(n < failed), 1) for n in range(24)}
    rate = failure_rate(outcomes)
    said = (
        Said(text="Goma fell.", start=0, end=4, expected=("site",), found=("site",), confidence=1),
        Said(text="Aden fell.", start=0, end=4, expected=("site",), found=(), confidence=0.9),
    )
    apart = Spread(value=spread, lowest="north", highest="south", by_chance=0.05)
    region = RegionScore(cases=12, flip_rate=rate, macro_f1=rate)
    return Behaviour(
        capability=name, kind="invariance", task="geo_direction", about=f"About {name}.",
        cases_sha256=cases, cases=24, seeds=24, failure_rate=rate, outcomes=outcomes,
        parts={"upper": rate, "lower": Value(value=0.0)}, more_failures=0,
        failures=tuple(
            Failure(id=f"f{n}", seed=f"seed-{n}", parts=("upper",), said=said)
            for n in range(failed)
        ),
        fairness=Fairness(
            regions={"north": region, "south": region}, flip_rate=apart, macro_f1=apart
        ) if spread else None,
    )  # fmt: skip


def page_of(*reports: Report) -> TaskPage:
    [view] = page_sections.views(compare(reports, resamples=200))
    return view


def task_of(*reports: Report) -> TaskComparison:
    return page_of(*reports).task


def keys(view: TaskPage) -> list[str]:
    return [section.key for section in view.sections]


def words(page: str) -> str:
    text = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def part(page: str, key: str) -> str:
    """The words of one section of the only task."""
    return words("<h3" + page.split(f'<h3 id="task-1-{key}"')[1].split("<h3")[0])


def test_a_section_without_figures_has_no_heading_anywhere():
    bare = report(sentences=rows(2), wrong=lambda text: False)
    comparison = compare([bare], resamples=10)
    [view] = page_sections.views(comparison)
    assert keys(view) == ["scores", "labels", "confusions", "groups", "probabilities", "scope"]
    html, markdown = words(render_html(comparison)), render_markdown(comparison)
    for title in ("is weak", "Answering where sure", "What it costs", "Behaviour", "by rule",
                  "most sure", "read again"):  # fmt: skip
        assert title not in html and title not in markdown, title


@pytest.mark.parametrize(
    ("key", "update"),
    [
        ("cost", {"cost": cost(3.0)}),
        ("behaviour", {"behaviour": (behaviour("plain", 3),)}),
    ],
)
def test_what_was_measured_has_a_section_and_what_was_not_has_none(key, update):
    plain = report()
    assert key not in keys(page_of(plain))
    assert key in keys(page_of(plain.model_copy(update=update)))


def test_groups_of_events_are_quad_classes_and_their_scores_are_told():
    events = report(codebook=EVENTS)
    html = render_html(compare([events], resamples=50))
    told = part(html, "groups")
    assert "Quad classes" in told and "verbal cooperation" in told
    found = events.hierarchy
    for value in (found.macro_f1, found.right, found.hierarchical_f1, found.near):
        assert f"{value.value * 100:.1f}" in told
    assert "Groups of labels" in words(render_html(compare([report()], resamples=50)))
    assert "| verbal cooperation | 40 |" in render_markdown(compare([events], resamples=50))


def test_slices_stand_worst_first_with_effect_interval_and_corrected_p():
    def wrong(text: str) -> bool:
        return 20 <= int(text.split()[1]) < 38  # nearly all of tag-1, and nothing else

    found = report(wrong=wrong)
    ranked = page_slices.ranked(found)
    worst = ranked.every[0]
    assert worst.name == "tag-1" and page_slices.beyond_chance(worst)
    told = page_slices.effect(worst)
    assert re.fullmatch(r"−\d+\.\d \(−\d+\.\d to −\d+\.\d\), p .*0\.0\d+", told)
    assert not any(page_slices.beyond_chance(each) for each in ranked.every[2:])
    html = part(render_html(compare([found], resamples=50)), "slices")
    assert told.replace("<", "&lt;") in html and "Blue: beyond chance" in html
    assert told.split(" ")[0] in render_markdown(compare([found], resamples=50))
    even = part(render_html(compare([report()], resamples=50)), "slices")
    assert "All may be chance" in even


def test_slices_behind_the_tenth_are_folded():
    twelve = [replace(row, tags=(f"t{n // 20}",)) for n, row in enumerate(rows(240))]
    ranked = page_slices.ranked(report(sentences=twelve))
    assert (len(ranked.worst), len(ranked.others)) == (10, len(ranked.every) - 10)
    page = render_html(compare([report(sentences=twelve)], resamples=20))
    assert f"The other {len(ranked.others)}" in page


def test_the_search_tells_a_planted_weakness_and_leaves_long_reports_to_the_verb(monkeypatch):
    def wrong(text: str) -> bool:
        return int(text.split()[1]) // 20 % 4 == 1

    comparison = compare([report(wrong=wrong)], resamples=20)
    told = part(render_html(comparison), "slices")
    assert "Found by search" in told and "tag-1 (tag)" in told
    assert "a search found these weak" in render_markdown(comparison)
    monkeypatch.setattr(page_slices, "MOST_SEARCHED", 10)
    left = part(render_html(comparison), "slices")
    assert "Found by search" not in left and "wiretag report weak" in left


def test_confusions_have_sentences_where_texts_are_kept_and_a_table_where_not():
    kept = part(render_html(compare([report()], resamples=20)), "confusions")
    assert "origin taken for" not in kept and "site taken for transit 16 rows" in kept
    assert re.search(r"Goma \d*7 ends gold site decided transit", kept)
    bare = part(render_html(compare([report(with_text=False)], resamples=20)), "confusions")
    assert "falsely added" in bare and "ends" not in bare
    clean = report(wrong=lambda text: False)
    assert "No label is taken" in render_html(compare([clean], resamples=20))


def test_costs_are_told_and_models_on_the_front_are_blue():
    cheap = report("words", lambda text: text.endswith(("7 ends", "3 ends")), family="tfidf")
    slow = report("slow", lambda text: text.endswith(("7 ends", "3 ends", "1 ends")))
    reports = [
        report().model_copy(update={"cost": cost(22.05)}),
        cheap.model_copy(update={"cost": cost(1.5)}),
        slow.model_copy(update={"cost": cost(30.0)}),
    ]
    task = task_of(*reports)
    assert {spot.name: spot.front for spot in page_cost.spots(task)} == {
        "net": True, "words": True, "slow": False,
    }  # fmt: skip
    line = page_cost.cost_lines(task)[0]
    assert (line.model, line.p50_ms, line.p99_ms) == ("net", "22.1", DASH)
    assert (line.sentences_per_second, line.artifact_mb) == ("1,234", "84.0")
    told = part(render_html(compare(reports, resamples=20)), "cost")
    assert "Measured in a fresh process on one (2 cores)" in told


def test_costs_of_two_machines_are_told_but_not_plotted():
    other = report("words", family="tfidf").model_copy(update={"cost": cost(1.0, "two")})
    reports = [report().model_copy(update={"cost": cost(22.0)}), other]
    assert page_cost.spots(task_of(*reports)) == []
    page = render_html(compare(reports, resamples=20))
    assert "do not compare" in part(page, "cost") and "milliseconds a sentence" not in page
    assert "do not compare" in render_markdown(compare(reports, resamples=20))


def test_capabilities_stand_worst_first_with_each_models_rate_and_worst_part():
    tests = {"behaviour": (behaviour("plain", 2), behaviour("casing", 12), behaviour("dates", 0))}
    words_ = report("words", lambda text: "3" in text, family="tfidf")
    others = {"behaviour": (behaviour("plain", 6, cases="1"),)}
    reports = [report().model_copy(update=tests), words_.model_copy(update=others)]
    tested = page_behaviour.tested_reports(task_of(*reports))
    lines = page_behaviour.capability_lines(tested)
    assert [line.capability for line in lines] == ["casing", "plain", "dates"]
    assert lines[0].rates[0].value == 0.5 and lines[0].rates[1].value is None
    assert lines[1].worst == ("upper 8.3", "upper 25.0") and lines[2].worst[0] == ""
    assert [line.same_cases for line in lines] == [True, False, True]
    told = part(render_html(compare(reports, resamples=20)), "behaviour")
    assert "Not asked the same of all models: plain." in told and "12 of 24 fail" in told
    markdown = render_markdown(compare(reports, resamples=20))
    assert "| casing | invariance | 24 | 50.0 (" in markdown


def test_failed_tests_are_shown_with_their_texts_and_what_was_found():
    found = report().model_copy(update={"behaviour": (behaviour("plain", 5), behaviour("ok", 0))})
    [failed] = page_behaviour.failed_tests(found)
    assert (failed.capability, failed.failed, failed.cases) == ("plain", 5, 24)
    assert len(failed.shown) == page_behaviour.MOST_FAILURES
    first, second = failed.shown[0].said
    assert [(piece.text, piece.marks) for piece in second.pieces] == [
        ("Aden", ("mention",)), (" fell.", ()),
    ]  # fmt: skip
    assert first.gold == first.predicted == ("site",) and second.predicted == ()
    events = found.model_copy(update={"codebook": report(codebook=EVENTS).codebook})
    assert page_behaviour.failed_tests(events)[0].shown[0].said[1].predicted == ("no event",)


def test_regions_further_apart_than_chance_explains_are_marked():
    fair = report().model_copy(update={"behaviour": (behaviour("persons", 2, spread=0.04),)})
    unfair = report().model_copy(update={"behaviour": (behaviour("persons", 2, spread=0.2),)})
    assert [line.beyond_chance for line in page_behaviour.region_lines([fair])] == [False] * 2
    assert [line.beyond_chance for line in page_behaviour.region_lines([unfair])] == [True] * 2
    assert '<b class="off">20.0</b>' in render_html(compare([unfair], resamples=20))
    page = render_html(compare([fair], resamples=20))
    assert '<b class="off">4.0</b>' not in page and "north to south" in words(page)


def test_several_seeds_are_one_line_that_says_so():
    seeds = [
        report(seed=n, wrong=lambda text, n=n: int(text.split()[1]) % (n + 4) == 0)
        for n in (1, 2, 3)
    ]
    comparison = compare([*seeds, report("words", family="tfidf")], resamples=50)
    line = next(line for line in comparison.tasks[0].models if line.model == "net")
    assert line.seed_sd > 0.01
    html, markdown = render_html(comparison), render_markdown(comparison)
    told = f"mean of 3 seeds, sd {line.seed_sd * 100:.1f}"
    assert told in words(html) and told in markdown
    assert f"seed {line.shown_seed}, the nearest to the mean" in words(html)
    assert "mean of 1" not in words(html)
    micro = line.metrics["micro_f1"].value
    assert f"{micro * 100:.1f}" in part(html, "scores")


def test_rows_of_several_sources_are_told_by_source_and_rows_of_one_are_not():
    mixed = [replace(row, source=("wire", "radio")[n // 20 % 2]) for n, row in enumerate(rows())]
    told = report(sentences=mixed, wrong=lambda text: int(text.split()[1]) in range(0, 40, 3))
    comparison = compare([told], resamples=50)
    html, markdown = part(render_html(comparison), "scores"), render_markdown(comparison)
    for source in comparison.tasks[0].models[0].sources:
        assert f"{source.source}: 80 rows from" in html
        assert f"{points(source.macro_f1.value)} {interval(source.macro_f1)}" in html
    assert "| model | radio | wire |" in markdown
    radio, wire = (each.macro_f1 for each in comparison.tasks[0].models[0].sources)
    cells = [f"{points(each.value)} ({interval(each)})" for each in (radio, wire)]
    assert f"| net | {cells[0]} | {cells[1]} |" in markdown
    alone = compare([report()], resamples=50)
    assert "by source" not in words(render_html(alone)) + render_markdown(alone)


def test_a_model_has_one_colour_everywhere():
    reports = [
        report(),
        report("mid", lambda text: text.endswith(("7 ends", "3 ends"))),
        report("words", lambda text: "3" in text, family="tfidf"),
        report("low", lambda text: "1" in text),
    ]
    task = task_of(*reports)
    styles = {each.model: page_sections.style_of(task, each) for each in task.reports}
    assert styles["net"] == "m0" and sorted(styles.values()) == ["grey", "m0", "m1", "m2"]
    assert page_sections.styles_of(task, task.reports) == list(styles.values())


def test_an_undefined_metric_is_a_dash_with_its_reason():
    page = render_html(compare([report(sentences=rows(2, derived=True))]))
    assert "undefined" in page and DASH in page and "nan" not in words(page).lower()


def test_many_labels_make_a_table_in_place_of_a_heat_map():
    labels = [
        {"name": f"L{n}", "group": "g", "definition": "d", "examples": ["e"]} for n in range(60)
    ]
    wide = Codebook.model_validate(
        {"name": "wide", "version": 1, "example": "place", "kind": "single",
         "marks": ["mention"], "labels": labels}
    )  # fmt: skip
    sentences = [
        Sentence(f"s{n}", f"d{n % 9}", "Goma 7 ends", (Mention(0, 4, "place", (Role(f"L{n}"),)),))
        for n in range(60)
    ]
    page = render_html(compare([report(codebook=wide, sentences=sentences, with_text=False)]))
    assert 'class="heat"' not in page and "falsely added" in page
