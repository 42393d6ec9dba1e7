"""The firewall measured: planted repeats found, false alarms, speed and memory, as Markdown.

python benchmarks/firewall.py [ROWS]       planted in the corpus; ROWS invented sentences
python benchmarks/firewall.py PATH PATH …  repeats within and leaks between labelled sets
"""

import random
import re
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from data.check import check  # noqa: E402
from data.firewall import Firewall  # noqa: E402
from data.importers import read_sentences  # noqa: E402
from data.records import Mention, Role, Sentence  # noqa: E402
from data.splits import Documents, SplitConfig, assign  # noqa: E402

CLAUSES: Final = (
    ", officials said on Tuesday.",
    ", according to two people who saw it.",
    " after weeks of rising tension in the region.",
)
TYPES: Final = ("ASSAULT", "PROTEST", "AID", "CONSULT", "REJECT")
Change = Callable[[str, random.Random], str]


@cache
def corpus() -> list[Sentence]:
    return list(read_sentences(ROOT / "data" / "corpus"))


@cache
def words_of_corpus() -> list[str]:
    return [word for row in corpus() for word in row.text.split()]


def two_words_replaced(text: str, draw: random.Random) -> str:
    words = text.split()
    for place in draw.sample(range(len(words)), 2):
        words[place] = draw.choice(words_of_corpus())
    return " ".join(words)


def a_word_dropped(text: str, draw: random.Random) -> str:
    words = text.split()
    del words[draw.randrange(len(words))]
    return " ".join(words)


def punctuation_and_case_changed(text: str, draw: random.Random) -> str:
    return re.sub(r"[,.;]", draw.choice((" ;", "", " …")), text).upper()


def tokenised(text: str, draw: random.Random) -> str:
    return re.sub(r"(n't|'s|[^\w\s])", r" \1 ", text)


def numbers_changed(text: str, draw: random.Random) -> str:
    """The same text where it has no digits: then nothing is planted."""
    return re.sub(r"\d", lambda _: str(draw.randrange(10)), text)


def a_clause_appended(text: str, draw: random.Random) -> str:
    return text.rstrip(".") + draw.choice(CLAUSES)


def truncated_by_a_fifth(text: str, draw: random.Random) -> str:
    return text[: len(text) * 4 // 5]


def said_on_monday_inserted(text: str, draw: random.Random) -> str:
    words = text.split()
    place = draw.randrange(1, len(words))
    return " ".join([*words[:place], "said on Monday", *words[place:]])


CHANGES: Final[tuple[Change, ...]] = (
    two_words_replaced,
    a_word_dropped,
    punctuation_and_case_changed,
    tokenised,
    numbers_changed,
    a_clause_appended,
    truncated_by_a_fifth,
    said_on_monday_inserted,
)


def planted(change: Change, rows: list[Sentence], seed: int = 7) -> tuple[int, int]:
    """A changed copy of each row beside the corpus: how many copies, and how many were found."""
    draw = random.Random(seed)
    copies = {}
    for row in rows:
        text = change(row.text, draw)
        if text != row.text:
            name = f"copy of {row.id}"
            copies[row.id] = replace(row, id=name, doc_id=f"copy of {row.doc_id}", text=text)
    firewall = Firewall()
    for row in (*corpus(), *copies.values()):
        firewall.add(row)
    found = {(repeat.first, repeat.second) for repeat in firewall.repeats()}
    return len(copies), sum((name, copy.id) in found for name, copy in copies.items())


def invented(rows: int, seed: int = 5) -> Iterator[Sentence]:
    """Dated sentences, ten an article: chains of the corpus's words, most after one they follow."""
    draw = random.Random(seed)
    follows: dict[str, list[str]] = defaultdict(list)
    for row in corpus():
        for word, after in pairwise(row.text.split()):
            follows[word].append(after)
    starts = [row.text.split()[0] for row in corpus()]
    for number in range(rows):
        words = [draw.choice(starts)]
        while len(words) < 25 and words[-1] in follows:
            leap = draw.random() < 0.3
            words.append(draw.choice(words_of_corpus() if leap else follows[words[-1]]))
        spans = list(zip(accumulate(len(word) + 1 for word in words), words[1:], strict=False))
        chosen = draw.sample(spans, min(3, len(spans)))
        article = number // 10
        yield Sentence(
            id=f"article-{article:06d}-{number % 10}",
            doc_id=f"article-{article:06d}",
            text=" ".join(words),
            mentions=tuple(
                Mention(at, at + len(word), "actor", (Role("source"),)) for at, word in chosen
            ),
            event_types=(TYPES[number % len(TYPES)],),
            date=(date(2000, 1, 1) + timedelta(article % 3650)).isoformat(),
        )


def peak() -> int:
    """Bytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure_firewall(rows: int) -> None:
    firewall, before, fed = Firewall(), 0, 0.0
    for sentence in invented(rows):
        before = before or peak()
        start = time.perf_counter()
        firewall.add(sentence)
        fed += time.perf_counter() - start
    held = peak() - before
    start = time.perf_counter()
    found = Counter(repeat.kind for repeat in firewall.repeats())
    looked, at_most = time.perf_counter() - start, peak() - before
    print(f"\n{rows:,} invented sentences: fed in {fed:.1f} s, repeats found in {looked:.1f} s;")
    print(f"{held / rows:.0f} bytes a sentence while fed, {at_most / rows:.0f} at the search's")
    print(f"peak; found {dict(found)}.")


def measure_split(articles: int) -> None:
    documents = Documents(invented(articles * 10))
    for config in (SplitConfig(), SplitConfig(by="time")):
        start = time.perf_counter()
        parts = Counter(assign(documents, config).values())
        spent = time.perf_counter() - start
        print(f"\n{articles:,} articles split by {config.by} in {spent:.1f} s: {dict(parts)}.")


def show_planted() -> None:
    print("| planted, each in the corpus | sentences | found | % |\n|---|---|---|---|")
    for change in CHANGES:
        count, found = planted(change, corpus())
        name = change.__name__.replace("_", " ")
        print(f"| {name} | {count:,} | {found:,} | {100 * found / count:.1f} |")
    firewall = Firewall()
    for row in corpus():
        firewall.add(row)
    print(f"\nThe corpus itself, {len(corpus()):,} sentences: {len(firewall.repeats())} repeats.")


def show_leaks(paths: list[Path]) -> None:
    start = time.perf_counter()
    found = check(*paths)
    print(f"{sum(found['sentences'].values()):,} rows in {time.perf_counter() - start:.1f} s.\n")
    for title, table in (("repeats within", "repeats"), ("leaks between", "leaking")):
        kinds = sorted({kind for counts in found[table].values() for kind in counts})
        kinds = [kind for kind in kinds if not kind.startswith("rows of ")]
        print(f"| {title} | rows | {' | '.join(kinds)} |\n|---|{'---|' * (len(kinds) + 1)}")
        for name, counts in found[table].items():
            rows = [str(count) for kind, count in counts.items() if kind.startswith("rows of ")]
            cells = [" + ".join(rows) or "0", *(str(counts.get(kind, 0)) for kind in kinds)]
            print(f"| {name} | {' | '.join(cells)} |")
        print()


if __name__ == "__main__":
    given = sys.argv[1:] or ["100000"]
    if given[0].isdigit():
        show_planted()
        measure_firewall(int(given[0]))
        measure_split(100_000)
    else:
        show_leaks([Path(path) for path in given])
