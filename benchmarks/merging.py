"""The merging rule on hand-set pairs of event sentences, with gold labels, as Markdown.

    python -m benchmarks.merging [--half rules|final] [--show]

The records are made from the corpus's own labels, so that the figure is the rule's alone.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.references import CORPUS, ROOT, tagged
from benchmarks.shares import share
from data.importers.inline import read_corpus
from data.records import Article, Mention, Sentence
from data.strict_yaml import read_yaml
from tagging.events.affiliation import affiliation, joined
from tagging.events.dates import Dated, date_event
from tagging.events.merging import merge
from tagging.events.record import EventDate, EventRecord, Evidence, Party, Whereabouts
from tagging.events.references import Found, find_references, referent
from tagging.geography.places import Places
from tagging.tagged import TaggedSentence

GOLD: Final = ROOT / "evaluation" / "events" / "merging.yaml"
FIELDS: Final = ("source", "target", "reporter", "origin", "destination", "site", "transit")


@dataclass(frozen=True)
class Pair:
    """Two sentences of an article with one event type: do they tell of one event?"""

    half: str
    article: str
    sentences: tuple[int, int]
    event_type: str
    same: bool


def read_pairs(path: Path = GOLD) -> list[Pair]:
    """The pairs of the gold file."""
    return [
        Pair(row["half"], row["article"], tuple(row["sentences"]), row["event_type"], row["same"])
        for row in read_yaml(path)["pairs"]
    ]


class Records:
    """The event records of one article by its labels."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.sentences = tagged(article)
        self.references: Found = find_references(self.sentences)
        names = [place.surface for row in self.sentences for place in row.places]
        self.places = Places.of(names, article.dateline.split(",")[0] or None)

    def all(self) -> list[EventRecord]:
        """One record for each event type of each sentence."""
        made: list[EventRecord] = []
        before: Dated | None = None
        for row, labelled in zip(self.sentences, self.article.sentences, strict=True):
            before = date_event(labelled.text, self.article.date, before)
            made += [self._record(row, labelled, kind, before) for kind in labelled.event_types]
        return made

    def _record(
        self, row: TaggedSentence, labelled: Sentence, kind: str, dated: Dated
    ) -> EventRecord:
        parts = {
            name: [
                _evidence(labelled, row.start, mention)
                for mention in labelled.mentions
                if any(one.name == name and one.event in (None, kind) for one in mention.roles)
            ]
            for name in FIELDS
        }
        where = Evidence(row.text, row.start, row.end, None)
        when = EventDate(dated.first_day, dated.precision, dated.basis, None, dated.background)
        actors = {name: tuple(map(self._party, parts[name])) for name in FIELDS[:3]}
        spots = {name: tuple(map(self._whereabouts, parts[name])) for name in FIELDS[3:]}
        return EventRecord(
            id=f"{self.article.id}-{row.number}-{kind}",
            article=self.article.id,
            sentences=(row.number,),
            evidence=where,
            date=when,
            event_type=kind,
            quad_class="",
            probability=1.0,
            joint=1.0,
            sources=actors["source"],
            targets=actors["target"],
            reporters=actors["reporter"],
            origins=spots["origin"],
            destinations=spots["destination"],
            sites=spots["site"],
            transits=spots["transit"],
            movement=None,
            cameo=None,
            acled=None,
            models={},
            codebooks={},
        )

    def _party(self, evidence: Evidence) -> Party:
        named = referent(self.references, (evidence.start, evidence.end))
        own = affiliation(evidence.text)
        if named is None:
            return Party(evidence, 1.0, own)
        stands_for = Evidence(named.surface, named.start, named.end, None)
        return Party(evidence, 1.0, joined(own, affiliation(named.surface)), stands_for)

    def _whereabouts(self, evidence: Evidence) -> Whereabouts:
        return Whereabouts(evidence, 1.0, self.places.find(evidence.text))


def _evidence(labelled: Sentence, start: int, mention: Mention) -> Evidence:
    text = labelled.text[mention.start : mention.end]
    return Evidence(text, start + mention.start, start + mention.end, None)


def is_merged(pair: Pair, events: Iterable[EventRecord]) -> bool:
    """Whether one record of the type holds both sentences."""
    return any(
        event.event_type == pair.event_type and set(pair.sentences) <= set(event.sentences)
        for event in events
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("rules", "final"), default="final")
    parser.add_argument("--show", action="store_true", help="print the mistakes")
    given = parser.parse_args()
    articles = {article.id: article for article in read_corpus(CORPUS)}
    pairs = [pair for pair in read_pairs() if pair.half == given.half]
    merged = {name: merge(Records(articles[name]).all()) for name in {p.article for p in pairs}}
    answers = [(pair, is_merged(pair, merged[pair.article])) for pair in pairs]
    for line in _table(answers):
        print(line)
    for pair, answer in answers:
        if given.show and answer != pair.same:
            print("merged" if answer else "missed", pair.article, pair.sentences, pair.event_type)


def _table(answers: Sequence[tuple[Pair, bool]]) -> list[str]:
    same = sum(pair.same for pair, _ in answers)
    made = sum(answer for _, answer in answers)
    right = sum(pair.same and answer for pair, answer in answers)
    never = sum(not pair.same for pair, _ in answers)
    agreed = sum(pair.same == answer for pair, answer in answers)
    whole = len(answers)
    shares = f"{share(agreed, whole)} | {share(right, made)} | {share(right, same)}"
    return [
        "| way | pairs | right | precision of merges | recall of merges |",
        "|:--|--:|--:|--:|--:|",
        f"| never | {whole} | {share(never, whole)} | - | {share(0, same)} |",
        f"| rule | {whole} | {shares} |",
    ]


if __name__ == "__main__":
    main()
