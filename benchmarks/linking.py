"""Which mention takes part in which event: ways to tell, side by side on the corpus, as Markdown.

    python benchmarks/linking.py FOLDER    trains what FOLDER lacks, 10 models, then prints tables

Five folds of articles. In each, a role model and a direction model are trained on the other four,
without the contrast articles but for their sentences of several events, and asked of the fold's
sentences of several events: plainly, and once for each event. Mentions and event types are gold.
The answers stay in FOLDER, a file a fold and task. "Gold roles" are those of the mention in any of
the sentence's events, so that a way has but to say of which.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

ROOT: Final = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from nearest_event import nearest  # noqa: E402

from data.codebook import load_codebook  # noqa: E402
from data.examples import examples_of  # noqa: E402
from data.importers import read_sentences  # noqa: E402
from data.per_event import EVENTLESS, per_event_examples  # noqa: E402
from data.records import Example, Sentence, asked  # noqa: E402
from data.splits import folds  # noqa: E402
from tagging.events.linking import TAKES_PART  # noqa: E402

FOLDS: Final = 5
RESAMPLES: Final = 5000
TASKS: Final = {"actor_role": "actor", "geo_direction": "place"}
Span = tuple[int, int]
Triple = tuple[Span, str, str]  # mention, role, event


@dataclass(frozen=True)
class Asked:
    """A sentence with what a model says of each mention: in general (None), and in each event."""

    sentence: Sentence
    kind: str
    said: dict[Span, dict[str | None, tuple[str, ...]]]

    def roles(self, gold: bool) -> dict[Span, tuple[str, ...]]:
        """Each mention's roles, in whichever event."""
        if not gold:
            return {span: said[None] for span, said in self.said.items()}
        names: dict[Span, dict[str, None]] = {span: {} for span in self.said}
        for span, role, _ in sorted(self.gold()):
            names[span][role] = None
        return {span: tuple(found) for span, found in names.items()}

    def gold(self) -> set[Triple]:
        return {
            ((mention.start, mention.end), role.name, role.event or "")
            for mention in self.sentence.mentions
            for role in mention.roles
            if mention.kind == self.kind and role.name not in EVENTLESS
        }


def to_all(one: Asked, gold: bool) -> set[Triple]:
    """Whoever has a role has it in every event."""
    events = one.sentence.event_types
    return {
        (span, role, event)
        for span, roles in one.roles(gold).items()
        for role in roles
        for event in events
    }


def to_nearest(one: Asked, gold: bool) -> set[Triple]:
    """A role belongs to the event whose word stands nearest."""
    roles = one.roles(gold)
    mentions = [(*span, names) for span, names in roles.items()]
    made = nearest(one.sentence.text, mentions, one.sentence.event_types)
    return {(list(roles)[place], role, event) for place, role, event in made}


def to_asked(one: Asked, gold: bool) -> set[Triple]:
    """What the model says when it is asked for the event."""
    return {
        (span, role, event)
        for span, said in one.said.items()
        for event in one.sentence.event_types
        for role in said[event]
    }


WAYS: Final[dict[str, Callable[[Asked, bool], set[Triple]]]] = {
    "all to all": to_all,
    "nearest word": to_nearest,
    "asked for the event": to_asked,
}


