"""Tasks for Label Studio: labelled sentences to correct, or pages and sentences that models tagged.

A corrected export comes back with `wiretag data import label-studio` and trains the next model.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

from data.articles import read_page
from data.codebook import Codebook, load_codebook
from data.errors import BadInput
from data.importers import read_sentences
from data.importers.inline import HEAD_KEYS
from data.label_studio import (
    BYSTANDER,
    COVERAGE,
    DERIVED,
    EVENT_TYPES,
    POSITIVES_ONLY,
    ROLE_EVENT,
    SPANS,
    TEXT,
    Guess,
    Offsets,
    Prediction,
    Task,
    write,
)
from data.mapping import NO_EVENT
from data.pages import write_whole
from data.reading import existing, read_text
from data.records import Mention, MentionKind, Role, Sentence
from data.sentences import split_sentences
from tagging.artifact import find_artifacts, load_artifact
from tagging.pipeline import BATCH, Found, Tagger
from tagging.tagged import TaggedMention, TaggedSentence

PAGES = (".txt", ".html", ".htm")
MAX_PAGE = 10_000_000  # bytes
HEAD_LINE = re.compile(rf"(?:{'|'.join(HEAD_KEYS)}):")
COLOURS = ("#1f6fb2", "#c8621e", "#7c54aa", "#787e86", "#2e8b57", "#b4452f", "#b58900", "#2aa198")


def write_tasks(
    input: Path,
    out: Path,
    artifacts: Path | None = None,
    codebook: str = "event_type",
    offsets: Offsets = "code_points",
) -> dict[str, Any]:
    """`wiretag data export label-studio`: the tasks, and beside them the labeling config (.xml).

    `input`: labelled sentences (a file or folder that `read_sentences` knows), or pages (text or
    HTML), which are cut into sentences. Their labels become annotations; with `artifacts` what
    these predict becomes predictions. `codebook` names the event types, unless an artifact does.
    """
    existing(input, "labelled sentences or pages")
    if (config := out.with_suffix(".xml")) == out:
        raise BadInput("a JSON file to write", str(out), "the labeling config gets that name")
    book, counts = load_codebook(codebook), Counter[str]()
    tasks = _labelled(input) if _is_labelled(input) else _pages(input)
    if artifacts is not None:
        folders = find_artifacts(existing(artifacts, "an artifact folder"))
        loaded = [load_artifact(folder) for folder in folders]
        books = [one.codebook for one in loaded if not one.codebook.spans]
        book = next((one for one in books if one.example == "sentence"), book)
        tasks = _predicted(tasks, Tagger(loaded), "+".join(one.card.name for one in loaded))
    count = write(_counted(tasks, counts), out, book, offsets)
    write_whole(config, labeling_config(book))
    return {
        "tasks": count,
        "annotated": counts["annotated"],
        "predicted": counts["predicted"],
        "out": str(out),
        "config": str(config),
    }


def labeling_config(codebook: Codebook) -> str:
    """The XML for a project's settings: event types, roles and directions, hints from codebooks."""
    types = _hints(codebook)
    view = xml.Element("View")
    xml.SubElement(view, "Style").text = f".htx-{TEXT} {{ white-space: pre-wrap; }}"
    _header(view, "What happens?")
    _choices(view, EVENT_TYPES, types | {NO_EVENT: "no event"}, required="true")
    _choices(view, COVERAGE, {POSITIVES_ONLY: "Types that are not chosen were not looked for."})
    _header(view, "Who does it, to whom, who says so?")
    roles = _hints(load_codebook("actor_role"))
    _labels(view, SPANS["actor"], roles | {BYSTANDER: "An actor that takes no part."}, COLOURS)
    _header(view, "Where?")
    _labels(view, SPANS["place"], _hints(load_codebook("geo_direction")), COLOURS[::-1])
    xml.SubElement(view, "Text", name=TEXT, value=f"${TEXT}", saveTextResult="yes")
    chosen = xml.SubElement(view, "View", visibleWhen="region-selected")
    _header(chosen, "Several events: its part in which?")
    _choices(chosen, ROLE_EVENT, types, perRegion="true")
    rule = {DERIVED: "Found by rule and not yet read by anybody: untick it once you have."}
    _choices(chosen, DERIVED, rule, perRegion="true")
    xml.indent(view)
    return xml.tostring(view, encoding="unicode") + "\n"


def _hints(codebook: Codebook) -> dict[str, str]:
    return {entry.name: entry.definition for entry in codebook.label_entries}


def _header(view: xml.Element, title: str) -> None:
    xml.SubElement(view, "Header", value=title, size="4")


