"""Kills trainings at random moments, runs the same command again, and counts what was lost.

python benchmarks/kill_and_resume.py                    100 kills of a tiny random transformer
python benchmarks/kill_and_resume.py --without-rename   the defect that it must find
python benchmarks/kill_and_resume.py --repeat 5         MiniLM five times: one hash of the weights
python benchmarks/kill_and_resume.py --racers 50        one folder, 50 processes: one winner

Exit status 1 if anything was lost. Children are forked, so that they start with all imported.
"""

import argparse
import hashlib
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
os.environ.pop("MLFLOW_TRACKING_URI", None)

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from data.codebook import load_codebook
from data.errors import BadInput
from data.examples import examples_of
from data.importers import read_sentences
from tagging.manifest import verify
from training import checkpoint
from training.checkpoint import Checkpoints
from training.config import RunConfig
from training.families.transformer import FittedTransformer
from training.fitting import Fit
from training.lock import locked
from training.progress import Bars
from training.run import TrainingData, train
from training.tracking import Store

TASK = "geo_direction"
EPOCHS = 3


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--kills", type=int, default=100)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--without-rename", action="store_true", help="write straight into place")
    asked.add_argument("--repeat", type=int, default=0, help="runs of MiniLM to compare")
    asked.add_argument("--racers", type=int, default=0, help="processes that want one folder")
    chosen = asked.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        if chosen.repeat:
            return repeat(Path(name), chosen.repeat)
        if chosen.racers:
            return race(Path(name) / "run", chosen.racers)
        return kill_and_resume(Path(name), chosen.kills, chosen.seed, chosen.without_rename)


def forked(job: Callable[[], object]) -> int:
    """The id of a child that does the job and exits with 0, or with 1 if it raises."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        job()
        status = 0
    finally:
        os._exit(status)


def exit_status(child: int) -> int:
    """Negative: the signal that ended the child."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@dataclass
class Count:
    """What happened. A resume is lost where a child did not stand where the checkpoint stood."""

    kills: int = 0
    in_a_write: int = 0
    resumes: int = 0
    lost: int = 0
    crashed: int = 0
    runs: int = 0
    other_weights: int = 0
    tracked_wrongly: int = 0

    @property
    def sound(self) -> bool:
        return not (self.lost or self.crashed or self.other_weights or self.tracked_wrongly)


@dataclass
class Bench:
    """A folder with a tiny encoder, the rows to train on, and the names of finished runs."""

    place: Path
    data: TrainingData
    dice: random.Random
    count: Count = field(default_factory=Count)
    finished: list[str] = field(default_factory=list)

    def train(self, name: str) -> None:
        model = {"family": "transformer", "encoder": str(self.place / "encoder"), "bf16": False}
        model |= {"epochs": EPOCHS, "batch_size": 8, "max_length": 32}
        content = {"name": name, "task": TASK, "data": ("rows",), "model": model}
        config = RunConfig.model_validate(content | {"out": str(self.place / "runs")})
        train(config, self.data, bars=Bars(quiet=True))

    def weights(self, name: str) -> str:
        path = self.place / "runs" / name / "artifact" / "model.onnx"
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def standing(self, name: str) -> tuple[str, bool]:
        """Where the newest whole checkpoint stands, and whether a write was broken off."""
        found, broken = "1 0", False
        for folder in sorted((self.place / "runs" / name / "checkpoints").glob("*")):
            try:
                verify(folder)
            except BadInput:
                broken = True
            else:
                broken = broken or folder.suffix == ".part"
                if not folder.suffix:
                    start = checkpoint.Header.model_validate_json(
                        (folder / "checkpoint.json").read_bytes()
                    ).state
                    found = f"{start.epoch} {start.batch}"
        return found, broken

    def session(self, name: str, kills: int, span: float, expected: str) -> None:
        """The same command until it is done, killed again and again on the way."""
        stands, log = "1 0", self.place / "stood.txt"
        while True:
            log.write_text("")
            child = forked(lambda: self.train(name))
            if self.count.kills < kills:
                time.sleep(self.dice.uniform(0, span))
                os.kill(child, signal.SIGKILL)
            status = exit_status(child)
            if began := log.read_text():
                self.count.resumes += stands != "1 0"
                self.count.lost += began != stands
            if status != -signal.SIGKILL:
                break
            self.count.kills += 1
            stands, broken = self.standing(name)
            self.count.in_a_write += broken
        self.count.runs += 1
        self.count.crashed += status != 0
        if status == 0:
            self.count.other_weights += self.weights(name) != expected
            self.finished.append(name)


def kill_and_resume(place: Path, kills: int, seed: int, without_rename: bool) -> int:
    bench = Bench(place, tiny_rows(), random.Random(seed))
    write_tiny_encoder(place / "encoder")
    instrument(place / "stood.txt")
    began = time.monotonic()
    assert exit_status(forked(lambda: bench.train("warm-up"))) == 0
    start = time.monotonic()
    assert exit_status(forked(lambda: bench.train("whole"))) == 0
    span = time.monotonic() - start
    if without_rename:
        write_straight_into_place()
    while bench.count.kills < kills:
        bench.session(f"run-{bench.count.runs}", kills, span, bench.weights("whole"))
    check_tracking(bench)
    print(f"a run takes {span:.2f} s; all took {time.monotonic() - began:.0f} s")
    for name, value in vars(bench.count).items():
        print(f"{name.replace('_', ' ')}: {value}")
    print(f"final weights identical: {'no' if bench.count.other_weights else 'yes'}")
    print("sound" if bench.count.sound else "NOT SOUND")
    return 0 if bench.count.sound else 1


