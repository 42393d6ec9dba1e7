"""INCEpTION's UIMA CAS JSON 0.4: a file, or a folder with one annotator's files.

The CAS's Sentence annotations cut the document, whose name is the title in its meta data, or else
the file's. Spans are the annotations of custom layers that have the feature `label`, or the one
that the mapping's column `label` names, and of the named entity layer (`value`); relations are
those of relation layers (governor to dependent) and the links with a role of a span's link
features. A label on a whole sentence is a span like any other: an event label gives its type to
the sentence. Offsets are UTF-16 units unless the mapping states another unit.

A fault of the CAS refuses the file; a label that the mapping lacks or a span over several
sentences refuses its sentences alone; text outside of all sentences is refused by itself. Refusals
name the number of the sentence, since JSON has no lines to go by.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, field_validator

from data.documents import meanings_of
from data.errors import BadInput
from data.mapping import Mapping
from data.reading import Refuse, as_model, parse_json, read_text
from data.records import Sentence
from data.spans import Labelled, Relation, located, unit_of

MAX_CAS = 20_000_000  # bytes
DKPRO = "de.tudarmstadt.ukp.dkpro.core.api"
SENTENCE = f"{DKPRO}.segmentation.type.Sentence"
META_DATA = f"{DKPRO}.metadata.type.DocumentMetaData"
ENTITY = f"{DKPRO}.ner.type.NamedEntity"
BUILT_IN = ("uima.", "de.tudarmstadt.")  # layers of INCEpTION's own, of which ENTITY is read
SOFA = "uima.cas.Sofa"


class Structure(BaseModel):
    """A feature structure; its further features are those of its type."""

    model_config = ConfigDict(frozen=True, extra="allow")
    id: StrictInt = Field(alias="%ID")
    type: str = Field(alias="%TYPE")
    begin: StrictInt | None = None
    end: StrictInt | None = None
    elements: Any = Field(default=None, alias="%ELEMENTS")

    def feature(self, name: str) -> Any:
        return (self.model_extra or {}).get(name)


class View(BaseModel):
    """A view of the document: its text and the annotations in its index."""

    model_config = ConfigDict(frozen=True)
    sofa: StrictInt = Field(alias="%SOFA")
    members: frozenset[StrictInt] = Field(alias="%MEMBERS", fail_fast=True)


class CasFile(BaseModel):
    """The whole file; types say which features a layer has."""

    model_config = ConfigDict(frozen=True)
    types: dict[str, dict[str, Any]] = Field(default_factory=dict, alias="%TYPES")
    structures: tuple[Structure, ...] = Field(alias="%FEATURE_STRUCTURES", fail_fast=True)
    views: dict[str, View] = Field(alias="%VIEWS")

    @field_validator("structures", mode="before")
    @classmethod
    def _listed(cls, content: Any) -> Any:
        """The format's other form: the structures by their ids."""
        if not isinstance(content, dict):
            return content
        return [
            {"%ID": int(name) if name.isdecimal() else name, **value}
            if isinstance(value, dict)
            else value
            for name, value in content.items()
        ]


@dataclass(frozen=True)
class _Cas:
    """One document as it lies in the file."""

    text: str
    structures: dict[int, Structure]
    indexed: tuple[Structure, ...]
    features: dict[str, dict[str, Any]]  # of a layer, by its name


def read(path: Path, refuse: Refuse, mapping: Mapping) -> Iterator[Sentence]:
    """The sentences of a file or of all files below a folder, in the order of their paths."""
    seen: set[str] = set()
    for file in _files(path):
        try:
            cas = _read_cas(file)
            name = _name(cas) or file.stem
            if name in seen:
                fix = "import one annotator's files at a time"
                raise BadInput("each document once", f"{name!r} again", fix)
            sentences = list(_sentences(cas, name, file, mapping))
        except BadInput as error:
            refuse(error.at(file, error.line))
            continue
        seen.add(name)
        for sentence in sentences:
            if isinstance(sentence, BadInput):
                refuse(sentence)
            else:
                yield sentence


def _files(path: Path) -> list[Path]:
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    if not files:
        raise BadInput("CAS files (*.json)", "none", "export as UIMA CAS JSON 0.4", path=path)
    return files


