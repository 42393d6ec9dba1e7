"""How often an event's date is read right, against hand-set dates, as Markdown.

    python -m benchmarks.dates [--misses rules|words|invented]

The draw `final` was labelled when the rules stood: its misses are not for looking at.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.shares import share
from data.importers import read_sentences
from data.records import Sentence
from data.strict_yaml import parse_model
from tagging.events.dates import Dated, date_event
from tagging.events.record import Precision

ROOT: Final = Path(__file__).parent.parent
GOLD: Final = ROOT / "evaluation" / "events" / "dates.yaml"
CORPUS: Final = ROOT / "data" / "corpus"
_DAYS: Final = {"day": 1, "week": 7, "month": 31, "season": 92, "year": 366}
_RECENT: Final = timedelta(days=14)  # an event without a known day is so old at most


class Gold(BaseModel):
    """The date that a reader of the whole article gives an event."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    first_day: str | None
    precision: Precision
    background: bool = False
    type: str | None = None


class CorpusGold(Gold):
    """Of an event of the corpus; `type` where one sentence's events have different dates."""

    draw: Literal["rules", "final", "words"]
    article: str
    sentence: int


class InventedGold(Gold):
    """Of an invented sentence; `after` is the day that the story has reached before it."""

    text: str
    day: str | None
    after: str | None = None


class GoldDates(BaseModel):
    """The file of hand-set dates."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    corpus: list[CorpusGold]
    invented: list[InventedGold]


@dataclass(frozen=True)
class Case:
    """An event with its gold date and the date that was read."""

    part: str
    text: str
    day: str | None
    gold: Gold
    found: Dated

    @property
    def same(self) -> bool:
        """First day and precision as in gold."""
        found = (self.found.first_day, self.found.precision)
        return found == (self.gold.first_day, self.gold.precision)

    @property
    def compatible(self) -> bool:
        """Whether the two periods share a day."""
        one = _period(self.gold.first_day, self.gold.precision, self.day)
        other = _period(self.found.first_day, self.found.precision, self.day)
        if one is None or other is None:
            return one == other
        return one[0] <= other[1] and other[0] <= one[1]


def _period(
    first_day: str | None, precision: Precision, day: str | None
) -> tuple[date, date] | None:
    """First and last day; without a known precision, the days up to the article's."""
    if first_day is None:
        return None
    first = date.fromisoformat(first_day)
    if precision != "unknown":
        return first, first + timedelta(days=_DAYS[precision] - 1)
    return (first - _RECENT, first) if first_day == day else (first, first + timedelta(days=3652))


def corpus_cases(gold: Sequence[CorpusGold]) -> Iterator[Case]:
    """The cases of the corpus; each article is read from its first sentence on."""
    wanted = {row.article for row in gold}
    articles: dict[str, list[Sentence]] = {}
    for sentence in read_sentences(CORPUS, "inline"):
        if sentence.doc_id in wanted:
            articles.setdefault(sentence.doc_id, []).append(sentence)
    before = {name: _story(sentences) for name, sentences in articles.items()}
    for row in gold:
        sentence = articles[row.article][row.sentence - 1]
        assert sentence.id == f"{row.article}-{row.sentence}"
        assert row.type is None or row.type in sentence.event_types
        near = _spots(sentence, row.type) if row.type else []
        kind = row.type or next(iter(sentence.event_types), None)
        previous = before[row.article][row.sentence - 1]
        found = date_event(sentence.text, sentence.date, previous, near, kind)
        yield Case(row.draw, sentence.text, sentence.date, row, found)


def _story(sentences: Sequence[Sentence]) -> list[Dated | None]:
    """What stands before each sentence."""
    story: list[Dated | None] = [None]
    for sentence in sentences:
        story.append(date_event(sentence.text, sentence.date, story[-1]))
    return story


def _spots(sentence: Sentence, event: str) -> list[int]:
    """Where the mentions of the event start."""
    return [
        mention.start
        for mention in sentence.mentions
        if any(role.event == event for role in mention.roles)
    ]


def invented_cases(gold: Sequence[InventedGold]) -> Iterator[Case]:
    for row in gold:
        previous = Dated(row.after, "day", "expression", story=row.after) if row.after else None
        found = date_event(row.text, row.day, previous, event_type=row.type)
        yield Case("invented", row.text, row.day, row, found)


def table(cases: Sequence[Case]) -> Iterator[str]:
    """Markdown: shares in points of 100 with 95% Wilson intervals."""
    yield (
        "| part | first day and precision | where date words were found | where a day is known"
        " | periods share a day |"
    )
    yield "|:--|--:|--:|--:|--:|"
    parts = ("rules", "words", "final", "invented")
    for part in parts:
        own = [case for case in cases if case.part == part]
        days = [case for case in own if case.gold.precision == "day"]
        cells = (
            _share([case.same for case in own]),
            _share([case.same for case in own if case.found.basis == "expression"]),
            _share([case.same for case in days]),
            _share([case.compatible for case in own]),
        )
        yield f"| {part} | {' | '.join(cells)} |"
    yield "\n| part | background: precision | recall |"
    yield "|:--|--:|--:|"
    for part in parts:
        own = [case for case in cases if case.part == part]
        precision = _share([case.gold.background for case in own if case.found.background])
        recall = _share([case.found.background for case in own if case.gold.background])
        yield f"| {part} | {precision} | {recall} |"


def _share(right: Sequence[bool]) -> str:
    return share(sum(right), len(right))


def main() -> None:
    gold = parse_model(GOLD, GoldDates)
    cases = [*corpus_cases(gold.corpus), *invented_cases(gold.invented)]
    print("\n".join(table(cases)))
    if "--misses" in sys.argv:
        part = sys.argv[sys.argv.index("--misses") + 1]
        for case in cases:
            if case.part == part and not (
                case.same and case.found.background == case.gold.background
            ):
                print(f"\n{case.day} {case.text}\n  {case.gold}\n  {case.found}")


if __name__ == "__main__":
    main()