def _choices(view: xml.Element, name: str, hints: dict[str, str], **attributes: str) -> None:
    shown = {"choice": "multiple", "showInline": "true"} | attributes
    tag = xml.SubElement(view, "Choices", {"name": name, "toName": TEXT} | shown)
    for value, hint in hints.items():
        xml.SubElement(tag, "Choice", value=value, hint=hint)


def _labels(view: xml.Element, name: str, hints: dict[str, str], colours: Iterable[str]) -> None:
    tag = xml.SubElement(view, "Labels", name=name, toName=TEXT)
    for (value, hint), colour in zip(hints.items(), colours, strict=False):
        xml.SubElement(tag, "Label", value=value, hint=hint, background=colour)


def _is_labelled(path: Path) -> bool:
    """Whether sentences come with labels; an article of the inline format opens with its head."""
    if path.is_dir():
        first = next(iter(sorted(path.rglob("*.txt"))), None)
        return first is not None and _is_labelled(first)
    if path.suffix not in PAGES:
        return True
    return path.suffix == ".txt" and bool(HEAD_LINE.match(_text(path).lstrip()))


def _labelled(path: Path) -> Iterator[Task]:
    return (Task(sentence) for sentence in read_sentences(path))


def _pages(path: Path) -> Iterator[Task]:
    """The sentences of a page, or of all below a folder; a page is named by its path."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    pages = [file for file in files if file.suffix in PAGES]
    if not pages:
        raise BadInput(f"pages ({', '.join(PAGES)})", "none", "check the folder", path=path)
    seen = set[str]()
    for page in pages:
        name = (page.relative_to(path) if path.is_dir() else Path(page.name)).with_suffix("")
        if (page_id := name.as_posix()) in seen:
            raise BadInput("pages of different names", f"{page_id!r} twice", "rename", path=page)
        seen.add(page_id)
        yield from _page(page, page_id)


def _page(path: Path, page_id: str) -> Iterator[Task]:
    try:
        page = read_page(_text(path))
    except BadInput as error:
        raise error.at(path) from None
    texts = (
        sentence.of(page.text)
        for paragraph in page.body
        for sentence in split_sentences(paragraph.of(page.text), paragraph.start)
    )
    for number, text in enumerate(texts, start=1):
        where = f"{path}:{number}"
        yield Task(Sentence(f"{page_id}-{number}", page_id, text, where=where), labelled=False)


def _text(path: Path) -> str:
    return read_text(path, "a page", MAX_PAGE)


def _predicted(tasks: Iterator[Task], tagger: Tagger, model: str) -> Iterator[Task]:
    """The tasks with what the artifacts say; mentions that the sentence lacks are proposed.

    Its labels stay an annotation where it has any: here an empty list of types is no label.
    """
    while batch := list(islice(tasks, BATCH)):
        for task, tagged in zip(batch, tagger.tag_found(_asked(batch, tagger)), strict=True):
            mentions = task.sentence.mentions
            labelled = bool(task.sentence.event_types or any(one.roles for one in mentions))
            yield replace(task, labelled=labelled, prediction=_prediction(tagged, model))


def _asked(tasks: Sequence[Task], tagger: Tagger) -> list[Found]:
    rows = [task.sentence for task in tasks]
    found = tagger.find_mentions([row.text for row in rows])
    return [
        Found(row.doc_id, 1, 0, row.text, row.mentions or own)
        for row, own in zip(rows, found, strict=True)
    ]


def _prediction(tagged: TaggedSentence, model: str) -> Prediction:
    types = tagged.event_types
    guesses = [*_guesses(tagged.actors, "actor"), *_guesses(tagged.places, "place")]
    return Prediction(
        model=model,
        event_types=None if types is None else {one.label: one.probability for one in types},
        guesses=tuple(sorted(guesses, key=lambda guess: (guess.mention.start, guess.mention.end))),
    )


def _guesses(mentions: Iterable[TaggedMention], kind: MentionKind) -> Iterator[Guess]:
    """The mentions that an artifact was asked about; a bystander has none of the roles."""
    for one in mentions:
        if one.labels is not None:
            roles = tuple(Role(scored.label) for scored in one.labels)
            none = {BYSTANDER: 1 - max(one.probabilities.values())}
            mention = Mention(one.start, one.end, kind, roles)
            yield Guess(mention, one.probabilities | none)


def _counted(tasks: Iterable[Task], counts: Counter[str]) -> Iterator[Task]:
    for task in tasks:
        counts["annotated"] += task.labelled
        counts["predicted"] += task.prediction is not None
        yield task
