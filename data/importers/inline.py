"""Reads the corpus's own format: plain text with inline marks (data/corpus/GUIDE.md)."""

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from data.codebook import load_codebook
from data.errors import BadInput, nearest
from data.reading import read_lines
from data.records import ACTOR_ROLES, PLACE_ROLES, Article, Mention, MentionKind, Role, Sentence
from data.strict_yaml import read_yaml

SCHEME = Path(__file__).parent.parent / "corpus" / "scheme.yaml"
HEAD_KEYS = ("headline", "dateline", "date", "style", "region")
SPDX = re.compile(r"SPDX-License-Identifier:\s*(\S+)")
MARK = re.compile(r"\{([^{|}]*)\|([^{|}]*)\}")
Refusal = Callable[[str, str, str], NoReturn]
UNTIED = frozenset({"reporter", "background"})  # roles that belong to no event


@lru_cache
def scheme() -> dict[str, tuple[str, ...]]:
    """The closed lists of styles, regions and tags."""
    return {name: tuple(values) for name, values in read_yaml(SCHEME).items()}


def read_corpus(root: Path) -> list[Article]:
    """All articles below a folder, in the order of their paths; refuses two articles of one id."""
    return [read_article(path) for path in _article_paths(root)]


def _article_paths(root: Path) -> list[Path]:
    paths: dict[str, Path] = {}
    for path in sorted(root.rglob("*.txt")):
        if path.stem in paths:
            raise BadInput(
                "one article an id", f"{path.stem!r} twice", "rename the file", path=path
            )
        paths[path.stem] = path
    if not paths:
        raise BadInput("articles (*.txt) in the inline format", "none", "see GUIDE.md", path=root)
    return list(paths.values())


def read(path: Path, refuse: Callable[[BadInput], None]) -> Iterator[Sentence]:
    """The sentences of an article, or of all below a folder; a bad file is refused whole."""
    licence = _licence(path / "LICENSE")
    for file in _article_paths(path) if path.is_dir() else [path]:
        try:
            article = read_article(file)
        except BadInput as error:
            refuse(error)
            continue
        yield from (replace(row, license=licence) for row in article.sentences)


def _licence(file: Path) -> str:
    """What the SPDX line of the articles' LICENSE names; "" without one."""
    if not file.is_file():
        return ""
    found = (SPDX.match(line) for _, line in read_lines(file))
    return next((match[1] for match in found if match), "")


def read_article(path: Path) -> Article:
    """One article; its id is the file's name without the ending. Raises BadInput with file:line."""
    head: dict[str, str] = {}
    sentences: list[Sentence] = []
    paragraphs: list[int] = []
    in_head, new_paragraph = True, True
    for number, line in read_lines(path):
        line = line.strip()
        if in_head:
            if line:
                _read_head(line, head, path, number)
                continue
            in_head = False
            _check_head(head, path, number)
        elif not line:
            new_paragraph = True
        else:
            if new_paragraph:
                paragraphs.append(len(sentences))
            new_paragraph = False
            sentences.append(_read_sentence(line, path, number, len(sentences), head))
    if not sentences:
        raise BadInput("an article of at least one sentence", "none", "add sentences", path=path)
    return Article(
        id=path.stem,
        headline=head["headline"],
        dateline=head["dateline"],
        date=head["date"],
        style=head["style"],
        region=head["region"],
        sentences=tuple(sentences),
        paragraphs=tuple(paragraphs),
    )


def read_marks(marked: str, refuse: Refusal) -> tuple[str, list[tuple[int, int, str]]]:
    """The bare sentence, and (start, end, labels as written) of each {surface|labels} in it."""
    text, marks, position = "", [], 0
    for match in MARK.finditer(marked):
        text += marked[position : match.start()]
        surface = match[1]
        if not surface or surface != surface.strip():
            refuse("a mention without blanks at its ends", repr(match[0]), "move the braces")
        marks.append((len(text), len(text) + len(surface), match[2]))
        text += surface
        position = match.end()
    text += marked[position:]
    if re.search(r"[{|}]", text):
        refuse("marks of the form {surface|labels}", repr(marked[:60]), "close or remove the brace")
    return text, marks


