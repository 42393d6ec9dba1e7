"""The map of an article's events: all in the picture, short ways, names apart."""

import re
from dataclasses import replace
from itertools import combinations, pairwise
from math import cos, radians

import pytest
from event_articles import KHARTOUM, attack, place, talks

from tagging.event_page.atlas import Position, world
from tagging.event_page.drawing import outline
from tagging.event_page.labels import Area, Board, Label
from tagging.event_page.map import HEIGHT, WIDTH, draw
from tagging.event_page.view import Point, fit, great_circle


def inside(point: Point) -> bool:
    return 0 < point.x < WIDTH and 0 < point.y < HEIGHT


def written(label: Label) -> Area:
    wide = 6.5 * len(label.text)
    left = label.x - {"start": 0, "middle": wide / 2, "end": wide}[label.anchor]
    return Area(left, label.y - 9, left + wide, label.y + 2)


@pytest.mark.parametrize("article", [attack(), talks()], ids=lambda one: one.id)
def test_every_place_and_name_lies_in_the_picture_and_names_stay_apart(article):
    drawn = draw(article.events)
    assert all(inside(mark.point) for mark in drawn.marks) and len(drawn.marks) > 3
    assert len(drawn.labels) == len(drawn.marks)
    areas = [written(label) for label in (*drawn.labels, *drawn.countries)]
    assert not any(a.overlap(b) for a, b in combinations(areas, 2))
    assert drawn.countries and drawn.outline.land and drawn.outline.borders


def test_an_arrow_over_the_date_line_takes_the_short_way():
    drawn = draw(talks().events)
    by_name = {mark.spot.name: mark.point for mark in drawn.marks}
    assert by_name["Tokyo"].x < by_name["Suva"].x < by_name["Apia"].x < by_name["Honolulu"].x
    for arrow in drawn.arrows:
        steps = [float(x) for x in re.findall(r"[ML](-?[\d.]+) ", arrow.line)]
        assert max(abs(a - b) for a, b in pairwise(steps)) < 20
    to_honolulu = [float(x) for x in re.findall(r"-?[\d.]+", drawn.arrows[0].head)][:2]
    assert abs(to_honolulu[0] - by_name["Honolulu"].x) < 12


def test_arrows_of_two_events_between_the_same_places_do_not_cover_each_other():
    second = attack().events[1]
    there = draw([second, second])
    assert there.arrows[0].line != there.arrows[1].line
    back = replace(second, origins=second.destinations, destinations=second.origins)
    both = draw([second, back])
    assert len({arrow.line for arrow in both.arrows}) == 2


def test_one_place_that_stands_twice_is_one_mark_and_places_at_one_spot_make_no_arrow():
    event = attack().events[1]
    near = place("Khartoum North", "SD", KHARTOUM.latitude + 0.01, KHARTOUM.longitude)
    close = replace(event.destinations[0], location=near)
    drawn = draw([replace(event, destinations=(close,), sites=(event.origins[0],))])
    assert [mark.spot.part for mark in drawn.marks] == ["site", "destination"]
    assert drawn.arrows == ()
    assert draw([replace(event, origins=(), destinations=())]) is None


@pytest.mark.slow
@pytest.mark.parametrize("latitude", [-89.5, -40.0, 0.0, 71.0, 89.5])
@pytest.mark.parametrize("longitude", [-180.0, -179.9, 12.0, 180.0])
def test_maps_can_be_drawn_everywhere(latitude, longitude):
    spot = place("Somewhere", None, latitude, longitude, 3000.0)
    event = attack().events[1]
    other = replace(event.origins[0], location=spot)
    drawn = draw([replace(event, origins=(other,))])
    assert all(inside(mark.point) for mark in drawn.marks)
    assert "nan" not in repr(drawn.outline) and drawn.outline.land


@pytest.mark.parametrize("latitude", [-60.0, 0.0, 60.0])
def test_a_kilometre_is_as_long_to_the_east_as_to_the_north(latitude):
    degrees = 100 / 111.2
    east = Position(degrees / cos(radians(latitude)), latitude)
    view = fit([(Position(0, latitude), east)], WIDTH, HEIGHT)
    wide, tall = view.reach(latitude, 100)
    assert wide == pytest.approx(tall)
    assert view.at(east).x - view.at(Position(0, latitude)).x == pytest.approx(wide)


def test_the_outline_has_the_countries_where_they_lie():
    countries = {country.name: country for country in world().countries}
    assert len(countries) > 230
    view = fit([(Position(15, 10), Position(40, 20))], WIDTH, HEIGHT)
    names = {named.name for named in outline(view).countries}
    assert {"Sudan", "Chad"} <= names and not {"Russia", "Brazil"} & names
    assert all(-90 <= p.latitude <= 90 for c in countries.values() for r in c.rings for p in r.line)
    steps = [
        abs(a.longitude - b.longitude)
        for country in countries.values()
        for ring in country.rings
        for a, b in zip(ring.line, ring.line[1:], strict=False)
        if a.latitude > -90
    ]
    assert max(steps) < 30


def test_a_great_circle_leaves_the_parallel():
    middle = great_circle(Position(-120, 50), Position(120, 50))[20]
    assert abs(abs(middle.longitude) - 180) < 0.1 and middle.latitude > 66


def test_names_move_away_from_what_is_taken():
    board = Board(200, 100, [])
    labels = [board.beside(Point(100, 50), "Name", "1") for _ in range(4)]
    assert len({(label.x, label.y) for label in labels}) == 4
    assert board.upon(Point(100, 45), "Country") is None
