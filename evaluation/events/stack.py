"""A stack of artifacts that tags articles as a service does, and again with stages made gold."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import groupby
from pathlib import Path
from typing import Final

from data.codebook import Codebook
from data.errors import BadInput
from data.examples import check_labels
from data.records import Example, Mention
from evaluation.events.gold import FIELDS, Event, GoldArticle
from evaluation.events.oracles import Oracle, Stage
from tagging.artifact import Artifact, Prediction, find_artifacts, load_artifact
from tagging.events.linking import LinkedEvent, link
from tagging.mentions import propose
from tagging.pipeline import Found, TaggedSentence, Tagger

KINDS: Final = ("sentence", "actor", "place")
Tagged = dict[str, list[TaggedSentence]]  # article -> its sentences


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
        self.refused: dict[str, str] = {}  # article -> why the pipeline took none of it
        if missing := set(KINDS) - {each.codebook.example for each in artifacts}:
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
        return next(each.codebook for each in self.artifacts if each.codebook.example == "sentence")

    def check(self, articles: Iterable[GoldArticle]) -> None:
        """Raises BadInput for a gold label that one of the codebooks does not know."""
        for article in articles:
            for placed in article.sentences:
                for artifact in self.artifacts:
                    check_labels(placed.labelled, artifact.codebook)

    def read(self, articles: Sequence[GoldArticle]) -> Tagged:
        """The articles as the pipeline tags their pages."""
        pages = [(article.id, article.text) for article in articles]
        found: Tagged = {article.id: [] for article in articles}
        refused = self.refused
        for sentence in self.tagger.tag_pages(pages, lambda name, why: _note(refused, name, why)):
            found[sentence.page_id].append(sentence)
        return found

    def events(
        self, articles: Sequence[GoldArticle], read: Tagged, fixed: Collection[Stage] = ()
    ) -> dict[str, list[Event]]:
        """The events by article, of what `read` gave, with the `fixed` stages made gold."""
        oracles = {article.id: Oracle(article) for article in articles}
        found = self._found(read, oracles, fixed)
        tagged: Tagged = {name: [] for name in oracles}
        for sentence in self.tagger.tag_found(found):
            tagged[sentence.page_id].append(sentence)
        return {
            name: self._events(_corrected(sentences, oracles[name], fixed), oracles[name], fixed)
            for name, sentences in tagged.items()
        }

    def _found(
        self, read: Tagged, oracles: dict[str, Oracle], fixed: Collection[Stage]
    ) -> list[Found]:
        """Sentences and mentions, each the pipeline's or gold."""
        known = {each.text: _mentions(each) for sentences in read.values() for each in sentences}
        made = []
        for name, oracle in oracles.items():
            sentences = oracle.sentences() if "sentences" in fixed else map(_bare, read[name])
            for found in sentences:
                if "mentions" in fixed:
                    mentions = oracle.mentions(found.start, found.start + len(found.text))
                else:
                    mentions = known[found.text] if found.text in known else _propose(found.text)
                made.append(replace(found, mentions=mentions))
        return made

    def _events(
        self, sentences: Sequence[TaggedSentence], oracle: Oracle, fixed: Collection[Stage]
    ) -> list[Event]:
        made: list[Event] = []
        linked = link(sentences)
        for _, group in groupby(linked, key=lambda event: event.sentence.number):
            members = list(group)
            events = [event_of(each) for each in members]
            if "linking" in fixed:
                events = oracle.linked(members[0].sentence, events)
            made += events
        return made


def event_of(linked: LinkedEvent) -> Event:
    """The event with the spans of its parts."""
    sentence = linked.sentence
    parts = {
        name: tuple((part.mention.start, part.mention.end) for part in getattr(linked, f"{name}s"))
        for name in FIELDS
    }
    return Event(
        event_type=linked.event.label,
        sentence=(sentence.start, sentence.end),
        parts={name: spans for name, spans in parts.items() if spans},
    )


def _corrected(
    sentences: list[TaggedSentence], oracle: Oracle, fixed: Collection[Stage]
) -> list[TaggedSentence]:
    """The sentences with gold labels where those are asked for."""
    if "event types" in fixed:
        sentences = oracle.with_types(sentences)
    if "roles" in fixed:
        sentences = oracle.with_roles(sentences)
    if "directions" in fixed:
        sentences = oracle.with_directions(sentences)
    return sentences


def _bare(sentence: TaggedSentence) -> Found:
    return Found(sentence.page_id, sentence.number, sentence.start, sentence.text, ())


def _mentions(sentence: TaggedSentence) -> tuple[Mention, ...]:
    """The mentions that the pipeline found, in order, with offsets into the sentence."""
    start = sentence.start
    actors = [Mention(each.start - start, each.end - start, "actor") for each in sentence.actors]
    places = [Mention(each.start - start, each.end - start, "place") for each in sentence.places]
    return tuple(sorted(actors + places, key=lambda mention: mention.start))


def _propose(text: str) -> tuple[Mention, ...]:
    return tuple(propose(text))


def _note(refused: dict[str, str], name: str, why: BadInput) -> None:
    refused[name] = str(why)
