"""Plots stand where their figures say, texts are cut at their marks, figures read well."""

import re

from evaluation import plots
from evaluation.metrics import Value
from evaluation.mistakes import pieces_of
from evaluation.phrases import count, listed, p_value, points, signed
from evaluation.probability import Bin
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


def test_figures_read_well():
    assert points(0.776) == "77.6" and points(None) == "\N{EN DASH}"
    assert signed(-0.012) == "\N{MINUS SIGN}1.2" and signed(0.0001) == "0.0"
    assert p_value(0.0004) == "< 0.001" and p_value(0.04) == "0.040" and p_value(0.5) == "0.50"
    assert count(1, "row") == "1 row" and count(1204, "row") == "1,204 rows"
    assert listed(["a", "b", "c"]) == "a, b and c" and listed(["a"]) == "a" and listed([]) == ""
