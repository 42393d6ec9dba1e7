"""Shared fixtures: a small labelled corpus of our own sentences, and a tiny random encoder."""

import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the libraries are imported
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import gc
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
from sample_articles import ACTORS, LINES, OTHERS, PLACES, article_text

from data.codebook import Codebook, load_codebook
from data.examples import content_hash, examples_of
from data.importers import jsonl, read_sentences
from data.records import Example, Sentence
from data.splits import SplitConfig

COSTLY = {"tiny_encoder", "shelving", "store_in"}  # their tests train, or write to MLflow


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if COSTLY.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    gc.disable()  # what the imports make stays for good


def pytest_collection_finish() -> None:
    gc.freeze()  # later collections do not go over it again: a sixth of the tests' time
    gc.enable()


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 42 labelled articles with 168 sentences; to be read, not changed."""
    folder = tmp_path_factory.mktemp("corpus")
    for number in range(42):
        place = folder / ("north" if number % 2 else "south")
        place.mkdir(exist_ok=True)
        (place / f"article-{number:02d}.txt").write_text(article_text(number), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def sentences(corpus: Path) -> tuple[Sentence, ...]:
    """The sentences of the corpus."""
    return tuple(read_sentences(corpus))


@pytest.fixture(scope="session")
def distinct(sentences: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """The sentences of the corpus, each with an end of its own: nothing repeats."""
    ends = (random.Random(row.id).randbytes(40).hex() for row in sentences)
    return tuple(
        replace(row, text=f"{row.text} {end}.", date=None)
        for row, end in zip(sentences, ends, strict=True)
    )


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of 2 layers and 32 units with random weights and a WordPiece vocabulary."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    text = " ".join(LINES + ACTORS + OTHERS + PLACES).lower()
    words = sorted({word for word in text.split() if word.isalpha()})
    letters = sorted({char for char in text + "'.,()[]/?!0123456789" if not char.isspace()})
    vocabulary = [*special, *letters, *(f"##{char}" for char in letters)]
    vocabulary += [word for word in ("mention", "source", "target", *words) if len(word) > 1]
    ids = {word: place for place, word in enumerate(dict.fromkeys(vocabulary))}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    folder = tmp_path_factory.mktemp("tiny")
    names = dict(zip(("pad", "unk", "cls", "sep", "mask"), special, strict=True))
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **{f"{name}_token": token for name, token in names.items()}
    )
    wrapped.save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(ids),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder, safe_serialization=True)
    return folder


@pytest.fixture(scope="session")
def transformer(tiny_encoder: Path) -> Callable[..., Any]:
    """Configs of small transformers: their changes -> TransformerConfig."""
    from training.families.transformer import TransformerConfig

    def made(**changes: object) -> TransformerConfig:
        options = {"encoder": str(tiny_encoder), "epochs": 1, "bf16": False, "max_length": 32}
        return TransformerConfig(family="transformer", **options | changes)

    return made


class Watching:
    """A Watcher that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, float], int]] = []
        self.rows = 0

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        def done(count: int) -> None:
            self.rows += count

        yield done

    def metrics(self, values: dict[str, float], step: int) -> None:
        self.heard.append((values, step))


@pytest.fixture
def watcher() -> Watching:
    return Watching()


@dataclass(frozen=True)
class Shelved:
    """A model in its framework, its artifact's folder, and the examples that it learnt from."""

    fitted: Any
    folder: Path
    rows: list[Example]


def shelve(model: Any, codebook: Codebook, rows: list[Example], folder: Path) -> Shelved:
    """Fits the model config on the rows and writes its artifact, without any tracking."""
    from tagging.artifact import writing
    from training.publishing import publish
    from training.sources import TrainingData

    fitted = model.fit(rows, [], codebook, 1, Watching())
    card = {
        "name": folder.name,
        "family": model.family,
        "task": codebook.name,
        "labels": codebook.labels,
        "multi": codebook.multi,
        "marks": codebook.marks,
        "thresholds": dict.fromkeys(codebook.labels, 0.5) if codebook.multi else None,
        "codebook_hash": codebook.hash,
        "dataset_hash": {"train": content_hash(rows)},
        "run_id": None,
        "experiment": None,
        "seed": 1,
        "git_commit": None,
        "git_dirty": None,
        "versions": {},
        "validation": {},
    }
    with writing(folder) as stage:
        publish(stage, card, fitted, codebook, TrainingData(rows, []))
    return Shelved(fitted, folder, rows)


@pytest.fixture(scope="session")
def shelf(
    sentences: tuple[Sentence, ...],
    transformer: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, str], Shelved]:
    """(family, task) -> a model of the corpus, made once a session; not to be changed."""
    from training.families.majority import MajorityConfig
    from training.families.tfidf import TfidfConfig

    models = {
        "majority": MajorityConfig(family="majority"),
        "tfidf": TfidfConfig(family="tfidf", min_df=3),  # few n-grams: skops writes each apart
        "transformer": transformer(),
    }
    root = tmp_path_factory.mktemp("shelf")

    @cache
    def made(family: str, task: str) -> Shelved:
        codebook = load_codebook(task)
        rows = examples_of(sentences, codebook).examples
        return shelve(models[family], codebook, rows, root / f"{task}-{family}")

    return made


@pytest.fixture
def shelving() -> Callable[[Any, Codebook, list[Example], Path], Shelved]:
    """Fits any model config on any rows and writes the artifact into a folder."""
    return shelve


@pytest.fixture(scope="session")
def store_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Puts an empty tracking store into a folder of runs: MLflow takes seconds to make one."""
    from training.tracking import Store

    made = tmp_path_factory.mktemp("store")
    assert Store(made).client

    def copied(runs: Path) -> None:
        shutil.copytree(made, runs, dirs_exist_ok=True)

    return copied


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], None]) -> Path:
    """A folder of runs whose tracking store all tests of a module share."""
    made = tmp_path_factory.mktemp("runs")
    store_in(made)
    return made


@pytest.fixture
def asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No store counts as silent because of an earlier test, or for a minute."""
    monkeypatch.setattr("training.tracking.PAUSE", 0.0)
    monkeypatch.setattr("training.tracking._silent", {})


@pytest.fixture(scope="session")
def place(
    distinct: tuple[Sentence, ...],
    store_in: Callable[[Path], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder with the built dataset, for runs: they share one tracking store."""
    from data.dataset import build

    folder = tmp_path_factory.mktemp("place")
    store_in(folder / "runs")
    build(distinct, folder / "dataset", SplitConfig())
    return folder


@pytest.fixture(scope="session")
def labelled(distinct: tuple[Sentence, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distinct sentences as a file of labelled rows."""
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    jsonl.write(distinct, path)
    return path


@pytest.fixture
def wiretag(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs the command line in this process: arguments -> (exit status, stdout, stderr)."""
    import wiretag as module

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["wiretag", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            module.main()
        shown = capsys.readouterr()
        return left.value.code or 0, shown.out, shown.err

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Writes a file of that name into the test's folder."""

    def to_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


@pytest.fixture
def listing() -> Callable[[Path], Sequence[str]]:
    """All files below a folder by their relative paths."""

    def below(folder: Path) -> Sequence[str]:
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    return below


@pytest.fixture(autouse=True)
def _no_tracking_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
