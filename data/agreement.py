"""Agreement of two or more annotators: kappa and alpha a label, F1 of spans, where they differ."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from data.alpha import agreement_of
from data.codebook import load_codebook
from data.errors import BadInput
from data.importers import read_sentences
from data.records import ACTOR_ROLES, PLACE_ROLES, Mention, MentionKind, Sentence

Labelled = Mapping[str, Sentence]  # one sentence as each annotator who saw it labelled it, by name
Marked = Mapping[str, Mention]  # one mention likewise
Match = Callable[[Mention, Mention], bool]
Answer = Callable[[Mention], Hashable | None]
KINDS: tuple[MentionKind, ...] = ("actor", "place")


def agreement(*paths: Path) -> dict[str, Any]:
    """All figures; each annotator may cover a part, and a sentence counts that two have seen.

    Raises BadInput if two give one id other texts, or if somebody shares no sentence with another.
    """
    labelled = by_sentence(paths)
    names = annotators(paths)
    shared = [answers for answers in labelled if len(answers) > 1]
    for path, name in zip(paths, names, strict=True):
        if not any(name in answers for answers in shared):
            raise BadInput("ids that another annotator has too", "none of them", path=path)
    return {
        "annotators": dict(Counter(name for answers in labelled for name in answers)),
        "sentences": len(shared),
        "alone": len(labelled) - len(shared),
        "articles": len(set(_articles(shared))),
        "event_type": _events(shared, names),
        "spans": {kind: _spans(shared, kind) for kind in KINDS},
        "actor_role": {match: _roles(shared, names, match) for match in MATCHES},
        "geo_direction": {match: _directions(shared, names, match) for match in MATCHES},
        "differences": list(differences(shared)),
    }


def annotators(paths: Sequence[Path]) -> list[str]:
    """A name a file: its stem, or its path where two stems are the same."""
    if len(paths) < 2:
        raise BadInput("files of two annotators or more", f"{len(paths)}", "name each one's file")
    for path, count in Counter(path.resolve() for path in paths).items():
        if count > 1:
            raise BadInput("each annotator's file once", "it again", "name another", path=path)
    stems = [path.stem for path in paths]
    return stems if len(set(stems)) == len(stems) else list(map(str, paths))


def by_sentence(paths: Sequence[Path]) -> list[dict[str, Sentence]]:
    """Each sentence with all its labellings; the order of the paths does not change the answer."""
    found: dict[str, dict[str, Sentence]] = {}
    for name, path in sorted(zip(annotators(paths), paths, strict=True)):
        empty = True
        for sentence in read_sentences(path):
            answers = found.setdefault(sentence.id, {})
            _check_same(sentence, name, answers)
            answers[name] = sentence
            empty = False
        if empty:
            raise BadInput("sentences of an annotator", "none", "check the path", path=path)
    return list(found.values())


def _check_same(sentence: Sentence, name: str, answers: Labelled) -> None:
    if name in answers:
        found = f"{sentence.id!r} again"
        raise BadInput("each id once", found, "make the ids unique", path=sentence.where or None)
    for other in answers.values():
        for part, mine, theirs in (
            ("text", sentence.text, other.text),
            ("doc_id", sentence.doc_id, other.doc_id),
        ):
            if mine != theirs:
                raise BadInput(
                    f"the {part} of {sentence.id!r} as in {other.where or 'the other file'}",
                    repr(mine[:60]),
                    "all annotators label the same sentences",
                    path=sentence.where or None,
                )


def exact(one: Mention, other: Mention) -> bool:
    """The same start and end."""
    return (one.start, one.end) == (other.start, other.end)


def overlapping(one: Mention, other: Mention) -> bool:
    """A character in common."""
    return one.start < other.end and other.start < one.end


MATCHES: dict[str, Match] = {"exact": exact, "overlapping": overlapping}


def aligned(answers: Labelled, kind: MentionKind, match: Match) -> list[dict[str, Mention]]:
    """The mentions of all annotators, those of the same thing together, from left to right.

    Equal spans belong together. Then, from left to right, spans join those before them that they
    match, if no annotator has marked both: each mention is matched once and exact matches go first.
    """
    spans: dict[tuple[int, int], dict[str, Mention]] = {}
    for name, sentence in answers.items():
        for mention in sentence.mentions:
            if mention.kind == kind:
                spans.setdefault((mention.start, mention.end), {})[name] = mention
    groups: list[dict[str, Mention]] = []
    for _, marked in sorted(spans.items()):
        for group in groups:
            mention = next(iter(marked.values()))
            if not group.keys() & marked.keys() and any(
                match(mention, other) for other in group.values()
            ):
                group.update(marked)
                break
        else:
            groups.append(dict(marked))
    return groups


def has_type(sentence: Sentence | None, name: str) -> bool | None:
    """Whether the sentence carries the type; None where nobody said (unseen, or incomplete)."""
    if sentence is None:
        return None
    return name in sentence.event_types or (False if sentence.complete else None)


def _articles(labelled: Sequence[Labelled]) -> list[str]:
    return [next(iter(answers.values())).doc_id for answers in labelled]


def _events(labelled: Sequence[Labelled], names: Sequence[str]) -> dict[str, Any]:
    codebook = load_codebook("event_type")
    used = (sentence.event_types for answers in labelled for sentence in answers.values())
    types = dict.fromkeys([*codebook.labels, *sorted({name for types in used for name in types})])
    table = {
        label: [[has_type(answers.get(name), label) for name in names] for answers in labelled]
        for label in types
    }
    none = [[_no_event(answers.get(name)) for name in names] for answers in labelled]
    pairs = [pair for answers in labelled for pair in combinations(answers.values(), 2)]
    same = [
        set(one.event_types) == set(other.event_types)
        for one, other in pairs
        if one.complete and other.complete
    ]
    articles = _articles(labelled)
    figures = _figures(table, articles)
    figures["labels"][str(codebook.none)] = vars(agreement_of(none, articles))
    return figures | {"same_set": sum(same) / len(same) if same else None}


def _no_event(sentence: Sentence | None) -> bool | None:
    if sentence is None or sentence.event_types:
        return None if sentence is None else False
    return True if sentence.complete else None


def _figures(table: Mapping[str, list[Any]], articles: Sequence[str]) -> dict[str, Any]:
    """The figures of each label's decisions, and of all labels' decisions pooled."""
    pooled = [row for rows in table.values() for row in rows]
    return {
        "labels": {label: vars(agreement_of(rows, articles)) for label, rows in table.items()},
        "all": vars(agreement_of(pooled, [*articles] * len(table))),
    }


def _spans(labelled: Sequence[Labelled], kind: MentionKind) -> dict[str, Any]:
    """How many each annotator marked, and F1 over all pairs of annotators of a sentence."""
    marked = Counter[str]()
    for answers in labelled:
        marked.update({name: _count(sentence, kind) for name, sentence in answers.items()})
    pairs = [pair for answers in labelled for pair in combinations(answers.items(), 2)]
    total = sum(_count(sentence, kind) for pair in pairs for _, sentence in pair)
    found: dict[str, Any] = {"marked": dict(marked)}
    for name, match in MATCHES.items():
        both = sum(len(group) > 1 for pair in pairs for group in aligned(dict(pair), kind, match))
        found[name] = {"matched": both, "f1": 2 * both / total if total else None}
    return found


def _count(sentence: Sentence, kind: MentionKind) -> int:
    return sum(mention.kind == kind for mention in sentence.mentions)


def _roles(labelled: Sequence[Labelled], names: Sequence[str], match: str) -> dict[str, Any]:
    marked, articles = _mentions(labelled, "actor", MATCHES[match])
    table = {role: _table(marked, names, _plays(role)) for role in ACTOR_ROLES}
    return _figures(table, articles)


def _directions(labelled: Sequence[Labelled], names: Sequence[str], match: str) -> dict[str, Any]:
    marked, articles = _mentions(labelled, "place", MATCHES[match])
    table = {role: _table(marked, names, _plays(role)) for role in PLACE_ROLES}
    chosen = _table(marked, names, lambda place: "+".join(sorted(place.role_names)) or None)
    return _figures(table, articles) | {"all": vars(agreement_of(chosen, articles))}


def _mentions(
    labelled: Sequence[Labelled], kind: MentionKind, match: Match
) -> tuple[list[dict[str, Mention]], list[str]]:
    """All mentions that anybody marked, and the article of each."""
    groups = [aligned(answers, kind, match) for answers in labelled]
    places = zip(_articles(labelled), groups, strict=True)
    return [one for group in groups for one in group], [doc for doc, some in places for _ in some]


def _plays(role: str) -> Answer:
    return lambda mention: role in mention.role_names


def _table(marked: Sequence[Marked], names: Sequence[str], answer: Answer) -> list[Any]:
    return [[answer(group[name]) if name in group else None for name in names] for group in marked]


def differences(labelled: Sequence[Labelled]) -> Iterator[dict[str, Any]]:
    """A row for each sentence whose types, spans or roles differ, with everybody's answers."""
    for answers in labelled:
        row: dict[str, Any] = {}
        types = {name: sorted(set(sentence.event_types)) for name, sentence in answers.items()}
        if len(set(map(tuple, types.values()))) > 1:
            row["event_types"] = types
        marks = {name: _marks(sentence) for name, sentence in answers.items()}
        for mark in sorted({mark for own in marks.values() for mark in own}):
            roles = {name: own.get(mark) for name, own in marks.items()}
            if len(set(roles.values())) > 1:
                row.setdefault("mentions", {})[mark] = roles
        if row:
            one = next(iter(answers.values()))
            yield {"id": one.id, "text": one.text} | row


def _marks(sentence: Sentence) -> dict[str, str]:
    """Roles by mention; an actor and a place on one stretch are two."""
    return {
        f"{mention.start}:{mention.end} {sentence.text[mention.start : mention.end]}"
        f" ({mention.kind})": ", ".join(sorted(mention.role_names)) or "no role"
        for mention in sentence.mentions
    }
