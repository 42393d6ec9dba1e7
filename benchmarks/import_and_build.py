"""Time and memory of importing and building labelled sentences, by their number, as Markdown.

    python benchmarks/import_and_build.py [--most 1000000] [--out curve.svg]

Each size runs in a process of its own on sentences made up here: ten an article, of which one in
fifty repeats an earlier article's sentence, half of them with a word changed.
"""

import argparse
import json
import math
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, it sees `benchmarks` alone

from data.records import Mention, Role, Sentence  # noqa: E402

LEAST: Final = 62_500
AN_ARTICLE: Final = 10
REPEATED: Final = 0.02  # share of the sentences
SYLLABLES: Final = re.findall("..", "badokelimonuparisotavezuarelimonurgeplohifacubydejosyweki")
GROUPS: Final = (
    "soldiers",
    "nurses",
    "farmers",
    "envoys",
    "police",
    "miners",
    "students",
    "traders",
)
VERBS: Final = (
    ("ASSAULT", "shelled", "destination"),
    ("AID", "sent blankets to", "destination"),
    ("CONSULT", "met", "site"),
    ("PROTEST", "marched against", "site"),
    ("RETREAT", "withdrew before", "origin"),
    ("COERCE", "arrested", "site"),
)


@dataclass(frozen=True)
class Measured:
    """One size: seconds of processor and of clock, peak memory, and what was found."""

    sentences: int
    import_seconds: float
    build_seconds: float
    clock_seconds: float
    peak_mib: int
    repeats: dict[str, int]

    @property
    def seconds(self) -> float:
        return self.import_seconds + self.build_seconds


def sentences(count: int, seed: int = 1) -> Iterator[Sentence]:
    """So many labelled sentences; names are drawn, so that only planted ones repeat."""
    draw = random.Random(seed)
    kept: list[Sentence] = []
    for number in range(count):
        article = f"article-{number // AN_ARTICLE:07d}"
        if kept and draw.random() < REPEATED:
            made = kept.pop(draw.randrange(len(kept)))
            text = made.text if draw.random() < 0.5 else made.text.replace(" early", " late")
        else:
            made = _sentence(draw)
            text = made.text
            if draw.random() < 0.1:
                kept = [*kept[-999:], made]
        yield Sentence(
            f"{article}-{number % AN_ARTICLE}",
            article,
            text,
            made.mentions,
            made.event_types,
            source=f"wire-{number // AN_ARTICLE % 7}",
        )


def _sentence(draw: random.Random) -> Sentence:
    code, verb, direction = draw.choice(VERBS)
    text, mentions = "", list[Mention]()
    for part, kind, role in (
        (f"{draw.choice(GROUPS).title()} of {_name(draw)}", "actor", "source"),
        (f" {verb} ", None, ""),
        (f"{draw.choice(GROUPS)} from {_name(draw)}", "actor", "target"),
        (" near ", None, ""),
        (_name(draw), "place", direction),
        (
            f" early on {_name(draw)} day, {_name(draw)} {_name(draw)} of the {_name(draw)} said.",
            None,
            "",
        ),
    ):
        if kind:
            mentions.append(Mention(len(text), len(text) + len(part), kind, (Role(role),)))
        text += part
    return Sentence("", "", text, tuple(mentions), (code,))


def _name(draw: random.Random) -> str:
    return "".join(draw.choices(SYLLABLES, k=4)).title()


def measure(count: int, folder: Path) -> Measured:
    """Runs one size in a child and takes what it prints."""
    from data.importers import jsonl

    jsonl.write(sentences(count), folder / "raw.jsonl")
    command = [sys.executable, __file__, "--child", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, cwd=ROOT)
    return Measured(count, **json.loads(done.stdout))


def child(folder: Path) -> None:
    """Imports and builds; prints the figures."""
    from data.dataset import build
    from data.importers import jsonl, read_sentences
    from data.splits import SplitConfig

    clock, start = time.perf_counter(), time.process_time()
    jsonl.write(read_sentences(folder / "raw.jsonl"), folder / "imported.jsonl")
    imported = time.process_time()
    card = build(read_sentences(folder / "imported.jsonl"), folder / "dataset", SplitConfig())
    figures = {
        "import_seconds": imported - start,
        "build_seconds": time.process_time() - imported,
        "clock_seconds": time.perf_counter() - clock,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "repeats": card["duplicates"]["repeats"],
    }
    print(json.dumps(figures))


def power(measured: Sequence[Measured]) -> tuple[float, float]:
    """a and b of seconds = a * sentences^b, by least squares of the logarithms."""
    x = [math.log(one.sentences) for one in measured]
    y = [math.log(one.seconds) for one in measured]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    covered = sum((one - mean_x) * (other - mean_y) for one, other in zip(x, y, strict=True))
    slope = covered / sum((one - mean_x) ** 2 for one in x)
    return math.exp(mean_y - slope * mean_x), slope


def draw_curve(measured: Sequence[Measured], path: Path) -> None:
    """Seconds and memory by size, in two plots side by side."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    a, b = power(measured)
    sizes = [one.sentences for one in measured]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3), layout="constrained")
    left.loglog(sizes, [one.seconds for one in measured], "o")
    left.loglog(sizes, [a * size**b for size in sizes], label=f"{a:.1e} · N^{b:.2f}")
    left.set(xlabel="sentences", ylabel="processor seconds")
    left.legend(frameon=False)
    right.semilogx(sizes, [one.peak_mib for one in measured], "o-")
    right.set(xlabel="sentences", ylabel="peak memory, MiB", ylim=(0, None))
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000, help="sentences of the largest run")
    parser.add_argument("--out", type=Path, help="SVG to write")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options.child)
    print("| sentences | import, s | build, s | clock, s | peak, MiB | repeats found |")
    print("|---|---|---|---|---|---|", flush=True)
    measured, size = [], min(LEAST, options.most)
    while size <= options.most:
        with tempfile.TemporaryDirectory() as folder:
            one = measure(size, Path(folder))
        measured.append(one)
        found = ", ".join(f"{name} {count}" for name, count in one.repeats.items())
        print(
            f"| {size:,} | {one.import_seconds:.1f} | {one.build_seconds:.1f} "
            f"| {one.clock_seconds:.1f} | {one.peak_mib} | {found} |",
            flush=True,
        )
        size *= 2
    if len(measured) > 1:
        a, b = power(measured)
        print(f"\nprocessor seconds = {a:.2e} · sentences^{b:.3f}")
        if options.out:
            draw_curve(measured, options.out)


if __name__ == "__main__":
    main()
