"""What labelled sentences cover: counts a label, and the plan of event type by region and style."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from data.codebook import load_codebook
from data.importers.inline import scheme
from data.records import ACTOR_ROLES, PLACE_ROLES, Mention, MentionKind, Sentence

BYSTANDER = "bystander"
RECIPROCAL = "reciprocal"  # source and target of one event; counted beside its two roles
UNKNOWN = "not given"
# The tags that say what a sentence without event is about; the others are hard cases.
SUBJECTS = ("background", "weather", "sport", "markets", "biography", "quote", "accident")
DIFFICULTIES = ("plain", "1 hard case", "2 hard cases", "3 or more")
Names = Callable[[Sentence], Iterable[str]]


class Count(NamedTuple):
    """How often something is labelled (sentences, or mentions for roles), in how many articles."""

    number: int = 0
    articles: int = 0


@dataclass(frozen=True)
class Grid:
    """Sentences and articles in each cell of a plan; a sentence may fall in several rows."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: dict[tuple[str, str], Count]

    def cell(self, row: str, column: str) -> Count:
        return self.cells.get((row, column), Count())

    @property
    def empty(self) -> list[tuple[str, str]]:
        """The cells that hold no sentence, row by row."""
        return [
            (row, column)
            for row in self.rows
            for column in self.columns
            if not self.cell(row, column).number
        ]

    def strength(self, row: str, column: str) -> float:
        """The cell's sentences as a share of the fullest cell of an event type, at most 1.

        The last row, no event, is so full that it would make all others look alike.
        """
        fullest = max(
            (self.cell(name, place).number for name in self.rows[:-1] for place in self.columns),
            default=0,
        )
        return min(1.0, self.cell(row, column).number / fullest) if fullest else 0.0


@dataclass(frozen=True)
class Coverage:
    """All counts. Names stand in the order of their codebook or list; unknown ones come last."""

    sentences: int
    articles: int
    actors: int  # mentions, without those of a derived role
    places: int
    event_types: dict[str, Count]
    actor_roles: dict[str, Count]
    directions: dict[str, Count]
    tags: dict[str, Count]
    regions: dict[str, Count]
    styles: dict[str, Count]
    decades: dict[str, Count]
    plan: tuple[Grid, ...]  # without a grid whose columns no sentence gives
    derived: int  # mentions whose role was found by rule: part of no count
    incomplete: int  # sentences whose missing event type is no "no event"


def coverage(sentences: Sequence[Sentence]) -> Coverage:
    """Counts everything once; a label counts once a sentence (a role: once a mention)."""
    codebook = load_codebook("event_type")
    types = (*codebook.labels, str(codebook.none))
    roles = (*ACTOR_ROLES, RECIPROCAL, BYSTANDER)
    regions, styles = scheme()["regions"], scheme()["styles"]
    plan: tuple[tuple[str, Sequence[str], Names, Callable[[Sentence], object]], ...] = (
        ("region", regions, region_of, lambda row: row.region),
        ("style", styles, style_of, lambda row: row.style),
        ("difficulty", DIFFICULTIES, difficulty_of, lambda row: row.tags),
    )
    return Coverage(
        sentences=len(sentences),
        articles=len({sentence.doc_id for sentence in sentences}),
        actors=sum(len(_mentions(sentence, "actor")) for sentence in sentences),
        places=sum(len(_mentions(sentence, "place")) for sentence in sentences),
        event_types=_counts(sentences, types_of, types),
        actor_roles=_counts(sentences, lambda row: _of_kind(row, "actor"), roles),
        directions=_counts(sentences, lambda row: _of_kind(row, "place"), PLACE_ROLES),
        tags=_counts(sentences, lambda row: set(row.tags), scheme()["tags"]),
        regions=_counts(sentences, region_of, regions),
        styles=_counts(sentences, style_of, styles),
        decades=_counts(sentences, decade_of, sorted({d for s in sentences for d in decade_of(s)})),
        plan=tuple(
            _grid(f"event type by {name}", sentences, types, columns, column_of)
            for name, columns, column_of, given in plan
            if any(given(sentence) for sentence in sentences)
        ),
        derived=sum(mention.derived for row in sentences for mention in row.mentions),
        incomplete=sum(not row.complete for row in sentences),
    )


