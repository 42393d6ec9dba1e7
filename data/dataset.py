"""Builds a dataset from labelled sentences as they stream by: splits, parquet a task, card."""

import hashlib
import json
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from data.codebook import Codebook, load_codebook
from data.errors import BadInput, nearest
from data.example_files import ExampleWriter
from data.examples import check_labels
from data.firewall import Firewall, Repeat, across, linked
from data.records import Sentence
from data.splits import NAMES, ROWS, Documents, SplitConfig, assign
from data.spool import Spool

TASKS = ("event_type", "actor_role", "geo_direction")
KEPT_FIRST = ("test", "validation", "train")  # of a repeated row the first one of these stays
MAX_GROUP = 0.2  # share of the sentences above which linked articles make no sensible split
SHOWN = 5
Rule = Literal["group", "drop", "refuse"]


def build(
    sentences: Iterable[Sentence],
    out: Path,
    config: SplitConfig,
    tasks: Sequence[str] = TASKS,
    duplicates: Rule = "group",
) -> dict[str, Any]:
    """Writes sentences/<split>.jsonl, <task>/<split>.parquet and card.json; returns the card.

    The folder appears whole or not at all; a folder of an earlier build is replaced. Articles that
    share a repeated sentence go to one split ("group"), or the repeats that lie in two splits are
    left out ("drop") or refused ("refuse"). Rows lie in the order of their articles' ids.
    """
    if duplicates not in get_args(Rule):
        known = nearest(duplicates, get_args(Rule))
        raise BadInput("a rule for duplicates", repr(duplicates), known)
    if out.exists() and not (out / "card.json").exists() and not _is_empty(out):
        raise BadInput(
            "an empty place or an earlier build", "other files", "name another", path=out
        )
    codebooks = [load_codebook(name) for name in tasks]
    stage = out.with_name(out.name + ".part")
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    try:
        card = _fill(stage, sentences, config, codebooks, duplicates)
        shutil.rmtree(out, ignore_errors=True)
        os.replace(stage, out)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return card


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


@dataclass(frozen=True)
class _Plan:
    """Where each article goes, and which rows are left out since which others are kept."""

    home: dict[str, str]
    left_out: dict[str, str]
    said: dict[str, Any]


@dataclass
class _Part:
    """What was written of one split: rows, articles, licences by source; examples by task."""

    rows: Counter[str] = field(default_factory=Counter)
    articles: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    licenses: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    tasks: dict[str, ExampleWriter] = field(default_factory=dict)

    def count(self, sentence: Sentence) -> None:
        source = sentence.source or "unnamed"
        self.rows[source] += 1
        self.articles[source].add(sentence.doc_id)
        self.licenses[source].add(sentence.license or "unnamed")


def _fill(
    stage: Path,
    sentences: Iterable[Sentence],
    config: SplitConfig,
    codebooks: Sequence[Codebook],
    rule: Rule,
) -> dict[str, Any]:
    """Writes the dataset's files, the card last."""
    documents, firewall = Documents(), Firewall()
    with Spool(stage / "spool.jsonl") as spool:
        for sentence in sentences:
            for codebook in codebooks:
                check_labels(sentence, codebook)
            for taker in (spool, documents, firewall):
                taker.add(sentence)
        plan = _plan(documents, firewall.repeats(spool.texts), config, rule)
        parts = {name: _write_split(stage, name, spool, plan, codebooks) for name in NAMES}
    for name in config.wanted:
        if not parts[name].rows:
            raise BadInput(f"a sentence at least for {name}", "repeats alone", "add articles")
    (stage / "spool.jsonl").unlink()
    card = _card(parts, plan, config, codebooks)
    text = json.dumps(card, indent=2, ensure_ascii=False)
    (stage / "card.json").write_text(text + "\n", encoding="utf-8")
    return card


def _plan(
    documents: Documents, repeats: Sequence[Repeat], config: SplitConfig, rule: Rule
) -> _Plan:
    groups = linked(repeats) if rule == "group" else []
    _check_groups(groups, documents)
    home = assign(documents, config, groups)
    leaks = across(repeats, home)
    if rule == "refuse" and leaks:
        raise _leaking(leaks, home)
    left_out = _left_out(leaks, home) if rule == "drop" else {}
    said = {
        "rule": rule,
        "repeats": _kinds(repeats),
        "across_splits": _kinds(leaks),
        "groups": len(groups),
        "left_out": [{"id": row, "repeats": kept} for row, kept in sorted(left_out.items())],
    }
    return _Plan(home, left_out, said)


