"""What a model costs to run: time of one sentence, sentences a second, size and peak memory."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, ValidationError

from data.errors import BadInput
from data.examples import content_hash
from data.records import Example
from evaluation.metrics import Frozen, Value
from evaluation.phrases import count
from evaluation.rows import Count

SINGLES = 200  # sentences that are asked one by one
BATCHED = 1000  # and in batches
BATCH = 32
MIN_CALLS = 100  # of a p99: of fewer it would be the slowest one
ROOT = Path(__file__).parent.parent
Positive = Annotated[float, Field(gt=0)]


class Machine(Frozen):
    """Where a cost was measured: costs of different machines do not compare."""

    processor: str
    cores: Count  # that the process may use
    threads: str | None  # OMP_NUM_THREADS


class Cost(Frozen):
    """Measured in a fresh process that only loads the artifact and predicts."""

    machine: Machine
    load_seconds: Positive
    single_calls: Count
    p50_ms: Value  # of one sentence at a time
    p99_ms: Value
    batch_size: Count
    batch_rows: Count
    sentences_per_second: Value  # in batches
    artifact_bytes: Count  # all files of the folder
    peak_memory_bytes: Count


class Told(Frozen):
    """What the child process says."""

    processor: str
    cores: Count
    load_seconds: Positive
    single_seconds: tuple[Positive, ...]
    batch_seconds: Positive
    peak_memory_bytes: Count


def measure_cost(folder: Path, examples: Sequence[Example]) -> Cost:
    """The cost of the artifact on the examples, a sample of them where they are many.

    Raises BadInput without examples, or where the artifact cannot be loaded and run.
    """
    if not examples:
        raise BadInput("an example to predict", "none", "name labelled sentences")
    chosen = sorted(examples, key=lambda example: content_hash([example]))
    singles, batched = chosen[:SINGLES], chosen[:BATCHED]
    told = _run_child(folder, singles, batched)
    milliseconds = 1000 * np.array(told.single_seconds)
    return Cost(
        machine=Machine(
            processor=told.processor,
            cores=told.cores,
            threads=os.environ.get("OMP_NUM_THREADS"),
        ),
        load_seconds=told.load_seconds,
        single_calls=len(singles),
        p50_ms=Value(value=float(np.median(milliseconds))),
        p99_ms=Value(value=float(np.quantile(milliseconds, 0.99)))
        if len(singles) >= MIN_CALLS
        else Value(
            value=None, reason=f"{count(len(singles), 'call')}, and a p99 takes {MIN_CALLS}"
        ),
        batch_size=BATCH,
        batch_rows=len(batched),
        sentences_per_second=_rate(len(batched), told.batch_seconds),
        artifact_bytes=sum(file.stat().st_size for file in folder.iterdir()),
        peak_memory_bytes=told.peak_memory_bytes,
    )


def _rate(rows: int, seconds: float) -> Value:
    if rows < BATCH:
        few = f"{count(rows, 'row')}, and a batch takes {BATCH}"
        return Value(value=None, reason=few)
    return Value(value=rows / seconds)


def _run_child(folder: Path, singles: Sequence[Example], batched: Sequence[Example]) -> Told:
    asked = {
        "folder": str(folder.absolute()),
        "batch_size": BATCH,
        "singles": [asdict(example) for example in singles],
        "batched": [asdict(example) for example in batched],
    }
    child = subprocess.run(
        [sys.executable, "-m", "evaluation.cost_child"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    try:
        return Told.model_validate_json(child.stdout)
    except ValidationError:
        found = (child.stderr.strip().splitlines() or ["nothing"])[-1][:200]
        raise BadInput("an artifact that loads and predicts", found, path=folder) from None
