"""Reports with all that a page can show, also hostile ones, and a reader of pages."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from types import SimpleNamespace

from data.codebook import Codebook, load_codebook
from data.records import Example, Mention, Role, Sentence
from evaluation.behaviour.fairness import Fairness, RegionScore, Spread
from evaluation.behaviour.report import Behaviour, Failure, Said, failure_rate
from evaluation.compare import Comparison, compare
from evaluation.cost import Cost, Machine
from evaluation.metrics import Value
from evaluation.report import Report
from evaluation.score import score
from tagging.artifact import Prediction

PLACES = load_codebook("geo_direction")


EVENTS = load_codebook("event_type")


UNSEEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"


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


@cache
def compared() -> Comparison:
    """Three models of two tasks."""
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
