"""Pages a second of `wiretag tag`, where the time goes, encoder passes a sentence, peak memory.

    python benchmarks/tagging_speed.py ARTIFACTS [--pages 200] [--rounds 3] [--threads 2]
    python benchmarks/tagging_speed.py ARTIFACTS --batches 8 16 32 64 128
    python benchmarks/tagging_speed.py ARTIFACTS --memory 1000 10000 [--int8]

Pages are drawn from the corpus's articles that are not in --test (rows of JSON Lines), with their
sentences shuffled, into a scratch folder. Models as fp32 and as int8 take turns, so that what else
the machine does falls on both; CPU seconds beside seconds tell how much that was.
"""

import argparse
import functools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any, Final

import tagging.pipeline
from data.importers import read_sentences
from data.importers.inline import read_article
from data.records import Example
from tagging.artifact import Artifact, find_artifacts, load_artifact
from tagging.events import assembly
from workflows import page_files, tagged_parts
from workflows import tagging as command
from workflows.tagging import Tagging, tag_inputs

ROOT: Final = Path(__file__).parent.parent
STAGES: Final = (
    (page_files.PageFile, "read", "reading files"),
    (tagging.pipeline, "read_page", "article out of the page"),
    (tagging.pipeline, "split_sentences", "splitting sentences"),
    (tagging.pipeline.Tagger, "find_mentions", "finding mentions"),
    (assembly, "link", "linking"),
    (assembly, "find_references", "references"),
    (assembly, "_dates", "dates"),
    (assembly.Places, "of", "places"),
    (assembly.Places, "find", "places"),
    (assembly, "movement", "places"),
    (assembly, "affiliation", "affiliations"),
    (assembly, "merge", "merging"),
    (tagged_parts, "write_lines", "writing"),
)


