"""The HTML page and the Markdown as wholes: self-contained, readable, nothing in them active."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from data.codebook import Codebook, load_codebook
from data.records import Example, Mention, Role, Sentence
from evaluation.behaviour.fairness import Fairness, RegionScore, Spread
from evaluation.behaviour.report import Behaviour, Failure, Said, failure_rate
from evaluation.compare import Comparison, compare
from evaluation.cost import Cost, Machine
from evaluation.metrics import Value
from evaluation.phrases import points
from evaluation.rendering import markdown
from evaluation.rendering.html import render_html
from evaluation.rendering.markdown import MAX_BYTES, escape_markdown, render_markdown
from evaluation.report import Report
from evaluation.score import score
from tagging.artifact import Prediction

PLACES = load_codebook("geo_direction")
EVENTS = load_codebook("event_type")

MARKDOWN_TAGS = {"h2", "h3", "p", "strong", "b", "details", "summary"} | {
    "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip
UNSEEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
WHOLE_SVG = re.compile(r"<svg(?:<svg.*?</svg>|(?!<svg).)*?</svg>", re.DOTALL)  # one may hold one
PAYLOADS = [
    "<script>alert(1)</script>",
    "</td></table><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>body{display:none}</style>",
    "<!-- ",
    "{{ 7 * 7 }}{% raw %}",
    "[click](javascript:alert(1))",
    "![x](https://example.com/a.png)",
    "https://example.com/a www.example.com a@example.com",
    "`code` **bold** _it_ ~~no~~",
    "a | b | c\n| d |",
    "# heading\n- item\n1. one\n---",
    "@someone closes #12",
    "<https://example.com>",
    "&lt;b&gt; &#60;",
    "\\<script>\\",
    "\x1b[31mred\x07\x9b2J",
    "\u202egnp.exe\u2066",
    "$$x^2$$ ||| <details>",
    "</bdi></mark></p></section></main>",
]


@dataclass
class Fake:
    """A model that errs on every third row."""

    codebook: Codebook
    family: str
    every: int = 3
    manifest_hash: str = "0" * 64

    @property
    def card(self) -> SimpleNamespace:
        return SimpleNamespace(family=self.family, run_id=None, git_commit=None, seed=1)

    def predict(self, examples: Sequence[Example], batch_size: int = 32, progress=None):
        names = self.codebook.labels
        found = []
        for place, example in enumerate(examples):
            labels = example.labels
            if place % self.every == 0:
                wrong = names[(names.index(labels[0]) + 1) % len(names)] if labels else names[0]
                labels = (wrong,)
            rest = (1 - 0.9) / (len(names) - 1)
            told = {name: 0.9 if name in labels else rest for name in names}
            sets = labels if self.family == "transformer" else None
            found.append(Prediction(labels, told, 1.0, place % 4 == 0, sets))
        return found


def sentence(
    number: int,
    text: str = "Lorries left Goma at noon.",
    tag: str = "passive",
    source: str = "wire",
) -> Sentence:
    return Sentence(
        id=f"s{number}",
        doc_id=f"doc{number % 12}",
        text=text,
        mentions=(Mention(0, 4, "place", (Role(PLACES.labels[number % 5]),), number % 30 == 7),),
        event_types=(EVENTS.labels[number % 16],) if number % 4 else (),
        source=source,
        tags=(tag,),
    )


def behaviour(task: str, text: str = "a place") -> Behaviour:
    """24 cases of which the first two fail; the text is wherever a test file's words may be."""
    outcomes = {f"seed-{n}": (int(n < 2), 1) for n in range(24)}
    rate = failure_rate(outcomes)
    said = Said(text=text, start=0, end=1, expected=(), found=(text,), confidence=0.9)
    failed = [Failure(id=f"f{n}", seed=f"seed-{n}", parts=(text,), said=(said,)) for n in (0, 1)]
    spread = Spread(value=0.2, lowest=text, highest=text, by_chance=0.1)
    region = RegionScore(cases=24, flip_rate=rate, macro_f1=rate)
    return Behaviour(
        capability=text, kind="invariance", task=task, about=text, cases_sha256="0", cases=24,
        seeds=24, failure_rate=rate, parts={text: rate}, outcomes=outcomes,
        failures=tuple(failed), more_failures=0,
        fairness=Fairness(regions={text: region}, flip_rate=spread, macro_f1=spread),
    )  # fmt: skip


def cost(milliseconds: float, processor: str = "a processor") -> Cost:
    figure = Value(value=milliseconds)
    return Cost(
        machine=Machine(processor=processor, cores=2, threads="1"), load_seconds=1.0,
        single_calls=200, p50_ms=figure, p99_ms=figure, batch_size=32, batch_rows=200,
        sentences_per_second=figure, artifact_bytes=1000, peak_memory_bytes=1000,
    )  # fmt: skip


