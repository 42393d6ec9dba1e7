"""How often an actor's country and sector are right, unknown or wrong.

    python -m benchmarks.affiliations

Prints a JSON object a field, with 95% Wilson intervals; the gold is evaluation/events.
"""

import json
from collections import Counter
from pathlib import Path

from benchmarks.shares import share
from data.importers.inline import read_corpus
from data.strict_yaml import read_yaml
from tagging.events.affiliation import affiliation, at_home
from tagging.geography.places import Places

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "data" / "corpus"
GOLD = ROOT / "evaluation" / "events" / "affiliations.yaml"


def main() -> None:
    rows = read_yaml(GOLD)["actors"]
    homes = homes_of(CORPUS)
    counts = {name: Counter[str]() for name in ("country in words", "country", "sector")}
    for row in rows:
        found = affiliation(row["actor"])
        home = homes[row["sentence"].rpartition("-")[0]]
        counts["country in words"][outcome(found.country, [row["country"]])] += 1
        counts["country"][
            outcome(at_home(found, row["actor"], home).country, [row["country"]])
        ] += 1
        counts["sector"][outcome(found.sector, row["sectors"])] += 1
    for name, each in counts.items():
        print(json.dumps({"field": name, **each, "right": share(each["right"], len(rows))}))


def homes_of(corpus: Path) -> dict[str, str | None]:
    """The country that each article is about, by its dateline and its gold places."""
    homes = {}
    for article in read_corpus(corpus):
        surfaces = [
            sentence.text[mention.start : mention.end]
            for sentence in article.sentences
            for mention in sentence.mentions
            if mention.kind == "place"
        ]
        homes[article.id] = Places.of(surfaces, article.dateline).home
    return homes


def outcome(found: str | None, gold: list[str | None]) -> str:
    if found in gold:
        return "right"
    return "unknown" if found is None else "wrong"


if __name__ == "__main__":
    main()