def types_of(sentence: Sentence) -> tuple[str, ...]:
    """Event types, or the codebook's name for none of them where that is known to be so."""
    none = (str(load_codebook("event_type").none),) if sentence.complete else ()
    return sentence.event_types or none


def roles_of(mention: Mention) -> tuple[str, ...]:
    """The names a mention counts under: its roles, `reciprocal` too, or `bystander` for none."""
    names = mention.role_names
    if not names:
        return (BYSTANDER,)
    return (*names, RECIPROCAL) if is_reciprocal(mention) else names


def is_reciprocal(mention: Mention) -> bool:
    """Whether the mention is source and target of one and the same event."""
    return bool(_events(mention, "source") & _events(mention, "target"))


def is_dual(mention: Mention) -> bool:
    """Whether the mention is the source of one event and the target of another."""
    sources, targets = _events(mention, "source"), _events(mention, "target")
    return any(one != other for one in sources for other in targets)


def region_of(sentence: Sentence) -> tuple[str, ...]:
    return (sentence.region or UNKNOWN,)


def style_of(sentence: Sentence) -> tuple[str, ...]:
    return (sentence.style or UNKNOWN,)


def decade_of(sentence: Sentence) -> tuple[str, ...]:
    """As 1990s; dates start with the year."""
    year = (sentence.date or "")[:4]
    return (f"{year[:3]}0s" if len(year) == 4 and year.isdecimal() else UNKNOWN,)


def difficulty_of(sentence: Sentence) -> tuple[str, ...]:
    """By the number of hard-case tags; what a sentence without event is about is none."""
    hard = set(sentence.tags) - set(SUBJECTS)
    return (DIFFICULTIES[min(len(hard), len(DIFFICULTIES) - 1)],)


def _events(mention: Mention, role: str) -> set[str | None]:
    return {part.event for part in mention.roles if part.name == role}


def _of_kind(sentence: Sentence, kind: MentionKind) -> list[str]:
    return [name for mention in _mentions(sentence, kind) for name in roles_of(mention)]


def _mentions(sentence: Sentence, kind: MentionKind) -> list[Mention]:
    return [item for item in sentence.mentions if item.kind == kind and not item.derived]


def _counts(
    sentences: Iterable[Sentence], names_of: Names, known: Iterable[str]
) -> dict[str, Count]:
    numbers: Counter[str] = Counter()
    articles: dict[str, set[str]] = defaultdict(set)
    for sentence in sentences:
        for name in names_of(sentence):
            numbers[name] += 1
            articles[name].add(sentence.doc_id)
    order = [*known, *sorted(set(numbers) - set(known))]
    return {name: Count(numbers[name], len(articles[name])) for name in order}


def _grid(
    title: str,
    sentences: Iterable[Sentence],
    rows: Sequence[str],
    columns: Sequence[str],
    column_of: Names,
) -> Grid:
    numbers: Counter[tuple[str, str]] = Counter()
    articles: dict[tuple[str, str], set[str]] = defaultdict(set)
    for sentence in sentences:
        for row in types_of(sentence):
            for column in column_of(sentence):
                numbers[row, column] += 1
                articles[row, column].add(sentence.doc_id)
    unknown_rows = sorted({row for row, _ in numbers} - set(rows))  # types of another codebook
    unknown_columns = sorted({column for _, column in numbers} - set(columns))
    return Grid(
        title,
        (*unknown_rows, *rows),
        (*columns, *unknown_columns),
        {cell: Count(number, len(articles[cell])) for cell, number in numbers.items()},
    )
