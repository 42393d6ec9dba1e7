"""Where the names on a map stand, so that they cover neither each other nor the marks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from tagging.event_page.view import Point

LETTER: Final = 7.0  # units that a letter is wide on the average, at 12 units' size
WIDE: Final = 6.2  # the same of the spaced capitals of a country's name, at 8
TALL: Final = 13.0
GAP: Final = 9.0  # between a mark's middle and its name


class Area(NamedTuple):
    """A part of the picture that is taken."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Area") -> float:
        """The area that the two share."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)


@dataclass(frozen=True)
class Label:
    """A name on the picture; x and y are of its base line, at the anchor's end."""

    text: str
    x: float
    y: float
    anchor: Literal["start", "middle", "end"]
    events: str = ""


class Board:
    """The picture with what is taken of it."""

    def __init__(self, width: float, height: float, taken: Iterable[Area]) -> None:
        self._frame = Area(0, 0, width, height)
        self._taken = list(taken)

    def beside(self, mark: Point, text: str, events: str) -> Label:
        """The name beside its mark, at the spot of eight that covers least."""
        wide = len(text) * LETTER
        spots = list(_spots(mark, text, events))
        costs = [self._cost(_area(label, wide)) + order for order, label in enumerate(spots)]
        best = spots[costs.index(min(costs))]
        self._taken.append(_area(best, wide))
        return best

    def upon(self, middle: Point, text: str) -> Label | None:
        """The name in the middle of its country; None where something else stands there."""
        label = Label(text, middle.x, middle.y + TALL / 3, "middle")
        area = _area(label, len(text) * WIDE)
        if self._cost(area) > 0:
            return None
        self._taken.append(area)
        return label

    def _cost(self, area: Area) -> float:
        """What of the area is taken or outside; outside is worse."""
        size = (area.right - area.left) * (area.bottom - area.top)
        outside = size - area.overlap(self._frame)
        return 4 * outside + sum(area.overlap(other) for other in self._taken)


def around_mark(mark: Point, half: float = 6.0) -> Area:
    """The part of the picture that a mark takes."""
    return Area(mark.x - half, mark.y - half, mark.x + half, mark.y + half)


def _spots(mark: Point, text: str, events: str) -> Iterator[Label]:
    x, y = mark
    yield Label(text, x + GAP, y + 4, "start", events)
    yield Label(text, x - GAP, y + 4, "end", events)
    yield Label(text, x, y - GAP, "middle", events)
    yield Label(text, x, y + GAP + 9, "middle", events)
    for up in (-GAP, GAP + 7):
        yield Label(text, x + GAP - 2, y + up, "start", events)
        yield Label(text, x - GAP + 2, y + up, "end", events)


def _area(label: Label, wide: float) -> Area:
    left = label.x - {"start": 0.0, "middle": wide / 2, "end": wide}[label.anchor]
    return Area(left, label.y - TALL + 3, left + wide, label.y + 3)
