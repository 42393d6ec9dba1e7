"""The PLV benchmark's TSV (Hu et al., ACL 2024): one root code, source and target a sentence."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from data.codebook import load_codebook
from data.errors import BadInput, nearest
from data.reading import read_lines
from data.records import Mention, Role, Sentence

COLUMNS = ("sentence_id", "sentence", "marked_sentence", "gold_root")
MARKER = re.compile(r"</?[st]>")
ROLES = {"<s>": "source", "<t>": "target"}


def read(path: Path, refuse: Callable[[BadInput], None]) -> Iterator[Sentence]:
    """Streams the rows; rows of the same sentence share a doc_id, so that no split parts them.

    The set repeats a sentence's id for each pair of actors: further rows get ids `plv-7-2` …
    """
    header: list[str] = []
    documents: dict[str, str] = {}
    ids: Counter[str] = Counter()
    for number, line in read_lines(path, refuse):
        if not header:
            header = line.split("\t")
            if missing := [name for name in COLUMNS if name not in header]:
                raise BadInput(
                    f"the columns {', '.join(COLUMNS)}",
                    f"no {', '.join(missing)}",
                    path=path,
                    line=1,
                )
            continue
        try:
            sentence = _sentence(header, _cells(line), documents)
        except BadInput as error:
            refuse(error.at(path, number))
            continue
        ids[sentence.id] += 1
        again = f"-{ids[sentence.id]}" if ids[sentence.id] > 1 else ""
        yield replace(sentence, id=sentence.id + again, where=f"{path}:{number}")


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter="\t"), [])
    except csv.Error as error:
        raise BadInput("cells parted by tabs", str(error), "check for a broken line") from None


def _sentence(header: list[str], cells: list[str], documents: dict[str, str]) -> Sentence:
    if len(cells) != len(header):
        raise BadInput(f"{len(header)} cells", f"{len(cells)}", "check for a broken line")
    row = dict(zip(header, cells, strict=True))
    known = load_codebook("plv_root").labels
    if row["gold_root"] not in known:
        raise BadInput("a PLV root code", repr(row["gold_root"]), nearest(row["gold_root"], known))
    text, mentions = _read_marks(row["marked_sentence"])
    row_id = f"plv-{row['sentence_id']}"
    return Sentence(
        id=row_id,
        doc_id=documents.setdefault(text, row_id),
        text=text,
        mentions=mentions,
        event_types=(row["gold_root"],),
        source="plv",
    )


def _read_marks(marked: str) -> tuple[str, tuple[Mention, ...]]:
    """The bare sentence and its mentions; the two marks may nest and a mark may be missing."""
    text, position = "", 0
    opened: dict[str, int] = {}
    found: dict[tuple[int, int], list[Role]] = {}
    for match in MARKER.finditer(marked):
        text += marked[position : match.start()]
        position = match.end()
        name = match[0].replace("/", "")
        if match[0] == name:
            if name in opened:
                raise BadInput("each mark closed before it opens again", repr(marked[:80]))
            opened[name] = len(text)
        elif name in opened and opened[name] < len(text):
            found.setdefault((opened.pop(name), len(text)), []).append(Role(ROLES[name]))
        else:
            raise BadInput("marks <s>…</s> and <t>…</t> round text", repr(marked[:80]))
    if opened:
        raise BadInput("each mark closed", repr(marked[:80]))
    text += marked[position:]
    if not text.strip():
        raise BadInput("a sentence", "an empty one")
    mentions = (Mention(*span, "actor", tuple(roles)) for span, roles in sorted(found.items()))
    return text, tuple(mentions)
