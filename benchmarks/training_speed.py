"""Training speed beside the stock example of transformers, on the same rows and in one run.

    python benchmarks/training_speed.py plv_train.jsonl --threads 2 --repeats 3 --out speed.json

"wiretag" is configs/plv/minilm.yaml, but for a split with validation and test and no early stop.
"stock example" is what transformers' run_classification.py does: datasets.map, padding to 128, a
sequence classifier in fp32, the Trainer. "dynamic padding" is that with DataCollatorWithPadding.
Rows, marked texts, encoder, its learning rate, epochs and batch size are the same; each validates
after every epoch and none writes checkpoints. Each round has its own seed and its own order.

FLOPs are the encoder's matrix products, counted by FlopCounterMode: forward, times three. The
heads (a thousandth) are left out. The peak is that of one product of large matrices, fp32 for the
Trainer's and, where it is native, bf16 for wiretag. Needs accelerate.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import datasets
import torch
import transformers
from stock_example import train_and_score
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.modules.module import register_module_forward_hook
from torch.utils.flop_counter import FlopCounterMode

from data.codebook import Codebook
from data.importers import read_sentences
from data.records import Example
from data.splits import split
from tagging.inputs import TextEncoder
from training.calibration import macro_f1
from training.config import load_config
from training.devices import device, has_bf16
from training.encoders import load_encoder
from training.families.base import targets
from training.families.transformer import TransformerConfig
from training.sources import codebook_of, gold_examples, groups_of, prepare
from training.stamps import git_state, versions

CONFIG: Final = Path(__file__).parent.parent / "configs" / "plv" / "minilm.yaml"
FIXED: Final = ("split.test=0.15", "split.validation=0.15", "model.patience=null")
SIZE: Final = 4096  # rows and columns of the matrices whose product shows the peak
PEAKS: Final = "peak FLOP/s"
RATIOS: Final = {"times_stock_example": "stock example", "times_dynamic_padding": "dynamic padding"}
COLUMNS: Final = {  # title, factor, decimals
    "rows_per_second": ("rows/s", 1, 1),
    "times_stock_example": ("times the stock example", 1, 2),
    "times_dynamic_padding": ("times dynamic padding", 1, 2),
    "share_of_peak": ("% of the peak", 100, 1),
    "spent_on_padding": ("% of it on padding", 100, 1),
    "validation_share": ("validation, % of an epoch", 100, 1),
    "tokenisation_seconds": ("tokenisation, s", 1, 2),
    "start_up_seconds": ("start-up, s", 1, 2),
    "macro_f1": ("macro-F1 on test", 100, 1),
}
Figures = dict[str, float]
Batches = list[tuple[int, int]]  # rows, length with padding


@dataclass(frozen=True)
class Work:
    """What all variants share: rows of one split by article, and what training on them costs."""

    model: TransformerConfig
    codebook: Codebook
    train: list[Example]
    validation: list[Example]
    test: list[Example]
    cost: Callable[[int], int]  # FLOPs of training once on a row of so many tokens
    useful: int  # FLOPs of an epoch without padding


def prepared(asked: argparse.Namespace) -> Work:
    """Reads, takes `--rows` sentences by chance, and splits them so that nothing leaks."""
    own = {name: getattr(asked, name) for name in ("encoder", "epochs", "batch_size")}
    chosen = [f"model.{name}={value}" for name, value in own.items() if value is not None]
    config = load_config(CONFIG, [f"data={asked.data}", *FIXED, *chosen])
    sentences = list(read_sentences(asked.data))
    if asked.rows and asked.rows < len(sentences):
        sentences = random.Random(0).sample(sentences, asked.rows)
    parts = split(sentences, config.split, groups_of(sentences))
    data = prepare(parts["train"], parts["validation"], config, parts["test"])
    test = gold_examples(parts["test"], config)
    model, codebook = config.model, codebook_of(config)
    assert isinstance(model, TransformerConfig)
    encoder, tokenizer, _ = load_encoder(model.encoder, codebook.marks)
    cost = cost_of(encoder.eval())
    encoded = TextEncoder(tokenizer, codebook.marks, model.max_length).encode(data.train)
    useful = sum(cost(len(row.ids)) for row in encoded)
    return Work(model, codebook, data.train, data.validation, test, cost, useful)


def cost_of(encoder: torch.nn.Module) -> Callable[[int], int]:
    """FLOPs of forward and backward for a row, by its length with padding."""

    @cache
    def cost(length: int) -> int:
        ids = torch.zeros(1, length, dtype=torch.long)
        counter = FlopCounterMode(display=False)
        # MATH: the counter passes over the fused attention of processors
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
            encoder(input_ids=ids, attention_mask=torch.ones_like(ids))
        return 3 * int(counter.get_total_flops())

    return cost


def now() -> float:
    """The time when the device has done all that it was asked."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def peak(kind: torch.dtype) -> float:
    """FLOP/s of the best of four matrix products."""
    matrix = torch.randn(SIZE, SIZE, device=device()).to(kind)
    seconds = []
    for _ in range(4):
        start = now()
        torch.mm(matrix, matrix)
        seconds.append(now() - start)
    return 2 * SIZE**3 / min(seconds)


