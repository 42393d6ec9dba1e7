"""What a model is asked of a sentence: the text on one line and, of a long one, what is near."""

from typing import Final

from data.records import Example, Mark

NEAR: Final = 2_000  # characters on either side of a mention: several times what a model reads


def on_one_line(text: str) -> str:
    """A hard-wrapped page has line ends in its sentences; training text has none."""
    return text.translate({10: " ", 13: " "})


def about(name: str, page_id: str, text: str, start: int, end: int) -> Example:
    """The example that asks for the mention at [start:end] of the sentence's text."""
    first = max(0, start - NEAR)
    near = on_one_line(text[first : end + NEAR])
    return Example(f"{name}-{start}", page_id, near, (Mark("mention", start - first, end - first),))
