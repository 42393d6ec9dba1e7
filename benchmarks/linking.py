"""Who takes part in which event of a sentence, and which event a place belongs to, as Markdown.

    python -m benchmarks.linking ARTIFACT DATA.jsonl …

Sentences of several events, with gold mentions and gold event types. What a model says goes to all
of a sentence's events; or a place to the one of which a word stands nearest; or, if the artifact
was taught `per_event`, to those where it is above a cut, or else to the most probable one. The cut
is chosen on validation; other files are for the figure alone.
"""

import argparse
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.examples import examples_of
from data.importers import read_sentences
from data.per_event import EVENTLESS
from data.records import Sentence, asked
from tagging.artifact import Artifact, Prediction, load_artifact
from tagging.events.nearest import places_by_event
from tagging.tagged import Scored, TaggedMention, TaggedSentence

CUTS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
RESAMPLES = 5_000
Triple = tuple[tuple[int, int], str, str]  # mention, role, event


@dataclass(frozen=True)
class Asked:
    """A sentence, and what the model says of each mention: plainly, and in each event."""

    sentence: Sentence
    plain: dict[tuple[int, int], Prediction]
    own: dict[tuple[tuple[int, int], str], Prediction]

    def gold(self) -> set[Triple]:
        return {
            ((mention.start, mention.end), role.name, role.event or "")
            for mention in self.sentence.mentions
            for role in mention.roles
            if (mention.start, mention.end) in self.plain and role.name not in EVENTLESS
        }

    def to_all(self) -> set[Triple]:
        """Whoever has a role has it in every event."""
        return {
            (span, role, event)
            for span, said in self.plain.items()
            for role in set(said.labels) - set(EVENTLESS)
            for event in self.sentence.event_types
        }

    def to_nearest(self) -> set[Triple]:
        """A place's directions go to the event of which a word stands nearest."""
        return {
            ((place.start, place.end), scored.label, event)
            for event, places in places_by_event(self._tagged()).items()
            for place in places
            for scored in place.labels or ()
        }

    def _tagged(self) -> TaggedSentence:
        """The sentence as the tagger has it, with gold mentions and event types."""
        actors = [one for one in self.sentence.mentions if one.kind == "actor"]
        return TaggedSentence(
            page_id=self.sentence.doc_id,
            number=1,
            start=0,
            end=len(self.sentence.text),
            source=None,
            date=None,
            text=self.sentence.text,
            event_types=tuple(Scored(event, 1.0) for event in self.sentence.event_types),
            actors=tuple(self._mention(one.start, one.end, ()) for one in actors),
            places=tuple(
                self._mention(start, end, set(said.labels) - set(EVENTLESS))
                for (start, end), said in self.plain.items()
            ),
        )

    def _mention(self, start: int, end: int, labels: Collection[str]) -> TaggedMention:
        scored = tuple(Scored(label, 1.0) for label in sorted(labels))
        surface = self.sentence.text[start:end]
        return TaggedMention(start, end, None, surface, scored, dict.fromkeys(labels, 1.0))

    def above(self, cut: float) -> set[Triple]:
        """Each role goes to the events where it is at least so probable, or else to the most."""
        found = set()
        for span, role, event in self.to_all():
            asked_of_all = [
                self.own[span, one].probabilities[role] for one in self.sentence.event_types
            ]
            if self.own[span, event].probabilities[role] >= min(cut, max(asked_of_all)):
                found.add((span, role, event))
        return found


def asked_of(artifact: Artifact, path: Path) -> Iterator[Asked]:
    """Its sentences of several events with the model's answers."""
    for sentence in read_sentences(path):
        if len(sentence.event_types) < 2:
            continue
        rows = examples_of([sentence], artifact.codebook).examples
        spans = [(row.marks[0].start, row.marks[0].end) for row in rows]
        pairs = [(place, event) for place in range(len(rows)) for event in sentence.event_types]
        own: Sequence[Prediction] = []
        if artifact.card.per_event:
            own = artifact.predict([asked(rows[place], event) for place, event in pairs])
        yield Asked(
            sentence,
            dict(zip(spans, artifact.predict(rows), strict=True)),
            {(spans[place], event): said for (place, event), said in zip(pairs, own, strict=False)},
        )


def lines(rows: Sequence[Asked], places: bool) -> Iterator[str]:
    """A line a way: F1 with its interval over articles, and less that of all to all."""
    ways = {"all to all": [one.to_all() for one in rows]}
    if places:
        ways["nearest word"] = [one.to_nearest() for one in rows]
    if any(one.own for one in rows):
        ways |= {f"asked, cut {cut}": [one.above(cut) for one in rows] for cut in CUTS}
    articles = sorted({one.sentence.doc_id for one in rows})
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(articles), np.full(len(articles), 1 / len(articles)), RESAMPLES)
    base = None
    for name, found in ways.items():
        counts = np.zeros((len(articles), 3))
        for one, triples in zip(rows, found, strict=True):
            gold, place = one.gold(), articles.index(one.sentence.doc_id)
            counts[place] += len(triples & gold), len(triples), len(gold)
        samples = f1(drawn @ counts)
        base = samples if base is None else base
        cells = name, f"{f1(counts.sum(axis=0)):.1f} {bounds(samples)}", bounds(samples - base)
        yield f"| {' | '.join(cells)} |"


def f1(sums: np.ndarray) -> np.ndarray:
    return 200 * sums[..., 0] / (sums[..., 1] + sums[..., 2])


def bounds(samples: np.ndarray) -> str:
    low, high = np.nanpercentile(samples, [2.5, 97.5])
    return f"[{low:.1f}, {high:.1f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("artifact", type=Path)
    parser.add_argument("data", type=Path, nargs="+")
    chosen = parser.parse_args()
    artifact = load_artifact(chosen.artifact)
    for path in chosen.data:
        rows = list(asked_of(artifact, path))
        print(f"\n{path.name}: {len(rows)} sentences of several events\n")
        print(
            "| roles in an event | F1 of (mention, role, event) | less all to all |\n|---|---|---|"
        )
        print("\n".join(lines(rows, artifact.codebook.example == "place")))


if __name__ == "__main__":
    main()