def _kinds(repeats: Iterable[Repeat]) -> dict[str, int]:
    return dict(sorted(Counter(repeat.kind for repeat in repeats).items()))


def _check_groups(groups: Iterable[Collection[str]], documents: Documents) -> None:
    """Raises BadInput if a group is so large that no split of the wanted shares is left."""
    sizes = [sum(documents.counts[doc][ROWS] for doc in group) for group in groups]
    rows = sum(counts[ROWS] for counts in documents.counts.values())
    if (largest := max(sizes, default=0)) > MAX_GROUP * rows:
        raise BadInput(
            f"articles linked by repeats in groups of at most {MAX_GROUP:.0%} of the sentences",
            f"one of {largest / rows:.0%}",
            'leave the repeats out: duplicates "drop"',
        )


def _leaking(leaks: Sequence[Repeat], home: Mapping[str, str]) -> BadInput:
    shown = "; ".join(
        f"{home[leak.first_doc]} {leak.first!r} and {home[leak.second_doc]} {leak.second!r}"
        f" ({leak.kind})"
        for leak in leaks[:SHOWN]
    )
    fix = 'keep linked articles together ("group") or leave repeats out ("drop")'
    return BadInput("no sentence in two splits", f"{len(leaks)} repeats: {shown}", fix)


def _left_out(leaks: Iterable[Repeat], home: Mapping[str, str]) -> dict[str, str]:
    """Rows that say exactly or nearly what a row kept in another split says -> that row."""
    found: dict[str, str] = {}
    for leak in leaks:
        sides = ((home[leak.first_doc], leak.first), (home[leak.second_doc], leak.second))
        (_, kept), (_, lost) = sorted(sides, key=lambda side: KEPT_FIRST.index(side[0]))
        if leak.kind != "event":
            found.setdefault(lost, kept)
    return found


def _write_split(
    stage: Path, name: str, spool: Spool, plan: _Plan, codebooks: Sequence[Codebook]
) -> _Part:
    part = _Part()
    for folder in ("sentences", *(codebook.name for codebook in codebooks)):
        (stage / folder).mkdir(exist_ok=True)
    with ExitStack() as files:
        lines = files.enter_context((stage / "sentences" / f"{name}.jsonl").open("wb"))
        for codebook in codebooks:
            writer = ExampleWriter(stage / codebook.name / f"{name}.parquet", codebook)
            part.tasks[codebook.name] = files.enter_context(writer)
        homes = sorted(doc for doc, home in plan.home.items() if home == name)
        for line, sentence in spool.read(homes):
            if sentence.id in plan.left_out:
                continue
            lines.write(line)
            part.count(sentence)
            for writer in part.tasks.values():
                writer.add(sentence)
    return part


def _card(
    parts: Mapping[str, _Part], plan: _Plan, config: SplitConfig, codebooks: Sequence[Codebook]
) -> dict[str, Any]:
    card: dict[str, Any] = {
        "split": config.model_dump(mode="json"),
        "duplicates": plan.said,
        "sentences": {name: part.rows.total() for name, part in parts.items()},
        "articles": {
            name: len(set().union(*part.articles.values())) for name, part in parts.items()
        },
        "sources": _sources(list(parts.values())),
        "tasks": {codebook.name: _task_card(parts, codebook) for codebook in codebooks},
    }
    return {"sha256": _identity(card)} | card


def _sources(parts: Sequence[_Part]) -> dict[str, Any]:
    return {
        source: {
            "sentences": sum(part.rows[source] for part in parts),
            "articles": sum(len(part.articles[source]) for part in parts),
            "licenses": sorted(set().union(*(part.licenses[source] for part in parts))),
        }
        for source in sorted({source for part in parts for source in part.rows})
    }


def _task_card(parts: Mapping[str, _Part], codebook: Codebook) -> dict[str, Any]:
    written = {name: part.tasks[codebook.name] for name, part in parts.items()}
    return {
        "codebook_hash": codebook.hash,
        "hash": {name: writer.hash.value for name, writer in written.items()},
        "examples": {name: writer.count for name, writer in written.items()},
        "left_out": {name: dict(writer.left_out) for name, writer in written.items()},
        "labels": {name: writer.label_counts for name, writer in written.items()},
    }


def _identity(card: Mapping[str, Any]) -> str:
    """sha256 of what makes the dataset this one: its split, its rule, and each task's hashes."""
    tasks = {
        name: {key: task[key] for key in ("codebook_hash", "hash")}
        for name, task in card["tasks"].items()
    }
    content = {"split": card["split"], "duplicates": card["duplicates"]["rule"], "tasks": tasks}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
