"""Which mention takes part in which event: ways to tell, side by side on the corpus, as Markdown.

    python benchmarks/linking.py FOLDER            trains what FOLDER lacks, then prints the table

Five folds of articles. In each, a role model and a direction model are trained on the other four
and asked of the fold's sentences with several events: plainly, and once for each event. Mentions
and event types are gold. The answers stay in FOLDER, a file a fold and task.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from data.codebook import load_codebook  # noqa: E402
from data.examples import examples_of  # noqa: E402
from data.importers import read_sentences  # noqa: E402
from data.per_event import asked, per_event_examples  # noqa: E402
from data.records import Example, Sentence  # noqa: E402
from data.splits import folds  # noqa: E402

FOLDS: Final = 5
TASKS: Final = ("actor_role", "geo_direction")


def several(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Those with more than one event."""
    return [one for one in sentences if len(one.event_types) > 1]


def answer(task: str, fold: int, path: Path) -> None:
    """Trains on the other folds and writes what the model says of the fold, plainly and asked."""
    from training.calibration import calibrate
    from training.config import load_config
    from training.families.base import targets
    from training.progress import Silent
    from training.sources import groups_of, prepare_fold
    from tagging.calibrated import calibrated

    config = load_config(ROOT / "configs" / task / "minilm.yaml", [f"data={ROOT / 'data/corpus'}"])
    sentences = list(read_sentences(ROOT / "data" / "corpus"))
    parts = folds(sentences, FOLDS, config.split.seed, groups_of(sentences))
    held = parts[fold]
    rest = [one for index, part in enumerate(parts) if index != fold for one in part]
    data = prepare_fold(rest, held, config)
    kept = {example.doc_id for example in data.train}
    book = load_codebook(task)
    added = several(list(read_sentences(ROOT / "data" / "contrast")))
    shown = [one for one in rest if one.doc_id in kept] + added
    train = [*data.train, *per_event_examples(shown, book)]
    fitted = config.model.fit(train, data.validation, book, config.seed, Silent())
    gold = targets(data.validation, book)
    seen = fitted.probabilities(data.validation)
    fit = calibrate(gold, seen, [one.doc_id for one in data.validation], book)
    rows: list[dict[str, Any]] = []
    for sentence in several(held):
        plain = examples_of([sentence], book).examples
        questions = [(one, event) for one in plain for event in (None, *sentence.event_types)]
        made = [asked(one, event) if event else one for one, event in questions]
        table = calibrated(fitted.probabilities(made), fit.calibration, book.multi)
        for (one, event), said in zip(questions, table.tolist(), strict=True):
            rows.append(_row(one, event, dict(zip(book.labels, said, strict=True))))
    content = {"thresholds": fit.thresholds, "validation": float(_macro(fitted, data, book)),
               "train": len(train), "plain": len(data.train), "rows": rows}
    path.write_text(json.dumps(content))


def _macro(fitted: Any, data: Any, book: Any) -> float:
    from training.calibration import macro_f1
    from training.families.base import targets

    return macro_f1(targets(data.validation, book), fitted.probabilities(data.validation), book)


def _row(one: Example, event: str | None, said: dict[str, float]) -> dict[str, Any]:
    mark = one.marks[0]
    return {"sentence": one.id.split("@")[0], "doc_id": one.doc_id, "start": mark.start,
            "end": mark.end, "event": event, "said": said}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True, parents=True)
    for fold in range(FOLDS):
        for task in TASKS:
            path = folder / f"{task}-{fold}.json"
            if not path.exists():
                answer(task, fold, path)
                print(path, flush=True)


if __name__ == "__main__":
    main()
