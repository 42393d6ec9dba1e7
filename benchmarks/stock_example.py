"""What transformers' run_classification.py does: tokenised by datasets.map, trained by the Trainer.

The arguments are the example's defaults, but for what benchmarks/training_speed.py wants equal.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers

from data.codebook import Codebook
from data.records import Example
from tagging.inputs import marked_text, marker_tokens
from training.calibration import macro_f1
from training.encoders import resolve
from training.families.base import targets
from training.families.transformer import TransformerConfig

Phase = Callable[[str], None]  # told the name of what begins


def train_and_score(
    config: TransformerConfig,
    codebook: Codebook,
    parts: Mapping[str, Sequence[Example]],
    seed: int,
    padding: str | bool,
    phase: Phase,
) -> float:
    """Macro-F1 on parts["test"] of a sequence classifier in fp32, trained on parts["train"].

    It validates on parts["validation"] after every epoch. `padding` is the tokenizer's: False pads
    each batch to its longest row.
    """
    place = resolve(config.encoder)
    transformers.set_seed(seed)
    tokenizer = transformers.AutoTokenizer.from_pretrained(place)
    tokenizer.add_tokens(marker_tokens(codebook.marks), special_tokens=True)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        place, num_labels=len(codebook.labels), dtype=torch.float32
    )
    model.resize_token_embeddings(len(tokenizer))
    dynamic = transformers.DataCollatorWithPadding(tokenizer)
    with tempfile.TemporaryDirectory() as name:
        table = partial(_tokenised, config, codebook, tokenizer, padding)
        phase("tokenisation")
        tables = {part: table(rows, Path(name, part)) for part, rows in parts.items()}
        phase("start_up")
        trainer = transformers.Trainer(
            model=model,
            args=_arguments(config, seed, name),
            train_dataset=tables["train"],
            eval_dataset=tables["validation"],
            processing_class=tokenizer,
            data_collator=transformers.default_data_collator if padding else dynamic,
            compute_metrics=lambda said: {"macro_f1": _score(said, codebook)},
            callbacks=[_Phases(phase)],
        )
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()
        return _score(trainer.predict(tables["test"]), codebook)


class _Phases(transformers.TrainerCallback):  # type: ignore[misc]
    """Tells where a Trainer stands."""

    def __init__(self, phase: Phase) -> None:
        self.phase = phase

    def on_epoch_begin(self, *_: Any, **__: Any) -> None:
        self.phase("training")

    def on_epoch_end(self, *_: Any, **__: Any) -> None:
        self.phase("validation")

    def on_evaluate(self, *_: Any, **__: Any) -> None:
        self.phase("end")


def _tokenised(
    config: TransformerConfig,
    codebook: Codebook,
    tokenizer: Any,
    padding: str | bool,
    rows: Sequence[Example],
    cache: Path,
) -> datasets.Dataset:
    texts, labels = [marked_text(row) for row in rows], targets(rows, codebook).tolist()
    options = {"padding": padding, "max_length": config.max_length, "truncation": True}
    return datasets.Dataset.from_dict({"sentence": texts, "label": labels}).map(
        lambda batch: tokenizer(batch["sentence"], **options),
        batched=True,
        cache_file_name=str(cache.with_suffix(".arrow")),
    )


def _arguments(config: TransformerConfig, seed: int, folder: str) -> transformers.TrainingArguments:
    return transformers.TrainingArguments(
        output_dir=folder,
        seed=seed,
        num_train_epochs=config.epochs,
        learning_rate=config.learning_rate,
        per_device_train_batch_size=config.batch_size,
        per_device_eval_batch_size=config.batch_size,
        eval_strategy="epoch",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),  # without a GPU it only warns
    )


def _score(said: Any, codebook: Codebook) -> float:
    return macro_f1(said.label_ids, said.predictions, codebook)
