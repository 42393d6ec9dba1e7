"""The reference rules on the hand-set references, beside two baselines, as Markdown.

    python -m benchmarks.references [--half rules|final] [--show]
    python -m benchmarks.references --draw train.jsonl validation.jsonl

`--show` prints the mistakes, which is for the half "rules" alone. `--draw` prints the mentions that
were drawn for the gold file from the articles of a dataset's sentences, to be labelled.
"""

import argparse
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

from benchmarks.shares import share
from data.importers import read_sentences
from data.importers.inline import read_corpus
from data.records import Article, Sentence
from data.strict_yaml import read_yaml
from tagging.events.references import find_references
from tagging.tagged import TaggedMention, TaggedSentence

ROOT: Final = Path(__file__).parent.parent
GOLD: Final = ROOT / "evaluation" / "events" / "references.yaml"
CORPUS: Final = ROOT / "data" / "corpus"
Named = tuple[int, str]  # a sentence's number and a surface in it
Find = Callable[[Sequence[TaggedSentence]], dict[Named, Named]]


@dataclass(frozen=True)
class Case:
    """A mention of an article and the earlier mentions of the same actor."""

    draw: str
    half: str
    article: str
    mention: Named
    right: frozenset[Named]


@dataclass(frozen=True)
class Score:
    """Decisions: all, right ones, links made, right links, links that there are."""

    cases: int
    right: int
    made: int
    right_links: int
    links: int


def read_cases(path: Path = GOLD) -> list[Case]:
    """The cases of the gold file."""
    return [
        Case(
            draw=row["draw"],
            half=row["half"],
            article=row["article"],
            mention=(row["sentence"], row["surface"]),
            right=frozenset((number, surface) for number, surface in row["refers_to"]),
        )
        for row in read_yaml(path)["references"]
    ]


def tagged(article: Article) -> list[TaggedSentence]:
    """The article's sentences with the corpus's own marks, one behind the other."""
    starts = accumulate((len(row.text) + 1 for row in article.sentences), initial=0)
    return [
        _tagged(article, number, start, row)
        for number, (start, row) in enumerate(zip(starts, article.sentences, strict=False), 1)
    ]


def _tagged(article: Article, number: int, start: int, row: Sentence) -> TaggedSentence:
    mentions = {"actor": list[TaggedMention](), "place": list[TaggedMention]()}
    for mention in row.mentions:
        at = start + mention.start, start + mention.end
        surface = row.text[mention.start : mention.end]
        mentions[mention.kind].append(TaggedMention(*at, at, surface, None, {}))
    end = start + len(row.text)
    return TaggedSentence(
        page_id=article.id,
        number=number,
        start=start,
        end=end,
        source=(start, end),
        date=article.date,
        text=row.text,
        event_types=None,
        actors=tuple(mentions["actor"]),
        places=tuple(mentions["place"]),
    )


def by_rule(sentences: Sequence[TaggedSentence]) -> dict[Named, Named]:
    """What the rules of tagging/events/references.py find."""
    found = find_references(sentences)
    return {
        (sentence.number, mention.surface): (
            found[mention.start, mention.end].antecedent_sentence,
            found[mention.start, mention.end].antecedent.surface,
        )
        for sentence in sentences
        for mention in sentence.actors
        if (mention.start, mention.end) in found
    }


def never(sentences: Sequence[TaggedSentence]) -> dict[Named, Named]:
    """Baseline: nothing is linked."""
    return {}


def same_head(sentences: Sequence[TaggedSentence]) -> dict[Named, Named]:
    """Baseline: the nearest earlier actor whose last word is the same."""
    found: dict[Named, Named] = {}
    latest: dict[str, Named] = {}
    for sentence in sentences:
        for mention in sentence.actors:
            last = mention.surface.split(" of ")[0].split()[-1].lower()
            named = (sentence.number, mention.surface)
            if last in latest:
                found[named] = latest[last]
            latest[last] = named
    return found


