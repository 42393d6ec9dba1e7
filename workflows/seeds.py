"""The same run with several seeds: a parent run, a child each, and how much the seeds differ."""

import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scipy.stats import t

from training.config import RunConfig
from training.processes import here
from training.progress import Bars
from training.run import Trained, assist, train
from training.sources import load_data
from training.tracking import Store

LEVEL = 0.95


def run_training(config: RunConfig, quiet: bool) -> dict[str, Any] | None:
    """`wiretag train`: one run, or a parent with a child a seed under `<out>/<name>/seed-<n>`.

    None in a process of torchrun that assists the first one.
    """
    data = load_data(config)
    if not here().first:
        for seed in config.seeds:
            assist(config.one_seed(seed), data)
        return None
    with Bars(quiet=quiet) as bars:
        if len(config.seeds) == 1:
            return _told(train(config, data, bars=bars))
        tags = {"kind": "seeds", "seeds": ", ".join(map(str, config.seeds))}
        with Store(Path(config.out)).run(config.task, config.name, tags) as parent:
            found = [
                train(
                    config.one_seed(seed),
                    data,
                    bars=bars,
                    parent=parent.id,
                    folder=f"{config.name}/seed-{seed}",
                )
                for seed in config.seeds
            ]
            over = over_seeds([each.validation_macro_f1 for each in found])
            parent.metrics({f"seeds/{name}": value for name, value in over.items()})
    return {
        "artifacts": [str(each.artifact) for each in found],
        "run": parent.id,
        "validation_macro_f1": [each.validation_macro_f1 for each in found],
        "over_seeds": over,
    }


def _told(trained: Trained) -> dict[str, Any]:
    return {
        "artifact": str(trained.artifact),
        "run": trained.run_id,
        "validation_macro_f1": trained.validation_macro_f1,
    }


def over_seeds(scores: Sequence[float | None]) -> dict[str, float | None]:
    """Mean, standard deviation, and the 95% t-interval of the mean; null where undefined."""
    known = [score for score in scores if score is not None]
    if len(known) < max(2, len(scores)):
        mean = known[0] if len(scores) == 1 and known else None
        return {"mean": mean, "standard_deviation": None, "low": None, "high": None}
    mean, deviation = statistics.mean(known), statistics.stdev(known)
    reach = float(t.ppf((1 + LEVEL) / 2, len(known) - 1)) * deviation / math.sqrt(len(known))
    return {
        "mean": mean,
        "standard_deviation": deviation,
        "low": mean - reach,
        "high": mean + reach,
    }
