"""brat standoff: pairs of NAME.txt and NAME.ann, a file of a pair or a folder of them.

Each line of the text is a sentence without the blanks at its ends; the document is the file's name.
T lines are spans and their quoted text is checked; E lines tie arguments to their trigger and R
lines join two spans, by the rules of data/spans.py. A discontinuous span is read as the stretch
from its first character to its last. Attributes, modifiers, equivalences, notes and normalisations
are read over. A number at the end of an argument's name (Agent2) does not count.

brat's server counts code points and its browser client UTF-16 units, so a corpus with characters
outside the basic plane may need `offsets: utf16` in the mapping. An annotation file with a fault
(a line of another form, an id twice, an offset or a quoted text that does not fit, an unknown
reference) is refused whole, since its other offsets are then doubtful; a label that the mapping
lacks or a span over several lines refuses its sentences alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from data.documents import meanings_of
from data.errors import BadInput
from data.mapping import Mapping, Unit
from data.reading import Refuse, decode, opened, read_text
from data.records import Sentence
from data.spans import Labelled, Relation, located, unit_of

MAX_DOCUMENT = 5_000_000  # bytes of a text or an annotation file
BOM = "\ufeff"
SENTENCE = re.compile(r"[^\s\ufeff](?:[^\n]*\S)?")
SPAN = re.compile(r"(T\S+)\t(\S+) (\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*)\t(.+)")
EVENT = re.compile(r"(E\S+)\t([^\s:]+):(T\S+)((?: [^\s:]+:[TE]\S+)*)\s*")
RELATION = re.compile(r"R\S+\t(\S+) Arg1:([TE]\S+) Arg2:([TE]\S+)\s*")
READ_OVER = re.compile(r"([AMN]\S+|\*|#\S*)\t.+")


@dataclass
class _Annotations:
    """The lines of one annotation file by kind."""

    spans: dict[str, Labelled] = field(default_factory=dict)
    triggers: dict[str, tuple[str, str]] = field(default_factory=dict)  # of events: type, span
    relations: list[Relation] = field(default_factory=list)

    def add(self, line: str, text: str, unit: Unit) -> None:
        """Takes one line. Raises BadInput, which knows no path."""
        if found := SPAN.fullmatch(line):
            self._name(found[1])
            stretch = _stretch(text, found[3], found[4], unit)
            self.spans[found[1]] = Labelled(found[1], *stretch, found[2])
        elif found := EVENT.fullmatch(line):
            self._name(found[1])
            self.triggers[found[1]] = found[2], found[3]
            for argument in found[4].split():
                role, _, end = argument.partition(":")
                self.relations.append(Relation(role, found[1], end))
        elif found := RELATION.fullmatch(line):
            self.relations.append(Relation(found[1], found[2], found[3]))
        elif not READ_OVER.fullmatch(line):
            raise BadInput(
                "a line T, E, R, A, M, N, * or # of brat's standoff",
                repr(line[:60]),
                "see brat's standoff format",
            )

    def resolved(self, mapping: Mapping) -> list[Relation]:
        """The relations between spans: an event stands for its trigger, a role for its name."""
        for event, (label, trigger) in self.triggers.items():
            if trigger not in self.spans or self.spans[trigger].label != label:
                raise BadInput(
                    f"a span {trigger:.20} labelled {label!r:.80} for {event:.20}", "none"
                )
        return [
            Relation(_role(edge.label, mapping), self._span(edge.head), self._span(edge.dependent))
            for edge in self.relations
        ]

    def _name(self, name: str) -> None:
        if name in self.spans or name in self.triggers:
            raise BadInput("each id once", f"{name:.20} again", "number the lines anew")

    def _span(self, name: str) -> str:
        return self.triggers[name][1] if name in self.triggers else name


def read(path: Path, refuse: Refuse, mapping: Mapping) -> Iterator[Sentence]:
    """The sentences of all pairs in the order of their names; see the module on what is refused."""
    seen: set[str] = set()
    for stem in _stems(path):
        try:
            text_file, annotation_file = _pair(stem)
            if stem.name in seen:
                raise BadInput("each document once", f"{stem.name!r} again", "rename", path=stem)
            seen.add(stem.name)
            text = _text(text_file)
            sentences = list(_document(text, text_file, annotation_file, mapping))
        except BadInput as error:
            refuse(error)
            continue
        for sentence in sentences:
            if isinstance(sentence, BadInput):
                refuse(sentence)
            else:
                yield sentence


def _stems(path: Path) -> list[Path]:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    stems = [file.with_suffix("") for file in files if file.suffix in (".txt", ".ann")]
    if not stems:
        raise BadInput("pairs of .txt and .ann", "none", "name a pair or its folder", path=path)
    return list(dict.fromkeys(stems))


def _pair(stem: Path) -> tuple[Path, Path]:
    text, annotations = (stem.with_name(stem.name + ending) for ending in (".txt", ".ann"))
    for file, other in ((text, annotations), (annotations, text)):
        if not file.exists():
            raise BadInput(f"{file.name} beside it", "nothing", "add or remove one", path=other)
    return text, annotations


def _text(path: Path) -> str:
    """The document as brat counts it: a byte order mark counts, and both signs of a CR LF."""
    with opened(path) as file:
        raw = file.read(MAX_DOCUMENT + 1)
    if len(raw) > MAX_DOCUMENT:
        raise BadInput(f"a document of at most {MAX_DOCUMENT} bytes", "a larger one", path=path)
    return BOM * raw.startswith(BOM.encode()) + decode(raw, path)


def _document(
    text: str, text_file: Path, annotation_file: Path, mapping: Mapping
) -> Iterator[Sentence | BadInput]:
    annotations = _Annotations()
    unit = unit_of(mapping, "code_points")
    lines = read_text(annotation_file, "annotations", MAX_DOCUMENT).split("\n")
    for number, line in enumerate(lines, start=1):
        try:
            if line.strip():
                annotations.add(line.removesuffix("\r"), text, unit)
        except BadInput as error:
            raise error.at(annotation_file, number) from None
    bounds = [found.span() for found in SENTENCE.finditer(text)]
    if not bounds:
        raise BadInput("a document with text", "blanks alone", "remove it", path=text_file)
    try:
        edges = annotations.resolved(mapping)
        meanings = list(meanings_of(bounds, list(annotations.spans.values()), edges, mapping))
    except BadInput as error:
        raise error.at(annotation_file) from None
    line_number, reached = 1, 0
    for (start, end), meaning in zip(bounds, meanings, strict=True):
        line_number += text.count("\n", reached, start)
        reached = start
        if isinstance(meaning, BadInput):
            yield meaning.at(text_file, line_number)
            continue
        yield Sentence(
            id=f"{text_file.stem}-{line_number}",
            doc_id=text_file.stem,
            text=text[start:end],
            mentions=meaning.mentions,
            event_types=meaning.event_types,
            complete=meaning.complete,
            source=mapping.source or "brat",
            where=f"{text_file}:{line_number}",
        )


def _stretch(text: str, offsets: str, quoted: str, unit: Unit) -> tuple[int, int]:
    """The hull of the fragments in code points; brat quotes them with a blank between two."""
    fragments = [fragment.split() for fragment in offsets.split(";")]
    if len(fragments) == 1:
        return located(text, int(fragments[0][0]), int(fragments[0][1]), unit, quoted)
    parts = sorted(located(text, int(start), int(end), unit) for start, end in fragments)
    if " ".join(text[start:end] for start, end in parts) != quoted:
        raise BadInput(
            f"the quoted text {quoted!r:.80} at {offsets:.40}", "another", "check the offsets"
        )
    return parts[0][0], parts[-1][1]


def _role(name: str, mapping: Mapping) -> str:
    return name if name in mapping.spans else re.sub(r"\d+$", "", name)
