"""The outline of the world's countries, from world.json."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

WORLD: Final = Path(__file__).with_name("world.json")


class Position(NamedTuple):
    """A point of the earth in degrees of WGS 84."""

    longitude: float
    latitude: float


Line = tuple[Position, ...]


class Box(NamedTuple):
    """The smallest and largest longitude and latitude of a line."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Ring:
    """A closed line around a part of a country, or around a hole in it; or a stretch of border."""

    line: Line
    box: Box


@dataclass(frozen=True)
class Country:
    """A country by name with its rings, which the even-odd rule fills."""

    name: str
    rings: tuple[Ring, ...]


@dataclass(frozen=True)
class World:
    """The countries, and every stretch of coast or border once."""

    countries: tuple[Country, ...]
    borders: tuple[Ring, ...]


@cache
def world() -> World:
    """The outline, read once."""
    held = json.loads(WORLD.read_text(encoding="utf-8"))
    arcs = [_line(steps, held["unit"]) for steps in held["arcs"]]
    countries = tuple(
        Country(name, tuple(_ring(_joined(ring, arcs)) for ring in rings))
        for name, rings in held["countries"]
    )
    return World(countries, tuple(_ring(_unrolled(arc)) for arc in arcs))


def _line(steps: list[int], unit: int) -> Line:
    points, x, y = list[Position](), 0, 0
    for at in range(0, len(steps), 2):
        x, y = x + steps[at], y + steps[at + 1]
        points.append(Position(x / unit, y / unit))
    return tuple(points)


def _joined(ring: list[int], arcs: list[Line]) -> Line:
    points = [point for arc in ring for point in (arcs[arc] if arc >= 0 else arcs[~arc][::-1])]
    line = _unrolled(points)
    if abs(line[-1].longitude - line[0].longitude) > 180:  # around the pole: closed along it
        line = (*line, Position(line[-1].longitude, -90.0), Position(line[0].longitude, -90.0))
    return line


def _unrolled(points: Sequence[Position]) -> Line:
    """The line without leaps at the date line: its longitudes go on beyond 180 degrees."""
    line, turn = [points[0]], 0.0
    for before, point in pairwise(points):
        turn -= 360.0 * round((point.longitude - before.longitude) / 360)
        line.append(Position(point.longitude + turn, point.latitude))
    return tuple(line)


def _ring(line: Line) -> Ring:
    xs, ys = zip(*line, strict=True)
    return Ring(line, Box(min(xs), min(ys), max(xs), max(ys)))