class Clock:
    """Seconds by phase, each until the next begins; also a Watcher, which hears them of a fit.

    An epoch's last row ends its training, its metrics end its validation.
    """

    def __init__(self, epoch: int) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.name, self.since = "start_up", now()
        self.epoch, self.trained = epoch, 0

    def phase(self, name: str) -> None:
        moment = now()
        self.seconds[self.name] += moment - self.since
        self.name, self.since = name, moment

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        self.phase("training")
        yield self._done
        self.phase("end")

    def _done(self, count: int) -> None:
        self.trained += count
        if count and self.trained % self.epoch == 0:
            self.phase("validation")

    def metrics(self, values: dict[str, float], step: int) -> None:
        self.phase("training")


@contextmanager
def batches_trained() -> Iterator[Batches]:
    """The batches that go through an encoder in training."""
    seen: Batches = []

    def note(module: torch.nn.Module, _: Any, output: Any) -> None:
        model = isinstance(module, transformers.PreTrainedModel) and module.base_model is module
        if model and module.training:
            rows, length, _ = output.last_hidden_state.shape
            seen.append((rows, length))

    handle = register_module_forward_hook(note)
    try:
        yield seen
    finally:
        handle.remove()


def wiretag(work: Work, seed: int) -> Figures:
    """The transformer family as a run fits it."""
    clock = Clock(len(work.train))
    with batches_trained() as batches:
        fitted = work.model.fit(work.train, work.validation, work.codebook, seed, clock)
    start = now()  # the fit tokenises unseen, as part of its start: the same once more
    fitted.text_encoder.encode([*work.train, *work.validation])
    clock.seconds["tokenisation"] = now() - start
    clock.seconds["start_up"] -= clock.seconds["tokenisation"]
    gold, probabilities = targets(work.test, work.codebook), fitted.probabilities(work.test)
    return figures(clock, batches, work, macro_f1(gold, probabilities, work.codebook))


def stock(work: Work, seed: int, padding: str | bool) -> Figures:
    """The Trainer on the same rows."""
    clock = Clock(len(work.train))
    parts = {"train": work.train, "validation": work.validation, "test": work.test}
    with batches_trained() as batches:
        found = train_and_score(work.model, work.codebook, parts, seed, padding, clock.phase)
    return figures(clock, batches, work, found)


def figures(clock: Clock, batches: Batches, work: Work, macro_f1: float) -> Figures:
    rows = sum(count for count, _ in batches)
    assert rows == work.model.epochs * len(work.train), "a variant trained on other rows"
    flops = sum(count * work.cost(length) for count, length in batches)
    training, validation = clock.seconds["training"], clock.seconds["validation"]
    return {
        "rows_per_second": rows / training,
        "flops_per_second": flops / training,
        "spent_on_padding": 1 - work.model.epochs * work.useful / flops,
        "validation_share": validation / (training + validation),
        "macro_f1": macro_f1,
    } | {f"{phase}_seconds": clock.seconds[phase] for phase in clock.seconds if phase != "end"}


