"""The behaviour tests as cases: from the YAML of evaluation/behaviour/ to what a model is asked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from data.codebook import Codebook, load_codebook
from data.dataset import TASKS
from data.errors import BadInput, nearest
from data.examples import examples_of
from data.records import Example, Sentence
from data.strict_yaml import parse_model, read_yaml, validate
from evaluation.behaviour.direction_bench import FOLDER, load_pairs
from evaluation.behaviour.perturbations import Insertion, RewriteName, inserted, rewritten
from evaluation.behaviour.report import Kind
from evaluation.behaviour.seed_sentences import NameTable, filled, read_seed

NAMES = "names.yaml"
PAIRS = "_pairs.yaml"  # DirectionBench's files
Seeds = Annotated[dict[str, str], Field(min_length=1)]


class CapabilityFile(BaseModel):
    """What every file says: its capability, and what must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    capability: str
    about: str


class Minimum(CapabilityFile):
    """Sentences whose labels any model must find."""

    kind: Literal["minimum"]
    seeds: Seeds


class Directional(CapabilityFile):
    """Pairs of sentences with the labels of both; `members` names the first and the second."""

    kind: Literal["directional"]
    members: tuple[str, str]
    seeds: Annotated[dict[str, tuple[str, str]], Field(min_length=1)]


class Substituted(CapabilityFile):
    """Sentences with slots for the names of names.yaml, which must change no label."""

    kind: Literal["substituted"]
    seeds: Seeds


class Perturbed(CapabilityFile):
    """Changes of another file's sentences that must change no label."""

    kind: Literal["perturbed"]
    seeds_of: str
    rewrites: tuple[RewriteName, ...] = ()
    insertions: tuple[Insertion, ...] = ()


FILES: dict[str, type[CapabilityFile]] = {
    "minimum": Minimum,
    "directional": Directional,
    "substituted": Substituted,
    "perturbed": Perturbed,
}


@dataclass(frozen=True)
class Part:
    """Examples of one kind within a case; `name` is what the kind is counted under."""

    name: str
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Case:
    """What passes or fails as a whole. Cases of one seed are not independent of each other.

    An invariance case has one changed example, the number of its mention in the seed (`slot`), and
    in `original` the example that it was made of; a substituted one has no original.
    """

    id: str
    seed: str
    parts: tuple[Part, ...]
    slot: int = 0
    original: Example | None = None

    @property
    def examples(self) -> tuple[Example, ...]:
        """All that the model is asked for this case."""
        first = () if self.original is None else (self.original,)
        return (*first, *chain.from_iterable(part.examples for part in self.parts))


@dataclass(frozen=True)
class Capability:
    """One capability's cases for one task; the parts of a substituted one are named by region."""

    name: str
    kind: Kind
    about: str
    cases: tuple[Case, ...]
    substituted: bool = False


def load_capabilities(task: str) -> list[Capability]:
    """The behaviour tests of a task, DirectionBench last. Raises BadInput for a wrong file."""
    if task not in TASKS:
        raise BadInput("a task that has behaviour tests", repr(task), nearest(task, TASKS))
    codebook = load_codebook(task)
    paths = [path for path in sorted(FOLDER.glob("*.yaml")) if path.name != NAMES]
    found = [_capability(path, codebook) for path in paths if not path.name.endswith(PAIRS)]
    if (FOLDER / f"{task}{PAIRS}").exists():
        found.append(_direction_bench(task))
    return [capability for capability in found if capability.cases]


@lru_cache
def _read(path: Path) -> CapabilityFile:
    content = read_yaml(path)
    kind = content.get("kind")
    if kind not in FILES:
        raise BadInput("a kind of behaviour file", repr(kind), nearest(str(kind), FILES), path=path)
    return validate(content, FILES[kind], path)


@lru_cache
def _names(path: Path) -> NameTable:
    return parse_model(path, NameTable)


def _capability(path: Path, codebook: Codebook) -> Capability:
    file = _read(path)
    kind: Kind = "invariance"
    try:
        if isinstance(file, Minimum):
            kind, cases = "minimum", _stated(file, codebook)
        elif isinstance(file, Directional):
            kind, cases = "directional", _paired(file, codebook)
        elif isinstance(file, Substituted):
            cases = _filled(file, codebook)
        elif isinstance(file, Perturbed):
            cases = _changed(file, codebook)
        made = tuple(cases)
    except BadInput as error:
        raise error.at(path) from None
    return Capability(file.capability, kind, file.about, made, isinstance(file, Substituted))


def _examples(sentence: Sentence, codebook: Codebook) -> tuple[Example, ...]:
    return tuple(examples_of([sentence], codebook).examples)


def _stated(file: Minimum, codebook: Codebook) -> Iterator[Case]:
    for seed, line in file.seeds.items():
        for example in _examples(read_seed(line, seed), codebook):
            name = ", ".join(example.labels) or str(codebook.none)
            yield Case(example.id, seed, (Part(name, (example,)),))


def _paired(file: Directional, codebook: Codebook) -> Iterator[Case]:
    """A pair a case, if both members have something to label."""
    for seed, lines in file.seeds.items():
        parts = [
            Part(member, _examples(read_seed(line, f"{seed}/{member}"), codebook))
            for member, line in zip(file.members, lines, strict=True)
        ]
        if all(part.examples for part in parts):
            yield Case(seed, seed, tuple(parts))


def _filled(file: Substituted, codebook: Codebook) -> Iterator[Case]:
    """Each seed with each set of names, its neighbour the next set of the region."""
    for region, sets in _names(FOLDER / NAMES).regions.items():
        for names, others in zip(sets, sets[1:] + sets[:1], strict=True):
            for seed, line in file.seeds.items():
                sentence = read_seed(filled(line, seed, names, others), f"{seed}/{names.country}")
                for slot, example in enumerate(_examples(sentence, codebook)):
                    yield Case(example.id, seed, (Part(region, (example,)),), slot)


def _changed(file: Perturbed, codebook: Codebook) -> Iterator[Case]:
    base = _read(FOLDER / f"{file.seeds_of}.yaml")
    if not isinstance(base, Minimum):
        raise BadInput("seeds_of a file of kind minimum", repr(file.seeds_of), "name another file")
    for seed, line in base.seeds.items():
        sentence = read_seed(line, seed)
        originals = _examples(sentence, codebook)
        for name, changed in _variants(sentence, file):
            if changed.text != sentence.text:
                named = replace(changed, id=f"{seed}/{file.capability}/{name}")
                examples = _examples(named, codebook)
                for slot, pair in enumerate(zip(examples, originals, strict=True)):
                    yield Case(pair[0].id, seed, (Part(name, pair[:1]),), slot, pair[1])


def _variants(sentence: Sentence, file: Perturbed) -> Iterator[tuple[str, Sentence]]:
    for rewrite in file.rewrites:
        yield rewrite, rewritten(sentence, rewrite)
    for insertion in file.insertions:
        yield insertion.name, inserted(sentence, insertion)


def _direction_bench(task: str) -> Capability:
    cases = tuple(
        Case(pair.id, pair.id, (Part(pair.change, pair.examples),)) for pair in load_pairs(task)
    )
    about = "Of two sentences that differ in one thing, both get their labels."
    return Capability("direction_bench", "directional", about, cases)
