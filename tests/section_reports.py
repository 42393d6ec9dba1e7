"""Reports of made-up models, and the page of one task taken apart into its sections."""

import re
from collections.abc import Callable, Sequence
from types import SimpleNamespace

from data.codebook import Codebook, load_codebook
from data.records import Example, Mention, Role, Sentence
from evaluation.behaviour.fairness import Fairness, RegionScore, Spread
from evaluation.behaviour.report import Behaviour, Failure, Said, failure_rate
from evaluation.compare import TaskComparison, compare
from evaluation.cost import Cost, Machine
from evaluation.metrics import Value
from evaluation.rendering import sections as page_sections
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


def words(page: str) -> str:
    text = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def part(page: str, key: str) -> str:
    """The words of one section of the only task."""
    return words("<h3" + page.split(f'<h3 id="task-1-{key}"')[1].split("<h3")[0])
