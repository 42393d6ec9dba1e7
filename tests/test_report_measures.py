"""The sections of the report page on cost, behaviour, seeds and sources: what they say."""

from dataclasses import replace

from section_reports import DASH, EVENTS, behaviour, cost, part, report, rows, task_of, words

from evaluation.compare import compare
from evaluation.phrases import interval, points
from evaluation.rendering import behaviour as page_behaviour
from evaluation.rendering import cost as page_cost
from evaluation.rendering.html import render_html
from evaluation.rendering.markdown import render_markdown


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
