"""Renders a comparison as Markdown for pull requests and job summaries: small and escaped."""

import re
from typing import Any

from markupsafe import Markup

from data.pages import visible
from evaluation.compare import Comparison
from evaluation.rendering.html import environment
from evaluation.rendering.sections import views

MAX_BYTES = 60_000
FULL_DETAIL = 4  # the detail of the longest section: see `sections`
CUT_NOTE = "\n\nThe rest was left out for its length; the HTML page has it.\n"
# What Markdown, HTML or a forge acts upon; an underscore within a word and a plain colon are safe.
_ACTIVE = re.compile(r"""[&<>"'\\`*{}\[\]#!|~@$^=]|:(?=//)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])""")
_SPACE = re.compile(r"\s+")
_WWW = re.compile(r"\b(www)\.", re.IGNORECASE)  # becomes a link by itself
_FORGE = re.compile(r"([@#])(?=\w)")  # @name and #12 would notify people and link issues


def render_markdown(comparison: Comparison) -> str:
    """Under 60 kB: details that do not fit are left out, and the text says so."""
    template = environment(escape_markdown).get_template("comparison.md.jinja")
    told = {"comparison": comparison, "views": views(comparison), "full": FULL_DETAIL}
    for detail in range(FULL_DETAIL, -1, -1):
        text = template.render(told, detail=detail)
        if len(text.encode()) < MAX_BYTES:
            return text
    return _cut(text)


def escape_markdown(value: Any) -> Any:
    """Data as one line of literal text: entities stand for whatever Markdown or HTML acts upon."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    line = _SPACE.sub(" ", visible(value))
    line = _FORGE.sub("\\1\u200b", line)  # a forge reads names after entities are resolved
    line = _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", line)
    return Markup(_WWW.sub(r"\1&#46;", line))


def _cut(text: str) -> str:
    """The leading lines that fit, without a note half said."""
    room = MAX_BYTES - len(CUT_NOTE.encode()) - 1
    kept: list[str] = []
    for line in text.split("\n"):
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join(kept) + CUT_NOTE
