"""Pages -> tagged sentences: article, sentences, mentions, then each artifact's labels."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Final

from data.articles import Page, read_page
from data.errors import BadInput
from data.records import Example, Mention, MentionKind
from data.sentences import split_sentences
from tagging.artifact import Artifact, Prediction
from tagging.mention_finder import MentionFinder
from tagging.questions import about, on_one_line
from tagging.tagged import Scored, TaggedMention, TaggedSentence

BATCH: Final = 512  # sentences that the artifacts get at once
Refuse = Callable[[str, BadInput], None]


@dataclass(frozen=True)
class Found:
    """A sentence with its mentions (offsets into the sentence), before any model has run."""

    page_id: str
    number: int
    start: int
    text: str
    mentions: tuple[Mention, ...]
    page: Page | None = None  # None where a sentence comes alone

    def source(self, start: int, end: int) -> tuple[int, int] | None:
        """Where the page's text[start:end] stands in the page as handed in."""
        return self.page.source_offsets(start, end) if self.page else (start, end)


class Tagger:
    """Tags pages with at most one artifact each for sentences, actors, places and mentions.

    Without one for mentions they are found by rule. Raises BadInput for two artifacts of one kind
    and for a task whose examples carry marks that no mention fills (plv_root's source and target).
    """

    def __init__(self, artifacts: Sequence[Artifact]) -> None:
        self._by_kind: dict[str, Artifact] = {}
        if not artifacts:
            raise BadInput("an artifact or more", "none", "name an artifact's folder")
        for artifact in artifacts:
            codebook = artifact.codebook
            wanted = () if codebook.example == "sentence" else ("mention",)
            if codebook.marks != wanted:
                raise BadInput(
                    f"a task with the marks {list(wanted)}",
                    f"{codebook.name} with {list(codebook.marks)}",
                    "its marks are gold labels that raw text has not; tag with another artifact",
                )
            kind = "mention" if codebook.spans else codebook.example
            if kind in self._by_kind:
                first = self._by_kind[kind].codebook.name
                raise BadInput(
                    f"one artifact for each {kind}",
                    f"{first} and {codebook.name}",
                    "tag with one of them",
                )
            self._by_kind[kind] = artifact
        self._finder = MentionFinder(self._by_kind.get("mention"))

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """Those that it asks."""
        return tuple(self._by_kind.values())

    def judge(self, kind: MentionKind, examples: Sequence[Example]) -> Sequence[Prediction] | None:
        """What the kind's artifact says of mentions in one event; None if it was not taught to."""
        artifact = self._by_kind.get(kind)
        return artifact.predict(examples) if artifact and artifact.card.per_event else None

    def tag_page(self, text: str, page_id: str) -> list[TaggedSentence]:
        """The tagged sentences of one page in order. Raises BadInput where it has no article."""
        return list(self.tag_pages([(page_id, text)]))

    def tag_pages(
        self, pages: Iterable[tuple[str, str]], refused: Refuse | None = None
    ) -> Iterator[TaggedSentence]:
        """The tagged sentences of (page id, text) pairs, in order, in batches of sentences.

        A page without an article raises BadInput with its id, or is told to `refused` if given.
        """
        for _, _, sentences in self.tag_articles(pages, refused):
            yield from sentences

    def tag_articles(
        self, pages: Iterable[tuple[str, str]], refused: Refuse | None = None
    ) -> Iterator[tuple[str, Page, list[TaggedSentence]]]:
        """Like `tag_pages`, but page by page: its id, its article, its tagged sentences."""
        read: deque[tuple[str, Page, int]] = deque()
        found = self._found(pages, refused, read)
        batches = map(self._with_mentions, iter(lambda: list(islice(found, BATCH)), []))
        own: list[TaggedSentence] = []
        for sentence in chain.from_iterable(map(self.tag_found, batches)):
            own.append(sentence)
            page_id, page, count = read[0]
            if len(own) == count:
                yield page_id, page, own
                read.popleft()
                own = []

    def _found(
        self,
        pages: Iterable[tuple[str, str]],
        refused: Refuse | None,
        read: deque[tuple[str, Page, int]],
    ) -> Iterator[Found]:
        """The sentences of all pages; `read` gets each page with the number of its sentences."""
        for page_id, text in pages:
            try:
                page = read_page(text)
            except BadInput as error:
                told = error.at(page_id)
                if refused is None:
                    raise told from None
                refused(page_id, told)
                continue
            found = find_sentences(page_id, page)
            assert found  # an article has a sentence at least: `read_page`
            read.append((page_id, page, len(found)))
            yield from found

    def find_mentions(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
        """The mentions of each text in order, by the artifact for them or by rule."""
        return self._finder.find([on_one_line(text) for text in texts])

    def _with_mentions(self, batch: list[Found]) -> list[Found]:
        mentions = self.find_mentions([found.text for found in batch])
        return [replace(one, mentions=own) for one, own in zip(batch, mentions, strict=True)]

    def tag_found(self, batch: Sequence[Found]) -> Iterator[TaggedSentence]:
        """The batch with labels; each artifact is called once."""
        types = self._predict("sentence", batch)
        labels = {kind: self._predict(kind, batch) for kind in ("actor", "place")}
        for found in batch:
            mentions: dict[str, list[TaggedMention]] = {"actor": [], "place": []}
            for mention in found.mentions:
                prediction = next(labels[mention.kind], None)
                mentions[mention.kind].append(_tagged_mention(found, mention, prediction))
            yield TaggedSentence(
                page_id=found.page_id,
                number=found.number,
                start=found.start,
                end=found.start + len(found.text),
                source=found.source(found.start, found.start + len(found.text)),
                date=found.page.date if found.page else None,
                text=found.text,
                event_types=_decided(next(types, None)),
                actors=tuple(mentions["actor"]),
                places=tuple(mentions["place"]),
                extracted=bool(found.page and found.page.from_html),
            )

    def _predict(self, kind: str, batch: Sequence[Found]) -> Iterator[Prediction]:
        """The predictions of the kind's artifact in reading order; nothing if there is none."""
        artifact = self._by_kind.get(kind)
        if artifact is None:
            return iter(())
        examples = list(_examples(kind, batch))
        predictions = artifact.predict(examples)
        assert len(predictions) == len(examples)
        return iter(predictions)


def find_sentences(page_id: str, page: Page) -> list[Found]:
    """The page's sentences, their mentions still to be found."""
    sentences = [
        sentence
        for paragraph in page.body
        for sentence in split_sentences(paragraph.of(page.text), paragraph.start)
    ]
    return [
        Found(
            page_id=page_id,
            page=page,
            number=number,
            start=sentence.start,
            text=sentence.of(page.text),
            mentions=(),
        )
        for number, sentence in enumerate(sentences, start=1)
    ]


def _examples(kind: str, batch: Sequence[Found]) -> Iterator[Example]:
    """What an artifact of that kind is asked: the sentences, or their mentions of that kind."""
    for found in batch:
        name = f"{found.page_id}-{found.number}"
        if kind == "sentence":
            yield Example(name, found.page_id, on_one_line(found.text))
            continue
        for mention in found.mentions:
            if mention.kind == kind:
                yield about(name, found.page_id, found.text, mention.start, mention.end)


def _tagged_mention(found: Found, mention: Mention, prediction: Prediction | None) -> TaggedMention:
    start, end = found.start + mention.start, found.start + mention.end
    return TaggedMention(
        start=start,
        end=end,
        source=found.source(start, end),
        surface=found.text[mention.start : mention.end],
        labels=_decided(prediction),
        probabilities=prediction.probabilities if prediction else {},
    )


def _decided(prediction: Prediction | None) -> tuple[Scored, ...] | None:
    if prediction is None:
        return None
    return tuple(Scored(label, prediction.probabilities[label]) for label in prediction.labels)