def score(cases: Sequence[Case], answers: dict[str, dict[Named, Named]]) -> Score:
    """The answers by article against the cases."""
    answered = [(case, answers[case.article].get(case.mention)) for case in cases]
    right_links = sum(answer in case.right for case, answer in answered if answer)
    return Score(
        cases=len(cases),
        right=right_links + sum(not answer and not case.right for case, answer in answered),
        made=sum(answer is not None for _, answer in answered),
        right_links=right_links,
        links=sum(bool(case.right) for case in cases),
    )


def draw(articles: Sequence[Article]) -> list[tuple[str, str, str, Named]]:
    """(draw, half, article, mention) of the mentions to label, as the gold file's head says."""
    by_id = {article.id: article for article in articles}
    everywhere = random.Random(8)
    first = everywhere.sample(sorted(by_id), 40)
    drawn = _drawn("all", first, by_id, everywhere, re.compile(""))
    definite = random.Random(10)
    further = definite.sample(sorted(set(by_id) - set(first)), 24)
    behind = re.compile(r"\b(?:the|The|those|these|this)(?: [a-z]+)? $")
    return drawn + _drawn("definite", further, by_id, definite, behind)


def _drawn(
    name: str,
    chosen: list[str],
    by_id: dict[str, Article],
    chance: random.Random,
    behind: re.Pattern[str],
) -> list[tuple[str, str, str, Named]]:
    made: list[tuple[str, str, str, Named]] = []
    for place, key in enumerate(chosen):
        usable = [
            (number, mention.start, row.text[mention.start : mention.end])
            for number, row in enumerate(by_id[key].sentences, 1)
            for mention in row.mentions
            if mention.kind == "actor" and number > 1 and behind.search(row.text[: mention.start])
        ]
        half = "rules" if place < len(chosen) / 2 else "final"
        picked = sorted(chance.sample(usable, min(6, len(usable))))
        made += [(name, half, key, (number, surface)) for number, _, surface in picked]
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("rules", "final"), default="final")
    parser.add_argument("--show", action="store_true", help="print the mistakes")
    parser.add_argument("--draw", nargs="+", type=Path, metavar="SENTENCES")
    given = parser.parse_args()
    if given.draw:
        _print_drawn(given.draw)
        return
    cases = [case for case in read_cases() if case.half == given.half]
    articles = {article.id: tagged(article) for article in read_corpus(CORPUS)}
    for line in _table(cases, articles):
        print(line)
    if given.show:
        _show(cases, articles)


def _print_drawn(files: list[Path]) -> None:
    ids = {row.doc_id for file in files for row in read_sentences(file, "jsonl")}
    for name, half, article, mention in draw([a for a in read_corpus(CORPUS) if a.id in ids]):
        print(name, half, article, *mention)


def _table(cases: list[Case], articles: dict[str, list[TaggedSentence]]) -> Iterator[str]:
    yield "| draw | way | mentions | right | precision of links | recall of links |"
    yield "|:--|:--|--:|--:|--:|--:|"
    finders: dict[str, Find] = {"never": never, "same last word": same_head, "rules": by_rule}
    for draw in ("all", "definite"):
        chosen = [case for case in cases if case.draw == draw]
        for name, find in finders.items():
            found = {case.article: find(articles[case.article]) for case in chosen}
            one = score(chosen, found)
            shares = (
                share(one.right, one.cases),
                share(one.right_links, one.made),
                share(one.right_links, one.links),
            )
            yield f"| {draw} | {name} | {one.cases} | {' | '.join(shares)} |"


def _show(cases: list[Case], articles: dict[str, list[TaggedSentence]]) -> None:
    for case in cases:
        answer = by_rule(articles[case.article]).get(case.mention)
        if (answer or None) not in (case.right or {None}):
            print(case.draw, case.article, case.mention, "->", answer, "gold", sorted(case.right))


if __name__ == "__main__":
    main()
