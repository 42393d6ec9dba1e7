"""What `wiretag data check` finds: counts, repeats within each split, leaks between the splits."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from data.errors import BadInput
from data.firewall import Firewall, Repeat, spread
from data.importers import read_sentences
from data.records import Sentence
from data.splits import NAMES, merged

SHOWN = 10
WIDTH = 100  # characters of a text that is shown
MANY = 20  # articles that hold one sentence: of more, each is set beside the next alone
ARTICLES = ("shared article", "same article")  # kinds of which the ids are articles
BETWEEN = "\0"  # no reader lets it into an id


@dataclass(frozen=True)
class Finding:
    """Two rows, or two articles, that say the same, each as (split, id): a repeat or a leak."""

    kind: str
    alike: float
    first: tuple[str, str]
    second: tuple[str, str]

    @property
    def splits(self) -> tuple[str, ...]:
        """The one split, or the two that it leaks between."""
        return tuple(dict.fromkeys((self.first[0], self.second[0])))

    @property
    def of_rows(self) -> bool:
        return self.kind not in ARTICLES


def check(*paths: Path, shown: int = SHOWN) -> dict[str, Any]:
    """Counts everything; raises BadInput at the first bad row. Of several paths each is a split.

    `repeats` and `leaking` count all that was found, by split or pair of splits and by kind;
    `repeated` and `leaks` tell the first `shown` of each kind, the most alike first.
    """
    parts = _parts(paths)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    docs: dict[str, set[str]] = {name: set() for name in parts}
    firewall = Firewall()
    for sentence in _rows(parts):
        name, doc = _told(sentence.doc_id)
        docs[name].add(doc)
        counts["sentences"][name] += 1
        counts["event_types"].update(sentence.event_types or ("none",))
        for mention in sentence.mentions:
            counts[mention.kind].update(mention.role_names or ("bystander",))
        firewall.add(sentence)
    found = [*_shared_articles(docs), *_findings(firewall, parts)]
    within = [each for each in found if len(each.splits) == 1]
    leaks = [each for each in found if len(each.splits) == 2]
    return {
        "sentences": {name: counts["sentences"][name] for name in parts},
        "articles": {name: len(held) for name, held in docs.items()},
        "event_types": dict(counts["event_types"].most_common()),
        "actors": dict(counts["actor"].most_common()),
        "places": dict(counts["place"].most_common()),
        "too_short_to_compare": firewall.short,
        "repeats": _totals(within),
        "leaking": _totals(leaks),
        "repeated": _told_rows(within, parts, shown),
        "leaks": _told_rows(leaks, parts, shown),
    }


def _parts(paths: Sequence[Path]) -> dict[str, Path]:
    """The splits by name: those of a built dataset, else each path as one."""
    found: list[tuple[str, Path]] = []
    for path in paths:
        if (path / "sentences").is_dir():
            start = f"{path.name}/" if len(paths) > 1 else ""
            files = sorted((path / "sentences").glob("*.jsonl"), key=_train_first)
            found += [(start + file.stem, file) for file in files]
        else:
            found.append((path.stem if len(paths) > 1 else "all", path))
    names = Counter(name for name, _ in found)
    parts = {name if names[name] == 1 else str(path): path for name, path in found}
    if not found or len(parts) < len(found):
        given = " and ".join(map(str, paths))
        raise BadInput("paths of labelled sentences, each once", given, "name each set once")
    return parts


def _train_first(file: Path) -> tuple[int, str]:
    return NAMES.index(file.stem) if file.stem in NAMES else len(NAMES), file.stem


def _rows(parts: Mapping[str, Path]) -> Iterator[Sentence]:
    """All sentences; their ids and articles say the split, so that no two sets share one."""
    for name, path in parts.items():
        for row in read_sentences(path):
            yield replace(row, id=name + BETWEEN + row.id, doc_id=name + BETWEEN + row.doc_id)


def _told(tied: str) -> tuple[str, str]:
    name, _, own = tied.partition(BETWEEN)
    return name, own


def _shared_articles(docs: Mapping[str, set[str]]) -> Iterator[Finding]:
    for one, other in combinations(docs, 2):
        for doc in sorted(docs[one] & docs[other]):
            yield Finding("shared article", 1.0, (one, doc), (other, doc))


def _findings(firewall: Firewall, parts: Mapping[str, Path]) -> Iterator[Finding]:
    """What the firewall finds, with the exact likeness of near repeats, row by row."""
    repeats = firewall.repeats(lambda names: _texts(parts, names))
    compared, order = firewall.compared, list(parts)
    yield from _same_articles(repeats, compared)
    for each in spread(repeats, {doc: _told(doc)[0] for doc in compared}):
        inside = " in one article" if each.first_doc == each.second_doc else ""
        rows = sorted((_told(each.first), _told(each.second)), key=lambda row: order.index(row[0]))
        yield Finding(each.kind + inside, each.alike, rows[0], rows[1])


def _same_articles(repeats: Iterable[Repeat], compared: Mapping[str, int]) -> Iterator[Finding]:
    """Two articles under two ids: at least two sentences, and half of the shorter, are in both."""
    same = [each for each in repeats if each.kind != "event"]
    doc_of = {each.first: each.first_doc for each in same}
    doc_of |= {each.second: each.second_doc for each in same}
    place = {doc: number for number, doc in enumerate(compared)}
    shared: Counter[tuple[str, str]] = Counter()
    for rows in merged((each.first, each.second) for each in same):
        docs = sorted({doc_of[row] for row in rows}, key=place.__getitem__)
        shared.update(combinations(docs, 2) if len(docs) <= MANY else pairwise(docs))
    for (one, other), count in shared.items():
        alike = count / min(compared[one], compared[other])
        if count > 1 and alike >= 0.5 and _told(one)[1] != _told(other)[1]:
            yield Finding("same article", min(1.0, alike), _told(one), _told(other))


def _texts(parts: Mapping[str, Path], ids: set[str]) -> dict[str, str]:
    if not ids:
        return {}
    return {row.id: row.text for row in _rows(parts) if row.id in ids}


def _totals(found: Iterable[Finding]) -> dict[str, dict[str, int]]:
    """By split or pair of splits: pairs of each kind, and the rows of each side that are in one."""
    pairs: dict[str, Counter[str]] = defaultdict(Counter)
    rows: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for each in found:
        title = " / ".join(each.splits)
        pairs[title][each.kind] += 1
        for split, row in (each.first, each.second) if each.of_rows else ():
            rows[title][split].add(row)
    return {
        title: dict(kinds) | {f"rows of {name}": len(held) for name, held in rows[title].items()}
        for title, kinds in pairs.items()
    }


def _told_rows(
    found: Iterable[Finding], parts: Mapping[str, Path], shown: int
) -> list[dict[str, Any]]:
    by_kind: dict[str, list[Finding]] = defaultdict(list)
    for each in sorted(found, key=lambda each: -each.alike):
        by_kind[each.kind].append(each)
    kept = [each for same in by_kind.values() for each in same[:shown]]
    sides = [side for each in kept if each.of_rows for side in (each.first, each.second)]
    texts = _texts(parts, set(map(BETWEEN.join, sides)))

    def told(side: tuple[str, str]) -> dict[str, str]:
        text = texts.get(BETWEEN.join(side))
        return {"split": side[0], "id": side[1]} | ({"text": _short(text)} if text else {})

    return [
        {
            "kind": each.kind,
            "alike": round(each.alike, 2),
            "first": told(each.first),
            "second": told(each.second),
        }
        for each in kept
    ]


def _short(text: str) -> str:
    """The start of a text, without what a terminal would obey."""
    plain = "".join(char if char.isprintable() else " " for char in text[: WIDTH + 1])
    return plain if len(plain) <= WIDTH else plain[: WIDTH - 1] + "…"
