"""The table for the terminal: events and speakers, in short, and nothing that acts."""

from dataclasses import replace
from io import StringIO

from event_articles import attack, protest
from rich.console import Console

from tagging.events.articles import TaggedArticle
from tagging.table import render
from tagging.tagged import Scored, TaggedMention, TaggedSentence


def mention(surface: str, label: str) -> TaggedMention:
    return TaggedMention(0, len(surface), None, surface, (Scored(label, 0.9),), {label: 0.9})


def sentence(text: str, types: tuple[Scored, ...] | None) -> TaggedSentence:
    actors = (mention("[red]army[/red]", "source"), mention("camp\x1b[31m", "target"))
    places = (mention("Gao", "origin"), mention("Mopti", "destination"), mention("Tine", "site"))
    return TaggedSentence("p", 1, 0, len(text), None, None, text, types, actors, places)


def article(*sentences: TaggedSentence) -> TaggedArticle:
    return TaggedArticle("p", "", None, "", sentences, ())


def shown(*articles: TaggedArticle, limit: int = 40, width: int = 200) -> str:
    console = Console(file=StringIO(), width=width, force_terminal=True, color_system="truecolor")
    render(articles, console, limit)
    output = console.file
    assert isinstance(output, StringIO)
    return output.getvalue()


def test_each_event_has_a_row_and_a_sentence_told_again_has_none() -> None:
    rows = [line for line in shown(attack()).splitlines() if "ASSAULT" in line or "MOBI" in line]
    first, moved, earlier = rows
    for part in ("2019-03-14", "The gunmen", "peacekeepers", "governor of West", "eastern Chad"):
        assert part in first
    assert "El Geneina" in first and "2019-03-14?" in moved and "Nyala" in moved
    assert "2019-01 " in earlier and "2019-01-" not in earlier  # the month alone is known
    assert "The gunmen" in earlier and "the movement" not in earlier.split("In January")[0]


def test_several_articles_follow_one_another_and_a_narrow_table_has_numbers() -> None:
    output = shown(attack(), protest(), width=100)
    assert output.index("MOBILIZE") < output.index("PROTEST") < output.index("AID")
    assert "Mortar bombs" not in output and "Harbour" in output
    rules = [line for line in output.splitlines() if line.startswith("──")]
    assert len(rules) == 1 and rules[0] in output[output.index("MOBI") : output.index("PROTEST")]


def test_who_speaks_is_shown_where_there_is_no_event() -> None:
    told = sentence("Rain will come, it said.", ())
    told = replace(told, actors=(mention("weather office", "reporter"),), places=())
    output = shown(article(told, replace(told, number=2, actors=())))
    assert output.count("weather office") == 1 and output.count("Rain will come") == 1


def test_the_table_shows_who_whom_where_and_no_markup() -> None:
    text = "The [bold]army[/bold] shelled [link=x]a\u202e camp\x1b]0;title\x07 " + "very " * 40
    output = shown(article(sentence(text, (Scored("ASSAULT", 0.9),))))
    for part in ("ASSAULT", "[red]army[/red]", "Gao", "Mopti, Tine", "[bold]army[/bold]", "…"):
        assert part in output
    assert "\u202e" not in output and "\x1b]0" not in output and "\x1b[31m" not in output


def test_markup_and_escapes_of_an_event_are_not_read() -> None:
    told = attack()
    party = told.events[0].sources[0]
    words = replace(party.evidence, text="[red]gun\x1b[31mmen[/red]\u202e")
    event = replace(told.events[0], sources=(replace(party, evidence=words),))
    output = shown(replace(told, events=(event,)))
    assert "[red]gun" in output and "\x1b[31m" not in output and "\u202e" not in output


def test_the_table_is_short_and_says_what_it_left_out() -> None:
    event_sentence = sentence("Shells fell.", (Scored("ASSAULT", 0.9),))
    quiet = TaggedSentence("p", 2, 0, 5, None, None, "Rain.", (), (), ())
    output = shown(article(*[event_sentence] * 5, quiet), limit=3)
    assert output.count("Shells fell.") == 3 and "Rain." not in output
    assert "2 of 5 rows not shown" in output
