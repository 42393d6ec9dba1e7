"""Learning curves: test macro-F1 by the share of training articles, for any configs of one task."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.records import Example
from evaluation.metrics import Value
from tagging.artifact import load_artifact
from training.config import RunConfig, load_config
from training.progress import Bars
from training.run import train
from training.sources import TrainingData, load_data
from workflows.evaluation import Wanted, score_file

SHARES = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Point:
    """One model, trained on a share of the articles, scored on the whole test split."""

    model: str
    share: float
    articles: int
    examples: int
    macro_f1: Value


def run_learning_curve(
    configs: Sequence[Path], dataset: Path, out: Path, quiet: bool, shares: Sequence[float] = SHARES
) -> dict[str, Any]:
    """Trains every config on every share; writes `<out>.json` and `<out>.svg`.

    The subsets are nested, so that a curve grows by adding articles and never by other ones.
    """
    test = dataset / "sentences" / "test.jsonl"
    points = []
    with Bars(quiet=quiet) as bars:
        for path in configs:
            config = load_config(path, [f"data={dataset}"])
            data = load_data(config)
            for share in shares:
                points.append(_point(config, data, share, test, bars))
    rows = [{**vars(point), "macro_f1": point.macro_f1.model_dump(mode="json")} for point in points]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    _plot(points, config.task, out.with_suffix(".svg"))
    return {"points": rows, "plot": str(out.with_suffix(".svg"))}


def _point(config: RunConfig, data: TrainingData, share: float, test: Path, bars: Bars) -> Point:
    part = TrainingData(nested(data.train, share, config.split.seed), data.validation)
    folder = f"curves/{config.name}-{round(100 * share)}"
    trained = train(config, part, bars=bars, folder=folder, lean=True)
    artifact = load_artifact(trained.artifact)
    report = score_file(artifact, test, Wanted(), bars)
    articles = len({example.doc_id for example in part.train})
    return Point(config.model.family, share, articles, len(part.train), report.macro_f1)


def nested(examples: Sequence[Example], share: float, seed: int) -> list[Example]:
    """The examples of that share of the articles; a smaller share is part of a larger one."""
    articles = sorted(
        {example.doc_id for example in examples},
        key=lambda name: hashlib.sha256(f"curve:{seed}:{name}".encode()).digest(),
    )
    kept = set(articles[: max(1, round(share * len(articles)))])
    return [example for example in examples if example.doc_id in kept]


def _plot(points: Sequence[Point], task: str, path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "wiretag"  # the same plot is the same file
    figure, axes = pyplot.subplots(figsize=(5, 3.2))
    for model in dict.fromkeys(point.model for point in points):
        own = [
            point for point in points if point.model == model and point.macro_f1.value is not None
        ]
        x = [point.articles for point in own]
        axes.plot(x, [100 * (point.macro_f1.value or 0) for point in own], marker="o", label=model)
        lows = [100 * (point.macro_f1.low or 0) for point in own]
        highs = [100 * (point.macro_f1.high or 0) for point in own]
        axes.fill_between(x, lows, highs, alpha=0.15)
    axes.set_xlabel("training articles")
    axes.set_ylabel("test macro-F1")
    axes.set_title(f"{task}: 95% intervals over test articles", fontsize=9)
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
