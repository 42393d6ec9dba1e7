"""What a run trains on: one or several sets of labelled sentences, split so that nothing leaks."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from data.codebook import Codebook, load_codebook
from data.errors import BadInput, nearest
from data.examples import content_hash, examples_of
from data.firewall import Firewall, leaked_rows, linked
from data.importers import different, read_sentences
from data.per_event import per_event_examples
from data.records import Example, Sentence
from data.splits import SplitConfig, split
from tagging.mention_examples import mention_examples
from training.built import CARD, built_rows, is_built
from training.config import RunConfig, Source
from training.families.base import check_trainable

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingData:
    """What a run may see: train and validation, never test."""

    train: list[Example]
    validation: list[Example]
    card: Path | None = None  # of the built dataset that it comes from

    @cached_property
    def hash(self) -> dict[str, str]:
        return {"train": content_hash(self.train), "validation": content_hash(self.validation)}


def load_data(config: RunConfig) -> TrainingData:
    """Opens train and validation: of a built dataset, or of labelled sentences split here."""
    codebook = codebook_of(config)
    main = [source for source in config.data if not source.auxiliary]
    built = Path(main[0].path)
    if len(main) == 1 and is_built(built):
        data = _built(main[0], codebook, config)
        held_out = read_sentences(built / "sentences" / "validation.jsonl")
        return _whole(data, config, list(held_out))
    sentences = main_sentences(config)
    parts = split(sentences, config.split, groups=groups_of(sentences))
    return prepare(parts["train"], parts["validation"], config, parts["test"])


def main_sentences(config: RunConfig) -> list[Sentence]:
    """The sentences that are split and scored: those of all sources but the auxiliary ones."""
    return _read([source for source in config.data if not source.auxiliary])[0]


def groups_of(sentences: Iterable[Sentence]) -> list[frozenset[str]]:
    """Articles that repeat one another and so must not be parted.

    Formulaic sets chain into one group that no split could hold: a group of more than a fifth of
    the articles is split by article, and a warning says so.
    """
    firewall, articles = Firewall(), set[str]()
    for sentence in sentences:
        firewall.add(sentence)
        articles.add(sentence.doc_id)
    groups = linked(firewall.repeats())
    for group in groups:
        if len(group) > len(articles) / 5:
            log.warning(
                "%d of %d articles repeat one another and are split all the same: scores will "
                "flatter; `wiretag data check` shows the rows",
                len(group),
                len(articles),
            )
    return [group for group in groups if len(group) <= len(articles) / 5]


def prepare_fold(
    rest: Sequence[Sentence], held_out: Sequence[Sentence], config: RunConfig
) -> TrainingData:
    """What a fold trains and is validated on; a part of the rest validates, as the config says."""
    inner = SplitConfig(test=0, validation=config.split.validation, seed=config.split.seed)
    parts = split(rest, inner, groups=groups_of(rest))
    return prepare(parts["train"], parts["validation"], config, held_out)


def gold_examples(sentences: Sequence[Sentence], config: RunConfig) -> list[Example]:
    """The rows on which a model of this config is scored: gold, with the labels that it keeps."""
    return _usable(sentences, codebook_of(config), config, {})


def prepare(
    train: Sequence[Sentence],
    validation: Sequence[Sentence],
    config: RunConfig,
    held_out: Sequence[Sentence] = (),
) -> TrainingData:
    """The examples of the config's task; what repeats a held-out sentence does not train."""
    codebook = codebook_of(config)
    weighted = [one for one in config.data if one.weight != 1 and not one.auxiliary]
    data = TrainingData(
        _usable(train, codebook, config, _read(weighted)[1], partial=True),
        gold_examples(validation, config),
    )
    return _whole(data, config, [*validation, *held_out], train)


def _whole(
    data: TrainingData,
    config: RunConfig,
    held_out: list[Sentence],
    rows: Sequence[Sentence] = (),
) -> TrainingData:
    """The data with the auxiliary sets; says what cannot be learned from it.

    Raises BadInput where nothing can; `rows` are what the training examples were made of.
    """
    codebook = codebook_of(config)
    data = replace(data, train=[*data.train, *_auxiliary(config, codebook, held_out)])
    if not data.train:
        wanted, fix = f"a row of {codebook.name} to train on", "label the data for this task"
        found = _why_none(rows, codebook) if rows else "none"
        raise BadInput(wanted, found, fix, path=data.card)
    check_trainable(data.train, codebook)
    known = {name for example in data.train for name in example.labels}
    if unknown := [name for name in config.labels or codebook.labels if name not in known]:
        log.warning("no training row is labelled %s: not learned", ", ".join(unknown))
    if config.split.validation and not data.validation:
        log.warning("no validation row of %s: nothing is chosen or calibrated", codebook.name)
    return data


