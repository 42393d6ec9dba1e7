"""A service that is not wiretag's: asks an artifact its golden questions and compares."""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

NEAR, NEAR_INT8 = 1e-5, 0.1  # of a probability; processors round int8 differently


def verified(folder: Path) -> dict[str, bytes]:
    """The files by name: the bytes that were hashed, for a file may change until it is parsed."""
    listed = json.loads((folder / "MANIFEST.json").read_bytes())["files"]
    beside = {"MANIFEST.json", "model.sig"}
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in beside}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    if strange := {name for name, _ in hashes.items() ^ listed.items()}:
        raise ValueError(f"not as MANIFEST.json says: {', '.join(sorted(strange))}")
    return files


def softmax(logits: np.ndarray) -> np.ndarray:
    exps = np.exp(logits - logits.max())
    return exps / exps.sum()


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * logits))


class Model:
    """An artifact's model: a text, with marks or without, to labels."""

    def __init__(self, folder: Path, int8: bool = False) -> None:
        files, name = verified(folder), "model.int8.onnx" if int8 else "model.onnx"
        self.card = json.loads(files["artifact.json"])
        if self.card["format_version"] != 3 or name not in files:
            raise ValueError(f"an artifact of format 3 with {name} was expected")
        self.golden = [json.loads(line) for line in files["golden.jsonl"].splitlines()]
        self.tokenizer = Tokenizer.from_str(files["tokenizer.json"].decode())
        providers = ["CPUExecutionProvider"]
        self.session = onnxruntime.InferenceSession(files[name], providers=providers)

    def tag(self, text: str, marks: list[dict]) -> tuple[list[str], dict[str, float]]:
        """The decided labels, and the probability of every label."""
        ids = np.array(self.tokenizer.encode(self.marked(text, marks)).ids)
        if len(ids) > self.card["max_length"]:
            most = self.card["max_length"]
            raise ValueError(f"{len(ids)} tokens, the model takes {most}: not answered")
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "pool": self.pool(ids)}
        batch = {name: value[None] for name, value in feed.items()}
        table = self.probabilities(self.session.run(["logits"], batch)[0][0])
        said = dict(zip(self.card["labels"], table.tolist(), strict=True))
        if least := self.card["thresholds"]:
            return [label for label in said if said[label] >= least[label]], said
        return [max(said, key=said.__getitem__)], said

    def marked(self, text: str, marks: list[dict]) -> str:
        """The text with each mark between its two tokens; a shorter mark stands inside."""
        for name in self.card["marks"]:  # a text cannot spell a marker itself
            text = text.replace(f"[{name}]", f"({name})").replace(f"[/{name}]", f"(/{name})")
        inserts = []
        for name, start, end in ((mark["name"], mark["start"], mark["end"]) for mark in marks):
            inserts.append((start, 1, start - end, f" [{name}] "))
            inserts.append((end, 0, end - start, f" [/{name}] "))
        for place, *_, token in sorted(inserts, key=lambda insert: insert[:3], reverse=True):
            text = text[:place] + token + text[place:]
        return text

    def pool(self, ids: np.ndarray) -> np.ndarray:
        """What the head averages: all tokens; of each mark its opening token, then its stretch."""
        rows = np.zeros((1 + 2 * len(self.card["marks"]), len(ids)), dtype=np.float32)
        rows[0] = 1 / len(ids)
        for row, name in enumerate(self.card["marks"]):
            starts = np.flatnonzero(ids == self.tokenizer.token_to_id(f"[{name}]"))
            if len(starts):
                ends = np.flatnonzero(ids == self.tokenizer.token_to_id(f"[/{name}]"))
                rows[1 + 2 * row, starts[0]] = 1
                rows[2 + 2 * row, starts[0] : ends[0] + 1] = 1 / (ends[0] + 1 - starts[0])
        return rows

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated; float32 where wiretag's are, so that a threshold cuts at the same place."""
        multi, how = self.card["multi"], self.card["calibration"]
        spread = sigmoid if multi else softmax
        table = spread(logits)
        if how and how["method"] == "isotonic":
            lines = zip(table, how["said"], how["true"], strict=True)
            table = np.clip([np.interp(*line) for line in lines], 1e-6, 1 - 1e-6)
            table = table if multi else table / table.sum()
        elif how:
            sure = np.clip(table.astype(np.float64), 1e-6, 1 - 1e-6)
            logits = np.log(sure) - np.log1p(-sure) if multi else np.log(sure)
            table = spread(logits * how["slope"] + how["shift"])
        return table.astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifact", type=Path)
    parser.add_argument("--int8", action="store_true", help="the quantized model")
    options = parser.parse_args()
    try:
        model = Model(options.artifact, options.int8)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"{options.artifact}: {error}")
    wrong, differences = 0, [0.0]
    for number, row in enumerate(model.golden, start=1):
        try:
            labels, said = model.tag(row["text"], row["marks"])
        except ValueError as error:
            wrong += 1
            print(f"line {number}: {error}")
            continue
        expected = row["int8"] if options.int8 else row["probabilities"]
        apart = np.abs([said[label] - expected[label] for label in expected]).max()
        differences.append(apart)
        # the labels in the file are those of fp32
        if not (apart <= NEAR_INT8 if options.int8 else apart <= NEAR and labels == row["labels"]):
            wrong += 1
            print(f"line {number}: {labels}, not {row['labels']}; {apart:.1e} apart")
    rows, largest = len(model.golden), np.max(differences)
    print(f"{rows - wrong} of {rows} golden rows agree, largest difference {largest:.1e}")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
