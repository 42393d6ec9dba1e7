"""Scores place resolution on the hand-checked mentions of the corpus, as Markdown.

    python -m benchmarks.places [--each] [--missing DATASET]

Each mention is resolved as the tagger does it: with the article's dateline and the other places
that the article names. `--each` lists what is wrong or unknown (of the half that rules were
written on), `--missing` the most frequent names that the tables do not have (of train and
validation articles, as the dataset's splits have them).
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.shares import share
from data.importers import read_sentences
from data.importers.inline import read_corpus
from data.records import Article
from data.strict_yaml import parse_model
from tagging.events.record import Location
from tagging.geography.movement import inverse
from tagging.geography.resolve import home_of, locate, resolve
from tagging.geography.spelling import folded

ROOT: Final = Path(__file__).parent.parent
GOLD: Final = ROOT / "evaluation" / "events" / "places.yaml"
NEAR_KM: Final = 50.0
Half = Literal["rules", "final"]


class GoldPlace(BaseModel):
    """Where one mention lies: any of the countries and divisions is right; none: nobody's."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    surface: str
    sentence: str
    half: Half
    country: tuple[str, ...]
    admin1: tuple[str, ...]
    at: tuple[float, float]


class Gold(BaseModel):
    """The file of gold places."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    places: tuple[GoldPlace, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """A mention's gold and answer; the judgements are False where there is no answer."""

    gold: GoldPlace
    answer: Location | None

    @property
    def answered(self) -> bool:
        return self.answer is not None

    @property
    def country(self) -> bool:
        if self.answer is None:
            return False
        return self.answer.country in (self.gold.country or (None,)) or (
            self.answer.country is None and len(self.gold.country) > 1
        )

    @property
    def admin1(self) -> bool:
        if self.answer is None or self.answer.admin1 is None:
            return False
        return _bare(self.answer.admin1) in {_bare(name) for name in self.gold.admin1}

    @property
    def km(self) -> float:
        if self.answer is None:
            return float("inf")
        return inverse(self.gold.at, (self.answer.latitude, self.answer.longitude))[1]

    @property
    def close(self) -> bool:
        return self.km <= NEAR_KM

    @property
    def within(self) -> bool:
        return (
            self.answer is not None and self.km <= self.answer.radius_km + 10
        )  # gold is to 0.1 deg

    @property
    def right(self) -> bool:
        """The right spot: within 50 km, or within the radius that the answer itself gives."""
        return self.country and (self.close or self.within)


def _bare(division: str) -> str:
    """The name of a division without its type word."""
    types = ("province", "region", "governorate", "district", "oblast", "state", "department")
    return " ".join(word for word in folded(division).split() if word not in types)


def place_names(article: Article) -> list[str]:
    """The place mentions of an article, in order."""
    return [
        sentence.text[mention.start : mention.end]
        for sentence in article.sentences
        for mention in sentence.mentions
        if mention.kind == "place"
    ]


def judge(gold: Iterable[GoldPlace], articles: Sequence[Article]) -> Iterator[Judged]:
    """Each gold mention with what the resolver says in its article."""
    located = {
        article.id: locate(place_names(article), home_of(article.dateline)) for article in articles
    }
    for place in gold:
        yield Judged(place, located[place.sentence.rpartition("-")[0]][place.surface])


def table(judged: Sequence[Judged]) -> Iterator[str]:
    """Markdown: shares in points of 100 with 95% Wilson intervals, by half."""
    yield "| | rules | final |"
    yield "|:--|--:|--:|"
    halves = [[one for one in judged if one.gold.half == half] for half in ("rules", "final")]
    answered = [[one for one in half if one.answered] for half in halves]
    scored = [[one for one in half if one.gold.admin1] for half in answered]
    yield _row("answered", [[one.answered for one in half] for half in halves])
    yield _row("of all: right country and spot", [[one.right for one in half] for half in halves])
    yield _row(
        "of the answered: right country", [[one.country for one in half] for half in answered]
    )
    yield _row("right admin-1, where it has one", [[one.admin1 for one in half] for half in scored])
    yield _row("within 50 km", [[one.close for one in half] for half in answered])
    yield _row("within the stated radius", [[one.within for one in half] for half in answered])
    yield _row("wrong country or spot", [[not one.right for one in half] for half in answered])


def _row(name: str, halves: Sequence[Sequence[bool]]) -> str:
    return f"| {name} | {' | '.join(_share(half) for half in halves)} |"


def _share(right: Sequence[bool]) -> str:
    return share(sum(right), len(right))


def coverage(articles: Sequence[Article]) -> tuple[str, str]:
    """The shares of names and of mentions that resolve, and the commonest names that do not."""
    names = Counter(name for article in articles for name in place_names(article))
    missing = Counter({name: count for name, count in names.items() if not resolve(name)})
    distinct = _share([name not in missing for name in names])
    mentions = _share([name not in missing for name in names.elements()])
    commonest = "; ".join(f"{name} {count}" for name, count in missing.most_common(60))
    return f"names {distinct}, mentions {mentions}", commonest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--missing", type=Path, help="folder of the splits' sentences (JSONL)")
    given = parser.parse_args()
    articles = read_corpus(ROOT / "data" / "corpus")
    gold = parse_model(GOLD, Gold)
    judged = list(judge(gold.places, articles))
    print("\n".join(table(judged)))
    print(f"\nunknown names left unknown: {_share([not resolve(name) for name in gold.absent])}")
    if given.each:
        for one in judged:
            if one.gold.half == "rules" and not (one.right and (one.admin1 or not one.gold.admin1)):
                print(one.gold.surface, one.gold.country, one.gold.admin1, one.gold.at, one.answer)
    if given.missing:
        test = {one.doc_id for one in read_sentences(given.missing / "test.jsonl", "jsonl")}
        unseen = [article for article in articles if article.id in test]
        seen, commonest = coverage([article for article in articles if article.id not in test])
        print(f"\nin the tables, of test articles: {coverage(unseen)[0]}")
        print(f"of the others: {seen}\nnot in the tables: {commonest}")


if __name__ == "__main__":
    main()
