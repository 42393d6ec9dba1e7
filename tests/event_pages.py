"""What tests of the page of tagged articles share: a reader of it, and hostile articles."""

from dataclasses import fields, is_dataclass, replace

from event_articles import attack
from page_reports import Reader

from tagging.events.articles import TaggedArticle


class Page(Reader):
    """The words of a page's articles, without what is added to them."""

    ADDED = frozenset({"card", "tag", "badge"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.classes: list[set[str]] = []
        self.written: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        if tag not in self.EMPTY:
            self.classes.append(set((dict(attrs).get("class") or "").split()))

    def handle_endtag(self, tag):
        super().handle_endtag(tag)
        self.classes.pop()

    def handle_data(self, data):
        super().handle_data(data)
        within = set().union(*self.classes)
        if "text" in within and not within & self.ADDED:
            self.written.append(data)

    def having(self, name: str) -> list[dict[str, str | None]]:
        return [found for _, found in self.elements if name in (found.get("class") or "").split()]


def inert(page: str) -> Page:
    """Asserts that a page fetches nothing and has no script but its own."""
    read = Page(page)
    for tag, attributes in read.elements:
        assert tag not in {"img", "iframe", "object", "embed", "link", "base", "form"}, tag
        for name, value in attributes.items():
            assert not name.startswith("on") and name not in {"src", "srcset", "style"}, name
            assert name != "href" or str(value).startswith("#")
    tags = [tag for tag, _ in read.elements]
    assert tags.count("script") == tags.count("style") == tags.count("main") == 1
    return read


def planted(value, payload: str):
    """The value with every text field of data replaced by the payload; offsets stay."""
    if is_dataclass(value):
        changed = {
            field.name: planted(getattr(value, field.name), payload)
            for field in fields(value)
            if field.name not in {"first_day", "precision", "basis", "source"}
        }
        return replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(planted(one, payload) for one in value)
    return payload if isinstance(value, str) else value


def hostile(payload: str) -> TaggedArticle:
    """The payload as every text of an article, and within its own text at each paragraph."""
    article = planted(attack(), payload)
    return replace(article, text=attack().text.replace(" ", payload), title=payload)
