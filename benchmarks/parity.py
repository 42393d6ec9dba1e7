"""Whether torch, ONNX, int8, MLflow's pyfunc and the HTTP service say the same of one artifact.

    python benchmarks/parity.py ARTIFACT --data SENTENCES … [--rows 10000] [--core 1]

Prints a JSON object a way: the rows with the same labels as fp32 ONNX, the largest and the mean
difference of a probability, and macro-F1 over the rows that have gold.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from threading import Thread
from urllib.request import Request, urlopen

import numpy as np

from data.codebook import Codebook
from data.examples import examples_of
from data.importers import read_sentences
from data.records import Example, Sentence
from tagging.artifact import Artifact, Prediction, load_artifact
from tagging.inputs import sorted_batches
from tagging.runtimes import Progress, sigmoid, softmax

ROOT = Path(__file__).parent.parent
AT_ONCE = 32


class Torch:
    """The folder's model.safetensors under the same tokens as the ONNX model."""

    def __init__(self, artifact: Artifact) -> None:
        from transformers import AutoModelForSequenceClassification

        import training.export.pretrained  # noqa: F401  # teaches transformers the type

        self.model = AutoModelForSequenceClassification.from_pretrained(artifact.folder).eval()
        self.encoder, self.pad_id = artifact.runtime.encoder, artifact.runtime.pad_id
        self.card = artifact.card

    def probabilities(self, rows: Sequence[Example], size: int, done: Progress) -> np.ndarray:
        import torch

        logits = np.zeros((len(rows), len(self.card.labels)), np.float32)
        with torch.inference_mode():
            for batch in sorted_batches(self.encoder.encode(rows), size, self.pad_id):
                inputs = [torch.from_numpy(part) for part in (batch.ids, batch.mask)]
                logits[batch.rows] = self.model(*inputs).logits.numpy()
        return sigmoid(logits) if self.card.multi else softmax(logits)


def asked(artifact: Artifact, paths: Sequence[Path], count: int) -> list[Example]:
    """As many distinct rows as wanted, gold or not, in the order of the files."""
    found: dict[tuple[object, ...], Example] = {}
    for path in paths:
        for row in rows_of(read_sentences(path), artifact.codebook):
            if len(row.text) <= 2_000:
                found.setdefault((row.text, row.marks), replace(row, source=""))
    return list(found.values())[:count]


def rows_of(sentences: Iterable[Sentence], codebook: Codebook) -> Iterator[Example]:
    """The task's examples; sentences whose event types are no full gold come as derived rows."""
    if codebook.example != "sentence":
        yield from examples_of(sentences, codebook).examples
        return
    for sentence in sentences:
        known = sentence.complete and set(sentence.event_types) <= set(codebook.labels)
        yield Example(
            id=sentence.id,
            doc_id=sentence.doc_id,
            text=sentence.text,
            labels=sentence.event_types if known else (),
            derived=not known,
        )


def by_pyfunc(artifact: Artifact, rows: Sequence[Example]) -> list[Prediction]:
    import mlflow.pyfunc
    import pandas as pd

    from training.registry import save_model

    with TemporaryDirectory() as scratch:
        save_model(artifact, Path(scratch) / "model")
        model = mlflow.pyfunc.load_model(str(Path(scratch) / "model"))
        table = pd.DataFrame({"text": [row.text for row in rows]})
        if artifact.card.marks:
            table["marks"] = [[dict(vars(mark)) for mark in row.marks] for row in rows]
        said = model.predict(table, params={"return_probabilities": True})
    return [_prediction(row) for row in said.to_dict("records")]


def by_http(artifact: Artifact, rows: Sequence[Example]) -> list[Prediction]:
    with service(artifact.folder) as ask:
        found: list[Prediction] = []
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            texts = [
                {"text": row.text, "marks": [dict(vars(mark)) for mark in row.marks]}
                for row in part
            ]
            for text in ask({"texts": texts, "return_probabilities": True})["texts"]:
                (tag,) = text["tags"]
                found.append(_prediction(tag))
    return found


def _prediction(row: dict) -> Prediction:
    return Prediction(tuple(row["labels"]), dict(row["probabilities"]), row["confidence"])


@contextmanager
def service(folder: Path):
    """`wiretag serve` in another process on a free port; yields what asks it."""
    command = [sys.executable, "-m", "wiretag", "serve", str(folder), "--port", "0"]
    environment = {k: v for k, v in os.environ.items() if k != "WIRETAG_TOKEN"}
    with Popen(command, stderr=PIPE, text=True, cwd=ROOT, env=environment) as run:
        assert run.stderr is not None
        told: dict[str, dict] = {}
        while not {"ready", "listening"} <= told.keys():
            line = json.loads(run.stderr.readline())
            told[line["event"]] = line
        # Left unread, its log of requests would fill the pipe and stop the service.
        Thread(target=run.stderr.read, daemon=True).start()
        port = told["listening"]["port"]
        address = f"http://127.0.0.1:{port}/v1/tag"

        def ask(body: dict) -> dict:
            head = {"content-type": "application/json"}
            with urlopen(Request(address, json.dumps(body).encode(), head), timeout=60) as answer:
                return json.loads(answer.read())

        try:
            yield ask
        finally:
            run.terminate()


def table(said: Sequence[Prediction], labels: Sequence[str]) -> np.ndarray:
    return np.array([[row.probabilities[name] for name in labels] for row in said])


def macro_f1(said: Sequence[Prediction], rows: Sequence[Example], labels: Sequence[str]) -> float:
    from sklearn.metrics import f1_score

    gold, found = (
        np.array([[name in each.labels for name in labels] for each in part])
        for part in (rows, said)
    )
    present = np.flatnonzero(gold.any(axis=0))
    return float(f1_score(gold, found, average="macro", labels=present, zero_division=0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("artifact", type=Path)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--core", type=int)
    chosen = parser.parse_args()
    if chosen.core is not None:
        os.sched_setaffinity(0, {chosen.core})
    artifact = load_artifact(chosen.artifact)
    rows, labels = asked(artifact, chosen.data, chosen.rows), artifact.card.labels
    ways: dict[str, Callable[[], list[Prediction]]] = {
        "torch": lambda: replace(artifact, runtime=Torch(artifact)).predict(rows),
        "pyfunc": lambda: by_pyfunc(artifact, rows),
        "http": lambda: by_http(artifact, rows),
    }
    if artifact.card.int8 and artifact.card.int8.written:
        ways["int8"] = lambda: load_artifact(chosen.artifact, int8=True).predict(rows)
    expected = artifact.predict(rows)
    sure = [at for at, row in enumerate(rows) if not row.derived]

    def score(said: list[Prediction]) -> float:
        return macro_f1([said[at] for at in sure], [rows[at] for at in sure], labels)

    tell({"artifact": artifact.card.name, "rows": len(rows), "macro_f1": score(expected)})
    for name, way in ways.items():
        started = time.time()
        said = way()
        apart = np.abs(table(said, labels) - table(expected, labels))
        same = sum(a.labels == b.labels for a, b in zip(said, expected, strict=True))
        figures = {"largest": float(apart.max()), "mean": float(apart.mean())}
        seconds = round(time.time() - started, 1)
        tell(
            {"way": name, "same_labels": same, **figures, "macro_f1": score(said)} | {"s": seconds}
        )


def tell(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