def _why_none(rows: Sequence[Sentence], codebook: Codebook) -> str:
    """For what reasons the rows give no example that trains, with their numbers."""
    if codebook.spans:
        return f"{len(rows)} sentences without one"
    made = examples_of(rows, codebook)
    by_rule = sum(example.derived for example in made.examples)
    others = {"labelled by a rule": by_rule, "of other labels": len(made.examples) - by_rule}
    told = [f"{count} {reason}" for reason, count in (made.left_out | others).items() if count]
    return f"{len(rows)} sentences without one" + (f" ({', '.join(told)})" if told else "")


def _auxiliary(config: RunConfig, codebook: Codebook, held_out: list[Sentence]) -> list[Example]:
    """The auxiliary sets' training rows, of any label."""
    rows, weights = _read([source for source in config.data if source.auxiliary])
    every = config.model_copy(update={"labels": None})
    rows = _unrepeated(rows, held_out)
    found = _usable(rows, codebook, every, weights, partial=True, alone=True)
    # other sets mark some mentions alone
    return [replace(one, complete=False) for one in found] if codebook.spans else found


def _unrepeated(rows: list[Sentence], held_out: list[Sentence]) -> list[Sentence]:
    leaked = leaked_rows(held_out, rows) if rows and held_out else set()
    return [row for row in rows if row.id not in leaked]


def _read(sources: Iterable[Source]) -> tuple[list[Sentence], dict[str, float]]:
    """All their sentences, and by id how much those count whose source's weight is not 1."""
    weights: dict[str, float] = {}

    def rows() -> Iterator[Sentence]:
        for source in sources:
            for row in _sentences(source):
                if source.weight != 1:
                    weights[row.id] = source.weight
                yield row

    return list(different(rows())), weights


def _sentences(source: Source) -> Iterator[Sentence]:
    """The sentences of one set. Raises BadInput for a set without any."""
    path, empty = Path(source.path), True
    if is_built(path):
        fix = "name what it was built of: a built dataset stands alone, in `wiretag train`"
        raise BadInput("labelled sentences", "a built dataset", fix, path=path)
    for row in read_sentences(path, source.format, mapping=source.mapping):
        empty = False
        yield row
    if empty:
        raise BadInput("labelled sentences", "none", "fill it or leave it out", path=path)


def _usable(
    rows: Sequence[Sentence],
    codebook: Codebook,
    config: RunConfig,
    weights: dict[str, float],
    partial: bool = False,
    alone: bool = False,
) -> list[Example]:
    """The rows' examples of which training makes use, each with its source's weight.

    `partial` rows only train: where the config wants it, they are asked for single events too,
    those of auxiliary sets (`alone`) without being joined: they are no articles.
    """
    found = []
    for row in rows:
        for example in _examples(row, codebook, partial):
            if _is_kept(example, config):
                found.append(replace(example, weight=weights.get(row.id, 1.0)))
    if partial and config.per_event:
        asking = per_event_examples(rows, codebook, weights, joining=not alone)
        found += [one for one in asking if _is_kept(one, config)]
    return found


def _examples(row: Sentence, codebook: Codebook, partial: bool) -> list[Example]:
    if codebook.spans:
        return mention_examples([row])
    return examples_of([row], codebook, partial).examples


def _is_kept(example: Example, config: RunConfig) -> bool:
    """Whether the example is gold, with labels that the config keeps."""
    if example.derived or config.labels is None:
        return not example.derived
    return bool(example.labels) and set(example.labels) <= set(config.labels)


def _built(source: Source, codebook: Codebook, config: RunConfig) -> TrainingData:
    folder = Path(source.path)
    train, validation = (
        [row for row in rows if _is_kept(row, config)] for rows in built_rows(folder, codebook)
    )
    if config.per_event:
        rows = read_sentences(folder / "sentences" / "train.jsonl")
        train += [one for one in per_event_examples(rows, codebook) if _is_kept(one, config)]
    train = [replace(row, weight=source.weight) for row in train]
    return TrainingData(train, validation, card=folder / CARD)


def codebook_of(config: RunConfig) -> Codebook:
    """The config's codebook. Raises BadInput for a label to keep or a family it does not know."""
    codebook = load_codebook(config.task)
    if codebook.spans and config.model.family != "transformer":
        wanted = f"the family transformer for {codebook.name}, whose labels are stretches of text"
        raise BadInput(wanted, repr(config.model.family), "change model.family")
    for name in config.labels or ():
        if name not in codebook.labels:
            raise BadInput(f"labels of {codebook.name}", repr(name), nearest(name, codebook.labels))
    return codebook
