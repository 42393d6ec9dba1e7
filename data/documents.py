"""A document's annotations, cut to the sentences that they stand in."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from data.errors import BadInput
from data.mapping import Mapping
from data.spans import Labelled, Meaning, Relation, check_ends, is_trigger, meaning_of, read_over


def meanings_of(
    bounds: Sequence[tuple[int, int]],
    spans: Sequence[Labelled],
    relations: Iterable[Relation],
    mapping: Mapping,
) -> Iterator[Meaning | BadInput]:
    """A document's annotations cut to its sentences: the meaning of each, or why it is refused.

    `bounds` are the sentences' stretches in order, the spans' ids differ. A span that leaves its
    sentence and a relation between two refuse the sentences that they touch. Raises BadInput for a
    span outside of all and for a relation without its ends.
    """
    homes = {span.id: _touched(span, bounds) for span in spans}
    inside: dict[int, list[Labelled]] = defaultdict(list)
    edges: dict[int, list[Relation]] = defaultdict(list)
    for span in spans:
        inside[homes[span.id][0]].append(span)
    for relation in relations:
        if read_over(relation.label, mapping):
            continue
        check_ends(relation, homes)
        for number in {homes[relation.head][0], homes[relation.dependent][0]}:
            edges[number].append(relation)
    problems = _crossing(spans, homes, mapping)
    asked = any(is_trigger(span.label, mapping) for span in spans)
    for number, bound in enumerate(bounds):
        try:
            yield problems.get(number) or meaning_of(
                (),
                _cut(bound, inside[number], edges[number], mapping),
                edges[number],
                mapping,
                asked,
            )
        except BadInput as error:
            yield error


def _touched(span: Labelled, bounds: Sequence[tuple[int, int]]) -> range:
    """The numbers of the sentences that the span shares a character with."""
    first = bisect_right(bounds, span.start, key=lambda bound: bound[1])
    last = bisect_left(bounds, span.end, key=lambda bound: bound[0])
    if first >= last:
        raise BadInput("spans in sentences", f"{span.label!r:.80} at {span.start}:{span.end}")
    return range(first, last)


def _crossing(
    spans: Iterable[Labelled], homes: dict[str, range], mapping: Mapping
) -> dict[int, BadInput]:
    """The sentences that a span touches among others, each once however many spans there are."""
    problems: dict[int, BadInput] = {}
    reached = 0
    for span in sorted(spans, key=lambda span: span.start):
        home = homes[span.id]
        if len(home) > 1 and not read_over(span.label, mapping):
            found = f"{span.label!r:.80} at {span.start}:{span.end} of the document"
            error = BadInput("spans within one sentence", found, "split the span")
            problems |= dict.fromkeys(range(max(home.start, reached), home.stop), error)
            reached = max(reached, home.stop)
    return problems


def _cut(
    bound: tuple[int, int], spans: list[Labelled], relations: list[Relation], mapping: Mapping
) -> list[Labelled]:
    """The spans with their sentence's offsets, which hold the relations' ends."""
    start, end = bound
    moved = []
    for span in spans:
        if start <= span.start and span.end <= end:
            moved.append(replace(span, start=span.start - start, end=span.end - start))
        elif not read_over(span.label, mapping):
            found = f"{span.label!r:.80} at {span.start}:{span.end} of the document"
            raise BadInput(f"a span within {start}:{end}", found, "move its ends")
    known = {span.id for span in moved}
    for edge in relations:
        if not known.issuperset((edge.head, edge.dependent)):
            raise BadInput("relations within one sentence", f"{edge.label!r:.80} between two")
    return moved
