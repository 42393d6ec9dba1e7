"""Small artifacts that ask more than training's golden questions do, for the consumer's tests."""

import json
import random
from dataclasses import asdict
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from data.codebook import load_codebook
from data.records import Example, Mark
from tagging.artifact import opened, write_card, writing
from tagging.calibrated import Isotonic, Scaling
from tagging.card import ArtifactCard
from tagging.golden import GOLDEN, Golden, questions
from tagging.inputs import marker_tokens

MAX_LENGTH, UNITS = 128, 8
SAID = (0.0, 0.2, 0.5, 0.5, 0.6, 1.0)
TRUE = (
    (0.1, 0.2, 0.2, 0.7, 0.7, 0.8),
    (0.1, 0.2, 0.2, 0.75, 0.75, 0.8),
    (0.0, 0.0, 0.3, 0.7, 0.7, 1.0),
)
LEAST = 0.7, 0.75  # thresholds at the lines' levels: as float32 0.7 is below 0.7, 0.75 is itself
CASES = {  # a task and how its probabilities are calibrated: slopes for each label, or knots
    "no marks": ("event_type", None),
    "platt": ("actor_role", Scaling((0.8, 2.5, 1.0), (1.0, -1.0, 0.0))),
    "temperature": ("geo_direction", Scaling((0.6,))),
    "two marks": ("plv_root", None),
    "isotonic": ("actor_role", Isotonic((SAID,) * 3, TRUE)),
    "isotonic shares": ("plv_root", Isotonic((SAID,) * 15, TRUE[2:] * 15)),
}


def tokenizer(marks: tuple[str, ...]) -> Tokenizer:
    """Words of single letters, read as BERT reads them."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    letters = "abcdefghijklmnopqrstuvwxyz.,()[]/é🛩قو北"
    words = [*special, *letters, *(f"##{letter}" for letter in letters)]
    ids = {word: place for place, word in enumerate(words)}
    made = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.add_special_tokens([*special, *marker_tokens(marks)])
    return made


def graph(words: int, rows: int, labels: int, step: float) -> bytes:
    """An encoder without layers, pooled; weights in steps, and the first label at even odds."""
    rng = np.random.default_rng(0)
    shapes = {"table": (words, UNITS), "weights": (rows * UNITS, labels)}
    weights = {name: rng.normal(0, 1.2, shape) for name, shape in shapes.items()}
    weights["weights"][:, 0] = 0
    for row in range(1, rows, 2):  # opening tokens: each text has the same
        weights["weights"][row * UNITS : (row + 1) * UNITS] /= 20
    stored = {name: (np.round(w / step) * step).astype("float32") for name, w in weights.items()}
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["words", "column"], ["kept"]),
        helper.make_node("MatMul", ["pool", "kept"], ["pooled"]),
        helper.make_node("Reshape", ["pooled", "flat"], ["features"]),
        helper.make_node("MatMul", ["features", "weights"], ["logits"]),
    ]
    kinds = {"input_ids": TensorProto.INT64, "attention_mask": TensorProto.INT64}
    inputs = [helper.make_tensor_value_info(n, k, ["b", "t"]) for n, k in kinds.items()]
    inputs.append(helper.make_tensor_value_info("pool", TensorProto.FLOAT, ["b", rows, "t"]))
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["b", labels])
    constants = stored | {"last": np.array([2]), "flat": np.array([0, -1])}
    held = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    made = helper.make_graph(nodes, "tiny", inputs, [output], held)
    opset = [helper.make_opsetid("", 18)]
    model = helper.make_model(made, opset_imports=opset, ir_version=10)
    return bytes(model.SerializeToString())


def odd(marks: tuple[str, ...]) -> list[Example]:
    """Marks that nest, touch or coincide; texts that spell markers; astral and other letters."""
    spans = {
        "🛩️🛩️ over é [source] [/mention] 北 and [SEP] home": [(2, 4), (5, 9)],
        "a boat of the coast guard": [(14, 25), (0, 25)],
        "a boat of the guard": [(0, 19), (0, 6)],
        "a boat": [(2, 6), (2, 6)],
        "aboat": [(0, 1), (1, 5)],
        "line one\u2028line two\ttab": [(9, 13), (0, 4)],
    }
    rows = [
        Example("odd", "odd", text, tuple(Mark(n, *p) for n, p in zip(marks, places, strict=False)))
        for text, places in spans.items()
    ]
    rng = random.Random(0)
    ends = [700] * 9 + [0x3000] * 3 + [0xD800] * 3 + [0x30000] * 3
    marked = tuple(Mark(name, 10, 14) for name in marks)
    texts = ["".join(chr(rng.randrange(end)) for end in ends) for _ in range(200)]
    whole = (text.encode(errors="ignore").decode() for text in texts)  # without surrogates
    return rows + [Example("any", "odd", text, marked) for text in whole]


def ask(stage: Path, card: ArtifactCard, rows: list[Example]) -> str:
    """Lines of golden answers to any examples."""
    fp32, int8 = (opened(stage, card, int8=quantized).predict(rows) for quantized in (False, True))
    answers = (
        Golden(row.text, row.marks, said.labels, said.probabilities, other.probabilities)
        for row, said, other in zip(rows, fp32, int8, strict=True)
    )
    return "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in answers)


def write_artifact(case: str, folder: Path) -> None:
    """The artifact of a case, whole, with golden answers of `tagging`."""
    task, calibration = CASES[case]
    book = load_codebook(task)
    words, cuts = tokenizer(book.marks), zip(reversed(book.labels), LEAST * 9, strict=False)
    card = ArtifactCard(
        name=case, family="transformer", runtime="onnx", task=task, labels=book.labels,
        multi=book.multi, marks=book.marks, codebook_hash=book.hash, dataset_hash={},
        thresholds=dict(cuts) if book.multi else None,
        run_id=None, experiment=None, seed=1, git_commit=None, git_dirty=None, versions={},
        validation={}, calibration=calibration, max_length=MAX_LENGTH, pad_id=0,
    )  # fmt: skip
    with writing(folder) as stage:
        words.save(str(stage / "tokenizer.json"))
        sizes = words.get_vocab_size(), 1 + 2 * len(book.marks), len(book.labels)
        (stage / "model.onnx").write_bytes(graph(*sizes, step=1e-6))
        (stage / "model.int8.onnx").write_bytes(graph(*sizes, step=1e-3))
        write_card(card, book, stage)
        rows = questions(book.marks) + odd(book.marks)
        (stage / GOLDEN).write_text(ask(stage, card, rows), encoding="utf-8")
