"""Labelled sentences laid down on disk as they stream by, and read back article by article."""

import json
from array import array
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import numpy as np

from data.errors import BadInput
from data.importers import jsonl
from data.reading import Seen
from data.records import Sentence


class Spool:
    """Sentences laid down on disk and read back article by article; some 12 bytes each in memory.

    Raises BadInput for an id that comes twice.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb+")
        self._starts, self._articles_of = array("Q"), array("I")
        self._articles: dict[str, int] = {}
        self._seen, self._end = Seen(), 0

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *failed: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._starts)

    def add(self, sentence: Sentence) -> None:
        if not self._seen.add(sentence.id):
            found = f"{sentence.id!r} again"
            fix = "name each set once and make the ids unique"
            raise BadInput("each id once over all data", found, fix, path=sentence.where or None)
        line = jsonl.to_line(sentence)
        self._file.write(line)
        self._starts.append(self._end)
        self._articles_of.append(self._articles.setdefault(sentence.doc_id, len(self._articles)))
        self._end += len(line)

    def read(self, articles: Iterable[str]) -> Iterator[tuple[bytes, Sentence]]:
        """The lines and sentences of these articles in their order; within one as they came."""
        place = np.full(len(self._articles), len(self._articles))
        for position, name in enumerate(articles):
            place[self._articles[name]] = position
        places = place[np.asarray(self._articles_of)]
        order = np.argsort(places, kind="stable")
        for row in order[: np.count_nonzero(places < len(self._articles))]:
            self._file.seek(self._starts[row])
            line = self._file.readline()
            yield line, jsonl.parse(line.decode())

    def texts(self, ids: Collection[str]) -> dict[str, str]:
        """The texts of the sentences of these ids, in one pass over the file."""
        self._file.seek(0)
        rows = map(json.loads, self._file) if ids else ()
        return {row["id"]: row["text"] for row in rows if row["id"] in ids}