def instrument(stood: Path) -> None:
    """A checkpoint each step, the plain weights as artifact, and a note of where a fit begins."""

    def write(self: FittedTransformer, stage: Path) -> dict[str, object]:
        save_file(self.model.state_dict(), stage / "model.onnx")
        return {"runtime": "onnx", "max_length": 32, "pad_id": 0}

    def resume(self: Fit, whole: Callable[[Fit], None] = Fit._resume) -> None:
        whole(self)
        stood.write_text(f"{self.at.epoch} {self.at.batch}")

    torch.set_num_threads(1)
    FittedTransformer.write = write  # type: ignore[method-assign]
    Fit._resume = resume  # type: ignore[method-assign]
    Checkpoints.due = lambda self: True  # type: ignore[method-assign]


def write_straight_into_place() -> None:
    """The defect: no stage and no rename, and what lies there is taken for whole."""
    fill = checkpoint._fill
    checkpoint._fill = lambda stage, *rest: fill(stage.with_suffix(""), *rest)
    checkpoint._publish = lambda stage, place: None
    checkpoint.verify = lambda folder: ""  # type: ignore[attr-defined]


def check_tracking(bench: Bench) -> None:
    """Every finished run has one point an epoch of each metric, and it says FINISHED."""
    client = Store(bench.place / "runs").client
    experiment = client.get_experiment_by_name(TASK).experiment_id
    runs = client.search_runs([experiment], "status = 'FINISHED'", max_results=1000)
    known = {run.info.run_name: run.info.run_id for run in runs}
    for name in bench.finished:
        steps = [
            [point.step for point in client.get_metric_history(known[name], metric)]
            for metric in ("train/loss", "train/examples")
        ]
        bench.count.tracked_wrongly += steps != [list(range(1, EPOCHS + 1)), [0]]


def race(folder: Path, racers: int) -> int:
    """All go at once; the winner holds the folder until everybody has tried."""
    told, tell = os.pipe()
    end, hold = os.pipe()

    def attempt() -> None:
        os.close(hold)
        try:
            with locked(folder):
                os.write(tell, b"w")
                os.read(end, 1)
        except BadInput:
            os.write(tell, b"l")

    children = [forked(attempt) for _ in range(racers)]
    answers = b"".join(os.read(told, 1) for _ in children)
    os.close(hold)
    statuses = [exit_status(child) for child in children]
    print(f"{racers} processes, one folder: {answers.count(b'w')} winner")
    return 0 if answers.count(b"w") == 1 and not any(statuses) else 1


def repeat(place: Path, times: int) -> int:
    """One epoch of MiniLM on 150 sentences of the corpus, each time in a process of its own."""
    from training.families.transformer import TransformerConfig

    codebook = load_codebook(TASK)
    sentences = list(read_sentences(ROOT / "data" / "corpus", "inline"))[:150]
    rows = examples_of(sentences, codebook).examples
    config = TransformerConfig(family="transformer", epochs=1, batch_size=32)
    watcher = Silent()

    def one(number: int) -> None:
        model = config.fit(rows, rows[:40], codebook, 1, watcher).model
        save_file(model.state_dict(), place / f"{number}.safetensors")

    began = time.monotonic()
    assert not any(exit_status(forked(lambda n=number: one(n))) for number in range(times))
    paths = sorted(place.glob("*.safetensors"))
    hashes = {hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in paths}
    seconds = time.monotonic() - began
    print(f"{times} runs with {torch.get_num_threads()} threads, {len(rows)} rows, {seconds:.0f} s")
    print(f"hashes of the weights: {', '.join(sorted(hashes))}")
    return 0 if len(hashes) == 1 else 1


class Silent:
    """A watcher that hears nothing."""

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        yield lambda done: None

    def metrics(self, values: dict[str, float], step: int) -> None:
        pass


def tiny_rows() -> TrainingData:
    sentences = list(read_sentences(ROOT / "data" / "corpus", "inline"))[:90]
    rows = examples_of(sentences, load_codebook(TASK)).examples
    return TrainingData(rows[:64], rows[64:80])


def write_tiny_encoder(folder: Path) -> None:
    """A BERT of 2 layers and 32 units with random weights, which knows words of the corpus."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = {word.lower() for row in tiny_rows().train for word in row.text.split()}
    ids = {word: place for place, word in enumerate([*special, "mention", *sorted(words)])}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ends = [(token, ids[token]) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, ends)
    names = {f"{token[1:-1].lower()}_token": token for token in special}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(ids), intermediate_size=64, **sizes)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)


if __name__ == "__main__":
    sys.exit(main())