def report(
    codebook: Codebook = PLACES, name: str = "net", family: str = "transformer", **more
) -> Report:
    every = {"transformer": 5, "tfidf": 3, "majority": 2}[family]
    sentences = more.pop("sentences", None) or [
        sentence(n, tag=("passive", "planned")[n % 2]) for n in range(120)
    ]
    fields = {"dataset": "d", "resamples": 100, "with_text": True} | more
    found = score(Fake(codebook, family, every), sentences, name=name, **fields)
    measured = {"cost": cost(float(6 - every)), "behaviour": (behaviour(codebook.name),)}
    return found.model_copy(update=measured)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(
        [
            report(codebook, name, family)
            for codebook in (PLACES, EVENTS)
            for name, family in (("net", "transformer"), ("words", "tfidf"), ("lazy", "majority"))
        ],
        resamples=200,
    )


class Reader(HTMLParser):
    """Collects elements and attributes, and fails where tags do not close."""

    EMPTY = frozenset({"meta", "br", "img", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        self.text.append(data)


def parsed(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def inert(page: str) -> Reader:
    """Asserts that a page has no script, no handler and nothing to fetch."""
    reader = parsed(page)
    for tag, attributes in reader.elements:
        assert tag not in {
            "script",
            "img",
            "iframe",
            "object",
            "embed",
            "link",
            "base",
            "form",
            "a",
        } or (tag == "a" and str(attributes["href"]).startswith("#")), (tag, attributes)
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in {"src", "srcset", "action", "data", "style", "xlink:href"}, (
                tag,
                name,
            )
            assert "javascript:" not in str(value) or name in {"title", "aria-label"}
    return reader


def test_the_page_is_one_self_contained_readable_file(comparison):
    page = render_html(comparison)
    reader = inert(page)
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("section") == 2 and tags.count("h1") == 1 and tags.count("style") == 1
    metas = [attributes for tag, attributes in reader.elements if tag == "meta"]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in metas
    assert any("default-src 'none'" in str(meta.get("content")) for meta in metas)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    assert "prefers-color-scheme: dark" in style and "url(" not in style and "@import" not in style
    assert "http" not in re.sub(r"http-equiv", "", page)


def test_the_verdict_is_the_first_paragraph_and_every_part_is_there(comparison):
    page = render_html(comparison)
    assert re.search(r"<p[^>]*>(.*?)</p>", page, re.DOTALL)[1] == comparison.verdict
    text = " ".join(parsed(page).text)
    for part in (
        "Scores", "F1 by label", "confuses", "Groups of labels", "Quad classes", "is weak",
        "Probabilities", "Answering where sure", "Abstaining", "What it costs", "Behaviour tests",
        "Roles found by rule", "was most sure of", "Gold labels to read again", "What was scored",
    ):  # fmt: skip
        assert part in text, part
    for task in comparison.tasks:
        assert task.verdict in text
        for line in task.models:
            assert points(line.macro_f1.value) in text
    assert "no event" in text and "Lorries" in text


def test_every_link_of_the_contents_leads_to_a_heading_and_every_heading_has_one(comparison):
    elements = parsed(render_html(comparison)).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    links = {str(attributes["href"])[1:] for tag, attributes in elements if tag == "a"}
    assert len(ids) == len(set(ids)) and links == set(ids)
    assert sum(tag == "h3" for tag, _ in elements) > 20


def test_every_svg_is_well_formed_and_takes_its_colours_from_the_style(comparison):
    drawings = WHOLE_SVG.findall(render_html(comparison))
    assert len(drawings) > 30
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        for element in root.iter():
            assert "fill" not in element.attrib and "stroke" not in element.attrib
    heat = [drawing for drawing in drawings if 'class="heat"' in drawing]
    assert len(heat) == 2  # of the single-label task's labels and of their groups
    numbers = [int(cell) for cell in re.findall(r">(\d+)</text>", heat[0])]
    best = comparison.tasks[0].reports[0]
    assert sum(numbers) == best.headline.rows


@cache
def held() -> list[str]:
    """Two reports as JSON; PAYLOAD is their names, texts, tags, sources, tests and processor."""
    tags = ("PAYLOAD", "passive")  # what all rows share is no slice
    rows = [sentence(n, "Goma PAYLOAD at noon.", tags[n % 2], tags[n // 2 % 2]) for n in range(60)]
    told = {"behaviour": (behaviour(PLACES.name, "PAYLOAD"),), "cost": cost(1.0, "PAYLOAD")}
    found = []
    for name, family in (("PAYLOAD", "transformer"), ("w", "tfidf")):
        made = report(name=name, family=family, dataset="PAYLOAD", resamples=20, sentences=rows)
        found.append(made.model_copy(update=told).model_dump_json())
    return found


@cache
def hostile(payload: str) -> Comparison:
    """The payload in each of these places."""
    words = json.dumps(payload)[1:-1]
    texts = [text.replace("PAYLOAD", words) for text in held()]
    return compare([Report.model_validate_json(text) for text in texts], resamples=20)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_data_stays_data_in_html(payload):
    rendered = render_html(hostile(payload))
    reader = inert(rendered)
    assert not re.search(UNSEEN, rendered)
    shown = re.sub(UNSEEN, "\ufffd", payload)
    whole = "".join(reader.text)
    for start in ('id="task-1-slices', 'id="task-1-cost', 'id="task-1-behaviour', "<h4>Where"):
        told = "".join(parsed_part(rendered, start))
        assert shown in told, start
    assert shown in whole
    assert [tag for tag, _ in reader.elements].count("section") == 1


def parsed_part(page: str, start: str) -> list[str]:
    """The words from that place to the next part's heading."""
    reader = Reader()
    reader.feed("<h3 " + page.split(start, 1)[1].split("<h3 ", 1)[0])
    return reader.text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_data_stays_data_in_markdown(payload):
    text = render_markdown(hostile(payload))
    assert not re.search(UNSEEN, text)
    made = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    reader = inert(re.sub(r' style="text-align:(left|right)"', "", made))
    tags = [tag for tag, _ in reader.elements]
    assert set(tags) <= MARKDOWN_TAGS
    assert (tags.count("h2"), tags.count("h3"), tags.count("strong")) == (1, 1, 1)
    shown = re.sub(r"\s+", " ", re.sub(UNSEEN, "\ufffd", payload))
    whole = "".join(reader.text).replace("\u200b", "")
    assert shown in whole
    assert_whole_tables(text)
    assert "://" not in text and "www." not in text
    assert not re.search(r"[@#]\w", "".join(reader.text))  # a forge acts on what it reads


def assert_whole_tables(text: str) -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(blocks) >= 5
    for block in blocks:
        assert len({line.count("|") for line in block.strip().split("\n")}) == 1, block


def test_markdown_tables_and_details_are_whole(comparison):
    text = render_markdown(comparison)
    assert len(text.encode()) < MAX_BYTES
    assert text.count("<details>") == text.count("</details>") >= 10
    assert_whole_tables(text)
    assert escape_markdown(comparison.verdict) in text
    assert "no event" in text and "left out for their length" not in text
    for part in ("Quad classes", "What it costs", "Behaviour tests", "points apart", "read again"):
        assert part in text, part


def test_three_tasks_of_sixteen_labels_and_six_models_fit_a_pull_request():
    families = ("transformer", "transformer", "transformer", "transformer", "tfidf", "majority")
    reports = [report(EVENTS, f"a-model-{n}", family) for n, family in enumerate(families)]
    capabilities = tuple(behaviour("event_type", f"capability {n}") for n in range(16))
    reports = [each.model_copy(update={"behaviour": capabilities}) for each in reports]
    comparison = compare(reports, resamples=50)
    three = comparison.model_copy(update={"tasks": comparison.tasks * 3})
    text = render_markdown(three)
    assert len(text.encode()) < MAX_BYTES and not text.endswith("the HTML page has it.\n")
    assert text.count("a-model-5") >= 3 and text.count("What it costs") == 3
    assert len(render_html(three).encode()) < 1_500_000


def test_markdown_that_is_too_long_loses_detail_and_says_so(comparison, monkeypatch):
    whole = render_markdown(comparison)
    monkeypatch.setattr(markdown, "MAX_BYTES", len(whole.encode()) * 2 // 3)
    text = render_markdown(comparison)
    assert len(text.encode()) < markdown.MAX_BYTES and "left out for their length" in text
    assert text.count("<details>") == text.count("</details>") > 0
    assert text.count("### ") == 2
    monkeypatch.setattr(markdown, "MAX_BYTES", 1500)
    cut = render_markdown(comparison)
    assert len(cut.encode()) < 1500 and cut.rstrip().endswith("the HTML page has it.")


def test_texts_appear_only_where_the_report_holds_them():
    page = render_html(compare([report(with_text=False)]))
    assert "Lorries" not in page and "was most sure of" not in page
    assert "Lorries" not in render_markdown(compare([report(with_text=False)]))