@dataclass
class Clock:
    """Seconds of each stage without those of the stages inside it, and examples of each model."""

    spent: Counter[str] = field(default_factory=Counter)
    passes: Counter[str] = field(default_factory=Counter)
    inside: list[str] = field(default_factory=lambda: ["the rest"])
    since: float = 0.0

    def _turn(self) -> None:
        now = time.perf_counter()
        self.spent[self.inside[-1]] += now - self.since
        self.since = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._turn()
        self.inside.append(name)
        try:
            yield
        finally:
            self._turn()
            self.inside.pop()

    def timed(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(call)
        def within(*arguments: Any, **named: Any) -> Any:
            with self.stage(name):
                return call(*arguments, **named)

        return within


@contextmanager
def watched(clock: Clock) -> Iterator[None]:
    """Every stage tells the clock; what was patched is put back."""
    kept: list[tuple[Any, str, Any]] = []

    def patch(owner: Any, name: str, made: Any) -> None:
        kept.append((owner, name, vars(owner)[name]))
        setattr(owner, name, made)

    for owner, name, stage in STAGES:
        timed = clock.timed(getattr(owner, name), stage)
        patch(
            owner, name, staticmethod(timed) if isinstance(owner, type) and name == "of" else timed
        )
    for name in ("predict", "mentions"):
        patch(Artifact, name, _asked(clock, getattr(Artifact, name)))
    writers = dict(tagged_parts.WRITERS)
    tagged_parts.WRITERS.update({k: clock.timed(v, "writing") for k, v in writers.items()})
    clock.since = time.perf_counter()
    try:
        yield
    finally:
        clock._turn()
        tagged_parts.WRITERS.update(writers)
        for owner, name, former in kept:
            setattr(owner, name, former)


def _asked(clock: Clock, whole: Callable[..., Any]) -> Callable[..., Any]:
    def told(self: Artifact, examples: Sequence[Any], *rest: Any, **named: Any) -> Any:
        clock.passes[self.card.task] += len(examples)
        with clock.stage(f"model {self.card.task}"):
            return whole(self, examples, *rest, **named)

    return told


def write_pages(folder: Path, count: int, test: Path | None, seed: int = 1) -> Path:
    """That many pages of the corpus's other articles, their sentences in another order."""
    held = {row.doc_id for row in read_sentences(test)} if test else set()
    paths = sorted((ROOT / "data" / "corpus").glob("*/*.txt"))
    articles = [read_article(path) for path in paths if path.stem not in held]
    dice = random.Random(seed)
    folder.mkdir(parents=True)
    for number in range(count):
        article = dice.choice(articles)
        told = [sentence.text for sentence in article.sentences]
        dice.shuffle(told)
        paragraphs = [" ".join(told[at : at + 2]) for at in range(0, len(told), 2)]
        paragraphs[0] = f"{article.dateline} - {paragraphs[0]}"
        page = "\n\n".join([article.headline, *paragraphs]) + "\n"
        (folder / f"{number:06}.txt").write_text(page, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Turn:
    """One run over all pages."""

    seconds: float
    cpu: float
    counts: dict[str, Any]
    clock: Clock


def run(artifacts: Path, pages: Path, int8: bool, threads: int | None) -> Turn:
    """Tags the pages into a scratch folder; models and tables are loaded before."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as scratch:
        asked = Tagging(artifacts, [pages], Path(scratch) / "out", None, int8, threads)
        tag_inputs(replace(asked, inputs=sorted(pages.iterdir())[:1], out=None), quiet=True)
        with watched(clock):
            cpu = time.process_time()
            counts = tag_inputs(asked, quiet=True)
            cpu = time.process_time() - cpu
    return Turn(clock.spent.total(), cpu, counts, clock)


def speed(artifacts: Path, pages: Path, rounds: int, threads: int | None) -> None:
    """fp32 and int8 in turns; a table of speed, then one of where the time goes."""
    turns: dict[str, list[Turn]] = {"fp32": [], "int8": []}
    for _ in range(rounds):
        for name, told in turns.items():
            told.append(run(artifacts, pages, name == "int8", threads))
    print("| | pages/s | sentences/s | CPU s | s |\n|---|--:|--:|--:|--:|")
    for name, told in turns.items():
        seconds, cpu = (median(getattr(turn, each) for turn in told) for each in ("seconds", "cpu"))
        counts = told[0].counts
        rates = (counts["pages"] / seconds, counts["sentences"] / seconds)
        print(f"| {name} | {rates[0]:.2f} | {rates[1]:.1f} | {cpu:.1f} | {seconds:.1f} |")
    print(f"\n{told[0].counts}\n")
    profile({name: told[-1] for name, told in turns.items()})


def profile(turns: dict[str, Turn]) -> None:
    """The share of each stage, and how many examples each model was asked of a sentence."""
    last = list(turns.values())[-1]
    print(f"| stage | {' | '.join(turns)} |\n|---|{'--:|' * len(turns)}")
    for stage, _ in last.clock.spent.most_common():
        totals = (turn.clock.spent for turn in turns.values())
        cells = " | ".join(f"{100 * one[stage] / one.total():.1f}%" for one in totals)
        print(f"| {stage} | {cells} |")
    each = {
        task: round(count / last.counts["sentences"], 2)
        for task, count in last.clock.passes.items()
    }
    print(f"\nencoder passes a sentence: {sum(each.values()):.2f} {each}")


def batches(artifacts: Path, pages: Path, sizes: Sequence[int], threads: int | None) -> None:
    """Examples a second of each model by batch size, fp32 and int8."""
    examples = _examples(artifacts, pages)
    print("| model | | " + " | ".join(map(str, sizes)) + " |\n|---|---|" + "--:|" * len(sizes))
    for folder in find_artifacts(artifacts):
        for int8 in (False, True):
            artifact = load_artifact(folder, int8, threads)
            asked = examples[artifact.card.task]
            spent: dict[int, list[float]] = {size: [] for size in sizes}
            for size in list(sizes) * 3:
                start = time.perf_counter()
                artifact.predict(asked, size)
                spent[size].append(time.perf_counter() - start)
            cells = " | ".join(f"{len(asked) / min(each):.0f}" for each in spent.values())
            print(f"| {artifact.card.task} | {'int8' if int8 else 'fp32'} | {cells} |")


def _examples(artifacts: Path, pages: Path) -> dict[str, list[Example]]:
    """What each model is asked of the pages, noted on the way."""
    noted: dict[str, list[Example]] = {}
    whole = Artifact.predict

    def note(self: Artifact, examples: Sequence[Example], *rest: Any) -> Any:
        noted.setdefault(self.card.task, []).extend(examples)
        return whole(self, examples, *rest)

    Artifact.predict = note  # type: ignore[method-assign]
    tag_inputs(Tagging(artifacts, [pages], int8=True), quiet=True)
    Artifact.predict = whole  # type: ignore[method-assign]
    return noted


def memory(artifacts: Path, counts: Sequence[int], test: Path | None, more: list[str]) -> None:
    """Peak resident memory of the command over that many pages, each in a process of its own."""
    print("| pages | peak MiB | s |\n|--:|--:|--:|")
    for count in counts:
        with tempfile.TemporaryDirectory() as scratch:
            pages = write_pages(Path(scratch) / "pages", count, test)
            place = ["--out", str(Path(scratch) / "out"), "--json", *more]
            command = [sys.executable, "wiretag.py", "tag", str(artifacts), str(pages), *place]
            start = time.monotonic()
            child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
            _, status, used = os.wait4(child.pid, 0)
            assert status == 0 and child.stdout, status
            told = json.loads(child.stdout.read())
            assert told["pages"] == count and not told["refused"], told
            print(f"| {count} | {used.ru_maxrss / 1024:.0f} | {time.monotonic() - start:.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("artifacts", type=Path)
    parser.add_argument("--test", type=Path, help="rows of the articles to leave out")
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--batches", type=int, nargs="+")
    parser.add_argument("--memory", type=int, nargs="+")
    parser.add_argument("--int8", action="store_true", help="the quantized models, for --memory")
    chosen = parser.parse_args()
    if chosen.memory:
        threads = ["--threads", str(chosen.threads)] if chosen.threads else []
        more = [*threads, *(["--int8"] if chosen.int8 else [])]
        return memory(chosen.artifacts.absolute(), chosen.memory, chosen.test, more)
    command.load_artifact = functools.cache(load_artifact)
    with tempfile.TemporaryDirectory() as scratch:
        pages = write_pages(Path(scratch) / "pages", chosen.pages, chosen.test)
        if chosen.batches:
            return batches(chosen.artifacts, pages, chosen.batches, chosen.threads)
        return speed(chosen.artifacts, pages, chosen.rounds, chosen.threads)


if __name__ == "__main__":
    main()
