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
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

import training.run
from data.codebook import load_codebook
from data.errors import BadInput
from data.examples import examples_of
from data.importers import read_sentences
from data.records import Example
from tagging.manifest import verify
from training import checkpoint
from training.checkpoint import Checkpoints
from training.config import RunConfig
from training.families.transformer import FittedTransformer
from training.fitting import Fit
from training.lock import locked
from training.progress import Bars
from training.run import train
from training.sources import TrainingData
from training.tracking import Store

CORPUS = Path(__file__).parent.parent / "data" / "corpus"
TASK = "geo_direction"
TINY = {"epochs": 3, "batch_size": 8, "max_length": 32, "bf16": False}
STOOD = "stood.txt"  # where the last child's fit began
MINILM = {"encoder": "minilm", "epochs": 1, "batch_size": 32}


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--kills", type=int, default=100)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--without-rename", action="store_true", help="write straight into place")
    asked.add_argument("--repeat", type=int, default=0, help="runs of MiniLM to compare")
    asked.add_argument("--racers", type=int, default=0, help="processes that want one folder")
    chosen = asked.parse_args()
    logging.disable(logging.WARNING)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its threads do not outlive a fork
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    training.run.publish = write_weights
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
    """A folder of runs with one model and its rows, and the names of those that finished."""

    place: Path
    model: dict[str, object]
    data: TrainingData
    count: Count = field(default_factory=Count)
    finished: list[str] = field(default_factory=list)

    def train(self, name: str) -> None:
        model = {"family": "transformer", **self.model}
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

    def session(self, name: str, moments: Iterator[float], expected: str) -> None:
        """The same command until it is done, killed at the next moment as long as there is one."""
        stands, stood = "1 0", self.place / STOOD
        while True:
            stood.write_text("")
            child = forked(lambda: self.train(name))
            if (moment := next(moments, None)) is not None:
                time.sleep(moment)
                os.kill(child, signal.SIGKILL)
            status = exit_status(child)
            if began := stood.read_text():
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
    bench = Bench(place, TINY | {"encoder": str(place / "encoder")}, rows(90))
    write_tiny_encoder(place / "encoder", bench.data.train)
    instrument(place / STOOD)
    began = time.monotonic()
    assert Store(place / "imports").client  # what each child would import otherwise
    assert exit_status(forked(lambda: bench.train("warm-up"))) == 0
    start = time.monotonic()
    assert exit_status(forked(lambda: bench.train("whole"))) == 0
    span = time.monotonic() - start
    if without_rename:
        write_straight_into_place()
    dice, count = random.Random(seed), bench.count
    moments = (dice.uniform(0, span) for _ in iter(lambda: count.kills < kills, False))
    while count.kills < kills:
        bench.session(f"run-{count.runs}", moments, bench.weights("whole"))
    check_tracking(bench)
    print(f"a run takes {span:.2f} s; all took {time.monotonic() - began:.0f} s")
    for name, value in vars(count).items():
        print(f"{name.replace('_', ' ')}: {value}")
    print(f"final weights identical: {'no' if count.other_weights else 'yes'}")
    print("sound" if count.sound else "NOT SOUND")
    return 0 if count.sound else 1


def write_weights(stage: Path, fields: object, fitted: FittedTransformer, *_: object) -> None:
    """In place of the export, which takes seconds."""
    save_file(fitted.model.state_dict(), stage / "model.onnx")


def instrument(stood: Path) -> None:
    """A checkpoint each step, and a note of where a fit begins.

    Without fsync: what the kernel has outlives a kill, and a shared disk would set the pace.
    """

    def resume(self: Fit, whole: Callable[[Fit], None] = Fit._resume) -> None:
        whole(self)
        stood.write_text(f"{self.at.epoch} {self.at.batch}")

    torch.set_num_threads(1)
    Fit._resume = resume  # type: ignore[method-assign]
    Checkpoints.due = lambda self: True  # type: ignore[method-assign]
    checkpoint._sync = lambda path: None


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
        bench.count.tracked_wrongly += steps != [[1, 2, 3], [0]]


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
    """One epoch of MiniLM on 150 sentences, each time in a process of its own."""
    bench = Bench(place, MINILM, rows(150))
    began = time.monotonic()
    names = [f"run-{number}" for number in range(times)]
    assert not any(exit_status(forked(lambda name=name: bench.train(name))) for name in names)
    hashes = sorted({bench.weights(name)[:16] for name in names})
    size, seconds = len(bench.data.train), time.monotonic() - began
    print(f"{times} runs with {torch.get_num_threads()} threads on {size} rows in {seconds:.0f} s")
    print(f"hashes of the weights: {', '.join(hashes)}")
    return 0 if len(hashes) == 1 else 1


def rows(sentences: int) -> TrainingData:
    read = list(read_sentences(CORPUS, "inline"))[:sentences]
    found = examples_of(read, load_codebook(TASK)).examples
    return TrainingData(found[:-20], found[-20:])


def write_tiny_encoder(folder: Path, rows: list[Example]) -> None:
    """A BERT of 2 layers and 32 units with random weights, which knows the words of the rows."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = {word.lower() for row in rows for word in row.text.split()}
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
