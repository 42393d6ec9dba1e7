"""Plots stand where their figures say, in colours that can be read; figures read well."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics import Value
from evaluation.mistakes import pieces_of
from evaluation.phrases import count, listed, p_value, points, signed
from evaluation.probability import Bin
from evaluation.rendering import curves, plots
from evaluation.rendering.curves import Curve, Spot, shortened, spread_out
from evaluation.rendering.html import TEMPLATES
from evaluation.rows import RowMark


def test_pieces_give_the_text_back_whatever_the_marks():
    text = "\U0001f69aGoma and Aden"
    marks = [RowMark(name="a", start=1, end=5), RowMark(name="b", start=1, end=14)]
    pieces = pieces_of(text, marks)
    assert "".join(piece.text for piece in pieces) == text
    assert [(piece.text, piece.marks) for piece in pieces] == [
        ("\U0001f69a", ()), ("Goma", ("a", "b")), (" and Aden", ("b",)),
    ]  # fmt: skip


def test_places_on_an_axis():
    axis = plots.axis_over([Value(value=0.72, low=0.68, high=0.81), Value(value=None, reason="x")])
    assert (axis.low, axis.high) == (0.6, 0.9)
    assert axis.place(0.75) == "50.00%" and axis.place(0.2) == "0.00%"
    assert plots.axis_over([]) == plots.UNIT
    same = plots.axis_over([Value(value=1.0)])
    assert same.low < same.high


def test_a_dot_stands_at_its_value_and_its_line_spans_the_interval():
    drawing = str(plots.dot(Value(value=0.5, low=0.25, high=0.75), plots.UNIT))
    assert 'cx="50.00%"' in drawing
    assert 'x1="25.00%" x2="75.00%"' in drawing
    assert "undefined: why" in plots.dot(Value(value=None, reason="why"), plots.UNIT)


def test_bars_are_as_long_as_their_values():
    drawing = str(plots.bars([Value(value=0.5), Value(value=None, reason="x"), Value(value=1.0)]))
    assert re.findall(r'width="([\d.]+%)" height="\d+" class="bar (m\d)"', drawing) == [
        ("50.00%", "m0"), ("100.00%", "m2"),
    ]  # fmt: skip


def test_calibration_dots_stand_where_probability_and_share_meet():
    drawing = str(plots.reliability_plot([Bin(probability=1.0, share=0.0, cases=3)], "m0"))
    spot = re.search(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawing)
    frame = re.search(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', drawing)
    x, y, width, height = map(int, frame.groups())
    assert (float(spot[1]), float(spot[2])) == (x + width, y + height)


def test_an_axis_with_both_signs_has_a_line_at_zero():
    axis = plots.axis_over([Value(value=-0.35, low=-0.5, high=0.41)])
    assert 0.0 in axis.ticks and axis.low <= -0.5 and axis.high >= 0.41
    assert plots.dot(Value(value=-0.1), axis).count('class="zero"') == 1
    assert plots.dot(Value(value=0.1), plots.UNIT).count('class="zero"') == 0
    assert "\N{MINUS SIGN}20" in plots.scale(axis) and ">-" not in plots.scale(axis)


def test_dots_of_several_models_stand_under_each_other_in_their_colours():
    values = [Value(value=0.25), Value(value=None, reason="x"), Value(value=0.5, low=0.4, high=0.6)]
    drawing = str(plots.dots(values, plots.UNIT, ["m0", "m1", "m2"]))
    found = re.findall(r'<circle cx="([\d.]+%)" cy="([\d.]+)" r="4.5" class="spot (m\d)"', drawing)
    assert [(x, style) for x, _, style in found] == [("25.00%", "m0"), ("50.00%", "m2")]
    assert float(found[1][1]) - float(found[0][1]) == 2 * plots.DOT_ROW


def test_a_curve_goes_through_its_places_and_one_place_is_a_dot():
    curve = Curve("net", "m1", ((0.5, 0.0), (1.0, 0.2)))
    drawing = str(curves.curves([curve], "risk"))
    assert '<polyline points="500.0,1000.0 1000.0,0.0" class="curve m1"' in drawing
    assert "<title>net</title>" in drawing and 'aria-label="risk"' in drawing
    alone = str(curves.curves([Curve("lazy", "m2", ((1.0, 0.5),))], "risk"))
    assert "<polyline" not in alone and '<circle cx="100.00%"' in alone and "spot m2" in alone


def test_points_stand_at_price_and_quality_and_the_front_steps_up():
    spots = [
        Spot("cheap", 1.0, Value(value=0.5), True),
        Spot("beaten", 10.0, Value(value=0.4), False),
        Spot("dear", 100.0, Value(value=0.8, low=0.7, high=0.9), True),
    ]
    drawing = str(curves.scatter(spots, "price"))
    found = re.findall(r'<circle cx="([\d.]+)%" cy="([\d.]+)" r="5" class="spot (\w+)"', drawing)
    across, up = [float(x) for x, _, _ in found], [float(y) for _, y, _ in found]
    assert [style for _, _, style in found] == ["m0", "grey", "m0"]
    assert across[1] - across[0] == pytest.approx(across[2] - across[1], abs=0.02)  # logarithmic
    assert up[2] < up[0] < up[1]
    steps = re.search(r'<polyline points="([^"]+)" class="curve front"', drawing)[1].split()
    assert len(steps) == 3 and steps[0].split(",")[1] == steps[1].split(",")[1]


@given(st.lists(st.floats(0, 220), min_size=1, max_size=12))
def test_names_of_points_never_overlap(places):
    levels = spread_out(places, 17, 8, 212)
    assert all(8 <= level <= 212.001 for level in levels)
    ordered = sorted(levels)
    assert all(b - a >= 17 - 1e-6 for a, b in pairwise(ordered))
    ranked = sorted(range(len(places)), key=lambda place: (places[place], place))
    assert [levels[place] for place in ranked] == ordered  # and their order stays


@pytest.mark.parametrize("places", [((0.5, 0.0), (1.0, 0.2)), ((1.0, 0.2),)])
def test_names_in_plots_are_escaped_and_seen(places):
    name = "</svg>\x1b\u202e&"
    drawings = (
        curves.curves([Curve(name, "m0", places)], "risk"),
        curves.scatter([Spot(name, 1.0, Value(value=0.5), True)], "price"),
        plots.heat_map([name], [[3]]),
    )
    for drawing in drawings:
        assert "&lt;/svg&gt;\ufffd\ufffd&amp;" in drawing and "\x1b" not in drawing


def test_a_long_name_loses_its_middle():
    assert shortened("short") == "short"
    name = shortened("geo_direction-a-very-long-name-of-a-model")
    assert len(name) <= curves.LONGEST and name.startswith("geo_") and name.endswith("a-model")


def test_both_themes_define_every_colour_and_words_can_be_read_upon_it():
    style = (TEMPLATES / "style.css").read_text()
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    used = set(re.findall(r"var\((--\w+)\)", style))
    for theme in (light, dark):
        colours = dict(re.findall(r"(--\w+): (#\w{6})", theme))
        assert set(colours) == used
        rgb = {name: tuple(bytes.fromhex(code[1:])) for name, code in colours.items()}
        paper, ink = rgb["--paper"], rgb["--ink"]
        for name in ("--ink", "--soft", "--m0", "--off"):
            assert contrast(rgb[name], paper) >= 4.5, name
        for ground in (rgb["--mark"], mixed(rgb["--m0"], paper), mixed(rgb["--off"], paper)):
            assert contrast(ink, ground) >= 4.5, ground
        for name in ("--m1", "--m2", "--grey"):
            assert contrast(rgb[name], paper) >= 3, name


def mixed(colour: tuple[int, ...], ground: tuple[int, ...]) -> tuple[float, ...]:
    """The strongest cell of a heat map."""
    pairs = zip(colour, ground, strict=True)
    return tuple(plots.STRONGEST * one + (1 - plots.STRONGEST) * other for one, other in pairs)


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The ratio of WCAG 2."""

    def luminance(colour: tuple[float, ...]) -> float:
        parts = [part / 255 for part in colour]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_figures_read_well():
    assert points(0.776) == "77.6" and points(None) == "\N{EN DASH}"
    assert signed(-0.012) == "\N{MINUS SIGN}1.2" and signed(0.0001) == "0.0"
    assert p_value(0.0004) == "< 0.001" and p_value(0.04) == "0.040" and p_value(0.5) == "0.50"
    assert count(1, "row") == "1 row" and count(1204, "row") == "1,204 rows"
    assert listed(["a", "b", "c"]) == "a, b and c" and listed(["a"]) == "a" and listed([]) == ""
