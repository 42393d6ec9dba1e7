"""Agreement of two annotators: Cohen's kappa a label, F1 of spans, the rows they differ on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.metrics import cohen_kappa_score

from data.codebook import load_codebook
from data.errors import BadInput
from data.importers import read_sentences
from data.records import ACTOR_ROLES, PLACE_ROLES, Mention, MentionKind, Sentence

Pair = tuple[Sentence, Sentence]
MentionPair = tuple[Mention, Mention]
Match = Callable[[Mention, Mention], bool]


@dataclass(frozen=True)
class Agreement:
    """kappa is None with a reason where it is undefined (neither or only one answer was given)."""

    kappa: float | None
    agreed: float | None  # share of the decisions that are equal
    decisions: int
    positive: int  # decisions that either annotator marked
    reason: str | None = None


def agreement(first: Path, second: Path) -> dict[str, Any]:
    """All figures; raises BadInput unless both label the same sentences (ids and texts)."""
    pairs = paired(list(read_sentences(first)), list(read_sentences(second)))
    return {
        "sentences": len(pairs),
        "articles": len({one.doc_id for one, _ in pairs}),
        "event_type": _events(pairs),
        "spans": {kind: _spans(pairs, kind) for kind in ("actor", "place")},
        "actor_role": {name: _roles(pairs, match) for name, match in MATCHES.items()},
        "geo_direction": {name: _directions(pairs, match) for name, match in MATCHES.items()},
        "differences": list(differences(pairs)),
    }


def paired(first: Sequence[Sentence], second: Sequence[Sentence]) -> list[Pair]:
    """The sentences that both annotated, by id; the second may cover a part of the first."""
    known = {sentence.id: sentence for sentence in first}
    if not second:
        raise BadInput("sentences of a second annotator", "none", "check the path")
    for other in second:
        if other.id not in known:
            raise BadInput("ids of the first annotator", repr(other.id), path=other.where or None)
        if known[other.id].text != other.text:
            raise BadInput(
                f"the text of {other.id!r} unchanged",
                repr(other.text[:60]),
                path=other.where or None,
            )
    return [(known[other.id], other) for other in second]


def exact(one: Mention, other: Mention) -> bool:
    """The same start and end."""
    return (one.start, one.end) == (other.start, other.end)


def overlapping(one: Mention, other: Mention) -> bool:
    """A character in common."""
    return one.start < other.end and other.start < one.end


MATCHES: dict[str, Match] = {"exact": exact, "overlapping": overlapping}


def _events(pairs: Sequence[Pair]) -> dict[str, Any]:
    codebook = load_codebook("event_type")
    names = (*codebook.labels, str(codebook.none))
    found = {}
    for name in names:
        answers = [
            (name in (one.event_types or names[-1:]), name in (other.event_types or names[-1:]))
            for one, other in pairs
        ]
        found[name] = vars(_kappa(answers))
    pooled = [
        (name in one.event_types, name in other.event_types)
        for name in codebook.labels
        for one, other in pairs
    ]
    same = sum(set(one.event_types) == set(other.event_types) for one, other in pairs)
    return {"labels": found, "all": vars(_kappa(pooled)), "same_set": same / len(pairs)}


def _spans(pairs: Sequence[Pair], kind: MentionKind) -> dict[str, Any]:
    first = sum(len(_of(one, kind)) for one, _ in pairs)
    second = sum(len(_of(other, kind)) for _, other in pairs)
    found: dict[str, Any] = {"first": first, "second": second}
    for name, match in MATCHES.items():
        both = len(list(_matched(pairs, kind, match)))
        found[name] = {
            "matched": both,
            "f1": 2 * both / (first + second) if first + second else None,
        }
    return found


def _roles(pairs: Sequence[Pair], match: Match) -> dict[str, Any]:
    mentions = list(_matched(pairs, "actor", match))
    answers = {
        name: [(name in one.role_names, name in other.role_names) for one, other in mentions]
        for name in ACTOR_ROLES
    }
    pooled = [answer for rows in answers.values() for answer in rows]
    return {
        "labels": {name: vars(_kappa(rows)) for name, rows in answers.items()},
        "all": vars(_kappa(pooled)),
    }


def _directions(pairs: Sequence[Pair], match: Match) -> dict[str, Any]:
    mentions = list(_matched(pairs, "place", match))
    chosen = [(one.role_names[0], other.role_names[0]) for one, other in mentions]
    labels = {
        name: vars(_kappa([(one == name, other == name) for one, other in chosen]))
        for name in PLACE_ROLES
    }
    return {"labels": labels, "all": vars(_kappa(chosen))}


def _kappa(answers: Sequence[tuple[Any, Any]]) -> Agreement:
    """Cohen's kappa (1960) of two annotators' answers, one pair a decision."""
    if not answers:
        return Agreement(None, None, 0, 0, "nothing to compare")
    first, second = zip(*answers, strict=True)
    agreed = sum(one == other for one, other in answers) / len(answers)
    positive = sum(bool(one) or bool(other) for one, other in answers)
    if len({*first, *second}) < 2:
        return Agreement(None, agreed, len(answers), positive, "only one answer was ever given")
    kappa = float(cohen_kappa_score(first, second))
    return Agreement(kappa, agreed, len(answers), positive)


def _of(sentence: Sentence, kind: MentionKind) -> list[Mention]:
    return [mention for mention in sentence.mentions if mention.kind == kind]


def _matched(pairs: Sequence[Pair], kind: MentionKind, match: Match) -> Iterator[MentionPair]:
    """Pairs of matching mentions, each mention in one pair at the most, from left to right."""
    for one, other in pairs:
        free = _of(other, kind)
        for mention in _of(one, kind):
            if found := next((candidate for candidate in free if match(mention, candidate)), None):
                free.remove(found)
                yield mention, found


def differences(pairs: Sequence[Pair]) -> Iterator[dict[str, Any]]:
    """A row for each sentence whose types, spans or roles differ."""
    for one, other in pairs:
        row: dict[str, Any] = {}
        if set(one.event_types) != set(other.event_types):
            row["event_types"] = [list(one.event_types), list(other.event_types)]
        mine, theirs = _marks(one), _marks(other)
        marks = [[text, mine.get(text), theirs.get(text)] for text in sorted(mine | theirs)]
        if unlike := [mark for mark in marks if mark[1] != mark[2]]:
            row["mentions"] = unlike
        if row:
            yield {"id": one.id, "text": one.text} | row


def _marks(sentence: Sentence) -> dict[str, str]:
    return {
        f"{mention.start}:{mention.end} {sentence.text[mention.start : mention.end]}": ", ".join(
            sorted(mention.role_names)
        )
        or "bystander"
        for mention in sentence.mentions
    }
