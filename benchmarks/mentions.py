"""Finders of mentions side by side on labelled sentences, as Markdown: rules, a tagger, spaCy.

    python benchmarks/mentions.py --data test.jsonl --artifact DIR --spacy en_core_web_sm --cases

spaCy (MIT) and its models are no dependencies of the project. Its model names persons, groups and
places in other words than the guide: PERSON, NORP and ORG count as actors, GPE, LOC and FAC as
places. It marks names alone, no common nouns ("gunmen"), so its recall of actors is bounded; the
overlapping figures are the fairer ones. `--cases` tells how many hard sentences each gets right.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from data.codebook import load_codebook
from data.importers import read_sentences
from evaluation.bootstrap import RESAMPLES
from evaluation.metrics import Value
from evaluation.span_cases import read_cases, right_by_kind
from evaluation.span_report import gold_of
from evaluation.span_scores import Drawn, Span, SpanRow, differences_of, drawn, scores_of
from tagging.artifact import load_artifact
from tagging.mention_examples import mention_examples
from tagging.mentions import propose

Find = Callable[[Sequence[str]], Iterable[Iterable[Span]]]
SPACY: Final = {
    "PERSON": "actor", "NORP": "actor", "ORG": "actor", "GPE": "place", "LOC": "place",
    "FAC": "place",
}  # fmt: skip


def by_rules(texts: Sequence[str]) -> list[list[Span]]:
    """What `tagging.mentions.propose` finds."""
    return [[(one.start, one.end, one.kind) for one in propose(text)] for text in texts]


def by_artifact(folder: Path, int8: bool) -> Find:
    """What a mention artifact finds."""
    artifact = load_artifact(folder, int8=int8, threads=2)

    def find(texts: Sequence[str]) -> list[list[Span]]:
        return [[(m.start, m.end, m.kind) for m in found] for found in artifact.mentions(texts)]

    return find


def by_spacy(model: str) -> Find:
    """What a spaCy model, by name or path, finds: its entities without a leading article."""
    import spacy

    pipeline = spacy.load(model)

    def find(texts: Sequence[str]) -> list[list[Span]]:
        return [
            [
                (one.start_char + (4 if one.text[:4].lower() == "the " else 0), one.end_char,
                 SPACY[one.label_])
                for one in page.ents
                if one.label_ in SPACY
            ]
            for page in pipeline.pipe(texts, batch_size=64)
        ]  # fmt: skip

    return find


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--artifact", type=Path)
    options.add_argument("--spacy", metavar="MODEL_OR_PATH")
    options.add_argument("--cases", action="store_true", help="the hard sentences too")
    asked = options.parse_args()
    finders: dict[str, Find] = {"rules": by_rules}
    if asked.artifact:
        finders["tagger fp32"] = by_artifact(asked.artifact, int8=False)
        finders["tagger int8"] = by_artifact(asked.artifact, int8=True)
    if asked.spacy:
        finders[f"spaCy {Path(asked.spacy).name}"] = by_spacy(asked.spacy)
    print_scores(asked.data, finders)
    if asked.cases:
        print_cases(finders)


def print_scores(data: Path, finders: dict[str, Find]) -> None:
    """F1 of every finder, exact and overlapping, and what it gains on the rules."""
    rows, kinds = mention_examples(read_sentences(data)), load_codebook("mention").labels
    texts, counts = [row.text for row in rows], dict[str, Drawn]()
    print("| | match | actor | place | all | precision | recall | all less rules | sentences/s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, find in finders.items():
        start = time.perf_counter()
        found = [frozenset(spans) for spans in find(texts)]
        speed = len(rows) / (time.perf_counter() - start)
        pairs = zip(rows, found, strict=True)
        scored = [SpanRow(row.doc_id, frozenset(gold_of(row)), spans) for row, spans in pairs]
        counts[name] = drawn(scored, kinds, RESAMPLES, 0)
        print_lines(name, counts[name], counts["rules"], speed)


def print_lines(name: str, own: Drawn, rules: Drawn, speed: float) -> None:
    """A line for exact and one for overlapping spans."""
    scores, gaps = scores_of(own), differences_of(own, rules)
    for match in ("exact", "overlapping"):
        lines = [one for one in scores if one.match == match]
        gap = next(one.f1 for one in gaps if one.match == match and one.kind == "all")
        cells = [told(one.f1) for one in lines]
        cells += [told(lines[-1].precision), told(lines[-1].recall), told(gap), f"{speed:.0f}"]
        print(f"| {name} | {match} | {' | '.join(cells)} |")


def told(value: Value) -> str:
    """In percent, with its interval."""
    if value.value is None:
        return "–"
    bounds = "" if value.interval is None else " [{:.1f}, {:.1f}]".format(
        *(100 * bound for bound in value.interval)
    )  # fmt: skip
    return f"{100 * value.value:.1f}{bounds}"


def print_cases(finders: dict[str, Find]) -> None:
    """How many of the hard sentences have all their mentions and no other."""
    cases = read_cases()
    told = {name: right_by_kind(cases, find) for name, find in finders.items()}
    print(f"\n| hard sentences | {' | '.join(told)} |\n|---|{'---|' * len(told)}")
    for kind in dict.fromkeys(case.kind for case in cases):
        cells = ("{} of {}".format(*counts[kind]) for counts in told.values())
        print(f"| {kind} | {' | '.join(cells)} |")
    sums = (sum(right for right, _ in counts.values()) for counts in told.values())
    print(f"| all | {' | '.join(f'{right} of {len(cases)}' for right in sums)} |")


if __name__ == "__main__":
    main()
