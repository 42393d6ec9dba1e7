"""Proposes the actor and place mentions of a sentence by rule, with spans as the guide has them."""

from data.records import Mention, MentionKind
from tagging.names import find_names
from tagging.phrases import actor_phrases
from tagging.tokens import Span, tokenise


def propose(text: str) -> list[Mention]:
    """The mentions of a sentence in order, without roles; they do not overlap.

    Offsets are code points into `text`. Of overlapping candidates the longest stands.
    """
    tokens = tokenise(text)
    phrases = _longest(list(actor_phrases(tokens)))
    candidates: list[tuple[int, int, MentionKind]] = [
        (start, end, "actor") for start, end in phrases
    ]
    candidates += [(name.start, name.end, name.kind) for name in find_names(tokens, phrases)]
    return [
        Mention(tokens[start].start, tokens[end - 1].end, kind)
        for start, end, kind in sorted(candidates)
    ]


def _longest(spans: list[Span]) -> list[Span]:
    """The spans that are left when each longer one has pushed out those it overlaps."""
    kept: list[Span] = []
    covered: set[int] = set()
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if covered.isdisjoint(range(start, end)):
            covered.update(range(start, end))
            kept.append((start, end))
    return sorted(kept)