def _read_head(line: str, head: dict[str, str], path: Path, number: int) -> None:
    key, colon, value = line.partition(":")
    key, value = key.strip(), value.strip()
    if not colon or not value or key not in HEAD_KEYS:
        raise BadInput(
            "a head line 'key: value'", repr(line), nearest(key, HEAD_KEYS), path=path, line=number
        )
    if key in head:
        raise BadInput("each head key once", f"{key!r} twice", "remove one", path=path, line=number)
    head[key] = value


def _check_head(head: dict[str, str], path: Path, number: int) -> None:
    def refuse(expected: str, found: str, fix: str) -> NoReturn:
        raise BadInput(expected, found, fix, path=path, line=number)

    if missing := [key for key in HEAD_KEYS if key not in head]:
        refuse(f"the head keys {', '.join(HEAD_KEYS)}", f"no {', '.join(missing)}", "add them")
    for key in ("style", "region"):
        if head[key] not in (known := scheme()[f"{key}s"]):
            refuse(f"a known {key}", repr(head[key]), nearest(head[key], known))
    try:
        datetime.date.fromisoformat(head["date"])
    except ValueError:
        refuse("a date YYYY-MM-DD", repr(head["date"]), "write it as 2014-03-09")


def _read_sentence(
    line: str, path: Path, number: int, index: int, head: dict[str, str]
) -> Sentence:
    def refuse(expected: str, found: str, fix: str) -> NoReturn:
        raise BadInput(expected, found, fix, path=path, line=number)

    parts = [part.strip() for part in line.split("::")]
    if len(parts) not in (2, 3) or not parts[1]:
        refuse(
            "'types :: sentence' or 'types :: sentence :: tags'", repr(line[:60]), "see GUIDE.md"
        )
    types = _read_types(parts[0], refuse)
    tags = tuple(tag.strip() for tag in parts[2].split(",")) if len(parts) == 3 else ()
    for tag in tags:
        if tag not in (known := scheme()["tags"]):
            refuse("a known tag", repr(tag), nearest(tag, known))
    text, marks = read_marks(parts[1], refuse)
    mentions = [
        Mention(start, end, *_read_roles(field, types, refuse)) for start, end, field in marks
    ]
    return Sentence(
        id=f"{path.stem}-{index + 1}",
        doc_id=path.stem,
        text=text,
        mentions=tuple(mentions),
        event_types=types,
        source="corpus",
        tags=tags,
        region=head["region"],
        style=head["style"],
        date=head["date"],
        where=f"{path}:{number}",
    )


def _read_types(field: str, refuse: Refusal) -> tuple[str, ...]:
    if field == "none":
        return ()
    known = load_codebook("event_type").labels
    types = tuple(name.strip() for name in field.split(","))
    for name in types:
        if name not in known:
            refuse("PLOVER codes or 'none'", repr(name), nearest(name, known))
    if len(set(types)) != len(types):
        refuse("each event type once", repr(field), "remove the repeated one")
    return types


def _read_roles(
    field: str, types: tuple[str, ...], refuse: Refusal
) -> tuple[MentionKind, tuple[Role, ...]]:
    names = [part.strip() for part in field.split(",")]
    if names == ["bystander"]:
        return "actor", ()
    roles = []
    for part in names:
        name, colon, event = part.partition(":")
        if name not in ACTOR_ROLES + PLACE_ROLES:
            known = (*ACTOR_ROLES, "bystander", *PLACE_ROLES)
            refuse("mention labels (bystander stands alone)", repr(field), nearest(name, known))
        tied = len(types) > 1 and name not in UNTIED
        if bool(colon) != tied or (tied and event not in types):
            wanted = f"{name}:TYPE, TYPE one of {', '.join(types)}" if tied else name
            refuse(wanted, repr(part), "an event is named only where several are coded")
        if not types and name in ("source", "target"):
            refuse("reporter or bystander in a sentence without event", repr(part), "see GUIDE.md")
        roles.append(Role(name, event if tied else None))
    kinds: set[MentionKind] = {"actor" if role.name in ACTOR_ROLES else "place" for role in roles}
    if len(kinds) > 1:
        refuse("actor labels or place labels", repr(field), "split the mention")
    if kinds == {"place"} and len({role.name for role in roles}) > 1:
        refuse("one direction a place", repr(field), "choose the main event's")
    if len(set(roles)) != len(roles):
        refuse("each role once", repr(field), "remove the repeated one")
    return kinds.pop(), tuple(roles)
