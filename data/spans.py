"""What annotation tools share: offset units, labelled stretches and relations, read by a mapping.

A span label of the mapping makes a mention. A label that the mapping knows as an event type alone
is a trigger: its sentence has that event type. A relation named like a span label, from a trigger
to an entity, gives the entity that role; Role.event is the trigger's type where the sentence codes
several types. `null` in the mapping reads over a span or a relation. A sentence without any event
label says nothing of events: it counts as incomplete, unless its tool asked or its document has
event labels elsewhere. "No event" is a label of its own.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from collections.abc import Mapping as Meta
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, get_args

from data.errors import BadInput
from data.mapping import Mapping, Unit
from data.records import Mention, MentionKind, Role

UNTIED = frozenset({"reporter", "background"})  # roles that belong to no event


class Stretch(NamedTuple):
    """A stretch that is a mention in one reading; offsets are code points."""

    start: int
    end: int
    kind: MentionKind
    roles: tuple[Role, ...]
    derived: bool = False


@dataclass(frozen=True)
class Labelled:
    """A stretch with a tool's own label; offsets are code points, relations name it by its id."""

    id: str
    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Relation:
    """A tool's own edge between two labelled stretches."""

    label: str
    head: str
    dependent: str


@dataclass(frozen=True)
class Meaning:
    """What the labels of one sentence say."""

    mentions: tuple[Mention, ...]
    event_types: tuple[str, ...]
    complete: bool


def unit_of(mapping: Mapping, usual: Unit) -> Unit:
    """The unit of offsets that the mapping states, or else the tool's usual one."""
    return mapping.offsets or usual


def article_of(meta: Meta[str, object], mapping: Mapping, inside: str = "") -> str | None:
    """What the meta data name under the mapping's column `doc_id`; None if it has no such column.

    `inside` is the key that holds the meta data. Raises BadInput where they name no article.
    """
    if (key := mapping.columns.get("doc_id")) is None:
        return None
    value = meta.get(key)
    if not isinstance(value, str | int) or not str(value):
        place = f"{inside}.{key}" if inside else repr(key)
        raise BadInput(f"the article's name under {place}", repr(value), "see columns.doc_id")
    return str(value)


@lru_cache(maxsize=4)
def code_points(text: str, unit: Unit) -> Callable[[int], int]:
    """A function from offsets in the unit to code points.

    It raises BadInput for an offset inside a character or outside the text.
    """
    edges: Sequence[int] = range(len(text) + 1)
    if unit != "code_points":
        edges = array("I", accumulate(_widths(text, unit), initial=0))

    def to_code_point(offset: int) -> int:
        if (index := bisect_left(edges, offset)) == len(edges) or edges[index] != offset:
            raise BadInput(
                f"an offset between characters, 0 to {edges[-1]} in {unit}",
                str(offset),
                "check `offsets` in the mapping: code_points, utf16 or bytes",
            )
        return index

    return to_code_point


def located(
    text: str, start: int, end: int, unit: Unit, quoted: str | None = None
) -> tuple[int, int]:
    """The stretch in code points. Raises BadInput if it is empty, outside or not as quoted."""
    to_code_point = code_points(text, unit)
    first, last = to_code_point(start), to_code_point(end)
    if first >= last:
        raise BadInput("a span whose end lies behind its start", f"{start}:{end}")
    if quoted is not None and text[first:last] != quoted:
        raise BadInput(
            f"the quoted text {quoted!r:.80} at {start}:{end}",
            f"{text[first:last]!r:.80}",
            _fitting_units(text, start, end, quoted),
        )
    return first, last


def mentions_of(
    spans: Iterable[tuple[int, int, MentionKind, tuple[Role, ...]] | Stretch],
) -> tuple[Mention, ...]:
    """One Mention a stretch and kind, its roles in order without repeats.

    It is derived where all its stretches are; a gold role is never mixed with a derived one.
    """
    groups: dict[tuple[int, int, MentionKind], list[Stretch]] = {}
    for span in spans:
        stretch = Stretch(*span)
        groups.setdefault(stretch[:3], []).append(stretch)
    return tuple(_mention(place, group) for place, group in groups.items())


