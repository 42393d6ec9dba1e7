"""A task's examples in a parquet file: written as sentences stream by, read back whole."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.codebook import Codebook
from data.errors import BadInput
from data.examples import ContentHash, examples_in
from data.reading import existing
from data.records import Example, Mark, Sentence

if TYPE_CHECKING:
    from datasets import Features

ROW_GROUP = 5_000  # rows held in memory while writing


def features_of(codebook: Codebook) -> "Features":
    """The columns of a task's examples; labels are ClassLabels in the codebook's order."""
    import datasets

    label = datasets.ClassLabel(names=list(codebook.labels))
    text = datasets.Value("string")
    mark = {"name": text, "start": datasets.Value("int32"), "end": datasets.Value("int32")}
    return datasets.Features(
        {
            "id": text,
            "doc_id": text,
            "text": text,
            "marks": datasets.List(mark),
            "labels": datasets.List(label) if codebook.multi else label,
            "source": text,
            "tags": datasets.List(text),
            "derived": datasets.Value("bool"),
        }
    )


class ExampleWriter:
    """Streams the examples of sentences into a parquet file; counts and hashes them."""

    def __init__(self, path: Path, codebook: Codebook) -> None:
        import pyarrow.parquet as parquet  # type: ignore[import-untyped]

        self.hash, self.count, self.left_out = ContentHash(), 0, Counter[str]()
        self._codebook, self._rows = codebook, list[dict[str, Any]]()
        self._numbers = {name: number for number, name in enumerate(codebook.labels)}
        self._label_counts = Counter[str]()
        self._schema = features_of(codebook).arrow_schema
        self._file = parquet.ParquetWriter(path, self._schema)

    def __enter__(self) -> "ExampleWriter":
        return self

    def __exit__(self, *failed: object) -> None:
        with self._file:
            self._flush()

    def add(self, sentence: Sentence) -> None:
        for example in examples_in(sentence, self._codebook):
            if isinstance(example, str):
                self.left_out[example] += 1
            else:
                self._write(example)

    def _write(self, example: Example) -> None:
        self.hash.add(example)
        self.count += 1
        self._label_counts.update(example.labels or (str(self._codebook.none),))
        self._rows.append(self._to_row(example))
        if len(self._rows) == ROW_GROUP:
            self._flush()

    @property
    def label_counts(self) -> dict[str, int]:
        """Examples by label in the codebook's order, the empty set under its `none`."""
        none = (self._codebook.none,) if self._codebook.none else ()
        return {name: self._label_counts[name] for name in (*self._codebook.labels, *none)}

    def _to_row(self, example: Example) -> dict[str, Any]:
        labels = [self._numbers[name] for name in example.labels]
        return {
            "id": example.id,
            "doc_id": example.doc_id,
            "text": example.text,
            "marks": [vars(mark) for mark in example.marks],
            "labels": labels if self._codebook.multi else labels[0],
            "source": example.source,
            "tags": list(example.tags),
            "derived": example.derived,
        }

    def _flush(self) -> None:
        import pyarrow

        if self._rows:
            self._file.write_table(pyarrow.Table.from_pylist(self._rows, schema=self._schema))
            self._rows.clear()


def read_examples(path: Path, codebook: Codebook) -> list[Example]:
    """The examples of one parquet split of the codebook's task. Raises BadInput for others."""
    import datasets
    import pyarrow.parquet as parquet

    existing(path, "a parquet file of examples")
    try:
        with parquet.ParquetFile(path) as file:
            if datasets.Features.from_arrow_schema(file.schema_arrow) != features_of(codebook):
                raise BadInput(
                    f"examples of {codebook.name}", "other columns", "build it", path=path
                )
            batches = file.iter_batches(ROW_GROUP)
            return [_from_row(row, codebook) for batch in batches for row in batch.to_pylist()]
    except (OSError, ValueError) as error:  # pyarrow's errors are of these
        raise BadInput("a parquet file of examples", str(error), "build it", path=path) from None


def _from_row(row: dict[str, Any], codebook: Codebook) -> Example:
    labels = row["labels"] if codebook.multi else [row["labels"]]
    marks = tuple(Mark(**mark) for mark in row["marks"])
    names = tuple(codebook.labels[index] for index in labels)
    return Example(**row | {"marks": marks, "labels": names, "tags": tuple(row["tags"])})
