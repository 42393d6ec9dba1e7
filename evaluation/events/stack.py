"""A stack of artifacts that tags articles as a service does, and again with stages made gold."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import chain, groupby
from pathlib import Path
from typing import Final

from data.codebook import Codebook
from data.errors import BadInput
from data.examples import check_labels
from data.records import Example, Mention
from evaluation.events.gold import FIELDS, Event, GoldArticle, Span
from evaluation.events.oracles import Oracle, Stage
from tagging.artifact import Artifact, Prediction, find_artifacts, load_artifact
from tagging.events.linking import LinkedEvent, link
from tagging.pipeline import Found, Tagger
from tagging.tagged import TaggedSentence

KINDS: Final = ("sentence", "actor", "place")


@dataclass(frozen=True)
class Reading:
    """What the pipeline made of one article's page, or why it took none of it."""

    sentences: tuple[TaggedSentence, ...] = ()
    dateline: Span | None = None
    refused: str | None = None

    def span_of(self, sentence: TaggedSentence) -> Span:
        """Its place, with a dateline right in front: labellers leave that in the sentence."""
        start, dateline = sentence.start, self.dateline
        if dateline and start in (dateline[1], dateline[1] + 1):
            start = dateline[0]
        return start, sentence.end


Readings = dict[str, Reading]  # by article


@dataclass(frozen=True)
class Remembering(Artifact):
    """An artifact that is asked once for the same words and marks, whatever they are called."""

    kept: dict[tuple[object, ...], Prediction] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, artifact: Artifact) -> "Remembering":
        """The same artifact, with a memory."""
        return cls(**{each.name: getattr(artifact, each.name) for each in fields(Artifact)})

    def predict(
        self,
        examples: Sequence[Example],
        batch_size: int = 32,
        progress: Callable[[int], None] | None = None,
    ) -> list[Prediction]:
        keys = [(example.text, example.marks) for example in examples]
        new = {key: each for key, each in zip(keys, examples, strict=True) if key not in self.kept}
        said = super().predict(list(new.values()), batch_size, progress)
        self.kept.update(zip(new, said, strict=True))
        return [self.kept[key] for key in keys]


class Stack:
    """The artifacts of a folder, one a task. Raises BadInput where one of the three is missing."""

    def __init__(self, artifacts: Sequence[Artifact], name: str) -> None:
        self.name = name
        self.artifacts = [Remembering.of(artifact) for artifact in artifacts]
        self.tagger = Tagger(self.artifacts)
        labelling = (each.codebook for each in artifacts if not each.codebook.spans)
        if missing := set(KINDS) - {codebook.example for codebook in labelling}:
            raise BadInput(
                "artifacts for sentences, actors and places",
                f"none for {' and '.join(sorted(missing))} in {name}",
                "name a folder with an artifact a task",
            )

    @classmethod
    def load(cls, folder: Path) -> "Stack":
        """The artifacts in that folder."""
        loaded = [load_artifact(each) for each in find_artifacts(folder)]
        return cls(loaded, folder.name or str(folder))

    @property
    def event_types(self) -> Codebook:
        """The codebook of the event types."""
        codebooks = (each.codebook for each in self.artifacts)
        return next(one for one in codebooks if one.example == "sentence" and not one.spans)

    def check(self, articles: Iterable[GoldArticle]) -> None:
        """Raises BadInput for a gold label that one of the codebooks does not know."""
        codebooks = [each.codebook for each in self.artifacts if not each.codebook.spans]
        for article in articles:
            for placed in article.sentences:
                for codebook in codebooks:
                    check_labels(placed.labelled, codebook)

    def read(self, articles: Sequence[GoldArticle]) -> Readings:
        """The articles as the pipeline tags their pages."""
        pages = [(article.id, article.text) for article in articles]
        found: Readings = {}
        for name, page, sentences in self.tagger.tag_articles(
            pages, lambda name, why: found.update({name: Reading(refused=str(why))})
        ):
            if page.from_html:
                found[name] = Reading(refused="its sentences read as HTML")
                continue
            dateline = (page.dateline.start, page.dateline.end) if page.dateline else None
            found[name] = Reading(tuple(sentences), dateline)
        return {article.id: found.get(article.id, Reading()) for article in articles}

    def events(
        self, articles: Sequence[GoldArticle], read: Readings, fixed: Collection[Stage] = ()
    ) -> dict[str, list[Event]]:
        """The events by article, of what `read` gave, with the `fixed` stages made gold."""
        oracles = {article.id: Oracle(article) for article in articles}
        found = self._found(read, oracles, fixed)
        tagged: dict[str, list[TaggedSentence]] = {name: [] for name in oracles}
        for sentence in self.tagger.tag_found(found):
            tagged[sentence.page_id].append(sentence)
        if "event types" in fixed:
            tagged = {name: oracles[name].with_types(found) for name, found in tagged.items()}
        linked = link(list(chain(*tagged.values())), self.tagger.judge)
        made: dict[str, list[Event]] = {name: [] for name in oracles}
        for (name, _), group in groupby(linked, key=_place_of):
            members = list(group)
            own = Reading() if "sentences" in fixed else read[name]
            events = [event_of(each, own) for each in members]
            made[name] += oracles[name].corrected(members[0].sentence, events, fixed)
        return made

    def _found(
        self, read: Readings, oracles: dict[str, Oracle], fixed: Collection[Stage]
    ) -> list[Found]:
        """Sentences and mentions, each the pipeline's or gold."""
        bare = [
            found
            for name, oracle in oracles.items()
            for found in (
                oracle.sentences() if "sentences" in fixed else map(_bare, read[name].sentences)
            )
        ]
        if "mentions" in fixed:
            return [
                replace(found, mentions=oracles[found.page_id].mentions(*_span(found)))
                for found in bare
            ]
        known = {each.text: _mentions(each) for one in read.values() for each in one.sentences}
        texts = [found.text for found in bare if found.text not in known]
        known |= dict(zip(texts, self.tagger.find_mentions(texts), strict=True))
        return [replace(found, mentions=known[found.text]) for found in bare]


def event_of(linked: LinkedEvent, reading: Reading) -> Event:
    """The event with the spans of its parts."""
    parts = {
        name: tuple((part.mention.start, part.mention.end) for part in getattr(linked, f"{name}s"))
        for name in FIELDS
    }
    return Event(
        event_type=linked.event.label,
        sentence=reading.span_of(linked.sentence),
        parts={name: spans for name, spans in parts.items() if spans},
    )


def _bare(sentence: TaggedSentence) -> Found:
    return Found(sentence.page_id, sentence.number, sentence.start, sentence.text, ())


def _mentions(sentence: TaggedSentence) -> tuple[Mention, ...]:
    """The mentions that the pipeline found, in order, with offsets into the sentence."""
    start = sentence.start
    actors = [Mention(each.start - start, each.end - start, "actor") for each in sentence.actors]
    places = [Mention(each.start - start, each.end - start, "place") for each in sentence.places]
    return tuple(sorted(actors + places, key=lambda mention: mention.start))


def _place_of(linked: LinkedEvent) -> tuple[str, int]:
    return linked.sentence.page_id, linked.sentence.number


def _span(found: Found) -> tuple[int, int]:
    return found.start, found.start + len(found.text)