def _read_cas(path: Path) -> _Cas:
    what = "UIMA CAS JSON 0.4"
    file = as_model(
        parse_json(read_text(path, what, MAX_CAS), what), CasFile, what, "check the export"
    )
    structures = {item.id: item for item in file.structures}
    if len(structures) != len(file.structures):
        raise BadInput("each %ID once", "one twice", "export it again")
    if len(file.views) != 1:
        raise BadInput("one view", f"{len(file.views)}", "export one document a file")
    (view,) = file.views.values()
    if not view.members <= structures.keys():
        raise BadInput("all %MEMBERS among the structures", "one missing", "export it again")
    sofa = structures.get(view.sofa)
    text = sofa.feature("sofaString") if sofa and sofa.type == SOFA else None
    if not isinstance(text, str):
        raise BadInput("a text as sofaString", "none", "export it again")
    indexed = tuple(item for item in file.structures if item.id in view.members)
    return _Cas(text, structures, indexed, file.types)


def _name(cas: _Cas) -> str | None:
    titles = (item.feature("documentTitle") for item in cas.indexed if item.type == META_DATA)
    return next((title for title in titles if isinstance(title, str) and title.strip()), None)


def _sentences(cas: _Cas, name: str, path: Path, mapping: Mapping) -> Iterator[Sentence | BadInput]:
    bounds = sorted(_stretch(item, cas, mapping) for item in cas.indexed if item.type == SENTENCE)
    if not bounds:
        raise BadInput("annotations of sentences", "none", "let INCEpTION split the text")
    if any(later[0] < former[1] for former, later in pairwise(bounds)):
        raise BadInput("sentences side by side", "two that overlap", "mend the sentences")
    spans, relations = _annotations(cas, mapping)
    yield from _left_out(cas.text, bounds, path)
    meanings = meanings_of(bounds, spans, relations, mapping)
    for number, ((start, end), meaning) in enumerate(zip(bounds, meanings, strict=True), 1):
        text = cas.text[start:end]
        if text.isspace():
            meaning = BadInput("a sentence", "blanks alone", "remove it")
        if isinstance(meaning, BadInput):
            yield BadInput(meaning.expected, meaning.found, meaning.fix, path=path, line=number)
            continue
        yield Sentence(
            id=f"{name}-{number}",
            doc_id=name,
            text=text,
            mentions=meaning.mentions,
            event_types=meaning.event_types,
            complete=meaning.complete,
            source=mapping.source or "inception",
            where=f"{path}:{number}",
        )


def _left_out(text: str, bounds: list[tuple[int, int]], path: Path) -> Iterator[BadInput]:
    """A refusal for each stretch of text that lies in no sentence."""
    ends = [0, *(end for _, end in bounds)]
    starts = [*(start for start, _ in bounds), len(text)]
    for start, end in zip(ends, starts, strict=True):
        if lost := text[start:end].strip():
            yield BadInput(
                "all text in sentences", repr(lost[:60]), "mend the sentences", path=path
            )


def _annotations(cas: _Cas, mapping: Mapping) -> tuple[list[Labelled], list[Relation]]:
    spans, relations = [], []
    for item in cas.indexed:
        if (label := _label(item, cas, mapping)) is None:
            continue
        ends = item.feature("@Governor"), item.feature("@Dependent")
        if ends != (None, None):
            relations.append(Relation(label, str(ends[0]), str(ends[1])))
        else:
            spans.append(Labelled(str(item.id), *_stretch(item, cas, mapping), label))
            relations += _links(item, cas)
    return spans, relations


def _label(item: Structure, cas: _Cas, mapping: Mapping) -> str | None:
    """The label; None for a layer that has none, "" where the annotator left it out."""
    if item.type.startswith(BUILT_IN) and item.type != ENTITY:
        return None
    name = "value" if item.type == ENTITY else mapping.columns.get("label", "label")
    if (label := item.feature(name)) is None:
        return "" if name in cas.features.get(item.type, {}) else None
    if not isinstance(label, str):
        raise BadInput(f"a text as {name!r} of {item.type}", repr(label)[:60], "see columns.label")
    return label


def _links(item: Structure, cas: _Cas) -> Iterator[Relation]:
    """The filled slots of a span's link features, as relations named by their roles."""
    for name, value in (item.model_extra or {}).items():
        array = cas.structures.get(value) if name.startswith("@") and _is_id(value) else None
        if array is None or not isinstance(array.elements, list):
            continue
        for link in (cas.structures.get(one) for one in array.elements if _is_id(one)):
            target = link.feature("@target") if link else None
            if link and _is_id(target):
                yield Relation(str(link.feature("role") or ""), str(item.id), str(target))


def _is_id(value: Any) -> bool:
    return isinstance(value, int)


def _stretch(item: Structure, cas: _Cas, mapping: Mapping) -> tuple[int, int]:
    if item.begin is None or item.end is None:
        raise BadInput("begin and end", f"none at %ID {item.id}", "export it again")
    return located(cas.text, item.begin, item.end, unit_of(mapping, "utf16"))