VARIANTS: Final[dict[str, Callable[[Work, int], Figures]]] = {
    "wiretag": wiretag,
    "stock example": partial(stock, padding="max_length"),
    "dynamic padding": partial(stock, padding=False),
}


def one_round(work: Work, seed: int) -> dict[str, Figures]:
    """The peaks, then all variants once, each time another one first."""
    native = work.model.bf16 and has_bf16()
    kinds = dict.fromkeys(VARIANTS, "float32") | {"wiretag": "bfloat16" if native else "float32"}
    found = {PEAKS: {kind: peak(getattr(torch, kind)) for kind in sorted(set(kinds.values()))}}
    names = list(VARIANTS)
    for name in names[seed % len(names) :] + names[: seed % len(names)]:
        one = found[name] = VARIANTS[name](work, seed)
        one["share_of_peak"] = one["flops_per_second"] / found[PEAKS][kinds[name]]
        print(f"round {seed}, {name}: {one['rows_per_second']:.1f} rows/s", file=sys.stderr)
    for one in (found[name] for name in names):
        for ratio, base in RATIOS.items():
            one[ratio] = one["rows_per_second"] / found[base]["rows_per_second"]
    return found


def over(rounds: Sequence[dict[str, Figures]]) -> dict[str, dict[str, Figures]]:
    """By variant and figure: median, lowest and highest of the rounds."""

    def spread(name: str, figure: str) -> Figures:
        values = [one[name][figure] for one in rounds]
        return {"median": statistics.median(values), "low": min(values), "high": max(values)}

    return {name: {key: spread(name, key) for key in keys} for name, keys in rounds[0].items()}


def table(found: dict[str, dict[str, Figures]]) -> Iterator[str]:
    """Markdown: median (lowest to highest)."""
    yield f"| variant | {' | '.join(title for title, _, _ in COLUMNS.values())} |"
    yield "|---" * (1 + len(COLUMNS)) + "|"
    for name in VARIANTS:
        cells = [cell(found[name][figure], *form) for figure, (_, *form) in COLUMNS.items()]
        yield f"| {name} | {' | '.join(cells)} |"
    for kind, value in found[PEAKS].items():
        yield f"\nPeak in {kind}, GFLOP/s: {cell(value, 1e-9, 0)}"


def cell(value: Figures, factor: float, decimals: int) -> str:
    median, low, high = (f"{factor * value[name]:.{decimals}f}" for name in value)
    return f"{median} ({low} to {high})"


def document(asked: argparse.Namespace, work: Work) -> dict[str, Any]:
    """Under what the figures were measured."""
    commit, dirty = git_state()
    return {
        "rows": {name: len(getattr(work, name)) for name in ("train", "validation", "test")},
        "model": work.model.model_dump(mode="json"),
        "threads": asked.threads,
        "device": device().type,
        "versions": versions() | {"accelerate": metadata.version("accelerate")},
        "git": {"commit": commit, "dirty": dirty},
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("data", type=Path, help="labelled sentences, JSON Lines")
    asked.add_argument("--out", type=Path, required=True, help="the JSON to write")
    asked.add_argument("--rows", type=int, help="sentences taken by chance; else all")
    asked.add_argument("--encoder", help="else the config's")
    asked.add_argument("--epochs", type=int, help="else the config's")
    asked.add_argument("--batch-size", type=int, help="else the config's")
    asked.add_argument("--threads", type=int, default=os.cpu_count())
    asked.add_argument("--repeats", type=int, default=3, help="rounds")
    chosen = asked.parse_args()
    os.environ["RAYON_NUM_THREADS"] = str(chosen.threads)  # the tokenizer's
    torch.set_num_threads(chosen.threads)
    datasets.disable_progress_bars()
    work = prepared(chosen)
    under = document(chosen, work)
    rounds = [one_round(work, seed) for seed in range(1, chosen.repeats + 1)]
    found = over(rounds)
    content = under | {"median_and_range": found, "rounds": rounds}
    chosen.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
