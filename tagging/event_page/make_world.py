"""Makes world.json, the outline of the countries, from the file that SOURCE.md names."""

import json
import sys
from pathlib import Path
from typing import Any, Final

UNIT: Final = 100  # hundredths of a degree
NEAR: Final = 10.0  # hundredths of a degree that a line may stray
SMALL: Final = 600.0  # square hundredths: an islet below it goes, but for a country's largest
Point = tuple[int, int]


def make(topology: dict[str, Any]) -> dict[str, Any]:
    """Arcs as delta-coded points, and each country's name with its rings of arc numbers."""
    arcs = [_thin(_decoded(arc, topology["transform"])) for arc in topology["arcs"]]
    countries = []
    used: dict[int, int] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        name, rings = shape["properties"]["name"], _rings(shape)
        sizes = [_area(ring, arcs) for ring in rings]
        kept = [
            ring for ring, size in zip(rings, sizes, strict=True) if size >= min(SMALL, max(sizes))
        ]
        for ring in kept:
            for at, arc in enumerate(ring):
                number = used.setdefault(arc if arc >= 0 else ~arc, len(used))
                ring[at] = number if arc >= 0 else ~number
        countries.append([name, kept])
    return {"unit": UNIT, "arcs": [_deltas(arcs[arc]) for arc in used], "countries": countries}


def _decoded(arc: list[list[int]], transform: dict[str, list[float]]) -> list[Point]:
    """The arc's points in hundredths of a degree."""
    (step_x, step_y), (from_x, from_y) = transform["scale"], transform["translate"]
    points, x, y = list[Point](), 0, 0
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((round((x * step_x + from_x) * UNIT), round((y * step_y + from_y) * UNIT)))
    return points


def _thin(points: list[Point]) -> list[Point]:
    """The line with the points left out that stray little from it (Douglas and Peucker, 1973)."""
    if len(points) < 3:
        return points
    strays = [_stray(point, points[0], points[-1]) for point in points[1:-1]]
    worst = max(range(len(strays)), key=strays.__getitem__) + 1
    if strays[worst - 1] < NEAR:
        return [points[0], points[-1]]
    return _thin(points[: worst + 1])[:-1] + _thin(points[worst:])


def _stray(point: Point, start: Point, end: Point) -> float:
    """The distance of the point from the stretch between the two."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    x, y = point[0] - start[0], point[1] - start[1]
    along = (x * dx + y * dy) / (dx * dx + dy * dy) if (dx or dy) else 0.0
    along = min(1.0, max(0.0, along))
    return float(((x - along * dx) ** 2 + (y - along * dy) ** 2) ** 0.5)


def _rings(shape: dict[str, Any]) -> list[list[int]]:
    """The rings of a country, holes as well, as they are filled by the even-odd rule."""
    polygons = shape.get("arcs", [])
    if shape["type"] == "Polygon":
        polygons = [polygons]
    return [list(ring) for polygon in polygons for ring in polygon]


def _area(ring: list[int], arcs: list[list[Point]]) -> float:
    points = [point for arc in ring for point in (arcs[arc] if arc >= 0 else arcs[~arc][::-1])]
    following = points[1:] + points[:1]
    twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, following, strict=True))
    return abs(twice) / 2


def _deltas(points: list[Point]) -> list[int]:
    """First point, then steps, in one flat list."""
    flat, before = list[int](), (0, 0)
    for point in points:
        flat += [point[0] - before[0], point[1] - before[1]]
        before = point
    return flat


if __name__ == "__main__":
    made = make(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    text = json.dumps(made, separators=(",", ":"), ensure_ascii=False)
    Path(__file__).with_name("world.json").write_text(text + "\n", encoding="utf-8")