def several(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Those with more than one event."""
    return [one for one in sentences if len(one.event_types) > 1]


def answer(task: str, fold: int) -> dict[str, Any]:
    """Trains on the other folds; what the model says of the fold, and how good it is plainly."""
    from tagging.calibrated import calibrated
    from training.calibration import calibrate, macro_f1
    from training.config import load_config
    from training.families.base import targets
    from training.progress import Silent
    from training.sources import groups_of, prepare_fold

    config = load_config(ROOT / "configs" / task / "minilm.yaml", [f"data={ROOT / 'data/corpus'}"])
    sentences = list(read_sentences(ROOT / "data" / "corpus"))
    parts = folds(sentences, FOLDS, config.split.seed, groups_of(sentences))
    rest = [one for index, part in enumerate(parts) if index != fold for one in part]
    data = prepare_fold(rest, parts[fold], config)
    book, articles = load_codebook(task), {example.doc_id for example in data.train}
    shown = [one for one in rest if one.doc_id in articles]
    shown += several(list(read_sentences(ROOT / "data" / "contrast")))
    train = [*data.train, *per_event_examples(shown, book)]
    fitted = config.model.fit(train, data.validation, book, config.seed, Silent())
    gold, seen = targets(data.validation, book), fitted.probabilities(data.validation)
    fit = calibrate(gold, seen, [one.doc_id for one in data.validation], book)
    questions = list(_questions(several(parts[fold]), task))
    texts = [asked(one, event) if event else one for one, event in questions]
    table = calibrated(fitted.probabilities(texts), fit.calibration, book.multi)
    rows = [
        {"sentence": one.id.split("@")[0], "span": _span(one), "event": event, "said": said}
        for (one, event), said in zip(questions, table.tolist(), strict=True)
    ]
    return {
        "validation_macro_f1": macro_f1(gold, seen, book),
        "rows_trained": [len(data.train), len(train)],
        "thresholds": fit.thresholds,
        "labels": book.labels,
        "rows": rows,
    }


def _questions(sentences: Sequence[Sentence], task: str) -> Iterator[tuple[Example, str | None]]:
    for sentence in sentences:
        for example in examples_of([sentence], load_codebook(task)).examples:
            for event in (None, *sentence.event_types):
                yield example, event


def _span(example: Example) -> Span:
    return example.marks[0].start, example.marks[0].end


def read_answers(folder: Path, task: str) -> list[Asked]:
    """The answers of all folds that are there."""
    known = {one.id: one for one in several(list(read_sentences(ROOT / "data" / "corpus")))}
    made: dict[str, Asked] = {}
    for path in sorted(folder.glob(f"{task}-*.json")):
        content = json.loads(path.read_text())
        for row in content["rows"]:
            one = made.setdefault(row["sentence"], Asked(known[row["sentence"]], TASKS[task], {}))
            said = dict(zip(content["labels"], row["said"], strict=True))
            cuts = (
                content["thresholds"] if row["event"] is None else dict.fromkeys(said, TAKES_PART)
            )
            one.said.setdefault(tuple(row["span"]), {})[row["event"]] = _decided(said, cuts)
    return list(made.values())


def _decided(said: dict[str, float], cuts: dict[str, float] | None) -> tuple[str, ...]:
    if cuts is None:
        cuts = dict.fromkeys(said, max(said.values()))
    return tuple(name for name in said if said[name] >= cuts[name] and name not in EVENTLESS)


def table(asked_of: Sequence[Asked], gold: bool) -> Iterator[str]:
    """A line a way: F1 of the triples with its interval over articles, and less that of all."""
    articles = sorted({one.sentence.doc_id for one in asked_of})
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(articles), np.full(len(articles), 1 / len(articles)), RESAMPLES)
    base = None
    for name, way in WAYS.items():
        if gold and way is to_asked:
            continue
        counts = np.zeros((len(articles), 4))
        for one in asked_of:
            found, true = way(one, gold), one.gold()
            place = articles.index(one.sentence.doc_id)
            counts[place] += len(found & true), len(found - true), len(true - found), found == true
        samples = _f1(drawn @ counts)
        base = samples if base is None else base
        right = f"{int(counts[:, 3].sum())}/{len(asked_of)}"
        point = float(_f1(counts.sum(axis=0)))
        cells = f"{point:.3f} {_interval(samples)}", _interval(samples - base), right
        yield f"| {name} | {' | '.join(cells)} |"


def _f1(sums: Any) -> Any:
    return 2 * sums[..., 0] / (2 * sums[..., 0] + sums[..., 1] + sums[..., 2])


def _interval(samples: Any) -> str:
    low, high = np.nanpercentile(samples, [2.5, 97.5])
    return f"[{low:.3f}, {high:.3f}]"


def main() -> None:
    """Trains what is missing, one model at a time, and prints a table a task and kind of role."""
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True, parents=True)
    for fold in range(FOLDS):
        for task in TASKS:
            path = folder / f"{task}-{fold}.json"
            if not path.exists():
                path.write_text(json.dumps(answer(task, fold)))
                print(path, file=sys.stderr, flush=True)
    for task in TASKS:
        found = read_answers(folder, task)
        for gold in (True, False):
            print(f"\n{task}, {'gold' if gold else 'predicted'} roles, {len(found)} sentences\n")
            print("| way | F1 of (mention, role, event) | less all to all | wholly right |")
            print("|---|---|---|---|")
            print("\n".join(table(found, gold)))


if __name__ == "__main__":
    main()
