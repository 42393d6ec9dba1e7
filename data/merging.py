"""Many annotators to one labelling: majority a label; what has none waits for an adjudicator."""

import json
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from data.agreement import KINDS, Labelled, Marked, aligned, by_sentence, has_type, overlapping
from data.codebook import load_codebook
from data.errors import BadInput, nearest
from data.importers import jsonl
from data.pages import write_whole
from data.reading import read_lines
from data.records import Mention, MentionKind, Role, Sentence

Value = TypeVar("Value", bound=Hashable)


@dataclass(frozen=True)
class Vote:
    """What has a majority, how it came about, and in words what has none."""

    sentence: Sentence
    how: str  # "unanimous", "majority", or "single" where one annotator alone saw it
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A line of the adjudication file; `decided` may name the annotator who is right."""

    sentence: Sentence
    decided: bool | str
    answers: object
    line: str


def merge(paths: Sequence[Path], out: Path, adjudication: Path | None = None) -> dict[str, Any]:
    """Writes what has a majority, or a decision, to `out`; the rest waits in `adjudication`.

    That file (by default beside `out`) is read first, if there: its decided lines are followed, and
    stay in it byte for byte. Raises BadInput for a line that belongs to no sentence.
    """
    ledger = adjudication or out.with_name(f"{out.stem}-adjudication.jsonl")
    _check_places(paths, out, ledger)
    labelled = by_sentence(paths)
    entries = _read_entries(ledger, labelled) if ledger.exists() else {}
    merged, waiting, counts = [], dict[str, str](), Counter[str]()
    for answers in labelled:
        found = vote(answers)
        entry = entries.get(found.sentence.id)
        if entry and entry.decided:
            chosen = answers[entry.decided] if isinstance(entry.decided, str) else entry.sentence
            merged.append(_labelled_as(found.sentence, chosen))
            counts["adjudicated"] += 1
        elif found.undecided:
            waiting[found.sentence.id] = _line(found, answers, entry)
        else:
            merged.append(found.sentence)
            counts[found.how] += 1
    kept = [entry.line for entry in entries.values() if entry.decided]
    if entries or waiting:
        write_whole(ledger, "".join(f"{line}\n" for line in [*kept, *waiting.values()]))
    return {
        "annotators": dict(Counter(name for answers in labelled for name in answers)),
        "sentences": len(labelled),
        "merged": jsonl.write(merged, out),
        **{how: counts[how] for how in ("unanimous", "majority", "single", "adjudicated")},
        "waiting": len(waiting),
        "out": str(out),
        "adjudication": str(ledger),
    }


def _check_places(paths: Sequence[Path], out: Path, ledger: Path) -> None:
    written = {out.resolve(), ledger.resolve()}
    if len(written) < 2:
        raise BadInput("two files to write", "one for both", "name another", path=out)
    for path in paths:
        if path.resolve() in written:
            raise BadInput("another file to write", "an annotator's", "name another", path=path)


def vote(answers: Labelled) -> Vote:
    """The majority of those who saw the sentence; what all give alike stays as it is."""
    sentences = list(answers.values())
    frame = _frame(sentences)
    if len({_labels(sentence) for sentence in sentences}) == 1:
        same = min(sentences, key=lambda one: (one.event_types, repr(one.mentions)))
        return Vote(_labelled_as(frame, same), "unanimous" if len(sentences) > 1 else "single")
    types, undecided = _types(answers)
    mentions: list[Mention] = []
    for kind in KINDS:
        for marked in aligned(answers, kind, overlapping):
            mention, why = _mention(marked, kind, answers)
            mentions += [mention] if mention else []
            undecided += [why] if why else []
    undecided += [
        f"{_shown((role,))}: no majority for {role.event}"
        for mention in mentions
        for role in mention.roles
        if role.event and role.event not in types
    ]
    mentions.sort(key=lambda mention: (mention.start, mention.end, mention.kind))
    complete = any(sentence.complete for sentence in sentences)
    frame = replace(frame, event_types=types, mentions=tuple(mentions), complete=complete)
    return Vote(frame, "majority", tuple(undecided))


def majority(votes: Collection[Value]) -> Value | None:
    """The value that more than half of the votes give."""
    value, count = Counter(votes).most_common(1)[0]
    return value if 2 * count > len(votes) else None


def _types(answers: Labelled) -> tuple[tuple[str, ...], list[str]]:
    """Each event type by itself; who left the types incomplete has no say on an absent one."""
    kept, undecided = [], []
    order = load_codebook("event_type").labels
    names = {name for sentence in answers.values() for name in sentence.event_types}
    for name in sorted(names, key=lambda name: (order.index(name) if name in order else 99, name)):
        said = {who: has_type(sentence, name) for who, sentence in answers.items()}
        votes = {who: answer for who, answer in said.items() if answer is not None}
        decision = majority(votes.values())
        if decision is None:
            undecided.append(f"event type {name}: {_yes_or_no(votes)}")
        elif decision:
            kept.append(name)
    return tuple(kept), undecided


def _mention(
    marked: Marked, kind: MentionKind, answers: Labelled
) -> tuple[Mention | None, str | None]:
    """One mention, or why it is undecided.

    All who saw the sentence vote whether it is one, and an overlapping span counts as a yes; those
    who marked it vote where it starts and ends, and what its roles are.
    """
    if 2 * len(marked) < len(answers):
        return None, None
    first = min(marked.values(), key=lambda mention: (mention.start, mention.end))
    text = next(iter(answers.values())).text[first.start : first.end]
    about = f"{kind} {first.start}:{first.end} {text!r}"
    if 2 * len(marked) == len(answers):
        return None, f"{about}: {_yes_or_no({name: name in marked for name in answers})}"
    edges = majority([(mention.start, mention.end) for mention in marked.values()])
    roles = _roles([mention.roles for mention in marked.values()], kind)
    if edges is None:
        ends = {name: f"{mention.start}:{mention.end}" for name, mention in marked.items()}
        return None, f"{about}, start and end: {_said(ends)}"
    if roles is None:
        return None, f"{about}: {_said({name: _shown(m.roles) for name, m in marked.items()})}"
    derived = all(mention.derived for mention in marked.values())
    return Mention(*edges, kind, roles, derived), None


def _roles(votes: list[tuple[Role, ...]], kind: MentionKind) -> tuple[Role, ...] | None:
    """An actor's roles each by itself, with its events; a place's direction as a whole."""
    names = [None] if kind == "place" else sorted({role.name for roles in votes for role in roles})
    found: list[Role] = []
    for name in names:
        own = [frozenset(role for role in roles if name in (None, role.name)) for roles in votes]
        decision = majority(own)
        if decision is None:
            return None
        found += decision
    return tuple(sorted(found, key=lambda role: (role.name, role.event or "")))


def _shown(roles: Iterable[Role]) -> str:
    names = (f"{role.name} of {role.event}" if role.event else role.name for role in roles)
    return ", ".join(sorted(names)) or "no role"


def _yes_or_no(answers: Mapping[str, bool]) -> str:
    return _said({name: "yes" if answer else "no" for name, answer in answers.items()})


def _said(answers: Mapping[str, str]) -> str:
    """Each answer with those who gave it, as in "no (cleo); yes (ann, ben)"."""
    by_answer: dict[str, list[str]] = {}
    for name, answer in sorted(answers.items()):
        by_answer.setdefault(answer, []).append(name)
    return "; ".join(f"{answer} ({', '.join(by_answer[answer])})" for answer in sorted(by_answer))


def _labels(sentence: Sentence) -> Hashable:
    marks = {(m.start, m.end, m.kind, frozenset(m.roles), m.derived) for m in sentence.mentions}
    return frozenset(sentence.event_types), frozenset(marks), sentence.complete


def _labelled_as(frame: Sentence, other: Sentence) -> Sentence:
    return replace(
        frame,
        event_types=other.event_types,
        mentions=other.mentions,
        complete=other.complete,
    )


def _frame(sentences: Sequence[Sentence]) -> Sentence:
    """Text and ids; of tags, source, region, style and date the value that most give."""
    most: dict[str, Any] = {}
    for name in ("tags", "source", "region", "style", "date"):
        given = Counter(value for one in sentences if (value := getattr(one, name)))
        if given:
            most[name] = min(given, key=lambda value: (-given[value], value))
    return replace(sentences[0], **most)


def _line(found: Vote, answers: Labelled, entry: Entry | None) -> str:
    """What waits, with all answers; a line that is there already stays while these are the same."""
    rows = {name: jsonl.to_row(sentence) for name, sentence in sorted(answers.items())}
    keys = ("event_types", "event_types_complete", "spans")
    given = {name: {key: row[key] for key in keys} for name, row in rows.items()}
    if entry and entry.answers == given:
        return entry.line
    asked = {"decided": False, "undecided": list(found.undecided), "answers": given}
    return json.dumps(jsonl.to_row(found.sentence) | asked, ensure_ascii=False)


def _read_entries(path: Path, labelled: Sequence[Labelled]) -> dict[str, Entry]:
    """The adjudication file's lines by sentence, each checked against the annotators' sentences."""
    known = {one.id: answers for answers in labelled for one in answers.values()}
    types = {*load_codebook("event_type").labels}
    types |= {name for answers in labelled for one in answers.values() for name in one.event_types}
    sentences = list(jsonl.read(path, _stop))
    lines = [(number, line) for number, line in read_lines(path) if line.strip()]
    entries = {}
    for sentence, (number, line) in zip(sentences, lines, strict=True):
        try:
            entry = _entry(sentence, line)
            _check_entry(entry, known.get(sentence.id), types)
        except BadInput as error:
            raise error.at(path, number) from None
        entries[sentence.id] = entry
    return entries


def _stop(error: BadInput) -> None:
    raise error


def _entry(sentence: Sentence, line: str) -> Entry:
    content = json.loads(line)
    decided = content.get("decided")
    if not isinstance(decided, bool | str):
        fix = "set decided to true once event_types and spans are right"
        raise BadInput("decided: true, false or an annotator's name", repr(decided)[:60], fix)
    return Entry(sentence, decided, content.get("answers"), line)


def _check_entry(entry: Entry, answers: Labelled | None, types: Collection[str]) -> None:
    if answers is None:
        fix = "name all annotators' files, or remove the line"
        raise BadInput("a sentence that an annotator labelled", repr(entry.sentence.id), fix)
    first = next(iter(answers.values()))
    if (entry.sentence.text, entry.sentence.doc_id) != (first.text, first.doc_id):
        raise BadInput("text and doc_id as the annotators have them", "others", "restore them")
    if isinstance(entry.decided, str) and entry.decided not in answers:
        fix = nearest(entry.decided, answers)
        raise BadInput("an annotator of the sentence", repr(entry.decided), fix)
    for name in entry.sentence.event_types:
        if name not in types:
            raise BadInput("a known event type", repr(name), nearest(name, types))
