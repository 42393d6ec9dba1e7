"""The data card: one HTML page with counts, coverage, definitions and examples in colour."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.codebook import CounterExample, load_codebook
from data.coverage import (
    BYSTANDER,
    DIFFICULTIES,
    RECIPROCAL,
    SUBJECTS,
    Count,
    coverage,
    roles_of,
    types_of,
)
from data.duplicates import NEAR, near_duplicates, skeletons, word_shingles
from data.errors import BadInput
from data.excerpts import Shown, choose, show
from data.importers import read_sentences
from data.pages import templates_in, write_whole
from data.records import Sentence

TEMPLATES = Path(__file__).parent / "templates"
MAKING = "Collection and labelling"  # the section of a DATASHEET.md that the page repeats
# Labels that no codebook entry defines: the empty answers, and two roles at once.
UNWRITTEN = {
    "no event": "None of the types: background, weather, sport, markets, biography, accidents, "
    "quotation without an act, and acts that are denied or merely expected.",
    BYSTANDER: "An actor that neither does the act, nor has it done to it, nor reports it.",
    RECIPROCAL: "Source and target of one event: each side of a meeting, an agreement or a clash. "
    "It is counted under source and target too.",
}


@dataclass(frozen=True)
class LabelEntry:
    """A label with its definition, count and examples."""

    name: str
    group: str
    definition: str
    count: Count
    examples: tuple[Shown, ...]
    counter_examples: tuple[CounterExample, ...] = ()


@dataclass(frozen=True)
class Task:
    """A task's labels; `unit` is what is counted."""

    title: str
    unit: str
    labels: tuple[LabelEntry, ...]

    @property
    def counts(self) -> dict[str, Count]:
        return {label.name: label.count for label in self.labels}


def write_card(path: Path, html: Path) -> dict[str, Any]:
    """Writes the page, whole or not at all; returns what it found in short.

    `path`: labelled sentences, or a folder that `data build` made.
    """
    built = _built(path)
    sentences = [row for file in _files(path, built) for row in read_sentences(file)]
    if not sentences:
        raise BadInput("labelled sentences", "none", "check the file", path=path)
    found = coverage(sentences)
    repeats = skeletons(sentences)
    near = near_duplicates(sentences)
    near_words = near_duplicates(sentences, shingles=word_shingles)
    pages = templates_in(TEMPLATES)
    pages.filters["grouped"] = "{:,}".format
    text = pages.get_template("card.html.jinja").render(
        name=path.resolve().name,
        built=built,
        sources=sources_of(sentences),
        found=found,
        repeats=repeats,
        near=near,
        near_words=near_words,
        threshold=NEAR,
        subjects=SUBJECTS,
        difficulties=DIFFICULTIES,
        hard={name: count for name, count in found.tags.items() if name not in SUBJECTS},
        about={name: found.tags[name] for name in SUBJECTS},
        tasks=tasks_of(sentences),
        texts={row.id: row.text for row in sentences},
        **making_of(path),
    )
    write_whole(html, text)
    return {
        "html": str(html),
        "sentences": found.sentences,
        "articles": found.articles,
        "empty_cells": {grid.title: grid.empty for grid in found.plan},
        "skeletons_repeating": repeats.repeating,
        "skeleton_most": repeats.most,
        "near_duplicates": len({(pair.first, pair.second) for pair in near + near_words}),
    }


def _built(path: Path) -> dict[str, Any] | None:
    """The card.json of a built dataset; None for other data."""
    card = path / "card.json"
    return json.loads(card.read_bytes()) if card.is_file() else None


def _files(path: Path, built: dict[str, Any] | None) -> list[Path]:
    if built is None:
        return [path]
    return [path / "sentences" / f"{name}.jsonl" for name in built["sentences"]]


@dataclass(frozen=True)
class SourceEntry:
    """One set that the sentences come from."""

    name: str
    licences: tuple[str, ...]
    sentences: int
    articles: int


def sources_of(sentences: Sequence[Sentence]) -> list[SourceEntry]:
    """The sets in the order of their names; a licence that nobody stated says so."""
    by_source: dict[str, list[Sentence]] = {}
    for row in sentences:
        by_source.setdefault(row.source or "unnamed", []).append(row)
    return [
        SourceEntry(
            name,
            tuple(sorted({row.license or "none stated" for row in rows})),
            len(rows),
            len({row.doc_id for row in rows}),
        )
        for name, rows in sorted(by_source.items())
    ]


def tasks_of(sentences: Sequence[Sentence]) -> list[Task]:
    """The three tasks with examples; no sentence is shown twice where there are enough."""
    found = coverage(sentences)
    shown: set[str] = set()
    tables = (
        ("Event types", "sentence", "event_type", found.event_types, types_of),
        ("Actor roles", "mention", "actor_role", found.actor_roles, _names("actor")),
        ("Geographic directions", "mention", "geo_direction", found.directions, _names("place")),
    )
    return [
        Task(title, unit, tuple(_entries(codebook, counts, sentences, names_of, shown)))
        for title, unit, codebook, counts, names_of in tables
    ]


def _entries(
    codebook: str,
    counts: dict[str, Count],
    sentences: Sequence[Sentence],
    names_of: Callable[[Sentence], Iterable[str]],
    shown: set[str],
) -> Iterable[LabelEntry]:
    entries = {entry.name: entry for entry in load_codebook(codebook).label_entries}
    for name, count in counts.items():
        entry = entries.get(name)
        chosen = choose([row for row in sentences if name in names_of(row)], shown)
        shown |= {row.id for row in chosen}
        yield LabelEntry(
            name=name,
            group=entry.group if entry else "",
            definition=entry.definition if entry else UNWRITTEN.get(name, "Not in the codebook."),
            count=count,
            examples=tuple(show(row) for row in chosen),
            counter_examples=entry.counter_examples if entry else (),
        )


def _names(kind: str) -> Callable[[Sentence], set[str]]:
    return lambda row: {
        name
        for mention in row.mentions
        if mention.kind == kind and not mention.derived
        for name in roles_of(mention)
    }


def making_of(path: Path) -> dict[str, Any]:
    """The licence and the making of a corpus folder, from its LICENSE and DATASHEET.md if any."""
    licence, sheet = path / "LICENSE", path / "DATASHEET.md"
    making: list[str] = []
    if sheet.is_file():
        content = sheet.read_text(encoding="utf-8")
        pattern = re.compile(rf"^## {MAKING}\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
        section = pattern.search(content)
        blocks = re.split(r"\n\s*\n", section[1]) if section else []
        plain = (block.strip().replace("`", "") for block in blocks)
        making = [block for block in plain if block and block[0] not in "|#-"]
    return {
        "licence": licence.read_text(encoding="utf-8").splitlines() if licence.is_file() else [],
        "making": making,
    }
