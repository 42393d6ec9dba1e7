"""What a model is asked: line ends are blanks, and a long sentence is cut round its mention."""

from hypothesis import given
from hypothesis import strategies as st

from tagging.questions import NEAR, about, on_one_line


@given(st.text(st.sampled_from("ab \r\n—é"), min_size=1, max_size=40), st.data())
def test_the_mark_stands_on_the_same_words(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    example = about("p-1", "p", text, start, end)
    (mark,) = example.marks
    assert example.text[mark.start : mark.end] == on_one_line(text[start:end])
    assert example.id == f"p-1-{start}" and "\n" not in example.text


def test_a_long_sentence_is_cut_so_that_many_mentions_cost_no_square():
    text = "x " * 50_000
    example = about("p-1", "p", text, 40_000, 40_001)
    assert len(example.text) == 2 * NEAR + 1
    assert example.marks[0].start == NEAR
    assert about("p-1", "p", "A man.", 2, 5).text == "A man."