def meaning_of(
    labels: Iterable[str],
    spans: Sequence[Labelled],
    relations: Iterable[Relation],
    mapping: Mapping,
    asked: bool = False,
) -> Meaning:
    """The meaning of a sentence's class labels, labelled stretches and relations.

    `asked`: event types were asked for, so that none given means none there. Raises BadInput for a
    label that the mapping lacks and for a relation without its ends.
    """
    triggers = [span for span in spans if is_trigger(span.label, mapping)]
    known = [mapping.types_of(label) for label in (*labels, *(span.label for span in triggers))]
    types = tuple(dict.fromkeys(name for names in known for name in names or ()))
    stretches = [
        _stretch(span, span.label, mapping) for span in spans if not is_trigger(span.label, mapping)
    ]
    ends = {span.id: span for span in spans}
    if len(ends) != len(spans):
        raise BadInput("each span's id once", "one twice", "make the ids unique")
    stretches += [_argument(one, ends, len(types) > 1, mapping) for one in relations]
    return Meaning(
        mentions=mentions_of(stretch for stretch in stretches if stretch),
        event_types=types,
        complete=mapping.complete and (asked or bool(known)) and None not in known,
    )


def is_trigger(label: str, mapping: Mapping) -> bool:
    """Whether the label of a stretch names an event type and no mention."""
    return label in mapping.event_types and label not in mapping.spans


def _widths(text: str, unit: Unit) -> Iterator[int]:
    if unit == "utf16":
        return (1 + (char > "\uffff") for char in text)
    return (1 + (char > "\x7f") + (char > "\u07ff") + (char > "\uffff") for char in text)


def _fitting_units(text: str, start: int, end: int, quoted: str) -> str:
    fitting = []
    for unit in get_args(Unit):
        to_code_point = code_points(text, unit)
        try:
            if text[to_code_point(start) : to_code_point(end)] == quoted:
                fitting.append(f"offsets: {unit}")
        except BadInput:
            continue
    return f"the mapping's {' or '.join(fitting)} would fit" if fitting else "no unit would fit"


def read_over(label: str, mapping: Mapping) -> bool:
    """Whether the mapping gives the label no meaning on purpose."""
    return mapping.spans.get(label, True) is None


def check_ends(relation: Relation, known: Container[str]) -> None:
    """Raises BadInput where the relation names a span that is not known."""
    for end in (relation.head, relation.dependent):
        if end not in known:
            raise BadInput(
                f"both ends of the relation {relation.label!r:.80}",
                f"no span {end!r:.80}",
                "add the span",
            )


def _mention(place: tuple[int, int, MentionKind], group: list[Stretch]) -> Mention:
    gold = [stretch for stretch in group if not stretch.derived]
    roles = dict.fromkeys(role for stretch in gold or group for role in stretch.roles)
    return Mention(*place, tuple(roles), derived=not gold)


def _stretch(span: Labelled, label: str, mapping: Mapping) -> Stretch | None:
    """The span read as that label; None if the label is read over."""
    if (found := mapping.span_of(label)) is None:
        return None
    meaning = mapping.spans[label]
    return Stretch(span.start, span.end, *found, meaning is not None and meaning.derived)


def _argument(
    relation: Relation, ends: dict[str, Labelled], several: bool, mapping: Mapping
) -> Stretch | None:
    if mapping.span_of(relation.label) is None:
        return None
    check_ends(relation, ends)
    head, dependent = ends[relation.head], ends[relation.dependent]
    if not is_trigger(head.label, mapping) or is_trigger(dependent.label, mapping):
        raise BadInput(
            "a role from an event trigger to an entity",
            f"{relation.label!r:.80} from {head.label!r:.80} to {dependent.label!r:.80}",
            "turn the relation round, or map its name to null",
        )
    events = mapping.types_of(head.label) or ()
    stretch = _stretch(dependent, relation.label, mapping)
    return stretch and stretch._replace(roles=_tied(stretch.roles, events if several else ()))


def _tied(roles: tuple[Role, ...], events: tuple[str, ...]) -> tuple[Role, ...]:
    """The roles tied to each of the events; roles that belong to no event stay as they are."""
    return tuple(
        Role(role.name, None if role.name in UNTIED else event)
        for role in roles
        for event in events or (None,)
    )
